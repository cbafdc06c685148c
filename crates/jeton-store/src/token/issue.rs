//! Issuing: one at a time with an idempotency key, or many at once.

use super::{
    Idempotency, Issued, NewToken, TokenRow,
    insert::{insert, insert_many},
    parent,
};
use crate::{
    audit::Actor,
    change::as_column,
    error::{Result, StoreError},
    fault::Fault,
    link::{execute, fetch_optional},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{
    change::Changed, change::Revision, facts::TokenState, id::TokenId, limits, name::Name, policy::Policy, timestamp::Timestamp,
};
use serde::Serialize;

/// Most tokens that are issued in one call.
const MANY_MAX: usize = 1000;

impl Store {
    /// Issues a token. With an idempotency key that was used before for the same request, gives the answer of then.
    pub async fn issue_token(&self, new: NewToken, idempotency: Option<Idempotency>, actor: Actor) -> Result<Issued> {
        self.write(Issue::of(new, idempotency, actor)?).await
    }
    /// Issues many tokens, all or none, a thousand at most; gives the place of the last in the change log.
    pub async fn issue_tokens(&self, new: Vec<NewToken>, actor: Actor) -> Result<Revision> {
        if new.len() > MANY_MAX {
            return Err(StoreError::Conflict(format!("at most {MANY_MAX} tokens can be issued at once (got {})", new.len())));
        }
        let planned = new.into_iter().map(|new| Planned::of(new, &actor)).collect::<Result<Vec<_>>>()?;
        self.write(IssueMany { planned, actor }).await
    }
}

/// A token whose row lacks only its place and its mark.
pub(crate) struct Planned {
    id: TokenId,
    policy: Policy,
    project_name: Option<Name>,
    expires_at: Option<Timestamp>,
    row: TokenRow,
}

/// Issues one token.
pub(crate) struct Issue {
    planned: Planned,
    idempotency: Option<Idempotency>,
    actor: Actor,
}

struct IssueMany {
    planned: Vec<Planned>,
    actor: Actor,
}

impl Issue {
    pub(crate) fn of(new: NewToken, idempotency: Option<Idempotency>, actor: Actor) -> Result<Self> {
        let planned = Planned::of(new, &actor)?;
        Ok(Self { planned, idempotency, actor })
    }
}

impl Planned {
    pub(crate) fn of(new: NewToken, actor: &Actor) -> Result<Self> {
        let mut row = TokenRow {
            id: new.id.to_string(),
            organisation: String::new(),
            project: None,
            kind: String::new(),
            parent: None,
            subject: new.subject.as_str().to_owned(),
            name: new.name.as_str().to_owned(),
            hint: new.hint,
            audiences: String::new(),
            policy: String::new(),
            digest: new.digest.map_or_else(|| vec![0; 32], |digest| digest.as_bytes().to_vec()),
            previous_digest: None,
            previous_until: None,
            state: TokenState::Active.as_str().to_owned(),
            not_before: new.not_before.map(Timestamp::as_micros),
            expires_at: new.expires_at.map(Timestamp::as_micros),
            metadata: new.metadata,
            issued_at: new.issued_at.as_micros(),
            issued_by: actor.who.clone(),
            reason: None,
            comment: None,
            changed_at: new.issued_at.as_micros(),
            generation: 1,
            version: 1,
            revision: 0,
            mark: Vec::new(),
        };
        row.set_policy(&new.policy)?;
        Ok(Self { id: new.id, policy: new.policy, project_name: new.project_name, expires_at: new.expires_at, row })
    }
    /// Its id.
    pub(crate) const fn id(&self) -> TokenId {
        self.id
    }
    /// What it may do.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }
    /// Whom it speaks for.
    pub(crate) fn subject(&self) -> &str {
        &self.row.subject
    }
    /// What only the transaction can know for sure.
    pub(crate) async fn check(&self, tx: &mut Tx<'_>, now: Timestamp) -> std::result::Result<(), Fault> {
        parent::check_holder(tx, &self.policy, &self.row.subject, self.project_name.as_ref()).await?;
        parent::check(tx, &self.policy, self.expires_at, now).await
    }
    /// The row for a place in the change log.
    pub(crate) fn sealed(&self, tx: &Tx<'_>, revision: i64) -> TokenRow {
        let mut row = self.row.clone();
        row.revision = revision;
        row.issued_at = tx.issued_at(self.policy.organisation, row.issued_at);
        row.seal(tx.marks());
        row
    }
    fn audit(&self, tx: &mut Tx<'_>, actor: &Actor) {
        let TokenRow { kind, name, parent, subject, .. } = &self.row;
        let details = serde_json::to_string(&Details { kind, name, parent: parent.as_deref(), subject }).unwrap_or_default();
        tx.audit_written(actor, Some(self.policy.organisation), "token.issue", &self.row.id, details);
    }
}

/// What the audit tells of an issue.
#[derive(Serialize)]
struct Details<'d> {
    kind: &'d str,
    name: &'d str,
    parent: Option<&'d str>,
    subject: &'d str,
}

