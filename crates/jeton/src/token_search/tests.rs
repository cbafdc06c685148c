//! One grammar for queries, addresses and bodies.

use super::*;
use crate::http::query;

fn read(text: &str) -> TokenQuery {
    query::parse(text).expect("a query")
}

#[test]
fn an_address_reads_back() {
    let texts = [
        "q=ann%40example.com",
        "kind=pat&state=alive&subject=usr_4kQ9cX2mPz7T",
        "audience=https%3A%2F%2Forders.example.com&scope=orders%3Aread&network=10.0.0.0%2F8",
        "expired=false&expires=never&lives_over=60&idle_days=90&use=old_secret&issued_since=2026-01-01T00%3A00%3A00Z",
    ];
    for text in texts {
        assert_eq!(read(text).to_query(), text);
        assert!(!read(text).is_empty());
    }
    assert!(read("limit=5&cursor=abc").is_empty());
    assert_eq!(read("limit=5&cursor=abc").to_query(), "");
}

#[test]
fn one_field_finds_ids_hints_and_subjects() {
    let now = Timestamp::from_seconds(1_000_000);
    let filter = |text: &str| read(&format!("q={text}")).filter(now);
    assert!(filter("4kQ9cX2mPz7T").expect("an id").ids.is_some());
    assert_eq!(filter("+aB3d").expect("a hint").hint.as_deref(), Some("aB3d"));
    assert_eq!(
        filter("ann@example.com").expect("a subject").subject.map(|subject| subject.to_string()),
        Some("ann@example.com".to_owned())
    );
    for secret in [format!("jtn_pat_4kQ9cX2mPz7T{}", "a".repeat(49)), format!("eyJ{}.{}.x", "a".repeat(30), "b".repeat(30))] {
        let problem = filter(&secret).expect_err("a token");
        assert!(problem.detail().contains("inspector") && !problem.detail().contains("aaaa"), "{}", problem.detail());
    }
    assert!(filter("").is_err());
}

#[test]
fn contradictions_and_nonsense_are_refused() {
    let now = Timestamp::from_seconds(1_000_000_000);
    for (text, field) in [
        ("state=expired&expired=false", "expired"),
        ("state=alive&expired=true", "expired"),
        ("hint=abc", "hint"),
        ("network=10.0.0.1/8", "network"),
        ("idle_days=0", "idle_days"),
        ("idle_days=401", "idle_days"),
        ("client=", "client"),
    ] {
        let problem = read(text).filter(now).expect_err(text);
        assert_eq!((problem.field_name(), problem.code()), (Some(field), "bad_query"), "{text}");
    }
    let alive = read("state=alive").filter(now).expect("a filter");
    assert_eq!((alive.state_not, alive.expired_at), (Some(TokenState::Revoked), Some((false, now))));
}
