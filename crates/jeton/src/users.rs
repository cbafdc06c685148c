//! Users: added, edited, shut. Nobody gives a role above his own: only owners make owners.

use crate::{
    account,
    authority::Authority,
    caller::Caller,
    http::condition,
    json::present,
    links::{self, IssuedLink, LinkFor},
    mail::Notice,
    oauth::logout,
    password::{self, Password},
    problem::{Problem, ProblemCode},
};
use jeton_core::{change::Revision, fault::Invalid, id::UserId, name::Name};
use jeton_store::{
    StoreError,
    account_link::LinkKind,
    password::PasswordHash,
    user::{Role, User, UserEdit},
};
use serde::Deserialize;

/// A user to be added.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddUserRequest {
    /// The name to sign in with; one of a kind in the organisation.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub name: Name,
    /// The e-mail address.
    #[schema(min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// `owner`, `operator`, `approver`, `developer` (default) or `auditor`.
    #[schema(pattern = "^(owner|operator|approver|developer|auditor)$")]
    pub role: Option<String>,
    /// A password to sign in with. Never shown again.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 1024)]
    pub password: Option<Password>,
}

/// Another password for a user.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPasswordRequest {
    /// The password. Never shown again.
    #[schema(value_type = String, min_length = 8, max_length = 1024)]
    pub password: Password,
}

/// An edit of a user. What is there replaces; what is absent stays.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditUserRequest {
    /// The version that was read, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// A new name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub name: Option<Name>,
    /// Another e-mail address; `null` for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 3, max_length = 254)]
    pub email: Option<Option<String>>,
    /// Another role.
    #[schema(pattern = "^(owner|operator|approver|developer|auditor)$")]
    pub role: Option<String>,
    /// Shut the account (its tokens are suspended) or open it again (its tokens stay as they are).
    pub disabled: Option<bool>,
}

/// Longest address (RFC 5321, with the angle brackets off).
const EMAIL_MAX: usize = 254;

/// Adds a user.
pub async fn add(authority: &Authority, caller: &Caller, asked: AddUserRequest) -> Result<(User, Revision), Problem> {
    let now = authority.now();
    let role = asked.role.as_deref().map_or(Ok(Role::Developer), role)?;
    if let Some(email) = &asked.email {
        check_email(email)?;
    }
    owners_alone(authority, caller, role == Role::Owner).await?;
    let user = User {
        id: UserId::from_random(rand::random()),
        organisation: caller.organisation(),
        name: asked.name,
        email: asked.email,
        role,
        disabled: false,
        created_at: now,
        version: 1,
    };
    let user = match asked.password {
        Some(password) => {
            let hash = hashed(authority, password, &user).await?;
            authority.store.insert_user_with_password(user, hash, caller.actor(now)).await?
        }
        None => authority.store.insert_user(user, caller.actor(now)).await?,
    };
    Ok((user, authority.store.head().await?))
}

/// Gives a user a password, or another one, which ends the user's sessions.
pub async fn set_password(
    authority: &Authority,
    caller: &Caller,
    id: UserId,
    asked: SetPasswordRequest,
) -> Result<(User, Revision), Problem> {
    let user = authority.store.show_user(caller.organisation(), id).await?;
    owners_alone(authority, caller, user.role == Role::Owner).await?;
    let hash = hashed(authority, asked.password, &user).await?;
    let (user, ended) = authority.store.set_password(caller.organisation(), id, hash, caller.actor(authority.now())).await?;
    for ended in &ended {
        logout::tell_clients(authority, ended).await;
    }
    account::tell(authority, &user, Notice::PasswordChanged);
    Ok((user, authority.store.head().await?))
}

/// A link by which a user chooses another password, for an administrator to hand over.
pub async fn link(authority: &Authority, caller: &Caller, id: UserId) -> Result<IssuedLink, Problem> {
    let user = authority.store.show_user(caller.organisation(), id).await?;
    owners_alone(authority, caller, user.role == Role::Owner).await?;
    let link = LinkFor::of_user(LinkKind::Reset, &user, false);
    Ok(links::issue(authority, link, caller.actor(authority.now())).await?)
}

/// Takes a user's passkeys, one-time passwords and recovery codes away, and ends the user's sessions: a password is left, where there is
/// one.
pub async fn reset_factors(authority: &Authority, caller: &Caller, id: UserId) -> Result<(User, Revision), Problem> {
    let user = authority.store.show_user(caller.organisation(), id).await?;
    owners_alone(authority, caller, user.role == Role::Owner).await?;
    let ended = authority.store.reset_factors(caller.organisation(), id, caller.actor(authority.now())).await?;
    for ended in &ended {
        logout::tell_clients(authority, ended).await;
    }
    account::tell(authority, &user, Notice::FactorsReset);
    Ok((user, authority.store.head().await?))
}

