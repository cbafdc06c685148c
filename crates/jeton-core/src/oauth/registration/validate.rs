//! From what a stranger sent to a [`Registration`]: unknown members are ignored, wrong ones refused by name, absent ones get the
//! defaults of RFC 7591, section 2. What is substituted is told in the answer, which holds all that was registered.

use super::{
    ApplicationType, AuthMethod, MetadataFault, Registration, SubjectType, keys,
    members::{Members, fault, is_plain, is_short},
};
use crate::{
    client_certificate::DistinguishedName,
    fault::Invalid,
    jose::Algorithm,
    limits,
    name::Name,
    oauth::{
        client_uri,
        grant_type::GrantType,
        redirect_uri::{self, RedirectKind},
    },
    scope::{Scope, ScopeSet, printable},
};
use serde_json::{Map, Value};

/// Grant types that do not exist here and never will.
const GONE: [&str; 2] = ["implicit", "password"];

impl Registration {
    /// Validates metadata. `development` allows plain `http` on loopback for redirects of web apps and for addresses that this
    /// server calls, and nothing else.
    pub fn validate(metadata: &Map<String, Value>, development: bool) -> Result<Self, MetadataFault> {
        let members = Members(metadata);
        let callable = |text: &str| client_uri::read_callable(text, development).map(drop);
        let mut read = Self {
            client_name: members.text("client_name", |text| Name::parse(text).and_then(|_| is_plain(text)))?,
            client_uri: members.text("client_uri", client_uri::read_page)?,
            logo_uri: members.text("logo_uri", client_uri::read_page)?,
            tos_uri: members.text("tos_uri", client_uri::read_page)?,
            policy_uri: members.text("policy_uri", client_uri::read_page)?,
            contacts: members.list("contacts", limits::CLIENT_CONTACTS_MAX, is_short)?,
            software_id: members.short("software_id")?,
            software_version: members.short("software_version")?,
            subject_type: members
                .word("subject_type", &[("public", SubjectType::Public), ("pairwise", SubjectType::Pairwise)])?
                .unwrap_or_default(),
            sector_identifier_uri: members.text("sector_identifier_uri", callable)?,
            backchannel_logout_uri: members.text("backchannel_logout_uri", callable)?,
            backchannel_logout_session_required: members.flag("backchannel_logout_session_required")?,
            default_max_age: members.seconds("default_max_age")?,
            require_auth_time: members.flag("require_auth_time")?,
            scope: scope(members)?,
            ..Self::default()
        };
        algorithms(members, &mut read)?;
        grants(members, &mut read)?;
        redirects(members, &mut read, development)?;
        proof(members, &mut read)?;
        keys::read(members, &mut read, development)?;
        read.agree()?;
        Ok(read)
    }
    /// The scopes that the client may ask for.
    pub fn scopes(&self) -> ScopeSet {
        let words = self.scope.as_deref().unwrap_or_default().split(' ');
        ScopeSet::from_scopes(words.filter_map(|word| Scope::parse(word).ok()).collect())
    }
    /// What must hold between members.
    fn agree(&self) -> Result<(), MetadataFault> {
        let public = self.token_endpoint_auth_method.is_public();
        for grant in [GrantType::ClientCredentials, GrantType::TokenExchange] {
            if public && self.grant_types.contains(&grant) {
                let rule = format!("must not hold `{}` for a client that does not authenticate", grant.as_str());
                return Err(fault("grant_types", rule));
            }
        }
        if self.tls_client_certificate_bound_access_tokens && self.dpop_bound_access_tokens {
            return Err(fault("dpop_bound_access_tokens", "must not be asked for together with certificate-bound tokens"));
        }
        if self.subject_type == SubjectType::Pairwise && self.sector_identifier_uri.is_none() && self.sector().is_none() {
            let rule = "is required for pairwise subjects where the redirect URIs have not one host (OpenID Connect Core, section 8.1)";
            return Err(fault("sector_identifier_uri", rule));
        }
        Ok(())
    }
    /// The one host of the redirect URIs; `None` where there are several, or none.
    pub fn sector(&self) -> Option<String> {
        let host = |uri: &String| Some(url::Url::parse(uri).ok()?.host_str()?.to_owned());
        let mut hosts = self.redirect_uris.iter().map(host);
        let first = hosts.next()??;
        hosts.all(|other| other.as_deref() == Some(first.as_str())).then_some(first)
    }
}

