//! What a cut ends: the tokens of an organisation that have one thing in common. As a text it stands in the change log, so that every
//! verifier knows what to forget without asking.

use crate::{
    fault::Invalid,
    id::{OrganisationId, ProjectId},
    kind::TokenKind,
    limits,
    name::Subject,
    policy::Policy,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Which tokens of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CutWhat {
    /// Those that speak for a subject.
    Subject(Subject),
    /// Those that were issued to an OAuth client, by its `client_id`.
    Client(Box<str>),
    /// Those that belong to a project.
    Project(ProjectId),
    /// The JWTs that a key signed, by its name in the key set.
    SigningKey(Box<str>),
    /// All of them.
    Everything,
}

/// What a cut ends. Of one scope there is one cut: a later one reaches further.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CutScope {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Which of its tokens.
    pub what: CutWhat,
}

/// A text that names no scope of a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an organisation, `/`, and what of it")]
pub struct BadCut;

impl CutWhat {
    /// A client, by its `client_id`.
    pub fn client(client_id: &str) -> Result<Self, Invalid> {
        let fits = (1..=limits::CLIENT_ID_MAX).contains(&client_id.len()) && client_id.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self::Client(client_id.into())) } else { Err(Invalid::new("must be the `client_id` of an app")) }
    }
    /// A signing key, by its name in the key set.
    pub fn signing_key(kid: &str) -> Result<Self, Invalid> {
        let fits = (1..=limits::KID_MAX).contains(&kid.len()) && kid.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self::SigningKey(kid.into())) } else { Err(Invalid::new("must be the `kid` of a signing key")) }
    }
    /// `subject`, `client`, `project`, `signing_key` or `everything`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Subject(_) => "subject",
            Self::Client(_) => "client",
            Self::Project(_) => "project",
            Self::SigningKey(_) => "signing_key",
            Self::Everything => "everything",
        }
    }
    /// Which one; `None` for everything.
    pub fn value(&self) -> Option<String> {
        match self {
            Self::Subject(subject) => Some(subject.as_str().to_owned()),
            Self::Client(client) => Some(client.to_string()),
            Self::Project(project) => Some(project.to_string()),
            Self::SigningKey(kid) => Some(kid.to_string()),
            Self::Everything => None,
        }
    }
}

impl CutScope {
    /// Whether a token is in it. A client's anchor is in none: a registration is taken back by what registrations have for that, and
    /// its secret by rotating it.
    pub fn holds(&self, subject: &str, policy: &Policy) -> bool {
        if policy.organisation != self.organisation || policy.kind == TokenKind::Cls {
            return false;
        }
        match &self.what {
            CutWhat::Subject(own) => own.as_str() == subject,
            CutWhat::Client(own) => policy.client_id.as_deref() == Some(own),
            CutWhat::Project(own) => policy.project == Some(*own),
            CutWhat::SigningKey(own) => policy.signed_by.as_deref() == Some(own),
            CutWhat::Everything => true,
        }
    }
    /// Reads its text.
    pub fn parse(text: &str) -> Result<Self, BadCut> {
        let (organisation, what) = text.split_once('/').ok_or(BadCut)?;
        let organisation = OrganisationId::parse(organisation).map_err(|_| BadCut)?;
        let (kind, value) = what.split_once('/').unwrap_or((what, ""));
        let what = match kind {
            "subject" => CutWhat::Subject(Subject::parse(value).map_err(|_| BadCut)?),
            "client" => CutWhat::client(value).map_err(|_| BadCut)?,
            "project" => CutWhat::Project(ProjectId::parse(value).map_err(|_| BadCut)?),
            "signing_key" => CutWhat::signing_key(value).map_err(|_| BadCut)?,
            "everything" if what == kind => CutWhat::Everything,
            _ => return Err(BadCut),
        };
        Ok(Self { organisation, what })
    }
}

impl fmt::Display for CutScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organisation, self.what.kind())?;
        match self.what.value() {
            Some(value) => write!(f, "/{value}"),
            None => Ok(()),
        }
    }
}

impl Serialize for CutScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CutScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<CutScope> {
        let whats = [
            CutWhat::Subject(Subject::parse("urn:robot/7/everything").expect("subject")),
            CutWhat::client("https://app.example.com/client?a=/b").expect("client"),
            CutWhat::Project(ProjectId::from_random([2; 16])),
            CutWhat::signing_key("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs").expect("a key"),
            CutWhat::Everything,
        ];
        whats.into_iter().map(|what| CutScope { organisation: OrganisationId::from_random([1; 16]), what }).collect()
    }

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for scope in all() {
            assert_eq!(CutScope::parse(&scope.to_string()), Ok(scope.clone()), "{scope}");
            let text = serde_json::to_string(&scope).expect("json");
            assert_eq!(serde_json::from_str::<CutScope>(&text).expect("json"), scope);
        }
    }

    #[test]
    fn what_is_no_scope_is_not_read() {
        let organisation = OrganisationId::from_random([1; 16]);
        for bad in ["", "subject/a", "/everything"] {
            assert!(CutScope::parse(bad).is_err(), "{bad}");
        }
        for bad in
            ["", "everything/", "everything/a", "subject", "subject/", "subject/a b", "client/", "project/x", "signing_key/", "token/a"]
        {
            assert!(CutScope::parse(&format!("{organisation}/{bad}")).is_err(), "{bad}");
        }
    }
}
