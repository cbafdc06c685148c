//! What an organisation lays down for all of its tokens and apps. Decides nothing: whoever issues asks for the rules and keeps to them.

use crate::{
    audit::Actor,
    error::StoreError,
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    page::same_version,
    row::row,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{id::OrganisationId, mark::MarkedFields, timestamp::Timestamp, token_rules::TokenRules};

/// Rules as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredRules {
    /// What they say.
    pub rules: TokenRules,
    /// When they were last changed; `None` where nothing was ever laid down.
    pub changed_at: Option<Timestamp>,
    /// Rises by one with each change; 0 where nothing was ever laid down.
    pub version: i64,
}

row! {
    struct RulesRow {
        organisation: String,
        body: String,
        changed_at: i64,
        version: i64,
        mark: Vec<u8>,
    }
}

const SHOW: &str = "SELECT organisation, body, changed_at, version, mark FROM rules WHERE organisation = $1";
const PUT: &str = "INSERT INTO rules (organisation, body, changed_at, version, mark) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (organisation) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at, \
                   version = excluded.version, mark = excluded.mark";

impl RulesRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("rules").text(&self.organisation).text(&self.body).number(self.changed_at).number(self.version)
    }
    fn read(self, marks: &Marks) -> Result<StoredRules, Fault> {
        marks.check("rules", &self.organisation, &self.fields(), &self.mark)?;
        let rules = serde_json::from_str(&self.body).map_err(|error| tampered("rules", &self.organisation, &error.to_string()))?;
        Ok(StoredRules { rules, changed_at: Some(Timestamp::from_micros(self.changed_at)), version: self.version })
    }
}

impl Store {
    /// What an organisation laid down; the rules that hold without any where it never did.
    pub async fn rules(&self, owner: OrganisationId) -> Result<StoredRules, StoreError> {
        read!(self, link => load(link, self.marks(), owner))
    }
    /// Lays down other rules where those at `version` still hold.
    pub async fn set_rules(&self, owner: OrganisationId, version: i64, rules: TokenRules, actor: Actor) -> Result<StoredRules, StoreError> {
        self.write(Set { owner, version, rules, actor }).await
    }
}

async fn load(link: &mut Link<'_>, marks: &Marks, owner: OrganisationId) -> Result<StoredRules, Fault> {
    let row = fetch_optional!(link, RulesRow, SHOW, owner.to_string())?;
    row.map_or_else(|| Ok(StoredRules::default()), |row| row.read(marks))
}

struct Set {
    owner: OrganisationId,
    version: i64,
    rules: TokenRules,
    actor: Actor,
}

impl Operation for Set {
    type Answer = StoredRules;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<StoredRules, Fault> {
        let before = load(&mut tx.link, &tx.shared.marks, self.owner).await?;
        same_version(before.version, self.version)?;
        let unwritable = |error| Fault::Engine(sqlx::Error::Encode(Box::new(error)));
        let details = serde_json::json!({ "was": before.rules, "is": self.rules });
        let mut row = RulesRow {
            organisation: self.owner.to_string(),
            body: serde_json::to_string(&self.rules).map_err(unwritable)?,
            changed_at: self.actor.at.as_micros(),
            version: before.version + 1,
            mark: Vec::new(),
        };
        row.mark = tx.marks().mark(&row.fields());
        let organisation = row.organisation.as_str();
        execute!(&mut tx.link, PUT, organisation, row.body.as_str(), row.changed_at, row.version, row.mark.as_slice())?;
        tx.audit(&self.actor, Some(self.owner), "policy.set", &row.organisation, details);
        Ok(StoredRules { rules: self.rules.clone(), changed_at: Some(self.actor.at), version: row.version })
    }
}
