//! Issuing what a token endpoint answers: an access token, and where it is wanted a refresh token and an ID token. Every grant
//! type comes through here; what a client may have is decided before.
//!
//! Nothing that is issued outlives or exceeds what it hangs on, and no secret leaves but in the one answer.

mod access;
pub mod aim;
mod answer;
mod id_token;
mod lifetime;
mod refresh;

pub use answer::{Issued, TokenAnswer};
pub use refresh::Refresh;

use super::{OAuthError, client_auth::AuthenticatedClient};
use crate::authority::Authority;
use jeton_core::{
    binding::Binding,
    change::Revision,
    facts::{Secrets, TokenRecord, TokenState},
    id::TokenId,
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    oauth::{grant_context::GrantContext, grant_type::GrantType},
    policy::Policy,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
    token_text::TokenDigest,
};
use jeton_store::{audit::Actor, grant::NewGrant, token::NewToken};
use lifetime::Terms;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What is wanted. Everything in it was found in order.
#[derive(Debug)]
pub struct Wanted<'w> {
    /// How it is had.
    pub grant_type: GrantType,
    /// To whom it is issued.
    pub client: &'w AuthenticatedClient,
    /// Whom it speaks for: a user, or the client itself.
    pub subject: Subject,
    /// What it hangs on.
    pub parent: Parent,
    /// What the access token is for: one API, userinfo, or both.
    pub audiences: Vec<Audience>,
    /// What it may do there.
    pub scopes: ScopeSet,
    /// The key that its holder proved to have.
    pub binding: Option<Binding>,
    /// It may live no longer than this, whatever else allows.
    pub life_max: Option<Span>,
    /// Whether a refresh token comes with it.
    pub refresh: Refresh,
    /// Whether an ID token comes with it.
    pub openid: Option<OpenId>,
    /// Who acts for the subject (RFC 8693, section 4.1).
    pub act: Option<Map<String, Value>>,
    /// `issued_token_type`, where the grant type has it.
    pub issued_token_type: Option<&'static str>,
    /// When it is issued, and in which request.
    pub actor: Actor,
}

/// What an access token hangs on.
#[derive(Debug)]
pub enum Parent {
    /// A grant that is made with it.
    NewGrant {
        /// Everything that the client was let do, of which the token may be a part.
        audiences: Vec<Audience>,
        /// The same for scopes.
        scopes: ScopeSet,
        /// The sign-in that it came from.
        context: GrantContext,
    },
    /// Something that is there: a grant, the client's anchor, or another access token.
    Under {
        /// Its id.
        token: TokenId,
        /// Its end.
        ends_at: Option<Timestamp>,
        /// The sign-in that it came from, where a person signed in for it.
        context: GrantContext,
    },
}

/// What an ID token says besides.
#[derive(Clone, Debug, Default)]
pub struct OpenId {
    /// The `nonce` of the authorization request; a refresh has none.
    pub nonce: Option<String>,
}

/// What will be issued once the store has it. Holds secrets; has no `Debug`.
pub struct Prepared {
    /// The grant, where it is new.
    pub grant: Option<NewToken>,
    /// The access token.
    pub access: NewToken,
    /// The refresh family, where it is new.
    pub family: Option<NewToken>,
    /// The next secret of a family that is there.
    pub next: Option<refresh::NextSecret>,
    records: Vec<TokenRecord>,
    answer: TokenAnswer,
}

/// Makes the texts and rows of what is wanted, and the answer that holds them. Nothing is issued yet.
pub async fn prepare(authority: &Authority, wanted: Wanted<'_>) -> Result<Prepared, OAuthError> {
    let terms = Terms::of(authority, &wanted)?;
    let grant = new_grant(&wanted, &terms);
    let parent = match &wanted.parent {
        Parent::NewGrant { .. } => grant.as_ref().map(|grant| grant.id),
        Parent::Under { token, .. } => Some(*token),
    };
    let access = access::make(authority, &wanted, &terms, parent).await?;
    let made = refresh::make(authority, &wanted, &terms, parent);
    let id_token = match &wanted.openid {
        Some(openid) => Some(Box::pin(id_token::make(authority, &wanted, openid, &access.text)).await?),
        None => None,
    };
    let answer = TokenAnswer::of(&wanted, &terms, &access.text, made.text.as_ref().map(|text| text.expose()), id_token.as_ref());
    let records = grant.iter().chain([&access.new]).chain(&made.family).map(record_of).collect();
    Ok(Prepared { grant, access: access.new, family: made.family, next: made.next, records, answer })
}

