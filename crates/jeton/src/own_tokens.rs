//! A person's own tokens: whoever is signed in may have them without any scope of the management interface, as far as they are his.
//!
//! Never lets anybody at another person's token without the scope for it, and never lets more out than the person may give: another
//! person's token is not found, as another organisation's is not.

use crate::{
    authority::Authority,
    caller::Caller,
    edit::{self, EditRequest},
    http::{
        guard::{ManagementScope, TokensIssue, TokensRead, TokensRevoke, TokensWrite},
        view::token::TokenView,
    },
    issue::{self, answer::Issuance, request::IssueRequest},
    problem::{Problem, ProblemCode},
    rotate::{self, RotateRequest},
    token_report,
    transition::{self, TransitionRequest},
};
use jeton_core::{
    change::Revision, facts::TokenState, fault::Invalid, id::TokenId, kind::TokenKind, name::Subject, policy::Policy, scope::Scope,
};
use jeton_store::{
    page::{Page, PageRequest},
    token::{TokenDetail, TokenFilter},
};

/// What somebody wants to do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Look at it.
    Show,
    /// Give it another secret.
    Rotate,
    /// Change what it may do.
    Edit,
    /// Hold it back.
    Suspend,
    /// Let it go on.
    Resume,
    /// End it.
    Revoke,
}

/// Why a person held an own token back: only what was held back so may be let go on by the person again.
pub const PAUSED: &str = "paused_by_owner";

impl Act {
    /// The scope that it takes where the token is somebody else's.
    fn demand(self) -> &'static [Scope] {
        match self {
            Self::Show => TokensRead::demand(),
            Self::Rotate => TokensIssue::demand(),
            Self::Edit | Self::Resume => TokensWrite::demand(),
            Self::Suspend | Self::Revoke => TokensRevoke::demand(),
        }
    }
}

/// Whether the caller holds what an act takes, whosever the token is.
pub fn manages(caller: &Caller, act: Act) -> bool {
    act.demand().iter().all(|scope| caller.may(scope))
}

/// Whether the token is the caller's own.
pub fn is_own(caller: &Caller, detail: &TokenDetail) -> bool {
    detail.record.subject.as_str() == caller.subject()
}

/// Whether the caller may do this with a token. What apps hold for a person can be looked at and ended, but not rotated or changed.
pub fn may(caller: &Caller, detail: &TokenDetail, act: Act) -> bool {
    if manages(caller, act) {
        return true;
    }
    let is_app = !detail.record.policy.kind.issued_directly() || detail.record.policy.client_id.is_some();
    is_own(caller, detail)
        && match act {
            Act::Show | Act::Revoke => true,
            Act::Rotate | Act::Edit | Act::Suspend => !is_app,
            Act::Resume => !is_app && detail.reason.as_deref() == Some(PAUSED),
        }
}

/// A token that the caller may look at.
pub async fn show(authority: &Authority, caller: &Caller, id: TokenId) -> Result<TokenDetail, Problem> {
    let detail = authority.store.show_token(caller.organisation(), id).await?;
    if may(caller, &detail, Act::Show) { Ok(detail) } else { Err(Problem::not_found("token")) }
}

/// A token that the caller may do this with.
pub async fn open(authority: &Authority, caller: &Caller, id: TokenId, act: Act) -> Result<TokenDetail, Problem> {
    let detail = show(authority, caller, id).await?;
    if may(caller, &detail, act) {
        return Ok(detail);
    }
    let why = match act {
        Act::Resume => "the token was held back by somebody else: only who manages tokens can let it go on",
        _ => "this takes somebody who manages tokens",
    };
    Err(Problem::new(ProblemCode::WiderThanCaller, why))
}

/// The caller's own tokens, the newest first.
pub async fn list(authority: &Authority, caller: &Caller, page: &PageRequest) -> Result<Page<TokenDetail>, Problem> {
    let subject = Subject::parse(caller.subject()).map_err(|rule| Problem::field("subject", &rule))?;
    let filter = TokenFilter { kind: Some(TokenKind::Pat), subject: Some(subject), ..TokenFilter::default() };
    Ok(authority.store.list_tokens(caller.organisation(), &filter, page).await?)
}

/// Issues a personal access token for the caller.
pub async fn issue(authority: &Authority, caller: &Caller, asked: IssueRequest, key: Option<&str>) -> Result<Issuance, Problem> {
    check(caller, &asked)?;
    issue::issue(authority, caller, asked, key).await
}

