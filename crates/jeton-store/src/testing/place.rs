//! A place for one store: a fresh database of either engine, a folder outside of it, a master key. Gone when dropped.

use super::Cluster;
use crate::{OpenOptions, Store, error::Result, store::Engine};
use jeton_core::master_key::{KeyRing, MasterKey};
use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Where a test's store lives.
#[derive(Debug)]
pub struct Place {
    /// Which engine.
    pub engine: Engine,
    /// The database's URL.
    pub url: String,
    /// The master keys.
    pub ring: Arc<KeyRing>,
    folder: PathBuf,
}

#[expect(clippy::expect_used, reason = "only tests run this, and a test without its place must fail loudly")]
impl Place {
    /// A fresh one.
    pub fn new(engine: Engine) -> Self {
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).expect("the system gives randomness");
        let folder = std::env::temp_dir().join(format!("jeton-place-{}", crate::outside::hex(&random)));
        fs::DirBuilder::new().mode(0o700).create(&folder).expect("a temporary folder");
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.join("jeton.db").display()),
            Engine::Postgres => Cluster::shared().fresh_database(),
        };
        Self { engine, url, ring: Arc::new(KeyRing::of(MasterKey::from_random([7; 32]))), folder }
    }
    /// The folder that everything of this place is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// The folder outside the database.
    pub fn outside(&self) -> PathBuf {
        self.folder.join("outside")
    }
    /// How a store is opened here.
    pub fn options(&self) -> OpenOptions {
        OpenOptions { url: self.url.clone(), ring: Arc::clone(&self.ring), outside: self.outside(), deadline: Duration::from_secs(5) }
    }
    /// Opens the store.
    pub async fn try_open(&self) -> Result<Store> {
        Store::open(self.options()).await
    }
    /// Opens the store, which must work.
    pub async fn open(&self) -> Store {
        self.try_open().await.expect("the store opens")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Does what only somebody with the database's password can do: executes a statement beside the store.
#[expect(clippy::expect_used, reason = "only tests run this, and a test that cannot meddle must fail loudly")]
pub async fn execute(url: &str, statement: &str) -> u64 {
    try_execute(url, statement).await.expect("the statement is executed")
}

/// The same, for statements that the database itself may refuse.
pub async fn try_execute(url: &str, statement: &str) -> Result<u64> {
    let source = crate::store::open::Source::parse(url, Duration::from_secs(10))?;
    let mut conn = source.connect(Duration::from_secs(10)).await?;
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    let done = crate::link::each!(&mut conn.link(), c => sqlx::query(statement).execute(c).await.map(|done| done.rows_affected()));
    conn.close().await.map_err(crate::fault::Fault::Engine)?;
    Ok(done.map_err(crate::fault::Fault::Engine)?)
}