/// Issues what is wanted. Not for what a code or a refresh token stands for: those are spent in the same transaction.
pub async fn issue(authority: &Authority, wanted: Wanted<'_>) -> Result<Issued, OAuthError> {
    let actor = wanted.actor.clone();
    let prepared = prepare(authority, wanted).await?;
    let revision = match prepared.new_grant() {
        Some(new) => Box::pin(authority.store.issue_grant(new, actor)).await.map_err(over)?,
        None => match authority.store.issue_token(prepared.access.clone(), None, actor).await.map_err(over)? {
            jeton_store::token::Issued::Now(revision) => revision,
            jeton_store::token::Issued::Before { .. } => return Err(OAuthError::unavailable()),
        },
    };
    Ok(prepared.finish(authority, revision))
}

impl Prepared {
    /// The grant with its tokens, as the store takes them; `None` where the grant is there already.
    pub fn new_grant(&self) -> Option<NewGrant> {
        let tokens = std::iter::once(&self.access).chain(&self.family).cloned().collect();
        self.grant.clone().map(|grant| NewGrant { grant, tokens })
    }
    /// The answer, before it is known whether it will be given.
    pub const fn answer(&self) -> &TokenAnswer {
        &self.answer
    }
    /// It is issued: remembers the tokens, so that their first use needs no look-up, and gives the answer.
    pub fn finish(self, authority: &Authority, revision: Revision) -> Issued {
        authority.gate.remember(&self.records, revision);
        Issued { answer: self.answer, revision }
    }
}

/// What the store refuses is that what it hangs on ended meanwhile; the rest is its own trouble.
pub fn over(error: jeton_store::StoreError) -> OAuthError {
    use jeton_store::StoreError;
    match error {
        StoreError::Conflict(_) | StoreError::NotFound(_) => {
            OAuthError::new(super::OAuthCode::InvalidGrant, "what this hangs on has ended: the client, the account or the grant")
        }
        other => other.into(),
    }
}

fn new_grant(wanted: &Wanted<'_>, terms: &Terms) -> Option<NewToken> {
    let Parent::NewGrant { audiences, scopes, context } = &wanted.parent else { return None };
    let anchor = wanted.client.client.id.anchor();
    let policy = Policy {
        audiences: audiences.clone(),
        scopes: scopes.clone(),
        binding: None,
        format: TokenFormat::Opaque,
        authentication: context.authentication(),
        ..policy(wanted, TokenKind::Grt, Some(anchor))
    };
    Some(row(wanted, policy, None, String::new(), terms.grant_ends_at, context.to_metadata()))
}

/// The policy of one row, with what all of them share.
fn policy(wanted: &Wanted<'_>, kind: TokenKind, parent: Option<TokenId>) -> Policy {
    let client = &wanted.client.client;
    Policy {
        organisation: client.organisation,
        project: None,
        kind,
        format: TokenFormat::Opaque,
        client_id: Some(client.client_id.as_str().into()),
        parent,
        audiences: wanted.audiences.clone(),
        scopes: wanted.scopes.clone(),
        networks: jeton_core::network::Networks::default(),
        routes: Vec::new(),
        allowances: jeton_core::allowance::Allowances::default(),
        binding: wanted.binding,
        // Token exchange alone says what it issued.
        exchanged: kind == TokenKind::Oat && wanted.issued_token_type.is_some(),
        signed_by: None,
        authentication: None,
    }
}

/// A row under an id of its own.
fn row(
    wanted: &Wanted<'_>,
    policy: Policy,
    digest: Option<TokenDigest>,
    hint: String,
    expires_at: Option<Timestamp>,
    metadata: String,
) -> NewToken {
    NewToken {
        id: TokenId::issued_at(wanted.actor.at, rand::random()),
        name: wanted.client.client.name.clone(),
        subject: wanted.subject.clone(),
        policy,
        project_name: None,
        digest,
        hint,
        not_before: None,
        expires_at,
        metadata,
        issued_at: wanted.actor.at,
    }
}

/// What verifiers keep of a row.
fn record_of(new: &NewToken) -> TokenRecord {
    TokenRecord {
        id: new.id,
        secrets: Secrets { current: new.digest.unwrap_or(TokenDigest::from_bytes([0; 32])), previous: None },
        subject: new.subject.clone(),
        state: TokenState::Active,
        not_before: new.not_before,
        expires_at: new.expires_at,
        policy: Arc::new(new.policy.clone()),
    }
}
