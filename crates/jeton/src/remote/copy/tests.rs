//! A copy comes back as it was; one that anybody touched does not.

use super::{sealed::CopyKey, *};
use jeton_core::{
    allowance::Allowances,
    facts::{Secrets, TokenState},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    network::Networks,
    scope::ScopeSet,
    token_text::TokenDigest,
    usage::UsageEvent,
};
use jeton_gate::{
    Ports,
    clock::SystemClock,
    port::{Answering, Loaded, SourceFault, TokenSource, UsageSink},
    settings::Settings,
};

struct Nobody;

impl TokenSource for Nobody {
    fn find(&self, _: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async { Err(SourceFault::Unavailable) })
    }
}

impl UsageSink for Nobody {
    fn record(&self, _: &UsageEvent<'_>) {}
}

fn gate() -> Gate {
    let ports = Ports { source: Arc::new(Nobody), usage: Arc::new(Nobody), clock: Arc::new(SystemClock::new()) };
    Gate::new(Settings::default(), ports)
}

fn record(number: u64) -> TokenRecord {
    let mut random = [1; 16];
    random[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let mut digest = [5; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    let policy = Policy {
        organisation: OrganisationId::from_random([1; 16]),
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: Some(format!("client-{}", number % 7).into()),
        parent: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        audiences: vec![Audience::parse("https://api.example.com").expect("audience")],
        scopes: ScopeSet::parse_list(&["orders:read"]).expect("scopes"),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
    };
    TokenRecord {
        id: TokenId::from_random(random),
        secrets: Secrets { current: TokenDigest::from_bytes(digest), previous: None },
        subject: Subject::parse("usr_0123456789ab").expect("subject"),
        state: if number.is_multiple_of(3) { TokenState::Revoked } else { TokenState::Active },
        not_before: None,
        expires_at: None,
        policy: Arc::new(policy),
    }
}

fn head() -> Head {
    let audiences = vec![Audience::parse("https://api.example.com").expect("audience")];
    Head {
        whom: Whom {
            issuer: "https://auth.example.com".into(),
            organisation: OrganisationId::from_random([1; 16]),
            audiences,
            generation: 1,
        },
        revision: Revision(17),
        fresh: Moment::now(),
        now: Timestamp::from_seconds(1_800_000_000),
        apis: Vec::new(),
        keys: serde_json::json!({"keys": []}),
    }
}

#[test]
fn what_was_written_comes_back_and_nothing_is_read_without_the_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("below/gate.copy");
    let key = CopyKey::of_credential("a token");
    let gate = gate();
    let mut records: Vec<TokenRecord> = (0..3000).map(record).collect();
    gate.remember(&records, Revision(17));
    assert_eq!(read(&path, &key, usize::MAX).expect("read").map(|_| ()), None);
    assert_eq!(write(&path, &key, &head(), &gate).expect("written"), 3000);
    let mut copy = read(&path, &key, usize::MAX).expect("read").expect("there");
    records.sort_by_key(|record| record.id);
    copy.tokens.sort_by_key(|record| record.id);
    assert_eq!((copy.tokens, copy.head.revision, copy.head.whom), (records, Revision(17), head().whom));
    assert_eq!(read(&path, &key, 10).expect("read").expect("there").tokens.len(), 10);
    assert!(matches!(read(&path, &CopyKey::of_credential("another token"), 10), Err(CopyFault::Sealed)));
    let bytes = std::fs::read(&path).expect("read");
    assert!(!bytes.windows(9).any(|window| window == b"usr_01234"), "it is not sealed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_copy_that_was_touched_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gate.copy");
    let key = CopyKey::of_credential("a token");
    let gate = gate();
    gate.remember(&(0..2000).map(record).collect::<Vec<_>>(), Revision(17));
    write(&path, &key, &head(), &gate).expect("written");
    let good = std::fs::read(&path).expect("read");
    let is_refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        read(&path, &key, usize::MAX).is_err()
    };
    for at in (0..good.len()).step_by(good.len() / 200 + 1) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(is_refused(&changed), "byte {at}");
    }
    for length in [0, 8, 24, 28, good.len() / 2, good.len() - 1] {
        assert!(is_refused(&good[..length]), "cut at {length}");
    }
    // The first piece left out: what remains opens nowhere.
    let first = 24 + 4 + (u32::from_be_bytes(good[24..28].try_into().expect("four bytes")) >> 1) as usize;
    assert!(first < good.len(), "it has several pieces");
    assert!(is_refused(&[&good[..24], &good[first..]].concat()));
    assert!(!is_refused(&good));
}
