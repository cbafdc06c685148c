//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): delivers the logout tokens that wait, one node at a time for each,
//! and tries again for some hours where a client does not take one.
//!
//! Where a client is told is read from its registration at that moment; a token is signed for each try and kept nowhere.

use super::OAuthError;
use crate::authority::{Authority, Shared};
use futures_util::future::join_all;
use jeton_core::{
    jose::{Algorithm, Ended, LogoutTokenClaims},
    limits,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    audit::Actor,
    client::{Client, ClientState},
    logout::{DueLogout, LogoutOutcome},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often the queue is looked at where nobody says that something waits.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Deliveries at once.
const AT_ONCE: usize = 16;
/// For how long a delivery is nobody else's: longer than a fetch can take.
const LEASE: Span = Span::from_minutes(2);
/// The first wait after a failure; it doubles each time, up to the longest.
const FIRST_WAIT: Span = Span::from_seconds(10);
const LONGEST_WAIT: Span = Span::from_minutes(30);

/// What became of a try.
enum Failure {
    /// It may succeed later.
    Passing(String),
    /// It never will.
    Final(String),
}

/// Delivers until the program stops.
pub async fn deliver_until(authority: Shared, stop: CancellationToken) {
    loop {
        let stopping = tokio::select! {
            () = stop.cancelled() => true,
            () = authority.logouts.notified() => false,
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        if stopping {
            return;
        }
        while stop.run_until_cancelled(deliver_due(&authority)).await == Some(AT_ONCE) {}
    }
}

/// Delivers what is due, at most [`AT_ONCE`]; gives how many there were.
pub async fn deliver_due(authority: &Authority) -> usize {
    let due = match authority.store.claim_logouts(AT_ONCE, LEASE, authority.now()).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "logout tokens that wait could not be read");
            return 0;
        }
    };
    let count = due.len();
    join_all(due.into_iter().map(|one| deliver(authority, one))).await;
    count
}

async fn deliver(authority: &Authority, due: DueLogout) {
    let outcome = match send(authority, &due).await {
        Ok(()) => LogoutOutcome::Delivered,
        Err(Failure::Final(error)) => LogoutOutcome::GivenUp { error },
        Err(Failure::Passing(error)) => again_at(&due, error, authority.now()),
    };
    let (label, client) = (label(&outcome), due.client);
    metrics::counter!("jeton_logout_deliveries_total", "outcome" => label).increment(1);
    tracing::info!(%client, attempt = due.attempts + 1, outcome = label, "a logout token was sent");
    if let Err(error) = authority.store.settle_logout(due, outcome, Actor::system(authority.now())).await {
        // It is due again when its lease ends; a client that took it takes it twice, and knows its `sid`.
        tracing::warn!(%client, %error, "the outcome of a logout token could not be put down");
    }
}

const fn label(outcome: &LogoutOutcome) -> &'static str {
    match outcome {
        LogoutOutcome::Delivered => "delivered",
        LogoutOutcome::Again { .. } => "again",
        LogoutOutcome::GivenUp { .. } => "given_up",
    }
}

async fn send(authority: &Authority, due: &DueLogout) -> Result<(), Failure> {
    let (client, _) = authority.store.find_client_by_id(due.client).await.map_err(|error| Failure::Passing(error.to_string()))?;
    let client = client.filter(|client| client.state == ClientState::Approved);
    let client = client.ok_or_else(|| Failure::Final("the client is not approved any more".to_owned()))?;
    let address = client.registration.backchannel_logout_uri.as_deref().and_then(|uri| Url::parse(uri).ok());
    let address = address.ok_or_else(|| Failure::Final("the client wants no logout tokens any more".to_owned()))?;
    let token = sign(authority, &client, due).await.map_err(|error| Failure::Passing(error.description))?;
    // Neither base64url nor the dots between need an encoding.
    authority.clients.fetcher_of(&client).post_form(&address, format!("logout_token={token}")).await.map_err(|fault| match fault {
        crate::fetch::FetchFault::Forbidden(_) => Failure::Final(fault.to_string()),
        passing => Failure::Passing(passing.to_string()),
    })
}

/// The token, with the subject that this client knows.
async fn sign(authority: &Authority, client: &Client, due: &DueLogout) -> Result<String, OAuthError> {
    let unavailable = |fault: String| {
        tracing::error!(client = client.client_id, fault, "a logout token could not be signed");
        OAuthError::unavailable()
    };
    let subject = authority.subjects.subject_for(&client.registration, due.ended.user);
    let subject = subject.map_err(|fault| unavailable(fault.to_string()))?;
    let (now, session) = (authority.now(), due.ended.session.to_string());
    let id = jeton_core::id::RequestId::from_random(rand::random()).digits().to_owned();
    let claims = LogoutTokenClaims {
        issuer: &authority.config.issuer,
        client_id: &client.client_id,
        issued_at: now,
        expires_at: now.plus(limits::LOGOUT_TOKEN_LIFE),
        id: &id,
        ended: Ended::Session { subject: &subject, session: &session },
    };
    let registered = client.registration.id_token_signed_response_alg.as_deref().and_then(Algorithm::parse_signing);
    let signed = authority.keys.issue_logout_token_at(registered.unwrap_or(Algorithm::Rs256), &claims, now).await;
    Ok(signed.map_err(|fault| unavailable(fault.to_string()))?.expose().to_owned())
}

/// When it is tried again, unless it waited too long already.
fn again_at(due: &DueLogout, error: String, now: Timestamp) -> LogoutOutcome {
    let doubled = FIRST_WAIT.as_micros().saturating_mul(1 << due.attempts.min(20));
    let at = now.plus(Span::from_micros(doubled.min(LONGEST_WAIT.as_micros())));
    if at > due.created_at.plus(limits::LOGOUT_LIFE) { LogoutOutcome::GivenUp { error } } else { LogoutOutcome::Again { error, at } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::id::{ClientId, OrganisationId, SessionId, UserId};
    use jeton_store::logout::LoggedOut;

    #[test]
    fn waits_grow_and_end() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let ended = LoggedOut {
            user: UserId::from_random([1; 16]),
            organisation: OrganisationId::from_random([2; 16]),
            session: SessionId::from_random([3; 16]),
        };
        let client = ClientId::from_random([4; 16]);
        let mut due = DueLogout { id: "a".into(), client, uri: String::new(), ended, attempts: 0, created_at: start };
        let (mut now, mut waits) = (start, Vec::new());
        while let LogoutOutcome::Again { at, .. } = again_at(&due, "no".into(), now) {
            waits.push(at.since(now).as_seconds_up());
            (now, due.attempts) = (at, due.attempts + 1);
            assert!(waits.len() < 100, "it never ends");
        }
        assert_eq!(waits[..4], [10, 20, 40, 80]);
        assert_eq!(waits.iter().max(), Some(&1800));
        assert!(now.since(start) > Span::from_hours(5) && now.since(start) <= limits::LOGOUT_LIFE);
    }
}
