//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): less for more, never more for less. What an operator lets the client
//! have is decided in the core; a token that is had for another hangs on it and dies with it.

use super::{TokenRequest, invalid_grant};
use crate::{
    authority::Authority,
    oauth::{
        OAuthCode, OAuthError, audiences,
        introspect::particulars,
        reach,
        tokens::{self, Issued, Parent, Refresh, Wanted},
        trusted,
    },
};
use jeton_core::{
    api::Api,
    denial::Denial,
    kind::TokenKind,
    limits,
    name::{Audience, Subject},
    oauth::{
        exchange::{ACCESS_TOKEN, ActorToken, Exchange, ExchangeFault, JWT, SubjectToken, Wish, exchange_at},
        grant_context::GrantContext,
        grant_type::GrantType,
        scope_words,
    },
    scope::ScopeSet,
};
use jeton_gate::{
    check::{Introspected, Question},
    credential::Credential,
};

/// Exchanges a token.
pub(super) async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    if request.client.method.is_public() {
        return Err(OAuthError::new(OAuthCode::UnauthorizedClient, "a public client cannot exchange tokens: it proves nothing"));
    }
    if request.form.find("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN) {
        return Err(invalid_request(&format!("`requested_token_type` can only be `{ACCESS_TOKEN}`")));
    }
    match request.required("subject_token_type")? {
        ACCESS_TOKEN => own(authority, request).await,
        JWT => foreign(authority, request).await,
        _ => Err(invalid_request(&format!("`subject_token_type` must be `{ACCESS_TOKEN}` or `{JWT}`"))),
    }
}

/// A JWT of a trusted issuer: worth what that issuer's rule says. It is nobody's token here, so that nobody can act for it.
async fn foreign(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    if request.form.contains("actor_token") || request.form.contains("actor_token_type") {
        return Err(invalid_request("`actor_token` goes with an access token of this server"));
    }
    let binding = request.binding()?;
    let trusted = trusted::verify_at(authority, &request.client, request.required("subject_token")?, request.form, request.now).await?;
    request.spend_proof(authority).await?;
    trusted.spend(authority).await?;
    let life = trusted.life_at(request.now);
    let wanted = Wanted {
        subject: trusted.subject,
        parent: Parent::Under { token: request.client.client.id.anchor(), ends_at: None, context: GrantContext::default() },
        audiences: vec![trusted.audience],
        scopes: trusted.scopes,
        life_max: Some(life),
        ..bare(request, binding)?
    };
    tokens::issue(authority, wanted).await
}

/// An access token of this server.
async fn own(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let token = find(authority, request, "subject_token").await?;
    let actor = actor(authority, request).await?;
    let binding = request.binding()?;
    if token.token.policy().binding.is_some() && binding.is_none() {
        return Err(invalid_request("the subject token is bound to a key, and what is had for it must be too: send a proof of your own"));
    }
    let particulars = particulars(authority, &token.token).await?.ok_or_else(|| invalid_grant(UNKNOWN))?;
    let exchange = decide(authority, request, &token, actor.as_ref(), particulars.actor.as_ref())?;
    let scopes = known(&*target(authority, request, &exchange.audience)?, &exchange.scopes)?;
    request.spend_proof(authority).await?;
    let context = GrantContext {
        auth_time: particulars.auth_time.map(|at| at.as_seconds().to_string()),
        acr: particulars.acr.clone(),
        ..GrantContext::default()
    };
    let wanted = Wanted {
        subject: Subject::parse(token.token.subject()).map_err(|_| OAuthError::unavailable())?,
        parent: Parent::Under { token: token.token.id(), ends_at: Some(exchange.expires_at), context },
        audiences: vec![exchange.audience],
        scopes,
        act: exchange.actor,
        ..bare(request, binding)?
    };
    tokens::issue(authority, wanted).await
}

const UNKNOWN: &str = "the token is not one of this server's access tokens, or it is not good any more";

/// The access token of a parameter, good at present. Whatever else it is, the answer is one.
async fn find(authority: &Authority, request: &TokenRequest<'_>, parameter: &str) -> Result<Introspected, OAuthError> {
    let text = request.required(parameter)?;
    let question = Question { within: Some(request.client.client.organisation), ..Question::new(Credential::from_text(text)) };
    match authority.gate.introspect(&question).await {
        Ok(found) if found.token.kind() == TokenKind::Oat => Ok(found),
        Err(Denial::Unavailable(_)) => Err(OAuthError::unavailable()),
        Ok(_) | Err(_) => Err(invalid_grant(UNKNOWN)),
    }
}

/// Whose token the client acts by, where it does.
async fn actor(authority: &Authority, request: &TokenRequest<'_>) -> Result<Option<Introspected>, OAuthError> {
    match (request.form.find("actor_token"), request.form.find("actor_token_type")) {
        (None, None) => Ok(None),
        (Some(_), Some(ACCESS_TOKEN)) => {
            let actor = find(authority, request, "actor_token").await?;
            // A token that somebody else was given proves nothing about who presents it.
            let is_own = actor.token.client_id() == Some(request.client.client.client_id.as_str());
            if is_own { Ok(Some(actor)) } else { Err(invalid_grant("the actor token was issued to another client")) }
        }
        (Some(_), Some(_)) => Err(invalid_request(&format!("`actor_token_type` must be `{ACCESS_TOKEN}`"))),
        _ => Err(invalid_request("`actor_token` and `actor_token_type` come together or not at all")),
    }
}

