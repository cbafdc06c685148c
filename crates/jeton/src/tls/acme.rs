//! Certificates by ACME (RFC 8555): obtained when there is none, and again when a third of the life of the present one is left. That the
//! domains are ours is shown on the listener's own port, in the handshake (TLS-ALPN-01, RFC 8737).
//!
//! Must never show a certificate that proves a domain to anybody but who asks for it by the protocol of the challenge.

mod challenge;
mod order;
mod store;

pub use challenge::{Challenges, PROTOCOL, is_challenge};

use super::{Certificate, pair::Pair};
use crate::config::AcmeConfig;
use jeton_core::{limits, timestamp::Timestamp};
use jeton_gate::port::Clock;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::AcmeFolder;

/// How often it is looked at least whether another certificate is due: the clock may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(3600);
/// The rest after the first failure; each one doubles it.
const FIRST_REST: Duration = Duration::from_secs(30);
/// The longest rest after a failure.
const LONGEST_REST: Duration = Duration::from_secs(6 * 3600);

/// Why a certificate was not obtained.
#[derive(Debug, thiserror::Error)]
pub enum AcmeFault {
    /// The server, or the way to it.
    #[error("the ACME server: {0}")]
    Server(#[from] instant_acme::Error),
    /// It offers no challenge that can be met here.
    #[error("the ACME server offers no `tls-alpn-01` challenge for `{0}`")]
    NoChallenge(String),
    /// It did not find the domains to be ours.
    #[error("the ACME server does not find the domains to be ours ({0}): does each lead to this listener, at port 443?")]
    NotProved(String),
    /// The certificate of a challenge could not be made.
    #[error("the certificate of a challenge cannot be made: {0}")]
    Challenge(String),
    /// A file.
    #[error("`{path}`: {why}")]
    File {
        /// Which one.
        path: String,
        /// Why.
        why: std::io::Error,
    },
}

/// Where what was obtained lies.
pub(super) fn pair(data: &Path) -> Pair {
    let folder = AcmeFolder::below(data);
    Pair::awaited(folder.certificate(), folder.key())
}

/// Obtains certificates for as long as it runs. What comes is taken up by [`Certificate::follow_files`].
pub async fn keep_up(config: AcmeConfig, data: PathBuf, certificate: Arc<Certificate>, clock: Arc<dyn Clock>) {
    let Some(challenges) = &certificate.challenges else { return };
    let folder = AcmeFolder::below(&data);
    let mut rest = FIRST_REST;
    loop {
        let wait = due_in_at(&folder, &config, clock.now());
        if !wait.is_zero() {
            tokio::time::sleep(wait.min(LOOK_EVERY)).await;
            continue;
        }
        match order::obtain(&config, &folder, challenges).await {
            Ok(()) => {
                tracing::info!(domains = ?config.domains, "a certificate was obtained by ACME");
                rest = FIRST_REST;
            }
            Err(error) => {
                tracing::error!(%error, retry_seconds = rest.as_secs(), "no certificate was obtained by ACME");
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(LONGEST_REST);
            }
        }
    }
}

/// How long it is until the present certificate should be followed by another. No time at all where there is none, it is for other
/// domains, or too little of its life is left.
fn due_in_at(folder: &AcmeFolder, config: &AcmeConfig, now: Timestamp) -> Duration {
    let Some((from, until)) = folder.life(&config.domains) else { return Duration::ZERO };
    let last_part = until.since(from).as_micros() / limits::ACME_RENEWED_IN_THE_LAST;
    Duration::from_micros(u64::try_from(until.since(now).as_micros().saturating_sub(last_part)).unwrap_or(0))
}
