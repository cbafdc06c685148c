//! What a change of an app would change, field by field, in words: for its developer, and for whoever approves it.

use crate::own_apps::AppKind;
use jeton_core::oauth::registration::Registration;

/// A field that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub label: &'static str,
    /// What stays.
    pub kept: Vec<String>,
    /// What would go.
    pub gone: Vec<String>,
    /// What would come.
    pub added: Vec<String>,
}

/// What would change from one registration to the other.
pub fn between(now: &Registration, then: &Registration) -> Vec<Difference> {
    let one = |text: Option<&str>| text.map(str::to_owned).into_iter().collect::<Vec<_>>();
    let scopes = |own: &Registration| own.scopes().iter().map(ToString::to_string).collect::<Vec<_>>();
    let grants = |own: &Registration| own.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect::<Vec<_>>();
    let logo = |own: &Registration| one(own.logo_uri.as_ref().map(|uri| uri.rsplit('/').next().unwrap_or(uri)));
    let all = [
        ("Name", one(now.client_name.as_deref()), one(then.client_name.as_deref())),
        ("Kind", one(Some(kind(AppKind::of(now)))), one(Some(kind(AppKind::of(then))))),
        ("Home page", one(now.client_uri.as_deref()), one(then.client_uri.as_deref())),
        ("Picture", logo(now), logo(then)),
        ("Redirect addresses", now.redirect_uris.clone(), then.redirect_uris.clone()),
        ("After signing out", now.post_logout_redirect_uris.clone(), then.post_logout_redirect_uris.clone()),
        ("Scopes", scopes(now), scopes(then)),
        ("Ways to get tokens", grants(now), grants(then)),
        ("Proves itself by", one(Some(now.token_endpoint_auth_method.as_str())), one(Some(then.token_endpoint_auth_method.as_str()))),
    ];
    all.into_iter().filter_map(|(label, now, then)| Difference::of(label, &now, &then)).collect()
}

impl Difference {
    fn of(label: &'static str, now: &[String], then: &[String]) -> Option<Self> {
        let part = |of: &[String], other: &[String], within: bool| {
            of.iter().filter(|text| other.contains(text) == within).cloned().collect::<Vec<_>>()
        };
        let (kept, gone, added) = (part(now, then, true), part(now, then, false), part(then, now, false));
        (!gone.is_empty() || !added.is_empty()).then_some(Self { label, kept, gone, added })
    }
}

/// A kind of app in words.
pub(super) const fn kind(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Web => "Web app with a server",
        AppKind::Browser => "App in the browser",
        AppKind::Native => "Desktop, mobile or command-line app",
        AppKind::Service => "Service that acts for itself",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_told() {
        let now = Registration {
            client_name: Some("Slips".into()),
            redirect_uris: vec!["https://a.example/".into(), "https://b.example/".into()],
            scope: Some("orders:read".into()),
            ..Registration::default()
        };
        assert_eq!(between(&now, &now), []);
        let then = Registration {
            redirect_uris: vec!["https://b.example/".into(), "https://c.example/".into()],
            scope: Some("orders:read orders:write".into()),
            ..now.clone()
        };
        let told = between(&now, &then);
        assert_eq!(told.iter().map(|own| own.label).collect::<Vec<_>>(), ["Redirect addresses", "Scopes"]);
        assert_eq!(
            (told[0].gone.as_slice(), told[0].added.as_slice()),
            (["https://a.example/".to_owned()].as_slice(), ["https://c.example/".to_owned()].as_slice())
        );
        assert_eq!(
            (told[1].kept.as_slice(), told[1].added.as_slice()),
            (["orders:read".to_owned()].as_slice(), ["orders:write".to_owned()].as_slice())
        );
    }
}
