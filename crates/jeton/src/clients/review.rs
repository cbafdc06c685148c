//! Approving, rejecting, suspending and resuming clients.

use super::{ApproveClientRequest, RejectClientRequest, SuspendClientRequest, waiting};
use crate::{authority::Authority, caller::Caller, http::condition, problem::Problem, rules};
use jeton_core::{change::Revision, fault::Invalid, id::ClientId, limits, oauth::client_change::part_scopes};
use jeton_store::client::{Client, ClientMove};

/// Approves what waits of a client that is at `version`: all of it, or with fewer scopes.
pub async fn approve(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    version: i64,
    asked: ApproveClientRequest,
) -> Result<(Client, Revision), Problem> {
    rules::check_approver(authority, caller).await?;
    let before = authority.store.show_client(caller.organisation(), id).await?;
    if before.version != version {
        return Err(condition::outdated(before.version));
    }
    let mut registration = waiting(&before).clone();
    if let Some(scopes) = asked.scopes {
        if let Some(other) = scopes.iter().find(|scope| !registration.scopes().covers(scope)) {
            return Err(Problem::field(
                "scopes",
                &Invalid::new(format!("must be among those that the client asks for (`{other}` is not)")),
            ));
        }
        registration.scope = Some(part_scopes(&registration.scopes(), &scopes).to_spaced());
    }
    go(authority, caller, id, Some(version), ClientMove::Approve { registration: Box::new(registration) }).await
}

/// Rejects what waits of a client that is at `version`.
pub async fn reject(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    version: i64,
    asked: RejectClientRequest,
) -> Result<(Client, Revision), Problem> {
    rules::check_approver(authority, caller).await?;
    check_reason(&asked.reason)?;
    go(authority, caller, id, Some(version), ClientMove::Reject { reason: asked.reason }).await
}

/// Suspends a client and all of its tokens, at once.
pub async fn suspend(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    asked: SuspendClientRequest,
) -> Result<(Client, Revision), Problem> {
    if let Some(reason) = &asked.reason {
        check_reason(reason)?;
    }
    go(authority, caller, id, None, ClientMove::Suspend { reason: asked.reason }).await
}

/// Ends a suspension.
pub async fn resume(authority: &Authority, caller: &Caller, id: ClientId) -> Result<(Client, Revision), Problem> {
    go(authority, caller, id, None, ClientMove::Resume).await
}

async fn go(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    version: Option<i64>,
    to: ClientMove,
) -> Result<(Client, Revision), Problem> {
    Ok(authority.store.move_client(caller.organisation(), id, version, to, caller.actor(authority.now())).await?)
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    let fits = (1..=limits::COMMENT_MAX).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    let rule = format!("must be 1 to {} characters without control characters", limits::COMMENT_MAX);
    Err(Problem::field("reason", &Invalid::new(rule)))
}
