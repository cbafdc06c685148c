//! A client that an operator approved and that changes what it says of itself: what takes effect at once, and what waits for
//! approval. Less is always taken at once; what an operator looked at is never replaced by something that nobody did.

use super::registration::Registration;
use crate::scope::ScopeSet;

/// What becomes of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// What holds from now on.
    pub now: Registration,
    /// What would hold after approval, where that is something else.
    pub waiting: Option<Registration>,
}

/// Parts a change of an approved registration: addresses, scopes, grant types, keys by another address, another way of proving itself
/// and another name or picture wait; all else holds at once.
pub fn part(approved: &Registration, wanted: Registration) -> Parted {
    let mut now = wanted.clone();
    now.redirect_uris = known_of(&wanted.redirect_uris, &approved.redirect_uris);
    now.post_logout_redirect_uris =
        wanted.post_logout_redirect_uris.iter().filter(|uri| approved.post_logout_redirect_uris.contains(uri)).cloned().collect();
    now.grant_types = known_of(&wanted.grant_types, &approved.grant_types);
    now.response_types.clone_from(&approved.response_types);
    now.scope = Some(part_scopes(&wanted.scopes(), &approved.scopes()).to_spaced());
    now.application_type = approved.application_type;
    now.client_name.clone_from(&approved.client_name);
    now.client_uri.clone_from(&approved.client_uri);
    now.logo_uri.clone_from(&approved.logo_uri);
    now.subject_type = approved.subject_type;
    now.sector_identifier_uri.clone_from(&approved.sector_identifier_uri);
    if wanted.token_endpoint_auth_method != approved.token_endpoint_auth_method {
        keep_proof(&mut now, approved);
    }
    let waiting = (now != wanted).then_some(wanted);
    Parted { now, waiting }
}

/// What of the wanted is known already; where nothing is, what was known stays until the rest is approved.
fn known_of<T: Clone + PartialEq>(wanted: &[T], known: &[T]) -> Vec<T> {
    let kept: Vec<T> = wanted.iter().filter(|one| known.contains(one)).cloned().collect();
    if kept.is_empty() { known.to_vec() } else { kept }
}

/// The scopes that were asked for and are known already.
pub fn part_scopes(wanted: &ScopeSet, known: &ScopeSet) -> ScopeSet {
    ScopeSet::from_scopes(wanted.iter().filter(|scope| known.covers(scope)).cloned().collect())
}

/// The client goes on proving itself as it did.
fn keep_proof(now: &mut Registration, approved: &Registration) {
    now.token_endpoint_auth_method = approved.token_endpoint_auth_method;
    now.token_endpoint_auth_signing_alg.clone_from(&approved.token_endpoint_auth_signing_alg);
    now.jwks.clone_from(&approved.jwks);
    now.jwks_uri.clone_from(&approved.jwks_uri);
    now.tls_client_auth_subject_dn.clone_from(&approved.tls_client_auth_subject_dn);
    now.tls_client_auth_san_dns.clone_from(&approved.tls_client_auth_san_dns);
    now.tls_client_auth_san_uri.clone_from(&approved.tls_client_auth_san_uri);
    now.tls_client_auth_san_ip.clone_from(&approved.tls_client_auth_san_ip);
    now.tls_client_auth_san_email.clone_from(&approved.tls_client_auth_san_email);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{grant_type::GrantType, registration::AuthMethod};

    fn approved() -> Registration {
        Registration {
            client_name: Some("Example".into()),
            redirect_uris: vec!["https://app.example/a".into(), "https://app.example/b".into()],
            grant_types: vec![GrantType::AuthorizationCode],
            response_types: vec!["code".into()],
            scope: Some("openid orders:read".into()),
            ..Registration::default()
        }
    }

    #[test]
    fn less_holds_at_once() {
        let wanted = Registration { redirect_uris: vec!["https://app.example/b".into()], scope: Some("openid".into()), ..approved() };
        assert_eq!(part(&approved(), wanted.clone()), Parted { now: wanted, waiting: None });
        let told = Registration { contacts: vec!["ops@app.example".into()], ..approved() };
        assert_eq!(part(&approved(), told.clone()), Parted { now: told, waiting: None });
    }

    #[test]
    fn more_waits_and_what_is_not_more_does_not() {
        let wanted = Registration {
            client_name: Some("Your bank".into()),
            redirect_uris: vec!["https://app.example/b".into(), "https://evil.example/".into()],
            scope: Some("openid orders:read orders:write".into()),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::DeviceCode],
            token_endpoint_auth_method: AuthMethod::None,
            contacts: vec!["ops@app.example".into()],
            ..approved()
        };
        let parted = part(&approved(), wanted.clone());
        assert_eq!(parted.now.redirect_uris, ["https://app.example/b"]);
        assert_eq!(parted.now.scope.as_deref(), Some("openid orders:read"));
        assert_eq!(parted.now.grant_types, [GrantType::AuthorizationCode]);
        assert_eq!(parted.now.client_name.as_deref(), Some("Example"));
        assert_eq!(parted.now.token_endpoint_auth_method, AuthMethod::ClientSecretBasic);
        assert_eq!(parted.now.contacts, ["ops@app.example"]);
        assert_eq!(parted.waiting, Some(wanted));
    }

    #[test]
    fn what_was_approved_stays_where_all_of_it_is_replaced() {
        let wanted = Registration { redirect_uris: vec!["https://evil.example/".into()], ..approved() };
        assert_eq!(part(&approved(), wanted).now.redirect_uris, approved().redirect_uris);
    }
}
