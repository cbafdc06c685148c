//! The store: opened once, cloned freely. Holds the readers, the queue of the writer and the keys of the marks.

mod migrate;
pub(crate) mod open;
pub(crate) mod read;

use crate::{
    error::Result,
    marks::Marks,
    outside::{Batch, Keeper},
    usage::SightingMemory,
    writer::{self, Unsettled},
};
use jeton_core::{
    change::{Change, Revision},
    master_key::KeyRing,
};
use std::{path::PathBuf, sync::Arc, sync::OnceLock, sync::atomic::AtomicU64, sync::atomic::Ordering, time::Duration};

/// How long bringing the tables up to date may take at least: a first start on a busy machine has more to do than one operation.
const MIGRATING: Duration = Duration::from_secs(30);

/// Which engine holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file beside the program.
    Sqlite,
    /// A server that speaks PostgreSQL's protocol.
    Postgres,
}

/// How to open a store.
#[derive(Clone)]
pub struct OpenOptions {
    /// `sqlite://path` or `postgres://…`. May hold a password: never logged.
    pub url: String,
    /// The master keys.
    pub ring: Arc<KeyRing>,
    /// The folder for what is kept outside the database: generation and journal.
    pub outside: PathBuf,
    /// How long any one operation may take before it counts as unavailable.
    pub deadline: Duration,
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = self.url.split_once(':').map_or("", |(scheme, _)| scheme);
        write!(f, "OpenOptions({scheme}, {}, {:?}, redacted)", self.outside.display(), self.deadline)
    }
}

/// Called with the changes of each commit, after it and before any of its operations is answered.
pub type CommitHook = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// Called before each commit that holds something that must never come back; the commit waits for it and fails with it. Gives
/// the batch's number in the journal.
pub(crate) type JournalHook = Arc<dyn Fn(&Batch) -> std::io::Result<u64> + Send + Sync>;

/// The store.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) source: open::Source,
    pub(crate) readers: read::Readers,
    pub(crate) queue: writer::Queue,
    pub(crate) shared: Arc<Shared>,
    pub(crate) keeper: OnceLock<Arc<Keeper>>,
}

/// What the writer and the readers both use.
pub(crate) struct Shared {
    pub(crate) marks: Marks,
    pub(crate) deadline: Duration,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) outside: PathBuf,
    hooks: parking_lot::RwLock<Vec<CommitHook>>,
    pub(crate) journal: parking_lot::RwLock<Option<JournalHook>>,
    /// What is in the journal and is not known to be committed.
    pub(crate) unsettled: Arc<parking_lot::Mutex<Unsettled>>,
    pub(crate) sightings: SightingMemory,
    head: AtomicU64,
    /// The newest place that this process's own writer committed.
    own_head: AtomicU64,
    /// The newest place that is known to be another process's doing.
    foreign_head: AtomicU64,
}

impl Store {
    /// Opens the database, brings its tables up to date, compares it with what is known of it outside, and starts the writer.
    /// Must be called within a runtime.
    pub async fn open(options: OpenOptions) -> Result<Self> {
        let store = Self::open_apart(options).await?;
        store.attach_outside().await?;
        Ok(store)
    }
    /// Opens the database without looking at what is outside: for a restore, which begins both anew.
    pub(crate) async fn open_apart(options: OpenOptions) -> Result<Self> {
        let source = open::Source::parse(&options.url, options.deadline)?;
        source.prepare()?;
        migrate::run(&source, options.deadline.max(MIGRATING)).await?;
        let readers = source.readers(options.deadline).await?;
        let shared = Arc::new(Shared {
            marks: Marks::new(&options.ring),
            deadline: options.deadline,
            ring: options.ring,
            outside: options.outside,
            hooks: parking_lot::RwLock::new(Vec::new()),
            journal: parking_lot::RwLock::new(None),
            unsettled: Arc::default(),
            sightings: SightingMemory::default(),
            head: AtomicU64::new(0),
            own_head: AtomicU64::new(0),
            foreign_head: AtomicU64::new(0),
        });
        let queue = writer::start(source.clone(), Arc::clone(&shared));
        let store = Self { inner: Arc::new(Inner { source, readers, queue, shared, keeper: OnceLock::new() }) };
        store.head().await?;
        store.refresh_cuts().await?;
        Ok(store)
    }
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        self.inner.source.engine()
    }
    /// The folder for what is kept outside the database.
    pub fn outside(&self) -> &std::path::Path {
        &self.inner.shared.outside
    }
    /// Whether other processes may work on the same data: a server's can be shared, a file belongs to one process.
    pub fn is_shared(&self) -> bool {
        self.engine() == Engine::Postgres
    }
    /// The master keys that rows are marked with.
    pub fn ring(&self) -> &KeyRing {
        &self.inner.shared.ring
    }
    /// Calls `hook` with the changes of every commit of this process from now on, in order, before its operations are answered;
    /// and with changes of other processes as soon as the writer comes across them. Must not block.
    pub fn subscribe_commits(&self, hook: CommitHook) {
        self.inner.shared.hooks.write().push(hook);
    }
    /// Answers what is queued, refuses what comes later, and closes all connections.
    pub async fn close(&self) {
        self.inner.queue.close().await;
        self.note_outside().await;
        if let Some(keeper) = self.inner.keeper.get() {
            keeper.release();
        }
        self.inner.readers.close().await;
    }
    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
    pub(crate) fn source(&self) -> &open::Source {
        &self.inner.source
    }
    pub(crate) fn marks(&self) -> &Marks {
        &self.inner.shared.marks
    }
    /// Does one write: queued, done in a transaction with its neighbours, answered when that is durable.
    pub(crate) async fn write<O: writer::Operation>(&self, operation: O) -> Result<O::Answer> {
        #[cfg(feature = "testing")]
        crate::testing::count();
        self.inner.queue.write(operation, self.inner.shared.deadline).await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.engine())
    }
}

impl Shared {
    /// The newest place in the change log that this process has seen; never ahead of what is committed.
    pub(crate) fn known_head(&self) -> Revision {
        Revision(self.head.load(Ordering::Acquire))
    }
    /// Takes note of a committed place.
    pub(crate) fn saw_head(&self, head: Revision) {
        self.head.fetch_max(head.0, Ordering::AcqRel);
    }
    /// The writer found the log at this place when it began a transaction: what it did not do itself, others did.
    pub(crate) fn writer_begins_at(&self, place: Revision) {
        if place.0 > self.own_head.load(Ordering::Acquire) {
            self.foreign_head.fetch_max(place.0, Ordering::AcqRel);
        }
    }
    /// The writer committed up to this place.
    pub(crate) fn writer_committed(&self, place: Revision) {
        self.own_head.fetch_max(place.0, Ordering::AcqRel);
    }
    /// The newest place that this process's own writer committed, and the newest that others did.
    pub(crate) fn own_and_foreign(&self) -> (Revision, Revision) {
        (Revision(self.own_head.load(Ordering::Acquire)), Revision(self.foreign_head.load(Ordering::Acquire)))
    }
    /// Forgets what was seen: the database was replaced by an older one, on purpose.
    pub(crate) fn forget_head(&self) {
        self.head.store(0, Ordering::Release);
        self.own_head.store(0, Ordering::Release);
    }
    /// Tells all subscribers of committed changes.
    pub(crate) fn publish(&self, changes: &[Change]) {
        if let Some(last) = changes.last() {
            for hook in self.hooks.read().iter() {
                hook(changes);
            }
            self.saw_head(last.revision);
        }
    }
}
