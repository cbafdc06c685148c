//! The second step of signing in: whoever had the password right shows a one-time password of the own device, or a recovery code.
//!
//! Between the steps there is no session: what is known travels sealed in the form, for this browser and a few minutes.

use super::{Attempt, METHOD, OTP, SignInFault, known_browser};
use crate::{
    authority::Authority,
    http::Context,
    recovery, sealed_form,
    session::{self, Started, cookie},
    totp,
};
use http::HeaderMap;
use jeton_core::{
    id::{OrganisationId, UserId},
    limits,
    timestamp::Timestamp,
};
use jeton_store::{StoreError, audit::Actor, second_factor::TakenCode, user::User};
use serde::{Deserialize, Serialize};

/// Somebody whose password was right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Pending {
    user: UserId,
    organisation: OrganisationId,
    /// The instant of the password that was right: one that was set later is not it.
    password_at: Timestamp,
}

impl Pending {
    pub(super) fn of(user: &User, now: Timestamp) -> Self {
        Self { user: user.id, organisation: user.organisation, password_at: now }
    }
    /// For the form of this browser.
    pub fn seal(&self, authority: &Authority, headers: &HeaderMap) -> Option<String> {
        sealed_form::seal(authority, &context(headers)?, self)
    }
    /// Out of the form of this browser, while it is good.
    pub fn open(authority: &Authority, headers: &HeaderMap, text: &str) -> Option<Self> {
        Some(sealed_form::open(authority, &context(headers)?, text, limits::SECOND_STEP_LIFE)?.value)
    }
    /// Signs the person in who shows this code.
    pub async fn finish(&self, authority: &Authority, code: &str, headers: &HeaderMap, context: Context) -> Result<Started, SignInFault> {
        let now = authority.now();
        let user = match authority.store.show_user(self.organisation, self.user).await {
            Err(StoreError::NotFound(_)) => return Err(SignInFault::Wrong),
            user => user?,
        };
        let attempt = self.begin(authority, &user, headers, context)?;
        if code.len() > limits::CODE_TYPED_MAX || user.disabled || !self.is_good(authority, code, now, context).await? {
            tracing::info!(request = %context.request, user = %user.id, "a second factor was wrong");
            metrics::counter!("jeton_sign_ins_total", "outcome" => "wrong_second_factor").increment(1);
            return Err(SignInFault::Wrong);
        }
        authority.sign_ins.throttle.succeeded_at(&attempt, now);
        metrics::counter!("jeton_sign_ins_total", "outcome" => "ok").increment(1);
        Ok(session::start(authority, &user, &[METHOD, OTP, session::MULTI_FACTOR], headers, context).await?)
    }
    /// Codes are few enough to be guessed: who tries often waits, as with passwords.
    fn begin(&self, authority: &Authority, user: &User, headers: &HeaderMap, context: Context) -> Result<Attempt, SignInFault> {
        let throttle = &authority.sign_ins.throttle;
        let name = format!("second factor of {}", self.user);
        let begun = match known_browser::find(authority, headers, user.name.as_str()) {
            Some(browser) => throttle.begin_known_at(&name, browser, authority.now()),
            None => throttle.begin_at(&name, context.client_ip, authority.now()),
        };
        begun.map_err(SignInFault::TooMany)
    }
    async fn is_good(&self, authority: &Authority, code: &str, now: Timestamp, context: Context) -> Result<bool, SignInFault> {
        let actor = Actor { who: format!("user:{}", self.user), at: now, request: Some(context.request), client_ip: context.client_ip };
        if let Some(secret) = authority.store.find_totp(self.user).await?
            && let Some(step) = totp::step_of_at(authority, &secret, code, now)
        {
            return Ok(authority.store.take_totp_step(self.user, step, actor).await?);
        }
        let Some(digest) = recovery::digest_of(code) else { return Ok(false) };
        let taken = authority.store.take_recovery_code(self.organisation, self.user, digest, actor).await?;
        Ok(matches!(taken, TakenCode::Good(_)))
    }
}

fn context(headers: &HeaderMap) -> Option<String> {
    cookie::value(headers, cookie::BROWSER).map(|browser| format!("second step:{browser}"))
}
