//! An API as the fields of the form.

use super::{LIVES, rows::Kind};
use crate::{
    oauth::acr,
    pages::filled::Filled,
    session::{ACR_MULTI_FACTOR, ACR_PASSWORD},
};
use jeton_core::{
    api::{Api, ApiRoute, ApiScope},
    api_limit::{ApiLimit, OnUnavailable},
    oauth::grant_lives::LivesByGrant,
};

/// The form of an API that is there.
pub(super) fn fill(api: &Api) -> Filled {
    let mut fields: Vec<(String, String)> = vec![
        ("audience".to_owned(), api.audience.to_string()),
        ("name".to_owned(), api.name.to_string()),
        ("token_format".to_owned(), api.token_format.as_str().to_owned()),
        ("access_token_seconds".to_owned(), number(api.access_token_seconds)),
        ("max_staleness_ms".to_owned(), number(api.max_staleness_ms)),
        ("serve_stale_seconds".to_owned(), number(api.serve_stale_seconds)),
    ];
    fields.extend(
        LIVES.iter().zip(lives(&api.access_token_seconds_by_grant)).map(|((name, _), seconds)| ((*name).to_owned(), number(seconds))),
    );
    fields.extend(api.scopes.iter().enumerate().flat_map(|(at, own)| scope(at, own)));
    fields.extend(api.routes.iter().enumerate().flat_map(|(at, own)| route(at, own)));
    fields.extend(api.limits.iter().enumerate().flat_map(|(at, own)| limit(at, own)));
    Filled::with(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Lives in the order of the form's fields.
pub(super) const fn lives(said: &LivesByGrant) -> [Option<u32>; 6] {
    [said.authorization_code, said.refresh_token, said.client_credentials, said.device_code, said.token_exchange, said.jwt_bearer]
}

/// The class of sign-in that the form shows for a route: the weakest that will do.
pub(super) fn sign_in_class(route: &ApiRoute) -> &'static str {
    let wanted: Vec<String> = route.acr_values.iter().map(ToString::to_string).collect();
    match (wanted.is_empty(), acr::will_do(ACR_PASSWORD, &wanted)) {
        (true, _) => "",
        (false, true) => ACR_PASSWORD,
        (false, false) => ACR_MULTI_FACTOR,
    }
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn scope(at: usize, own: &ApiScope) -> [(String, String); 3] {
    let kind = match (own.public, own.sensitive) {
        (true, _) => "public",
        (false, true) => "sensitive",
        (false, false) => "",
    };
    [("name", own.scope.to_string()), ("words", own.description.clone()), ("kind", kind.to_owned())]
        .map(|(part, value)| (Kind::Scope.field(at, part), value))
}

fn route(at: usize, own: &ApiRoute) -> [(String, String); 6] {
    let pattern = own.route.to_string();
    [
        ("was", pattern.clone()),
        ("pattern", pattern),
        ("scopes", own.scopes.to_spaced()),
        ("acr", sign_in_class(own).to_owned()),
        ("max_age", number(own.max_age)),
        ("cost", number(own.cost)),
    ]
    .map(|(part, value)| (Kind::Route.field(at, part), value))
}

fn limit(at: usize, own: &ApiLimit) -> [(String, String); 5] {
    let lenient = match own.on_unavailable {
        OnUnavailable::Deny => "deny",
        OnUnavailable::Allow => "allow",
    };
    [
        ("per", own.per.as_str().to_owned()),
        ("requests", own.requests.to_string()),
        ("seconds", own.per_seconds.to_string()),
        ("burst", number(own.burst)),
        ("lenient", lenient.to_owned()),
    ]
    .map(|(part, value)| (Kind::Limit.field(at, part), value))
}
