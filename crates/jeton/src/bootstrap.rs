//! The first start: data folder, master key, database, first organisation, the built-in API of the management interface, a
//! first owner and his token. What a start that was broken off has done is taken up again; what is complete is never touched.

pub mod ring;

use crate::{
    authority::DEFAULT_PROJECT,
    config::Config,
    http::guard::SCOPES,
    links::{self, LinkFor},
};
use jeton_core::{
    allowance::Allowances,
    api::{Api, ApiScope},
    fault::Invalid,
    id::{ApiId, OrganisationId, ProjectId, TokenId, UserId},
    kind::{TokenFormat, TokenKind},
    limits,
    name::{Audience, Name, Subject},
    network::Networks,
    policy::Policy,
    scope::{Scope, ScopeSet},
    timestamp::Timestamp,
    token_text::{Brand, PlainToken},
};
use jeton_store::{
    OpenOptions, Store, StoreError,
    account_link::LinkKind,
    audit::Actor,
    organisation::Organisation,
    page::PageRequest,
    project::Project,
    token::{NewToken, TokenFilter},
    user::{Role, User, UserEdit},
};
use ring::RingFault;
use std::{sync::Arc, time::SystemTime};
use zeroize::Zeroizing;

/// The first organisation's name.
pub const MAIN: &str = "main";

/// Why a first start did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum InitFault {
    /// It was done before.
    #[error("this installation is initialised already: its owner's token was printed then; issue others with it")]
    Already,
    /// It was never done.
    #[error("this installation is not initialised: run `jeton init`")]
    NotYet,
    /// The master key.
    #[error(transparent)]
    Ring(#[from] RingFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The configuration holds what cannot be an audience.
    #[error("`issuer` {0}")]
    Issuer(Invalid),
    /// A word of the program's own is not well-formed.
    #[error("a built-in name {0}")]
    BuiltIn(#[from] Invalid),
}

/// What a first start made.
pub struct Initialised {
    /// The owner's token. Printed once.
    pub owner_token: Zeroizing<String>,
    /// Its id.
    pub owner_token_id: TokenId,
    /// The link by which somebody makes the owner's account his own; none where an owner can sign in.
    pub setup_url: Option<Zeroizing<String>>,
    /// The owner's account.
    pub owner: UserId,
    /// The first organisation.
    pub organisation: OrganisationId,
}

impl std::fmt::Debug for Initialised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Initialised({}, redacted)", self.owner_token_id)
    }
}

/// Initialises an installation.
pub async fn init(config: &Config) -> Result<Initialised, InitFault> {
    let ring = Arc::new(ring::load_or_make(config)?);
    // A first start has nobody to answer to in between: on a busy machine it may take its time.
    let mut patient = config.clone();
    patient.database.deadline_ms = patient.database.deadline_ms.max(30_000);
    let store = open(&patient, ring).await?;
    let done = fill(&store, config).await;
    store.close().await;
    done
}

/// Issues a fresh owner's token in an installation that is there already, for whoever holds the master key and the database:
/// after a restore that suspended every token, or when the owner's token is lost. What is there is not touched, except that an
/// owner's account that was shut is opened.
pub async fn issue_owner_token(config: &Config) -> Result<Initialised, InitFault> {
    let ring = Arc::new(ring::load(config)?);
    let store = open(config, ring).await?;
    let done = fresh_owner_token(&store, config).await;
    store.close().await;
    done
}

async fn fresh_owner_token(store: &Store, config: &Config) -> Result<Initialised, InitFault> {
    if !is_initialised(store).await? {
        return Err(InitFault::NotYet);
    }
    let organisation = main_organisation(store).await?.ok_or(InitFault::NotYet)?.id;
    let actor = cli_actor();
    let owner = owner(store, organisation, &actor).await?;
    let account = store.show_user(organisation, owner).await?;
    if account.disabled {
        let enable = UserEdit { disabled: Some(false), ..UserEdit::default() };
        store.edit_user(organisation, owner, account.version, enable, actor.clone()).await?;
    }
    let setup_url = setup_url(store, config, organisation, owner, &actor).await?;
    let (text, id) = owner_token(store, config, organisation, owner, actor).await?;
    Ok(Initialised { owner_token: text, owner_token_id: id, setup_url, owner, organisation })
}

