//! The rules, one by one.

use super::*;

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse_spaced(text).expect("scopes")
}

fn rules(json: &str) -> TokenRules {
    serde_json::from_str(json).expect("rules")
}

#[test]
fn lives_are_bounded_by_kind() {
    let rules = rules(r#"{"kinds": {"pat": {"longest_seconds": 60}, "svc": {"must_end": true}}}"#);
    let minute = Span::from_seconds(60);
    assert_eq!(rules.check_life(TokenKind::Pat, Some(minute)), Ok(()));
    assert_eq!(rules.check_life(TokenKind::Pat, Some(Span::from_seconds(61))), Err(BrokenRule::TooLong(TokenKind::Pat, 60)));
    assert_eq!(rules.check_life(TokenKind::Pat, None), Err(BrokenRule::TooLong(TokenKind::Pat, 60)));
    assert_eq!(rules.check_life(TokenKind::Svc, Some(limits::TOKEN_LIFE_MAX)), Ok(()));
    assert_eq!(rules.check_life(TokenKind::Svc, None), Err(BrokenRule::Endless(TokenKind::Svc)));
    assert_eq!(rules.check_life(TokenKind::Key, None), Ok(()));
}

#[test]
fn networks_are_named_where_they_must_be() {
    let rules = rules(r#"{"kinds": {"key": {"must_name_networks": true}}}"#);
    let holes = Networks::parse(&[], &["10.0.0.0/8"]).expect("networks");
    let named = Networks::parse(&["10.0.0.0/8"], &[]).expect("networks");
    assert!(rules.check_networks(TokenKind::Key, &Networks::default()).is_err());
    // All but some is not named.
    assert!(rules.check_networks(TokenKind::Key, &holes).is_err());
    assert!(rules.check_networks(TokenKind::Key, &named).is_ok());
    assert!(rules.check_networks(TokenKind::Pat, &Networks::default()).is_ok());
}

#[test]
fn roles_give_what_they_may() {
    let sensitive = |scope: &Scope| scope.covers(&Scope::parse("orders:delete").expect("scope"));
    let plain = TokenRules::default();
    assert!(plain.check_scopes(Role::Operator, &scopes("orders:delete"), sensitive).is_ok());
    assert!(plain.check_scopes(Role::Developer, &scopes("orders:read"), sensitive).is_ok());
    // A wildcard over a sensitive scope is as much.
    for wide in ["orders:delete", "orders:*"] {
        assert!(matches!(plain.check_scopes(Role::Developer, &scopes(wide), sensitive), Err(BrokenRule::SensitiveScope(..))), "{wide}");
    }
    let strict = rules(r#"{"roles": {"developer": {"sensitive_scopes": true, "refused_scopes": ["users:*"], "issues_tokens": false}}}"#);
    assert!(strict.check_scopes(Role::Developer, &scopes("orders:delete"), sensitive).is_ok());
    for refused in ["users:read", "users:*", "users:a:b"] {
        let outcome = strict.check_scopes(Role::Developer, &scopes(refused), |_| false);
        assert!(matches!(outcome, Err(BrokenRule::RefusedScope(..))), "{refused}");
    }
    assert_eq!(strict.check_issuer(Role::Developer), Err(BrokenRule::IssuesNone(Role::Developer)));
    assert!(strict.check_issuer(Role::Owner).is_ok() && strict.check_registrar(Role::Developer).is_ok());
}

#[test]
fn a_refused_scope_is_not_hidden_behind_a_wildcard() {
    let strict = rules(r#"{"roles": {"operator": {"refused_scopes": ["users:delete"]}}}"#);
    assert!(strict.check_scopes(Role::Operator, &scopes("users:*"), |_| false).is_err());
    assert!(strict.check_scopes(Role::Operator, &scopes("users:read"), |_| false).is_ok());
}

#[test]
fn second_factors_are_wanted_of_the_roles_that_are_named() {
    let plain = TokenRules::default();
    assert!(!plain.want_second_factors() && plain.check_second_factor(Role::Owner).is_ok());
    let strict = rules(r#"{"roles": {"owner": {"second_factor": true}}}"#);
    assert!(strict.want_second_factors() && strict.check_second_factor(Role::Developer).is_ok());
    assert_eq!(strict.check_second_factor(Role::Owner), Err(BrokenRule::NoSecondFactor(Role::Owner)));
    assert_eq!(BrokenRule::NoSecondFactor(Role::Owner).rule(), "roles.owner.second_factor");
}

#[test]
fn apps_wait_unless_the_rules_say_otherwise() {
    let public = |scope: &Scope| scope.as_str() == "catalogue:read";
    let sensitive = |scope: &Scope| scope.as_str() == "orders:delete";
    let at_once = |rule: &str, wanted: &str| {
        let rules = rules(&format!(r#"{{"apps": {{"approved_at_once": "{rule}"}}}}"#));
        rules.apps.approves_at_once(&scopes(wanted), public, sensitive)
    };
    assert!(!at_once("none", "catalogue:read"));
    assert!(at_once("public", "catalogue:read") && !at_once("public", "catalogue:read orders:read"));
    assert!(at_once("not_sensitive", "orders:read") && !at_once("not_sensitive", "orders:read orders:delete"));
    assert!(TokenRules::default().check_approver(Role::Approver).is_ok());
    let narrow = rules(r#"{"apps": {"approvers_approve": false}}"#);
    assert!(narrow.check_approver(Role::Approver).is_err() && narrow.check_approver(Role::Operator).is_ok());
}

#[test]
fn what_makes_no_sense_is_refused() {
    assert!(rules(r#"{"kinds": {"oat": {}}}"#).validate().is_err());
    assert!(rules(r#"{"kinds": {"pat": {"longest_seconds": 0}}}"#).validate().is_err());
    assert!(rules(r#"{"kinds": {"pat": {"longest_seconds": 4294967295}}}"#).validate().is_err());
    assert!(rules(r#"{"kinds": {"pat": {"longest_seconds": 1}}}"#).validate().is_ok());
    assert!(serde_json::from_str::<TokenRules>(r#"{"kinds": {"pat": {"longest": 1}}}"#).is_err());
    assert!(serde_json::from_str::<TokenRules>(r#"{"roles": {"root": {}}}"#).is_err());
    let whole = TokenRules::default();
    assert_eq!(rules(&serde_json::to_string(&whole).expect("text")), whole);
}

#[test]
fn words_name_the_rule() {
    let broken = BrokenRule::TooLong(TokenKind::Pat, 60);
    assert_eq!(broken.to_string(), "the policy lets a personal access token live 60 seconds at most (`kinds.pat.longest_seconds`)");
    assert_eq!(broken.field(), Some("expires_in"));
}
