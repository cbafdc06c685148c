//! Audiences, subjects and human names: short texts with one rule each.

use crate::{fault::Invalid, limits, scope::printable};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&<std::borrow::Cow<'de, str>>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text!(
    /// Which API a token is for: an absolute URI without a fragment, compared byte for byte (RFC 8707, RFC 9068).
    Audience
);
text!(
    /// Whom a token speaks for: 1 to 255 visible ASCII characters.
    Subject
);
text!(
    /// An authentication context class (OpenID Connect Core, section 2): 1 to 255 visible ASCII characters that can stand in a
    /// challenge.
    Acr
);
text!(
    /// A name for people: 1 to 100 characters, none of them a control character, no space at either end.
    Name
);

impl Audience {
    /// Reads an audience.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let absolute = url::Url::parse(text).is_ok_and(|url| !url.cannot_be_a_base() || url.scheme() == "urn");
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'`' | b'#'));
        if absolute && plain && text.len() <= limits::AUDIENCE_MAX {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(format!(
                "must be an absolute URI without a fragment, at most {} characters, such as `https://api.example.com` (got `{}`)",
                limits::AUDIENCE_MAX,
                printable(text)
            )))
        }
    }
}

impl Subject {
    /// Reads a subject.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if !text.is_empty() && text.len() <= limits::SUBJECT_MAX && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(format!("must be 1 to {} visible ASCII characters without spaces", limits::SUBJECT_MAX)))
        }
    }
}

impl Acr {
    /// Reads a class.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'));
        if !text.is_empty() && text.len() <= limits::ACR_MAX && plain {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(format!("must be 1 to {} visible ASCII characters without spaces, quotes and backslashes", limits::ACR_MAX)))
        }
    }
}

impl Name {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if (1..=limits::NAME_MAX).contains(&length) && text.trim() == text && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(format!("must be 1 to {} characters, without control characters or spaces at the ends", limits::NAME_MAX)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_are_absolute_and_without_fragment() {
        assert!(Audience::parse("https://api.example.com").is_ok());
        assert!(Audience::parse("urn:example:orders").is_ok());
        for bad in ["", "orders", "/v1", "https://a b", "https://a/#x", "mailto:a@example.com", "https://a/\u{e9}"] {
            assert!(Audience::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_keep_their_ends_clean() {
        assert!(Name::parse("CI für Bestellungen").is_ok());
        for bad in ["", " a", "a ", "a\tb", "a\u{0}"] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
