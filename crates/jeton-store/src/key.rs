//! Signing keys: published before they sign, sealed at rest, retired after the last token that they signed has expired.

use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::{Link, execute, fetch_all},
    marks::Marks,
    outside::Entry,
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    change::{Changed, Revision},
    mark::MarkedFields,
    timestamp::Timestamp,
};
use serde_json::json;

/// A signing key as stored. Which stage it is in follows from the clock: published from `published_at`, signing from
/// `signs_from` until a newer one signs, verifying until `removed_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The JWK thumbprint (RFC 7638) of its public half.
    pub kid: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    /// The public half as a JWK.
    pub public_jwk: String,
    /// The private half in PKCS #8, sealed for the context `signing_key:KID`.
    pub sealed_private: Vec<u8>,
    /// When it was put into the key set.
    pub published_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// When it stops verifying; `None` while it is the newest.
    pub removed_at: Option<Timestamp>,
}

/// A signing key about to be added.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key.
    pub key: StoredKey,
    /// The key of the same algorithm without an end that whoever adds this one knew of: when it is another by now, nothing is
    /// added.
    pub after: Option<String>,
    /// When the older keys of the same algorithm that have no end yet stop verifying. Those of others go on.
    pub older_removed_at: Timestamp,
}

row! {
    struct KeyRow {
        kid: String,
        algorithm: String,
        public_jwk: String,
        sealed_private: Vec<u8>,
        published_at: i64,
        signs_from: i64,
        removed_at: Option<i64>,
        mark: Vec<u8>,
    }
}

const LIST: &str = "SELECT kid, algorithm, public_jwk, sealed_private, published_at, signs_from, removed_at, mark FROM signing_keys \
                    ORDER BY signs_from, kid";
const INSERT: &str = "INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private, published_at, signs_from, removed_at, mark) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
const END: &str = "UPDATE signing_keys SET removed_at = $1, mark = $2 WHERE kid = $3";
const REMOVE: &str = "DELETE FROM signing_keys WHERE kid = $1";

impl KeyRow {
    fn sealed(key: &StoredKey, marks: &Marks) -> Self {
        let mut row = Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.clone(),
            public_jwk: key.public_jwk.clone(),
            sealed_private: key.sealed_private.clone(),
            published_at: key.published_at.as_micros(),
            signs_from: key.signs_from.as_micros(),
            removed_at: key.removed_at.map(Timestamp::as_micros),
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("signing_keys")
            .text(&self.kid)
            .text(&self.algorithm)
            .text(&self.public_jwk)
            .bytes(&self.sealed_private)
            .number(self.published_at)
            .number(self.signs_from)
            .maybe_number(self.removed_at)
    }
    fn read(self, marks: &Marks) -> Result<StoredKey, Fault> {
        marks.check("signing_keys", &self.kid, &self.fields(), &self.mark)?;
        marks.floors.check_key(&self.kid)?;
        Ok(StoredKey {
            kid: self.kid,
            algorithm: self.algorithm,
            public_jwk: self.public_jwk,
            sealed_private: self.sealed_private,
            published_at: Timestamp::from_micros(self.published_at),
            signs_from: Timestamp::from_micros(self.signs_from),
            removed_at: self.removed_at.map(Timestamp::from_micros),
        })
    }
}

impl Store {
    /// All signing keys, the one that signs last at the end; removed ones too until they are swept.
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        read!(self, link => list(link, self.marks()))
    }
    /// Adds a key and puts the end of the older ones of its algorithm down. A conflict when another one was added meanwhile.
    pub async fn insert_key(&self, actor: &Actor, new: NewKey) -> Result<Revision, StoreError> {
        self.write(Insert { new, actor: actor.clone() }).await
    }
    /// Removes a key at once, whatever it signed; gives the place of that.
    pub async fn revoke_key(&self, kid: &str, actor: &Actor) -> Result<Revision, StoreError> {
        self.write(Revoke { kid: kid.to_owned(), actor: actor.clone() }).await
    }
    /// Removes keys whose end has come before `actor.at`; gives their names.
    pub async fn remove_ended_keys(&self, actor: &Actor) -> Result<Vec<String>, StoreError> {
        self.write(RemoveEnded { actor: actor.clone() }).await
    }
}

async fn list(link: &mut Link<'_>, marks: &Marks) -> Result<Vec<StoredKey>, Fault> {
    fetch_all!(link, KeyRow, LIST)?.into_iter().map(|row| row.read(marks)).collect()
}

struct Insert {
    new: NewKey,
    actor: Actor,
}

impl Operation for Insert {
    type Answer = Revision;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Revision, Fault> {
        let mut open = list(&mut tx.link, &tx.shared.marks).await?;
        open.retain(|key| key.algorithm == self.new.key.algorithm && key.removed_at.is_none());
        if open.last().map(|key| &key.kid) != self.new.after.as_ref() {
            return Err(StoreError::Conflict("another signing key was added meanwhile: read the keys again".to_owned()).into());
        }
        for mut older in open {
            older.removed_at = Some(self.new.older_removed_at);
            let row = KeyRow::sealed(&older, tx.marks());
            execute!(&mut tx.link, END, row.removed_at, row.mark.as_slice(), row.kid.as_str())?;
        }
        let row = KeyRow::sealed(&self.new.key, tx.marks());
        let inserted = execute!(
            &mut tx.link,
            INSERT,
            row.kid.as_str(),
            row.algorithm.as_str(),
            row.public_jwk.as_str(),
            row.sealed_private.as_slice(),
            row.published_at,
            row.signs_from,
            row.removed_at,
            row.mark.as_slice(),
        )?;
        if inserted == 0 {
            return Err(StoreError::Exists("this signing key").into());
        }
        let revision = tx.changed(self.actor.at, Changed::SigningKeys);
        let details =
            json!({ "algorithm": row.algorithm, "signs_from": self.new.key.signs_from, "older_removed_at": self.new.older_removed_at });
        tx.audit(&self.actor, None, "key.add", &row.kid, details);
        Ok(revision)
    }
}

struct Revoke {
    kid: String,
    actor: Actor,
}

impl Operation for Revoke {
    type Answer = Revision;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Revision, Fault> {
        let known = list(&mut tx.link, &tx.shared.marks).await?;
        let key = known.into_iter().find(|key| key.kid == self.kid).ok_or(StoreError::NotFound("signing key"))?;
        remove(tx, &key, "key.revoke", &self.actor).await
    }
}

struct RemoveEnded {
    actor: Actor,
}

impl Operation for RemoveEnded {
    type Answer = Vec<String>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
        let known = list(&mut tx.link, &tx.shared.marks).await?;
        let mut removed = Vec::new();
        for key in known.into_iter().filter(|key| key.removed_at.is_some_and(|end| end < self.actor.at)) {
            remove(tx, &key, "key.remove", &self.actor).await?;
            removed.push(key.kid);
        }
        Ok(removed)
    }
}

/// Takes a key out for good.
async fn remove(tx: &mut Tx<'_>, key: &StoredKey, action: &str, actor: &Actor) -> Result<Revision, Fault> {
    execute!(&mut tx.link, REMOVE, key.kid.as_str())?;
    let revision = tx.changed(actor.at, Changed::SigningKeys);
    tx.journal(Entry::KeyRemoved { kid: key.kid.clone(), at: actor.at });
    tx.audit(actor, None, action, &key.kid, json!({ "algorithm": key.algorithm }));
    Ok(revision)
}
