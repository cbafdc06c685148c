//! The session of a person who signed in: one for all apps. The cookie holds a random secret; stored is its SHA-256.
//!
//! A session that the browser had before a sign-in is never kept, so that nobody can be made to sign in to one that somebody
//! else knows.

pub mod cookie;
mod presence;

pub use presence::{Lack, Presence, current, presence};

use crate::{
    authority::Authority,
    http::Context,
    oauth::{OAuthError, logout},
    sign_in::known_browser,
};
use http::{HeaderMap, HeaderValue, header};
use jeton_core::{
    id::{OrganisationId, SessionId, UserId},
    limits, redact,
    timestamp::Timestamp,
};
use jeton_store::{
    StoreError,
    audit::Actor,
    session::{NewSession, RENEWED, Session, SessionLimits},
    user::User,
};

/// The authentication context class of a sign-in with a password alone.
pub const ACR_PASSWORD: &str = "urn:jeton:acr:password";
/// The class of a sign-in with two factors: a password and a one-time password, or a passkey whose authenticator knew its owner.
pub const ACR_MULTI_FACTOR: &str = "urn:jeton:acr:mfa";
/// How a sign-in with two factors counts among the methods (RFC 8176).
pub const MULTI_FACTOR: &str = "mfa";

/// Who is signed in at the browser that a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session; the `sid` of ID tokens and logout tokens.
    pub session: SessionId,
    /// The person.
    pub user: UserId,
    /// The person's organisation.
    pub organisation: OrganisationId,
    /// When the person last proved who it is.
    pub authenticated_at: Timestamp,
    /// How (RFC 8176): `pwd`, `otp`, `hwk` or `swk` with `user`, and `mfa` where that is two factors.
    pub methods: Vec<String>,
    /// The authentication context class that this comes to.
    pub acr: String,
}

/// A session that was started just now.
#[derive(Debug)]
pub struct Started {
    /// Who is signed in.
    pub signed_in: SignedIn,
    /// The cookie that holds its secret.
    pub set_cookie: HeaderValue,
    /// The cookie by which the browser is known from now on.
    pub known_browser: HeaderValue,
}

impl SignedIn {
    fn of(session: Session) -> Self {
        Self {
            session: session.id,
            user: session.user,
            organisation: session.organisation,
            authenticated_at: session.authenticated_at,
            acr: class_of(&session.methods).to_owned(),
            methods: session.methods,
        }
    }
    /// Whether it was a short while ago that the person proved who it is.
    pub fn is_fresh_at(&self, now: Timestamp) -> bool {
        now < self.authenticated_at.plus(limits::FRESH_SIGN_IN)
    }
    /// How the audit names what the person does.
    pub fn actor(&self, at: Timestamp, context: Context) -> Actor {
        actor(self.user, at, context)
    }
}

/// The authentication context class that methods come to.
fn class_of(methods: &[String]) -> &'static str {
    if methods.iter().any(|method| method == MULTI_FACTOR) { ACR_MULTI_FACTOR } else { ACR_PASSWORD }
}

/// How the audit names a person who acts.
fn actor(user: UserId, at: Timestamp, context: Context) -> Actor {
    Actor { who: format!("user:{user}"), at, request: Some(context.request), client_ip: context.client_ip }
}

/// How long sessions may last, as it is configured.
pub fn limits(authority: &Authority) -> SessionLimits {
    SessionLimits { idle: authority.config.oauth.session_idle.0, whole: authority.config.oauth.session.0 }
}

/// Who is signed in, where somebody is and the session is neither over nor ended; whatever the policy wants besides. Opens nothing but
/// the way out: whatever else asks who is there asks [`current`] or [`presence`](presence()).
pub async fn whoever(authority: &Authority, headers: &HeaderMap) -> Result<Option<SignedIn>, OAuthError> {
    Ok(current_session(authority, headers).await?.map(SignedIn::of))
}

