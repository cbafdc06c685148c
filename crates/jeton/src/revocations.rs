//! Revoking many at once: all tokens of a subject, a client, a project or the organisation that were issued up to an instant, or all
//! JWTs of a signing key. One change, however many tokens it ends; no way back.

mod request;

pub use request::{RevocationRequest, Target};

use crate::{
    authority::Shared,
    caller::Caller,
    http::view::revocation::RevocationView,
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    change::Revision,
    cut::{Cut, CutScope, CutWhat},
    id::ClientId,
    timestamp::{Span, Timestamp},
};
use jeton_store::{audit::Actor, cut::NewCut};

/// Why a JWT is revoked whose key was taken back without a reason.
const KEY_REVOKED: &str = "signing_key_revoked";

/// What was revoked, or would be.
#[derive(Debug)]
pub struct Revoked {
    /// What it is.
    pub view: RevocationView,
    /// Its place in the change log; `None` where nothing was done.
    pub revision: Option<Revision>,
}

/// Does what is asked for, or says what it would do.
pub async fn revoke(authority: &Shared, caller: &Caller, asked: &RevocationRequest) -> Result<Revoked, Problem> {
    let now = authority.now();
    match asked.target()? {
        Target::Scope(what) => {
            let scope = CutScope { organisation: caller.organisation(), what: known(authority, caller, what).await? };
            cut(authority, caller, asked, scope, now).await
        }
        Target::SigningKey(kid) => signing_key(authority, caller, asked, &kid, now).await,
    }
}

async fn cut(authority: &Shared, caller: &Caller, asked: &RevocationRequest, scope: CutScope, now: Timestamp) -> Result<Revoked, Problem> {
    let issued_before = asked.issued_before_at(now)?;
    let until = issued_before.map_or(now, |before| before.minus(Span::from_micros(1)));
    let tokens = authority.store.count_cut(&scope, until, now).await?;
    if asked.dry_run {
        let planned = Cut {
            scope,
            until,
            at: now,
            actor: caller.actor(now).who,
            reason: asked.reason.clone(),
            comment: asked.comment.clone(),
            revision: Revision::default(),
        };
        return Ok(Revoked { view: RevocationView::planned(&planned, tokens), revision: None });
    }
    let new = NewCut {
        scope,
        issued_before,
        reason: asked.reason.clone(),
        comment: asked.comment.clone(),
        spared: caller.token_id().filter(|_| !asked.include_caller),
    };
    let made = authority.store.make_cut(new, caller.actor(now)).await.map_err(explain)?;
    if !made.sessions.is_empty() {
        authority.logouts.notify_one();
    }
    let view = RevocationView::made(&made.cut, tokens, made.sessions.len());
    Ok(Revoked { view, revision: Some(made.revision()) })
}

/// The client and the project must be the organisation's own: a slip of the pen is told, not obeyed.
async fn known(authority: &Shared, caller: &Caller, what: CutWhat) -> Result<CutWhat, Problem> {
    match &what {
        CutWhat::Client(named) => {
            let found = match ClientId::parse(named) {
                Ok(id) => authority.store.find_client_by_id(id).await?.0,
                Err(_) => authority.store.find_client(named).await?.0,
            };
            let found = found.filter(|client| client.organisation == caller.organisation());
            let client = found.ok_or_else(|| Problem::not_found("client"))?;
            Ok(CutWhat::Client(client.client_id.as_str().into()))
        }
        CutWhat::Project(id) => {
            authority.store.show_project(caller.organisation(), *id).await?;
            Ok(what)
        }
        CutWhat::Subject(_) | CutWhat::SigningKey(_) | CutWhat::Everything => Ok(what),
    }
}

/// The keys are everybody's: only the organisation that owns the installation takes one back, and only who may rotate them.
async fn signing_key(
    authority: &Shared,
    caller: &Caller,
    asked: &RevocationRequest,
    kid: &str,
    now: Timestamp,
) -> Result<Revoked, Problem> {
    crate::http::organisations::only_main(authority, caller)?;
    request::may_rotate_keys(caller)?;
    let key = authority.keys.list().into_iter().find(|key| key.kid == kid).ok_or_else(|| Problem::not_found("signing key"))?;
    if asked.dry_run {
        return Ok(Revoked { view: RevocationView::of_key(&key.kid, now, caller, asked, 0), revision: None });
    }
    let revision = authority.keys.revoke_at(&caller.actor(now), kid, now).await.map_err(crate::http::keys::rotate::explain)?;
    let revision = revision.max(end_signed(authority, caller, asked, kid, now).await?);
    authority.took_in(revision).await;
    Ok(Revoked { view: RevocationView::of_key(&key.kid, now, caller, asked, revision.0), revision: Some(revision) })
}

/// What the key signed is refused from here on because nothing verifies it any more; that it is revoked, lists and status lists say of
/// it by a cut, one for each organisation. Gives the newest place.
async fn end_signed(
    authority: &Shared,
    caller: &Caller,
    asked: &RevocationRequest,
    kid: &str,
    now: Timestamp,
) -> Result<Revision, Problem> {
    let what = CutWhat::signing_key(kid).map_err(|rule| Problem::field("signing_key", &rule))?;
    let mut newest = Revision::default();
    for organisation in authority.store.list_organisations().await? {
        let new = NewCut {
            scope: CutScope { organisation: organisation.id, what: what.clone() },
            issued_before: None,
            reason: asked.reason.clone().or_else(|| Some(KEY_REVOKED.to_owned())),
            comment: asked.comment.clone(),
            spared: None,
        };
        // Others are not told who runs the installation.
        let actor = if organisation.id == caller.organisation() { caller.actor(now) } else { Actor::system(now) };
        newest = newest.max(authority.store.make_cut(new, actor).await?.revision());
    }
    Ok(newest)
}

/// A cut that would end the token that asks for it is refused with what to do.
fn explain(error: jeton_store::StoreError) -> Problem {
    match error {
        jeton_store::StoreError::Conflict(words) if words.contains("which asks for it") => Problem::new(ProblemCode::Conflict, words)
            .fixed_by("use another token, or say `include_caller` (`--include-caller`) where that is meant"),
        other => other.into(),
    }
}
