//! Nothing is ever had for a token that the token did not have.

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn audience(text: &str) -> Audience {
    Audience::parse(text).expect("an audience")
}
fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse_spaced(text).expect("scopes")
}

/// A policy for `https://b.example`.
fn policy(delegation: bool) -> ExchangePolicy {
    ExchangePolicy { audiences: vec![audience("https://b.example")], delegation }
}

struct Case {
    audiences: Vec<Audience>,
    scopes: ScopeSet,
    actor: Option<Map<String, Value>>,
}

impl Case {
    fn new() -> Self {
        Self { audiences: vec![audience("https://a.example")], scopes: scopes("orders:* users:read"), actor: None }
    }
    fn token(&self) -> SubjectToken<'_> {
        SubjectToken {
            subject: "usr_1",
            client_id: Some("app_own"),
            audiences: &self.audiences,
            scopes: &self.scopes,
            expires_at: Some(NOW.plus(Span::from_minutes(5))),
            actor: self.actor.as_ref(),
        }
    }
}

fn wish(policy: &ExchangePolicy) -> Wish<'_> {
    Wish { client_id: "app_own", policy: Some(policy), audience: None, scopes: None, actor: None, longest: Span::from_hours(1) }
}

#[test]
fn without_a_word_of_an_operator_nothing_is_given() {
    let (case, policy) = (Case::new(), policy(true));
    let none = Wish { policy: None, ..wish(&policy) };
    assert_eq!(exchange_at(&case.token(), &none, NOW), Err(ExchangeFault::NotAllowed));
}

#[test]
fn scopes_only_narrow() {
    let (case, policy) = (Case::new(), policy(false));
    let of = |text: &str| {
        let wanted = scopes(text);
        exchange_at(&case.token(), &Wish { scopes: Some(&wanted), ..wish(&policy) }, NOW).map(|given| given.scopes.to_spaced())
    };
    assert_eq!(of("orders:read"), Ok("orders:read".into()));
    assert_eq!(of("orders:*"), Ok("orders:*".into()));
    for wider in ["users:write", "users:*", "orders", "orders:read users:write"] {
        assert_eq!(of(wider), Err(ExchangeFault::Scope), "{wider}");
    }
    let whole = exchange_at(&case.token(), &wish(&policy), NOW).expect("given");
    assert_eq!(whole.scopes, case.scopes);
}

#[test]
fn an_api_is_the_own_one_or_an_allowed_one() {
    let (mut case, policy) = (Case::new(), policy(false));
    let of = |case: &Case, named: Option<&str>| {
        let named = named.map(audience);
        exchange_at(&case.token(), &Wish { audience: named.as_ref(), ..wish(&policy) }, NOW).map(|given| given.audience.as_str().to_owned())
    };
    assert_eq!(of(&case, None), Ok("https://a.example".into()));
    assert_eq!(of(&case, Some("https://a.example")), Ok("https://a.example".into()));
    assert_eq!(of(&case, Some("https://b.example")), Ok("https://b.example".into()));
    for other in ["https://c.example", "https://b.example/sub", "https://B.example"] {
        assert_eq!(of(&case, Some(other)), Err(ExchangeFault::Target), "{other}");
    }
    case.audiences.push(audience("https://z.example"));
    assert_eq!(of(&case, None), Err(ExchangeFault::Ambiguous));
    case.audiences.clear();
    assert_eq!(of(&case, None), Err(ExchangeFault::Target));
}

#[test]
fn nothing_lives_longer_than_what_it_came_from() {
    let (case, policy) = (Case::new(), policy(true));
    let end = |wish: &Wish<'_>, now: Timestamp| exchange_at(&case.token(), wish, now).map(|given| given.expires_at);
    assert_eq!(end(&wish(&policy), NOW), Ok(NOW.plus(Span::from_minutes(5))));
    let short = Wish { longest: Span::from_seconds(30), ..wish(&policy) };
    assert_eq!(end(&short, NOW), Ok(NOW.plus(Span::from_seconds(30))));
    let actor = ActorToken { subject: "usr_2", client_id: None, expires_at: Some(NOW.plus(Span::from_seconds(7))) };
    assert_eq!(end(&Wish { actor: Some(actor), ..wish(&policy) }, NOW), Ok(NOW.plus(Span::from_seconds(7))));
    assert_eq!(end(&wish(&policy), NOW.plus(Span::from_minutes(5))), Err(ExchangeFault::Over));
}

#[test]
fn who_acts_for_another_must_be_allowed_to_and_is_named() {
    let mut case = Case::new();
    let (may, may_not) = (policy(true), policy(false));
    let other = |policy| Wish { client_id: "app_other", ..wish(policy) };
    assert_eq!(exchange_at(&case.token(), &other(&may_not), NOW), Err(ExchangeFault::Delegation));
    let actor = ActorToken { subject: "usr_2", client_id: Some("app_desk"), expires_at: None };
    assert_eq!(exchange_at(&case.token(), &Wish { actor: Some(actor), ..wish(&may_not) }, NOW), Err(ExchangeFault::Delegation));
    assert_eq!(exchange_at(&case.token(), &wish(&may_not), NOW).expect("given").actor, None, "its own token stays its own");

    let given = exchange_at(&case.token(), &other(&may), NOW).expect("given").actor.expect("an actor");
    assert_eq!(Value::Object(given.clone()), json!({"sub": "app_other"}));
    case.actor = Some(given);
    let given = exchange_at(&case.token(), &Wish { actor: Some(actor), ..other(&may) }, NOW).expect("given").actor.expect("an actor");
    assert_eq!(Value::Object(given.clone()), json!({"sub": "usr_2", "client_id": "app_desk", "act": {"sub": "app_other"}}));
    assert_eq!(actor_of_metadata(&actor_to_metadata(Some(&given))), Some(given.clone()));

    case.actor = Some(given.clone());
    assert_eq!(exchange_at(&case.token(), &wish(&may), NOW).expect("given").actor, Some(given), "narrowing forgets nobody");
    for _ in 0..limits::ACTORS_MAX {
        match exchange_at(&case.token(), &other(&may), NOW) {
            Ok(given) => case.actor = given.actor,
            Err(fault) => return assert_eq!(fault, ExchangeFault::Chain),
        }
    }
    panic!("the chain has no end");
}

#[test]
fn foreign_metadata_names_nobody() {
    for text in ["", "{}", "[]", r#"{"act":7}"#, r#"{"act":"no json"}"#, r#"{"act":"[]"}"#] {
        assert_eq!(actor_of_metadata(text), None, "{text}");
    }
    assert_eq!(actor_to_metadata(None), "{}");
}
