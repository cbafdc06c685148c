//! A permit costs no allocation: counted by an allocator that counts.

use jeton_core::{
    authentication::{Authentication, SignInDemand},
    binding::{Binding, Presented},
    decide::decide,
    demand::{Call, Demand},
    facts::{Facts, TokenState, WhichSecret},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::Audience,
    network::Networks,
    path::{NormalPath, PathRules},
    policy::Policy,
    route::Route,
    scope::{Scope, ScopeSet},
    timestamp::Timestamp,
    token_text,
};

#[cfg(test)]
fn policy() -> Policy {
    Policy {
        organisation: OrganisationId::from_random([1; 16]),
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: None,
        binding: Some(Binding::Dpop([9; 32])),
        exchanged: false,
        signed_by: None,
        authentication: Some(Authentication { auth_time: 1_799_999_990, acr: None }),
        parent: None,
        audiences: ["https://a.example.com", "https://b.example.com"].map(|text| Audience::parse(text).expect("audience")).to_vec(),
        scopes: ScopeSet::parse_spaced("items:* orders:read orders:write").expect("scopes"),
        networks: Networks::parse(&["10.0.0.0/8", "2001:db8::/32"], &["10.9.0.0/16"]).expect("networks"),
        routes: ["GET /v1/orders/*", "* /v1/items/**"].map(|text| Route::parse(text).expect("route")).to_vec(),
        allowances: Default::default(),
    }
}

#[test]
fn a_permit_allocates_nothing() {
    let (policy, now) = (policy(), Timestamp::from_seconds(1_800_000_000));
    let facts = |parent| Facts {
        id: TokenId::from_random([2; 16]),
        subject: "usr_1",
        state: TokenState::Active,
        secret: WhichSecret::Previous { until: Timestamp::MAX },
        not_before: Some(now),
        expires_at: Some(Timestamp::MAX),
        policy: &policy,
        parent,
    };
    let grandparent = facts(None);
    let parent = facts(Some(&grandparent));
    let child = facts(Some(&parent));
    let path = NormalPath::parse("/v1/items/7/parts", PathRules::default()).expect("path");
    let scopes = ["items:parts:read", "orders:read"].map(|text| Scope::parse(text).expect("scope"));
    let demand = Demand {
        audience: Some("https://b.example.com"),
        scopes: &scopes,
        scopes_public: false,
        call: Some(Call { method: "POST", path: &path }),
        undeclared: false,
        client_ip: "::ffff:10.1.2.3".parse().ok(),
        sign_in: SignInDemand { acr_values: &[], max_age: Some(60) },
        presented: Presented { dpop: Some([9; 32]), certificate: None },
    };
    let mut permitted = false;
    let counted = allocation_counter::measure(|| permitted = decide(&child, &demand, now).is_ok());
    assert!(permitted);
    assert_eq!(counted.count_total, 0);
}

#[test]
fn neither_does_reading_a_token() {
    let text = token_text::PlainToken::from_random(None, TokenKind::Pat, TokenId::from_random([1; 16]), &[7; 32]);
    let mut read = None;
    let counted = allocation_counter::measure(|| read = token_text::parse(text.expose().as_bytes()).ok());
    assert!(read.is_some_and(|token| token.digest.matches(&text.digest())));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocation_counter::measure(|| drop(std::hint::black_box(Box::new(7)))).count_total, 1);
}
