//! Introspection (RFC 7662): is this token good, and for what? Told to resource servers about tokens for their APIs, to clients about
//! their own, and to holders of `tokens:verify` about those of their organisation.
//!
//! Whatever is not for the asker to know is one answer, in the same bytes: `{"active":false}`. Lean: every request of an API may
//! come through here, and nothing is read from the store once a token is in memory.

mod answer;
mod particulars;
mod username;

pub use answer::{Answer, INACTIVE, signed};
pub use particulars::{Particulars, ParticularsMemory, of as particulars};
pub use username::UsernameMemory;

use super::{OAuthCode, OAuthError};
use crate::{authority::Authority, caller::Caller};
use jeton_core::{
    demand::Call,
    denial::Denial,
    id::OrganisationId,
    kind::TokenKind,
    name::Audience,
    oauth::parameters::Parameters,
    path::{NormalPath, PathRules},
};
use jeton_gate::{
    check::{Introspected, Question, TokenView},
    credential::Credential,
};
use jeton_store::client::Client;
use std::{net::IpAddr, sync::Arc};

/// Who asks. Proved before.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// A client.
    Client(&'a Client),
    /// The bearer of a management token with `tokens:verify`.
    Manager(&'a Caller),
}

/// A token that the asker may know about.
#[derive(Clone, Debug)]
pub struct Known {
    /// What the gate says.
    pub introspected: Introspected,
    /// What never changes about it.
    pub particulars: Arc<Particulars>,
    /// The name of the person whom it speaks for, where the asker may know.
    pub username: Option<Arc<str>>,
}

impl Asker<'_> {
    fn organisation(&self) -> OrganisationId {
        match self {
            Self::Client(client) => client.organisation,
            Self::Manager(caller) => caller.organisation(),
        }
    }
    /// Whether the token was issued to whoever asks.
    fn owns(&self, token: &TokenView) -> bool {
        matches!(self, Self::Client(client) if token.client_id() == Some(client.client_id.as_str()))
    }
    /// Whether it may know that the token is for this API.
    fn may_know(&self, token: &TokenView, audience: &Audience) -> bool {
        match self {
            Self::Client(client) => self.owns(token) || client.policy.introspects.contains(audience),
            Self::Manager(_) => true,
        }
    }
    /// Whether it may know anything about the token.
    fn is_entitled(&self, token: &TokenView) -> bool {
        if token.kind() == TokenKind::Ort {
            return self.owns(token);
        }
        self.owns(token) || token.policy().audiences.iter().any(|audience| self.may_know(token, audience))
    }
}

/// What there is to know about `token`; `None` for everything that is not good, or not for the asker.
pub async fn introspect(authority: &Authority, asker: Asker<'_>, form: &Parameters) -> Result<Option<Known>, OAuthError> {
    let token = form.find("token").ok_or_else(|| OAuthError::new(OAuthCode::InvalidRequest, "`token` is missing"))?;
    let client_ip = optional_address(form)?;
    let path = form.find("path").map(|path| NormalPath::parse(path, PathRules::default()));
    let credential = match path {
        Some(Err(_)) => Err(Denial::AmbiguousPath),
        _ => Credential::from_text(token),
    };
    let call = form.find("method").zip(path.as_ref().and_then(|path| path.as_ref().ok()));
    let question = Question {
        call: call.map(|(method, path)| Call { method, path }),
        client_ip,
        within: Some(asker.organisation()),
        ..Question::new(credential)
    };
    let introspected = match authority.gate.introspect(&question).await {
        Ok(introspected) => introspected,
        Err(Denial::Unavailable(_)) => return Err(OAuthError::unavailable()),
        Err(_) => return Ok(None),
    };
    if !asker.is_entitled(&introspected.token) {
        return Ok(None);
    }
    let Some(particulars) = particulars::of(authority, &introspected.token).await? else { return Ok(None) };
    let username = username::of(authority, &asker, &introspected.token).await?;
    authority.gate.count_introspected(&question, &introspected);
    Ok(Some(Known { introspected, particulars, username }))
}

/// Where the call comes from that the token came with, as RFC 7662, section 2.1, lets resource servers say. Without it a token that
/// is limited to networks is not good.
fn optional_address(form: &Parameters) -> Result<Option<IpAddr>, OAuthError> {
    let read = form.find("client_ip").map(str::parse).transpose();
    read.map_err(|_| OAuthError::new(OAuthCode::InvalidRequest, "`client_ip` must be an IP address"))
}
