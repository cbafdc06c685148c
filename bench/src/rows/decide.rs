//! The decision itself, and a whole check in memory (hash, look-up, decision, use), without HTTP.

use crate::report::{Goal, Line};
use anyhow::{Context, Result, bail};
use jeton_core::{
    allowance::Allowances,
    change::Revision,
    decide::decide,
    demand::{Call, Demand},
    facts::{Facts, Secrets, TokenRecord, TokenState, WhichSecret},
    id::{OrganisationId, ProjectId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    network::Networks,
    path::{NormalPath, PathRules},
    policy::Policy,
    route::Route,
    scope::{Scope, ScopeSet},
    timestamp::Timestamp,
    token_text::PlainToken,
    usage::UsageEvent,
};
use jeton_gate::{
    Gate, Ports, Question,
    clock::SystemClock,
    credential::Credential,
    port::{Answering, Loaded, SourceFault, TokenSource, UsageSink},
    settings::Settings,
};
use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

const AUDIENCE: &str = "https://api.example.test";
/// Runs of each figure.
const RUNS: usize = 7;
/// Decisions of a run.
const ROUNDS: u32 = 1_000_000;
/// Tokens that decisions are made about.
const DECIDED: usize = 10_000;
/// Policies that they have.
const POLICIES: usize = 1000;
/// Tokens held while checks are measured.
const HELD: usize = 1_000_000;

/// A source that knows nothing: what is not in memory is unknown.
struct Nothing;

impl TokenSource for Nothing {
    fn find(&self, _: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async { Ok(Loaded { record: None, as_of: Revision(1) }) })
    }
}

impl UsageSink for Nothing {
    fn record(&self, event: &UsageEvent<'_>) {
        black_box(event.outcome);
    }
}

/// A gate that holds up to `tokens` and trusts its memory for an hour.
pub fn gate(tokens: usize) -> Gate {
    let settings = Settings { memory_tokens: tokens, max_staleness: Duration::from_secs(3600), ..Settings::default() };
    let gate = Gate::new(settings, Ports { source: Arc::new(Nothing), usage: Arc::new(Nothing), clock: Arc::new(SystemClock::new()) });
    gate.reached(Revision(1), Instant::now());
    gate
}

/// What all tokens of the row may do.
pub fn policy() -> Arc<Policy> {
    Arc::new(Policy {
        organisation: OrganisationId::from_random([1; 16]),
        project: None,
        kind: TokenKind::Key,
        format: TokenFormat::Opaque,
        client_id: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        parent: None,
        audiences: Audience::parse(AUDIENCE).into_iter().collect(),
        scopes: ScopeSet::parse_list(&["orders:read", "orders:write", "users:read"]).unwrap_or_default(),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
    })
}

/// Policies that differ, and that narrow in every way.
fn varied_policies() -> Result<Vec<Arc<Policy>>> {
    let networks = Networks::parse(&["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"], &["192.0.2.128/25"]).ok().context("networks")?;
    let routes = ["POST /v1/orders", "GET /v1/orders/*"].iter().map(|text| Route::parse(text)).collect::<Result<Vec<_>, _>>();
    let routes = routes.ok().context("routes")?;
    let varied = |_| Policy {
        project: Some(ProjectId::from_random(rand::random())),
        networks: networks.clone(),
        routes: routes.clone(),
        ..policy().as_ref().clone()
    };
    Ok((0..POLICIES).map(varied).map(Arc::new).collect())
}

fn facts_of(record: &TokenRecord) -> Facts<'_> {
    Facts {
        id: record.id,
        subject: record.subject.as_str(),
        state: record.state,
        secret: WhichSecret::Current,
        not_before: None,
        expires_at: record.expires_at,
        policy: &record.policy,
        parent: None,
    }
}

/// A fresh token of its own and its record.
pub fn record(policy: &Arc<Policy>) -> (PlainToken, TokenRecord) {
    let id = TokenId::from_random(rand::random());
    let text = PlainToken::from_random(None, TokenKind::Key, id, &rand::random());
    let record = TokenRecord {
        id,
        secrets: Secrets { current: text.digest(), previous: None },
        subject: Subject::parse(&format!("svc_{}", id.digits())).unwrap_or_else(|_| unreachable!("a subject of letters and digits")),
        state: TokenState::Active,
        not_before: None,
        expires_at: Some(Timestamp::from_seconds(4_000_000_000)),
        policy: policy.clone(),
    };
    (text, record)
}

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let policies = varied_policies()?;
    let path = NormalPath::parse("/v1/orders/7", PathRules::default()).ok().context("a path")?;
    let scopes = [Scope::parse("orders:read").ok().context("a scope")?];
    let call = Some(Call { method: "GET", path: &path });
    let client_ip = Some("192.0.2.7".parse()?);
    let demand =
        Demand { audience: Some(AUDIENCE), scopes: &scopes, scopes_public: false, call, undeclared: false, client_ip, ..Demand::default() };
    let now = Timestamp::from_seconds(1_800_000_000);
    let records: Vec<_> = policies.iter().cycle().take(DECIDED).map(|policy| record(policy).1).collect();
    let facts: Vec<_> = records.iter().map(facts_of).collect();
    let mut next = 0usize;
    let decisions = runs(|| {
        next = (next + 7919) % facts.len();
        facts.get(next).is_some_and(|facts| black_box(decide(black_box(facts), black_box(&demand), now)).is_ok())
    });

    let gate = gate(HELD);
    let mut texts = Vec::new();
    for at in 0..HELD / 10_000 {
        let tokens: Vec<_> = policies.iter().cycle().take(10_000).map(record).collect();
        let (plain, records): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
        gate.remember(&records, Revision(1));
        if at < 10 {
            texts.extend(plain);
        }
    }
    let mut next = 0usize;
    let checks = runs(|| {
        next = (next + 7919) % texts.len();
        let credential = texts.get(next).map(|text| Credential::from_text(text.expose()));
        let question = Question {
            audience: Some(AUDIENCE),
            scopes: &scopes,
            call,
            client_ip,
            ..Question::new(credential.unwrap_or(Err(jeton_core::denial::Denial::NoCredential)))
        };
        matches!(gate.check_now(black_box(&question)), Some(Ok(_)))
    });
    Ok(vec![
        Line::of_runs(
            "decide: a permit",
            decisions?,
            "ns",
            Some(Goal::AtMost(300.0)),
            "10,000 tokens of 1,000 policies: audience, address, route, scope, time, state",
        ),
        Line::of_runs(
            "check in memory, 1 M held, without HTTP",
            checks?,
            "ns",
            None,
            "SHA-256, look-up, decision, use; tokens in random order",
        ),
    ])
}

/// Nanoseconds of one round, for each run; every round must be a permit.
fn runs(mut round: impl FnMut() -> bool) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let mut passed = 0;
        for _ in 0..ROUNDS {
            passed += u32::from(round());
        }
        let nanoseconds = begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS);
        if passed != ROUNDS {
            bail!("{} of {ROUNDS} were refused", ROUNDS - passed);
        }
        all.push(nanoseconds);
    }
    Ok(all)
}
