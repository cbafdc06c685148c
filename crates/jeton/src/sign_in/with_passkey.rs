//! Signing in with a passkey alone: no name is typed, the browser offers what it has for this host.
//!
//! Whatever is wrong with an answer, the same is said of it.

use super::SignInFault;
use crate::{
    authority::Authority,
    http::Context,
    passkeys::{Challenge, PasskeyFault, ceremony},
    session::{self, Started, cookie},
};
use http::HeaderMap;
use jeton_store::audit::Actor;

/// How it counts that somebody was there and known to the authenticator (RFC 8176).
const PRESENT: &str = "user";

/// What the sign-in page of a browser needs; nothing where there can be no passkeys.
pub fn challenge(authority: &Authority, browser: &str) -> Option<Challenge> {
    ceremony::begin_authentication(authority, browser).ok()
}

/// Signs in whose passkey answered.
pub async fn finish(
    authority: &Authority,
    (state, answer): (&str, &str),
    headers: &HeaderMap,
    context: Context,
) -> Result<Started, SignInFault> {
    let now = authority.now();
    let browser = cookie::value(headers, cookie::BROWSER).ok_or(SignInFault::Wrong)?;
    let attempt = authority.sign_ins.throttle.begin_at(browser, context.client_ip, now).map_err(SignInFault::TooMany)?;
    let actor = Actor { who: "nobody".to_owned(), at: now, request: Some(context.request), client_ip: context.client_ip };
    let answered = match ceremony::end_authentication(authority, browser, state, answer, actor).await {
        Ok(answered) => answered,
        Err(PasskeyFault::Store(fault)) => return Err(fault.into()),
        Err(fault) => {
            tracing::info!(request = %context.request, %fault, "a sign-in with a passkey failed");
            metrics::counter!("jeton_sign_ins_total", "outcome" => "wrong_passkey").increment(1);
            return Err(SignInFault::Wrong);
        }
    };
    authority.sign_ins.throttle.succeeded_at(&attempt, now);
    metrics::counter!("jeton_sign_ins_total", "outcome" => "ok").increment(1);
    Ok(session::start(authority, &answered.user, &[answered.method, PRESENT, session::MULTI_FACTOR], headers, context).await?)
}
