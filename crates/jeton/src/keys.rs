//! Signing keys: one chain of them for each algorithm, made at first start or first use, sealed at rest, published before they
//! sign, retired after the last token they signed has expired. Never signs with a key that verifiers have not had time to fetch,
//! unless an operator says so or it is the first of its chain, before which nobody had anything to verify.

mod chain;
mod issue;
mod schedule;

use crate::config::SigningConfig;
use arc_swap::ArcSwap;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use jeton_core::{
    change::Revision,
    jose::{Algorithm, KeyFault, KeySet, SigningKey, VerifyingKey},
    master_key::KeyRing,
    seal,
    timestamp::Timestamp,
};
use jeton_store::{
    Store, StoreError,
    audit::Actor,
    key::{NewKey, StoredKey},
};
use schedule::Schedule;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Mutex;

/// The keys of this installation as they are at present.
pub struct Keys {
    store: Store,
    ring: Arc<KeyRing>,
    algorithm: Algorithm,
    schedule: Schedule,
    current: ArcSwap<Loaded>,
    /// Held by whoever makes the first key of a chain, so that a burst of requests makes one.
    beginning: Mutex<()>,
}

/// What was read from the store last.
struct Loaded {
    stored: Vec<StoredKey>,
    /// Opened private halves, by `kid`.
    private: HashMap<String, Arc<SigningKey>>,
    public: Arc<KeySet>,
    jwks: PublishedKeys,
}

/// The key set as `/oauth/jwks` answers it.
#[derive(Clone, Debug)]
pub struct PublishedKeys {
    /// The JSON document.
    pub body: Bytes,
    /// Its entity tag, quotes included.
    pub etag: String,
}

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysFault {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored key does not open or is not sound.
    #[error("signing key `{kid}` cannot be used: {why}")]
    Unusable {
        /// Which key.
        kid: String,
        /// Why.
        why: String,
    },
    /// A new key could not be made.
    #[error("a signing key {0}")]
    NotMade(#[from] KeyFault),
    /// No key signs at present.
    #[error("no signing key is in use yet")]
    NoneSigns,
}

/// When a new key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// After it has been in the key set for the configured time.
    Published,
    /// At once: verifiers that keep the old key set for a while refuse its first tokens.
    Now,
}

impl Keys {
    /// Reads the keys, and makes the one that signs access tokens where there is none. The chains of the other algorithms begin
    /// a little later ([`Keys::keep_schedule_at`]) or when they are first needed: a start does not wait for them.
    pub async fn start(store: Store, ring: Arc<KeyRing>, config: &SigningConfig, now: Timestamp) -> Result<Self, KeysFault> {
        let algorithm = Algorithm::parse_signing(&config.algorithm).unwrap_or(Algorithm::Es256);
        let schedule = Schedule { rotate_every: config.rotate_every.0, publish_before: config.publish_before.0 };
        let current = ArcSwap::from_pointee(Loaded::default());
        let keys = Self { store, ring, algorithm, schedule, current, beginning: Mutex::new(()) };
        keys.reload_at(now).await?;
        if keys.current.load().stored.is_empty() {
            keys.begin_at(algorithm, now).await?;
        }
        Ok(keys)
    }

    /// Reads the keys again: the change log says that they changed, or time has passed.
    pub async fn reload_at(&self, now: Timestamp) -> Result<(), KeysFault> {
        let stored = self.store.signing_keys().await?;
        let live: Vec<StoredKey> = stored.into_iter().filter(|key| key.removed_at.is_none_or(|at| now < at)).collect();
        let known = self.current.load();
        let mut private = HashMap::new();
        for key in &live {
            let opened = match known.private.get(&key.kid) {
                Some(opened) => Arc::clone(opened),
                None => Arc::new(open(&self.ring, key)?),
            };
            private.insert(key.kid.clone(), opened);
        }
        let public = live.iter().map(|key| public_half(key, &private)).collect::<Result<Vec<_>, _>>()?;
        let public = KeySet::new(public).map_err(|fault| KeysFault::Unusable { kid: "key set".into(), why: fault.to_string() })?;
        let jwks = PublishedKeys::of(&public);
        self.current.store(Arc::new(Loaded { stored: live, private, public: Arc::new(public), jwks }));
        Ok(())
    }

