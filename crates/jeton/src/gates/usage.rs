//! Use that a gate counted, taken over as if it had been counted here. A gate reports of tokens that it may know and of no others;
//! a part that comes twice counts once.

use super::Entitlement;
use crate::{
    authority::Authority,
    problem::Problem,
    remote::report::{Counted, Turned, UsageReport, UsageTaken},
};
use aws_lc_rs::digest;
use jeton_core::{
    fault::Invalid,
    id::TokenId,
    limits, outcome,
    redact::client_text,
    timestamp::{Span, Timestamp},
};
use jeton_store::usage::{BatchId, LastUse, RefusalRow, UsageBatch};
use std::collections::HashSet;

/// Takes a report in.
pub async fn take(authority: &Authority, entitled: &Entitlement, gate: TokenId, report: UsageReport) -> Result<UsageTaken, Problem> {
    let id = part_of(gate, &report)?;
    check(&report, authority.now())?;
    let known = known(authority, entitled, &report).await?;
    let mut batch = UsageBatch { id, ..UsageBatch::default() };
    batch.deltas = report.counters.into_iter().filter(|row| known.contains(&row.token)).map(Into::into).collect();
    batch.last = report.last.into_iter().filter(|row| known.contains(&row.token)).map(Into::into).map(cut_use).collect();
    let is_known = |row: &Turned| row.token.is_none_or(|token| known.contains(&token));
    batch.refusals = report.refusals.into_iter().filter(is_known).map(Into::into).map(cut_refusal).collect();
    let taken = batch.deltas.len() + batch.last.len() + batch.refusals.len();
    authority.store.flush_usage(&batch).await?;
    Ok(UsageTaken { taken })
}

/// The name of the part among those of all gates.
fn part_of(gate: TokenId, report: &UsageReport) -> Result<BatchId, Problem> {
    let rule = || Problem::field("part", &Invalid::new("must be 32 hexadecimal digits"));
    let name = report.id().ok_or_else(rule)?;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"jeton gate usage v1");
    context.update(gate.as_bytes());
    context.update(&name);
    let hash = context.finish();
    hash.as_ref().first_chunk::<16>().map(|id| BatchId::from_bytes(*id)).ok_or_else(rule)
}

/// Checks what is not checked by types.
fn check(report: &UsageReport, now: Timestamp) -> Result<(), Problem> {
    let bad = |field: &str, rule: String| Err(Problem::field(field, &Invalid::new(rule)));
    let most = UsageReport::ROWS_MAX;
    for (field, rows) in [("counters", report.counters.len()), ("last", report.last.len()), ("refusals", report.refusals.len())] {
        if rows > most {
            return bad(field, format!("must hold at most {most} rows"));
        }
    }
    let is_time = |at: Timestamp| at <= now.plus(Span::from_hours(1)) && at >= now.minus(limits::USAGE_LIFE);
    if let Some(row) = report.counters.iter().find(|row| !is_counter(row) || !is_time(row.hour)) {
        return bad("counters", format!("must hold only outcomes, routes and whole hours that a gate counts (`{}` has others)", row.token));
    }
    if report.last.iter().any(|row| !is_time(row.at)) {
        return bad("last", "must hold instants of the time that use is kept".to_owned());
    }
    if report.refusals.iter().any(|row| !is_time(row.at) || !outcome::is_code(&row.code)) {
        return bad("refusals", "must hold codes of refusals, and instants of the time that use is kept".to_owned());
    }
    Ok(())
}

fn is_counter(row: &Counted) -> bool {
    let plain = |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.chars().any(char::is_control);
    outcome::is_code(&row.outcome)
        && plain(&row.route, limits::ROUTE_MAX)
        && plain(&row.network, limits::NETWORK_TEXT_MAX)
        && row.hour == row.hour.hour()
        && (1..=limits::ALLOWANCE_MAX).contains(&row.count)
}

/// Those of the reported tokens that the gate may know.
async fn known(authority: &Authority, entitled: &Entitlement, report: &UsageReport) -> Result<HashSet<TokenId>, Problem> {
    let counted = report.counters.iter().map(|row| row.token).chain(report.last.iter().map(|row| row.token));
    let ids = counted.chain(report.refusals.iter().filter_map(|row| row.token));
    let named = entitled.named(authority, ids).await?;
    Ok(named.into_values().filter(|record| entitled.covers(record)).map(|record| record.id).collect())
}

/// A last use whose texts are as they are kept.
fn cut_use(row: LastUse) -> LastUse {
    LastUse {
        client_ip: row.client_ip.map(address),
        user_agent: row.user_agent.map(agent),
        previous_secret_ip: row.previous_secret_ip.map(address),
        ..row
    }
}

/// The same of a refusal.
fn cut_refusal(row: RefusalRow) -> RefusalRow {
    RefusalRow {
        cause: text(row.cause),
        method: row.method.map(text),
        path: row.path.map(text),
        audience: row.audience.map(text),
        scopes: text(row.scopes),
        client_ip: row.client_ip.map(address),
        user_agent: row.user_agent.map(agent),
        ..row
    }
}

fn text(text: String) -> String {
    client_text(&text, limits::KEPT_TEXT_MAX).into_owned()
}

fn agent(text: String) -> String {
    client_text(&text, limits::USER_AGENT_MAX).into_owned()
}

fn address(text: String) -> String {
    client_text(&text, limits::NETWORK_TEXT_MAX).into_owned()
}
