//! Pushed authorization requests (RFC 9126): kept as the hash of their `request_uri`, good for one code.
//!
//! A browser may come back to one while its person signs in and agrees; only the code uses it up.

use crate::{
    error::{Result, StoreError},
    fault::{Fault, unique},
    link::{Link, execute, fetch_one, fetch_optional},
    marks::{Marks, tampered},
    outside::hex,
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{id::ClientId, limits, mark::MarkedFields, timestamp::Timestamp};

/// A request about to be kept.
#[derive(Clone, Debug)]
pub struct NewPushedRequest {
    /// SHA-256 of the random end of its `request_uri`.
    pub digest: [u8; 32],
    /// The client that pushed it.
    pub client: ClientId,
    /// Its parameters as a form body.
    pub body: String,
    /// Until when it must have been opened in a browser.
    pub expires_at: Timestamp,
}

/// A request as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRequest {
    /// The client that pushed it.
    pub client: ClientId,
    /// Its parameters as a form body.
    pub body: String,
    /// Until when it can be gone on with.
    pub expires_at: Timestamp,
    /// When it was first opened in a browser.
    pub opened_at: Option<Timestamp>,
    /// When a code was issued for it.
    pub used_at: Option<Timestamp>,
}

row! {
    struct PushedRow {
        digest: Vec<u8>,
        client: String,
        body: String,
        expires_at: i64,
        opened_at: Option<i64>,
        used_at: Option<i64>,
        mark: Vec<u8>,
    }
}

const INSERT: &str = "INSERT INTO pushed_requests (digest, client, body, expires_at, mark) VALUES ($1, $2, $3, $4, $5)";
const SHOW: &str = "SELECT digest, client, body, expires_at, opened_at, used_at, mark FROM pushed_requests WHERE digest = $1";
const MOVE: &str = "UPDATE pushed_requests SET expires_at = $1, opened_at = $2, used_at = $3, mark = $4 WHERE digest = $5";

impl PushedRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("pushed_requests")
            .bytes(&self.digest)
            .text(&self.client)
            .text(&self.body)
            .number(self.expires_at)
            .maybe_number(self.opened_at)
            .maybe_number(self.used_at)
    }
    fn read(self, marks: &Marks) -> std::result::Result<PushedRequest, Fault> {
        let id = hex(&self.digest);
        marks.check("pushed_requests", &id, &self.fields(), &self.mark)?;
        Ok(PushedRequest {
            client: ClientId::parse(&self.client).map_err(|_| tampered("pushed_requests", &id, "its client is none"))?,
            body: self.body,
            expires_at: Timestamp::from_micros(self.expires_at),
            opened_at: self.opened_at.map(Timestamp::from_micros),
            used_at: self.used_at.map(Timestamp::from_micros),
        })
    }
    fn of(digest: &[u8; 32], request: &PushedRequest) -> Self {
        Self {
            digest: digest.to_vec(),
            client: request.client.to_string(),
            body: request.body.clone(),
            expires_at: request.expires_at.as_micros(),
            opened_at: request.opened_at.map(Timestamp::as_micros),
            used_at: request.used_at.map(Timestamp::as_micros),
            mark: Vec::new(),
        }
    }
}

impl Store {
    /// Keeps a request that its client pushed; a conflict where too many of this client wait. Whoever knows the id of a public client
    /// can push, so that without this the table would grow with the strength of strangers.
    pub async fn insert_pushed_request_at(&self, new: NewPushedRequest, now: Timestamp) -> Result<()> {
        self.write(Insert { new, now }).await
    }
    /// The request of this digest, where there is one that can still be gone on with.
    pub async fn find_pushed_request_at(&self, digest: [u8; 32], now: Timestamp) -> Result<Option<PushedRequest>> {
        let found = read!(self, link => find(link, self.marks(), &digest))?;
        Ok(found.filter(|request| request.is_open_at(now)))
    }
    /// Notes that a request was opened in a browser, the first time that it is: from then on it can be gone on with until `until`.
    pub async fn open_pushed_request_at(&self, digest: [u8; 32], now: Timestamp, until: Timestamp) -> Result<()> {
        self.write(Open { digest, now, until }).await
    }
}

impl PushedRequest {
    fn is_open_at(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

async fn find(link: &mut Link<'_>, marks: &Marks, digest: &[u8; 32]) -> std::result::Result<Option<PushedRequest>, Fault> {
    fetch_optional!(link, PushedRow, SHOW, digest.as_slice())?.map(|row| row.read(marks)).transpose()
}

async fn put(tx: &mut Tx<'_>, digest: &[u8; 32], request: &PushedRequest) -> std::result::Result<(), Fault> {
    let row = PushedRow::of(digest, request);
    let mark = tx.marks().mark(&row.fields());
    execute!(&mut tx.link, MOVE, row.expires_at, row.opened_at, row.used_at, mark, digest.as_slice())?;
    Ok(())
}

/// Uses a request up; refuses where it was used up before, is over, or is another client's.
pub(crate) async fn use_up(tx: &mut Tx<'_>, digest: &[u8; 32], client: ClientId, now: Timestamp) -> std::result::Result<(), Fault> {
    let found = find(&mut tx.link, &tx.shared.marks, digest).await?;
    match found.filter(|request| request.client == client && request.is_open_at(now)) {
        Some(request) => put(tx, digest, &PushedRequest { used_at: Some(now), ..request }).await,
        None => Err(StoreError::Conflict("the pushed request was used before, or is over".to_owned()).into()),
    }
}

struct Insert {
    new: NewPushedRequest,
    now: Timestamp,
}

const WAITING: &str = "SELECT COUNT(*) FROM pushed_requests WHERE client = $1 AND expires_at > $2";

impl Operation for Insert {
    type Answer = ();
    const REFUSES_FIRST: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let NewPushedRequest { digest, client, body, expires_at } = self.new.clone();
        let (waiting,) = fetch_one!(&mut tx.link, (i64,), WAITING, client.to_string(), self.now.as_micros())?;
        if usize::try_from(waiting).is_ok_and(|waiting| waiting >= limits::PUSHED_REQUESTS_PER_CLIENT) {
            return Err(StoreError::Conflict("too many pushed requests of this client wait: try again in a minute".to_owned()).into());
        }
        let row = PushedRow::of(&digest, &PushedRequest { client, body, expires_at, opened_at: None, used_at: None });
        let mark = tx.marks().mark(&row.fields());
        let inserted = execute!(&mut tx.link, INSERT, row.digest.as_slice(), row.client.as_str(), row.body.as_str(), row.expires_at, mark);
        unique(inserted, "this request").map(drop)
    }
}

struct Open {
    digest: [u8; 32],
    now: Timestamp,
    until: Timestamp,
}

impl Operation for Open {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let found = find(&mut tx.link, &tx.shared.marks, &self.digest).await?;
        match found.filter(|request| request.opened_at.is_none() && request.is_open_at(self.now)) {
            Some(request) => {
                let opened = PushedRequest { opened_at: Some(self.now), expires_at: self.until.max(request.expires_at), ..request };
                put(tx, &self.digest, &opened).await
            }
            None => Ok(()),
        }
    }
}
