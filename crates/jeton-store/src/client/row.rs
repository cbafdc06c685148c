//! A client's row: its columns, what its mark covers, and the way from a row to what is believed of it. The row's place is compared
//! with the change log and with the journal, so that an old row put back is noticed.

use super::{Client, ClientSource, ClientState};
use crate::{
    change::{as_column, from_column},
    error::StoreError,
    fault::Fault,
    link::{Link, fetch_optional},
    marks::{Marks, tampered},
    row::row,
};
use jeton_core::{
    change::Revision,
    id::{ClientId, OrganisationId},
    mark::MarkedFields,
    name::Name,
    timestamp::Timestamp,
};
use serde::Serialize;

row! {
    /// A client as it lies in the table, with what the change log knows of it.
    pub(super) struct ClientRow {
        pub(super) id: String,
        pub(super) client_id: String,
        pub(super) organisation: String,
        pub(super) name: String,
        pub(super) state: String,
        pub(super) source: String,
        pub(super) registration: String,
        pub(super) policy: String,
        pub(super) pending: Option<String>,
        pub(super) reason: Option<String>,
        pub(super) registration_digest: Option<Vec<u8>>,
        pub(super) created_at: i64,
        pub(super) changed_at: i64,
        pub(super) version: i64,
        pub(super) revision: i64,
        pub(super) mark: Vec<u8>,
        newest: Option<i64>,
        oldest: Option<i64>,
        head: Option<i64>,
    }
}

/// The columns of a client with what the change log says of it, all from one moment.
macro_rules! select {
    () => {
        "SELECT l.id, l.client_id, l.organisation, l.name, l.state, l.source, l.registration, l.policy, l.pending, l.reason, \
         l.registration_digest, l.created_at, l.changed_at, l.version, l.revision, l.mark, \
         (SELECT MAX(c.revision) FROM changes c WHERE c.id = l.id) AS newest, (SELECT MIN(c.revision) FROM changes c) AS oldest, \
         (SELECT h.revision FROM heads h WHERE h.one = 1) AS head FROM clients l "
    };
}
pub(super) use select;

const BY_ID: &str = concat!(select!(), "WHERE l.id = $1");
const BY_NAME: &str = concat!(select!(), "WHERE l.client_id = $1");

impl ClientRow {
    /// The row of a client, marked.
    pub(super) fn sealed(client: &Client, marks: &Marks) -> Result<Self, Fault> {
        let mut row = Self {
            id: client.id.to_string(),
            client_id: client.client_id.clone(),
            organisation: client.organisation.to_string(),
            name: client.name.as_str().to_owned(),
            state: client.state.as_str().to_owned(),
            source: client.source.as_str().to_owned(),
            registration: json(&client.registration)?,
            policy: json(&client.policy)?,
            pending: client.pending.as_ref().map(json).transpose()?,
            reason: client.reason.clone(),
            registration_digest: client.registration_digest.map(Vec::from),
            created_at: client.created_at.as_micros(),
            changed_at: client.changed_at.as_micros(),
            version: client.version,
            revision: as_column(client.revision),
            mark: Vec::new(),
            newest: None,
            oldest: None,
            head: None,
        };
        row.mark = marks.mark(&row.fields());
        Ok(row)
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("clients")
            .text(&self.id)
            .text(&self.client_id)
            .text(&self.organisation)
            .text(&self.name)
            .text(&self.state)
            .text(&self.source)
            .text(&self.registration)
            .text(&self.policy)
            .maybe_text(self.pending.as_deref())
            .maybe_text(self.reason.as_deref())
            .maybe_bytes(self.registration_digest.as_deref())
            .number(self.created_at)
            .number(self.changed_at)
            .number(self.version)
            .number(self.revision)
    }
    /// The place of its newest change, as the row itself says.
    pub(super) fn revision(&self) -> Revision {
        from_column(self.revision)
    }
    /// The place in the change log that the row was read at.
    pub(super) fn head(&self) -> i64 {
        self.head.unwrap_or(self.revision)
    }
    /// What is believed of the row: its mark is right, and neither the change log nor the journal knows of a newer one.
    pub(super) fn read(self, marks: &Marks) -> Result<Client, Fault> {
        marks.check("clients", &self.id, &self.fields(), &self.mark)?;
        marks.floors.check_client(&self.id, self.revision)?;
        let is_newest = match (self.newest, self.oldest) {
            (Some(newest), _) => self.revision == newest,
            (None, Some(oldest)) => self.revision < oldest,
            (None, None) => true,
        };
        if !is_newest || self.revision > self.head() {
            return Err(tampered("clients", &self.id, "it is not the newest that the change log knows of"));
        }
        self.parse()
    }
    fn parse(self) -> Result<Client, Fault> {
        let bad = |what: &str| tampered("clients", &self.id, what);
        let parsed = |error: serde_json::Error| bad(&error.to_string());
        let digest = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|_| bad("a digest is not 32 bytes long"));
        Ok(Client {
            id: ClientId::parse(&self.id).map_err(|_| bad("its id is none"))?,
            organisation: OrganisationId::parse(&self.organisation).map_err(|_| bad("its organisation is none"))?,
            name: Name::parse(&self.name).map_err(|_| bad("its name is none"))?,
            state: ClientState::parse(&self.state).ok_or_else(|| bad("its state is none"))?,
            source: ClientSource::parse(&self.source).ok_or_else(|| bad("its source is none"))?,
            registration: serde_json::from_str(&self.registration).map_err(parsed)?,
            policy: serde_json::from_str(&self.policy).map_err(parsed)?,
            pending: self.pending.as_deref().map(serde_json::from_str).transpose().map_err(parsed)?,
            registration_digest: self.registration_digest.as_deref().map(digest).transpose()?,
            created_at: Timestamp::from_micros(self.created_at),
            changed_at: Timestamp::from_micros(self.changed_at),
            version: self.version,
            revision: from_column(self.revision),
            client_id: self.client_id,
            reason: self.reason,
        })
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Engine(sqlx::Error::Encode(Box::new(error))))
}

/// The row of this id.
pub(super) async fn by_id(link: &mut Link<'_>, id: ClientId) -> Result<Option<ClientRow>, Fault> {
    Ok(fetch_optional!(link, ClientRow, BY_ID, id.to_string())?)
}

/// The row of this protocol id.
pub(super) async fn by_name(link: &mut Link<'_>, client_id: &str) -> Result<Option<ClientRow>, Fault> {
    Ok(fetch_optional!(link, ClientRow, BY_NAME, client_id)?)
}

/// The client of this id, where the organisation has it; its mark is checked.
pub(crate) async fn load(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: ClientId) -> Result<Option<Client>, Fault> {
    let row = by_id(link, id).await?.filter(|row| row.organisation == owner.to_string());
    row.map(|row| row.read(marks)).transpose()
}

/// Loads a client of one organisation, its mark checked; another organisation's is not found.
pub(super) async fn load_owned(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId, id: ClientId) -> Result<Client, Fault> {
    let row = by_id(link, id).await?.filter(|row| row.organisation == owner.to_string());
    row.ok_or(StoreError::NotFound("client"))?.read(marks)
}
