//! Apps that people registered: who did, and why it is wanted. The client itself is a row of its own; both are written together.

use crate::{
    audit::Actor,
    client::{Client, ClientEdit, NewClient, edit_within, register_within},
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, execute, fetch_one, fetch_optional},
    logo::{self, NewLogo},
    marks::{Marks, tampered},
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    change::Revision,
    id::{ClientId, OrganisationId, UserId},
    limits,
    mark::MarkedFields,
    timestamp::Timestamp,
};

/// What is known of an app besides its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The client.
    pub client: ClientId,
    /// Who registered it.
    pub account: UserId,
    /// Why it is wanted: for whoever approves it.
    pub purpose: String,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// An app about to be registered.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its client.
    pub client: NewClient,
    /// Who registers it.
    pub account: UserId,
    /// Why it is wanted.
    pub purpose: String,
    /// Its picture, where it comes with one; the registration names it.
    pub logo: Option<NewLogo>,
}

/// A change of an app about to be made: what is `Some` replaces.
#[derive(Clone, Debug, Default)]
pub struct AppEdit {
    /// What changes of its client.
    pub client: ClientEdit,
    /// Another reason why it is wanted.
    pub purpose: Option<String>,
    /// Another picture; the registration, or the one that waits, names it.
    pub logo: Option<NewLogo>,
}

row! {
    struct AppRow {
        client: String,
        account: String,
        purpose: String,
        registered_at: i64,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT client, account, purpose, registered_at, mark FROM apps WHERE client = $1";
const PUT: &str = "INSERT INTO apps (client, account, purpose, registered_at, mark) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (client) DO UPDATE SET purpose = excluded.purpose, mark = excluded.mark";

impl AppRow {
    fn sealed(app: &App, marks: &Marks) -> Self {
        let mut row = Self {
            client: app.client.to_string(),
            account: app.account.to_string(),
            purpose: app.purpose.clone(),
            registered_at: app.registered_at.as_micros(),
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("apps").text(&self.client).text(&self.account).text(&self.purpose).number(self.registered_at)
    }
    fn read(self, marks: &Marks) -> std::result::Result<App, Fault> {
        marks.check("apps", &self.client, &self.fields(), &self.mark)?;
        let bad = |_| tampered("apps", &self.client, "an id in it is none");
        Ok(App {
            client: ClientId::parse(&self.client).map_err(bad)?,
            account: UserId::parse(&self.account).map_err(bad)?,
            registered_at: Timestamp::from_micros(self.registered_at),
            purpose: self.purpose,
        })
    }
}

impl Store {
    /// Who registered a client and why, where a person did.
    pub async fn find_app(&self, client: ClientId) -> Result<Option<App>> {
        read!(self, link => find(link, self.marks(), client))
    }
    /// How many people allowed a client something.
    pub async fn count_consents(&self, client: ClientId) -> Result<u64> {
        let count = "SELECT COUNT(*) FROM consents WHERE client = $1";
        let (count,) = read!(self, link => async { Ok::<_, Fault>(fetch_one!(link, (i64,), count, client.to_string())?) })?;
        Ok(count.unsigned_abs())
    }
    /// Registers an app: its client, who did it and why, and its picture.
    pub async fn register_app(&self, new: NewApp, actor: Actor) -> Result<(Client, Revision)> {
        self.write(Register { new, actor }).await
    }
    /// Edits an app whose client is still at `version`.
    pub async fn edit_app(
        &self,
        owner: OrganisationId,
        id: ClientId,
        version: i64,
        edit: AppEdit,
        actor: Actor,
    ) -> Result<(Client, Revision)> {
        self.write(Edit { owner, id, version, edit, actor }).await
    }
}

async fn find(link: &mut Link<'_>, marks: &Marks, client: ClientId) -> std::result::Result<Option<App>, Fault> {
    fetch_optional!(link, AppRow, FIND, client.to_string())?.map(|row| row.read(marks)).transpose()
}

async fn put(tx: &mut Tx<'_>, app: &App) -> std::result::Result<(), Fault> {
    let row = AppRow::sealed(app, tx.marks());
    let AppRow { client, account, purpose, registered_at, mark } = &row;
    execute!(&mut tx.link, PUT, client.as_str(), account.as_str(), purpose.as_str(), *registered_at, mark.as_slice())?;
    Ok(())
}

struct Register {
    new: NewApp,
    actor: Actor,
}

impl Operation for Register {
    type Answer = (Client, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let NewApp { client, account, purpose, logo } = &self.new;
        let count = "SELECT COUNT(*) FROM apps WHERE account = $1";
        let (count,) = fetch_one!(&mut tx.link, (i64,), count, account.to_string())?;
        if count >= limits::APPS_PER_PERSON_MAX as i64 {
            let words = format!("one person may register {} apps: remove one that is not used", limits::APPS_PER_PERSON_MAX);
            return Err(StoreError::Conflict(words).into());
        }
        let (client, revision) = register_within(tx, client, &self.actor).await?;
        let app = App { client: client.id, account: *account, purpose: purpose.clone(), registered_at: self.actor.at };
        put(tx, &app).await?;
        if let Some(logo) = logo {
            logo::put(tx, &client, logo, self.actor.at).await?;
        }
        Ok((client, revision))
    }
}

struct Edit {
    owner: OrganisationId,
    id: ClientId,
    version: i64,
    edit: AppEdit,
    actor: Actor,
}

impl Operation for Edit {
    type Answer = (Client, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let (client, revision) = edit_within(tx, self.owner, self.id, self.version, &self.edit.client, &self.actor).await?;
        if let Some(purpose) = &self.edit.purpose {
            let app = find(&mut tx.link, &tx.shared.marks, self.id).await?.ok_or(StoreError::NotFound("app"))?;
            put(tx, &App { purpose: purpose.clone(), ..app }).await?;
        }
        if let Some(logo) = &self.edit.logo {
            logo::put(tx, &client, logo, self.actor.at).await?;
        }
        Ok((client, revision))
    }
}
