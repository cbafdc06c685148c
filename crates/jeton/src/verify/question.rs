//! What is asked about a call. Read in place: texts are borrowed from the body wherever they need no unescaping.

use crate::problem::Problem;
use jeton_core::{
    fault::Invalid,
    limits,
    path::{NormalPath, PathFault, PathRules},
    scope::Scope,
};
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
}

/// A call whose parts were checked.
pub(crate) struct CheckedCall {
    /// The path in its one form, or why it has none.
    pub(crate) path: Option<Result<NormalPath, PathFault>>,
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
        check(self.audience.as_deref(), &self.scopes, self.method.as_deref(), self.path.as_deref())
    }
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
    let is_method = |method: &str| (1..=METHOD_MAX).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    if method.is_some_and(|method| !is_method(method)) {
        return Err(bad("method", format!("must be 1 to {METHOD_MAX} capital letters, such as `GET`")));
    }
    if method.is_some() != path.is_some() {
        let missing = if method.is_some() { "path" } else { "method" };
        return Err(bad(missing, "must come where the other of `method` and `path` does".into()));
    }
    let path = path.map(|path| NormalPath::parse(path, PathRules::default()));
    match path {
        Some(Err(fault @ (PathFault::NotAbsolute | PathFault::TooLong))) => Err(bad("path", format!("is no path: {fault}"))),
        path => Ok(CheckedCall { path }),
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
