//! `refresh_token` (RFC 6749, section 6; RFC 9700, section 4.14): a new access token and a new refresh token for an old one.
//!
//! The same request again within the grace time gets the same answer, so that a lost answer costs nobody his session. A used token
//! that comes later, or with another key, ends the grant and everything under it. What another client presents, or what never was
//! a token, changes nothing.

use super::{TokenRequest, invalid_grant};
use crate::{
    authority::Authority,
    oauth::{
        OAuthCode, OAuthError, audiences, given,
        grant::authorization_code::first_api,
        tokens::{self, Issued, OpenId, Parent, Refresh, TokenAnswer, Wanted, aim, aim::Aim},
    },
};
use aws_lc_rs::digest::{Context, SHA256};
use jeton_core::{
    binding::Binding,
    change::Revision,
    facts::TokenState,
    kind::TokenKind,
    limits,
    oauth::{grant_context::GrantContext, grant_type::GrantType},
    scope::ScopeSet,
    seal,
    timestamp::Timestamp,
    token_text::{self, ParsedToken, TokenDigest},
};
use jeton_store::{
    refresh::{FoundFamily, NewRefresh, Refreshed, SpentSecret},
    token::TokenDetail,
};

const UNKNOWN: &str = "the refresh token is not one that this client was given";
const OVER: &str = "the refresh token is over: it was not used in time, or the grant behind it ended";
const STOLEN: &str = "the refresh token was used before, so that it may be stolen: everything that came of its grant is revoked";

/// Refreshes.
pub(super) async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let presented = parse(request.required("refresh_token")?)?;
    let binding = request.binding()?;
    let found = authority.store.find_refresh(presented.id, presented.digest).await?;
    let found = found.filter(|found| is_own(request, found)).ok_or_else(|| invalid_grant(UNKNOWN))?;
    let is_current = found.family.record.secrets.current.matches(&presented.digest);
    if !is_current && found.spent.is_none() {
        return Err(invalid_grant(UNKNOWN));
    }
    if !is_alive(&found.family, request.now) || !is_alive(&found.grant, request.now) {
        return Err(invalid_grant(OVER));
    }
    let attempt = Attempt { authority, request, presented, binding, found: &found };
    if let Some(again) = found.spent.as_ref().and_then(|spent| attempt.known_again(spent)) {
        return again;
    }
    if is_current {
        attempt.has_its_key()?;
    }
    attempt.make().await
}

fn parse(text: &str) -> Result<ParsedToken, OAuthError> {
    token_text::parse(text.as_bytes()).ok().filter(|parsed| parsed.kind == TokenKind::Ort).ok_or_else(|| invalid_grant(UNKNOWN))
}

fn is_own(request: &TokenRequest<'_>, found: &FoundFamily) -> bool {
    found.grant.record.policy.parent == Some(request.client.client.id.anchor())
}

fn is_alive(row: &TokenDetail, now: Timestamp) -> bool {
    row.record.state == TokenState::Active && row.record.expires_at.is_none_or(|end| now < end)
}

/// One refresh under way.
struct Attempt<'a> {
    authority: &'a Authority,
    request: &'a TokenRequest<'a>,
    presented: ParsedToken,
    binding: Option<Binding>,
    found: &'a FoundFamily,
}

