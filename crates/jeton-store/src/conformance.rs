//! One suite for both engines: what the store promises, tried under real concurrency. Run by `tests/sqlite.rs` and
//! `tests/postgres.rs` through [`conformance!`](crate::conformance!). Never part of a build without the feature `testing`.
#![expect(clippy::expect_used, reason = "only tests run this, and a broken promise must fail loudly")]

pub mod accounts;
pub mod apps;
pub mod checks;
pub mod clients;
pub mod cuts;
pub mod devices;
mod fixture;
pub mod grants;
pub mod leases;
pub mod lists;
pub mod log;
pub mod nouns;
pub mod overview;
pub mod people;
pub mod pushed;
pub mod quotas;
pub mod races;
pub mod runs;
pub mod searches;
pub mod silences;
pub mod tokens;
pub mod trust;
pub mod verifiers;

pub use fixture::Fixture;

/// Makes one test of each case, on one engine.
#[macro_export]
macro_rules! conformance {
    ($engine:expr) => {
        $crate::conformance!(@cases $engine,
            tokens: issued_tokens_are_found_and_shown, other_organisations_find_nothing, nothing_leaves_revoked,
                suspended_tokens_resume, rotations_overlap_once, edits_need_the_version, many_are_issued_all_or_none,
                pages_have_no_gap_under_inserts, a_gate_is_told_all_that_is_its_own, a_page_for_a_gate_that_was_overtaken_is_read_again,
                named_tokens_are_found_at_once, filters_narrow,
                children_need_a_living_parent, idempotency_keys_end;
            races: the_second_taker_loses, one_rotation_wins, refused_members_leave_their_neighbours, children_race_their_parents_end,
                equal_keys_issue_once, two_writers_share_one_log, a_taken_id_refuses_only_itself, a_group_sees_its_own_tokens;
            log: revisions_have_no_gap_and_commit_in_order, followers_are_told_before_the_caller, fills_are_as_new_as_they_say,
                closing_answers_what_is_queued, a_failing_journal_stops_the_change,
                a_failed_commit_leaves_its_row_good;
            nouns: organisations_keep_names_apart, organisations_are_founded_whole, projects_are_kept_while_used, users_take_their_tokens_along,
                apis_are_kept_while_used, signing_keys_follow_each_other;
            clients: clients_come_with_their_anchors, registrations_change_their_states, suspended_clients_take_their_tokens_along,
                an_edit_beats_an_approval_of_something_else, uninvited_clients_are_bounded, unused_clients_go, a_replaced_secret_is_dead_at_once,
                edited_clients_are_refused;
            apps: apps_belong_to_whom_registered_them, pictures_are_what_their_names_say, one_person_registers_so_many_apps;
            silences: an_overlap_ends_when_its_secret_is_silent, an_overlap_is_ended_at_once, a_late_use_is_reported_once;
            overview: use_is_summed_up_per_organisation, live_tokens_are_counted_once, users_of_old_secrets_are_found;
            people: sessions_are_over_when_they_are, sessions_end_once, passwords_are_kept_as_hashes, consents_take_their_grants_along;
            accounts: passkeys_are_found_and_used_in_turn, second_factors_are_good_once, links_are_good_once, invitations_make_one_account,
                the_first_owner_is_set_up_once, people_are_found;
            pushed: pushed_requests_are_bounded, a_pushed_request_is_good_for_one_code, an_edited_push_is_not_believed;
            grants: a_code_is_good_once, a_code_is_for_its_client_and_its_time, one_of_many_redemptions_wins, a_grant_needs_its_client,
                a_refresh_is_told_again, a_stolen_refresh_token_ends_its_grant, unknown_refresh_tokens_change_nothing,
                a_thousand_refreshes_are_one, families_are_refreshed_together, an_old_family_put_back_is_refused, names_are_spent_once,
                what_was_spent_is_swept;
            cuts: a_cut_ends_what_was_issued_before_it, a_cut_of_an_instant_spares_what_is_younger, nothing_leaves_a_cut,
                a_cut_stays_within_its_organisation_and_leaves_anchors, whoever_asks_is_spared, issues_race_a_cut, fills_know_of_cuts,
                a_cut_of_another_process_counts, lists_tell_of_cuts, codes_of_before_a_cut_become_nothing,
                sessions_end_with_their_persons_tokens, an_edited_cut_brings_nothing_back, a_cut_without_its_mark_is_refused,
                what_was_cut_is_swept, a_keys_jwts_end_with_it, a_revoked_key_is_gone;
            verifiers: nodes_know_of_each_other;
            quotas: what_was_spent_is_kept_while_its_window_runs, an_edit_gives_nothing_back;
            leases: a_quota_is_leased_once_whoever_asks, what_was_spent_alone_is_not_leased, an_edited_ledger_leases_nothing,
                one_is_alone_or_none;
            devices: a_device_is_answered_once_and_takes_it_once, a_device_that_is_refused_or_late_gets_nothing, an_edited_device_is_refused,
                a_device_that_is_refused_its_tokens_may_come_again, waiting_devices_are_bounded;
            lists: a_list_follows_states, an_edited_row_is_no_valid_place, a_place_is_given_out_once;
            searches: tokens_are_found_by_what_they_are, last_characters_lead_to_what_stays_first, indexes_lead_to_what_is_wanted,
                a_page_looks_at_a_bounded_number_of_rows, what_fits_is_counted, audit_events_are_found_page_by_page, rules_need_the_version;
            runs: many_are_revoked_in_batches, a_run_outlives_who_worked_on_it, a_search_is_run_once_at_a_time,
                an_edited_run_is_not_worked_on, runs_are_bounded_and_swept;
            checks: a_chain_is_checked_once_at_a_time, a_check_breaks_off_without_its_reader, checks_are_marked_and_swept;
            trust: edited_tokens_are_refused, old_rows_put_back_are_refused, edited_nouns_are_refused, a_cut_log_is_noticed,
                edited_heads_stop_the_writer;
        );
    };
    (@cases $engine:expr, $($module:ident: $($case:ident),*;)*) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                $crate::conformance::$module::$case(&$crate::conformance::Fixture::new($engine).await).await;
            })*
        })*
    };
}
