//! OAuth clients as operators see them: registered, edited, approved, rejected, suspended, resumed, removed, and given other secrets.

mod request;
mod review;

pub use request::{
    ApproveClientRequest, EditClientRequest, RegisterClientRequest, RejectClientRequest, RotateSecretRequest, SuspendClientRequest,
};
pub use review::{approve, reject, resume, suspend};

use crate::{
    authority::Authority,
    caller::Caller,
    http::condition,
    json::Object,
    oauth::{
        clients::settle,
        register::{self, Registered},
    },
    problem::{Problem, ProblemCode},
    rules,
};
use jeton_core::{
    change::Revision,
    fault::Invalid,
    id::ClientId,
    limits,
    oauth::{client_policy::ClientPolicy, registration::MetadataFault, registration::Registration},
    scope::{Scope, ScopeSet},
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    client::{Client, ClientEdit, ClientSource, ClientState},
    token::Rotation,
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// The scope that approving takes.
const APPROVE: &str = "clients:approve";

/// Registers a client of the caller's organisation.
pub async fn register(authority: &Authority, caller: &Caller, asked: RegisterClientRequest) -> Result<(Registered, Revision), Problem> {
    rules::check_registrar(authority, caller).await?;
    let state = if asked.approve {
        may_approve(caller)?;
        ClientState::Approved
    } else {
        ClientState::Pending
    };
    let wanted = validate(authority, &asked.metadata.0).await?;
    let settled = settle_own(authority, caller, wanted);
    let at_once = state == ClientState::Pending && rules::approves_at_once(authority, caller, &settled.now.scopes()).await?;
    let state = if at_once { ClientState::Approved } else { state };
    let mut new = register::new_client(authority, caller.organisation(), settled, ClientSource::Operator, state);
    if let Some(Object(policy)) = asked.policy {
        may_lay_down(caller, &policy)?;
        new.client.client.policy = ClientPolicy { vouched_for: asked.approve, ..policy };
    } else {
        new.client.client.policy.vouched_for = asked.approve;
    }
    let (client, revision) = authority.store.insert_client(new.client, caller.actor(authority.now())).await?;
    Ok((Registered { client, secret: new.secret, access: None }, revision))
}

/// Edits a client that is at `version`.
pub async fn edit(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    version: i64,
    asked: EditClientRequest,
) -> Result<(Registered, Revision), Problem> {
    let before = authority.store.show_client(caller.organisation(), id).await?;
    if before.version != version {
        return Err(condition::outdated(before.version));
    }
    let mut edit = ClientEdit { name: asked.name, ..ClientEdit::default() };
    let mut text = None;
    if let Some(metadata) = asked.metadata {
        if before.source == ClientSource::MetadataDocument {
            let words = "the metadata of this client is what its document says: only its policy and state are the operator's";
            return Err(Problem::new(ProblemCode::Conflict, words));
        }
        let wanted = validate(authority, &metadata.0).await?;
        let now = settle_own(authority, caller, wanted).now;
        let is_approved = matches!(before.state, ClientState::Approved | ClientState::Suspended);
        if is_approved && widens(&before.registration, &now) {
            may_approve(caller)?;
        }
        if let Some(fresh) = register::new_secret(authority, id, &before.registration, &now) {
            edit.secret = Some(fresh.map(|fresh| {
                text = Some(fresh.text);
                fresh.kept
            }));
        }
        edit.name = Some(edit.name.unwrap_or_else(|| register::name_of(&now)));
        edit.registration = Some(now);
    }
    if let Some(Object(policy)) = asked.policy {
        may_lay_down(caller, &policy)?;
        edit.policy = Some(ClientPolicy { vouched_for: before.policy.vouched_for, ..policy });
    }
    let (client, revision) = authority.store.edit_client(caller.organisation(), id, version, edit, caller.actor(authority.now())).await?;
    Ok((Registered { client, secret: text, access: None }, revision))
}

/// Removes a client; every token of it dies with it.
pub async fn remove(authority: &Authority, caller: &Caller, id: ClientId) -> Result<Revision, Problem> {
    Ok(authority.store.remove_client(caller.organisation(), id, caller.actor(authority.now())).await?)
}

/// A client's new secret, and until when the old one lives.
pub struct RotatedSecret {
    /// What requests call the client by.
    pub client_id: String,
    /// The new secret, shown once.
    pub secret: Zeroizing<String>,
    /// When the old one dies.
    pub previous_until: Timestamp,
}

/// Gives a client another secret; the old one lives until the overlap ends.
pub async fn rotate_secret(
    authority: &Authority,
    caller: &Caller,
    id: ClientId,
    asked: Option<RotateSecretRequest>,
) -> Result<(RotatedSecret, Revision), Problem> {
    let client = authority.store.show_client(caller.organisation(), id).await?;
    if !client.registration.token_endpoint_auth_method.has_secret() {
        let method = client.registration.token_endpoint_auth_method.as_str();
        return Err(Problem::new(ProblemCode::Conflict, format!("the client proves itself by `{method}`, and has no secret")));
    }
    let overlap = asked.as_ref().map_or(limits::SECRET_OVERLAP_DEFAULT, |asked| Span::from_seconds(asked.overlap_seconds));
    if overlap > limits::OVERLAP_MAX {
        let rule = format!("must be at most {} seconds", limits::OVERLAP_MAX.as_seconds_up());
        return Err(Problem::field("overlap_seconds", &Invalid::new(rule)));
    }
    let now = authority.now();
    let fresh = register::fresh_secret(authority, id);
    let rotation = Rotation {
        digest: fresh.kept.digest,
        hint: fresh.kept.hint,
        previous_until: now.plus(overlap),
        end_running_overlap: asked.is_some_and(|asked| asked.end_running_overlap),
        quiet_seconds: None,
    };
    let previous_until = rotation.previous_until;
    let (_, revision) = authority.store.rotate_token(caller.organisation(), id.anchor(), rotation, caller.actor(now)).await?;
    Ok((RotatedSecret { client_id: client.client_id, secret: fresh.text, previous_until }, revision))
}

impl std::fmt::Debug for RotatedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RotatedSecret({}, redacted)", self.client_id)
    }
}

