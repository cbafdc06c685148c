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
    /// A reading connection.
    pub(crate) async fn reader(&self) -> Result<Reader> {
        let deadline = self.shared().deadline;
        let acquiring = async {
            Ok::<_, Fault>(match &self.inner.readers {
                Readers::Sqlite(pool) => Reader::Sqlite(pool.acquire().await?),
                Readers::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
            })
        };
        Ok(tokio::time::timeout(deadline, acquiring).await.map_err(|_| Fault::Late(deadline))??)
    }
}

/// Reads within the deadline: `read!(store, link => rows_of(link, id))`, where `rows_of` gives a `Result<_, Fault>`. What was
/// read too early, while a newer row was being committed, is read again.
macro_rules! read {
    ($store:expr, $link:ident => $work:expr) => {{
        loop {
            let known = $store.marks().floors.taken_in();
            let deadline = $store.shared().deadline;
            let mut reader = $store.reader().await?;
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

pub(crate) use read;
