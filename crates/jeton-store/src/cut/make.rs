//! Making a cut: the one place where the order of commits decides which side of it a token is on.
//!
//! The heads are locked, so every token that was issued is in the table: the cut's instant is no earlier than the issue of any of
//! them, whatever clock that went by. What is issued from then on is given a later instant.

use super::{MadeCut, NewCut, memory::refresh, row::CutRow};
use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::{execute, fetch_one, fetch_optional},
    outside::Entry,
    session::{self, EndedSession},
    token,
    writer::{Operation, Tx},
};
use jeton_core::{
    change::Changed,
    cut::{Cut, CutWhat},
    id::UserId,
    limits,
    timestamp::{Span, Timestamp},
};
use serde_json::json;

/// Why the sessions of a person end whose tokens are cut.
const REVOKED: &str = "revoked";

const FIND: &str = "SELECT id, organisation, kind, value, until, at, actor, reason, comment, revision, mark FROM cuts WHERE id = $1";
const PUT: &str = "INSERT INTO cuts (id, organisation, kind, value, until, at, actor, reason, comment, revision, mark) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE SET until = excluded.until, at = excluded.at, \
                   actor = excluded.actor, reason = excluded.reason, comment = excluded.comment, revision = excluded.revision, mark = excluded.mark";

const DROP_CODES: &str = "DELETE FROM codes WHERE redeemed_at IS NULL AND client IN (SELECT id FROM clients WHERE client_id = $1)";
const DROP_DEVICES: &str = "DELETE FROM device_codes WHERE state = 'approved' AND client IN (SELECT id FROM clients WHERE client_id = $1)";

pub(super) struct Make {
    pub(super) new: NewCut,
    pub(super) actor: Actor,
}

impl Operation for Make {
    type Answer = MadeCut;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<MadeCut, Fault> {
        // Those of others first: the newest place that is known stands for all before it.
        refresh(&mut tx.link, &tx.shared.marks).await?;
        let until = self.until(tx).await?;
        self.spare(tx, until).await?;
        if let Some(known) = find(tx, &self.new.scope.to_string()).await?.filter(|known| known.until >= until) {
            return Ok(MadeCut { cut: known, sessions: Vec::new() });
        }
        let (count,) = fetch_one!(&mut tx.link, (i64,), "SELECT COUNT(*) FROM cuts")?;
        if count >= limits::CUTS_MAX {
            let words = format!(
                "there are {} cuts already: those whose tokens are long gone are swept, so wait, or cut more at once",
                limits::CUTS_MAX
            );
            return Err(StoreError::Conflict(words).into());
        }
        self.drop_codes(tx).await?;
        let sessions = self.end_sessions(tx, until).await?;
        let NewCut { scope, reason, comment, .. } = self.new.clone();
        let (at, actor) = (self.actor.at, self.actor.who.clone());
        let cut = put(tx, Cut { scope, until, at, actor, reason, comment, revision: tx.revision() }).await?;
        let details = json!({ "until": until, "reason": cut.reason, "comment": cut.comment, "sessions": sessions.len() });
        tx.audit(&self.actor, Some(cut.scope.organisation), "token.cut", &cut.scope.to_string(), details);
        Ok(MadeCut { cut, sessions })
    }
}

impl Make {
    /// The last instant of issue that it covers.
    async fn until(&self, tx: &mut Tx<'_>) -> Result<Timestamp, Fault> {
        let last = "SELECT MAX(issued_at) FROM tokens WHERE organisation = $1";
        let (last,) = fetch_one!(&mut tx.link, (Option<i64>,), last, self.new.scope.organisation.to_string())?;
        let now = self.actor.at.max(last.map_or(self.actor.at, Timestamp::from_micros));
        Ok(self.new.issued_before.map_or(now, |before| before.minus(Span::from_micros(1)).min(now)))
    }
    async fn spare(&self, tx: &mut Tx<'_>, until: Timestamp) -> Result<(), Fault> {
        let Some(spared) = self.new.spared else { return Ok(()) };
        let Some(row) = token::load(&mut tx.link, &tx.shared.marks, spared).await? else { return Ok(()) };
        if self.new.scope.holds(&row.subject, &row.parse_policy()?) && row.issued_at <= until.as_micros() {
            let words = format!("the token `{spared}`, which asks for it, would be revoked too");
            return Err(StoreError::Conflict(words).into());
        }
        Ok(())
    }
    /// What a client may still come for: codes that it was given, and devices that were let in.
    async fn drop_codes(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let CutWhat::Client(client) = &self.new.scope.what else { return Ok(()) };
        if self.new.issued_before.is_none() {
            execute!(&mut tx.link, DROP_CODES, client.to_string())?;
            execute!(&mut tx.link, DROP_DEVICES, client.to_string())?;
        }
        Ok(())
    }
    /// A person whose tokens are cut is signed out everywhere, and the apps are told. All of an organisation's sessions are over
    /// because nobody believes them any more.
    async fn end_sessions(&self, tx: &mut Tx<'_>, until: Timestamp) -> Result<Vec<EndedSession>, Fault> {
        let CutWhat::Subject(subject) = &self.new.scope.what else { return Ok(Vec::new()) };
        let Ok(user) = UserId::parse(subject.as_str()) else { return Ok(Vec::new()) };
        session::end_started_until(tx, (self.new.scope.organisation, user), until, REVOKED, &self.actor).await
    }
}

async fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Cut>, Fault> {
    fetch_optional!(&mut tx.link, CutRow, FIND, id)?.map(|row| row.read(tx.marks())).transpose()
}

/// Puts a cut in place, with its place in the change log and in the journal.
async fn put(tx: &mut Tx<'_>, mut cut: Cut) -> Result<Cut, Fault> {
    cut.revision = tx.changed(cut.at, Changed::Cut(Box::new(cut.scope.clone())));
    let row = CutRow::sealed(&cut, tx.marks());
    execute!(
        &mut tx.link,
        PUT,
        row.id,
        row.organisation,
        row.kind,
        row.value,
        row.until,
        row.at,
        row.actor,
        row.reason,
        row.comment,
        row.revision,
        row.mark,
    )?;
    tx.journal(Entry::Cut {
        scope: cut.scope.clone(),
        until: cut.until,
        at: cut.at,
        actor: cut.actor.clone(),
        reason: cut.reason.clone(),
        comment: cut.comment.clone(),
    });
    tx.cut(cut.clone());
    Ok(cut)
}

/// Puts a cut back that the journal holds, where the database knows of none that reaches as far. Says whether it did not.
pub(crate) async fn put_back(tx: &mut Tx<'_>, cut: Cut) -> Result<bool, Fault> {
    let known = match find(tx, &cut.scope.to_string()).await {
        // Changed from outside: reported, and replaced by what the journal says.
        Err(Fault::Refused(StoreError::Tampered { .. })) => None,
        found => found?,
    };
    if known.is_some_and(|known| known.until >= cut.until) {
        return Ok(false);
    }
    let put = put(tx, cut).await?;
    let details = json!({ "until": put.until, "why": "journal" });
    tx.audit(&Actor::system(put.at), Some(put.scope.organisation), "token.cut", &put.scope.to_string(), details);
    Ok(true)
}
