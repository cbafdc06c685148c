//! Subjects as clients see them (OpenID Connect Core, section 8): the same for everybody, or one of its own for each sector.
//!
//! A pairwise subject never leads back to the user without the key, and never changes while the key stays: that is why it has one of
//! its own, which outlives master keys.

use super::registration::{Registration, SubjectType};
use crate::{fault::Invalid, id::UserId};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;

/// The key that pairwise subjects follow from.
#[derive(Clone)]
pub struct SubjectKey(hmac::Key);

impl SubjectKey {
    /// From 256 bits that nobody else has.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }
    /// The subject by which a client knows a user.
    pub fn subject_for(&self, registration: &Registration, user: UserId) -> Result<String, Invalid> {
        match registration.subject_type {
            SubjectType::Public => Ok(user.to_string()),
            SubjectType::Pairwise => Ok(self.pairwise(&sector_of(registration)?, user)),
        }
    }
    fn pairwise(&self, sector: &str, user: UserId) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [sector, user.digits()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(context.sign())
    }
}

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey(redacted)")
    }
}

/// The host whose clients share pairwise subjects: of `sector_identifier_uri`, else the one host of all redirect addresses.
pub fn sector_of(registration: &Registration) -> Result<String, Invalid> {
    let host = |text: &String| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    if let Some(sector) = &registration.sector_identifier_uri {
        return host(sector).ok_or_else(|| Invalid::new("must be an address with a host"));
    }
    let mut hosts = registration.redirect_uris.iter().map(host);
    let first = hosts.next().flatten();
    match first {
        Some(first) if hosts.all(|other| other.as_ref() == Some(&first)) => Ok(first),
        _ => Err(Invalid::new("is required for pairwise subjects where not all redirect addresses have the same host")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(subject_type: SubjectType, sector: Option<&str>, redirects: &[&str]) -> Registration {
        Registration {
            subject_type,
            sector_identifier_uri: sector.map(str::to_owned),
            redirect_uris: redirects.iter().map(|uri| (*uri).to_owned()).collect(),
            ..Registration::default()
        }
    }

    #[test]
    fn pairwise_subjects_differ_by_sector_user_and_key() {
        let (key, user) = (SubjectKey::from_bytes(&[1; 32]), UserId::from_random([7; 16]));
        let one = client(SubjectType::Pairwise, None, &["https://one.example/cb", "https://one.example/other"]);
        let other = client(SubjectType::Pairwise, None, &["https://other.example/cb"]);
        let same = client(SubjectType::Pairwise, Some("https://one.example/list.json"), &["https://x.example/", "https://y.example/"]);
        let of = |key: &SubjectKey, client, user| key.subject_for(client, user).expect("a subject");
        let first = of(&key, &one, user);
        assert_eq!(first, of(&key, &one, user));
        assert_eq!(first, of(&key, &same, user), "clients of one sector share it");
        assert_ne!(first, of(&key, &other, user));
        assert_ne!(first, of(&key, &one, UserId::from_random([8; 16])));
        assert_ne!(first, of(&SubjectKey::from_bytes(&[2; 32]), &one, user));
        assert!(!first.contains(user.digits()) && first.len() == 43);
        assert_eq!(of(&key, &client(SubjectType::Public, None, &[]), user), user.to_string());
    }

    #[test]
    fn a_sector_is_one_host_or_named() {
        let hosts = client(SubjectType::Pairwise, None, &["https://one.example/", "https://two.example/"]);
        assert!(sector_of(&hosts).is_err());
        assert!(sector_of(&client(SubjectType::Pairwise, None, &[])).is_err());
        assert!(sector_of(&client(SubjectType::Pairwise, Some("nothing"), &["https://one.example/"])).is_err());
    }
}