impl Attempt<'_> {
    /// A used token, by the same holder and in time: the answer of then.
    fn known_again(&self, spent: &SpentSecret) -> Option<Result<Issued, OAuthError>> {
        let (holder, sealed) = spent.answer.as_ref()?;
        // Where a change came in between, the store has the word.
        let is_same = *holder == self.holder() && spent.at >= self.grace_since();
        is_same.then(|| self.again(sealed, self.authority.gate.applied()))
    }
    /// The refresh token of a public client needs the key that it is bound to.
    fn has_its_key(&self) -> Result<(), OAuthError> {
        match self.found.family.record.policy.binding {
            None => Ok(()),
            Some(own) if self.binding == Some(own) => Ok(()),
            Some(Binding::Dpop(_)) => Err(OAuthError::new(OAuthCode::InvalidDpopProof, "the refresh token is bound to another DPoP key")),
            Some(Binding::Certificate(_)) => Err(invalid_grant("the refresh token is bound to another certificate")),
        }
    }
    async fn make(&self) -> Result<Issued, OAuthError> {
        let (authority, request) = (self.authority, self.request);
        let wanted = self.wanted().await?;
        let prepared = tokens::prepare(authority, wanted).await?;
        let next = prepared.next.clone().ok_or_else(OAuthError::unavailable)?;
        request.spend_proof(authority).await?;
        let new = NewRefresh {
            family: self.presented.id,
            presented: self.presented.digest,
            digest: next.digest,
            hint: next.hint,
            expires_at: next.expires_at,
            access: prepared.access.clone(),
            sealed_answer: self.seal(prepared.answer())?,
            holder: self.holder(),
            grace_since: self.grace_since(),
        };
        match authority.store.refresh(new, request.actor()).await.map_err(tokens::over)? {
            Refreshed::Now(revision) => Ok(prepared.finish(authority, revision)),
            Refreshed::Again { sealed_answer, revision } => self.again(&sealed_answer, revision),
            Refreshed::Theft { grant, .. } => {
                tracing::warn!(%grant, client = request.client.client.client_id, "a used refresh token came again: its grant is revoked");
                metrics::counter!("jeton_refresh_thefts_total").increment(1);
                Err(invalid_grant(STOLEN))
            }
            Refreshed::Unknown => Err(invalid_grant(UNKNOWN)),
            Refreshed::Dead => Err(invalid_grant(OVER)),
        }
    }
    async fn wanted(&self) -> Result<Wanted<'_>, OAuthError> {
        let (authority, request) = (self.authority, self.request);
        let (family, grant) = (&self.found.family.record, &self.found.grant.record);
        let userinfo = audiences::userinfo(authority)?;
        let default = first_api(&family.policy.audiences, &userinfo);
        let aim = aim::take(authority, &grant.policy.audiences, &grant.policy.scopes, request.form, default)?;
        let aim = Aim { scopes: self.narrowed(&grant.policy.scopes, aim.scopes)?, ..aim };
        let aim = given::today(authority, &request.client.client, &grant.subject, aim).await?;
        let context = GrantContext::from_metadata(&self.found.grant.metadata);
        Ok(Wanted {
            grant_type: GrantType::RefreshToken,
            client: &request.client,
            subject: grant.subject.clone(),
            parent: Parent::Under { token: grant.id, ends_at: grant.expires_at, context },
            scopes: aim.scopes,
            audiences: aim.audiences,
            binding: self.binding,
            life_max: None,
            refresh: Refresh::Next(family.id),
            openid: aim::is_openid(&grant.policy.scopes).then(OpenId::default),
            act: None,
            issued_token_type: None,
            actor: request.actor(),
        })
    }
    /// `scope` may only narrow; without it everything that was granted holds again.
    fn narrowed(&self, granted: &ScopeSet, aimed: ScopeSet) -> Result<ScopeSet, OAuthError> {
        let Some(text) = self.request.form.find("scope") else { return Ok(aimed) };
        let invalid = |words: String| OAuthError::new(OAuthCode::InvalidScope, words);
        let asked = ScopeSet::parse_spaced(text).map_err(|fault| invalid(format!("`scope` {fault}")))?;
        if let Some(beyond) = asked.iter().find(|scope| !granted.covers(scope)) {
            return Err(invalid(format!("`{beyond}` was not granted: a refresh cannot widen")));
        }
        Ok(ScopeSet::from_scopes(asked.iter().filter(|scope| aimed.covers(scope)).cloned().collect()))
    }
    /// Whose answer it is: the client's, with the key that it proved.
    fn holder(&self) -> [u8; 32] {
        let key = match self.binding {
            None => (0, [0; 32]),
            Some(Binding::Dpop(thumbprint)) => (1, thumbprint),
            Some(Binding::Certificate(hash)) => (2, hash),
        };
        let mut hash = Context::new(&SHA256);
        hash.update(self.request.client.client.id.digits().as_bytes());
        hash.update(&[key.0]);
        hash.update(&key.1);
        let mut holder = [0; 32];
        holder.copy_from_slice(hash.finish().as_ref());
        holder
    }
    fn grace_since(&self) -> Timestamp {
        self.request.now.minus(self.authority.config.oauth.refresh_grace.0.min(limits::REFRESH_GRACE_MAX))
    }
    fn seal(&self, answer: &TokenAnswer) -> Result<Vec<u8>, OAuthError> {
        let sealed = seal::seal(self.authority.store.ring(), &context(&self.presented.digest), answer.expose(), rand::random());
        sealed.map_err(|_| OAuthError::unavailable())
    }
    fn again(&self, sealed: &[u8], revision: Revision) -> Result<Issued, OAuthError> {
        let opened = seal::open(self.authority.store.ring(), &context(&self.presented.digest), sealed).map_err(|fault| {
            tracing::error!(%fault, "a kept answer to a refresh cannot be opened");
            OAuthError::unavailable()
        })?;
        Ok(Issued { answer: TokenAnswer::again(opened), revision })
    }
}

/// What a kept answer is sealed for: the token that it answers.
fn context(presented: &TokenDigest) -> Vec<u8> {
    [b"refresh_answer:".as_slice(), presented.as_bytes()].concat()
}