/// The session behind the cookie. A row that was changed from outside is nobody's session; it was reported.
async fn current_session(authority: &Authority, headers: &HeaderMap) -> Result<Option<Session>, StoreError> {
    let Some(digest) = cookie::session_digest(headers) else { return Ok(None) };
    let now = authority.now();
    let found = match authority.store.find_session_at(digest, now, limits(authority)).await {
        Err(StoreError::Tampered { .. }) => None,
        found => found?,
    };
    if let Some(session) = &found
        && let Err(error) = authority.store.touch_session_at(session, now).await
    {
        tracing::warn!(%error, "the use of a session could not be written down");
    }
    Ok(found)
}

/// Starts a session of somebody who has just proved who it is. The one that the browser had before is ended; where it was the same
/// person's, the apps that it was used for go on with the new one.
pub async fn start(
    authority: &Authority,
    user: &User,
    methods: &[&str],
    headers: &HeaderMap,
    context: Context,
) -> Result<Started, StoreError> {
    let now = authority.now();
    let before = current_session(authority, headers).await?;
    let secret = cookie::Secret::fresh();
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let session = Session {
        id: SessionId::from_random(rand::random()),
        organisation: user.organisation,
        user: user.id,
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        authenticated_at: now,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(authority.config.oauth.session.0),
        client_ip: context.client_ip.map(|ip| ip.to_string()),
        user_agent: agent.map(|agent| redact::client_text(agent, limits::USER_AGENT_MAX).into_owned()),
        ended_at: None,
    };
    let new = NewSession { session, digest: secret.digest() };
    let session = authority.store.start_session(new, actor(user.id, now, context)).await?;
    if let Some(before) = before {
        replace(authority, &before, &session, context).await?;
    }
    let known_browser = known_browser::cookie_for(authority, user);
    Ok(Started { signed_in: SignedIn::of(session), set_cookie: secret.set_cookie(), known_browser })
}

async fn replace(authority: &Authority, before: &Session, session: &Session, context: Context) -> Result<(), StoreError> {
    let by = actor(session.user, authority.now(), context);
    let why = if before.user == session.user { RENEWED } else { "replaced" };
    let Some(ended) = authority.store.end_session(before.user, before.id, why, by).await? else { return Ok(()) };
    if before.user != session.user {
        logout::tell_clients(authority, &ended).await;
        return Ok(());
    }
    for client in ended.clients {
        authority.store.note_session_client(session.id, client, authority.now()).await?;
    }
    Ok(())
}

/// Ends one session of a person, and tells the apps that it was used for. `false` where it was over before, or is not this person's.
pub async fn end(authority: &Authority, by: &SignedIn, session: SessionId, context: Context) -> Result<bool, StoreError> {
    let ended = authority.store.end_session(by.user, session, "signed_out", by.actor(authority.now(), context)).await;
    match ended {
        Ok(Some(ended)) => {
            logout::tell_clients(authority, &ended).await;
            Ok(true)
        }
        Ok(None) | Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Ends all sessions of a person but the one that this request comes from; gives how many.
pub async fn end_others(authority: &Authority, by: &SignedIn, context: Context) -> Result<usize, StoreError> {
    end_many(authority, by, Some(by.session), "signed_out_elsewhere", context).await
}

/// Ends all sessions of a person, this one too; gives how many.
pub async fn end_all(authority: &Authority, by: &SignedIn, context: Context) -> Result<usize, StoreError> {
    end_many(authority, by, None, "signed_out_everywhere", context).await
}

async fn end_many(
    authority: &Authority,
    by: &SignedIn,
    except: Option<SessionId>,
    why: &'static str,
    context: Context,
) -> Result<usize, StoreError> {
    let actor = by.actor(authority.now(), context);
    let ended = authority.store.end_sessions(by.user, except, why, actor).await?;
    for ended in &ended {
        logout::tell_clients(authority, ended).await;
    }
    Ok(ended.len())
}
