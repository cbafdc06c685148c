//! The authority: store, gate, keys and clock, wired together once and shared by every request. Never decides by itself.

use crate::{
    config::Config,
    follower::Progress,
    gates::Gates,
    keys::Keys,
    mail::Mail,
    oauth::{
        client_auth::{Signatures, Throttle},
        clients::Clients,
        device::Guesses,
        introspect::{ParticularsMemory, UsernameMemory},
        origins::Origins,
        status_lists::StatusLists,
    },
    overview::Overviews,
    passkeys::Passkeys,
    problem::Problem,
    recorder::Recorder,
    rules::RulesMemory,
    sharing::Turning,
    sign_in::SignIns,
    verifiers::Verifiers,
};
use jeton_core::{
    change::Revision,
    fault::Invalid,
    id::{OrganisationId, ProjectId},
    name::Audience,
    oauth::subject::SubjectKey,
    timestamp::Timestamp,
    token_text::Brand,
};
use jeton_gate::{check::Gate, clock::SystemClock, entrance::Entrance, port::Clock, proxy::ProxyService};
use jeton_store::{Store, page::PageRequest};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The name of the project that API keys belong to where none is named.
pub const DEFAULT_PROJECT: &str = "default";

/// How long a change of APIs or keys may take to reach this process's own gate.
const TAKING_IN: Duration = Duration::from_secs(2);

/// The authority.
pub struct Authority {
    /// What was configured.
    pub config: Arc<Config>,
    /// The memory.
    pub store: Store,
    /// The door.
    pub gate: Gate,
    /// The door for calls that come over HTTP: the check endpoint and the proxy.
    pub entrance: Entrance,
    /// The proxy for configured routes.
    pub proxy: ProxyService,
    /// The signing keys.
    pub keys: Arc<Keys>,
    /// The time.
    pub clock: Arc<SystemClock>,
    /// The record of use.
    pub recorder: Arc<Recorder>,
    /// What stands in front of each token's text.
    pub brand: Option<Brand>,
    /// Hosts that belong to configured routes alone: nothing of the authority is served there.
    pub claimed_hosts: Vec<Box<str>>,
    /// Whether no route is guarded here: then everything that comes is for the authority.
    pub has_no_routes: bool,
    /// How far this process has taken the change log in.
    pub progress: Progress,
    /// Who decides on tokens out of a memory of its own, and how far each is.
    pub verifiers: Arc<Verifiers>,
    /// Held while somebody leases of the limits of this node, or of its database.
    pub limits: Arc<Turning>,
    /// What is kept for gates elsewhere.
    pub gates: Gates,
    /// What is kept of OAuth clients.
    pub clients: Arc<Clients>,
    /// The project of each organisation that API keys belong to where none is named.
    pub default_projects: parking_lot::RwLock<HashMap<OrganisationId, ProjectId>>,
    /// What organisations lay down, as it was read of late.
    pub rules: RulesMemory,
    /// Told when a run begins that revokes many tokens.
    pub revoking: Arc<tokio::sync::Notify>,
    /// What pairwise subjects follow from.
    pub subjects: SubjectKey,
    /// Failures of client authentication.
    pub client_failures: Throttle,
    /// Signatures of clients that were verified.
    pub client_signatures: Signatures,
    /// Origins of browser apps.
    pub origins: Origins,
    /// What never changes about tokens that were introspected.
    pub particulars: ParticularsMemory,
    /// Names of people that introspection told a moment ago.
    pub usernames: UsernameMemory,
    /// The status lists that were made last.
    pub status_lists: StatusLists,
    /// User codes of devices that were mistyped.
    pub user_code_guesses: Guesses,
    /// Told when logout tokens wait to be delivered.
    pub logouts: Arc<tokio::sync::Notify>,
    /// Passwords that are being checked, and who tried of late.
    pub sign_ins: SignIns,
    /// What was counted of each organisation.
    pub overviews: Overviews,
    /// What is written to people.
    pub mail: Mail,
    /// What passkeys are for and from where they are taken.
    pub passkeys: Passkeys,
    /// Cancelled when the program is told to end: long answers end then.
    pub stopping: CancellationToken,
}

/// The authority as handlers hold it.
pub type Shared = Arc<Authority>;

impl Authority {
    /// Now, by the program's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// Waits until this process has taken a change in, APIs and keys included. Bounded: a process that lags behind its own
    /// change says nothing wrong, only something old, and its memory is told apart by its revision.
    pub async fn took_in(&self, revision: Revision) {
        if !self.progress.clone().wait_for(revision, TAKING_IN).await {
            tracing::warn!(%revision, "a change of this process was not taken in at once");
        }
    }
    /// Whether this is the audience of the management interface.
    pub fn is_management(&self, audience: &Audience) -> bool {
        audience.as_str() == self.config.issuer
    }
    /// The project that API keys belong to where none is named, as it was when it was last looked up: whoever uses it lets the
    /// store compare its name, and says here when it was an old one.
    pub async fn default_project(&self, organisation: OrganisationId) -> Result<ProjectId, Problem> {
        let remembered = self.default_projects.read().get(&organisation).copied();
        if let Some(id) = remembered {
            return Ok(id);
        }
        let found = self.look_up_default_project(organisation).await?;
        self.default_projects.write().insert(organisation, found);
        Ok(found)
    }
    /// The default project was another one by now.
    pub fn forget_default_project(&self, organisation: OrganisationId) {
        self.default_projects.write().remove(&organisation);
    }
    async fn look_up_default_project(&self, organisation: OrganisationId) -> Result<ProjectId, Problem> {
        let mut after = None;
        loop {
            let page = PageRequest { after, limit: jeton_core::limits::PAGE_MAX };
            let page = self.store.list_projects(organisation, page).await?;
            if let Some(found) = page.items.iter().find(|project| project.name.as_str() == DEFAULT_PROJECT) {
                return Ok(found.id);
            }
            after = page.next;
            if after.is_none() {
                let rule = format!("is required for API keys where the organisation has no project `{DEFAULT_PROJECT}`");
                return Err(Problem::field("project", &Invalid::new(rule)));
            }
        }
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("issuer", &self.config.issuer).field("store", &self.store).finish_non_exhaustive()
    }
}
