//! Looking for tokens and audit events: what is found, by which index, and how much of the tables one page looks at. And what follows
//! from a search: many revoked, many counted; and the rules of an organisation.

use super::fixture::{Fixture, NOW, actor, audience, token_id};
use crate::{
    StoreError,
    audit::AuditFilter,
    link::{Conn, each, execute},
    page::PageRequest,
    store::Engine,
    token::{Expiry, NetworksWanted, NewToken, TokenFilter},
    usage::{LastUse, UsageBatch},
};
use jeton_core::{
    facts::TokenState,
    id::TokenId,
    kind::TokenKind,
    limits,
    name::Subject,
    network::Networks,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
    token_rules::TokenRules,
};

fn scope(text: &str) -> Option<Scope> {
    Scope::parse(text).ok()
}

async fn found(fixture: &Fixture, filter: &TokenFilter) -> Vec<TokenId> {
    let page = fixture.store.list_tokens(fixture.organisation, filter, &PageRequest::default()).await.expect("listed");
    page.items.iter().map(|item| item.record.id).collect()
}

/// A token used at an instant, the secret before its last rotation too.
async fn used(fixture: &Fixture, token: TokenId, at: Timestamp) {
    let last = LastUse { token, at, client_ip: None, user_agent: None, previous_secret_at: Some(at), previous_secret_ip: None };
    fixture.store.flush_usage(&UsageBatch { last: vec![last], ..UsageBatch::default() }).await.expect("written");
}

/// Each condition finds the token that it is for, and no other.
pub async fn tokens_are_found_by_what_they_are(fixture: &Fixture) {
    let ordinary = fixture.issue().await;
    used(fixture, ordinary, NOW.plus(Span::from_days(5))).await;
    let mut special = fixture.new_token();
    special.policy.scopes = ScopeSet::parse_spaced("billing:*").expect("scopes");
    special.policy.networks = Networks::parse(&["10.0.0.0/8"], &["10.9.0.0/16"]).expect("networks");
    special.expires_at = Some(NOW.plus(Span::from_days(40)));
    let wanted = special.id;
    fixture.issue_this(special).await.expect("issued");
    let later = NOW.plus(Span::from_days(4));
    let filters = [
        TokenFilter { scope: scope("billing:read"), ..TokenFilter::default() },
        TokenFilter { scope: scope("billing:invoices:read"), ..TokenFilter::default() },
        TokenFilter { networks: Some(NetworksWanted::Named("10.0.0.0/8".to_owned())), ..TokenFilter::default() },
        TokenFilter {
            expiry: Some(Expiry::Between(NOW.plus(Span::from_days(30)), NOW.plus(Span::from_days(50)))),
            ..TokenFilter::default()
        },
        TokenFilter { lives_over: Some(Span::from_days(39)), ..TokenFilter::default() },
        TokenFilter { idle_since: Some(later), ..TokenFilter::default() },
        TokenFilter { ids: Some(vec![wanted, token_id()]), ..TokenFilter::default() },
        TokenFilter { kind: Some(TokenKind::Pat), scope: scope("billing:read"), ..TokenFilter::default() },
    ];
    for filter in filters {
        assert_eq!(found(fixture, &filter).await, [wanted], "{filter:?}");
    }
    // An excepted network is none that it may be used from, and what merely stands somewhere in the text is no scope.
    for filter in [
        TokenFilter { networks: Some(NetworksWanted::Named("10.9.0.0/16".to_owned())), ..TokenFilter::default() },
        TokenFilter { scope: scope("billing"), ..TokenFilter::default() },
        TokenFilter { scope: scope("allow"), ..TokenFilter::default() },
        TokenFilter { scope: scope("scopes"), ..TokenFilter::default() },
    ] {
        assert!(found(fixture, &filter).await.is_empty(), "{filter:?}");
    }
    let mut endless = fixture.new_token();
    endless.expires_at = None;
    let id = endless.id;
    fixture.issue_this(endless).await.expect("issued");
    assert_eq!(found(fixture, &TokenFilter { expiry: Some(Expiry::Never), ..TokenFilter::default() }).await, [id]);
    assert_eq!(found(fixture, &TokenFilter { networks: Some(NetworksWanted::Any), ..TokenFilter::default() }).await.len(), 2);
    fixture.store.rotate_token(fixture.organisation, ordinary, super::fixture::rotation(), actor(1)).await.expect("rotated");
    assert_eq!(found(fixture, &TokenFilter { old_secret_since: Some(later), ..TokenFilter::default() }).await, [ordinary]);
    let mut of_client = fixture.new_token();
    of_client.policy.kind = TokenKind::Oat;
    of_client.policy.client_id = Some("https://app.example/\"client\"".into());
    let id = of_client.id;
    fixture.issue_this(of_client).await.expect("issued");
    let filter = TokenFilter { client: Some("https://app.example/\"client\"".to_owned()), ..TokenFilter::default() };
    assert_eq!(found(fixture, &filter).await, [id]);
}

