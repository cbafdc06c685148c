//! Pages for those who run the APIs: all tokens, apps, APIs, projects, and what guards them. Each demands the scope that its route of the
//! management interface demands, and calls the same use cases.

mod actors;
mod api_form;
mod apis;
mod approvals;
mod apps;
mod audit;
mod audit_check;
mod differences;
mod keys;
mod projects;
mod revoke;
mod rules;
mod runs;
mod settings;
mod subject;
mod token_row;
mod tokens;
mod verifiers;

use super::Routes;
pub use approvals::Choices;
use axum::routing::{get, post};

/// Their addresses.
pub fn routes() -> Routes {
    Routes::default()
        .page("/dashboard/tokens", get(tokens::show_tokens))
        .page("/dashboard/tokens/revoke", get(revoke::show_revoke).post(revoke::begin_revoke))
        // There is no run to look at unless somebody began one.
        .action("/dashboard/tokens/revoke/{run}", get(runs::show_run))
        .page("/dashboard/subjects/{subject}", get(subject::show_subject))
        .page("/dashboard/apps", get(apps::show_apps))
        .page("/dashboard/approvals", get(approvals::list::show_approvals))
        .page("/dashboard/approvals/{client}", get(approvals::show::show_approval))
        .action("/dashboard/approvals/{client}/approve", post(approvals::decide::approve))
        .action("/dashboard/approvals/{client}/reject", post(approvals::decide::reject))
        .action("/dashboard/approvals/{client}/suspend", post(approvals::decide::suspend))
        .action("/dashboard/approvals/{client}/resume", post(approvals::decide::resume))
        .page("/dashboard/apis", get(apis::show_apis))
        .page("/dashboard/apis/new", get(api_form::show_new).post(api_form::add))
        .page("/dashboard/apis/{id}", get(apis::show_api))
        .page("/dashboard/apis/{id}/edit", get(api_form::show_edit).post(api_form::edit))
        .page("/dashboard/apis/{id}/remove", get(apis::ask_remove).post(apis::remove))
        .page("/dashboard/projects", get(projects::show_projects).post(projects::add))
        .page("/dashboard/projects/{id}", get(projects::show_project).post(projects::rename))
        .page("/dashboard/projects/{id}/remove", get(projects::ask_remove).post(projects::remove))
        .page("/dashboard/keys", get(keys::show_keys))
        .page("/dashboard/keys/rotate", get(keys::ask_rotate).post(keys::rotate))
        .page("/dashboard/verifiers", get(verifiers::show_verifiers))
        .page("/dashboard/policy", get(rules::show_policy).post(rules::set_policy))
        .page("/dashboard/audit", get(audit::show_audit))
        .page("/dashboard/audit/check", get(audit_check::show_check).post(audit_check::begin_check))
        .action("/dashboard/audit/export", get(audit::export_audit))
        .page("/dashboard/settings", get(settings::show_settings))
}
