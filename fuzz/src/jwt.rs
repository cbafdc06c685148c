//! JWTs of strangers: shape, header, and the two tools for people.

use super::access_token;
use jeton_core::jose::{Rule, UnverifiedJwt, inspect::inspect_at, looks_like_jwt, verify};

/// Shape, header and report agree with one another; nothing verifies without a signature.
pub fn run(data: &[u8]) {
    let parsed = UnverifiedJwt::parse(data);
    assert!(looks_like_jwt(data) || parsed.is_err());
    if let Ok(jwt) = &parsed {
        let _ = jwt.issuer();
        assert!(!jwt.alg().eq_ignore_ascii_case("none") && !jwt.alg().starts_with("HS"));
    }
    let (_, keys) = access_token::key();
    let report = verify::verify_at(data, keys, &verify::Expected::default(), access_token::NOW);
    assert!(report.checks.iter().map(|check| check.rule).eq(Rule::ALL), "each rule once and in order");
    assert_eq!(report.verified().is_some(), report.failures().next().is_none());
    assert!(parsed.is_err() || !report.failures().any(|check| shape(check.rule)));
    assert!(parsed.is_ok() || report.failures().next().is_some());
    let inspection = inspect_at(data, access_token::NOW);
    let broken = |rule: Rule| inspection.problems.iter().any(|problem| problem.rule == rule);
    assert!(parsed.is_ok() || !inspection.problems.is_empty(), "what no parser takes has a problem that people are told of");
    assert!(parsed.is_err() || !(broken(Rule::Header) || broken(Rule::Critical) || broken(Rule::EmbeddedKey)));
    serde_json::to_string(&inspection).expect("an inspection can be printed");
}

fn shape(rule: Rule) -> bool {
    matches!(rule, Rule::Size | Rule::Compact | Rule::Header | Rule::Critical | Rule::EmbeddedKey | Rule::Nested | Rule::Algorithm)
}
