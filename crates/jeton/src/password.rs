//! Passwords as people choose them: what is good enough, and hashing (Argon2id) beside the threads that answer requests, a few at
//! a time.
//!
//! A password is never printed, logged or answered, and wiped from memory after use.

mod breached;

use crate::authority::Authority;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use jeton_core::{fault::Invalid, limits};
use jeton_store::password::PasswordHash;
use serde::{Deserialize, Deserializer};
use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Memory in KiB, rounds and lanes: OWASP's first choice for Argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// How a hash with the present parameters begins.
const PRESENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// Characters of a password that its strength is judged by: what follows makes it no weaker.
const JUDGED: usize = 100;

/// A password on its way in. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// There are too many sign-ins at present, or the machine fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("passwords cannot be checked at present: try again shortly")]
pub struct Busy;

/// Hashes and compares passwords, a bounded number at once.
#[derive(Clone, Debug)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    done: Arc<AtomicU64>,
}

/// Which hash a password fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Its place in what was compared with.
    pub at: usize,
    /// It was made with other parameters than a new one would be.
    pub is_outdated: bool,
}

impl Password {
    /// Any text; nothing is judged.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
    /// Whether it is too long to be anybody's.
    pub fn is_too_long(&self) -> bool {
        self.0.len() > limits::PASSWORD_MAX
    }
    /// Judges it as a new password of somebody with these names (NIST SP 800-63B-4, section 3.1.1): long or very hard to guess, and
    /// never one of those that are tried first. Takes some milliseconds.
    pub fn judge(&self, names: &[&str]) -> Result<(), Invalid> {
        let length = self.0.chars().count();
        if self.is_too_long() {
            return Err(Invalid::new(format!("must be at most {} bytes long", limits::PASSWORD_MAX)));
        }
        if length < limits::PASSWORD_MIN {
            let (least, better) = (limits::PASSWORD_MIN, limits::PASSWORD_LONG);
            return Err(Invalid::new(format!("must have at least {least} characters; {better} or more are better")));
        }
        if breached::is_breached(&self.0) {
            return Err(Invalid::new(
                "is too easy to guess: it is among those that leaked most often, or one of them with a few signs more",
            ));
        }
        let judged: Zeroizing<String> = Zeroizing::new(self.0.chars().take(JUDGED).collect());
        let strength = zxcvbn::zxcvbn(&judged, names).score();
        if length < limits::PASSWORD_LONG && strength < zxcvbn::Score::Four {
            let better = limits::PASSWORD_LONG;
            return Err(Invalid::new(format!(
                "is too easy to guess for its length: use {better} characters or more, such as four unrelated words"
            )));
        }
        if strength < zxcvbn::Score::Three {
            return Err(Invalid::new("is too easy to guess: it is made of well-known words, names, dates or repetitions"));
        }
        Ok(())
    }
}

impl Hasher {
    /// As many at once as the machine has cores, within bounds.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { turns: Arc::new(Semaphore::new(cores.clamp(1, limits::PASSWORDS_AT_ONCE))), done: Arc::default() }
    }
    /// How many passwords were hashed or compared so far: the same work for all who ask alike.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
    /// Judges a new password and hashes it.
    pub async fn judge_and_hash(&self, password: Password, names: Vec<String>) -> Result<Result<PasswordHash, Invalid>, Busy> {
        self.in_turn(move || {
            let names: Vec<&str> = names.iter().map(String::as_str).chain(["jeton"]).collect();
            match password.judge(&names) {
                Ok(()) => hash(&password).map(Ok),
                Err(rule) => Ok(Err(rule)),
            }
        })
        .await
    }
    /// Hashes a password that is good already.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, Busy> {
        self.in_turn(move || hash(&password)).await
    }
    /// Which of these hashes a password fits. With none of them the work is the same as with one.
    pub async fn compare(&self, password: Password, hashes: Vec<Option<PasswordHash>>) -> Result<Option<Fit>, Busy> {
        self.in_turn(move || {
            let mut fit = None;
            // Made at the first sign-in, whoever that is.
            LazyLock::force(&NOBODYS);
            if hashes.is_empty() {
                compare(&password, &NOBODYS);
            }
            for (at, hash) in hashes.iter().enumerate() {
                let fits = compare(&password, hash.as_ref().unwrap_or(&NOBODYS)) && hash.is_some();
                if fits && fit.is_none() {
                    let is_outdated = hash.as_ref().is_some_and(|hash| !hash.expose().starts_with(PRESENT));
                    fit = Some(Fit { at, is_outdated });
                }
            }
            Ok(fit)
        })
        .await
    }
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, Busy> + Send + 'static) -> Result<T, Busy> {
        let waiting = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(limits::PASSWORD_WAIT.into(), waiting).await.map_err(|_| Busy)?.map_err(|_| Busy)?;
        let counter = Arc::clone(&self.done);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let done = work();
            counter.fetch_add(1, Ordering::Relaxed);
            done
        });
        done.await.map_err(|_| Busy)?
    }
}