impl Operation for Issue {
    type Answer = Issued;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    fn looks_at(&self) -> Vec<TokenId> {
        self.planned.policy.parent.into_iter().collect()
    }
    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Issued, Fault> {
        if let Some(repeat) = &self.idempotency
            && let Some(sealed_answer) = before(tx, repeat, self.actor.at).await?
        {
            return Ok(Issued::Before { sealed_answer });
        }
        self.planned.check(tx, self.actor.at).await?;
        let row = self.planned.sealed(tx, as_column(tx.revision()).saturating_add(1));
        tx.insert_token(row).await?;
        let revision = tx.changed(self.actor.at, Changed::Token(self.planned.id));
        self.planned.audit(tx, &self.actor);
        if let Some(repeat) = &self.idempotency {
            keep(tx, repeat, self.actor.at).await?;
        }
        Ok(Issued::Now(revision))
    }
}

impl Operation for IssueMany {
    type Answer = Revision;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Revision, Fault> {
        let mut rows = Vec::with_capacity(self.planned.len());
        for planned in &self.planned {
            planned.check(tx, self.actor.at).await?;
            let revision = tx.changed(self.actor.at, Changed::Token(planned.id));
            rows.push(planned.sealed(tx, as_column(revision)));
            planned.audit(tx, &self.actor);
        }
        insert_many(&mut tx.link, &rows).await?;
        Ok(tx.revision())
    }
}

/// Issues a token as a part of another operation: everything is checked as when it is issued alone.
pub(crate) async fn issue_within(tx: &mut Tx<'_>, new: NewToken, actor: &Actor) -> std::result::Result<Revision, Fault> {
    let planned = Planned::of(new, actor)?;
    planned.check(tx, actor.at).await?;
    let revision = tx.changed(actor.at, Changed::Token(planned.id));
    let row = planned.sealed(tx, as_column(revision));
    if !insert(&mut tx.link, &row).await? {
        return Err(StoreError::Exists("a token of this id").into());
    }
    Ok(revision)
}

/// The answer that this key was given before, where it was and that is not too long ago.
async fn before(tx: &mut Tx<'_>, repeat: &Idempotency, now: Timestamp) -> std::result::Result<Option<Vec<u8>>, Fault> {
    let kept = fetch_optional!(
        &mut tx.link,
        (Vec<u8>, Vec<u8>),
        "SELECT request, answer FROM idempotency_keys WHERE owner = $1 AND key = $2 AND at > $3",
        repeat.owner.as_str(),
        repeat.key.as_str(),
        now.minus(limits::IDEMPOTENCY_LIFE).as_micros(),
    )?;
    match kept {
        None => Ok(None),
        Some((request, answer)) if request == repeat.request => Ok(Some(answer)),
        Some(_) => Err(StoreError::KeyReused.into()),
    }
}

async fn keep(tx: &mut Tx<'_>, repeat: &Idempotency, now: Timestamp) -> std::result::Result<(), Fault> {
    execute!(
        &mut tx.link,
        "INSERT INTO idempotency_keys (owner, key, request, answer, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (owner, key) DO UPDATE SET request = excluded.request, answer = excluded.answer, at = excluded.at",
        repeat.owner.as_str(),
        repeat.key.as_str(),
        repeat.request.as_slice(),
        repeat.sealed_answer.as_slice(),
        now.as_micros(),
    )?;
    Ok(())
}
