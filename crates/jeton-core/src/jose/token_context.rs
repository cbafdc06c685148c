//! What an access token says about how it came to be, for the APIs that ask: no record repeats it, and no decision of Jeton's
//! rests on it.

use super::claims;
use crate::{denial::JwtFault, limits, timestamp::Timestamp};
use serde_json::{Map, Value, json};

/// Optional claims of an access token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenContext {
    /// `status.status_list`: where its state is published.
    pub status: Option<StatusReference>,
    /// `act`: who acts for the subject, with its own `act` inside for a chain (RFC 8693, section 4.1).
    pub actor: Option<Map<String, Value>>,
    /// `auth_time`: when the user signed in (RFC 9068, section 2.2.1).
    pub auth_time: Option<Timestamp>,
    /// `acr`: how the user signed in.
    pub acr: Option<String>,
}

/// A place in a status list (Token Status List, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    /// `uri`: the list, which is the `sub` of its token.
    pub list: String,
    /// `idx`: the place, the first being 0.
    pub index: u64,
}

impl TokenContext {
    /// Adds the claims that are there.
    pub(super) fn write(&self, members: &mut Map<String, Value>) {
        if let Some(status) = &self.status {
            members.insert("status".into(), json!({"status_list": {"idx": status.index, "uri": status.list}}));
        }
        if let Some(actor) = &self.actor {
            members.insert("act".into(), Value::Object(actor.clone()));
        }
        if let Some(at) = self.auth_time {
            members.insert("auth_time".into(), at.as_seconds().into());
        }
        if let Some(acr) = &self.acr {
            members.insert("acr".into(), acr.as_str().into());
        }
    }

    /// Reads them, each of its type where it is there.
    pub(super) fn read(members: &Map<String, Value>) -> Result<Self, JwtFault> {
        let status = members.get("status").map(|status| StatusReference::read(status).ok_or(JwtFault::Claim("status")));
        let actor = members.get("act").map(|actor| actor.as_object().cloned().ok_or(JwtFault::Claim("act")));
        let acr = claims::optional_text(members, "acr")?;
        Ok(Self {
            status: status.transpose()?,
            actor: actor.transpose()?,
            auth_time: claims::optional_instant(members, "auth_time")?,
            acr: acr.map(str::to_owned),
        })
    }
}

impl StatusReference {
    fn read(status: &Value) -> Option<Self> {
        let reference = status.get("status_list")?;
        let list = reference.get("uri")?.as_str().filter(|uri| uri.len() <= limits::AUDIENCE_MAX)?;
        Some(Self { list: list.to_owned(), index: reference.get("idx")?.as_u64()? })
    }
}