    /// The key that signs access tokens at `now`: the newest of the configured algorithm whose time to sign has come, or of any
    /// while a configured one is still being published.
    pub fn signing_at(&self, now: Timestamp) -> Result<Arc<SigningKey>, KeysFault> {
        let current = self.current.load();
        let signing = chain::signing_at(&current.stored, self.algorithm, now).or_else(|| chain::any_signing_at(&current.stored, now));
        signing.and_then(|key| current.private.get(&key.kid)).cloned().ok_or(KeysFault::NoneSigns)
    }

    /// The key that signs with `algorithm` at `now`. Where that chain has not begun, its first key is made here.
    pub async fn signing_with_at(&self, algorithm: Algorithm, now: Timestamp) -> Result<Arc<SigningKey>, KeysFault> {
        if let Some(key) = self.chain_signing_at(algorithm, now) {
            return Ok(key);
        }
        self.begin_at(algorithm, now).await?;
        self.chain_signing_at(algorithm, now).ok_or(KeysFault::NoneSigns)
    }

    fn chain_signing_at(&self, algorithm: Algorithm, now: Timestamp) -> Option<Arc<SigningKey>> {
        let current = self.current.load();
        chain::needed_at(&current.stored, algorithm, now).and_then(|key| current.private.get(&key.kid)).cloned()
    }

    /// Makes the first key of a chain, unless it was made meanwhile.
    async fn begin_at(&self, algorithm: Algorithm, now: Timestamp) -> Result<(), KeysFault> {
        let _alone = self.beginning.lock().await;
        if chain::newest(&self.current.load().stored, algorithm).is_some() {
            return Ok(());
        }
        // Access tokens are signed on with the present keys until whoever verifies them has had time to fetch this one.
        let others = algorithm == self.algorithm && !self.current.load().stored.is_empty();
        let signs_from = if others { now.plus(self.schedule.publish_before) } else { now };
        self.add_or_follow(algorithm, now, signs_from).await
    }

    /// The public halves of all keys that verify.
    pub fn public(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.load().public)
    }

    /// The key set to publish.
    pub fn published(&self) -> PublishedKeys {
        self.current.load().jwks.clone()
    }

    /// The keys as stored, the newest last.
    pub fn list(&self) -> Vec<StoredKey> {
        self.current.load().stored.clone()
    }

    /// Makes and publishes a new key, and puts the end of the older ones of its algorithm down.
    pub async fn rotate_at(
        &self,
        actor: &Actor,
        algorithm: Option<Algorithm>,
        takeover: Takeover,
        now: Timestamp,
    ) -> Result<StoredKey, KeysFault> {
        let signs_from = match takeover {
            Takeover::Published => now.plus(self.schedule.publish_before),
            Takeover::Now => now,
        };
        let key = self.add(actor, algorithm.unwrap_or(self.algorithm), now, signs_from).await?;
        self.reload_at(now).await?;
        Ok(key)
    }

    /// Takes a key back: what it signed is good no more. Where it is the newest of its algorithm, another one signs at once.
    pub async fn revoke_at(&self, actor: &Actor, kid: &str, now: Timestamp) -> Result<Revision, KeysFault> {
        let newest = |algorithm| chain::newest(&self.current.load().stored, algorithm).is_some_and(|key| key.kid == kid);
        if let Some(algorithm) = Algorithm::SIGNING.into_iter().find(|algorithm| newest(*algorithm)) {
            self.rotate_at(actor, Some(algorithm), Takeover::Now, now).await?;
        }
        let revision = self.store.revoke_key(kid, actor).await?;
        self.reload_at(now).await?;
        Ok(revision)
    }

    /// Publishes the next key of each algorithm when its time has come, and begins the chains that have not begun. Called now and
    /// then on each node; only one of them succeeds.
    pub async fn keep_schedule_at(&self, now: Timestamp) -> Result<(), KeysFault> {
        for algorithm in Algorithm::SIGNING {
            let newest = chain::newest(&self.current.load().stored, algorithm).map(|key| key.signs_from);
            match newest {
                None => self.begin_at(algorithm, now).await?,
                Some(newest) => {
                    if let Some(signs_from) = self.schedule.due_at(newest, now) {
                        self.add_or_follow(algorithm, now, signs_from).await?;
                    }
                }
            }
        }
        let removed = self.current.load().stored.iter().any(|key| key.removed_at.is_some_and(|at| at <= now));
        if removed { self.reload_at(now).await } else { Ok(()) }
    }

    /// Adds a key, unless another node was quicker; either way the keys are as the store has them afterwards.
    async fn add_or_follow(&self, algorithm: Algorithm, now: Timestamp, signs_from: Timestamp) -> Result<(), KeysFault> {
        match self.add(&Actor::system(now), algorithm, now, signs_from).await {
            Ok(key) => tracing::info!(kid = key.kid, %algorithm, signs_from = %key.signs_from, "the next signing key was published"),
            Err(KeysFault::Store(StoreError::Conflict(_))) => {}
            Err(error) => return Err(error),
        }
        self.reload_at(now).await
    }

    async fn add(&self, actor: &Actor, algorithm: Algorithm, now: Timestamp, signs_from: Timestamp) -> Result<StoredKey, KeysFault> {
        // RSA takes a moment to be made: not on a thread that serves others.
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await;
        let key = made.map_err(|_| KeyFault::NotGenerated)??;
        let kid = key.kid().to_owned();
        let mut nonce = [0; 12];
        rand::fill(&mut nonce);
        let sealed_private = seal::seal(&self.ring, &context(&kid), &key.to_pkcs8()?, nonce)
            .map_err(|fault| KeysFault::Unusable { kid: kid.clone(), why: fault.to_string() })?;
        let stored = StoredKey {
            public_jwk: key.public().to_jwk().to_string(),
            algorithm: algorithm.as_str().into(),
            kid,
            sealed_private,
            published_at: now,
            signs_from,
            removed_at: None,
        };
        let known = chain::newest(&self.current.load().stored, algorithm).map(|key| key.kid.clone());
        let new = NewKey { key: stored.clone(), after: known, older_removed_at: schedule::older_removed_at(signs_from) };
        self.store.insert_key(actor, new).await?;
        Ok(stored)
    }
}

