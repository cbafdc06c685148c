//! What is asked about a call. Read in place: texts are borrowed from the body wherever they need no unescaping.

use crate::problem::Problem;
use jeton_core::{
    binding::parse_thumbprint,
    fault::Invalid,
    limits,
    path::{NormalPath, PathFault, PathRules},
    scope::Scope,
};
use jeton_gate::dpop::{CalledUrl, Offered};
use serde::Deserialize;
use std::{borrow::Cow, net::IpAddr};

/// A call that is asked about.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallQuestion<'a> {
    /// The API that is called.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    pub audience: Option<Cow<'a, str>>,
    /// Scopes that the call demands besides those of the API's own routes.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub scopes: Vec<Scope>,
    /// The method that is called, in capitals; with `path`.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32)]
    pub method: Option<Cow<'a, str>>,
    /// The path that is called, as it came, without the query; with `method`.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096)]
    pub path: Option<Cow<'a, str>>,
    /// The address that the call comes from.
    #[schema(value_type = Option<String>)]
    pub client_ip: Option<IpAddr>,
}

/// The proof that a token of the scheme `DPoP` came with (RFC 9449).
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DpopQuestion<'a> {
    /// The value of the one `DPoP` header.
    #[serde(borrow)]
    #[schema(value_type = String, min_length = 1, max_length = 16384)]
    pub proof: Cow<'a, str>,
    /// The method of the request, in capitals.
    #[serde(borrow)]
    #[schema(value_type = String, min_length = 1, max_length = 32)]
    pub method: Cow<'a, str>,
    /// The address of the request as its caller knows it, without the query: `https://api.example.com/v1/orders`.
    #[serde(borrow)]
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    pub url: Cow<'a, str>,
}

/// A token that is asked about, and its call.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest<'a> {
    /// What was presented, whole.
    #[serde(borrow)]
    #[schema(value_type = String)]
    pub token: Cow<'a, str>,
    /// How much of its limits the call spends. Default: 1; 0 only looks.
    #[schema(value_type = Option<u32>, minimum = 0, maximum = 1_000_000)]
    pub cost: Option<u32>,
    /// Answer only from a memory at least as new as this place in the change log.
    pub min_revision: Option<u64>,
    /// The API that is called.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    pub audience: Option<Cow<'a, str>>,
    /// Scopes that the call demands besides those of the API's own routes.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub scopes: Vec<Scope>,
    /// The method that is called, in capitals; with `path`.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32)]
    pub method: Option<Cow<'a, str>>,
    /// The path that is called, as it came, without the query; with `method`.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096)]
    pub path: Option<Cow<'a, str>>,
    /// The address that the call comes from.
    #[schema(value_type = Option<String>)]
    pub client_ip: Option<IpAddr>,
    /// Where the token came with the scheme `DPoP`: the proof that came with it, which this question uses up.
    #[serde(borrow)]
    pub dpop: Option<DpopQuestion<'a>>,
    /// The SHA-256 of the certificate of the caller's connection, in base64url: for tokens that are bound to one (RFC 8705).
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 43, max_length = 43)]
    pub certificate_thumbprint: Option<Cow<'a, str>>,
}

/// A call whose parts were checked.
pub(crate) struct CheckedCall {
    /// The path in its one form, or why it has none.
    pub(crate) path: Option<Result<NormalPath, PathFault>>,
    /// The certificate of the caller's connection.
    pub(crate) certificate: Option<[u8; 32]>,
}

/// Longest method that is asked about.
const METHOD_MAX: usize = 32;

impl std::fmt::Debug for VerifyRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyRequest").field("token", &"redacted").field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl CallQuestion<'_> {
    pub(crate) fn check(&self) -> Result<CheckedCall, Problem> {
        check(self.audience.as_deref(), &self.scopes, self.method.as_deref(), self.path.as_deref())
    }
}

impl VerifyRequest<'_> {
    pub(crate) fn check(&self) -> Result<CheckedCall, Problem> {
        if let Some(dpop) = &self.dpop {
            dpop.check()?;
        }
        let certificate = self.certificate_thumbprint.as_deref().map(parse_thumbprint).transpose();
        let certificate = certificate.map_err(|rule| Problem::field("certificate_thumbprint", &rule))?;
        let call = check(self.audience.as_deref(), &self.scopes, self.method.as_deref(), self.path.as_deref())?;
        Ok(CheckedCall { certificate, ..call })
    }
}

impl DpopQuestion<'_> {
    /// Bounds what is said of the request; what the proof is worth is for the decision.
    fn check(&self) -> Result<(), Problem> {
        let bad = |field: &str, rule: String| Problem::field(field, &Invalid::new(rule));
        if !(1..=limits::JWT_MAX).contains(&self.proof.len()) {
            return Err(bad("dpop.proof", format!("must be 1 to {} bytes", limits::JWT_MAX)));
        }
        if !is_method(&self.method) {
            return Err(bad("dpop.method", format!("must be 1 to {METHOD_MAX} capital letters, such as `GET`")));
        }
        let is_web = self.url.len() <= limits::TARGET_MAX && (self.url.starts_with("https://") || self.url.starts_with("http://"));
        if is_web { Ok(()) } else { Err(bad("dpop.url", "must be the whole address of the request".into())) }
    }
    /// The proof as the gate takes it.
    pub(crate) fn offered(&self) -> Offered<'_> {
        Offered { proof: Ok(self.proof.as_bytes()), method: &self.method, url: CalledUrl::Below { base: &self.url, path: "" } }
    }
}

fn is_method(method: &str) -> bool {
    (1..=METHOD_MAX).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
}

/// Checks the parts of a call. An audience is only bounded here, and kept to what can be written down: one that is not known is for the decision to refuse.
fn check(audience: Option<&str>, scopes: &[Scope], method: Option<&str>, path: Option<&str>) -> Result<CheckedCall, Problem> {
    let bad = |field: &str, rule: String| Problem::field(field, &Invalid::new(rule));
    let is_audience = |audience: &str| (1..=limits::AUDIENCE_MAX).contains(&audience.len()) && !audience.chars().any(char::is_control);
    if !audience.is_none_or(is_audience) {
        return Err(bad("audience", format!("must be 1 to {} printable characters", limits::AUDIENCE_MAX)));
    }
    if scopes.len() > limits::SCOPES_MAX {
        return Err(bad("scopes", format!("must hold at most {} scopes", limits::SCOPES_MAX)));
    }
    if let Some(wildcard) = scopes.iter().find(|scope| scope.is_wildcard()) {
        return Err(bad("scopes", format!("must name each scope (`{wildcard}` stands for many)")));
    }
    if !method.is_none_or(is_method) {
        return Err(bad("method", format!("must be 1 to {METHOD_MAX} capital letters, such as `GET`")));
    }
    if method.is_some() != path.is_some() {
        let missing = if method.is_some() { "path" } else { "method" };
        return Err(bad(missing, "must come where the other of `method` and `path` does".into()));
    }
    let path = path.map(|path| NormalPath::parse(path, PathRules::default()));
    match path {
        Some(Err(fault @ (PathFault::NotAbsolute | PathFault::TooLong))) => Err(bad("path", format!("is no path: {fault}"))),
        path => Ok(CheckedCall { path, certificate: None }),
    }
}

/// The cost of a call.
pub(crate) fn cost(asked: Option<u32>) -> Result<u32, Problem> {
    let cost = asked.unwrap_or(1);
    if cost > limits::COST_MAX {
        return Err(Problem::field("cost", &Invalid::new(format!("must be at most {}", limits::COST_MAX))));
    }
    Ok(cost)
}