fn scope(members: Members<'_>) -> Result<Option<String>, MetadataFault> {
    let rule = |text: &str| {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if words.len() > limits::SCOPES_MAX {
            return Err(Invalid::new(format!("must hold at most {} scopes", limits::SCOPES_MAX)));
        }
        for word in words {
            let read = Scope::parse(word).map_err(|rule| Invalid::new(format!("holds `{}`, which {rule}", printable(word))))?;
            if read.is_wildcard() {
                return Err(Invalid::new(format!("must not hold the wildcard `{read}`: name each scope")));
            }
        }
        Ok(())
    };
    let text = members.text("scope", rule)?;
    let once = |text: String| ScopeSet::from_scopes(text.split(' ').filter_map(|word| Scope::parse(word).ok()).collect()).to_spaced();
    Ok(text.map(once))
}

/// Signature algorithms of answers and requests: those that exist here, never `none`.
fn algorithms(members: Members<'_>, read: &mut Registration) -> Result<(), MetadataFault> {
    let algorithm = |member| members.text(member, is_algorithm);
    read.id_token_signed_response_alg = algorithm("id_token_signed_response_alg")?;
    read.userinfo_signed_response_alg = algorithm("userinfo_signed_response_alg")?;
    read.introspection_signed_response_alg = algorithm("introspection_signed_response_alg")?;
    read.request_object_signing_alg = algorithm("request_object_signing_alg")?;
    read.require_signed_request_object = members.flag("require_signed_request_object")?;
    read.require_pushed_authorization_requests = members.flag("require_pushed_authorization_requests")?;
    Ok(())
}

/// Whether signatures of this algorithm are made and checked here.
pub(super) fn is_algorithm(text: &str) -> Result<(), Invalid> {
    let known = || Algorithm::ALL.map(Algorithm::as_str).join("`, `");
    Algorithm::parse(text).map(drop).ok_or_else(|| Invalid::new(format!("must be one of `{}`", known())))
}

/// Grant types and response types, and that they agree (RFC 7591, section 2.1). Grant types that are not known here are left out.
fn grants(members: Members<'_>, read: &mut Registration) -> Result<(), MetadataFault> {
    let listed = members.list("grant_types", limits::CLIENT_URIS_MAX, |text| {
        if GONE.contains(&text) { Err(Invalid::new(format!("must not be `{text}`: OAuth 2.1 has no such grant"))) } else { Ok(()) }
    })?;
    let known: Vec<GrantType> = listed.iter().filter_map(|text| GrantType::parse(text)).collect();
    if known.is_empty() && !listed.is_empty() {
        let all = GrantType::ALL.map(GrantType::as_str).join("`, `");
        return Err(fault("grant_types", format!("must hold at least one of `{all}`")));
    }
    read.grant_types = if known.is_empty() { vec![GrantType::AuthorizationCode] } else { known };
    if read.grant_types == [GrantType::RefreshToken] {
        return Err(fault("grant_types", "must hold another grant besides `refresh_token`, which only goes on with one"));
    }
    let response_types = members.list("response_types", limits::CLIENT_URIS_MAX, |text| match text {
        "code" => Ok(()),
        _ => Err(Invalid::new("must be `code`: tokens are never given by the authorization endpoint")),
    })?;
    let with_code = read.grant_types.contains(&GrantType::AuthorizationCode);
    if !with_code && !response_types.is_empty() {
        return Err(fault("response_types", "must not hold `code` where `grant_types` does not hold `authorization_code`"));
    }
    read.response_types = if with_code { vec!["code".to_owned()] } else { Vec::new() };
    Ok(())
}

