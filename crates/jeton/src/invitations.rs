//! Invitations: somebody without an account makes one, with the role that the invitation gives. Nobody invites above his own role: only
//! owners invite owners.

use crate::{
    authority::Authority,
    caller::Caller,
    links::{self, IssuedLink, LinkFor},
    mail::Errand,
    problem::{Problem, ProblemCode},
    users,
};
use jeton_core::{fault::Invalid, id::LinkId};
use jeton_store::{
    account_link::AccountLink,
    page::{Page, PageRequest},
    user::Role,
};
use serde::Deserialize;

/// Somebody to be invited.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// The e-mail address that the account will have.
    #[schema(min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// `owner`, `operator`, `approver`, `developer` (default) or `auditor`.
    #[schema(pattern = "^(owner|operator|approver|developer|auditor)$")]
    pub role: Option<String>,
    /// Whether to send the link to the address. Where it is not sent, the answer holds it. Without a word it is sent where there is an
    /// address and mail is configured.
    pub send: Option<bool>,
}

/// An invitation that was issued.
#[derive(Debug)]
pub struct Invited {
    /// The role that it gives.
    pub role: Role,
    /// The address that it is for.
    pub email: Option<String>,
    /// Its id.
    pub id: LinkId,
    /// The link to hand over, where it was not sent.
    pub link: IssuedLink,
    /// Whether it was sent.
    pub sent: bool,
}

/// Invites somebody.
pub async fn invite(authority: &Authority, caller: &Caller, asked: InviteRequest) -> Result<Invited, Problem> {
    let role = asked.role.as_deref().map_or(Ok(Role::Developer), users::role)?;
    if let Some(email) = &asked.email {
        users::email_rule(email).map_err(|rule| Problem::field("email", &rule))?;
    }
    users::owners_alone(authority, caller, role == Role::Owner).await?;
    let to = asked.email.clone().filter(|_| asked.send.unwrap_or_else(|| authority.mail.is_there()));
    match (&to, asked.send) {
        (None, Some(true)) => return Err(Problem::field("email", &Invalid::new("is needed to send the invitation"))),
        (Some(_), _) if !authority.mail.is_there() => {
            return Err(Problem::field("send", &Invalid::new("needs mail, which is not configured: hand the link over instead")));
        }
        _ => {}
    }
    let now = authority.now();
    if to.as_deref().is_some_and(|to| !authority.mail.pace.admits_to(to, now)) {
        return Err(Problem::new(ProblemCode::Conflict, "this address was written to often enough for now: try again in an hour"));
    }
    let link = LinkFor::invitation(caller.organisation(), role, asked.email.clone(), to.is_some());
    let link = links::issue(authority, link, caller.actor(now)).await?;
    let (id, sent) = (link.id, to.is_some());
    if let Some(to) = to {
        let copy = IssuedLink { id, url: link.url.clone(), expires_at: link.expires_at };
        authority.mail.run(Errand::Invite { to, link: copy });
    }
    Ok(Invited { role, email: asked.email, id, link, sent })
}

/// The invitations that wait.
pub async fn list(authority: &Authority, caller: &Caller, page: PageRequest) -> Result<Page<AccountLink>, Problem> {
    Ok(authority.store.list_invitations_at(caller.organisation(), authority.now(), page).await?)
}

/// Withdraws one that waits. One that makes an owner is withdrawn by owners alone.
pub async fn withdraw(authority: &Authority, caller: &Caller, id: LinkId) -> Result<(), Problem> {
    let found = authority.store.show_invitation(caller.organisation(), id).await?;
    users::owners_alone(authority, caller, found.role == Some(Role::Owner)).await?;
    authority.store.withdraw_invitation(caller.organisation(), id, caller.actor(authority.now())).await?;
    Ok(())
}
