//! Reading: a connection of the pool, a deadline, and no connection that did not answer is used again.

use super::Store;
use crate::{
    error::{Result, StoreError},
    fault::{Fault, Severity},
    link::Link,
};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection};
use std::time::Duration;
use tokio::time::error::Elapsed;

/// The reading connections.
#[derive(Clone)]
pub(crate) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// One reading connection, borrowed from the pool.
pub(crate) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Readers {
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// What looks at a whole table may take this many deadlines: with ten million rows it takes more than one.
const WALK: u32 = 10;

impl Reader {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(own) => Link::Sqlite(own),
            Self::Postgres(own) => Link::Postgres(own),
        }
    }
    /// Gives the connection back, or throws it away where it failed.
    pub(crate) fn settle<T>(
        mut self,
        answer: std::result::Result<std::result::Result<T, Fault>, Elapsed>,
        deadline: Duration,
    ) -> Result<T> {
        let answer = answer.unwrap_or(Err(Fault::Late(deadline)));
        if let Err(fault) = &answer
            && fault.severity() == Some(Severity::Engine)
        {
            match &mut self {
                Self::Sqlite(own) => own.close_on_drop(),
                Self::Postgres(own) => own.close_on_drop(),
            }
        }
        answer.map_err(StoreError::from)
    }
}

impl Store {
    /// A reading connection, and how long an answer on it may take.
    pub(crate) async fn reader(&self) -> Result<(Reader, Duration)> {
        let deadline = self.shared().deadline;
        let acquiring = async {
            Ok::<_, Fault>(match &self.inner.readers {
                Readers::Sqlite(pool) => Reader::Sqlite(pool.acquire().await?),
                Readers::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
            })
        };
        let reader = tokio::time::timeout(deadline, acquiring).await.map_err(|_| Fault::Late(deadline))??;
        Ok((reader, deadline))
    }
    /// The same for what looks at a whole table. A connection whose server was told to be patient is not used for anything else afterwards.
    pub(crate) async fn patient_reader(&self) -> Result<(Reader, Duration)> {
        let (mut reader, deadline) = self.reader().await?;
        let patience = deadline.saturating_mul(WALK);
        if let Reader::Postgres(own) = &mut reader {
            own.close_on_drop();
            let longer = "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false)";
            let allowed = sqlx::query(longer).bind(patience.as_millis().to_string()).execute(&mut **own);
            tokio::time::timeout(patience, allowed).await.map_err(|_| Fault::Late(patience))?.map_err(Fault::from)?;
        }
        Ok((reader, patience))
    }
}

/// Reads within the deadline: `read!(store, link => rows_of(link, id))`, where `rows_of` gives a `Result<_, Fault>`. What was
/// read too early, while a newer row was being committed, is read again.
macro_rules! read {
    ($store:expr, $link:ident => $work:expr) => {
        $crate::store::read::read_with!($store, reader, $link => $work)
    };
}

/// The same for what looks at a whole table, which nobody waits for who is in a hurry.
macro_rules! walk {
    ($store:expr, $link:ident => $work:expr) => {
        $crate::store::read::read_with!($store, patient_reader, $link => $work)
    };
}

macro_rules! read_with {
    ($store:expr, $reader:ident, $link:ident => $work:expr) => {{
        loop {
            let known = $store.marks().floors.taken_in();
            let (mut reader, deadline) = $store.$reader().await?;
            let answer = {
                let mut link = reader.link();
                let $link = &mut link;
                tokio::time::timeout(deadline, $work).await
            };
            if !matches!(&answer, Ok(Err(fault)) if fault.may_have_been_early(known)) {
                break reader.settle(answer, deadline);
            }
        }
    }};
}

pub(crate) use {read, read_with, walk};
