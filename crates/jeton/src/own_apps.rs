//! Apps that people register for themselves: what they say of them becomes a client that waits for approval, and what they change of an
//! approved one waits again where it is more.
//!
//! Never lets anybody at another person's app without the scope for it, and never shows a secret twice: one is made when its owner asks
//! for it, after approval.

mod wish;

pub use wish::{AppKind, AppWish, Picture};

use crate::{
    authority::Authority,
    caller::Caller,
    clients::{self, RotateSecretRequest, RotatedSecret},
    http::{
        condition,
        guard::{ClientsRead, ClientsWrite, ManagementScope},
    },
    oauth::register,
    problem::{Problem, ProblemCode},
    rules,
};
use jeton_core::{
    change::Revision,
    id::{ClientId, UserId},
    oauth::{client_change, registration::Registration},
    scope::ScopeSet,
};
use jeton_store::{
    app::{App, AppEdit, NewApp},
    client::{Client, ClientEdit, ClientSource, ClientState},
    logo::{LogoName, NewLogo},
};

/// An app with what is known of it besides its client.
#[derive(Clone, Debug)]
pub struct OwnApp {
    /// Its client.
    pub client: Client,
    /// Who registered it and why, where a person did.
    pub app: Option<App>,
    /// Whether it is the caller's own.
    pub is_own: bool,
}

/// Where pictures are served.
pub const LOGOS: &str = "/assets/logos/";

/// The name of the picture of a registration, where it is one that is kept here and is the client's own.
pub fn logo_of(client: ClientId, registration: &Registration) -> Option<LogoName> {
    let (_, file) = registration.logo_uri.as_deref()?.split_once(LOGOS)?;
    LogoName::parse(file.strip_suffix(".png")?).filter(|name| name.is_of(client))
}

/// The address of the picture that people are shown: of clients that an operator or a developer of the organisation registered.
pub fn shown_logo(client: &Client) -> Option<String> {
    let name = logo_of(client.id, &client.registration).filter(|_| client.source == ClientSource::Operator)?;
    Some(format!("{LOGOS}{}.png", name.as_str()))
}

/// Whether the caller holds a scope of the management interface.
fn holds<S: ManagementScope>(caller: &Caller) -> bool {
    S::demand().iter().all(|scope| caller.may(scope))
}

/// The person that a caller stands for.
fn person(caller: &Caller) -> Result<UserId, Problem> {
    let why = "only people register apps of their own: sign in, or register a client at `/v1/clients`";
    UserId::parse(caller.subject()).map_err(|_| Problem::new(ProblemCode::Conflict, why))
}

/// The apps that the caller registered, the newest first.
pub async fn list(authority: &Authority, caller: &Caller) -> Result<Vec<Client>, Problem> {
    Ok(authority.store.clients_registered_by(caller.organisation(), person(caller)?).await?)
}

/// An app that the caller may look at: an own one, or any with `clients:read`.
pub async fn show(authority: &Authority, caller: &Caller, id: ClientId) -> Result<OwnApp, Problem> {
    let client = authority.store.show_client(caller.organisation(), id).await?;
    let app = authority.store.find_app(id).await?;
    let is_own = app.as_ref().is_some_and(|app| app.account.to_string() == caller.subject());
    if is_own || holds::<ClientsRead>(caller) { Ok(OwnApp { client, app, is_own }) } else { Err(Problem::not_found("client")) }
}

/// Whether the caller may change an app, remove it and make secrets for it.
pub fn may_change(caller: &Caller, own: &OwnApp) -> bool {
    own.client.source == ClientSource::Operator && (own.is_own || holds::<ClientsWrite>(caller))
}

/// An app that the caller may change.
pub async fn open(authority: &Authority, caller: &Caller, id: ClientId) -> Result<OwnApp, Problem> {
    let own = show(authority, caller, id).await?;
    if may_change(caller, &own) {
        return Ok(own);
    }
    Err(Problem::new(ProblemCode::WiderThanCaller, "this takes whoever registered the app, or somebody who manages apps"))
}

/// Registers an app for the caller. It waits for approval, and has no secret until its owner asks for one after that.
pub async fn register(authority: &Authority, caller: &Caller, wish: AppWish) -> Result<(Client, Revision), Problem> {
    let account = person(caller)?;
    rules::check_registrar(authority, caller).await?;
    let registration = wish.registration(authority, caller, None).await?;
    let at_once = rules::approves_at_once(authority, caller, &registration.scopes()).await?;
    let state = if at_once { ClientState::Approved } else { ClientState::Pending };
    let settled = crate::oauth::clients::Settled { now: registration, waiting: None };
    let mut new = register::new_client(authority, caller.organisation(), settled, ClientSource::Operator, state).client;
    new.secret = None;
    let logo = match wish.picture {
        Picture::New(image) => Some(NewLogo::new(new.client.id, image)),
        Picture::Keep | Picture::None => None,
    };
    new.client.registration.logo_uri = logo.as_ref().map(|logo| address(authority, &logo.name));
    let new = NewApp { client: new, account, purpose: wish.purpose, logo };
    Ok(authority.store.register_app(new, caller.actor(authority.now())).await?)
}