/// The last four characters lead to what was issued to stay first, then to the tokens of OAuth, page by page and each of them once.
pub async fn last_characters_lead_to_what_stays_first(fixture: &Fixture) {
    let mut issued = Vec::new();
    for (kind, second) in [(TokenKind::Oat, 4), (TokenKind::Pat, 3), (TokenKind::Ort, 2), (TokenKind::Key, 1)] {
        let mut new = fixture.new_token();
        (new.policy.kind, new.hint, new.issued_at) = (kind, "wxyz".to_owned(), NOW.plus(Span::from_seconds(second)));
        issued.push(new.id);
        fixture.issue_this(new).await.expect("issued");
    }
    fixture.issue().await;
    let hinted = TokenFilter { hint: Some("wxyz".to_owned()), ..TokenFilter::default() };
    let [access, person, refresh, service]: [_; 4] = issued.try_into().expect("four were issued");
    assert_eq!(found(fixture, &hinted).await, [person, service, access, refresh]);
    let mut paged = Vec::new();
    let mut after = None;
    for _ in 0..4 {
        let page = fixture.store.list_tokens(fixture.organisation, &hinted, &PageRequest { after, limit: 1 }).await.expect("listed");
        paged.extend(page.items.iter().map(|item| item.record.id));
        after = page.next;
    }
    assert_eq!((paged, after), (vec![person, service, access, refresh], None));
    let of_kind = |kind| TokenFilter { kind: Some(kind), ..hinted.clone() };
    assert_eq!(found(fixture, &of_kind(TokenKind::Oat)).await, [access]);
    assert_eq!(found(fixture, &of_kind(TokenKind::Key)).await, [service]);
    let sums = fixture.store.sum_tokens(fixture.organisation, &hinted, NOW).await.expect("counted");
    assert_eq!((sums.count, sums.by_kind.len(), sums.is_partial), (4, 4, false));
    assert_eq!(sums.by_subject.iter().map(|(_, count)| count).sum::<u64>(), 4);
}

/// How an engine would go about a list.
async fn plan(fixture: &Fixture, filter: &TokenFilter, condition: &str) -> String {
    let explain = match fixture.store.engine() {
        Engine::Sqlite => "EXPLAIN QUERY PLAN",
        Engine::Postgres => "EXPLAIN",
    };
    let sql = format!(
        "{explain} SELECT t.id FROM tokens t WHERE {}'org_000000000000' AND {condition} ORDER BY t.issued_at DESC, t.id DESC LIMIT 51",
        filter.owned(fixture.store.engine())
    );
    let mut conn: Conn = fixture.store.source().connect(fixture.place.options().deadline).await.expect("connects");
    let mut link = conn.link();
    if fixture.store.engine() == Engine::Postgres {
        // Its tables are empty here, and an empty table is read whole whatever indexes there are.
        execute!(&mut link, "SET enable_seqscan = off").expect("set");
    }
    let column = if fixture.store.engine() == Engine::Sqlite { 3 } else { 0 };
    let rows: Vec<String> = each!(&mut link, c => {
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(c).await.expect("explained");
        rows.iter().map(|row| sqlx::Row::get::<String, _>(row, column)).collect()
    });
    rows.join("\n")
}

