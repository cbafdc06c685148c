//! Looking clients up: by what requests call them, by id, and in lists, the newest first.

use super::{
    Client, ClientFilter, ClientSource,
    row::{self, ClientRow, load_owned, select},
};
use crate::{
    change::from_column,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, each, fetch_all, fetch_one},
    marks::Marks,
    page::{Page, PageRequest},
    store::{Store, read::read},
};
use jeton_core::{
    change::Revision,
    id::{ClientId, OrganisationId, UserId},
    limits,
};

impl Store {
    /// The client that requests call by this name, with the place in the change log that this is true at, or later.
    pub async fn find_client(&self, client_id: &str) -> Result<(Option<Client>, Revision)> {
        // Known before the look-up: what comes later than this may be missing from "there is none".
        let before = self.shared().known_head();
        let found = read!(self, link => by_name(link, self.marks(), client_id, before))?;
        self.shared().saw_head(found.1);
        Ok(found)
    }
    /// The client of this id, with the place in the change log that this is true at, or later.
    pub async fn find_client_by_id(&self, id: ClientId) -> Result<(Option<Client>, Revision)> {
        let before = self.shared().known_head();
        let found = read!(self, link => by_id(link, self.marks(), id, before))?;
        self.shared().saw_head(found.1);
        Ok(found)
    }
    /// Shows a client to its organisation.
    pub async fn show_client(&self, owner: OrganisationId, id: ClientId) -> Result<Client> {
        read!(self, link => load_owned(link, self.marks(), owner, id))
    }
    /// The clients of an organisation that somebody registered, the newest first. Bounded by how many one person may register.
    pub async fn clients_registered_by(&self, owner: OrganisationId, account: UserId) -> Result<Vec<Client>> {
        read!(self, link => registered_by(link, self.marks(), owner, account))
    }
    /// Lists an organisation's clients, the newest first.
    pub async fn list_clients(&self, owner: OrganisationId, filter: &ClientFilter, page: &PageRequest) -> Result<Page<Client>> {
        let after = page.after.as_deref().map(parse_cursor).transpose()?;
        let clients = read!(self, link => list(link, self.marks(), owner, filter, after.as_ref(), page.limit()))?;
        Ok(Page::cut(clients, page.limit(), |client| format!("{}.{}", client.created_at.as_micros(), client.id)))
    }
}

async fn by_name(
    link: &mut Link<'_>,
    marks: &Marks,
    client_id: &str,
    before: Revision,
) -> std::result::Result<(Option<Client>, Revision), Fault> {
    believed(row::by_name(link, client_id).await?, marks, before)
}

async fn by_id(
    link: &mut Link<'_>,
    marks: &Marks,
    id: ClientId,
    before: Revision,
) -> std::result::Result<(Option<Client>, Revision), Fault> {
    believed(row::by_id(link, id).await?, marks, before)
}

fn believed(row: Option<ClientRow>, marks: &Marks, before: Revision) -> std::result::Result<(Option<Client>, Revision), Fault> {
    let Some(row) = row else { return Ok((None, before)) };
    let head = from_column(row.head());
    Ok((Some(row.read(marks)?), head))
}

const REGISTERED_BY: &str = concat!(
    select!(),
    "WHERE l.organisation = $1 AND l.id IN (SELECT a.client FROM apps a WHERE a.account = $2) ORDER BY l.created_at DESC, l.id DESC LIMIT $3"
);

async fn registered_by(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    account: UserId,
) -> std::result::Result<Vec<Client>, Fault> {
    let most = limits::APPS_PER_PERSON_MAX as i64;
    let rows = fetch_all!(link, ClientRow, REGISTERED_BY, owner.to_string(), account.to_string(), most)?;
    rows.into_iter().map(|row| row.read(marks)).collect()
}

/// How many clients of an organisation came without an operator.
pub(super) async fn count_uninvited(link: &mut Link<'_>, owner: OrganisationId) -> std::result::Result<u64, Fault> {
    let sql = "SELECT COUNT(*) FROM clients WHERE organisation = $1 AND source <> $2";
    let (count,) = fetch_one!(link, (i64,), sql, owner.to_string(), ClientSource::Operator.as_str())?;
    Ok(count.unsigned_abs())
}

/// Where a page ended: the instant of registration and the id of its last client.
fn parse_cursor(text: &str) -> Result<(i64, String)> {
    let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, ClientId::parse(id).ok()?.to_string())));
    parts.ok_or(StoreError::BadCursor)
}

async fn list(
    link: &mut Link<'_>,
    marks: &Marks,
    owner: OrganisationId,
    filter: &ClientFilter,
    after: Option<&(i64, String)>,
    limit: usize,
) -> std::result::Result<Vec<Client>, Fault> {
    let rows = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(concat!(select!(), "WHERE l.organisation = "));
        sql.push_bind(owner.to_string());
        if let Some(state) = filter.state {
            sql.push(" AND l.state = ").push_bind(state.as_str());
        }
        if let Some(source) = filter.source {
            sql.push(" AND l.source = ").push_bind(source.as_str());
        }
        match filter.waiting {
            Some(true) => { sql.push(" AND (l.state = 'pending' OR l.pending IS NOT NULL)"); }
            Some(false) => { sql.push(" AND l.state <> 'pending' AND l.pending IS NULL"); }
            None => {}
        }
        if let Some((at, id)) = after {
            sql.push(" AND (l.created_at, l.id) < (").push_bind(*at).push(", ").push_bind(id.as_str()).push(")");
        }
        sql.push(" ORDER BY l.created_at DESC, l.id DESC LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        sql.build_query_as::<ClientRow>().fetch_all(c).await
    })?;
    rows.into_iter().map(|row| row.read(marks)).collect()
}
