//! What was fetched and read, held for as long as its server allows. One fetch at a time for an address; what failed is not held.

use super::{FetchFault, Fetcher};
use jeton_core::limits;
use quick_cache::sync::Cache;
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;
use url::Url;

/// Fetches that wait for each other share a lane.
const LANES: u64 = 256;

/// Documents that were read into `T`.
pub struct Held<T> {
    documents: Cache<Box<str>, Document<T>>,
    lanes: Box<[Mutex<()>]>,
    hasher: RandomState,
}

struct Document<T> {
    read: Arc<T>,
    fetched_at: Instant,
    until: Instant,
}

impl<T> Clone for Document<T> {
    fn clone(&self) -> Self {
        Self { read: Arc::clone(&self.read), fetched_at: self.fetched_at, until: self.until }
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self {
            documents: Cache::new(limits::FETCHED_REMEMBERED),
            lanes: (0..LANES).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl<T> std::fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

impl<T> Held<T> {
    /// What is held of this address, if anything.
    pub fn find(&self, url: &Url) -> Option<Arc<T>> {
        self.documents.get(url.as_str()).filter(|document| document.until > Instant::now()).map(|document| document.read)
    }
    /// The document of this address: as it is held, or fetched and read by `read`.
    pub async fn get(
        &self,
        fetcher: &Fetcher,
        url: &Url,
        most: usize,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<Arc<T>, FetchFault> {
        self.find_newer(fetcher, url, most, Duration::MAX, read).await
    }
    /// The same, fetched again where what is held is older than `age`.
    pub async fn find_newer(
        &self,
        fetcher: &Fetcher,
        url: &Url,
        most: usize,
        age: Duration,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<Arc<T>, FetchFault> {
        if let Some(held) = self.held(url, age) {
            return Ok(held);
        }
        let lane = usize::try_from(self.hasher.hash_one(url.as_str()) % LANES).unwrap_or_default();
        let _turn = match self.lanes.get(lane) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        };
        if let Some(held) = self.held(url, age) {
            return Ok(held);
        }
        let fetched = fetcher.get(url, most).await?;
        let read = read(&fetched.body).map_err(|why| {
            fetcher.was_malformed(url);
            FetchFault::Malformed(why)
        })?;
        let now = Instant::now();
        let document = Document { read: Arc::new(read), fetched_at: now, until: now + fetched.life };
        self.documents.insert(url.as_str().into(), document.clone());
        Ok(document.read)
    }
    fn held(&self, url: &Url, age: Duration) -> Option<Arc<T>> {
        let document = self.documents.get(url.as_str())?;
        let now = Instant::now();
        (document.until > now && now.duration_since(document.fetched_at) < age).then_some(document.read)
    }
}
