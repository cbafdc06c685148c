//! Signing in: a name or an e-mail address and a password become a session. Whatever is wrong is said in the same words, after the
//! same work; whoever tries often waits longer and longer.

pub mod known_browser;
pub mod second_step;
pub mod throttle;
pub mod with_passkey;

use crate::{
    authority::Authority,
    http::Context,
    password::{Busy, Hasher, Password},
    session::{self, Started},
};
use http::HeaderMap;
use jeton_core::{limits, timestamp::Span};
use jeton_store::{StoreError, audit::Actor, password::Credentials};
use second_step::Pending;
use throttle::{Attempt, Throttle};

/// How a password counts as a method (RFC 8176).
pub const METHOD: &str = "pwd";
/// How a one-time password does.
pub const OTP: &str = "otp";

/// What signing in needs to keep in mind: nothing of it is written down.
#[derive(Debug, Default)]
pub struct SignIns {
    /// Hashes passwords.
    pub hasher: Hasher,
    /// Slows down who guesses.
    pub throttle: Throttle,
}

/// Why nobody was signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInFault {
    /// No such account, no password, another password, or the account is shut: nobody is told which.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many failed before.
    #[error("too many attempts")]
    TooMany(Span),
    /// Too much is going on.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The memory does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a right password came to.
#[derive(Debug)]
pub enum FirstStep {
    /// The person is signed in.
    Done(Box<Started>),
    /// The account has a second factor.
    Second(Pending),
}

/// Signs somebody in by a password. `headers` tell which session the browser had before: it is not kept.
pub async fn sign_in(
    authority: &Authority,
    name: &str,
    password: Password,
    headers: &HeaderMap,
    context: Context,
) -> Result<FirstStep, SignInFault> {
    let now = authority.now();
    let throttle = &authority.sign_ins.throttle;
    let attempt = begin(authority, name, headers, context)?;
    if name.len() > limits::SIGN_IN_NAME_MAX || password.is_too_long() {
        return Err(SignInFault::Wrong);
    }
    let mut candidates = authority.store.find_credentials(name, limits::SIGN_IN_CANDIDATES).await?;
    let hashes = candidates.iter().map(|own| own.hash.clone()).collect();
    let fit = authority.sign_ins.hasher.compare(password.clone(), hashes).await?;
    let Some(fit) = fit.filter(|fit| candidates.get(fit.at).is_some_and(|own| !own.user.disabled)) else {
        tracing::info!(request = %context.request, candidates = candidates.len(), "a sign-in failed");
        metrics::counter!("jeton_sign_ins_total", "outcome" => "wrong").increment(1);
        return Err(SignInFault::Wrong);
    };
    let own = candidates.swap_remove(fit.at);
    throttle.succeeded_at(&attempt, now);
    if fit.is_outdated {
        upgrade(authority, &own, password).await;
    }
    if authority.store.find_totp(own.user.id).await?.is_some() {
        return Ok(FirstStep::Second(Pending::of(&own.user, now)));
    }
    metrics::counter!("jeton_sign_ins_total", "outcome" => "ok").increment(1);
    Ok(FirstStep::Done(Box::new(session::start(authority, &own.user, &[METHOD], headers, context).await?)))
}

/// Whether an attempt is taken now.
fn begin(authority: &Authority, name: &str, headers: &HeaderMap, context: Context) -> Result<Attempt, SignInFault> {
    let (throttle, now) = (&authority.sign_ins.throttle, authority.now());
    let begun = match known_browser::find(authority, headers, name) {
        Some(browser) => throttle.begin_known_at(name, browser, now),
        None => throttle.begin_at(name, context.client_ip, now),
    };
    begun.map_err(SignInFault::TooMany)
}

/// Hashes a password anew with the present parameters. What does not come about now comes with the next sign-in.
async fn upgrade(authority: &Authority, own: &Credentials, password: Password) {
    let Some(was) = own.hash.clone() else { return };
    if let Ok(hash) = authority.sign_ins.hasher.hash(password).await {
        let done = authority.store.upgrade_password(own.user.id, was, hash, Actor::system(authority.now())).await;
        if let Err(error) = done {
            tracing::warn!(%error, "the hash of a password could not be renewed");
        }
    }
}
