//! What a check of an opaque token in memory costs, and what a token in memory weighs. `check_cost [TOKENS]`, one million by
//! default; meant for a release build. Prints one JSON document.
#![expect(clippy::print_stdout, reason = "an example that prints its measurement")]

use jeton_core::{
    allowance::Allowances,
    change::Revision,
    denial::Denial,
    facts::{Secrets, TokenRecord, TokenState},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    network::Networks,
    policy::Policy,
    scope::{Scope, ScopeSet},
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
use std::{error::Error, hint::black_box, sync::Arc, time::Instant};

/// Knows nothing: everything is in memory.
struct Nothing;

impl TokenSource for Nothing {
    fn find(&self, _: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async { Err(SourceFault::Unavailable) })
    }
}

impl UsageSink for Nothing {
    fn record(&self, event: &UsageEvent<'_>) {
        black_box(event);
    }
}

const AUDIENCE: &str = "https://api.example.com";
const BATCH: usize = 100_000;

fn token(number: usize) -> PlainToken {
    let number = (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let mut secret = [7; 32];
    for (slot, byte) in secret.iter_mut().zip(number.to_be_bytes()) {
        *slot = byte;
    }
    PlainToken::from_random(None, TokenKind::Pat, TokenId::from_random(number.to_be_bytes()), &secret)
}

fn record(number: usize, policy: &Arc<Policy>) -> Result<TokenRecord, Box<dyn Error>> {
    let plain = token(number);
    let parsed = jeton_core::token_text::parse(plain.expose().as_bytes())?;
    Ok(TokenRecord {
        id: parsed.id,
        secrets: Secrets { current: parsed.digest, previous: None },
        subject: Subject::parse(&format!("usr_{number:012}"))?,
        state: TokenState::Active,
        not_before: None,
        expires_at: None,
        policy: Arc::clone(policy),
    })
}

fn policy() -> Result<Arc<Policy>, Box<dyn Error>> {
    Ok(Arc::new(Policy {
        organisation: OrganisationId::from_random([1; 16]),
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        parent: None,
        audiences: vec![Audience::parse(AUDIENCE)?],
        scopes: ScopeSet::parse_list(&["orders:read"])?,
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
    }))
}

/// Resident bytes of this process, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    status.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * 4096)
}

fn nanos_each(count: usize, mut work: impl FnMut(usize)) -> f64 {
    let begun = Instant::now();
    (0..count).for_each(&mut work);
    begun.elapsed().as_secs_f64() * 1e9 / count as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let tokens = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse::<usize>())?;
    let ports = Ports { source: Arc::new(Nothing), usage: Arc::new(Nothing), clock: Arc::new(SystemClock::new()) };
    let settings = Settings { memory_tokens: tokens, max_staleness: std::time::Duration::from_secs(3600), ..Settings::default() };
    let before = resident();
    let gate = Gate::new(settings, ports);
    let shared = policy()?;
    let scan = gate.scan_ids(tokens);
    let begun = Instant::now();
    let mut kept = 0;
    for start in (0..tokens).step_by(BATCH) {
        let batch = (start..tokens.min(start + BATCH)).map(|number| record(number, &shared)).collect::<Result<Vec<_>, _>>()?;
        scan.add(batch.iter().map(|record| record.id));
        kept += gate.remember(&batch, Revision(0));
    }
    scan.finish();
    let filled = begun.elapsed();
    gate.reached(Revision(0), Instant::now());
    let grown = before.zip(resident()).map(|(before, after)| after.saturating_sub(before));

    let asked: Vec<_> = (0..10_000).map(|turn| token(turn * 7919 % tokens)).collect();
    let strangers: Vec<_> = (0..10_000).map(|turn| token(tokens + turn)).collect();
    let scopes = [Scope::parse("orders:read")?];
    let check = |plain: &PlainToken| -> Result<bool, Denial> {
        let credential = Credential::from_text(plain.expose());
        let question = Question { audience: Some(AUDIENCE), scopes: &scopes, ..Question::new(credential) };
        match gate.check_now(&question) {
            Some(Ok(passed)) => Ok(black_box(passed).permit.token().as_bytes().len() == 12),
            Some(Err(refused)) => Err(refused.denial),
            None => Err(Denial::Unknown),
        }
    };
    let passed = asked.iter().filter(|plain| check(plain) == Ok(true)).count();
    let hit = nanos_each(1_000_000, |turn| {
        let _ = black_box(asked.get(turn % asked.len()).map(&check));
    });
    let unknown = nanos_each(1_000_000, |turn| {
        let _ = black_box(strangers.get(turn % strangers.len()).map(&check));
    });
    let bytes = grown.map(|grown| grown as f64 / kept.max(1) as f64);
    println!(
        "{}",
        serde_json::json!({
            "tokens": tokens, "kept": kept, "fill_seconds": filled.as_secs_f64(), "resident_bytes_per_token": bytes,
            "hits_passing_of_10000": passed, "hit_nanos": hit, "unknown_nanos": unknown,
        })
    );
    Ok(())
}
