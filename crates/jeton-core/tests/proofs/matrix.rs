//! Every decision, printed for people: the whole product of situations, folded into one reviewed file, and the table from
//! each denial to what its caller is told. A change in either shows as a difference of `tests/decisions.txt`.
//!
//! After a change that is meant: `JETON_ACCEPT=1 cargo test -p jeton-core --test proofs matrix`, then read the difference.

use jeton_core::{
    authentication::{Authentication, SignInDemand},
    binding::{Binding, Presented},
    decide::decide,
    demand::{Call, Demand},
    denial::{Denial, JwtFault, ProofFault, Unavailable},
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
    token_text::ShapeFault,
};
use std::{collections::BTreeSet, fmt::Write, net::IpAddr, path::Path};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const MINUTE: Span = Span::from_minutes(1);

/// The dimensions of a situation, in the order in which `decide` asks; the first value of each is the harmless one.
const DIMENSIONS: [(&str, &[&str]); 10] = [
    ("state", &["active", "suspended", "revoked"]),
    ("time", &["within", "no end", "at its end", "past its end", "before its start", "old secret in overlap", "old secret after overlap"]),
    ("kind", &["pat", "key", "pub", "svc", "oat", "ort", "cls", "grt"]),
    ("binding", &["none", "none, proof came", "own proof", "another proof", "no proof"]),
    ("audience", &["its own", "another", "not said"]),
    ("network", &["no rule", "allowed", "excepted", "outside", "address unknown"]),
    ("route", &["no rule", "covered", "not covered", "call unknown", "none of the API's"]),
    ("scope", &["none wanted", "held", "held by wildcard, public", "missing"]),
    (
        "chain",
        &[
            "no parent",
            "parent alive",
            "parent suspended",
            "parent expired",
            "parent lacks the scope",
            "grant",
            "grant lacks the scope",
            "anchor without scopes",
            "seven deep",
        ],
    ),
    ("sign-in", &["none wanted", "a recent one wanted"]),
];

type Situation = [usize; DIMENSIONS.len()];

#[test]
fn every_decision_is_as_reviewed() {
    let mut text = String::from("# What `decide` answers\n\n");
    text.push_str("Every combination of the values below is tried; what makes no difference is left out, and values that lead to the\n");
    text.push_str("same answers share a line.\n\n");
    for (name, values) in DIMENSIONS {
        writeln!(text, "{name}: {}", values.join(" | ")).expect("text");
    }
    text.push('\n');
    let mut seen = BTreeSet::new();
    fold(&Pieces::new(), &mut [0; DIMENSIONS.len()], 0, &mut seen).print(0, &mut text);
    let from_decide = [
        "AddressNotAllowed",
        "BindingMismatch",
        "Expired",
        "InsufficientScope",
        "InsufficientUserAuthentication",
        "NotPublic",
        "NotYetValid",
        "ParentDead",
        "Revoked",
        "RotatedOut",
        "RouteNotAllowed",
        "Suspended",
        "UndeclaredRoute",
        "WrongAudience",
        "WrongKind",
        "permit",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), from_decide, "every denial of `decide` has its place");
    text.push_str("\n# What each denial tells its caller\n\n");
    answers(&mut text);
    compare("tests/decisions.txt", &text);
}

/// The answers below one point of the product, equal ones folded together.
#[derive(Clone, PartialEq)]
enum Tree {
    Leaf(String),
    Branch { dimension: usize, arms: Vec<(Vec<usize>, Tree)> },
}

fn fold(pieces: &Pieces, situation: &mut Situation, dimension: usize, seen: &mut BTreeSet<String>) -> Tree {
    let Some((_, values)) = DIMENSIONS.get(dimension) else {
        let answer = decided(pieces, situation);
        seen.insert(answer.clone());
        return Tree::Leaf(answer);
    };
    let mut arms: Vec<(Vec<usize>, Tree)> = Vec::new();
    for value in 0..values.len() {
        situation[dimension] = value;
        let below = fold(pieces, situation, dimension + 1, seen);
        match arms.iter_mut().find(|(_, tree)| *tree == below) {
            Some((shared, _)) => shared.push(value),
            None => arms.push((vec![value], below)),
        }
    }
    if arms.len() == 1 { arms.remove(0).1 } else { Tree::Branch { dimension, arms } }
}

impl Tree {
    fn print(&self, depth: usize, text: &mut String) {
        let Self::Branch { dimension, arms } = self else { return };
        let (name, values) = DIMENSIONS[*dimension];
        for (shared, below) in arms {
            let named: Vec<&str> = shared.iter().map(|value| values[*value]).collect();
            let line = format!("{}{name}: {}", "  ".repeat(depth), named.join(" | "));
            match below {
                Self::Leaf(answer) => writeln!(text, "{line} => {answer}"),
                Self::Branch { .. } => writeln!(text, "{line}"),
            }
            .expect("text");
            below.print(depth + 1, text);
        }
    }
}

