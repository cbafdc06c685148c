//! One transaction of the writer: the connection, and what has gathered for the change log, the audit chain and the journal.

use super::{
    looked_up::LookedUp,
    waiting::{Lengths, Waiting},
};
use crate::{
    audit::{Actor, AuditEvent},
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    outside::Entry,
    store::Shared,
};
use jeton_core::{
    change::{Change, Changed, Revision},
    cut::{Cut, Cuts, Issued},
    id::OrganisationId,
    mark::MarkedFields,
    timestamp::Timestamp,
};

/// What an operation works on.
pub(crate) struct Tx<'c> {
    /// The connection.
    pub(crate) link: Link<'c>,
    /// The process's keys and settings.
    pub(crate) shared: &'c Shared,
    pub(super) heads: Heads,
    /// Where the change log was when the transaction began.
    pub(super) began_at: Revision,
    pub(super) gathered: Gathered,
    pub(super) waiting: Waiting,
    /// What operations looked up in this transaction, for those after them.
    pub(crate) looked_up: LookedUp,
}

/// How far the change log and the audit chain have come. One row, locked by every transaction that writes, so that the order
/// of commits is the order of revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heads {
    pub(crate) revision: i64,
    pub(crate) audit_sequence: i64,
    pub(crate) audit_link: Vec<u8>,
}

/// What is written at the end of the transaction.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) changes: Vec<Change>,
    pub(super) events: Vec<AuditEvent>,
    pub(super) entries: Vec<Entry>,
    pub(super) cuts: Vec<Cut>,
}

/// A place to go back to.
pub(super) struct Place {
    heads: Heads,
    changes: usize,
    events: usize,
    entries: usize,
    cuts: usize,
    waiting: Lengths,
}

