//! Verifying a JWT of any issuer offline, rule by rule: for `jeton jwt verify` and for people who want to know why not.
//!
//! Reports every rule, passed or not, and goes on as far as it can; a [`VerifiedJwt`] comes out only when none failed.
//! Fetches nothing: the keys are an argument.

use super::{Algorithm, KeySet, UnverifiedJwt, VerifyingKey, claims, header, rule::Rule};
use crate::{denial::JwtFault, limits, scope::printable, timestamp::Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

/// What the JWT shall be. What is `None` is not checked, and the report says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// Its issuer.
    pub issuer: Option<&'a str>,
    /// One of its audiences.
    pub audience: Option<&'a str>,
    /// Its media type, such as `at+jwt`.
    pub typ: Option<&'a str>,
}

/// One rule and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, in words; empty where it passed and there is nothing to add.
    pub detail: String,
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It was not looked at.
    Skipped,
}

/// Every rule with its outcome.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order of [`Rule::ALL`].
    pub checks: Vec<Check>,
    verified: Option<VerifiedJwt>,
}

/// A JWT whose signature and claims were verified against what was expected. Made only by [`verify_at`].
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedJwt {
    claims: Map<String, Value>,
    kid: String,
    algorithm: Algorithm,
}

impl VerifiedJwt {
    /// The claims.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
    /// The name of the key that signed it.
    pub fn kid(&self) -> &str {
        &self.kid
    }
    /// The algorithm of that key.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Report {
    /// The JWT, if no rule failed.
    pub const fn verified(&self) -> Option<&VerifiedJwt> {
        self.verified.as_ref()
    }
    /// The rules that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.outcome == Outcome::Failed)
    }
    fn note(&mut self, rule: Rule, result: Result<impl Into<String>, impl Into<String>>) {
        let (outcome, detail) = match result {
            Ok(detail) => (Outcome::Passed, detail.into()),
            Err(detail) => (Outcome::Failed, detail.into()),
        };
        self.checks.push(Check { rule, outcome, detail });
    }
    fn skip(&mut self, rule: Rule, why: &str) {
        self.checks.push(Check { rule, outcome: Outcome::Skipped, detail: why.into() });
    }
}

/// Verifies a JWT against a key set and what is expected of it.
pub fn verify_at(text: &[u8], keys: &KeySet, expected: &Expected<'_>, now: Timestamp) -> Report {
    let mut report = Report { checks: Vec::new(), verified: None };
    let jwt = match UnverifiedJwt::parse(text) {
        Ok(jwt) => jwt,
        Err(fault) => {
            refused_by_shape(&mut report, fault);
            return report;
        }
    };
    for rule in [Rule::Size, Rule::Compact, Rule::Header, Rule::Critical, Rule::EmbeddedKey, Rule::Nested] {
        report.note(rule, Ok::<_, String>(""));
    }
    report.note(Rule::Algorithm, Ok::<_, String>(format!("`{}`", jwt.alg())));
    let key = signature(&mut report, &jwt, keys);
    media_type(&mut report, jwt.typ(), expected.typ);
    match jwt.unverified_claims() {
        Err(fault) => {
            report.note(Rule::Claims, Err::<String, _>(fault.to_string()));
            [Rule::Issuer, Rule::Audience, Rule::Expiry, Rule::NotBefore, Rule::IssuedAt, Rule::AccessToken]
                .into_iter()
                .for_each(|rule| report.skip(rule, "no readable claims"));
        }
        Ok(claims) => {
            report.note(Rule::Claims, Ok::<_, String>(""));
            issuer_and_audience(&mut report, &claims, expected);
            instants(&mut report, &claims, now);
            access_token(&mut report, &claims, jwt.typ());
            if let Some(key) = key
                && report.failures().next().is_none()
            {
                report.verified = Some(VerifiedJwt { claims, kid: key.kid().to_owned(), algorithm: key.algorithm() });
            }
        }
    }
    report
}

/// Reports the rule that stopped the parser; those before it passed, those behind it were not reached.
fn refused_by_shape(report: &mut Report, fault: JwtFault) {
    let failed = match fault {
        JwtFault::TooLong => Rule::Size,
        JwtFault::NotCompact => Rule::Compact,
        JwtFault::Critical => Rule::Critical,
        JwtFault::EmbeddedKey => Rule::EmbeddedKey,
        JwtFault::Nested => Rule::Nested,
        JwtFault::WrongAlgorithm => Rule::Algorithm,
        JwtFault::NoKeyId => Rule::Key,
        JwtFault::WrongType => Rule::Type,
        _ => Rule::Header,
    };
    let mut before = true;
    for rule in Rule::ALL {
        if rule == failed {
            before = false;
            let detail = if rule == Rule::Algorithm { "`alg` is absent or not one that is allowed".to_owned() } else { fault.to_string() };
            report.note(rule, Err::<String, _>(detail));
        } else if before && !matches!(rule, Rule::Key | Rule::Signature) {
            report.note(rule, Ok::<_, String>(""));
        } else {
            report.skip(rule, "not reached");
        }
    }
}

