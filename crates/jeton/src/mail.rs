//! Mail: what has to be written to people is put in a queue, and sent beside the threads that answer requests. So an answer takes the same
//! time whether or not there is somebody to write to.
//!
//! Links in mails are built from the configured issuer alone, never from what a request says of its host.

mod errand;
mod letter;
mod pace;
mod server;

pub use errand::{Errand, Notice, work_until};
pub use letter::Letter;
pub use pace::Pace;
pub use server::{MailFault, Server};

use crate::config::MailConfig;
use jeton_core::limits;
use parking_lot::Mutex;
use tokio::sync::mpsc;

/// The post office of this process.
#[derive(Debug)]
pub struct Mail {
    server: Option<Server>,
    queue: mpsc::Sender<Errand>,
    waiting: Mutex<Option<mpsc::Receiver<Errand>>>,
    /// How often somebody may have mail sent.
    pub pace: Pace,
}

impl Mail {
    /// As it is configured.
    pub fn new(config: &MailConfig) -> Result<Self, MailFault> {
        let (queue, waiting) = mpsc::channel(limits::MAILS_WAITING_MAX);
        Ok(Self { server: Server::of(config)?, queue, waiting: Mutex::new(Some(waiting)), pace: Pace::default() })
    }
    /// Whether mail can be sent at all.
    pub const fn is_there(&self) -> bool {
        self.server.is_some()
    }
    /// Has an errand run. Where there is no mail, or too much of it waits, nothing comes of it.
    pub fn run(&self, errand: Errand) {
        if self.is_there() && self.queue.try_send(errand).is_err() {
            tracing::warn!("too many messages wait to be sent: one is left out");
            metrics::counter!("jeton_mails_total", "outcome" => "left_out").increment(1);
        }
    }
}