impl<'c> Tx<'c> {
    /// Begins a transaction and locks the heads. Where it is `guarded`, each operation's rows are inserted with it.
    pub(super) async fn begin(mut link: Link<'c>, shared: &'c Shared, guarded: bool) -> Result<Self, Fault> {
        let heads = match &link {
            Link::Sqlite(_) => {
                execute!(&mut link, "BEGIN IMMEDIATE")?;
                "SELECT revision, audit_sequence, audit_link, mark FROM heads WHERE one = 1"
            }
            Link::Postgres(_) => {
                execute!(&mut link, "BEGIN")?;
                "SELECT revision, audit_sequence, audit_link, mark FROM heads WHERE one = 1 FOR UPDATE"
            }
        };
        let heads = Heads::read(fetch_optional!(&mut link, HeadsRow, heads)?, &shared.marks)?;
        let waiting = Waiting::new(guarded);
        let began_at = crate::change::from_column(heads.revision);
        Ok(Self { link, shared, heads, began_at, gathered: Gathered::default(), waiting, looked_up: LookedUp::default() })
    }
    /// The keys of the marks.
    pub(crate) const fn marks(&self) -> &'c Marks {
        &self.shared.marks
    }
    /// Appends to the change log; gives the change's place, which the row that changed carries too.
    pub(crate) fn changed(&mut self, at: Timestamp, what: Changed) -> Revision {
        self.heads.revision += 1;
        let revision = self.revision();
        self.gathered.changes.push(Change { revision, at, what });
        revision
    }
    /// The newest place in the change log, what this transaction has done so far included.
    pub(crate) fn revision(&self) -> Revision {
        crate::change::from_column(self.heads.revision)
    }
    /// Goes on from a later place: after a restore, no place may be given out twice.
    pub(crate) fn leap(&mut self, revision: Revision) {
        self.heads.revision = self.heads.revision.max(crate::change::as_column(revision));
    }
    /// Appends to the audit chain.
    pub(crate) fn audit(
        &mut self,
        actor: &Actor,
        organisation: Option<OrganisationId>,
        action: &str,
        target: &str,
        details: serde_json::Value,
    ) {
        self.audit_written(actor, organisation, action, target, details.to_string());
    }
    /// The same where the details are written already, as a JSON object.
    pub(crate) fn audit_written(
        &mut self,
        actor: &Actor,
        organisation: Option<OrganisationId>,
        action: &str,
        target: &str,
        details: String,
    ) {
        self.heads.audit_sequence += 1;
        let mut event = AuditEvent {
            sequence: self.heads.audit_sequence,
            at: actor.at,
            organisation,
            actor: actor.who.clone(),
            action: action.to_owned(),
            target: target.to_owned(),
            details,
            request: actor.request.map(|id| id.to_string()),
            client_ip: actor.client_ip.map(|ip| ip.to_string()),
            link: Vec::new(),
        };
        event.link = self.marks().audit.mark(&event.fields(&self.heads.audit_link)).to_vec();
        self.heads.audit_link.clone_from(&event.link);
        self.gathered.events.push(event);
    }
    /// Notes what must never come back; it is in the journal outside the database before the commit.
    pub(crate) fn journal(&mut self, entry: Entry) {
        self.gathered.entries.push(entry);
    }
    /// Notes a cut; every process that reads tokens holds them against it from its commit on.
    pub(crate) fn cut(&mut self, cut: Cut) {
        self.gathered.cuts.push(cut);
    }
    /// The cut that ended something which was begun at an instant, where one did: this very transaction's count too.
    pub(crate) fn is_cut(&self, begun: &Issued<'_>) -> bool {
        let mut own = Cuts::default();
        self.gathered.cuts.iter().for_each(|cut| own.add(cut));
        own.ended(begun).is_some() || self.shared.marks.cuts.known().ended(begun).is_some()
    }
    /// The instant of what an organisation issues now: later than every cut of it reaches, whatever the clock says.
    pub(crate) fn issued_at(&self, organisation: OrganisationId, now: i64) -> i64 {
        let own = self.gathered.cuts.iter().filter(|cut| cut.scope.organisation == organisation).map(|cut| cut.until).max();
        let latest = own.max(self.shared.marks.cuts.known().latest(organisation));
        latest.map_or(now, |latest| now.max(latest.as_micros().saturating_add(1)))
    }
    /// Where the transaction is.
    pub(super) fn place(&self) -> Place {
        let Gathered { changes, events, entries, cuts } = &self.gathered;
        let waiting = self.waiting.lengths();
        let (changes, events, entries, cuts) = (changes.len(), events.len(), entries.len(), cuts.len());
        Place { heads: self.heads.clone(), changes, events, entries, cuts, waiting }
    }
    /// Forgets what was gathered since `place`.
    pub(super) fn forget_since(&mut self, place: Place) {
        self.heads = place.heads;
        self.gathered.changes.truncate(place.changes);
        self.gathered.events.truncate(place.events);
        self.gathered.entries.truncate(place.entries);
        self.gathered.cuts.truncate(place.cuts);
        self.waiting.forget_since(place.waiting);
    }
}

/// The heads as they lie in the table: revision, place and link of the audit chain, mark.
pub(crate) type HeadsRow = (i64, i64, Vec<u8>, Vec<u8>);

impl Heads {
    /// The heads from their row, the mark checked.
    pub(crate) fn read(row: Option<HeadsRow>, marks: &Marks) -> Result<Self, Fault> {
        let (revision, audit_sequence, audit_link, mark) = row.ok_or_else(|| tampered("heads", "1", "it is gone"))?;
        let heads = Self { revision, audit_sequence, audit_link };
        heads.check(&mark, marks)?;
        Ok(heads)
    }
    /// What the mark covers.
    pub(crate) fn fields(&self) -> MarkedFields {
        MarkedFields::of("heads").number(self.revision).number(self.audit_sequence).bytes(&self.audit_link)
    }
    /// Checks the mark. A database in which nothing was ever done has none yet.
    pub(crate) fn check(&self, mark: &[u8], marks: &Marks) -> Result<(), Fault> {
        if mark.is_empty() && self.revision == 0 && self.audit_sequence == 0 {
            return Ok(());
        }
        if self.revision < 0 || self.audit_sequence < 0 {
            return Err(tampered("heads", "1", "it counts below zero"));
        }
        marks.check("heads", "1", &self.fields(), mark)
    }
}
