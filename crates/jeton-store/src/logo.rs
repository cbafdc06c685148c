//! Pictures of apps: small PNGs, each named by its client and by the hash of its bytes. What a registration names is kept, and what
//! nothing names any more is dropped with the next picture.
//!
//! Never gives a picture back whose bytes are not those that its name says.

use crate::{
    client::Client,
    error::Result,
    fault::Fault,
    link::{execute, fetch_all, fetch_optional},
    marks::tampered,
    outside::hex,
    store::{Store, read::read},
    writer::Tx,
};
use aws_lc_rs::digest;
use jeton_core::{id::ClientId, timestamp::Timestamp};

/// Digits of the hash in a picture's name.
const HASH_DIGITS: usize = 32;

/// A picture about to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewLogo {
    /// Its name.
    pub name: LogoName,
    /// Its bytes: a PNG.
    pub image: Vec<u8>,
}

/// The name of a picture: `DIGITS-HASH`, the digits of its client's id and half of the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoName(String);

impl LogoName {
    /// The name of this picture of a client.
    pub fn of(client: ClientId, image: &[u8]) -> Self {
        let hash = hex(digest::digest(&digest::SHA256, image).as_ref());
        Self(format!("{}-{}", client.digits(), hash.get(..HASH_DIGITS).unwrap_or(&hash)))
    }
    /// Reads a name; `None` where it is of another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, hash) = text.split_once('-')?;
        ClientId::parse(&format!("{}{digits}", ClientId::PREFIX)).ok()?;
        let is_hash = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether it is a picture of this client.
    pub fn is_of(&self, client: ClientId) -> bool {
        self.0.split_once('-').is_some_and(|(digits, _)| digits == client.digits())
    }
    /// Its client.
    fn client(&self) -> Option<ClientId> {
        let (digits, _) = self.0.split_once('-')?;
        ClientId::parse(&format!("{}{digits}", ClientId::PREFIX)).ok()
    }
}

impl NewLogo {
    /// A picture of a client.
    pub fn new(client: ClientId, image: Vec<u8>) -> Self {
        Self { name: LogoName::of(client, &image), image }
    }
}

impl std::fmt::Debug for NewLogo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewLogo({}, {} bytes)", self.name.as_str(), self.image.len())
    }
}

impl Store {
    /// The bytes of a picture, where it is kept.
    pub async fn find_logo(&self, name: &LogoName) -> Result<Option<Vec<u8>>> {
        let find = "SELECT image FROM logos WHERE id = $1";
        let found = read!(self, link => async { Ok::<_, Fault>(fetch_optional!(link, (Vec<u8>,), find, name.as_str())?) })?;
        let Some((image,)) = found else { return Ok(None) };
        let is_own = name.client().is_some_and(|client| LogoName::of(client, &image) == *name);
        if is_own { Ok(Some(image)) } else { Err(tampered("logos", name.as_str(), "its bytes are not those that its name says").into()) }
    }
}

/// Keeps a picture of a client, and drops those that neither its registration nor what waits of it names.
pub(crate) async fn put(tx: &mut Tx<'_>, client: &Client, logo: &NewLogo, at: Timestamp) -> std::result::Result<(), Fault> {
    let id = client.id.to_string();
    let insert = "INSERT INTO logos (id, client, image, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    execute!(&mut tx.link, insert, logo.name.as_str(), id.as_str(), logo.image.as_slice(), at.as_micros())?;
    let named = [Some(&client.registration), client.pending.as_ref()];
    let named: Vec<&str> = named.into_iter().flatten().filter_map(|own| own.logo_uri.as_deref()).collect();
    let kept = fetch_all!(&mut tx.link, (String,), "SELECT id FROM logos WHERE client = $1", id.as_str())?;
    for (old,) in kept.iter().filter(|(old,)| !named.iter().any(|uri| uri.contains(old.as_str()))) {
        execute!(&mut tx.link, "DELETE FROM logos WHERE id = $1", old.as_str())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_whose_they_are_and_nothing_else() {
        let (own, other) = (ClientId::from_random([1; 16]), ClientId::from_random([2; 16]));
        let name = LogoName::of(own, b"picture");
        assert_eq!(LogoName::parse(name.as_str()), Some(name.clone()));
        assert!(name.is_of(own) && !name.is_of(other));
        assert_ne!(name, LogoName::of(own, b"another"));
        for bad in ["", "-", "../x", &name.as_str()[1..], &format!("{}0", name.as_str()), &name.as_str().to_uppercase()] {
            assert_eq!(LogoName::parse(bad), None, "{bad}");
        }
    }
}