/// What situations are made of, read once: policies by kind (or by the parent's scopes), network rule and route rule.
struct Pieces {
    own: Vec<[[[Policy; 2]; 2]; 2]>,
    parents: Vec<[[Policy; 2]; 2]>,
    paths: [NormalPath; 2],
    scopes: [Vec<Scope>; 4],
    addresses: [Option<IpAddr>; 5],
}

impl Pieces {
    fn new() -> Self {
        let policy = |kind, scopes: &str| {
            [Networks::default(), Networks::parse(&["10.0.0.0/8"], &["10.9.0.0/16"]).expect("networks")].map(|networks| {
                [vec![], vec![Route::parse("GET /v1/orders/*").expect("route")]].map(|routes| Policy {
                    organisation: OrganisationId::from_random([1; 16]),
                    project: None,
                    kind,
                    format: TokenFormat::Opaque,
                    client_id: None,
                    binding: None,
                    exchanged: false,
                    signed_by: None,
                    // Somebody signed in for a grant, and for nothing else.
                    authentication: (kind == TokenKind::Grt).then(|| Authentication { auth_time: NOW.as_seconds() - 30, acr: None }),
                    parent: None,
                    audiences: vec![Audience::parse("https://api.example.com").expect("audience")],
                    scopes: ScopeSet::parse_spaced(scopes).expect("scopes"),
                    networks: networks.clone(),
                    routes,
                    allowances: Default::default(),
                })
            })
        };
        let bound = |plain: [[Policy; 2]; 2]| {
            let with_key = |policy: Policy| Policy { binding: Some(Binding::Dpop([1; 32])), ..policy };
            [plain.clone(), plain.map(|policies| policies.map(with_key))]
        };
        let address = |text: &str| Some(text.parse().expect("address"));
        Self {
            own: DIMENSIONS[2].1.iter().map(|kind| bound(policy(TokenKind::parse(kind).expect("kind"), "items:* orders:read"))).collect(),
            parents: [TokenKind::Pat, TokenKind::Grt, TokenKind::Cls]
                .map(|kind| ["items:* orders:read", "other"].map(|scopes| policy(kind, scopes)))
                .concat(),
            paths: ["/v1/orders/7", "/v1/admin"].map(|path| NormalPath::parse(path, PathRules::default()).expect("path")),
            scopes: [&[][..], &["orders:read"], &["items:read"], &["orders:write"]]
                .map(|list| list.iter().map(|text| Scope::parse(text).expect("scope")).collect()),
            addresses: [address("10.1.0.1"), address("10.1.0.1"), address("10.9.0.1"), address("192.0.2.1"), None],
        }
    }
}

/// Asks `decide` about one situation.
fn decided(pieces: &Pieces, situation: &Situation) -> String {
    let value = |dimension: usize| DIMENSIONS[dimension].1[situation[dimension]];
    let secret = match value(1) {
        "old secret in overlap" => WhichSecret::Previous { until: NOW.plus(MINUTE) },
        "old secret after overlap" => WhichSecret::Previous { until: NOW },
        _ => WhichSecret::Current,
    };
    let expires_at = match value(1) {
        "no end" => None,
        "at its end" => Some(NOW),
        "past its end" => Some(NOW.minus(MINUTE)),
        _ => Some(NOW.plus(MINUTE)),
    };
    let (network, route) = (usize::from(value(5) != "no rule"), usize::from(value(6) != "no rule"));
    let facts = Facts {
        id: TokenId::from_random([2; 16]),
        subject: "usr_1",
        state: TokenState::parse(value(0)).expect("state"),
        secret,
        not_before: (value(1) == "before its start").then(|| NOW.plus(Span::from_seconds(1))),
        expires_at,
        policy: &pieces.own[situation[2]][usize::from(!value(3).starts_with("none"))][network][route],
        parent: None,
    };
    let alive = Facts {
        state: if value(8) == "parent suspended" { TokenState::Suspended } else { TokenState::Active },
        secret: WhichSecret::Current,
        not_before: None,
        expires_at: (value(8) == "parent expired").then_some(NOW),
        policy: &pieces.parents[parent_policy(value(8))][network][route],
        ..facts
    };
    let sixth = Facts { parent: Some(&alive), ..alive };
    let fifth = Facts { parent: Some(&sixth), ..alive };
    let fourth = Facts { parent: Some(&fifth), ..alive };
    let third = Facts { parent: Some(&fourth), ..alive };
    let second = Facts { parent: Some(&third), ..alive };
    let parent = match value(8) {
        "no parent" => None,
        "seven deep" => Some(&second),
        _ => Some(&alive),
    };
    let path = &pieces.paths[usize::from(value(6) == "not covered")];
    let demand = Demand {
        audience: match value(4) {
            "its own" => Some("https://api.example.com"),
            "another" => Some("https://other.example.com"),
            _ => None,
        },
        scopes: &pieces.scopes[situation[7]],
        scopes_public: value(7) == "held by wildcard, public",
        call: (value(6) != "call unknown").then_some(Call { method: "GET", path }),
        undeclared: value(6) == "none of the API's",
        client_ip: pieces.addresses[situation[5]],
        sign_in: SignInDemand { acr_values: &[], max_age: (value(9) != "none wanted").then_some(60) },
        presented: Presented {
            dpop: match value(3) {
                "none, proof came" | "own proof" => Some([1; 32]),
                "another proof" => Some([2; 32]),
                _ => None,
            },
            certificate: None,
        },
    };
    match decide(&Facts { parent, ..facts }, &demand, NOW) {
        Ok(_) => "permit".into(),
        Err(denial) => name(&denial).0.into(),
    }
}

