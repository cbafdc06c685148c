//! What a route asks of a token. Borrowed like the facts.

use crate::{authentication::SignInDemand, binding::Presented, path::NormalPath, scope::Scope};
use std::net::IpAddr;

/// What must be true for a request to pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand<'a> {
    /// The API that is called; `None` when the asker did not say, which then is not checked.
    pub audience: Option<&'a str>,
    /// Scopes that must all be covered. Never wildcards.
    pub scopes: &'a [Scope],
    /// Whether each of `scopes` is marked public in the API's catalogue; publishable keys reach nothing else.
    pub scopes_public: bool,
    /// The method and normal path of the request, where there is one.
    pub call: Option<Call<'a>>,
    /// Whether the API that is called declares routes and none of them covers the call.
    pub undeclared: bool,
    /// The caller's address, where it is known.
    pub client_ip: Option<IpAddr>,
    /// How recently and by what the person behind the token must have signed in.
    pub sign_in: SignInDemand<'a>,
    /// What the caller proved to hold besides the token.
    pub presented: Presented,
}

/// The method and path of a request.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path that will be forwarded.
    pub path: &'a NormalPath,
}
