//! Authorization codes: kept as the hash of their text with what was authorized, good for one use. What becomes of a code that
//! is presented is in [`crate::grant`].
//!
//! A used code is kept for a while, so that its second use is known for what it is.

use crate::{
    error::{Result, StoreError},
    fault::{Fault, unique},
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    outside::hex,
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{id::TokenId, mark::MarkedFields, oauth::authorization::Authorization, timestamp::Timestamp};

/// A code about to be given out.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// SHA-256 of its text.
    pub digest: [u8; 32],
    /// What it stands for.
    pub authorization: Authorization,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// A code as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// What it stands for.
    pub authorization: Authorization,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was used, where it was.
    pub redeemed_at: Option<Timestamp>,
    /// The grant that it became.
    pub grant: Option<TokenId>,
}

row! {
    /// A code as it lies in the table.
    #[derive(Clone, Debug)]
    pub(crate) struct CodeRow {
        pub(crate) digest: Vec<u8>,
        pub(crate) client: String,
        pub(crate) body: String,
        pub(crate) expires_at: i64,
        pub(crate) redeemed_at: Option<i64>,
        pub(crate) grant_token: Option<String>,
        pub(crate) mark: Vec<u8>,
    }
}

impl CodeRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("codes")
            .bytes(&self.digest)
            .text(&self.client)
            .text(&self.body)
            .number(self.expires_at)
            .maybe_number(self.redeemed_at)
            .maybe_text(self.grant_token.as_deref())
    }
    /// Marks the row as it is now.
    pub(crate) fn seal(&mut self, marks: &Marks) {
        self.mark = marks.mark(&self.fields());
    }
    /// The grant that it became.
    pub(crate) fn grant(&self) -> std::result::Result<Option<TokenId>, Fault> {
        let parse = |text: &str| TokenId::parse(text).map_err(|_| tampered("codes", &hex(&self.digest), "its grant is none"));
        self.grant_token.as_deref().map(parse).transpose()
    }
    /// What it stands for.
    pub(crate) fn stored(&self) -> std::result::Result<StoredCode, Fault> {
        let unreadable = |error: serde_json::Error| tampered("codes", &hex(&self.digest), &error.to_string());
        Ok(StoredCode {
            authorization: serde_json::from_str(&self.body).map_err(unreadable)?,
            expires_at: Timestamp::from_micros(self.expires_at),
            redeemed_at: self.redeemed_at.map(Timestamp::from_micros),
            grant: self.grant()?,
        })
    }
}

/// Loads a code's row by its digest, its mark checked.
pub(crate) async fn load(link: &mut Link<'_>, marks: &Marks, digest: &[u8; 32]) -> std::result::Result<Option<CodeRow>, Fault> {
    let text = "SELECT digest, client, body, expires_at, redeemed_at, grant_token, mark FROM codes WHERE digest = $1";
    let row = fetch_optional!(link, CodeRow, text, digest.as_slice())?;
    if let Some(row) = &row {
        marks.check("codes", &hex(&row.digest), &row.fields(), &row.mark)?;
    }
    Ok(row)
}

impl Store {
    /// Keeps a code that is about to be given out.
    pub async fn insert_code(&self, new: NewCode) -> Result<()> {
        let body = serde_json::to_string(&new.authorization).map_err(|error| StoreError::Conflict(error.to_string()))?;
        self.write(Insert { new, body }).await
    }
    /// The same for a pushed request, which is used up by it; a conflict where it was used up before, or is over.
    pub async fn insert_code_of_pushed_at(&self, new: NewCode, pushed: [u8; 32], now: Timestamp) -> Result<()> {
        let body = serde_json::to_string(&new.authorization).map_err(|error| StoreError::Conflict(error.to_string()))?;
        self.write(OfPushed { code: Insert { new, body }, pushed, now }).await
    }
    /// The code with this digest, used or not.
    pub async fn find_code(&self, digest: [u8; 32]) -> Result<Option<StoredCode>> {
        read!(self, link => find(link, self.marks(), &digest))
    }
}

async fn find(link: &mut Link<'_>, marks: &Marks, digest: &[u8; 32]) -> std::result::Result<Option<StoredCode>, Fault> {
    load(link, marks, digest).await?.map(|row| row.stored()).transpose()
}

struct Insert {
    new: NewCode,
    body: String,
}

impl Operation for Insert {
    type Answer = ();
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let mut row = CodeRow {
            digest: self.new.digest.to_vec(),
            client: self.new.authorization.client.to_string(),
            body: self.body.clone(),
            expires_at: self.new.expires_at.as_micros(),
            redeemed_at: None,
            grant_token: None,
            mark: Vec::new(),
        };
        row.seal(tx.marks());
        let inserted = execute!(
            &mut tx.link,
            "INSERT INTO codes (digest, client, body, expires_at, redeemed_at, grant_token, mark) VALUES ($1, $2, $3, $4, NULL, NULL, $5)",
            row.digest.as_slice(),
            row.client.as_str(),
            row.body.as_str(),
            row.expires_at,
            row.mark.as_slice(),
        );
        unique(inserted, "this code").map(drop)
    }
}

/// The code of a pushed request, and the request used up by it.
struct OfPushed {
    code: Insert,
    pushed: [u8; 32],
    now: Timestamp,
}

impl Operation for OfPushed {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        crate::request::use_up(tx, &self.pushed, self.code.new.authorization.client, self.now).await?;
        self.code.apply(tx).await
    }
}