fn decide(
    authority: &Authority,
    request: &TokenRequest<'_>,
    token: &Introspected,
    actor: Option<&Introspected>,
    acting: Option<&serde_json::Map<String, serde_json::Value>>,
) -> Result<Exchange, OAuthError> {
    let client = &request.client.client;
    let userinfo = audiences::userinfo(authority)?;
    let policy = token.token.policy();
    // What the person is stays with whoever the person told: only what opens APIs is exchanged.
    let audiences: Vec<Audience> = policy.audiences.iter().filter(|own| **own != userinfo).cloned().collect();
    let scopes = ScopeSet::from_scopes(policy.scopes.iter().filter(|scope| !scope_words::is_scope_word(scope)).cloned().collect());
    let subject = SubjectToken {
        subject: token.token.subject(),
        client_id: token.token.client_id(),
        audiences: &audiences,
        scopes: &scopes,
        expires_at: token.expires_at,
        actor: acting,
    };
    let (audience, wanted) = (named(request)?, wanted_scopes(request)?);
    let wish = Wish {
        client_id: &client.client_id,
        policy: client.policy.exchange.as_ref(),
        audience: audience.as_ref(),
        scopes: wanted.as_ref(),
        actor: actor.map(|actor| ActorToken {
            subject: actor.token.subject(),
            client_id: actor.token.client_id(),
            expires_at: actor.expires_at,
        }),
        longest: limits::JWT_LIFE_MAX,
    };
    exchange_at(&subject, &wish, request.now).map_err(|fault| OAuthError::new(code_of(fault), fault.to_string()))
}

const fn code_of(fault: ExchangeFault) -> OAuthCode {
    match fault {
        ExchangeFault::NotAllowed => OAuthCode::UnauthorizedClient,
        ExchangeFault::Target | ExchangeFault::Ambiguous => OAuthCode::InvalidTarget,
        ExchangeFault::Scope => OAuthCode::InvalidScope,
        ExchangeFault::Delegation | ExchangeFault::Chain | ExchangeFault::Over => OAuthCode::InvalidGrant,
    }
}

/// The one API that the request names: by `resource` (RFC 8707), or by `audience` (RFC 8693, section 2.1).
fn named(request: &TokenRequest<'_>) -> Result<Option<Audience>, OAuthError> {
    let mut named = reach::resources(request.form)?;
    for text in request.form.all("audience") {
        let fault = |_| OAuthError::new(OAuthCode::InvalidTarget, "`audience` is no API of this server");
        named.push(Audience::parse(text).map_err(fault)?);
    }
    named.dedup();
    let one = named.pop();
    if named.is_empty() { Ok(one) } else { Err(OAuthError::new(OAuthCode::InvalidTarget, "one access token is for one API: name one")) }
}

fn wanted_scopes(request: &TokenRequest<'_>) -> Result<Option<ScopeSet>, OAuthError> {
    let parse = |text| ScopeSet::parse_spaced(text).map_err(|fault| OAuthError::new(OAuthCode::InvalidScope, format!("`scope` {fault}")));
    request.form.find("scope").map(parse).transpose()
}

/// The API itself: of the client's organisation, and never the management interface.
fn target(authority: &Authority, request: &TokenRequest<'_>, audience: &Audience) -> Result<std::sync::Arc<Api>, OAuthError> {
    let api = authority.gate.api(audience.as_str()).filter(|api| api.organisation == request.client.client.organisation);
    let api = api.filter(|_| !authority.is_management(audience));
    api.ok_or_else(|| OAuthError::new(OAuthCode::InvalidTarget, ExchangeFault::Target.to_string()))
}

/// The scopes that the API knows. Where it knows none, there is nothing to be had for the token.
fn known(api: &Api, scopes: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let known = ScopeSet::from_scopes(scopes.iter().filter(|scope| api.knows(scope)).cloned().collect());
    if known.is_empty() && !scopes.is_empty() {
        return Err(OAuthError::new(OAuthCode::InvalidScope, "the API knows none of the scopes that can be had for the subject token"));
    }
    Ok(known)
}

/// What all answers of this grant type have in common.
fn bare<'r>(request: &'r TokenRequest<'_>, binding: Option<jeton_core::binding::Binding>) -> Result<Wanted<'r>, OAuthError> {
    let client = &request.client.client;
    Ok(Wanted {
        grant_type: GrantType::TokenExchange,
        client: &request.client,
        subject: Subject::parse(&client.id.to_string()).map_err(|_| OAuthError::unavailable())?,
        parent: Parent::Under { token: client.id.anchor(), ends_at: None, context: GrantContext::default() },
        audiences: Vec::new(),
        scopes: ScopeSet::empty(),
        binding,
        life_max: None,
        refresh: Refresh::No,
        openid: None,
        act: None,
        issued_token_type: Some(ACCESS_TOKEN),
        actor: request.actor(),
    })
}

fn invalid_request(words: &str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidRequest, words)
}
