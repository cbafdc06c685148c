//! Laws of the decision: what must hold for every token, every demand and every moment.

use jeton_core::{
    allowance::{Quota, QuotaState, Rate, RateState, Spent},
    authentication::{Authentication, SignInDemand},
    binding::{Binding, Presented},
    decide::{Step, decide, trace},
    demand::{Call, Demand},
    denial::Denial,
    derive::{DerivationRequest, Parent, derive_at},
    facts::{Facts, TokenState, WhichSecret},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::Audience,
    network::Networks,
    path::{NormalPath, PathRules},
    policy::Policy,
    route::Route,
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};
use std::net::IpAddr;

const NOW: i64 = 1_800_000_000;
const AUDIENCES: [&str; 3] = ["https://a.example.com", "https://b.example.com", "urn:example:c"];
const SCOPES: [&str; 8] = ["a", "a:*", "a:r", "a:b:*", "a:b:r", "b:*", "b:r", "c"];
const NETWORKS: [&str; 9] =
    ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "::/0", "2001:db8::/32", "2001:db8::1", "::ffff:10.1.0.0/112"];
const ROUTES: [&str; 10] =
    ["* /**", "GET /**", "GET /v1/**", "* /v1/*", "GET /v1/*", "HEAD /v1/*", "POST /v1/*", "GET /v1/a", "GET /v1/*/b", "GET /v1/a/**"];
const PATHS: [&str; 8] = ["/", "/v1", "/v1/", "/v1/a", "/v1/a/", "/v1/a/b", "/v1/x/b", "/v1/*"];
const ADDRESSES: [&str; 7] = ["10.1.2.3", "10.1.2.4", "10.1.9.9", "10.9.9.9", "192.0.2.1", "2001:db8::1", "::ffff:10.1.2.3"];

fn audiences() -> impl Strategy<Value = Vec<Audience>> {
    subsequence(AUDIENCES.to_vec(), 1..=3).prop_map(|list| list.into_iter().map(|text| Audience::parse(text).expect("audience")).collect())
}
fn scopes() -> impl Strategy<Value = ScopeSet> {
    subsequence(SCOPES.to_vec(), 0..=5).prop_map(|list| ScopeSet::parse_list(&list).expect("scopes"))
}
fn networks() -> impl Strategy<Value = Networks> {
    (subsequence(NETWORKS.to_vec(), 0..=3), subsequence(NETWORKS.to_vec(), 0..=2))
        .prop_map(|(allow, except)| Networks::parse(&allow, &except).expect("networks"))
}
fn routes() -> impl Strategy<Value = Vec<Route>> {
    subsequence(ROUTES.to_vec(), 0..=3).prop_map(|list| list.into_iter().map(|text| Route::parse(text).expect("route")).collect())
}
fn binding() -> impl Strategy<Value = Option<Binding>> {
    prop_oneof![6 => Just(None), 1 => Just(Some(Binding::Dpop([1; 32]))), 1 => Just(Some(Binding::Certificate([1; 32])))]
}
fn presented() -> impl Strategy<Value = Presented> {
    (option::weighted(0.2, 1u8..3), option::weighted(0.3, 1u8..3))
        .prop_map(|(key, hash)| Presented { dpop: key.map(|byte| [byte; 32]), certificate: hash.map(|byte| [byte; 32]) })
}
fn end() -> impl Strategy<Value = Option<Timestamp>> {
    option::of((-10i64..100).prop_map(|seconds| Timestamp::from_seconds(NOW + seconds)))
}
prop_compose! {
    fn policy()(
        audiences in audiences(), scopes in scopes(), networks in networks(), routes in routes(), kind in 0usize..8, binding in binding(),
        signed_in in option::of(-60i64..0),
    ) -> Policy {
        Policy {
            organisation: OrganisationId::from_random([1; 16]),
            project: None,
            kind: TokenKind::ALL[kind],
            format: TokenFormat::Opaque,
            client_id: None,
            binding,
            exchanged: false,
            signed_by: None,
            authentication: signed_in.map(|ago| Authentication { auth_time: NOW + ago, acr: None }),
            parent: None,
            audiences, scopes, networks, routes,
            allowances: Default::default(),
        }
    }
}
prop_compose! {
    fn request()(
        audiences in option::of(audiences()), scopes in option::of(scopes()), networks in option::of(networks()),
        routes in option::of(routes()), life in option::of(1u32..120), jwt in any::<bool>(),
    ) -> DerivationRequest {
        DerivationRequest {
            audiences, scopes, networks, routes,
            allowances: Default::default(),
            format: if jwt { TokenFormat::Jwt } else { TokenFormat::Opaque },
            expires_in: life.map(Span::from_seconds),
        }
    }
}