/// Edits an app that is at `version`: what is less holds at once, and what is more waits for approval. One that was rejected waits anew.
pub async fn edit(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    version: i64,
    wish: AppWish,
) -> Result<(Client, Revision), Problem> {
    let own = open(authority, caller, id).await?;
    let before = &own.client;
    if before.version != version {
        return Err(condition::outdated(before.version));
    }
    if before.state == ClientState::Suspended {
        return Err(Problem::new(ProblemCode::Conflict, "the app is suspended: ask an operator to let it go on first"));
    }
    let mut wanted = wish.registration(authority, caller, Some(clients::waiting(before))).await?;
    let logo = match wish.picture {
        Picture::New(image) => Some(NewLogo::new(id, image)),
        Picture::Keep | Picture::None => None,
    };
    if let Some(logo) = &logo {
        wanted.logo_uri = Some(address(authority, &logo.name));
    }
    let edit = AppEdit { client: parted(before, wanted), purpose: own.app.is_some().then_some(wish.purpose), logo };
    Ok(authority.store.edit_app(caller.organisation(), id, version, edit, caller.actor(authority.now())).await?)
}

/// What a change comes to: parted for an approved app, whole for one that waits anyway.
fn parted(before: &Client, wanted: Registration) -> ClientEdit {
    let (now, waiting) = if before.state == ClientState::Approved {
        let parted = client_change::part(&before.registration, wanted);
        (parted.now, parted.waiting)
    } else {
        (wanted, None)
    };
    let has_secret = |own: &Registration| own.token_endpoint_auth_method.has_secret();
    ClientEdit {
        name: Some(register::name_of(&now)),
        // Whoever proves itself otherwise from now on keeps no secret; a first one is made when its owner asks for it.
        secret: (has_secret(&before.registration) && !has_secret(&now)).then_some(None),
        state: (before.state == ClientState::Rejected).then_some(ClientState::Pending),
        registration: Some(now),
        pending: Some(waiting),
        ..ClientEdit::default()
    }
}

/// Takes a change back that waits for approval: what was approved before stays.
pub async fn withdraw_change(authority: &Authority, caller: &Caller, id: ClientId, version: i64) -> Result<(Client, Revision), Problem> {
    let own = open(authority, caller, id).await?;
    if own.client.pending.is_none() {
        return Err(Problem::new(ProblemCode::Conflict, "no change of the app waits for approval"));
    }
    let edit = ClientEdit { pending: Some(None), ..ClientEdit::default() };
    Ok(authority.store.edit_client(caller.organisation(), id, version, edit, caller.actor(authority.now())).await?)
}

/// Makes an app's secret, or another one: it is shown this once. The first one ends nothing.
pub async fn make_secret(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    asked: RotateSecretRequest,
) -> Result<(RotatedSecret, Revision), Problem> {
    let own = open(authority, caller, id).await?;
    if own.client.state != ClientState::Approved {
        return Err(Problem::new(ProblemCode::Conflict, "the app is not approved: it gets a secret once it is"));
    }
    clients::rotate_secret(authority, caller, id, Some(asked)).await
}

/// Removes an app; every token of it dies with it.
pub async fn remove(authority: &Authority, caller: &Caller, id: ClientId) -> Result<Revision, Problem> {
    open(authority, caller, id).await?;
    clients::remove(authority, caller, id).await
}

fn address(authority: &Authority, name: &LogoName) -> String {
    format!("{}{LOGOS}{}.png", authority.config.issuer.trim_end_matches('/'), name.as_str())
}

/// The scopes that an app of the caller's organisation may ask for: those of its APIs, and the words of OpenID Connect.
pub fn askable(authority: &Authority, caller: &Caller) -> ScopeSet {
    let apis = authority.gate.apis_of(caller.organisation());
    let own = apis.iter().filter(|api| !authority.is_management(&api.audience)).flat_map(|api| api.scopes.iter());
    let words = jeton_core::oauth::scope_words::scope_words();
    ScopeSet::from_scopes(own.map(|own| own.scope.clone()).chain(words.iter().cloned()).collect())
}
