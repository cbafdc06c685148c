//! Somebody who gives an account its first way in: by an invitation, or as the first owner. A password or a passkey, and a name.

use crate::{
    authority::Authority,
    http::Context,
    links::LinkSecret,
    passkeys::{self, Challenge, PasskeyFault, PasskeyName},
    password::{self, Busy, Password},
    session::{self, Started, cookie},
    sign_in::METHOD,
    users,
};
use aws_lc_rs::digest;
use http::HeaderMap;
use jeton_core::{fault::Invalid, id::UserId, name::Name};
use jeton_store::{
    StoreError,
    account_link::{AccountLink, FirstWay, InvitedUser, LinkKind, SetUpOwner},
    audit::Actor,
    user::{Role, User},
};

/// What somebody filled in.
#[derive(Debug)]
pub struct Newcomer<'a> {
    /// The name to sign in with.
    pub name: &'a str,
    /// The e-mail address; empty for none.
    pub email: &'a str,
    /// How to sign in.
    pub way: Way<'a>,
}

/// How somebody will sign in.
#[derive(Debug)]
pub enum Way<'a> {
    /// By a password.
    Password(Password),
    /// By a passkey: the state in its form, and its answer.
    Passkey {
        /// What stood sealed in the form.
        state: &'a str,
        /// What the authenticator answered.
        answer: &'a str,
    },
}

/// Why an account was not made somebody's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewcomerFault {
    /// The link is not good, or not any more.
    #[error("the link is not good any more")]
    Link,
    /// A field breaks a rule.
    #[error("`{0}` {1}")]
    Field(&'static str, Invalid),
    /// The passkey.
    #[error(transparent)]
    Passkey(#[from] PasskeyFault),
    /// Too much is going on.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The memory.
    #[error(transparent)]
    Store(StoreError),
}

/// The link behind a secret, while it is good.
pub async fn find_link(authority: &Authority, secret: &LinkSecret, kind: LinkKind) -> Result<Option<AccountLink>, StoreError> {
    authority.store.find_link_at(secret.digest(), kind, authority.now()).await
}

/// What the page of a link needs for a passkey in place of a password; nothing where there can be none.
pub fn challenge(authority: &Authority, secret: &LinkSecret, link: &AccountLink, browser: &str) -> Option<Challenge> {
    let name = link.email.as_deref().unwrap_or("your account");
    passkeys::challenge_for_new(authority, browser, account_of(secret, link), name).ok()
}

/// Makes an account by an invitation, and signs its owner in.
pub async fn accept_invitation(
    authority: &Authority,
    secret: &LinkSecret,
    newcomer: Newcomer<'_>,
    headers: &HeaderMap,
    context: Context,
) -> Result<Started, NewcomerFault> {
    let link = find_link(authority, secret, LinkKind::Invitation).await?.ok_or(NewcomerFault::Link)?;
    let actor = actor(authority, context);
    let id = account_of(secret, &link);
    let (name, email, way, methods) = read(authority, id, link.email.clone(), newcomer, headers, &actor).await?;
    let role = link.role.unwrap_or(Role::Developer);
    let user = User { id, organisation: link.organisation, name, email, role, disabled: false, created_at: actor.at, version: 1 };
    let user = authority.store.accept_invitation(secret.digest(), InvitedUser { user, way }, actor).await?;
    Ok(session::start(authority, &user, methods, headers, context).await?)
}

/// Makes the first owner's account somebody's, and signs the owner in.
pub async fn set_up_owner(
    authority: &Authority,
    secret: &LinkSecret,
    newcomer: Newcomer<'_>,
    headers: &HeaderMap,
    context: Context,
) -> Result<Started, NewcomerFault> {
    let link = find_link(authority, secret, LinkKind::Setup).await?.ok_or(NewcomerFault::Link)?;
    let actor = actor(authority, context);
    let (name, email, way, methods) = read(authority, account_of(secret, &link), None, newcomer, headers, &actor).await?;
    let user = authority.store.set_up_owner(secret.digest(), SetUpOwner { name, email, way }, actor).await?;
    Ok(session::start(authority, &user, methods, headers, context).await?)
}

/// The account that a link is about. That of an invitation follows from its secret, so that a passkey can be made for it beforehand.
fn account_of(secret: &LinkSecret, link: &AccountLink) -> UserId {
    link.user.unwrap_or_else(|| {
        let hash = digest::digest(&digest::SHA256, &[b"jeton invited account ".as_slice(), &secret.digest()].concat());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
        UserId::from_random(bytes)
    })
}

fn actor(authority: &Authority, context: Context) -> Actor {
    Actor { who: "nobody".to_owned(), at: authority.now(), request: Some(context.request), client_ip: context.client_ip }
}

type Read = (Name, Option<String>, FirstWay, &'static [&'static str]);

/// What was filled in, judged; with how a sign-in by it counts.
async fn read(
    authority: &Authority,
    id: UserId,
    known_email: Option<String>,
    newcomer: Newcomer<'_>,
    headers: &HeaderMap,
    actor: &Actor,
) -> Result<Read, NewcomerFault> {
    let name = Name::parse(newcomer.name.trim()).map_err(|rule| NewcomerFault::Field("name", rule))?;
    let typed = Some(newcomer.email.trim()).filter(|email| !email.is_empty()).map(str::to_owned);
    let email = known_email.or(typed);
    if let Some(email) = &email {
        users::email_rule(email).map_err(|rule| NewcomerFault::Field("email", rule))?;
    }
    match newcomer.way {
        Way::Password(password) => {
            let judged = password::judge_and_hash_for(authority, password, name.as_str(), email.as_deref()).await?;
            let hash = judged.map_err(|rule| NewcomerFault::Field("password", rule))?;
            Ok((name, email, FirstWay::Password(hash), &[METHOD]))
        }
        Way::Passkey { state, answer } => {
            let browser = cookie::value(headers, cookie::BROWSER).ok_or(PasskeyFault::Stale)?;
            let registered = passkeys::register_new(authority, browser, id, (state, answer)).await?;
            let called = PasskeyName::parse("").map_err(|rule| NewcomerFault::Field("name", rule))?;
            let passkey = registered.named(id, called, actor);
            Ok((name, email, FirstWay::Passkey(Box::new(passkey)), &["pop", "user", session::MULTI_FACTOR]))
        }
    }
}

impl From<StoreError> for NewcomerFault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) | StoreError::Conflict(_) => Self::Link,
            StoreError::Exists(_) => Self::Field("name", Invalid::new("is taken by somebody else here: choose another one")),
            error => Self::Store(error),
        }
    }
}