/// A demand that owns what a demand borrows.
#[derive(Clone, Debug)]
struct Asked {
    audience: Option<&'static str>,
    scopes: Vec<Scope>,
    public: bool,
    undeclared: bool,
    call: Option<(&'static str, NormalPath)>,
    client_ip: Option<IpAddr>,
    max_age: Option<u32>,
    presented: Presented,
    now: Timestamp,
}

impl Asked {
    fn of(&self, facts: &Facts<'_>) -> Result<(), Denial> {
        self.demand(|demand| decide(facts, demand, self.now).map(|_| ()))
    }
    fn traced(&self, facts: &Facts<'_>) -> Vec<Step> {
        self.demand(|demand| trace(facts, demand, self.now))
    }
    fn demand<R>(&self, then: impl FnOnce(&Demand<'_>) -> R) -> R {
        let call = self.call.as_ref().map(|(method, path)| Call { method, path });
        let (scopes, scopes_public, undeclared) = (&self.scopes[..], self.public, self.undeclared);
        let (client_ip, presented) = (self.client_ip, self.presented);
        let sign_in = SignInDemand { acr_values: &[], max_age: self.max_age };
        let demand = Demand { audience: self.audience, scopes, scopes_public, call, undeclared, client_ip, sign_in, presented };
        then(&demand)
    }
}

prop_compose! {
    fn asked()(
        audience in option::weighted(0.9, 0usize..3), scopes in vec(prop::sample::select(vec!["a", "a:r", "a:b:r", "b:r", "c"]), 0..3),
        public in any::<bool>(), undeclared in prop::bool::weighted(0.1), method in prop::sample::select(vec!["GET", "HEAD", "POST", "DELETE"]), path in option::weighted(0.9, 0usize..8),
        address in option::weighted(0.9, 0usize..7), later in -10i64..130, presented in presented(), max_age in option::weighted(0.05, 0u32..90),
    ) -> Asked {
        Asked {
            audience: audience.map(|at| AUDIENCES[at]),
            scopes: scopes.into_iter().map(|text| Scope::parse(text).expect("scope")).collect(),
            public,
            undeclared,
            call: path.map(|at| (method, NormalPath::parse(PATHS[at], PathRules::default()).expect("path"))),
            client_ip: address.map(|at| ADDRESSES[at].parse().expect("address")),
            max_age,
            presented,
            now: Timestamp::from_seconds(NOW + later),
        }
    }
}

fn facts<'a>(policy: &'a Policy, expires_at: Option<Timestamp>) -> Facts<'a> {
    Facts {
        id: TokenId::from_random([2; 16]),
        subject: "usr_1",
        state: TokenState::Active,
        secret: WhichSecret::Current,
        not_before: None,
        expires_at,
        policy,
        parent: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The chain in the check aside: the child's own rule never opens what the parent's does not.
    #[test]
    fn a_child_is_never_wider_than_its_parent(policy in policy(), end in end(), request in request(), asked in vec(asked(), 12)) {
        let parent = Parent { id: TokenId::from_random([2; 16]), policy: &policy, expires_at: end, depth: 1 };
        let now = Timestamp::from_seconds(NOW);
        if let Ok(child) = derive_at(parent, request, now) {
            prop_assert!(end.is_none_or(|end| child.expires_at.is_some_and(|own| own <= end)), "outlives its parent");
            let (own, above) = (facts(&child.policy, child.expires_at), facts(&policy, end));
            let chained = Facts { parent: Some(&above), ..own };
            for asked in asked {
                if asked.of(&own).is_ok() {
                    prop_assert_eq!(asked.of(&above), Ok(()), "{:?} of {:?} from {:?}", &asked, &child.policy, &policy);
                    prop_assert_eq!(asked.of(&chained), Ok(()));
                }
            }
        }
    }

    #[test]
    fn a_token_dies_with_each_of_its_ancestors(policy in policy(), asked in asked(), dead in 0usize..3, revoked in any::<bool>()) {
        let state = |at| if at == dead { if revoked { TokenState::Revoked } else { TokenState::Suspended } } else { TokenState::Active };
        let top = Facts { state: state(2), ..facts(&policy, None) };
        let middle = Facts { state: state(1), parent: Some(&top), ..facts(&policy, None) };
        let token = Facts { state: state(0), parent: Some(&middle), ..facts(&policy, None) };
        prop_assert!(asked.of(&token).is_err());
    }

    /// What a client's anchor and a grant say of a token: an anchor that it lives; a grant how its person signed in, and nothing else
    /// that the token itself does not say.
    #[test]
    fn anchors_and_grants_only_take_away(policy in policy(), grant in policy(), asked in asked(), anchor in policy()) {
        let anchor = Policy { kind: TokenKind::Cls, ..anchor };
        let grant = Policy { kind: TokenKind::Grt, ..grant };
        let top = facts(&anchor, None);
        let middle = Facts { parent: Some(&top), ..facts(&grant, None) };
        let alone = asked.of(&facts(&policy, None));
        prop_assert_eq!(asked.of(&Facts { parent: Some(&top), ..facts(&policy, None) }), alone);
        let granted = asked.of(&Facts { parent: Some(&middle), ..facts(&policy, None) });
        let signed_in = Policy { authentication: policy.authentication.clone().or_else(|| grant.authentication.clone()), ..policy };
        let alone = asked.of(&facts(&signed_in, None));
        let covers = asked.audience.is_none_or(|audience| grant.audiences.iter().any(|own| own.as_str() == audience))
            && asked.scopes.iter().all(|scope| grant.scopes.covers(scope));
        prop_assert_eq!(granted.is_ok(), alone.is_ok() && covers);
    }

    /// Of what a token was exchanged for only the lives count, and how the person behind it signed in; it may itself do what it says,
    /// and no more.
    #[test]
    fn an_exchanged_token_is_held_to_its_own_words(
        policy in policy(), above in policy(), top in policy(), asked in asked(), dead in 0usize..3, revoked in any::<bool>(),
    ) {
        let policy = Policy { exchanged: true, authentication: None, ..policy };
        let signed_in = above.authentication.clone().or(top.authentication.clone());
        let state = |at| if at == dead { if revoked { TokenState::Revoked } else { TokenState::Suspended } } else { TokenState::Active };
        let (alone, root) = (facts(&policy, None), facts(&top, None));
        let parent = Facts { parent: Some(&root), ..facts(&above, None) };
        let own = Policy { authentication: signed_in, ..policy.clone() };
        prop_assert_eq!(asked.of(&Facts { parent: Some(&parent), ..alone }), asked.of(&facts(&own, None)));
        let (root, parent) = (Facts { state: state(2), ..root }, Facts { state: state(1), ..parent });
        let parent = Facts { parent: Some(&root), ..parent };
        let token = Facts { state: state(0), parent: Some(&parent), ..alone };
        prop_assert!(asked.of(&token).is_err());
    }

    /// A bound token passes with the proof of its own key and with nothing else, whatever else is right.
    #[test]
    fn a_binding_is_met_by_its_own_proof_alone(policy in policy(), asked in asked()) {
        let proved = Asked { presented: Presented::by_holder_of(policy.binding), ..asked.clone() };
        let expected = if asked.presented.proves(policy.binding) { proved.of(&facts(&policy, None)).is_ok() } else { false };
        prop_assert_eq!(asked.of(&facts(&policy, None)).is_ok(), expected);
    }

    /// What the core asks in order is what it explains.
    #[test]
    fn a_trace_begins_to_fail_where_the_decision_does(policy in policy(), above in policy(), asked in asked(), end in end(), exchanged in any::<bool>()) {
        let policy = Policy { exchanged, ..policy };
        let parent = facts(&above, None);
        let token = Facts { parent: Some(&parent), ..facts(&policy, end) };
        let first = asked.traced(&token).into_iter().find_map(|step| step.outcome.err().map(|denial| (step.depth, step.rule, denial)));
        match (asked.of(&token), first) {
            (Ok(()), None) | (Err(Denial::ParentDead), Some((1, "state" | "secret" | "time", _))) => {}
            (Err(denial), Some((_, _, traced))) => prop_assert_eq!(denial, traced),
            (decided, traced) => prop_assert!(false, "{decided:?} and {traced:?}"),
        }
    }

    #[test]
    fn what_is_revoked_stays_refused_at_any_time(policy in policy(), asked in asked(), at in any::<i64>(), end in end(), until in any::<i64>()) {
        let secret = if at % 2 == 0 { WhichSecret::Current } else { WhichSecret::Previous { until: Timestamp::from_micros(until) } };
        let token = Facts { state: TokenState::Revoked, secret, ..facts(&policy, end) };
        let asked = Asked { now: Timestamp::from_micros(at), ..asked };
        prop_assert_eq!(asked.of(&token), Err(Denial::Revoked));
    }

    #[test]
    fn time_only_takes_away(policy in policy(), asked in asked(), end in end(), later in 0i64..1_000_000) {
        let token = facts(&policy, end);
        let later = Asked { now: asked.now.plus(Span::from_micros(later)), ..asked.clone() };
        prop_assert!(asked.of(&token).is_ok() || later.of(&token).is_err());
    }

    #[test]
    fn more_scopes_never_permit_more(policy in policy(), asked in asked(), more in 0usize..5) {
        let mut wider = asked.clone();
        wider.scopes.push(Scope::parse(["a", "a:r", "a:b:r", "b:r", "c"][more]).expect("scope"));
        prop_assert!(wider.of(&facts(&policy, None)).is_err() || asked.of(&facts(&policy, None)).is_ok());
    }

    #[test]
    fn narrower_networks_are_narrower(inner in networks(), outer in networks(), address in any::<[u8; 4]>()) {
        if inner.is_within(&outer) {
            let near = ADDRESSES.map(|text| text.parse().expect("address"));
            for address in near.into_iter().chain([IpAddr::from(address)]).map(Some).chain([None]) {
                prop_assert!(!inner.permits(address) || outer.permits(address), "{address:?} of {inner:?} in {outer:?}");
            }
        }
    }

    #[test]
    fn narrower_routes_are_narrower(inner in 0usize..10, outer in 0usize..10) {
        let [inner, outer] = [inner, outer].map(|at| Route::parse(ROUTES[at]).expect("route"));
        for path in PATHS.map(|path| NormalPath::parse(path, PathRules::default()).expect("path")) {
            for method in ["GET", "HEAD", "POST"] {
                if inner.matches(method, &path) {
                    prop_assert!(!inner.is_within(&outer) || outer.matches(method, &path), "{inner} in {outer}");
                    prop_assert!(inner.guards(method, &path), "a guard is never narrower than a match");
                }
            }
        }
    }

    /// A rate against a model that remembers every request: no stretch of time holds more than the burst and the pace.
    #[test]
    fn a_rate_never_allows_more_than_burst_and_pace(
        requests in 1u64..50, per in 1u32..20, burst in option::of(1u64..30), calls in vec((0i64..2_000_000, 0u32..5), 1..120),
    ) {
        let rate = Rate { requests, per_seconds: per, burst };
        let (mut state, mut now, mut spent) = (RateState::default(), NOW * 1_000_000, Vec::<(i64, u64)>::new());
        for (pause, cost) in calls {
            now += pause;
            match rate.spend_at(&mut state, cost, Timestamp::from_micros(now)) {
                Spent::Room { .. } => spent.push((now, u64::from(cost))),
                Spent::Exhausted { retry_after } => {
                    if u64::from(cost) <= rate.burst() {
                        let again = Timestamp::from_micros(now).plus(retry_after);
                        prop_assert!(matches!(rate.spend_at(&mut state.clone(), cost, again), Spent::Room { .. }), "room when promised");
                    }
                }
            }
        }
        for (from, (start, _)) in spent.iter().enumerate() {
            let mut sum = 0u128;
            for (at, cost) in &spent[from..] {
                sum += u128::from(*cost);
                let elapsed = u128::try_from(at - start).expect("in order");
                let allowed = u128::from(rate.burst()) * u128::from(per) * 1_000_000 + elapsed * u128::from(requests);
                prop_assert!(sum * u128::from(per) * 1_000_000 <= allowed, "{sum} in {elapsed} us");
            }
        }
    }

    #[test]
    fn a_quota_never_allows_more_than_its_number_in_a_window(
        requests in 1u64..50, length in 1u32..30, calls in vec((-500_000i64..3_000_000, 0u32..9), 1..120),
    ) {
        let quota = Quota { requests, refill_seconds: length };
        let (mut state, mut now) = (QuotaState::default(), NOW * 1_000_000);
        let mut used = std::collections::HashMap::<i64, u64>::new();
        let mut latest = i64::MIN;
        for (pause, cost) in calls {
            now += pause;
            latest = latest.max(now.div_euclid(i64::from(length) * 1_000_000));
            let window = used.entry(latest).or_default();
            let room = *window + u64::from(cost) <= requests;
            let spent = quota.spend_at(&mut state, cost, Timestamp::from_micros(now));
            prop_assert_eq!(matches!(spent, Spent::Room { .. }), room);
            if room { *window += u64::from(cost) }
        }
    }
}

/// The first law would hold of a rule that refuses every child, too: enough of them must be granted, and enough used.
#[test]
fn the_first_law_is_not_empty() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let draw = (policy(), request(), vec(asked(), 20));
    let (mut granted, mut used) = (0, 0);
    for _ in 0..2000 {
        let (policy, request, asked) = draw.new_tree(&mut runner).expect("tree").current();
        let parent = Parent { id: TokenId::from_random([2; 16]), policy: &policy, expires_at: None, depth: 1 };
        if let Ok(child) = derive_at(parent, request, Timestamp::from_seconds(NOW)) {
            granted += 1;
            used += asked.iter().filter(|asked| asked.of(&facts(&child.policy, child.expires_at)).is_ok()).count();
        }
    }
    assert!(granted > 75 && used > 75, "{granted} children, {used} calls that passed");
}
