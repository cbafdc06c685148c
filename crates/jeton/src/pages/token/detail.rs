//! `GET /dashboard/tokens/{id}`: everything about one token.

use super::{
    events::EventLine,
    id_of,
    line::TokenLine,
    usage::{Period, SumLine, lines},
};
use crate::{
    authority::{Authority, Shared},
    explain,
    own_tokens::{self, Act},
    pages::{
        badge::Badge,
        chart::Chart,
        error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::Visitor,
        words,
    },
    token_report::{self, OldSecret, TokenReport},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{api::Api, scope::Scope, timestamp::Timestamp};
use jeton_store::usage::RefusalRow;

#[derive(Template)]
#[template(path = "token/detail.html")]
struct DetailPage<'p> {
    frame: Frame,
    token: TokenLine,
    report: &'p TokenReport,
    is_own: bool,
    may: Powers,
    scopes: Vec<ScopeLine>,
    facts: Vec<(&'static str, String)>,
    issued: Instant,
    issued_by: String,
    reason: Option<String>,
    old: Option<OldLine>,
    chart: Chart,
    is_day: bool,
    outcomes: Vec<SumLine>,
    routes: Vec<SumLine>,
    networks: Vec<SumLine>,
    refusals: Vec<RefusalLine>,
    ancestors: Vec<TokenLine>,
    children: Vec<TokenLine>,
    events: Vec<EventLine>,
    csrf: &'p str,
}

/// What the visitor may do with the token, as it is now.
struct Powers {
    rotate: bool,
    edit: bool,
    suspend: bool,
    resume: bool,
    revoke: bool,
}

/// A scope of the token.
struct ScopeLine {
    scope: String,
    words: String,
    is_sensitive: bool,
    is_unused: bool,
}

/// The old secret while it works.
struct OldLine {
    until: Instant,
    quiet: Option<String>,
    used: Option<Instant>,
    used_from: String,
    users: Vec<SumLine>,
}

/// A refusal with what to do about it.
pub(super) struct RefusalLine {
    pub(super) decision: String,
    pub(super) at: Instant,
    pub(super) badge: Badge,
    pub(super) call: String,
    pub(super) cause: String,
    pub(super) fix: String,
    pub(super) scopes: String,
    pub(super) from: String,
    pub(super) agent: String,
}

impl Page for DetailPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What to do about a refusal, in a sentence; where scopes were missing, by their names.
fn fix(row: &RefusalRow) -> String {
    match row.code.as_str() {
        "insufficient_scope" if !row.scopes.is_empty() => format!("Issue a token that may `{}`, or add it to this one.", row.scopes),
        code => words::sentence(explain::fix_of(code, &row.cause)),
    }
}

impl From<&RefusalRow> for RefusalLine {
    fn from(row: &RefusalRow) -> Self {
        let call = [row.method.as_deref(), row.path.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Self {
            decision: row.decision.to_string(),
            at: Instant::from(row.at),
            badge: words::outcome(&row.code),
            call,
            cause: words::sentence(&row.cause),
            fix: fix(row),
            scopes: row.scopes.clone(),
            from: row.client_ip.clone().unwrap_or_default(),
            agent: row.user_agent.clone().unwrap_or_default(),
        }
    }
}

/// `GET /dashboard/tokens/{id}`.
pub async fn show_token(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let detail = match own_tokens::show(&authority, &visitor.caller, id).await {
        Ok(detail) => detail,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    let (now, period) = (authority.now(), Period::of(visitor.query.find("period")));
    match token_report::of(&authority, detail, period.since(now)).await {
        Ok(report) => render(StatusCode::OK, &page(&authority, &visitor, &report, period, now), &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

fn page<'p>(authority: &Authority, visitor: &'p Visitor, report: &'p TokenReport, period: Period, now: Timestamp) -> DetailPage<'p> {
    let detail = &report.detail;
    let token = TokenLine::of(detail, now);
    let is_own = own_tokens::is_own(&visitor.caller, detail);
    let place = if is_own { Place::MyTokens } else { Place::Tokens };
    let reason = detail.reason.as_deref().map(|reason| match &detail.comment {
        Some(comment) => format!("{}: {comment}", reason.replace('_', " ")),
        None => reason.replace('_', " "),
    });
    DetailPage {
        frame: visitor.frame(token.name.clone(), place),
        is_own,
        may: Powers::of(visitor, report, now),
        scopes: report.detail.record.policy.scopes.iter().map(|scope| scope_line(scope, report)).collect(),
        facts: facts(authority, report),
        issued: Instant::from(detail.issued_at),
        issued_by: detail.issued_by.clone(),
        reason,
        old: report.old_secret.as_ref().map(old_line),
        chart: period.chart(&report.hours, now),
        is_day: period == Period::Day,
        outcomes: lines(&report.outcomes),
        routes: lines(&report.routes),
        networks: lines(&report.networks),
        refusals: report.refusals.iter().map(RefusalLine::from).collect(),
        ancestors: report.ancestors.iter().map(|own| TokenLine::of(own, now)).collect(),
        children: report.children.iter().map(|own| TokenLine::of(own, now)).collect(),
        events: report.history.iter().map(|event| EventLine::of(event, &visitor.caller)).collect(),
        csrf: &visitor.csrf,
        token,
        report,
    }
}

impl Powers {
    fn of(visitor: &Visitor, report: &TokenReport, now: Timestamp) -> Self {
        use jeton_core::{facts::TokenState, kind::TokenFormat};
        let record = &report.detail.record;
        let may = |act| own_tokens::may(&visitor.caller, &report.detail, act);
        let is_over = record.expires_at.is_some_and(|end| end <= now);
        let (is_active, is_dead) = (record.state == TokenState::Active, record.state == TokenState::Revoked);
        let is_opaque = record.policy.format == TokenFormat::Opaque && record.policy.kind.issued_directly();
        Self {
            rotate: is_active && !is_over && is_opaque && may(Act::Rotate),
            edit: !is_dead && is_opaque && may(Act::Edit),
            suspend: is_active && !is_over && may(Act::Suspend),
            resume: record.state == TokenState::Suspended && may(Act::Resume),
            revoke: !is_dead && may(Act::Revoke),
        }
    }
}

fn scope_line(scope: &Scope, report: &TokenReport) -> ScopeLine {
    let covered = |api: &Api| api.scopes.iter().filter(|own| scope.covers(&own.scope)).cloned().collect::<Vec<_>>();
    let known: Vec<_> = report.apis.iter().flat_map(|api| covered(api)).collect();
    let words: Vec<&str> = known.iter().map(|own| own.description.as_str()).filter(|words| !words.is_empty()).collect();
    ScopeLine {
        scope: scope.to_string(),
        words: words.join("; "),
        is_sensitive: known.iter().any(|own| own.sensitive),
        is_unused: report.unused.contains(scope),
    }
}

/// What stands in the list of facts besides instants.
fn facts(authority: &Authority, report: &TokenReport) -> Vec<(&'static str, String)> {
    let (detail, record) = (&report.detail, &report.detail.record);
    let policy = &record.policy;
    let last = detail.last_use.as_ref();
    let rates = policy.allowances.rates.iter().map(|rate| format!("{} in {} s", rate.requests, rate.per_seconds));
    let quotas = policy.allowances.quotas.iter().map(|quota| format!("{} each {} s", quota.requests, quota.refill_seconds));
    let prefix = crate::http::view::token::prefix(authority.brand.as_ref(), policy, record.id);
    let all = [
        ("Begins with", prefix.unwrap_or_default()),
        ("Speaks for", record.subject.to_string()),
        ("App", policy.client_id.as_deref().unwrap_or_default().to_owned()),
        ("Used with", last.and_then(|last| last.user_agent.clone()).unwrap_or_default()),
        ("From where", super::form::networks_text(&policy.networks).replace('\n', ", ")),
        ("Which calls", policy.routes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ("Limits", rates.chain(quotas).collect::<Vec<_>>().join(", ")),
    ];
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn old_line(old: &OldSecret) -> OldLine {
    OldLine {
        until: Instant::from(old.until),
        quiet: old.quiet.map(|quiet| match quiet.as_seconds_up() / 3600 {
            1 => "an hour".to_owned(),
            24 => "a day".to_owned(),
            hours if hours % 24 == 0 => format!("{} days", hours / 24),
            hours => format!("{hours} hours"),
        }),
        used: old.used_at.map(Instant::from),
        used_from: old.used_from.clone().unwrap_or_default(),
        users: lines(&old.users),
    }
}