/// What a token that is asked for would be able to do, in one sentence; refused as issuing it would be.
pub async fn preview(authority: &Authority, caller: &Caller, asked: IssueRequest) -> Result<String, Problem> {
    check(caller, &asked)?;
    let plan = issue::rules::plan(authority, caller, asked, authority.now()).await?;
    Ok(token_report::sentence_of(authority, &plan.policy, plan.not_before, plan.expires_at))
}

/// Other tokens than the own ones take somebody who may issue any. What may be in one, the organisation's policy says.
fn check(caller: &Caller, asked: &IssueRequest) -> Result<(), Problem> {
    if !manages(caller, Act::Rotate) {
        let is_own = asked.subject.as_ref().is_none_or(|subject| subject.as_str() == caller.subject());
        if asked.kind != TokenKind::Pat || !is_own || asked.project.is_some() {
            return Err(Problem::field("kind", &Invalid::new("must be `pat`, for yourself: other tokens are issued by operators")));
        }
    }
    Ok(())
}

/// Rotates a token that has had `generation` secrets: a form that is sent again does not rotate again.
pub async fn rotate(
    authority: &Authority,
    caller: &Caller,
    id: TokenId,
    generation: i64,
    asked: RotateRequest,
) -> Result<Issuance, Problem> {
    let before = open(authority, caller, id, Act::Rotate).await?;
    if before.generation != generation {
        let why = "the token was rotated meanwhile, and what it was given then is not shown again";
        return Err(Problem::new(ProblemCode::Conflict, why));
    }
    rotate::rotate(authority, caller, id, asked).await
}

/// Ends the overlap of a token's last rotation.
pub async fn end_overlap(authority: &Authority, caller: &Caller, id: TokenId) -> Result<(TokenView, Revision), Problem> {
    open(authority, caller, id, Act::Rotate).await?;
    rotate::end_overlap(authority, caller, id).await
}

/// Edits a token; an own one is only ever made narrower by who may not change tokens in general.
pub async fn edit(
    authority: &Authority,
    caller: &Caller,
    id: TokenId,
    version: i64,
    asked: EditRequest,
) -> Result<(TokenView, Revision), Problem> {
    let before = open(authority, caller, id, Act::Edit).await?;
    if !manages(caller, Act::Edit) {
        narrower(authority, &before, &asked)?;
    }
    edit::edit(authority, caller, id, version, asked).await
}

/// Whether an edit takes nothing but powers away.
fn narrower(authority: &Authority, before: &TokenDetail, asked: &EditRequest) -> Result<(), Problem> {
    let policy: &Policy = &before.record.policy;
    let wider = |field: &str| {
        let rule = Invalid::new("can only be made narrower: issue another token where it should be able to do more");
        Err(Problem::field(field, &rule))
    };
    if asked.project.is_some() || asked.limits.as_ref().is_some_and(|limits| *limits != policy.allowances) {
        return wider("limits");
    }
    if asked.audience.as_ref().is_some_and(|list| !list.iter().all(|one| policy.audiences.contains(one))) {
        return wider("audience");
    }
    if asked.scopes.as_ref().is_some_and(|scopes| !policy.scopes.covers_all(scopes)) {
        return wider("scopes");
    }
    if asked.networks.as_ref().is_some_and(|networks| !networks.is_within(&policy.networks)) {
        return wider("networks");
    }
    let routes_fit = |routes: &[jeton_core::route::Route]| {
        policy.routes.is_empty() || (!routes.is_empty() && routes.iter().all(|own| policy.routes.iter().any(|outer| own.is_within(outer))))
    };
    if asked.routes.as_ref().is_some_and(|routes| !routes_fit(routes)) {
        return wider("routes");
    }
    let end = |seconds: u32| authority.now().plus(jeton_core::timestamp::Span::from_seconds(seconds));
    match (asked.expires_in, before.record.expires_at) {
        (None, _) | (Some(None), None) => Ok(()),
        (Some(Some(seconds)), until) if until.is_none_or(|until| end(seconds) <= until) => Ok(()),
        (Some(_), _) => wider("expires_in"),
    }
}

/// Brings a token into a state. An own one is paused under a reason of its own, so that the person can let it go on again.
pub async fn transition(
    authority: &Authority,
    caller: &Caller,
    id: TokenId,
    to: TokenState,
    mut asked: TransitionRequest,
) -> Result<(TokenView, Revision), Problem> {
    let act = match to {
        TokenState::Active => Act::Resume,
        TokenState::Suspended => Act::Suspend,
        TokenState::Revoked => Act::Revoke,
    };
    open(authority, caller, id, act).await?;
    if act == Act::Suspend && !manages(caller, act) {
        asked.reason = Some(PAUSED.to_owned());
    }
    transition::transition(authority, caller, id, to, asked).await
}