/// Whether an edit gives the client more than it had, in what an operator has to look at.
fn widens(before: &Registration, after: &Registration) -> bool {
    let parted = jeton_core::oauth::client_change::part(before, after.clone());
    let looked_at = |own: &Registration| (own.redirect_uris.clone(), own.scope.clone(), own.grant_types.clone());
    looked_at(&parted.now) != looked_at(after)
}

async fn validate(authority: &Authority, metadata: &Map<String, Value>) -> Result<Registration, Problem> {
    let wanted = Registration::validate(metadata, authority.config.oauth.development).map_err(|fault| refused(&fault))?;
    register::check_sector(authority, &wanted).await.map_err(|fault| refused(&fault))?;
    Ok(wanted)
}

fn refused(fault: &MetadataFault) -> Problem {
    Problem::field(&format!("metadata.{}", fault.member), &fault.rule)
}

/// What an operator registers has the scopes that it names, and without any those that are not sensitive.
fn settle_own(authority: &Authority, caller: &Caller, wanted: Registration) -> crate::oauth::clients::Settled {
    if wanted.scope.is_some() {
        return crate::oauth::clients::Settled { now: wanted, waiting: None };
    }
    settle(authority, caller.organisation(), wanted, &ScopeSet::empty())
}

/// What an operator lays down takes the scope that approving takes, and lives that a token can have.
fn may_lay_down(caller: &Caller, policy: &ClientPolicy) -> Result<(), Problem> {
    may_approve(caller)?;
    policy.access_token_seconds_by_grant.validate().map_err(|rule| Problem::field("policy", &rule))
}

/// Approving takes a scope of its own, wherever it happens.
fn may_approve(caller: &Caller) -> Result<(), Problem> {
    let allowed = Scope::parse(APPROVE).is_ok_and(|scope| caller.policy().scopes.covers(&scope));
    if allowed {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::WiderThanCaller, format!("this takes a token with the scope `{APPROVE}`")))
}

/// The metadata and the client, for whoever must see both.
pub(crate) fn waiting(client: &Client) -> &Registration {
    client.pending.as_ref().unwrap_or(&client.registration)
}
