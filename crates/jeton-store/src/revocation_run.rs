//! Runs that revoke all tokens that a search finds, one marked row for each: a run outlives the process that began it, and every node
//! can tell how far it is.
//!
//! A batch and how far the run is are written in one transaction. Who works on a run holds it for a while, and loses it by silence; where
//! two take themselves for the holder, the row's version lets only one of them go on.

mod begin;
mod row;
mod step;

use crate::{
    error::{Result, StoreError},
    store::{Store, read::read},
};
use jeton_core::{
    change::Revision,
    id::{OrganisationId, RequestId, TokenId},
    timestamp::Timestamp,
};
use std::net::IpAddr;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRun {
    /// The request that began it.
    pub id: RequestId,
    /// Whose tokens.
    pub organisation: OrganisationId,
    /// The search, as the query of an address.
    pub search: String,
    /// How many tokens fitted when it began.
    pub found: u64,
    /// When it began: tokens that are issued from then on are left alone.
    pub began_at: Timestamp,
    /// Who began it, as the audit names them.
    pub began_by: String,
    /// From where.
    pub client_ip: Option<IpAddr>,
    /// The token that asked for it, which is left alone.
    pub spared: Option<TokenId>,
    /// Why, as a word.
    pub reason: Option<String>,
    /// More words on that.
    pub comment: Option<String>,
    /// How it stands.
    pub state: RunState,
    /// How many tokens it revoked.
    pub revoked: u64,
    /// The newest place in the change log that it made.
    pub revision: Revision,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Where its next batch begins.
    place: Option<String>,
    /// Until when somebody is taken to work on it.
    held_until: Timestamp,
    /// Rises with every change.
    version: i64,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It is under way.
    Running,
    /// Everything that fitted is revoked.
    Done,
    /// It broke off; what it revoked stays revoked.
    Failed(String),
}

/// A run about to begin.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The request that begins it.
    pub id: RequestId,
    /// Whose tokens.
    pub organisation: OrganisationId,
    /// The search, as the query of an address.
    pub search: String,
    /// How many tokens fit.
    pub found: u64,
    /// The token that asks.
    pub spared: Option<TokenId>,
    /// Why, as a word.
    pub reason: Option<String>,
    /// More words on that.
    pub comment: Option<String>,
}

impl RunState {
    /// Its word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed(_) => "failed",
        }
    }
}

impl RevocationRun {
    /// Whether it is under way.
    pub fn is_running(&self) -> bool {
        self.state == RunState::Running
    }
}

impl Store {
    /// A run of an organisation.
    pub async fn show_revocation_run(&self, owner: OrganisationId, id: RequestId) -> Result<RevocationRun> {
        let found = read!(self, link => row::by_id(link, self.marks(), id))?;
        found.filter(|run| run.organisation == owner).ok_or(StoreError::NotFound("run"))
    }
    /// The run of a search that is under way.
    pub async fn revocation_run_under_way(&self, owner: OrganisationId, search: &str) -> Result<Option<RevocationRun>> {
        read!(self, link => row::under_way(link, self.marks(), owner, search))
    }
    /// The newest runs of an organisation.
    pub async fn newest_revocation_runs(&self, owner: OrganisationId, limit: usize) -> Result<Vec<RevocationRun>> {
        read!(self, link => row::newest(link, self.marks(), owner, limit))
    }
}
