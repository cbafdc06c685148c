//! What a token may do, apart from who holds it and how long: shared by all tokens with the same words.

use crate::{
    allowance::Allowances,
    authentication::Authentication,
    binding::Binding,
    fault::Invalid,
    id::{OrganisationId, ProjectId, TokenId},
    kind::{TokenFormat, TokenKind},
    limits,
    name::Audience,
    network::Networks,
    route::Route,
    scope::ScopeSet,
};
use serde::{Deserialize, Serialize};

/// The part of a token that many tokens share. Verifiers keep one copy for all tokens with an equal policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policy {
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// The project that it belongs to, where there is one.
    pub project: Option<ProjectId>,
    /// What it is for.
    pub kind: TokenKind,
    /// How it is written.
    pub format: TokenFormat,
    /// The OAuth client that it was issued to, where there is one.
    pub client_id: Option<Box<str>>,
    /// The token that it was derived from, where there is one. It lives only while that one does.
    pub parent: Option<TokenId>,
    /// The APIs that it is for; never empty for a token that opens APIs.
    pub audiences: Vec<Audience>,
    /// What it may do there.
    pub scopes: ScopeSet,
    /// Where it may be used from.
    pub networks: Networks,
    /// What it may call; empty stands for every route that its scopes open.
    pub routes: Vec<Route>,
    /// How much it may do.
    pub allowances: Allowances,
    /// The key that its holder must prove to have, where it is bound to one. Left out of the text where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Whether it was had for its parent by token exchange (RFC 8693), perhaps for another API. What it may do was decided then: of
    /// what it hangs on only the lives count. Left out of the text where it was not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exchanged: bool,
    /// The key that signed it, by its name in the key set: of JWTs alone. One that is taken back takes them along. Left out of the text of
    /// all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Box<str>>,
    /// How a person signed in for it: of grants alone. Left out of the text where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Policy {
    /// Checks the counts that the parts cannot check for themselves.
    pub fn validate(&self) -> Result<(), (&'static str, Invalid)> {
        if self.audiences.is_empty() || self.audiences.len() > limits::AUDIENCES_MAX {
            return Err(("audience", Invalid::new(format!("must name 1 to {} APIs", limits::AUDIENCES_MAX))));
        }
        if self.audiences.iter().enumerate().any(|(at, audience)| self.audiences.iter().take(at).any(|earlier| earlier == audience)) {
            return Err(("audience", Invalid::new("must not name the same API twice")));
        }
        if self.routes.len() > limits::ROUTES_MAX {
            return Err(("routes", Invalid::new(format!("must hold at most {} routes", limits::ROUTES_MAX))));
        }
        self.allowances.validate().map_err(|fault| ("limits", fault))
    }
}
