//! A token's row: its columns, what its mark covers, and the way from a row to what is believed of it.

use super::{TokenDetail, TokenRecord, packed};
use crate::{
    fault::Fault,
    link::{Link, fetch_all, fetch_optional},
    marks::{Marks, tampered},
    row::row,
};
use jeton_core::{
    cut::{Cuts, Issued},
    facts::{Secrets, TokenState},
    id::{OrganisationId, ProjectId, TokenId},
    kind::TokenKind,
    mark::MarkedFields,
    name::{Name, Subject},
    policy::Policy,
    timestamp::Timestamp,
    token_text::TokenDigest,
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

/// Why a token is revoked that was cut without a reason.
const CUT: &str = "cut";

/// The columns of a token, in the order of [`TokenRow`], as a literal that statements are put together from.
macro_rules! columns {
    () => {
        "t.id, t.organisation, t.project, t.kind, t.parent, t.subject, t.name, t.hint, t.audiences, t.policy, t.digest, \
         t.previous_digest, t.previous_until, t.state, t.not_before, t.expires_at, t.metadata, t.issued_at, t.issued_by, t.reason, \
         t.comment, t.changed_at, t.generation, t.version, t.revision, t.mark"
    };
}
pub(crate) use columns;

/// A statement for some columns of the tokens whose ids are in [`id_list`], its first parameter; `$more` follows its condition.
macro_rules! with_ids {
    ($link:ident, $columns:ident!(), $more:literal) => {
        match $link {
            $crate::link::Link::Sqlite(_) => {
                concat!("SELECT ", $columns!(), " FROM tokens t WHERE t.id IN (SELECT value FROM json_each($1))", $more)
            }
            $crate::link::Link::Postgres(_) => {
                concat!("SELECT ", $columns!(), " FROM tokens t WHERE t.id IN (SELECT json_array_elements_text($1::json))", $more)
            }
        }
    };
}
pub(crate) use with_ids;

row! {
    /// A token as it lies in the table.
    #[derive(Clone, Debug, Deserialize)]
    pub(crate) struct TokenRow {
        pub(crate) id: String,
        pub(crate) organisation: String,
        pub(crate) project: Option<String>,
        pub(crate) kind: String,
        pub(crate) parent: Option<String>,
        pub(crate) subject: String,
        pub(crate) name: String,
        pub(crate) hint: String,
        /// One line for each, a line break at both ends, so that one can be searched for.
        pub(crate) audiences: String,
        pub(crate) policy: String,
        #[serde(deserialize_with = "packed::bytes")]
        pub(crate) digest: Vec<u8>,
        #[serde(deserialize_with = "packed::maybe_bytes")]
        pub(crate) previous_digest: Option<Vec<u8>>,
        pub(crate) previous_until: Option<i64>,
        pub(crate) state: String,
        pub(crate) not_before: Option<i64>,
        pub(crate) expires_at: Option<i64>,
        pub(crate) metadata: String,
        pub(crate) issued_at: i64,
        pub(crate) issued_by: String,
        pub(crate) reason: Option<String>,
        pub(crate) comment: Option<String>,
        pub(crate) changed_at: i64,
        pub(crate) generation: i64,
        pub(crate) version: i64,
        pub(crate) revision: i64,
        #[serde(deserialize_with = "packed::bytes")]
        pub(crate) mark: Vec<u8>,
    }
}

impl TokenRow {
    /// What the mark covers: every column, and the place in the change log.
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("tokens")
            .text(&self.id)
            .text(&self.organisation)
            .maybe_text(self.project.as_deref())
            .text(&self.kind)
            .maybe_text(self.parent.as_deref())
            .text(&self.subject)
            .text(&self.name)
            .text(&self.hint)
            .text(&self.audiences)
            .text(&self.policy)
            .bytes(&self.digest)
            .maybe_bytes(self.previous_digest.as_deref())
            .maybe_number(self.previous_until)
            .text(&self.state)
            .maybe_number(self.not_before)
            .maybe_number(self.expires_at)
            .text(&self.metadata)
            .number(self.issued_at)
            .text(&self.issued_by)
            .maybe_text(self.reason.as_deref())
            .maybe_text(self.comment.as_deref())
            .number(self.changed_at)
            .number(self.generation)
            .number(self.version)
            .number(self.revision)
    }
    /// Marks the row as it is now.
    pub(crate) fn seal(&mut self, marks: &Marks) {
        self.mark = marks.mark(&self.fields());
    }
    /// Checks the mark, and that it is not older than what the journal outside the database knows. Where a cut covers the token,
    /// the row says from then on that it is revoked, to whoever reads it and where it is written again.
    pub(crate) fn check(&mut self, marks: &Marks) -> Result<(), Fault> {
        marks.check("tokens", &self.id, &self.fields(), &self.mark)?;
        marks.floors.check_token(&self.id, self.revision)?;
        self.heed(&marks.cuts.known())
    }
    fn heed(&mut self, cuts: &Cuts) -> Result<(), Fault> {
        if cuts.is_empty() || self.parse_state()? == TokenState::Revoked {
            return Ok(());
        }
        let bad = |what: &str| self.unreadable(what);
        let organisation = OrganisationId::parse(&self.organisation).map_err(|_| bad("its organisation is none"))?;
        let project = self.project.as_deref().map(ProjectId::parse).transpose().map_err(|_| bad("its project is none"))?;
        let kind = TokenKind::parse(&self.kind).ok_or_else(|| bad("its kind is none"))?;
        let policy = if cuts.go_by_policies(organisation) { Some(self.parse_policy()?) } else { None };
        let client_id = policy.as_ref().and_then(|policy| policy.client_id.as_deref());
        let signed_by = policy.as_ref().and_then(|policy| policy.signed_by.as_deref());
        let at = Timestamp::from_micros(self.issued_at);
        let issued = Issued { organisation, kind, subject: &self.subject, client_id, project, signed_by, at };
        let Some(ended) = cuts.ended(&issued) else { return Ok(()) };
        TokenState::Revoked.as_str().clone_into(&mut self.state);
        self.reason = ended.reason.clone().or_else(|| Some(CUT.to_owned()));
        self.comment = None;
        self.changed_at = ended.at.as_micros();
        Ok(())
    }
    /// Takes over a policy: its text and the columns that are searched by.
    pub(crate) fn set_policy(&mut self, policy: &Policy) -> Result<(), Fault> {
        let text = serde_json::to_string(policy).map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))?;
        self.organisation = policy.organisation.to_string();
        self.project = policy.project.map(|id| id.to_string());
        self.kind = policy.kind.as_str().to_owned();
        self.parent = policy.parent.map(|id| id.to_string());
        self.audiences = policy.audiences.iter().fold("\n".to_owned(), |lines, audience| lines + audience.as_str() + "\n");
        self.policy = text;
        Ok(())
    }
    /// The policy.
    pub(crate) fn parse_policy(&self) -> Result<Policy, Fault> {
        serde_json::from_str(&self.policy).map_err(|error| self.unreadable(&error.to_string()))
    }
    /// What it was derived from: what its policy says, which is set with it.
    pub(crate) fn parse_parent(&self) -> Result<Option<TokenId>, Fault> {
        self.parent.as_deref().map(TokenId::parse).transpose().map_err(|_| self.unreadable("its parent is none"))
    }
    /// The state.
    pub(crate) fn parse_state(&self) -> Result<TokenState, Fault> {
        TokenState::parse(&self.state).ok_or_else(|| self.unreadable("its state is none"))
    }
    /// What verifiers keep. The mark must have been checked.
    pub(crate) fn record(&self) -> Result<TokenRecord, Fault> {
        self.record_with(Arc::new(self.parse_policy()?))
    }
    /// The same with a policy that was read from this text before.
    pub(crate) fn record_with(&self, policy: Arc<Policy>) -> Result<TokenRecord, Fault> {
        let bad = |what: &str| self.unreadable(what);
        let digest = |bytes: &[u8]| digest_of(bytes).map_err(|_| bad("a digest is not 32 bytes long"));
        let previous = match (&self.previous_digest, self.previous_until) {
            (Some(bytes), Some(until)) => Some((digest(bytes)?, Timestamp::from_micros(until))),
            _ => None,
        };
        Ok(TokenRecord {
            id: TokenId::parse(&self.id).map_err(|_| bad("its id is none"))?,
            secrets: Secrets { current: digest(&self.digest)?, previous },
            subject: Subject::parse(&self.subject).map_err(|_| bad("its subject is none"))?,
            state: self.parse_state()?,
            not_before: self.not_before.map(Timestamp::from_micros),
            expires_at: self.expires_at.map(Timestamp::from_micros),
            policy,
        })
    }
    /// What owners see. The mark must have been checked.
    pub(crate) fn detail(self) -> Result<TokenDetail, Fault> {
        Ok(TokenDetail {
            record: self.record()?,
            name: Name::parse(&self.name).map_err(|_| self.unreadable("its name is none"))?,
            hint: self.hint,
            metadata: self.metadata,
            issued_at: Timestamp::from_micros(self.issued_at),
            issued_by: self.issued_by,
            reason: self.reason,
            comment: self.comment,
            changed_at: Timestamp::from_micros(self.changed_at),
            generation: self.generation,
            version: self.version,
            last_use: None,
            quiet_seconds: None,
        })
    }
    fn unreadable(&self, how: &str) -> Fault {
        tampered("tokens", &self.id, how)
    }
}

