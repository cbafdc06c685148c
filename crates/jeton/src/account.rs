//! What people do with their own accounts: another password, another name or address, a forgotten password. Nobody's else.

use crate::{
    authority::Authority,
    http::Context,
    links::LinkSecret,
    mail::{Errand, Notice},
    oauth::logout,
    password::{self, Busy, Password},
    session::SignedIn,
    users,
};
use jeton_core::{fault::Invalid, limits, name::Name, timestamp::Span};
use jeton_store::{
    StoreError,
    account_link::LinkKind,
    password::KeptSessions,
    user::{User, UserEdit},
};

/// Why something about an account was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountFault {
    /// A field breaks a rule.
    #[error("`{0}` {1}")]
    Field(&'static str, Invalid),
    /// Too many tries.
    #[error("too many attempts")]
    TooMany(Span),
    /// The link is not good any more.
    #[error("the link is not good any more")]
    Link,
    /// Too much is going on.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The memory.
    #[error(transparent)]
    Store(StoreError),
}

/// Another password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The present one; not looked at where there is none yet.
    pub old: Password,
    /// The one from now on.
    pub new: Password,
    /// Whether to end the sessions at other browsers.
    pub end_others: bool,
}

/// Changes the password of who is signed in. The present one is asked for: an open browser is not enough.
pub async fn change_password(
    authority: &Authority,
    signed_in: &SignedIn,
    change: PasswordChange,
    context: Context,
) -> Result<(), AccountFault> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    check_present(authority, &user, change.old, context).await?;
    let judged = password::judge_and_hash_for(authority, change.new, user.name.as_str(), user.email.as_deref()).await?;
    let hash = judged.map_err(|rule| AccountFault::Field("password", rule))?;
    let kept = if change.end_others { KeptSessions::One(signed_in.session) } else { KeptSessions::All };
    let actor = signed_in.actor(authority.now(), context);
    let (_, ended) = authority.store.change_password(user.organisation, user.id, hash, kept, actor).await?;
    for ended in &ended {
        logout::tell_clients(authority, ended).await;
    }
    tell(authority, &user, Notice::PasswordChanged);
    Ok(())
}

async fn check_present(authority: &Authority, user: &User, old: Password, context: Context) -> Result<(), AccountFault> {
    let Some(hash) = authority.store.password_of(user.id).await? else { return Ok(()) };
    let (throttle, now) = (&authority.sign_ins.throttle, authority.now());
    let name = format!("present password of {}", user.id);
    let attempt = throttle.begin_at(&name, context.client_ip, now).map_err(AccountFault::TooMany)?;
    let wrong = || AccountFault::Field("old", Invalid::new("is not your present password"));
    if old.is_too_long() || authority.sign_ins.hasher.compare(old, vec![Some(hash)]).await?.is_none() {
        return Err(wrong());
    }
    throttle.succeeded_at(&attempt, now);
    Ok(())
}

/// Changes the name and the address of who is signed in. Another address has to be verified; whether mail was sent for that.
pub async fn change_profile(
    authority: &Authority,
    signed_in: &SignedIn,
    (name, email): (&str, &str),
    context: Context,
) -> Result<bool, AccountFault> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    let name = Name::parse(name.trim()).map_err(|rule| AccountFault::Field("name", rule))?;
    let email = Some(email.trim()).filter(|email| !email.is_empty()).map(str::to_owned);
    if let Some(email) = &email {
        users::email_rule(email).map_err(|rule| AccountFault::Field("email", rule))?;
    }
    let is_other = email != user.email && email.is_some();
    let edit = UserEdit { name: Some(name), email: Some(email), ..UserEdit::default() };
    let actor = signed_in.actor(authority.now(), context);
    let edited = authority.store.edit_user(user.organisation, user.id, user.version, edit, actor).await?;
    Ok(is_other && ask_to_verify(authority, edited.user, context))
}

/// Sends the link that verifies the address of who is signed in; whether it is under way.
pub async fn verify_email(authority: &Authority, signed_in: &SignedIn, context: Context) -> Result<bool, AccountFault> {
    let user = authority.store.show_user(signed_in.organisation, signed_in.user).await?;
    Ok(ask_to_verify(authority, user, context))
}

fn ask_to_verify(authority: &Authority, user: User, context: Context) -> bool {
    let admitted = user.email.as_deref().is_some_and(|email| authority.mail.pace.admits_to(email, authority.now()));
    if !admitted || !authority.mail.is_there() {
        return false;
    }
    authority.mail.run(Errand::Verify { user: Box::new(user), context });
    true
}

/// Somebody forgot a password. Whether there is such an account shows in nothing: it is looked for elsewhere, and later.
pub fn ask_for_reset(authority: &Authority, name: &str, context: Context) -> Result<(), AccountFault> {
    let (pace, now) = (&authority.mail.pace, authority.now());
    if !pace.admits_from(context.client_ip, now) {
        return Err(AccountFault::TooMany(limits::MAIL_WINDOW));
    }
    // Beyond its share a name gets no mail, and the same answer.
    if name.len() <= limits::SIGN_IN_NAME_MAX && pace.admits_to(name, now) {
        authority.mail.run(Errand::Reset { name: name.trim().to_owned(), context });
    }
    Ok(())
}

/// Chooses another password by a link, which is used up; all sessions of the account end, second factors stay.
pub async fn reset_password(authority: &Authority, secret: &LinkSecret, new: Password, context: Context) -> Result<(), AccountFault> {
    let now = authority.now();
    let link = authority.store.find_link_at(secret.digest(), LinkKind::Reset, now).await?.ok_or(AccountFault::Link)?;
    let id = link.user.ok_or(AccountFault::Link)?;
    let user = authority.store.show_user(link.organisation, id).await?;
    let judged = password::judge_and_hash_for(authority, new, user.name.as_str(), user.email.as_deref()).await?;
    let hash = judged.map_err(|rule| AccountFault::Field("password", rule))?;
    let (user, ended) = authority.store.reset_password(secret.digest(), hash, by_link(now, context)).await?;
    for ended in &ended {
        logout::tell_clients(authority, ended).await;
    }
    tell(authority, &user, Notice::PasswordChanged);
    Ok(())
}

/// Confirms an address by a link, which is used up.
pub async fn confirm_email(authority: &Authority, secret: &LinkSecret, context: Context) -> Result<User, AccountFault> {
    Ok(authority.store.confirm_email(secret.digest(), by_link(authority.now(), context)).await?)
}

/// Tells somebody by mail, where that is possible, of what was changed.
pub fn tell(authority: &Authority, user: &User, notice: Notice) {
    authority.mail.run(Errand::Tell { organisation: user.organisation, user: user.id, notice });
}

/// Who acts by a link, until it is known whose it is.
fn by_link(at: jeton_core::timestamp::Timestamp, context: Context) -> jeton_store::audit::Actor {
    jeton_store::audit::Actor { who: "nobody".to_owned(), at, request: Some(context.request), client_ip: context.client_ip }
}

impl From<StoreError> for AccountFault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound("link" | "user") => Self::Link,
            StoreError::Exists(_) => Self::Field("name", Invalid::new("is taken by somebody else here: choose another one")),
            error => Self::Store(error),
        }
    }
}