/// For each condition that leads, the engine follows its index and sorts nothing.
pub async fn indexes_lead_to_what_is_wanted(fixture: &Fixture) {
    let client = match fixture.store.engine() {
        Engine::Sqlite => "json_extract(t.policy, '$.client_id') = 'app' AND t.kind IN ('oat', 'ort', 'cls', 'grt')",
        Engine::Postgres => "((t.policy::json) ->> 'client_id') = 'app' AND t.kind IN ('oat', 'ort', 'cls', 'grt')",
    };
    for (condition, index) in [
        ("1 = 1", "tokens_newest"),
        ("t.subject = 'someone'", "tokens_of_subject"),
        ("t.parent = '000000000000'", "tokens_of_parent"),
        ("t.project = 'prj_000000000000'", "tokens_of_project"),
        ("t.kind = 'svc' AND t.kind IN ('pat', 'key', 'pub', 'svc')", "tokens_of_kind"),
        ("t.state = 'revoked' AND t.state <> 'active'", "tokens_in_state"),
        ("t.hint = 'abcd' AND t.hint <> '' AND t.kind NOT IN ('oat', 'ort')", "tokens_hinted"),
        ("t.expires_at IS NULL", "tokens_endless"),
        ("t.previous_until IS NOT NULL", "tokens_rotated"),
        (client, "tokens_of_client"),
    ] {
        let plan = plan(fixture, &TokenFilter::default(), condition).await;
        assert!(plan.contains(index), "{condition}: {plan}");
        if fixture.store.engine() == Engine::Sqlite {
            assert!(!plan.contains("TEMP B-TREE"), "{condition} is sorted: {plan}");
        }
    }
    // A few ids are looked up one by one, and then put in order. PostgreSQL goes by what it knows of its tables, which are empty here.
    if fixture.store.engine() == Engine::Sqlite {
        let filter = TokenFilter { ids: Some(Vec::new()), ..TokenFilter::default() };
        let plan = plan(fixture, &filter, "t.id IN (SELECT value FROM json_each('[\"000000000000\"]'))").await;
        assert!(plan.contains("sqlite_autoindex_tokens_1 (id=?)"), "{plan}");
    }
}

/// What no index leads to is looked for a bounded number of rows at a time, and the cursor goes on behind them.
pub async fn a_page_looks_at_a_bounded_number_of_rows(fixture: &Fixture) {
    let mut wanted = fixture.new_token();
    wanted.policy.audiences = vec![audience("https://rare.example.com")];
    let rare = wanted.id;
    fixture.issue_this(wanted).await.expect("issued");
    let others = usize::try_from(limits::LIST_SCAN_MAX).expect("a count");
    let mut left = others;
    while left > 0 {
        let some = left.min(1000);
        let new: Vec<NewToken> =
            (0..some).map(|_| NewToken { issued_at: NOW.plus(Span::from_seconds(1)), ..fixture.new_token() }).collect();
        fixture.store.issue_tokens(new, actor(1)).await.expect("issued");
        left -= some;
    }
    let filter = TokenFilter { audience: Some(audience("https://rare.example.com")), ..TokenFilter::default() };
    let list = |after| {
        let page = PageRequest { after, limit: 10 };
        let filter = filter.clone();
        async move { fixture.store.list_tokens(fixture.organisation, &filter, &page).await.expect("listed") }
    };
    let first = list(None).await;
    assert!(first.items.is_empty() && first.next.is_some(), "{first:?}");
    let second = list(first.next).await;
    assert_eq!((second.items.len(), second.next), (1, None));
    assert_eq!(second.items.first().map(|item| item.record.id), Some(rare));
}

