//! Which API a request comes to.

use super::*;
use crate::{id::ApiId, name::Name};

const MANAGEMENT: &str = "https://auth.example.com";

fn api(organisation: u8, audience: &str, scopes: &[&str]) -> Api {
    let scope = |text: &&str| serde_json::from_value::<ApiScope>(serde_json::json!({"scope": text})).expect("a scope");
    Api {
        id: ApiId::from_random([1; 16]),
        organisation: OrganisationId::from_random([organisation; 16]),
        audience: Audience::parse(audience).expect("an audience"),
        name: Name::parse("API").expect("a name"),
        scopes: scopes.iter().map(scope).collect(),
        routes: Vec::new(),
        token_format: crate::kind::TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    }
}

fn apis() -> Vec<Api> {
    vec![
        api(1, "https://orders.example.com", &["orders:read", "read"]),
        api(1, "https://stock.example.com", &["stock:read", "read"]),
        api(2, "https://foreign.example.com", &["foreign:read"]),
        api(1, MANAGEMENT, &["tokens:read"]),
    ]
}

fn reach(first_party: bool, vouched: bool) -> Reach<'static> {
    Reach { organisation: OrganisationId::from_random([1; 16]), audiences: &[], management: MANAGEMENT, first_party, vouched }
}

fn come_to(scopes: &str, resources: &[&str], reach: &Reach<'_>) -> Result<String, Told> {
    let apis = apis();
    let scopes = ScopeSet::from_scopes(scopes.split(' ').filter(|s| !s.is_empty()).map(|s| Scope::parse(s).expect("scope")).collect());
    let resources: Vec<Audience> = resources.iter().map(|text| Audience::parse(text).expect("an audience")).collect();
    let found = choose(&scopes, &resources, reach, apis.iter())?;
    let mut shown: Vec<String> = found.apis.iter().map(|one| format!("{}={}", one.api.audience, one.scopes.to_spaced())).collect();
    shown.push(found.words.to_spaced());
    Ok(shown.join(";"))
}

#[test]
fn scopes_find_their_api() {
    let plain = reach(false, true);
    assert_eq!(come_to("openid orders:read", &[], &plain).as_deref(), Ok("https://orders.example.com=orders:read;openid"));
    assert_eq!(come_to("openid profile", &[], &plain).as_deref(), Ok("openid profile"));
    let both = ["https://orders.example.com", "https://stock.example.com"];
    let shown = come_to("orders:read read", &both, &plain).expect("found");
    assert_eq!(shown, "https://orders.example.com=orders:read read;https://stock.example.com=read;");
    assert_eq!(come_to("", &both[..1], &plain).as_deref(), Ok("https://orders.example.com=;"));
}

#[test]
fn what_cannot_be_had_is_named() {
    let plain = reach(false, true);
    for (scopes, resources, code, word) in [
        ("read", &[][..], RequestCode::InvalidTarget, "several"),
        ("orders:read stock:read", &[], RequestCode::InvalidTarget, "different"),
        ("orders:read nothing", &[], RequestCode::InvalidScope, "`nothing`"),
        ("foreign:read", &[], RequestCode::InvalidScope, "`foreign:read`"),
        ("read", &["https://foreign.example.com"], RequestCode::InvalidTarget, "foreign"),
        ("stock:read", &["https://orders.example.com"], RequestCode::InvalidScope, "`stock:read`"),
        ("read", &["https://orders.example.com/"], RequestCode::InvalidTarget, "resource"),
        ("tokens:read", &[], RequestCode::InvalidScope, "tokens:read"),
        ("", &[MANAGEMENT], RequestCode::InvalidTarget, "auth.example.com"),
        ("profile", &[], RequestCode::InvalidScope, "openid"),
        ("", &[], RequestCode::InvalidScope, "nothing"),
        ("offline_access", &[], RequestCode::InvalidScope, "nothing"),
    ] {
        let (found, told) = come_to(scopes, resources, &plain).expect_err(scopes);
        assert_eq!(found, code, "{scopes} {resources:?}: {told}");
        assert!(told.contains(word), "{scopes} {resources:?}: {told}");
    }
}

#[test]
fn a_confined_client_stays_where_it_is_confined() {
    let only = [Audience::parse("https://stock.example.com").expect("an audience")];
    let confined = Reach { audiences: &only, ..reach(false, true) };
    assert_eq!(come_to("read", &[], &confined).as_deref(), Ok("https://stock.example.com=read;"));
    assert!(come_to("orders:read", &[], &confined).is_err());
}

#[test]
fn the_management_interface_is_for_the_operators_own_apps_that_somebody_approved() {
    assert_eq!(come_to("tokens:read", &[], &reach(true, true)).as_deref(), Ok("https://auth.example.com=tokens:read;"));
    let (code, told) = come_to("tokens:read", &[], &reach(true, false)).expect_err("withheld");
    assert_eq!(code, RequestCode::InvalidScope);
    assert!(told.contains("approved"), "{told}");
}

#[test]
fn a_request_that_names_no_scope_means_those_of_its_api() {
    let apis = apis();
    let registered = ScopeSet::parse_spaced("openid email orders:read stock:read read gone foreign:read").expect("scopes");
    let orders = [Audience::parse("https://orders.example.com").expect("an audience")];
    let plain = reach(false, true);
    assert_eq!(meant(&registered, &orders, &plain, apis.iter()).to_spaced(), "orders:read read");
    assert_eq!(meant(&registered, &[], &plain, apis.iter()).to_spaced(), "orders:read read stock:read");
}
