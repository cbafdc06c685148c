//! What a grant remembers of the sign-in that it came from, in the metadata of its row: for ID tokens of later refreshes, for
//! userinfo, introspection and logout. No decision about a call rests on it: what one may rest on stands in the grant's policy.

use super::authorization::Authorization;
use crate::{authentication::Authentication, id::SessionId, name::Acr, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a person signed in for a grant, and what was asked to be told of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrantContext {
    /// The session: the `sid` of its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// `auth_time`, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<String>,
    /// `amr`, space-separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amr: Option<String>,
    /// `acr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The request's `claims`, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
}

impl GrantContext {
    /// Of what a person allowed.
    pub fn of(authorization: &Authorization) -> Self {
        Self {
            session: authorization.session.map(|id| id.to_string()),
            auth_time: Some(authorization.authenticated_at.as_seconds().to_string()),
            amr: (!authorization.methods.is_empty()).then(|| authorization.methods.join(" ")),
            acr: (!authorization.acr.is_empty()).then(|| authorization.acr.clone()),
            claims: authorization.claims.as_ref().map(Value::to_string),
        }
    }
    /// As a row keeps it: an object of texts, as all metadata is.
    pub fn to_metadata(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
    /// From a row's metadata; what is not of this form is left out.
    pub fn from_metadata(metadata: &str) -> Self {
        serde_json::from_str(metadata).unwrap_or_default()
    }
    /// The session.
    pub fn session_id(&self) -> Option<SessionId> {
        self.session.as_deref().and_then(|text| SessionId::parse(text).ok())
    }
    /// When the person last proved who it is.
    pub fn authenticated_at(&self) -> Option<Timestamp> {
        self.auth_time.as_deref().and_then(|text| text.parse().ok()).map(Timestamp::from_seconds)
    }
    /// The sign-in, as the policy of the grant keeps it; `None` where nobody signed in.
    pub fn authentication(&self) -> Option<Authentication> {
        let acr = self.acr.as_deref().and_then(|text| Acr::parse(text).ok());
        self.authenticated_at().map(|at| Authentication { auth_time: at.as_seconds(), acr })
    }
    /// How.
    pub fn methods(&self) -> Vec<&str> {
        self.amr.as_deref().map(|methods| methods.split(' ').collect()).unwrap_or_default()
    }
    /// The names of single claims that were asked for, for `id_token` or `userinfo`.
    pub fn asked_claims(&self, place: &str) -> Vec<String> {
        let asked: Option<Value> = self.claims.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let names = asked.as_ref().and_then(|asked| asked.get(place)).and_then(Value::as_object);
        names.map(|names| names.keys().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_metadata() {
        let context = GrantContext {
            session: Some(SessionId::from_random([1; 16]).to_string()),
            auth_time: Some("1800000000".to_owned()),
            amr: Some("pwd otp".to_owned()),
            acr: Some("urn:a".to_owned()),
            claims: Some(r#"{"id_token":{"email":null},"userinfo":{"name":{"essential":true}}}"#.to_owned()),
        };
        let read = GrantContext::from_metadata(&context.to_metadata());
        assert_eq!(read, context);
        assert_eq!(read.session_id(), Some(SessionId::from_random([1; 16])));
        assert_eq!(read.authenticated_at(), Some(Timestamp::from_seconds(1_800_000_000)));
        assert_eq!(read.methods(), ["pwd", "otp"]);
        let acr = Acr::parse("urn:a").ok();
        assert_eq!(read.authentication(), Some(Authentication { auth_time: 1_800_000_000, acr }));
        assert_eq!((read.asked_claims("id_token"), read.asked_claims("userinfo")), (vec!["email".to_owned()], vec!["name".to_owned()]));
    }

    #[test]
    fn foreign_metadata_says_nothing() {
        for text in ["", "{}", "[]", r#"{"session":7}"#, r#"{"claims":"no json"}"#] {
            let read = GrantContext::from_metadata(text);
            assert!(read.session_id().is_none() && read.authenticated_at().is_none() && read.asked_claims("id_token").is_empty(), "{text}");
        }
    }
}