/// Counts by kind and subject, and who was used since.
pub async fn what_fits_is_counted(fixture: &Fixture) {
    let first = fixture.issue().await;
    fixture.issue().await;
    let mut service = fixture.new_token();
    service.policy.kind = TokenKind::Svc;
    service.subject = Subject::parse("nightly").expect("a subject");
    fixture.issue_this(service).await.expect("issued");
    used(fixture, first, NOW).await;
    let sums = fixture.store.sum_tokens(fixture.organisation, &TokenFilter::default(), NOW).await.expect("counted");
    assert_eq!((sums.count, sums.used, sums.is_partial), (3, 1, false));
    assert_eq!(sums.by_kind, [(TokenKind::Pat, 2), (TokenKind::Svc, 1)]);
    assert_eq!(sums.by_subject, [("svc_orders".to_owned(), 2), ("nightly".to_owned(), 1)]);
    let some = fixture.store.sum_tokens_within(fixture.organisation, &TokenFilter::default(), NOW, 2).await.expect("counted");
    assert_eq!((some.count, some.is_partial), (2, true), "no more is looked at than was asked for");
    let later = fixture.store.sum_tokens(fixture.organisation, &TokenFilter::default(), NOW.plus(Span::from_seconds(1))).await;
    assert_eq!(later.map(|sums| sums.used), Ok(0));
    let none = TokenFilter { kind: Some(TokenKind::Key), ..TokenFilter::default() };
    assert_eq!(fixture.store.sum_tokens(fixture.organisation, &none, NOW).await, Ok(Default::default()));
}

/// Filters of the audit chain, and a cursor that goes on where a page found nothing.
pub async fn audit_events_are_found_page_by_page(fixture: &Fixture) {
    let id = fixture.issue().await;
    fixture.bring(id, TokenState::Revoked).await.expect("revoked");
    let new: Vec<NewToken> = (0..1000).map(|_| fixture.new_token()).collect();
    fixture.store.issue_tokens(new, actor(60)).await.expect("issued");
    let read = |filter: AuditFilter, after: Option<String>| async move {
        fixture.store.audit_events(&filter, &PageRequest { after, limit: 2 }).await.expect("read")
    };
    let whole = AuditFilter { organisation: Some(fixture.organisation), ..AuditFilter::default() };
    let of_token = AuditFilter { target: Some(id.to_string()), ..whole.clone() };
    let page = read(of_token, None).await;
    assert_eq!(page.items.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["token.revoke", "token.issue"]);
    assert_eq!(page.next, None);
    let revoked = AuditFilter { action: Some("token.revoke".to_owned()), ..whole.clone() };
    let page = read(revoked, None).await;
    assert_eq!((page.items.len(), page.next), (1, None));
    let by_actor = AuditFilter { actor: Some("system".to_owned()), until: Some(NOW.plus(Span::from_seconds(60))), ..whole.clone() };
    let first = read(by_actor.clone(), None).await;
    assert!(first.items.iter().all(|event| event.at < NOW.plus(Span::from_seconds(60))) && first.next.is_some());
    let second = read(by_actor, first.next).await;
    assert_eq!((second.items.len(), second.next), (1, None));
    assert!(matches!(
        fixture.store.audit_events(&whole, &PageRequest { after: Some("x".to_owned()), limit: 2 }).await,
        Err(StoreError::BadCursor)
    ));
}

/// Rules hold from the first time that they are laid down, and are changed by whoever read the newest.
pub async fn rules_need_the_version(fixture: &Fixture) {
    let (store, organisation) = (&fixture.store, fixture.organisation);
    let before = store.rules(organisation).await.expect("none yet");
    assert_eq!((before.version, before.changed_at, before.rules), (0, None, TokenRules::default()));
    let rules: TokenRules = serde_json::from_str(r#"{"kinds": {"pat": {"longest_seconds": 60}}}"#).expect("rules");
    let laid = store.set_rules(organisation, 0, rules.clone(), actor(1)).await.expect("laid down");
    assert_eq!((laid.version, &laid.rules), (1, &rules));
    assert_eq!(store.rules(organisation).await, Ok(laid));
    assert_eq!(store.set_rules(organisation, 0, rules.clone(), actor(2)).await, Err(StoreError::Outdated { found: 1 }));
    assert_eq!(store.set_rules(organisation, 1, TokenRules::default(), actor(2)).await.map(|laid| laid.version), Ok(2));
    let filter = AuditFilter { action: Some("policy.set".to_owned()), ..AuditFilter::default() };
    let page = store.audit_events(&filter, &PageRequest::default()).await;
    assert_eq!(page.map(|page| page.items.len()), Ok(2));
}
