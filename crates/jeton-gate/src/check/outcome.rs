//! What a check came to, for whoever answers the caller.

use super::{Chain, Gate, Judged, Place, Question, Turned};
use crate::{credential::Scheme, memory::Known, spend::LimitsReport};
use jeton_core::{
    authentication::SignInDemand,
    change::Revision,
    decide::Permit,
    denial::Denial,
    facts::{TokenState, WhichSecret},
    id::{ApiId, DecisionId, OrganisationId, TokenId},
    kind::TokenKind,
    limits,
    name::Acr,
    outcome::code,
    policy::Policy,
    scope::ScopeSet,
    timestamp::Timestamp,
    usage::{Refusal, UsageEvent},
};
use std::{sync::Arc, time::Duration};

/// A recognised token. A copy: cheap, and without any secret.
#[derive(Clone)]
pub struct TokenView(pub(super) Known);

/// A request that may pass. Made only by a decision in its favour.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The proof.
    pub permit: Permit,
    /// The token that was presented.
    pub token: TokenView,
    /// How its limits stand.
    pub limits: LimitsReport,
    /// The place in the change log that this is true at.
    pub as_of: Revision,
    /// How long ago that place was known to be the newest, where this is decided from a memory that is older than it should be,
    /// because the API allows that while nobody can be asked.
    pub stale: Option<Duration>,
    /// When it was decided.
    pub at: Timestamp,
    /// Names the decision, where the question wanted it.
    pub decision: Option<DecisionId>,
    /// The nonce for the caller's next proof, where that of this one is soon over (RFC 9449, section 8.2).
    pub next_nonce: Option<Box<str>>,
}

/// How true it is what a decision rests on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    /// The place in the change log that it is true at.
    pub(super) as_of: Revision,
    /// How long ago that was known to be the newest, where that is longer than it should be.
    pub(super) stale: Option<Duration>,
}

/// A request that may not pass.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why.
    pub denial: Denial,
    /// Names the decision.
    pub decision: DecisionId,
    /// The scopes that the call demands, space-separated; for the challenge.
    pub scopes: Box<str>,
    /// What the call demands of the sign-in behind a token, where that is what was not fulfilled.
    pub sign_in: Option<Box<WantedSignIn>>,
    /// The token, where one was recognised by its secret or signature.
    pub token: Option<Box<TokenView>>,
    /// How its limits stand, where they were looked at.
    pub limits: Option<Box<LimitsReport>>,
    /// The place in the change log that this is true at, where a token was recognised.
    pub as_of: Option<Revision>,
    /// When it was decided.
    pub at: Timestamp,
    /// How the credential was presented.
    pub scheme: Scheme,
    /// The API that was called, where it is known.
    pub api: Option<ApiId>,
}

/// The sign-in that a call needs, for the challenge (RFC 9470, section 3) and for whoever reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedSignIn {
    /// The classes of which any one will do, space-separated; empty where any class does.
    pub acr_values: Box<str>,
    /// How long ago it may be, in seconds.
    pub max_age: Option<u32>,
}

impl WantedSignIn {
    /// As members of a JSON object; what is not demanded is left out.
    pub fn members(&self) -> impl Iterator<Item = (String, serde_json::Value)> {
        let acr_values = (!self.acr_values.is_empty()).then(|| ("acr_values".to_owned(), self.acr_values.as_ref().into()));
        acr_values.into_iter().chain(self.max_age.map(|seconds| ("max_age".to_owned(), seconds.into())))
    }
}

impl TokenView {
    /// Its id.
    pub fn id(&self) -> TokenId {
        self.0.id()
    }
    /// Whom it speaks for.
    pub fn subject(&self) -> &str {
        self.0.subject()
    }
    /// What it may do.
    pub fn policy(&self) -> &Arc<Policy> {
        self.0.policy()
    }
    /// What it is for.
    pub fn kind(&self) -> TokenKind {
        self.0.policy().kind
    }
    /// Whose it is.
    pub fn organisation(&self) -> OrganisationId {
        self.0.policy().organisation
    }
    /// The OAuth client that it was issued to.
    pub fn client_id(&self) -> Option<&str> {
        self.0.policy().client_id.as_deref()
    }
    /// Its scopes.
    pub fn scopes(&self) -> &ScopeSet {
        &self.0.policy().scopes
    }
    /// Its stored state.
    pub fn state(&self) -> TokenState {
        self.0.state()
    }
    /// From when on it may be used.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.0.not_before()
    }
    /// Its own end, an overlap and its parents not counted.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.0.expires_at()
    }
}

