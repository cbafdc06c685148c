//! The `WWW-Authenticate` fields (RFC 6750, section 3; RFC 9449, section 7.1; RFC 9470, section 3; RFC 9728, section 5.1). Every value is quoted, and
//! none can leave its quotes.

use crate::{
    check::Refused,
    credential::Scheme,
    dpop,
    settings::{Disclosure, Settings},
};
use jeton_core::{
    binding::Binding,
    denial::{Answer, Denial},
};
use std::fmt::Write;

/// The challenges of an answer: on every 401, and on others that have an error of RFC 6750. Where no token came, both schemes are
/// offered; otherwise that one which would have been right.
pub(super) fn challenges(told: &Answer, refused: &Refused, settings: &Settings) -> Vec<String> {
    if told.status != 401 && told.error.is_none() {
        // An address, a route or a limit: no other credential of the same kind would help, so nothing is asked for.
        return if told.status == 403 { vec![bare(Scheme::Bearer, settings)] } else { Vec::new() };
    }
    let mut all = vec![whole(wanted(refused, settings), told, refused, settings)];
    if refused.denial == Denial::NoCredential {
        all.push(whole(Scheme::Dpop, told, refused, settings));
    }
    all
}

/// The scheme that the token must be presented with. Follows the token only where its holder may be told of it.
fn wanted(refused: &Refused, settings: &Settings) -> Scheme {
    let token = refused.token.as_ref().filter(|_| settings.disclosure == Disclosure::Full);
    match (refused.denial, token.map(|token| token.policy().binding)) {
        (Denial::BindingMismatch, Some(Some(Binding::Dpop(_)))) => Scheme::Dpop,
        (Denial::BindingMismatch, Some(None | Some(Binding::Certificate(_)))) => Scheme::Bearer,
        _ => refused.scheme,
    }
}

fn whole(scheme: Scheme, told: &Answer, refused: &Refused, settings: &Settings) -> String {
    let mut text = bare(scheme, settings);
    if let Some(error) = told.error {
        add(&mut text, "error", error);
        add(&mut text, "error_description", told.description);
    }
    if told.error == Some("insufficient_scope") && !refused.scopes.is_empty() {
        add(&mut text, "scope", &refused.scopes);
    }
    if let Some(sign_in) = &refused.sign_in {
        if !sign_in.acr_values.is_empty() {
            add(&mut text, "acr_values", &sign_in.acr_values);
        }
        if let Some(seconds) = sign_in.max_age {
            add(&mut text, "max_age", &seconds.to_string());
        }
    }
    if scheme == Scheme::Dpop {
        add(&mut text, "algs", &dpop::ALGORITHMS.join(" "));
    }
    if let (Some(metadata), Some(api)) = (&settings.resource_metadata, refused.api) {
        add(&mut text, "resource_metadata", &format!("{metadata}{api}"));
    }
    text
}

fn bare(scheme: Scheme, settings: &Settings) -> String {
    let mut text = String::with_capacity(160);
    text.push_str(match scheme {
        Scheme::Bearer => "Bearer realm=\"",
        Scheme::Dpop => "DPoP realm=\"",
    });
    push_quoted(&mut text, settings.realm());
    text.push('"');
    text
}

fn add(text: &mut String, name: &str, value: &str) {
    let _ = write!(text, ", {name}=\"");
    push_quoted(text, value);
    text.push('"');
}

/// What may stand in a quoted string of these parameters; all else becomes `?`.
fn push_quoted(text: &mut String, value: &str) {
    text.extend(value.chars().map(|c| if matches!(c, ' ' | '!' | '#'..='[' | ']'..='~') { c } else { '?' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        let mut text = String::new();
        add(&mut text, "realm", "a\"b\\c\r\nX-Injected: 1\u{e9}");
        assert_eq!(text, ", realm=\"a?b?c??X-Injected: 1?\"");
    }
}
