//! One-time passwords by the clock (RFC 6238): six digits, thirty seconds, SHA-1, as every app for them does. A password is good for
//! the step it belongs to and one on either side, and once.
//!
//! The secret lies sealed and is shown only while it is set up.

use crate::{
    authority::Authority,
    problem::{Problem, ProblemCode},
    recovery::{self, RecoveryCodes},
    sealed_form,
    session::SignedIn,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{fault::Invalid, limits, seal, timestamp::Timestamp};
use jeton_store::{audit::Actor, second_factor::TotpSecret};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// A secret that waits to be confirmed.
pub struct NewTotp {
    /// For the form that confirms it.
    pub sealed: String,
    /// What a person types into an app, in groups of four.
    pub text: Zeroizing<String>,
    /// What an app reads from a picture.
    pub url: Zeroizing<String>,
}

/// A fresh secret for somebody, for the form of this session.
pub fn propose(authority: &Authority, signed_in: &SignedIn, name: &str) -> Option<NewTotp> {
    let secret: Zeroizing<[u8; limits::TOTP_SECRET_BYTES]> = Zeroizing::new(rand::random());
    let sealed = sealed_form::seal(authority, &context(signed_in), &URL_SAFE_NO_PAD.encode(*secret))?;
    shown(authority, sealed, secret.as_slice(), name)
}

/// The same secret again, for a page that is shown once more.
pub fn proposed(authority: &Authority, signed_in: &SignedIn, sealed: &str, name: &str) -> Option<NewTotp> {
    let secret = opened(authority, signed_in, sealed)?;
    shown(authority, sealed.to_owned(), &secret, name)
}

fn shown(authority: &Authority, sealed: String, secret: &[u8], name: &str) -> Option<NewTotp> {
    let host = url::Url::parse(&authority.config.issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    // A colon parts issuer and account.
    let (issuer, name) = (format!("Jeton at {}", host.replace(':', "-")), name.replace(':', "-"));
    let totp = settings(secret)?.with_account_name(name).with_issuer(Some(issuer)).build().ok()?;
    let digits = Zeroizing::new(totp.secret().to_base32());
    let groups: Vec<&str> = (0..digits.len()).step_by(4).filter_map(|at| digits.get(at..(at + 4).min(digits.len()))).collect();
    Some(NewTotp { sealed, text: Zeroizing::new(groups.join(" ")), url: Zeroizing::new(totp.to_url().ok()?) })
}

/// Sets a proposed secret up for who is signed in and shows a password of it; gives fresh recovery codes.
pub async fn confirm(
    authority: &Authority,
    signed_in: &SignedIn,
    sealed: &str,
    code: &str,
    actor: Actor,
) -> Result<RecoveryCodes, Problem> {
    let stale = || Problem::new(ProblemCode::Conflict, "the page stood for too long: begin again with a fresh secret");
    let secret = opened(authority, signed_in, sealed).ok_or_else(stale)?;
    let step = step_of_secret_at(&secret, code, actor.at);
    let step = step.ok_or_else(|| Problem::field("code", &Invalid::new("is not the present one: look whether the clocks agree")))?;
    let context = format!("totp:{}", signed_in.user);
    let sealed = seal::seal(authority.store.ring(), context.as_bytes(), &secret, rand::random());
    let sealed = sealed.map_err(|_| Problem::new(ProblemCode::Unavailable, "the secret could not be sealed"))?;
    let new = TotpSecret { user: signed_in.user, sealed, last_step: step, created_at: actor.at };
    let codes = RecoveryCodes::fresh();
    authority.store.set_totp(signed_in.organisation, new, codes.digests(), actor).await?;
    Ok(codes)
}

/// Gives who is signed in other recovery codes.
pub async fn renew_codes(authority: &Authority, signed_in: &SignedIn, actor: Actor) -> Result<RecoveryCodes, Problem> {
    let codes = recovery::RecoveryCodes::fresh();
    authority.store.set_recovery_codes(signed_in.organisation, signed_in.user, codes.digests(), actor).await?;
    Ok(codes)
}

/// The step that a password of this secret belongs to, if it belongs to one about now. A secret that does not open has none.
pub fn step_of_at(authority: &Authority, own: &TotpSecret, code: &str, now: Timestamp) -> Option<i64> {
    let context = format!("totp:{}", own.user);
    let secret = seal::open(authority.store.ring(), context.as_bytes(), &own.sealed)
        .inspect_err(|fault| tracing::error!(user = %own.user, %fault, "a secret of one-time passwords does not open"))
        .ok()?;
    step_of_secret_at(&secret, code, now)
}

fn step_of_secret_at(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let is_password = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = u64::try_from(now.as_micros() / 1_000_000).ok().filter(|_| is_password)?;
    i64::try_from(totp(secret)?.check(&digits, seconds)?).ok()
}

fn settings(secret: &[u8]) -> Option<Builder> {
    let secret = Secret::new(secret.to_vec().into_boxed_slice());
    Some(Builder::new().with_secret(secret).with_skew(limits::TOTP_SKEW_STEPS).with_step_duration(limits::TOTP_STEP_SECONDS))
}

fn totp(secret: &[u8]) -> Option<Totp> {
    settings(secret)?.with_account_name("jeton").build().ok()
}

fn context(signed_in: &SignedIn) -> String {
    format!("totp setup:{}", signed_in.session)
}

fn opened(authority: &Authority, signed_in: &SignedIn, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let opened = sealed_form::open::<String>(authority, &context(signed_in), sealed, limits::TOTP_PAGE_LIFE)?;
    URL_SAFE_NO_PAD.decode(Zeroizing::new(opened.value).as_str()).ok().map(Zeroizing::new)
}

impl std::fmt::Debug for NewTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewTotp(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_belong_to_steps() {
        // RFC 6238, appendix B, with six digits.
        let secret = b"12345678901234567890";
        for (seconds, code, step) in [(59, "287082", 1), (1_111_111_109, "081804", 37_037_036), (20_000_000_000, "353130", 666_666_666)] {
            let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(step_of_secret_at(secret, code, at(seconds)), Some(step));
            assert_eq!(step_of_secret_at(secret, &format!(" {} {} ", &code[..3], &code[3..]), at(seconds)), Some(step));
            assert_eq!(step_of_secret_at(secret, code, at(seconds + 30)), Some(step), "a clock that is behind");
            assert_eq!(step_of_secret_at(secret, code, at(seconds + 90)), None);
            assert_eq!(step_of_secret_at(secret, code, at(seconds - 90)), None);
        }
        for bad in ["", "28708", "2870822", "28708x", "２８７０８２"] {
            assert_eq!(step_of_secret_at(secret, bad, Timestamp::from_seconds(59)), None, "{bad}");
        }
    }
}