impl std::fmt::Debug for TokenView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokenView").field(&self.id()).finish()
    }
}

impl Refused {
    /// A refusal that was decided before any token was looked at, such as for a path with two readings.
    pub fn outright(denial: Denial, at: Timestamp) -> Self {
        Self {
            denial,
            decision: decision_id(),
            scopes: "".into(),
            sign_in: None,
            token: None,
            limits: None,
            as_of: None,
            at,
            scheme: Scheme::Bearer,
            api: None,
        }
    }
}

impl Gate {
    pub(super) fn pass(
        &self,
        question: &Question<'_>,
        place: &Place<'_>,
        judged: Judged,
        leaf: Known,
        truth: Truth,
        now: Timestamp,
    ) -> Passed {
        self.inner.around.meters.decided("ok");
        if truth.stale.is_some() {
            self.inner.around.meters.served_stale.increment(1);
        }
        let decision = question.with_decision.then(decision_id);
        let event = event(question, Some((leaf.id(), judged.permit.secret())), now);
        self.inner.usage.record(&UsageEvent { route: place.label, ..event });
        Passed {
            permit: judged.permit,
            token: TokenView(leaf),
            limits: judged.limits,
            as_of: truth.as_of,
            stale: truth.stale,
            at: now,
            decision,
            next_nonce: judged.next_nonce,
        }
    }
    pub(super) fn refuse(
        &self,
        question: &Question<'_>,
        place: &Place<'_>,
        turned: Turned,
        chain: Option<Chain>,
        now: Timestamp,
    ) -> Refused {
        let outcome = code(Err(&turned.denial));
        self.inner.around.meters.decided(outcome);
        let decision = decision_id();
        let cause = turned.denial.cause();
        let (secret, as_of) = chain.as_ref().map(|chain| (chain.secret, chain.as_of)).unzip();
        let token = chain.and_then(Chain::into_leaf).map(|leaf| Box::new(TokenView(leaf)));
        let demanded = place.ruling.map(|ruling| ruling.scopes).unwrap_or_default();
        let scopes: Box<str> = spaced(question.scopes, demanded).into();
        let refusal = Refusal {
            decision,
            cause: &cause,
            method: question.call.map(|call| call.method),
            path: question.call.map(|call| call.path.as_str()),
            audience: question.audience,
            scopes: &scopes,
        };
        let event = event(question, token.as_ref().map(|token| token.id()).zip(secret), now);
        self.inner.usage.record(&UsageEvent { outcome, refusal: Some(refusal), route: place.label, ..event });
        let limits = (!turned.limits.is_empty()).then(|| Box::new(turned.limits));
        let (scheme, api) = (question.scheme(), place.listing.map(|listing| listing.api.id));
        let sign_in = place.ruling.filter(|_| turned.denial == Denial::InsufficientUserAuthentication).map(|ruling| wanted(ruling.sign_in));
        Refused { denial: turned.denial, decision, scopes, sign_in, token, limits, as_of, at: now, scheme, api }
    }
}

fn wanted(demand: SignInDemand<'_>) -> Box<WantedSignIn> {
    let classes: Vec<&str> = demand.acr_values.iter().map(Acr::as_str).collect();
    Box::new(WantedSignIn { acr_values: classes.join(" ").into(), max_age: demand.max_age })
}

/// A use that passed, by a token where one was recognised.
pub(super) fn event<'a>(question: &Question<'a>, token: Option<(TokenId, WhichSecret)>, at: Timestamp) -> UsageEvent<'a> {
    let (token, secret) = token.unzip();
    UsageEvent {
        at,
        token,
        secret: secret.unwrap_or_default(),
        outcome: "ok",
        refusal: None,
        route: "-",
        client_ip: question.client_ip,
        user_agent: question.user_agent.map(|agent| cut(agent, limits::USER_AGENT_MAX)),
    }
}

/// At most `most` bytes of a text, cut between characters.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

fn spaced(named: &[jeton_core::scope::Scope], demanded: &[jeton_core::scope::Scope]) -> String {
    let mut text = String::new();
    for scope in named.iter().chain(demanded.iter().filter(|scope| !named.contains(scope))) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(scope.as_str());
    }
    text
}

fn decision_id() -> DecisionId {
    DecisionId::from_random(rand::random())
}
