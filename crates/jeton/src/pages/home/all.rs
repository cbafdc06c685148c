//! What the home page says of all tokens of an organisation.

use crate::{
    advice,
    http::guard::ClientsRead,
    overview::{Lag, Outcomes, Overview},
    pages::{
        badge::Tone,
        chart::{self, Chart},
        instant::Instant,
        routes,
        visitor::Visitor,
        words,
    },
};
use jeton_core::timestamp::{Span, Timestamp};

/// What the columns of the chart are made of.
const SERIES: [(&str, &str); 4] = [("passed", "pass"), ("refused", "refuse"), ("over a limit", "limit"), ("undecided", "other")];
/// Refusals that are told apart.
const REASONS: usize = 6;

/// All of it.
pub(super) struct All {
    pub(super) as_of: Instant,
    /// How many of the cards want somebody to look.
    pub(super) wrong: usize,
    pub(super) cards: Vec<Card>,
    pub(super) chart: Chart,
    /// Whether the chart shows 30 days.
    pub(super) is_month: bool,
    /// From when on the calls are counted, where that is not all of what is shown.
    pub(super) counted_since: Option<Instant>,
    pub(super) reasons: Vec<Reason>,
    /// Live tokens.
    pub(super) live: String,
}

/// A number, what it means, and where more of it is.
pub(super) struct Card {
    pub(super) value: String,
    pub(super) label: &'static str,
    pub(super) means: String,
    pub(super) tone: Tone,
    /// The list behind it, where there is one.
    pub(super) address: Option<&'static str>,
}

/// A refusal and how often it was given.
pub(super) struct Reason {
    pub(super) words: &'static str,
    pub(super) code: String,
    pub(super) count: String,
    pub(super) fix: String,
    /// Of all refusals, from 0 to 100.
    pub(super) share: u64,
}

impl All {
    pub(super) fn of(found: &Overview, visitor: &Visitor, now: Timestamp) -> Self {
        let snapshot = &found.snapshot;
        let is_month = visitor.query.find("span") == Some("30d");
        let cards = cards(found, visitor);
        let since = snapshot.calls.since().filter(|since| is_month && *since > now.minus(Span::from_days(29)));
        Self {
            as_of: snapshot.as_of.into(),
            wrong: cards.iter().filter(|card| card.tone != Tone::Good).count(),
            cards,
            chart: if is_month { month(&snapshot.calls.stretches_at(now, 30, 24)) } else { day(&snapshot.calls.stretches_at(now, 24, 1)) },
            is_month,
            counted_since: since.map(Instant::from),
            reasons: reasons(&snapshot.calls.refusals_since(now.minus(Span::from_hours(23)))),
            live: words::number(snapshot.tokens.live),
        }
    }
}

/// The chart of a day. Hours are UTC, as the counters are.
fn day(stretches: &[(Timestamp, Outcomes)]) -> Chart {
    Chart::stacked("Requests in the last 24 hours", &SERIES, columns(stretches, Instant::hour))
}

fn month(stretches: &[(Timestamp, Outcomes)]) -> Chart {
    Chart::stacked("Requests in the last 30 days", &SERIES, columns(stretches, Instant::day))
}

fn columns(stretches: &[(Timestamp, Outcomes)], label: impl Fn(Timestamp) -> String) -> Vec<(String, Vec<u64>)> {
    let column = |(at, sums): &(Timestamp, Outcomes)| (label(*at), vec![sums.passed, sums.refused, sums.limited, sums.undecided]);
    stretches.iter().map(column).collect()
}

fn reasons(refusals: &[(String, u64)]) -> Vec<Reason> {
    let all = refusals.iter().map(|(_, count)| count).sum();
    let reason = |(code, count): &(String, u64)| Reason {
        words: words::outcome(code).words,
        code: code.clone(),
        count: words::number(*count),
        fix: words::sentence(advice::in_general(code)),
        share: chart::share(*count, all),
    };
    refusals.iter().take(REASONS).map(reason).collect()
}

fn cards(found: &Overview, visitor: &Visitor) -> Vec<Card> {
    let (tokens, snapshot) = (&found.snapshot.tokens, &found.snapshot);
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let mut cards = Vec::new();
    if visitor.may::<ClientsRead>() {
        cards.push(counted(count(found.approvals), "Waiting for approval", "No app waits.", "/dashboard/approvals"));
    }
    cards.push(counted(
        count(snapshot.old_secrets.len()),
        "Old secrets in use",
        "No replaced secret is used.",
        "/dashboard/tokens?use=old_secret",
    ));
    cards.push(counted(tokens.endless, "Never expire", "Every token has an end.", "/dashboard/tokens?expires=never"));
    cards.push(counted(tokens.idle, "Idle for 90 days", "Every token is in use.", "/dashboard/tokens?idle_days=90"));
    cards.push(counted(
        count(snapshot.narrow.len()),
        "Far wider than their use",
        "No token holds far more than it needs.",
        "/dashboard/tokens?use=narrow",
    ));
    cards.push(lag(found.lag));
    cards
}

/// A number of things that should be none.
fn counted(number: u64, label: &'static str, none: &'static str, address: &'static str) -> Card {
    let page = address.split('?').next().unwrap_or(address);
    let (tone, means) = if number == 0 { (Tone::Good, none.to_owned()) } else { (Tone::Warn, String::new()) };
    Card { value: words::number(number), label, means, tone, address: Some(address).filter(|_| routes::is_page(page)) }
}

fn lag(lag: Lag) -> Card {
    let all = match lag.known {
        1 => "The one verifier".to_owned(),
        known => format!("All {known} verifiers"),
    };
    let (tone, value, means) = match (lag.behind, lag.stale) {
        (0, 0) => (Tone::Good, "0 s".to_owned(), format!("{all} took in every revocation.")),
        (behind, 0) => (Tone::Warn, format!("{:.1} s", lag.worst_seconds), format!("{behind} of {} behind.", lag.known)),
        (_, stale) => (Tone::Bad, format!("{stale}"), "silent: they ask before they let anything pass, or refuse.".to_owned()),
    };
    let label = if lag.stale > 0 { "Verifiers not heard of" } else { "Revocation lag" };
    let address = "/dashboard/verifiers";
    Card { value, label, means, tone, address: Some(address).filter(|address| routes::is_page(address)) }
}