/// Finds the key and verifies the signature.
fn signature<'k>(report: &mut Report, jwt: &UnverifiedJwt<'_>, keys: &'k KeySet) -> Option<&'k VerifyingKey> {
    match find_key(jwt, keys) {
        Err(detail) => {
            report.note(Rule::Key, Err::<String, _>(detail));
            report.skip(Rule::Signature, "no key to verify it with");
            None
        }
        Ok(key) => {
            report.note(Rule::Key, Ok::<_, String>(format!("`{}` ({})", printable(key.kid()), key.algorithm())));
            let fits = jwt.verify_signature(key);
            report.note(Rule::Signature, fits.map(|()| "").map_err(|fault| fault.to_string()));
            fits.is_ok().then_some(key)
        }
    }
}

/// By `kid`; without one, the only key of the set with this algorithm.
fn find_key<'k>(jwt: &UnverifiedJwt<'_>, keys: &'k KeySet) -> Result<&'k VerifyingKey, String> {
    if let Some(kid) = jwt.kid() {
        let key = keys.find(kid).ok_or_else(|| format!("`kid` `{}` is not in the key set", printable(kid)))?;
        return if key.algorithm().is_named(jwt.alg()) {
            Ok(key)
        } else {
            Err(format!("`alg` is `{}`, but the key is for {} only", jwt.alg(), key.algorithm()))
        };
    }
    let mut fitting = keys.iter().filter(|key| key.algorithm().is_named(jwt.alg()));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(format!("no `kid`, and no key of the set is for `{}`", jwt.alg())),
        (Some(_), Some(_)) => Err(format!("no `kid`, and more than one key of the set is for `{}`", jwt.alg())),
    }
}

fn media_type(report: &mut Report, found: Option<&str>, expected: Option<&str>) {
    match (found, expected) {
        (Some(found), Some(wanted)) if header::media_type_is(found, wanted) => report.note(Rule::Type, Ok::<_, String>("")),
        (Some(found), Some(wanted)) => {
            report.note(Rule::Type, Err::<String, _>(format!("`typ` is `{}`, expected `{}`", printable(found), printable(wanted))));
        }
        (None, Some(wanted)) => report.note(Rule::Type, Err::<String, _>(format!("there is no `typ`, expected `{}`", printable(wanted)))),
        (_, None) => report.skip(Rule::Type, "no expected type was given"),
    }
}

fn issuer_and_audience(report: &mut Report, claims: &Map<String, Value>, expected: &Expected<'_>) {
    match (claims::text(claims, "iss"), expected.issuer) {
        (Ok(found), Some(wanted)) if found == wanted => report.note(Rule::Issuer, Ok::<_, String>("")),
        (Ok(found), Some(_)) => report.note(Rule::Issuer, Err::<String, _>(format!("`iss` is `{}`", shown(found)))),
        (Err(fault), Some(_)) => report.note(Rule::Issuer, Err::<String, _>(fault.to_string())),
        (_, None) => report.skip(Rule::Issuer, "no expected issuer was given: whose token this is was not checked"),
    }
    match (claims::audiences(claims), expected.audience) {
        (Ok(found), Some(wanted)) if found.contains(&wanted) => report.note(Rule::Audience, Ok::<_, String>("")),
        (Ok(found), Some(_)) => {
            let named: Vec<String> = found.iter().take(4).map(|one| format!("`{}`", shown(one))).collect();
            report.note(Rule::Audience, Err::<String, _>(format!("`aud` is {}", named.join(", "))));
        }
        (Err(fault), Some(_)) => report.note(Rule::Audience, Err::<String, _>(fault.to_string())),
        (_, None) => report.skip(Rule::Audience, "no expected audience was given: whom this token is for was not checked"),
    }
}

fn instants(report: &mut Report, claims: &Map<String, Value>, now: Timestamp) {
    let ahead = now.plus(limits::JWT_SKEW_MAX);
    report.note(
        Rule::Expiry,
        match claims::instant(claims, "exp") {
            Ok(at) if now < at => Ok(format!("until {at}")),
            Ok(at) => Err(format!("expired at {at}")),
            Err(fault) => Err(fault.to_string()),
        },
    );
    for (rule, name) in [(Rule::NotBefore, "nbf"), (Rule::IssuedAt, "iat")] {
        match claims::optional_instant(claims, name) {
            Ok(None) => report.skip(rule, "the token has none"),
            Ok(Some(at)) if at <= ahead => report.note(rule, Ok::<_, String>(format!("{at}"))),
            Ok(Some(at)) => report.note(rule, Err::<String, _>(format!("`{name}` is {at}, which lies ahead"))),
            Err(fault) => report.note(rule, Err::<String, _>(fault.to_string())),
        }
    }
}

fn access_token(report: &mut Report, claims: &Map<String, Value>, typ: Option<&str>) {
    if !typ.is_some_and(|typ| header::media_type_is(typ, "at+jwt")) {
        report.skip(Rule::AccessToken, "the token does not say that it is an access token");
        return;
    }
    let texts = ["iss", "sub", "client_id", "jti"].into_iter().filter(|name| claims::text(claims, name).is_err());
    let instants = ["exp", "iat"].into_iter().filter(|name| claims::instant(claims, name).is_err());
    let audience = claims::audiences(claims).is_err().then_some("aud");
    let missing: Vec<String> = texts.chain(instants).chain(audience).map(|name| format!("`{name}`")).collect();
    let result = if missing.is_empty() { Ok("") } else { Err(format!("absent or of another type: {}", missing.join(", "))) };
    report.note(Rule::AccessToken, result);
}

/// Cuts and cleans what a stranger wrote for a person to read.
fn shown(text: &str) -> String {
    text.chars().take(120).map(|c| if c.is_control() || c == '`' { '?' } else { c }).collect()
}
