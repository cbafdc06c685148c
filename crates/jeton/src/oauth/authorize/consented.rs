//! From a request and the person who is signed in to a code: which APIs, which scopes, whether to ask, and what is kept.
//!
//! Must never grant more than the person was asked for, or a scope that the client may not have.

use super::{
    Refusal,
    answer::{Answer, code_of},
    need,
};
use crate::{
    authority::Authority,
    oauth::{OAuthCode, acr, audiences, clients, pushed, role_scopes},
    pages::consent::ScopeGroup,
    session::SignedIn,
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    api::Api,
    oauth::{
        authorization::Authorization,
        authorization_request::AuthorizationRequest,
        grant_type::GrantType,
        scope_words::OFFLINE_ACCESS,
        target::{self, Reach, Targets},
    },
    scope::ScopeSet,
};
use jeton_store::{
    StoreError,
    client::{Client, ClientSource},
    code::NewCode,
};
use std::sync::Arc;

/// A request that may be granted to the person who is signed in.
pub(super) struct Granting<'g> {
    authority: &'g Authority,
    client: &'g Client,
    request: &'g AuthorizationRequest,
    signed_in: &'g SignedIn,
    apis: Vec<(Arc<Api>, ScopeSet)>,
    words: ScopeSet,
}

/// What a person is asked.
pub(super) struct Question {
    pub(super) groups: Vec<ScopeGroup>,
}

impl<'g> Granting<'g> {
    /// Whether the client may ask for what it asks for.
    pub(super) fn check(authority: &Authority, client: &Client, request: &AuthorizationRequest) -> Result<(), Refusal> {
        let apis = apis_within(authority, client);
        targets(authority, client, request, &apis).map(drop)
    }
    /// The same for the person who is signed in.
    pub(super) async fn of(
        authority: &'g Authority,
        client: &'g Client,
        request: &'g AuthorizationRequest,
        signed_in: &'g SignedIn,
    ) -> Result<Self, Refusal> {
        if client.organisation != signed_in.organisation {
            let words = "the account that is signed in belongs to another organisation than the client";
            return Err(Refusal::told(Answer::error(authority, &request.answer_to, OAuthCode::AccessDenied, words)));
        }
        let within = apis_within(authority, client);
        let found = targets(authority, client, request, &within)?;
        let words = without_idle_words(client, found.words);
        let chosen: Vec<(Arc<Api>, ScopeSet)> = found
            .apis
            .into_iter()
            .filter_map(|target| Some((Arc::clone(within.iter().find(|api| api.id == target.api.id)?), target.scopes)))
            .collect();
        let mut granting = Self { authority, client, request, signed_in, apis: chosen, words };
        granting.narrow_to_role().await?;
        Ok(granting)
    }
    /// Of the management interface nobody can give more than his role may.
    async fn narrow_to_role(&mut self) -> Result<(), Refusal> {
        let authority = self.authority;
        let Some((_, scopes)) = self.apis.iter_mut().find(|(api, _)| authority.is_management(&api.audience)) else { return Ok(()) };
        let user = authority.store.show_user(self.signed_in.organisation, self.signed_in.user).await?;
        let given = role_scopes::given_by(user.role, scopes);
        if given.is_empty() && !scopes.is_empty() {
            let words = "the role of the person gives none of the scopes that were asked for";
            return Err(Refusal::told(Answer::error(authority, &self.request.answer_to, OAuthCode::AccessDenied, words)));
        }
        *scopes = given;
        Ok(())
    }
    /// What the person has to be asked; nothing where it was allowed before, or is the operator's own app.
    pub(super) async fn question(&self) -> Result<Option<Question>, Refusal> {
        let (groups, is_new) = self.against_consent().await?;
        let own_app = self.client.policy.first_party;
        let must_ask = self.request.prompts.consent || (!own_app && (is_new || could_be_another_app(self.client, self.request)));
        Ok(must_ask.then_some(Question { groups }))
    }
    /// What is asked for, and whether anything of it was not allowed before.
    async fn against_consent(&self) -> Result<(Vec<ScopeGroup>, bool), Refusal> {
        let before = self.authority.store.find_consent(self.signed_in.user, self.client.id).await?;
        let before = before.as_ref();
        let mut groups: Vec<ScopeGroup> = self.apis.iter().map(|(api, scopes)| ScopeGroup::of_api(api, scopes, before)).collect();
        if !self.words.is_empty() {
            groups.push(ScopeGroup::of_openid(audiences::userinfo(self.authority)?, &self.words, before));
        }
        let is_new = before.is_none() || groups.iter().flat_map(|group| &group.scopes).any(|line| line.is_new);
        Ok((groups, is_new))
    }
    /// Nothing is given that the page did not show: what the client or an API may do can change while a page is open.
    pub(super) async fn was_shown(&self) -> Result<(), Refusal> {
        let (_, is_new) = self.against_consent().await?;
        if !is_new {
            return Ok(());
        }
        let words = "what the app would be allowed changed while the person was asked: the app has to begin again";
        Err(Refusal::page(OAuthCode::InvalidRequest, words))
    }
    /// Gives out a code.
    pub(super) async fn issue(&self) -> Result<Answer, Refusal> {
        let (authority, request) = (self.authority, self.request);
        clients::keep(authority, self.client).await?;
        let now = authority.now();
        let code = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let mut digest = [0; 32];
        digest.copy_from_slice(digest::digest(&digest::SHA256, code.as_bytes()).as_ref());
        let new = NewCode { digest, authorization: self.authorization(), expires_at: now.plus(authority.config.oauth.code.0) };
        match request.pushed_as.as_deref().and_then(pushed::digest_of_uri) {
            None => authority.store.insert_code(new).await?,
            Some(pushed) => match authority.store.insert_code_of_pushed_at(new, pushed, now).await {
                Err(StoreError::Conflict(words)) => return Err(Refusal::page(OAuthCode::InvalidRequestUri, words)),
                done => done?,
            },
        }
        authority.store.note_session_client(self.signed_in.session, self.client.id, now).await?;
        metrics::counter!("jeton_authorization_codes_total").increment(1);
        Ok(Answer::code(authority, &request.answer_to, code))
    }
    fn authorization(&self) -> Authorization {
        let (request, signed_in) = (self.request, self.signed_in);
        let of_apis = self.apis.iter().flat_map(|(_, scopes)| scopes.iter());
        Authorization {
            organisation: self.client.organisation,
            client: self.client.id,
            user: signed_in.user,
            session: Some(signed_in.session),
            authenticated_at: signed_in.authenticated_at,
            methods: signed_in.methods.clone(),
            acr: acr::told(&signed_in.acr, &need::wanted_acr(request)).unwrap_or(&signed_in.acr).to_owned(),
            scopes: ScopeSet::from_scopes(of_apis.chain(self.words.iter()).cloned().collect()),
            resources: self.apis.iter().map(|(api, _)| api.audience.clone()).collect(),
            nonce: request.nonce.clone(),
            claims: request.claims.clone(),
            redirect_uri: request.redirect_uri_named.then(|| request.answer_to.redirect_uri.clone()),
            code_challenge: Some(request.code_challenge.clone()),
            dpop_jkt: request.dpop_jkt.clone(),
        }
    }
}