/// Judges a new password of somebody with this name and address, and hashes it. Names that everybody here knows are no secret either.
pub async fn judge_and_hash_for(
    authority: &Authority,
    password: Password,
    name: &str,
    email: Option<&str>,
) -> Result<Result<PasswordHash, Invalid>, Busy> {
    let mut names = vec![name.to_owned()];
    let host = url::Url::parse(&authority.config.issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    for text in email.into_iter().map(str::to_owned).chain(host) {
        names.extend(text.split(['@', '.', '+', '-', '_']).filter(|part| part.chars().count() > 2).map(str::to_owned));
        names.push(text);
    }
    authority.sign_ins.hasher.judge_and_hash(password, names).await
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

/// What is compared with where there is nobody of the name, or nobody with a password: it fits no password that anybody knows.
static NOBODYS: LazyLock<PasswordHash> = LazyLock::new(|| {
    let secret = jeton_core::id::RequestId::from_random(rand::random()).to_string();
    hash(&Password::new(&secret)).unwrap_or_else(|_| PasswordHash::new(String::new()))
});

fn hash(password: &Password) -> Result<PasswordHash, Busy> {
    let (memory, rounds, lanes) = COST;
    let params = Params::new(memory, rounds, lanes, None).map_err(|_| Busy)?;
    let salt: [u8; 16] = rand::random();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(password.0.as_bytes(), &salt).map_err(|_| Busy)?;
    Ok(PasswordHash::new(hash.to_string()))
}

fn compare(password: &Password, hash: &PasswordHash) -> bool {
    let parsed = phc::PasswordHash::new(hash.expose());
    parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.0.as_bytes(), &parsed).is_ok())
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(redacted)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_or_very_hard_to_guess() {
        let judged = |text: &str| Password::new(text).judge(&["ada", "ada@example.com"]).map_err(|rule| rule.to_string());
        for good in ["plum orbit velvet canyon", "kX9#vQ2!mZ7p", "Tünde fährt heute 7 Schlitten"] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "at least 8"),
            ("kX9#vQ2", "at least 8"),
            ("password1234", "too easy"),
            ("ada@example.com", "too easy"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", "too easy"),
            ("passwordpassword", "too easy"),
            ("correcthorse", "for its length"),
            (&"kX9#vQ2!mZ7p".repeat(90), "at most 1024 bytes"),
        ] {
            let rule = judged(bad).expect_err(bad);
            assert!(rule.contains(why), "{bad}: {rule}");
        }
        assert!(!format!("{:?}", Password::new("hunter2")).contains("hunter2"));
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let hasher = Hasher::new();
        let own = hasher.hash(Password::new("plum orbit velvet canyon")).await.expect("hashed");
        assert!(own.expose().starts_with(PRESENT), "{}", own.expose());
        let again = hasher.hash(Password::new("plum orbit velvet canyon")).await.expect("hashed");
        assert_ne!(own, again, "each has its salt");
        let compare = |text: &'static str, hashes: Vec<Option<PasswordHash>>| hasher.compare(Password::new(text), hashes);
        let fit = compare("plum orbit velvet canyon", vec![None, Some(own.clone())]).await;
        assert_eq!(fit, Ok(Some(Fit { at: 1, is_outdated: false })));
        assert_eq!(compare("plum orbit velvet canyoN", vec![Some(own)]).await, Ok(None));
        assert_eq!(compare("", vec![None]).await, Ok(None));
        assert_eq!(compare("", Vec::new()).await, Ok(None));
        assert_eq!(compare("x", vec![Some(PasswordHash::new("no hash".into()))]).await, Ok(None));
        // Argon2id with 8 KiB and one round: good still, and due for a new hash.
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).expect("parameters"));
        let weak = weak.hash_password_with_salt(b"x", b"0123456789abcdef").expect("hashed").to_string();
        assert_eq!(compare("x", vec![Some(PasswordHash::new(weak))]).await, Ok(Some(Fit { at: 0, is_outdated: true })));
    }
}
