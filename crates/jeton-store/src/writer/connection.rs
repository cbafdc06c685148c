//! The writer's own connection: made when needed, thrown away when it fails.

use crate::{
    fault::Fault,
    link::Conn,
    store::{Shared, open::Source},
};
use sqlx::Connection as _;
use std::{future::Future, sync::Arc, time::Duration};

pub(crate) struct Connection {
    source: Source,
    pub(crate) shared: Arc<Shared>,
    open: Option<Conn>,
}

impl Connection {
    pub(crate) const fn new(source: Source, shared: Arc<Shared>) -> Self {
        Self { source, shared, open: None }
    }
    /// The connection, made anew where the last one failed.
    pub(crate) async fn conn(&mut self) -> Result<(&mut Conn, &Shared), Fault> {
        let conn = match self.open.take() {
            Some(conn) => conn,
            None => self.source.connect_writer(self.shared.deadline).await?,
        };
        Ok((self.open.insert(conn), &self.shared))
    }
    /// Throws the connection away: what was not committed on it is rolled back by the engine.
    pub(crate) fn discard(&mut self) {
        self.open = None;
    }
    pub(crate) async fn close(&mut self) {
        let closing = async {
            match self.open.take() {
                Some(Conn::Sqlite(own)) => own.close().await,
                Some(Conn::Postgres(own)) => own.close().await,
                None => Ok(()),
            }
        };
        if let Ok(Err(error)) = tokio::time::timeout(self.shared.deadline, closing).await {
            tracing::warn!(%error, "the writer's connection did not close cleanly");
        }
    }
}

/// Bounds one step.
pub(crate) async fn within<T>(deadline: Duration, step: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::time::timeout(deadline, step).await.unwrap_or(Err(Fault::Late(deadline)))
}
