//! What the program tells a gate, and what a gate tells of itself. Decides nothing.

use super::Gate;
use crate::{catalogue::Directory, memory::IdScan, port::Catalogue, settings::Settings, spend::QuotaUse};
use jeton_core::{
    api::Api,
    change::{Change, Revision},
    facts::TokenRecord,
    id::{ApiId, OrganisationId},
    jose::KeySet,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

impl Gate {
    /// Forgets what changes touched. To be called with the changes of this process after their commit and before their maker
    /// is answered, and with those of others as the change log brings them. Changes of APIs and of signing keys ask the
    /// program to load these again: [`Gate::set_catalogue`], [`Gate::set_keys`].
    pub fn apply(&self, changes: &[Change]) {
        self.inner.around.memory.apply(changes, self.now());
    }
    /// The change log was read to its end at the instant `at`, and everything up to `head` was applied, catalogue and keys
    /// included. To be called at each look into the log, whether it brought a change or not: from then on the memory is
    /// trusted for [`Settings::max_staleness`]. `at` is taken before the log is read.
    pub fn reached(&self, head: Revision, at: Instant) {
        self.inner.around.memory.freshness.reached(head, at);
    }
    /// Whether the memory is trusted at present: the change log was read to its end not too long ago.
    pub fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age <= self.inner.settings.max_staleness)
    }
    /// How long ago the memory was known to be up to date; `None` when it never was.
    pub fn age(&self) -> Option<Duration> {
        self.inner.around.memory.freshness.age(self.inner.around.clock.instant())
    }
    /// Up to which change this gate is true.
    pub fn applied(&self) -> Revision {
        self.inner.around.memory.freshness.applied()
    }
    /// Puts tokens into memory that were read at `as_of`, such as at a start; says how many were kept.
    pub fn remember(&self, records: &[TokenRecord], as_of: Revision) -> usize {
        self.inner.around.memory.fill_many(records, as_of, self.now())
    }
    /// How many tokens are in memory.
    pub fn held(&self) -> usize {
        self.inner.around.memory.held()
    }
    /// Hands over every token in memory, a part of them at a time, such as to keep them across a restart. What is handed over was
    /// true at [`Gate::applied`], read before, or later.
    pub fn each_held(&self, mut take: impl FnMut(&TokenRecord)) {
        self.inner.around.memory.each_held(|known| {
            if let Some(record) = known.to_record() {
                take(&record);
            }
        });
    }
    /// Begins a scan of all token ids, about `expected` of them; see [`IdScan`]. Begin it before the ids are read.
    pub fn scan_ids(&self, expected: usize) -> IdScan<'_> {
        self.inner.around.memory.scan(expected)
    }
    /// Whether made-up ids are refused without a look-up. Where not, a scan is due.
    pub fn knows_ids(&self) -> bool {
        self.inner.around.memory.knows_ids()
    }
    /// Replaces the catalogue of APIs.
    pub fn set_catalogue(&self, catalogue: Catalogue) {
        self.inner.directory.store(Arc::new(Directory::new(catalogue)));
    }
    /// Replaces the keys that verify JWTs of this system. Where a key is gone, JWTs that it verified are forgotten.
    pub fn set_keys(&self, keys: KeySet) {
        self.inner.jwts.set_keys(keys);
    }
    /// The API with this audience.
    pub fn api(&self, audience: &str) -> Option<Arc<Api>> {
        self.inner.directory.load().find(audience).map(|listing| Arc::clone(&listing.api))
    }
    /// The APIs of an organisation, by audience.
    pub fn apis_of(&self, organisation: OrganisationId) -> Vec<Arc<Api>> {
        let directory = self.inner.directory.load();
        let mut apis: Vec<Arc<Api>> = directory.apis().filter(|api| api.organisation == organisation).map(Arc::clone).collect();
        apis.sort_by(|a, b| a.audience.cmp(&b.audience));
        apis
    }
    /// The API of this id.
    pub fn api_of(&self, id: ApiId) -> Option<Arc<Api>> {
        self.inner.directory.load().find_id(id).map(|listing| Arc::clone(&listing.api))
    }
    /// What was spent of running quotas, to be kept across a restart. Of shared ones the ledger knows.
    pub fn quotas(&self) -> Vec<QuotaUse> {
        self.inner.spender.quotas(self.now())
    }
    /// Takes back what [`Gate::quotas`] gave.
    pub fn restore_quotas(&self, uses: &[QuotaUse]) {
        self.inner.spender.restore(uses);
    }
    /// Brings the gauges up to date; to be called before metrics are rendered.
    pub fn observe(&self) {
        let around = &self.inner.around;
        let as_f64 = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        around.meters.memory.set(as_f64(around.memory.held()));
        around.meters.unknown.set(as_f64(around.memory.unknown_held()));
        around.meters.seen_jwts.set(as_f64(self.inner.jwts.len()));
        around.meters.spenders.set(as_f64(self.inner.spender.len()));
        around.meters.leased.set(as_f64(self.inner.spender.leased()));
        around.meters.replays.set(as_f64(self.inner.replays.len()));
        let age = around.memory.freshness.age(around.clock.instant());
        around.meters.staleness.set(age.map_or(f64::INFINITY, |age| age.as_secs_f64()));
        around.meters.revision.set(as_f64(usize::try_from(self.applied().0).unwrap_or(usize::MAX)));
    }
    /// What this gate was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}
