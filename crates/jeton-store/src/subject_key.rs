//! The key that pairwise subjects follow from: one for the installation, sealed under the master key, and the same whatever becomes of
//! master keys.
//!
//! Never replaced: another one would make strangers of everybody whom an app knows.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{mark::MarkedFields, oauth::subject::SubjectKey, seal, timestamp::Timestamp};

/// Its name, which leaves room for others.
const NAME: &str = "pairwise";
/// What it is sealed for.
const CONTEXT: &[u8] = b"subject_key:pairwise";

row! {
    struct KeyRow {
        name: String,
        sealed_key: Vec<u8>,
        made_at: i64,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT name, sealed_key, made_at, mark FROM subject_keys WHERE name = $1";
const INSERT: &str = "INSERT INTO subject_keys (name, sealed_key, made_at, mark) VALUES ($1, $2, $3, $4)";

impl KeyRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("subject_keys").text(&self.name).bytes(&self.sealed_key).number(self.made_at)
    }
}

impl Store {
    /// The key; made now where there is none yet.
    pub async fn subject_key_at(&self, now: Timestamp) -> Result<SubjectKey> {
        let found = read!(self, link => find(link, self.marks()))?;
        let sealed = match found {
            Some(sealed) => sealed,
            None => self.write(Make { now }).await?,
        };
        let opened = seal::open(self.ring(), CONTEXT, &sealed);
        let opened = opened.map_err(|fault| tampered("subject_keys", NAME, &fault.to_string()))?;
        let bytes = opened.as_slice().try_into().map_err(|_| tampered("subject_keys", NAME, "it is no key"))?;
        Ok(SubjectKey::from_bytes(bytes))
    }
}

/// As it is sealed.
async fn find(link: &mut Link<'_>, marks: &Marks) -> std::result::Result<Option<Vec<u8>>, Fault> {
    let Some(row) = fetch_optional!(link, KeyRow, FIND, NAME)? else { return Ok(None) };
    marks.check("subject_keys", &row.name, &row.fields(), &row.mark)?;
    Ok(Some(row.sealed_key))
}

struct Make {
    now: Timestamp,
}

impl Operation for Make {
    /// As it is sealed.
    type Answer = Vec<u8>;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Vec<u8>, Fault> {
        // Another node may have been faster.
        if let Some(found) = find(&mut tx.link, &tx.shared.marks).await? {
            return Ok(found);
        }
        let failed = |_| Fault::Engine(sqlx::Error::Io(std::io::Error::other("the system gives no randomness")));
        let mut nonce = [0; 12];
        aws_lc_rs::rand::fill(&mut nonce).map_err(failed)?;
        let ring = &tx.shared.ring;
        let sealed_key = seal::seal(ring, CONTEXT, ring.first_subject_secret().as_slice(), nonce);
        let sealed_key = sealed_key.map_err(|fault| tampered("subject_keys", NAME, &fault.to_string()))?;
        let mut row = KeyRow { name: NAME.to_owned(), sealed_key, made_at: self.now.as_micros(), mark: Vec::new() };
        row.mark = tx.marks().mark(&row.fields());
        execute!(&mut tx.link, INSERT, NAME, row.sealed_key.as_slice(), row.made_at, row.mark.as_slice())?;
        Ok(row.sealed_key)
    }
}