/// Which of the parents' policies a chain has.
fn parent_policy(chain: &str) -> usize {
    match chain {
        "parent lacks the scope" => 1,
        "grant" => 2,
        "grant lacks the scope" => 3,
        "anchor without scopes" => 5,
        _ => 0,
    }
}

/// The name of a denial, and how many there are to be listed. No wildcard: a new one must get its line below.
fn name(denial: &Denial) -> (&'static str, usize) {
    match denial {
        Denial::NoCredential => ("NoCredential", 1),
        Denial::AmbiguousCredential => ("AmbiguousCredential", 1),
        Denial::Malformed(fault) => match fault {
            ShapeFault::TooLong | ShapeFault::NoMarker | ShapeFault::UnknownKind | ShapeFault::BadBody | ShapeFault::BadChecksum => {
                ("Malformed", 5)
            }
        },
        Denial::BadJwt(fault) => match fault {
            JwtFault::TooLong
            | JwtFault::NotCompact
            | JwtFault::BadHeader
            | JwtFault::Critical
            | JwtFault::EmbeddedKey
            | JwtFault::Nested
            | JwtFault::WrongType
            | JwtFault::NoKeyId
            | JwtFault::UnknownKey
            | JwtFault::WrongAlgorithm
            | JwtFault::BadSignature
            | JwtFault::BadClaims
            | JwtFault::Claim(_)
            | JwtFault::WrongIssuer
            | JwtFault::IssuedInFuture
            | JwtFault::Differs => ("BadJwt", 16),
        },
        Denial::Unknown => ("Unknown", 1),
        Denial::Expired { .. } => ("Expired", 1),
        Denial::NotYetValid { .. } => ("NotYetValid", 1),
        Denial::Revoked => ("Revoked", 1),
        Denial::RotatedOut => ("RotatedOut", 1),
        Denial::Suspended => ("Suspended", 1),
        Denial::ParentDead => ("ParentDead", 1),
        Denial::WrongAudience => ("WrongAudience", 1),
        Denial::WrongKind => ("WrongKind", 1),
        Denial::AddressNotAllowed => ("AddressNotAllowed", 1),
        Denial::RouteNotAllowed => ("RouteNotAllowed", 1),
        Denial::NoSuchRoute => ("NoSuchRoute", 1),
        Denial::UndeclaredRoute => ("UndeclaredRoute", 1),
        Denial::AmbiguousPath => ("AmbiguousPath", 1),
        Denial::InsufficientScope => ("InsufficientScope", 1),
        Denial::NotPublic => ("NotPublic", 1),
        Denial::InsufficientUserAuthentication => ("InsufficientUserAuthentication", 1),
        Denial::RateLimited { .. } => ("RateLimited", 1),
        Denial::QuotaExhausted { .. } => ("QuotaExhausted", 1),
        Denial::BindingMismatch => ("BindingMismatch", 1),
        Denial::BadProof(fault) => match fault {
            ProofFault::Missing
            | ProofFault::Several
            | ProofFault::Malformed
            | ProofFault::WrongMethod
            | ProofFault::WrongTarget
            | ProofFault::WrongToken
            | ProofFault::NotFresh
            | ProofFault::Replayed => ("BadProof", 8),
        },
        Denial::UseDpopNonce => ("UseDpopNonce", 1),
        Denial::IssuerUntrusted => ("IssuerUntrusted", 1),
        Denial::Unavailable(why) => match why {
            Unavailable::Store
            | Unavailable::Stale
            | Unavailable::Tampered
            | Unavailable::Limit
            | Unavailable::Revision
            | Unavailable::Configuration => ("Unavailable", 6),
        },
    }
}

