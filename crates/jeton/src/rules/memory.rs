//! The rules of organisations as they were a moment ago, so that issuing does not read them each time. Another node's change is heard of
//! within a second; this process's own at once.

use jeton_core::{id::OrganisationId, limits, token_rules::TokenRules};
use parking_lot::RwLock;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long rules are kept.
const LIFE: Duration = Duration::from_millis(limits::RULES_LIFE.as_micros().unsigned_abs() / 1000);

/// What was read of late.
#[derive(Debug, Default)]
pub struct RulesMemory(RwLock<HashMap<OrganisationId, (Instant, Arc<TokenRules>)>>);

impl RulesMemory {
    /// The rules of an organisation, where they were read a moment ago.
    pub fn recall(&self, organisation: OrganisationId) -> Option<Arc<TokenRules>> {
        let kept = self.0.read();
        kept.get(&organisation).filter(|(at, _)| at.elapsed() < LIFE).map(|(_, rules)| Arc::clone(rules))
    }
    /// Keeps what was read.
    pub fn keep(&self, organisation: OrganisationId, rules: Arc<TokenRules>) {
        self.0.write().insert(organisation, (Instant::now(), rules));
    }
    /// They were changed.
    pub fn forget(&self, organisation: OrganisationId) {
        self.0.write().remove(&organisation);
    }
}
