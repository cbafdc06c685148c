//! Where the database is and how to connect to it. Never logs the address: it may hold a password.

use super::{Engine, read::Readers};
use crate::{
    error::{Result, StoreError},
    fault::Fault,
    link::Conn,
};
use sqlx::{
    ConnectOptions, SqlitePool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{os::unix::fs::DirBuilderExt, os::unix::fs::OpenOptionsExt, str::FromStr, time::Duration};

/// Reading connections to a file.
const SQLITE_READERS: u32 = 4;
/// Reading connections to a server.
const POSTGRES_READERS: u32 = 8;
/// Memory for the writer's pages, as SQLite counts it: ids are random, and so are the pages that a group of them touches.
const WRITER_CACHE: &str = "-16000";
/// Pages that gather in the log before they are moved into the file: a page that many commits touch is moved once.
const WAL_PAGES: &str = "4000";
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;
/// Rows that SQLite's thread may be ahead of whoever reads them: a page of them changes hands once, not row by row.
const ROWS_AHEAD: usize = 1024;

/// A database, not yet connected to.
#[derive(Clone)]
pub(crate) enum Source {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

impl Source {
    /// Reads a URL.
    pub(crate) fn parse(url: &str, deadline: Duration) -> Result<Self> {
        let bad = |words: &str| StoreError::Conflict(format!("`database.url` {words}"));
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|_| bad("must be `sqlite://PATH`"))?;
            if options.get_filename().as_os_str().is_empty() {
                return Err(bad("must name a file: `sqlite://PATH`"));
            }
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(deadline)
                .statement_cache_capacity(STATEMENTS)
                .row_buffer_size(ROWS_AHEAD)
                .disable_statement_logging();
            return Ok(Self::Sqlite(Box::new(options)));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options =
                PgConnectOptions::from_str(url).map_err(|_| bad("must be `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`"))?;
            let millis = deadline.as_millis().max(1).to_string();
            let options = options
                .application_name("jeton")
                .statement_cache_capacity(STATEMENTS)
                .options([
                    ("statement_timeout", millis.as_str()),
                    ("lock_timeout", millis.as_str()),
                    ("idle_in_transaction_session_timeout", millis.as_str()),
                    ("synchronous_commit", "on"),
                ])
                .disable_statement_logging();
            return Ok(Self::Postgres(Box::new(options)));
        }
        Err(bad("must begin with `sqlite://` or `postgres://`"))
    }
    /// Which engine this is.
    pub(crate) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
    /// Makes the file and its folder where they are missing, readable by their owner alone.
    pub(crate) fn prepare(&self) -> Result<()> {
        let Self::Sqlite(options) = self else { return Ok(()) };
        let path = options.get_filename();
        let failed = |error: std::io::Error| {
            StoreError::Unavailable(format!("the file `{}` cannot be made or opened ({})", path.display(), error.kind()))
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(failed)?;
        Ok(())
    }
    /// Connects for writing.
    pub(crate) async fn connect(&self, deadline: Duration) -> std::result::Result<Conn, Fault> {
        let connecting = async {
            Ok(match self {
                Self::Sqlite(options) => {
                    let options = options.as_ref().clone().pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", WAL_PAGES);
                    Conn::Sqlite(Box::new(options.connect().await?))
                }
                Self::Postgres(options) => Conn::Postgres(Box::new(options.connect().await?)),
            })
        };
        tokio::time::timeout(deadline, connecting).await.map_err(|_| Fault::Late(deadline))?
    }
    /// Connects for writing again and again. What a statement may have to take back is kept in memory: in a file it would cost a write
    /// for each page that a group of rows touches. Not for migrations, which sort whole tables.
    pub(crate) async fn connect_writer(&self, deadline: Duration) -> std::result::Result<Conn, Fault> {
        match self {
            Self::Sqlite(options) => {
                Self::Sqlite(Box::new(options.as_ref().clone().pragma("temp_store", "MEMORY"))).connect(deadline).await
            }
            Self::Postgres(_) => self.connect(deadline).await,
        }
    }
    /// Connects for listening on a channel.
    pub(crate) async fn listener(&self, channel: &str, deadline: Duration) -> Result<PgListener> {
        let Self::Postgres(options) = self else {
            return Err(StoreError::Unavailable("only a server wakes its clients".to_owned()));
        };
        let connecting = async {
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(deadline).connect_lazy_with(options.as_ref().clone());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen(channel).await?;
            Ok::<_, Fault>(listener)
        };
        Ok(tokio::time::timeout(deadline, connecting).await.map_err(|_| Fault::Late(deadline))??)
    }
    /// Connects for reading.
    pub(crate) async fn readers(&self, deadline: Duration) -> Result<Readers> {
        match self {
            Self::Sqlite(options) => {
                let pool: SqlitePool = SqlitePoolOptions::new()
                    .max_connections(SQLITE_READERS)
                    .acquire_timeout(deadline)
                    .test_before_acquire(false)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with(options.as_ref().clone().read_only(true))
                    .await
                    .map_err(Fault::Engine)?;
                Ok(Readers::Sqlite(pool))
            }
            Self::Postgres(options) => {
                let pool = PgPoolOptions::new().max_connections(POSTGRES_READERS).acquire_timeout(deadline).test_before_acquire(false);
                let options = options.as_ref().clone().options([("default_transaction_read_only", "on")]);
                Ok(Readers::Postgres(pool.connect_with(options).await.map_err(Fault::Engine)?))
            }
        }
    }
}