/// Ends all sessions of a user.
pub async fn sign_out(authority: &Authority, caller: &Caller, id: UserId) -> Result<(User, Revision), Problem> {
    let user = authority.store.show_user(caller.organisation(), id).await?;
    owners_alone(authority, caller, user.role == Role::Owner).await?;
    let actor = caller.actor(authority.now());
    let ended = authority.store.end_sessions(user.id, None, "signed_out_by_administrator", actor).await?;
    for ended in &ended {
        logout::tell_clients(authority, ended).await;
    }
    Ok((user, authority.store.head().await?))
}

/// The hash of a password that is good enough for this user.
async fn hashed(authority: &Authority, password: Password, user: &User) -> Result<PasswordHash, Problem> {
    let judged = password::judge_and_hash_for(authority, password, user.name.as_str(), user.email.as_deref()).await;
    let judged = judged.map_err(|busy| Problem::new(ProblemCode::Unavailable, busy.to_string()))?;
    judged.map_err(|rule| Problem::field("password", &rule))
}

/// Edits a user who is at `version`; at whatever version it is where there is none.
pub async fn edit(
    authority: &Authority,
    caller: &Caller,
    id: UserId,
    version: Option<i64>,
    asked: EditUserRequest,
) -> Result<(User, Revision), Problem> {
    let before = authority.store.show_user(caller.organisation(), id).await?;
    if version.is_some_and(|version| version != before.version) {
        return Err(condition::outdated(before.version));
    }
    if let Some(Some(email)) = &asked.email {
        check_email(email)?;
    }
    if asked.disabled == Some(true) && caller.subject() == id.to_string() {
        return Err(Problem::new(ProblemCode::Conflict, "nobody shuts his own account: have another owner do it"));
    }
    let role = asked.role.as_deref().map(role).transpose()?;
    owners_alone(authority, caller, before.role == Role::Owner || role == Some(Role::Owner)).await?;
    let edit = UserEdit { name: asked.name, email: asked.email, role, disabled: asked.disabled };
    let actor = caller.actor(authority.now());
    let edited = authority.store.edit_user(caller.organisation(), id, before.version, edit, actor).await?;
    for ended in &edited.ended {
        logout::tell_clients(authority, ended).await;
    }
    Ok((edited.user, edited.revision))
}

/// Removes a user who has no live token any more.
pub async fn remove(authority: &Authority, caller: &Caller, id: UserId) -> Result<Revision, Problem> {
    let user = authority.store.show_user(caller.organisation(), id).await?;
    owners_alone(authority, caller, user.role == Role::Owner).await?;
    authority.store.remove_user(caller.organisation(), id, caller.actor(authority.now())).await?;
    Ok(authority.store.head().await?)
}

/// What concerns an owner's account is for owners: whoever could give one a password, or himself the role, would be one.
pub(crate) async fn owners_alone(authority: &Authority, caller: &Caller, concerns_owner: bool) -> Result<(), Problem> {
    if !concerns_owner {
        return Ok(());
    }
    let is_owner = match UserId::parse(caller.subject()) {
        Ok(id) => match authority.store.show_user(caller.organisation(), id).await {
            Ok(user) => user.role == Role::Owner && !user.disabled,
            Err(StoreError::NotFound(_)) => false,
            Err(error) => return Err(error.into()),
        },
        Err(_) => false,
    };
    if is_owner { Ok(()) } else { Err(Problem::new(ProblemCode::WiderThanCaller, "owners' accounts are changed by owners alone")) }
}

/// A role by its word.
pub(crate) fn role(text: &str) -> Result<Role, Problem> {
    let words = Role::ALL.map(Role::as_str).join("`, `");
    Role::parse(text).ok_or_else(|| Problem::field("role", &Invalid::new(format!("must be one of `{words}`"))))
}

fn check_email(email: &str) -> Result<(), Problem> {
    email_rule(email).map_err(|rule| Problem::field("email", &rule))
}

/// One `@`, something on both sides, nothing that is not printable: whether it is somebody's, only a message to it tells.
pub(crate) fn email_rule(email: &str) -> Result<(), Invalid> {
    let parts = email.split_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    let plain = email.len() <= EMAIL_MAX && !email.chars().any(|c| c.is_control() || c.is_whitespace());
    if parts.is_some() && plain {
        return Ok(());
    }
    Err(Invalid::new(format!("must be one e-mail address of at most {EMAIL_MAX} bytes")))
}
