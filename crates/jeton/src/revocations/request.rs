//! What is asked to be revoked: exactly one thing, and up to when.

use crate::{
    caller::Caller,
    http::guard::{KeysWrite, ManagementScope},
    problem::{Problem, ProblemCode},
    transition,
    verifiers::Wait,
};
use jeton_core::{cut::CutWhat, fault::Invalid, id::ProjectId, limits, name::Subject, timestamp::Timestamp};
use serde::Deserialize;

/// A revocation that is asked for. Exactly one of `subject`, `client`, `project`, `signing_key` and `everything` says of what.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    /// Everything that speaks for this subject. A person of this name in the directory is signed out too.
    #[schema(min_length = 1, max_length = 255)]
    pub subject: Option<String>,
    /// Everything that was issued to this client, by its id or its `client_id`. Its registration stays.
    #[schema(min_length = 1, max_length = 2048)]
    pub client: Option<String>,
    /// Everything that belongs to this project.
    #[schema(min_length = 16, max_length = 16, pattern = "^prj_[0-9A-Za-z]{12}$")]
    pub project: Option<String>,
    /// Every JWT that this signing key signed, by its `kid`: the key leaves the key set at once. Needs `keys:write` as well.
    #[schema(min_length = 1, max_length = 256)]
    pub signing_key: Option<String>,
    /// Everything of the organisation.
    #[serde(default)]
    pub everything: bool,
    /// Only what was issued before this instant; without it, all that was issued up to now. What is issued later lives.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_before: Option<Timestamp>,
    /// Why, as a word such as `leaked`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_]{0,63}$")]
    pub reason: Option<String>,
    /// More words on that, for people.
    #[schema(max_length = 500)]
    pub comment: Option<String>,
    /// Answer only when every verifier that this authority knows of refuses it, or the time is over, and list them.
    #[serde(default)]
    pub wait: Wait,
    /// Say what it would do, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Do it although the token that asks is among what is revoked.
    #[serde(default)]
    pub include_caller: bool,
}

/// What is to be revoked.
#[derive(Clone, Debug)]
pub enum Target {
    /// Tokens that have something in common.
    Scope(CutWhat),
    /// JWTs of a signing key.
    SigningKey(String),
}

const TARGETS: &str = "`subject`, `client`, `project`, `signing_key` and `everything`";

impl RevocationRequest {
    /// What is meant; anything but one thing is a fault.
    pub fn target(&self) -> Result<Target, Problem> {
        transition::reason(self.reason.as_deref())?;
        transition::comment(self.comment.as_deref(), "comment")?;
        let bad = |field: &'static str| move |rule: Invalid| Problem::field(field, &rule);
        let mut named = Vec::new();
        if let Some(text) = &self.subject {
            named.push(Target::Scope(CutWhat::Subject(Subject::parse(text).map_err(bad("subject"))?)));
        }
        if let Some(text) = &self.client {
            named.push(Target::Scope(CutWhat::client(text).map_err(bad("client"))?));
        }
        if let Some(text) = &self.project {
            let id = ProjectId::parse(text).map_err(|rule| Problem::field("project", &Invalid::new(rule.to_string())))?;
            named.push(Target::Scope(CutWhat::Project(id)));
        }
        if let Some(kid) = &self.signing_key {
            if kid.is_empty() || kid.len() > limits::KID_MAX || !kid.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Problem::field(
                    "signing_key",
                    &Invalid::new("must be the `kid` of a signing key, as `jeton key list` shows it"),
                ));
            }
            named.push(Target::SigningKey(kid.clone()));
        }
        if self.everything {
            named.push(Target::Scope(CutWhat::Everything));
        }
        match (named.pop(), named.is_empty()) {
            (Some(Target::SigningKey(_)), true) if self.issued_before.is_some() => {
                let rule = "cannot be said of a signing key: no JWT of it is good any more";
                Err(Problem::field("issued_before", &Invalid::new(rule)))
            }
            (Some(target), true) => Ok(target),
            (None, _) => Err(Problem::new(ProblemCode::BadField, format!("one of {TARGETS} must say what to revoke")).at("subject")),
            (Some(_), false) => {
                Err(Problem::new(ProblemCode::BadField, format!("only one of {TARGETS} can be said at once")).at("subject"))
            }
        }
    }
    /// Up to when, where that is said. Nothing is revoked in advance.
    pub(super) fn issued_before_at(&self, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        match self.issued_before {
            Some(before) if before > now => {
                Err(Problem::field("issued_before", &Invalid::new("must not lie ahead: what is not issued yet cannot be revoked")))
            }
            before => Ok(before),
        }
    }
}

/// Whether the caller may take a signing key back.
pub(super) fn may_rotate_keys(caller: &Caller) -> Result<(), Problem> {
    if KeysWrite::demand().iter().all(|scope| caller.policy().scopes.covers(scope)) {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::WiderThanCaller, "revoking a signing key needs the scope `keys:write` besides `tokens:revoke`")
        .at("signing_key"))
}