/// Redirect URIs, and the kind of app where it does not say which it is: one that only a native app can have makes it one.
fn redirects(members: Members<'_>, read: &mut Registration, development: bool) -> Result<(), MetadataFault> {
    let any = |text: &str| redirect_uri::read(text).map(drop);
    read.redirect_uris = members.list("redirect_uris", limits::CLIENT_URIS_MAX, any)?;
    read.post_logout_redirect_uris = members.list("post_logout_redirect_uris", limits::CLIENT_URIS_MAX, any)?;
    let is_native = |uri: &String| redirect_uri::read(uri).is_ok_and(|kind| kind != RedirectKind::Https);
    let said = members.word("application_type", &[("web", ApplicationType::Web), ("native", ApplicationType::Native)])?;
    let seen = if read.redirect_uris.iter().any(is_native) { ApplicationType::Native } else { ApplicationType::Web };
    read.application_type = said.unwrap_or(seen);
    for (member, list) in [("redirect_uris", &read.redirect_uris), ("post_logout_redirect_uris", &read.post_logout_redirect_uris)] {
        for uri in list {
            let fits = redirect_uri::read(uri).and_then(|kind| redirect_uri::fits(kind, read.application_type, development));
            fits.map_err(|broken| fault(member, format!("holds an entry that {}", broken.rule)))?;
        }
    }
    if read.grant_types.contains(&GrantType::AuthorizationCode) && read.redirect_uris.is_empty() {
        return Err(fault("redirect_uris", "is required for the grant type `authorization_code`"));
    }
    Ok(())
}

/// How the client proves itself, and how its tokens are bound.
fn proof(members: Members<'_>, read: &mut Registration) -> Result<(), MetadataFault> {
    let methods = AuthMethod::ALL.map(|method| (method.as_str(), method));
    read.token_endpoint_auth_method = members.word("token_endpoint_auth_method", &methods)?.unwrap_or_default();
    if read.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt {
        read.token_endpoint_auth_signing_alg = members.text("token_endpoint_auth_signing_alg", is_algorithm)?;
    }
    read.tls_client_certificate_bound_access_tokens = members.flag("tls_client_certificate_bound_access_tokens")?;
    read.dpop_bound_access_tokens = members.flag("dpop_bound_access_tokens")?;
    if read.token_endpoint_auth_method == AuthMethod::TlsClientAuth {
        read.tls_client_auth_subject_dn = members.text("tls_client_auth_subject_dn", |text| {
            let rule = "must be a distinguished name as RFC 4514 writes it, such as `CN=worker,O=Example,C=GB`";
            DistinguishedName::parse(text).map(drop).ok_or_else(|| Invalid::new(rule))
        })?;
        read.tls_client_auth_san_dns = members.short("tls_client_auth_san_dns")?;
        read.tls_client_auth_san_uri = members.short("tls_client_auth_san_uri")?;
        read.tls_client_auth_san_ip = members.text("tls_client_auth_san_ip", |text| {
            text.parse::<std::net::IpAddr>().map(drop).map_err(|_| Invalid::new("must be an IP address"))
        })?;
        read.tls_client_auth_san_email = members.short("tls_client_auth_san_email")?;
        let names = [
            &read.tls_client_auth_subject_dn,
            &read.tls_client_auth_san_dns,
            &read.tls_client_auth_san_uri,
            &read.tls_client_auth_san_ip,
            &read.tls_client_auth_san_email,
        ];
        if names.into_iter().flatten().count() != 1 {
            let rule = "must be given, or one of the `tls_client_auth_san_…`, and only one of them (RFC 8705, section 2.1.2)";
            return Err(fault("tls_client_auth_subject_dn", rule));
        }
    }
    Ok(())
}