impl Default for Loaded {
    fn default() -> Self {
        let public = KeySet::default();
        Self { stored: Vec::new(), private: HashMap::new(), jwks: PublishedKeys::of(&public), public: Arc::new(public) }
    }
}

impl PublishedKeys {
    fn of(keys: &KeySet) -> Self {
        let body = keys.to_jwks().to_string();
        let hash = digest::digest(&digest::SHA256, body.as_bytes());
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash.as_ref()));
        Self { body: body.into(), etag }
    }
}

/// Whether `key`, one of `keys`, is the one that signs with its algorithm at `now`.
pub fn signs_at(keys: &[StoredKey], key: &StoredKey, now: Timestamp) -> bool {
    Algorithm::parse_signing(&key.algorithm).and_then(|algorithm| chain::signing_at(keys, algorithm, now)) == Some(key)
}

/// What the sealed private half is bound to.
fn context(kid: &str) -> Vec<u8> {
    format!("signing_key:{kid}").into_bytes()
}

fn open(ring: &KeyRing, key: &StoredKey) -> Result<SigningKey, KeysFault> {
    let unusable = |why: String| KeysFault::Unusable { kid: key.kid.clone(), why };
    let algorithm = Algorithm::parse_signing(&key.algorithm).ok_or_else(|| unusable("its algorithm is not known".into()))?;
    let private = seal::open(ring, &context(&key.kid), &key.sealed_private).map_err(|fault| unusable(fault.to_string()))?;
    let opened = SigningKey::from_pkcs8(algorithm, &private).map_err(|fault| unusable(fault.to_string()))?;
    if opened.kid() == key.kid { Ok(opened) } else { Err(unusable("it is stored under another key's name".into())) }
}

/// The public half of the opened key: what is published is what signs, whatever the stored JWK says.
fn public_half(key: &StoredKey, private: &HashMap<String, Arc<SigningKey>>) -> Result<VerifyingKey, KeysFault> {
    let opened = private.get(&key.kid).map(|opened| opened.public().clone());
    opened.ok_or_else(|| KeysFault::Unusable { kid: key.kid.clone(), why: "it was not opened".into() })
}