/// The APIs that a client can reach at most: those of its organisation, and the management interface.
fn apis_within(authority: &Authority, client: &Client) -> Vec<Arc<Api>> {
    let mut apis = authority.gate.apis_of(client.organisation);
    if !apis.iter().any(|api| authority.is_management(&api.audience)) {
        apis.extend(authority.gate.api(&authority.config.issuer));
    }
    apis
}

fn targets<'a>(
    authority: &Authority,
    client: &Client,
    request: &AuthorizationRequest,
    apis: &'a [Arc<Api>],
) -> Result<Targets<'a>, Refusal> {
    let reach = Reach {
        organisation: client.organisation,
        audiences: &client.policy.audiences,
        management: &authority.config.issuer,
        first_party: client.policy.first_party,
        vouched: is_vouched_for(client),
    };
    let own = || apis.iter().map(|api| &**api);
    let meant = (!request.scopes_named).then(|| target::meant(&request.scopes, &request.resources, &reach, own()));
    target::choose(meant.as_ref().unwrap_or(&request.scopes), &request.resources, &reach, own())
        .map_err(|(code, words)| Refusal::told(Answer::error(authority, &request.answer_to, code_of(code), words)))
}

/// Whether somebody of the organisation looked at the client and approved it.
fn is_vouched_for(client: &Client) -> bool {
    client.source == ClientSource::Operator || client.policy.vouched_for
}

/// `offline_access` is ignored of a client that cannot have refresh tokens (OpenID Connect Core, section 11).
fn without_idle_words(client: &Client, words: ScopeSet) -> ScopeSet {
    if client.registration.grant_types.contains(&GrantType::RefreshToken) {
        return words;
    }
    ScopeSet::from_scopes(words.iter().filter(|scope| scope.as_str() != OFFLINE_ACCESS).cloned().collect())
}

/// Whether another app on the person's machine could pass for this client (RFC 8252, section 8.6): it proves nothing, and nobody
/// but the machine says who takes the answer.
fn could_be_another_app(client: &Client, request: &AuthorizationRequest) -> bool {
    client.registration.token_endpoint_auth_method.is_public() && !request.answer_to.redirect_uri.starts_with("https://")
}