/// How many denials there are by name: what [`name`] counts, once for each name.
const NAMES: usize = 28;

fn all() -> Vec<Denial> {
    let wait = Span::from_seconds(7);
    let mut all = vec![Denial::NoCredential, Denial::AmbiguousCredential];
    let shapes = [ShapeFault::TooLong, ShapeFault::NoMarker, ShapeFault::UnknownKind, ShapeFault::BadBody, ShapeFault::BadChecksum];
    all.extend(shapes.map(Denial::Malformed));
    let jwts = [
        JwtFault::TooLong,
        JwtFault::NotCompact,
        JwtFault::BadHeader,
        JwtFault::Critical,
        JwtFault::EmbeddedKey,
        JwtFault::Nested,
        JwtFault::WrongType,
        JwtFault::NoKeyId,
        JwtFault::UnknownKey,
        JwtFault::WrongAlgorithm,
        JwtFault::BadSignature,
        JwtFault::BadClaims,
        JwtFault::Claim("sub"),
        JwtFault::WrongIssuer,
        JwtFault::IssuedInFuture,
        JwtFault::Differs,
    ];
    all.extend(jwts.map(Denial::BadJwt));
    all.extend([
        Denial::Unknown,
        Denial::Expired { at: NOW },
        Denial::NotYetValid { at: NOW },
        Denial::Revoked,
        Denial::RotatedOut,
        Denial::Suspended,
        Denial::ParentDead,
        Denial::WrongAudience,
        Denial::WrongKind,
        Denial::AddressNotAllowed,
        Denial::RouteNotAllowed,
        Denial::NoSuchRoute,
        Denial::UndeclaredRoute,
        Denial::AmbiguousPath,
        Denial::InsufficientScope,
        Denial::NotPublic,
        Denial::InsufficientUserAuthentication,
        Denial::RateLimited { retry_after: wait },
        Denial::QuotaExhausted { retry_after: wait },
        Denial::BindingMismatch,
        Denial::UseDpopNonce,
        Denial::IssuerUntrusted,
    ]);
    let proofs = [
        ProofFault::Missing,
        ProofFault::Several,
        ProofFault::Malformed,
        ProofFault::WrongMethod,
        ProofFault::WrongTarget,
        ProofFault::WrongToken,
        ProofFault::NotFresh,
        ProofFault::Replayed,
    ];
    all.extend(proofs.map(Denial::BadProof));
    let unavailable = [
        Unavailable::Store,
        Unavailable::Stale,
        Unavailable::Tampered,
        Unavailable::Limit,
        Unavailable::Revision,
        Unavailable::Configuration,
    ];
    all.extend(unavailable.map(Denial::Unavailable));
    all
}

fn answers(text: &mut String) {
    let all = all();
    let names: BTreeSet<(&str, usize)> = all.iter().map(name).collect();
    assert_eq!(names.len(), NAMES);
    assert_eq!(all.len(), names.iter().map(|(_, count)| count).sum::<usize>(), "each denial is listed once");
    for denial in all {
        let answer = denial.answer();
        let told = [answer.description, answer.fix];
        assert!(told.iter().all(|words| words.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\'))));
        assert!(told.iter().all(|words| !words.ends_with('.') && words.starts_with(|first: char| first.is_lowercase())));
        assert_eq!(answer.status == 401 && answer.error.is_none(), denial == Denial::NoCredential, "only a missing token is told no error");
        assert_eq!(answer.status == 429, matches!(denial, Denial::RateLimited { .. } | Denial::QuotaExhausted { .. }));
        writeln!(
            text,
            "{denial:?}\n  {} {}{}{}{}\n  told   {}\n  fix    {}\n  logged {}",
            answer.status,
            answer.code,
            answer.error.map(|error| format!(", error=\"{error}\"")).unwrap_or_default(),
            denial.retry_after().map(|span| format!(", retry after {span}")).unwrap_or_default(),
            if denial.holder_proved() { ", holder proved" } else { "" },
            answer.description,
            answer.fix,
            denial.cause(),
        )
        .expect("text");
    }
}

fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("JETON_ACCEPT").is_some() {
        std::fs::write(&path, text).expect("writes the reviewed file");
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = reviewed.lines().zip(text.lines()).position(|(old, new)| old != new);
    let at = differs.unwrap_or_else(|| reviewed.lines().count().min(text.lines().count()));
    assert!(
        reviewed == text,
        "{file} differs from line {} on\nreviewed: {:?}\nnow:      {:?}\nrun with JETON_ACCEPT=1 and read the difference",
        at + 1,
        reviewed.lines().nth(at),
        text.lines().nth(at)
    );
}