/// Loads a token's row by its id, its mark checked.
pub(crate) async fn load(link: &mut Link<'_>, marks: &Marks, id: TokenId) -> Result<Option<TokenRow>, Fault> {
    let mut row = fetch_optional!(link, TokenRow, concat!("SELECT ", columns!(), " FROM tokens t WHERE t.id = $1"), id.digits())?;
    if let Some(row) = &mut row {
        row.check(marks)?;
    }
    Ok(row)
}

/// Loads the rows of many tokens, those that are there, in any order. Their marks are not checked.
pub(crate) async fn load_many(link: &mut Link<'_>, ids: &BTreeSet<TokenId>) -> Result<Vec<TokenRow>, Fault> {
    let text = with_ids!(link, columns!(), "");
    Ok(fetch_all!(link, TokenRow, text, id_list(ids))?)
}

/// Ids as one parameter: a list in JSON, which both engines take apart.
pub(crate) fn id_list<'i>(ids: impl IntoIterator<Item = &'i TokenId>) -> String {
    let quoted: Vec<String> = ids.into_iter().map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", quoted.join(","))
}

/// Loads a token of one organisation; another organisation's is not found.
pub(crate) async fn load_owned(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: TokenId) -> Result<TokenRow, Fault> {
    let row = load(link, marks, id).await?.filter(|row| row.organisation == owner.to_string());
    row.ok_or(Fault::Refused(crate::StoreError::NotFound("token")))
}

/// A digest from its column.
pub(crate) fn digest_of(bytes: &[u8]) -> Result<TokenDigest, Fault> {
    let digest = bytes.try_into().map(TokenDigest::from_bytes);
    digest.map_err(|_| tampered("tokens", "?", "a digest is not 32 bytes long"))
}