/// Who acts, where a command on this machine does.
fn cli_actor() -> Actor {
    Actor { who: "cli".into(), at: wall_clock(), request: None, client_ip: None }
}

/// Opens the configured database.
pub async fn open(config: &Config, ring: Arc<jeton_core::master_key::KeyRing>) -> Result<Store, StoreError> {
    let options =
        OpenOptions { url: config.database.url.clone(), ring, outside: config.outside_folder(), deadline: config.database.deadline() };
    Store::open(options).await
}

/// Whether an installation has been initialised.
pub async fn is_initialised(store: &Store) -> Result<bool, StoreError> {
    let Some(main) = main_organisation(store).await? else { return Ok(false) };
    let page = PageRequest { after: None, limit: 1 };
    match store.list_tokens(main.id, &TokenFilter::default(), &page).await {
        Ok(found) => Ok(!found.items.is_empty()),
        // A token that was changed from outside is refused where it is presented; it does not stop all others.
        Err(StoreError::Tampered { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// The organisation that owns the management interface.
pub async fn main_organisation(store: &Store) -> Result<Option<Organisation>, StoreError> {
    Ok(store.list_organisations().await?.into_iter().find(|own| own.name.as_str() == MAIN))
}

async fn fill(store: &Store, config: &Config) -> Result<Initialised, InitFault> {
    if is_initialised(store).await? {
        return Err(InitFault::Already);
    }
    let actor = cli_actor();
    let organisation = organisation(store, &actor).await?;
    management_api(store, config, organisation, &actor).await?;
    project(store, organisation, &actor).await?;
    let owner = owner(store, organisation, &actor).await?;
    let setup_url = setup_url(store, config, organisation, owner, &actor).await?;
    let (text, id) = owner_token(store, config, organisation, owner, actor).await?;
    Ok(Initialised { owner_token: text, owner_token_id: id, setup_url, owner, organisation })
}

/// The link that sets the owner's account up, as long as no owner can sign in.
async fn setup_url(
    store: &Store,
    config: &Config,
    organisation: OrganisationId,
    owner: UserId,
    actor: &Actor,
) -> Result<Option<Zeroizing<String>>, InitFault> {
    if store.has_owner_with_way_in().await? {
        return Ok(None);
    }
    let user = store.show_user(organisation, owner).await?;
    let link = LinkFor::of_user(LinkKind::Setup, &user, false);
    Ok(Some(links::issue_in(store, &config.issuer, link, actor.clone()).await?.url))
}

async fn organisation(store: &Store, actor: &Actor) -> Result<OrganisationId, InitFault> {
    if let Some(found) = main_organisation(store).await? {
        return Ok(found.id);
    }
    let id = OrganisationId::from_random(rand::random());
    let new = Organisation { id, name: Name::parse(MAIN)?, created_at: actor.at, version: 1 };
    store.insert_organisation(new, actor.clone()).await?;
    Ok(id)
}

/// The API of the management interface: its audience is the issuer, its scopes are built in.
pub fn management(config: &Config, id: ApiId, organisation: OrganisationId) -> Result<Api, InitFault> {
    let scope = |(scope, words): &(&str, &str)| -> Result<ApiScope, Invalid> {
        Ok(ApiScope { scope: Scope::parse(scope)?, description: (*words).to_owned(), public: false, sensitive: true })
    };
    Ok(Api {
        id,
        organisation,
        audience: Audience::parse(&config.issuer).map_err(InitFault::Issuer)?,
        name: Name::parse("Jeton management")?,
        scopes: SCOPES.iter().map(scope).collect::<Result<_, _>>()?,
        routes: Vec::new(),
        token_format: TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: Vec::new(),
        max_staleness_ms: None,
        serve_stale_seconds: None,
    })
}

/// Adds to the management interface's API what this version knows and the one before did not. Tokens that were issued before do not
/// get the new scopes by themselves: `jeton init --owner` gives a token that has them.
pub async fn renew_management_api(store: &Store, config: &Config, now: Timestamp) -> Result<(), InitFault> {
    let known = store.catalogue().await?;
    let Some(known) = known.into_iter().find(|api| api.audience.as_str() == config.issuer) else { return Ok(()) };
    let stored = store.show_api(known.organisation, known.id).await?;
    let mut wanted = management(config, stored.api.id, stored.api.organisation)?;
    let is_new = |scope: &&ApiScope| !stored.api.scopes.iter().any(|own| own.scope == scope.scope);
    let added: Vec<String> = wanted.scopes.iter().filter(is_new).map(|own| own.scope.to_string()).collect();
    // A later version may have added some that are not known here.
    let later = |own: &&ApiScope| !SCOPES.iter().any(|(scope, _)| *scope == own.scope.as_str());
    wanted.scopes.extend(stored.api.scopes.iter().filter(later).cloned());
    if wanted.scopes == stored.api.scopes {
        return Ok(());
    }
    match store.edit_api(stored.version, wanted, Actor::system(now)).await {
        Ok(_) if added.is_empty() => Ok(()),
        Ok(_) => {
            let scopes = added.join(" ");
            tracing::warn!(
                scopes,
                "the management interface has new scopes, which older tokens do not hold: `jeton init --owner` gives an owner's token that does"
            );
            Ok(())
        }
        // Another node did it at the same time.
        Err(StoreError::Outdated { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn management_api(store: &Store, config: &Config, organisation: OrganisationId, actor: &Actor) -> Result<(), InitFault> {
    let wanted = management(config, ApiId::from_random(rand::random()), organisation)?;
    let known = store.catalogue().await?;
    if known.iter().any(|api| api.audience == wanted.audience) {
        return Ok(());
    }
    store.insert_api(wanted, actor.clone()).await?;
    Ok(())
}

async fn project(store: &Store, organisation: OrganisationId, actor: &Actor) -> Result<(), InitFault> {
    let id = ProjectId::from_random(rand::random());
    let new = Project { id, organisation, name: Name::parse(DEFAULT_PROJECT)?, created_at: actor.at, version: 1 };
    match store.insert_project(new, actor.clone()).await {
        Ok(_) | Err(StoreError::Exists(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn owner(store: &Store, organisation: OrganisationId, actor: &Actor) -> Result<UserId, InitFault> {
    let mut page = PageRequest { after: None, limit: limits::PAGE_MAX };
    loop {
        let known = store.list_users(organisation, page.clone()).await?;
        if let Some(found) = known.items.into_iter().find(|user| user.name.as_str() == "owner") {
            return Ok(found.id);
        }
        if known.next.is_none() {
            break;
        }
        page.after = known.next;
    }
    let id = UserId::from_random(rand::random());
    let new = User {
        id,
        organisation,
        name: Name::parse("owner")?,
        email: None,
        role: Role::Owner,
        disabled: false,
        created_at: actor.at,
        version: 1,
    };
    store.insert_user(new, actor.clone()).await?;
    Ok(id)
}

/// The first token: everything on the management interface, without an end, so that nobody is locked out.
async fn owner_token(
    store: &Store,
    config: &Config,
    organisation: OrganisationId,
    owner: UserId,
    actor: Actor,
) -> Result<(Zeroizing<String>, TokenId), InitFault> {
    let id = TokenId::issued_at(actor.at, rand::random());
    let secret = Zeroizing::new(rand::random::<[u8; 32]>());
    let brand = config.brand.as_deref().and_then(Brand::parse);
    let plain = PlainToken::from_random(brand.as_ref(), TokenKind::Pat, id, &secret);
    let scopes = SCOPES.iter().map(|(scope, _)| Scope::parse(scope)).collect::<Result<Vec<_>, _>>()?;
    let policy = Policy {
        organisation,
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: None,
        binding: None,
        exchanged: false,
        authentication: None,
        parent: None,
        audiences: vec![Audience::parse(&config.issuer).map_err(InitFault::Issuer)?],
        scopes: ScopeSet::from_scopes(scopes),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
    };
    let new = NewToken {
        id,
        name: Name::parse("owner")?,
        subject: Subject::parse(&owner.to_string())?,
        policy,
        project_name: None,
        digest: Some(plain.digest()),
        hint: plain.hint().to_owned(),
        not_before: None,
        expires_at: None,
        metadata: "{}".into(),
        issued_at: actor.at,
    };
    store.issue_token(new, None, actor).await?;
    Ok((Zeroizing::new(plain.expose().to_owned()), id))
}

/// The time, before any clock of the program runs.
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
