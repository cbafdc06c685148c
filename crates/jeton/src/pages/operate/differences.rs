//! What a change of an app would change: each part before and after, with what comes and what goes in words.

use jeton_core::oauth::registration::Registration;

/// One part that an operator looks at.
pub(super) struct Difference {
    pub(super) label: &'static str,
    /// Each value, with what becomes of it.
    pub(super) values: Vec<(String, Becomes)>,
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Becomes {
    Stays,
    Comes,
    Goes,
}

impl Becomes {
    /// In a word; empty for what stays.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Stays => "",
            Self::Comes => "new",
            Self::Goes => "goes",
        }
    }
    /// Its class in the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Stays => "still",
            Self::Comes => "new",
            Self::Goes => "bad",
        }
    }
}

/// A part's name, and how it is told.
type Part = (&'static str, fn(&Registration) -> Vec<String>);

/// The parts of an app; `before` is what was approved, where something was.
pub(super) fn between(before: Option<&Registration>, after: &Registration) -> Vec<Difference> {
    let parts: [Part; 9] = [
        ("Name", |own| own.client_name.iter().cloned().collect()),
        ("Home page", |own| own.client_uri.iter().cloned().collect()),
        ("Scopes", |own| own.scopes().iter().map(ToString::to_string).collect()),
        ("Redirect addresses", |own| own.redirect_uris.clone()),
        ("Grant types", |own| own.grant_types.iter().map(|kind| kind.as_str().to_owned()).collect()),
        ("Proves itself by", |own| vec![own.token_endpoint_auth_method.as_str().to_owned()]),
        ("Keys at", |own| own.jwks_uri.iter().cloned().collect()),
        ("Logged out at", |own| own.backchannel_logout_uri.iter().cloned().collect()),
        ("Contacts", |own| own.contacts.clone()),
    ];
    let all = parts.into_iter().map(|(label, of)| Difference { label, values: compared(before.map(of), of(after)) });
    all.filter(|part| !part.values.is_empty()).collect()
}

fn compared(before: Option<Vec<String>>, after: Vec<String>) -> Vec<(String, Becomes)> {
    let Some(before) = before else { return after.into_iter().map(|value| (value, Becomes::Stays)).collect() };
    let gone: Vec<_> = before.iter().filter(|value| !after.contains(value)).cloned().map(|value| (value, Becomes::Goes)).collect();
    let rest = after.into_iter().map(|value| {
        let becomes = if before.contains(&value) { Becomes::Stays } else { Becomes::Comes };
        (value, becomes)
    });
    rest.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_what_goes_is_told() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let told = compared(Some(texts(&["a", "b"])), texts(&["b", "c"]));
        assert_eq!(told, [("b".to_owned(), Becomes::Stays), ("c".to_owned(), Becomes::Comes), ("a".to_owned(), Becomes::Goes)]);
        assert!(compared(None, texts(&["a"])).iter().all(|(_, becomes)| *becomes == Becomes::Stays));
        assert!(compared(Some(Vec::new()), Vec::new()).is_empty());
    }
}
