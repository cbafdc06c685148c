//! Distinguished names, as certificates hold them and as RFC 4514 writes them: the same name in two spellings is equal.
//! Never guesses: a type that is not known, a value that is no text, or a text that is not well-formed is no name at all.

use crate::limits;
use std::collections::BTreeSet;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The keywords of RFC 4514, and those that common tools write besides, with the types that they stand for.
const KEYWORDS: [(&str, &str); 15] = [
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("TITLE", "2.5.4.12"),
    ("GN", "2.5.4.42"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
];

/// A type, as numbers with dots, and its value.
type Attribute = (String, String);

/// A name: its parts from the most general to the most particular. The attributes of one part have no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<BTreeSet<Attribute>>);

impl DistinguishedName {
    /// Reads a name as RFC 4514 writes it; spaces around separators are borne with.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() || text.len() > limits::DISTINGUISHED_NAME_MAX {
            return None;
        }
        let mut parts = vec![BTreeSet::new()];
        let mut rest = text;
        loop {
            let (attribute, separator, after) = attribute(rest)?;
            // The same attribute twice in one part is no set.
            if !parts.last_mut()?.insert(attribute) {
                return None;
            }
            match separator {
                None => break,
                Some(',') => parts.push(BTreeSet::new()),
                Some(_) => {}
            }
            rest = after;
        }
        parts.reverse();
        Some(Self(parts))
    }
    /// The name that a certificate holds; `None` where it is empty or not all text.
    pub(super) fn of(name: &X509Name<'_>) -> Option<Self> {
        let mut parts = Vec::new();
        for part in name.iter_rdn() {
            if parts.len() >= limits::CERTIFICATE_NAMES_MAX {
                return None;
            }
            let attributes: BTreeSet<Attribute> = part.iter().map(text_of).collect::<Option<_>>()?;
            parts.push(attributes);
        }
        (!parts.is_empty()).then_some(Self(parts))
    }
}

fn text_of(attribute: &AttributeTypeAndValue<'_>) -> Option<Attribute> {
    Some((attribute.attr_type().to_id_string(), attribute.as_str().ok()?.to_owned()))
}

/// One attribute from the front of a text, the separator after it, and the rest.
fn attribute(text: &str) -> Option<(Attribute, Option<char>, &str)> {
    let (kind, rest) = text.split_once('=')?;
    let kind = kind.trim_matches(' ');
    let kind = match KEYWORDS.iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(kind)) {
        Some((_, dotted)) => (*dotted).to_owned(),
        None if is_dotted(kind) => kind.to_owned(),
        None => return None,
    };
    let (value, separator, rest) = value(rest.trim_start_matches(' '))?;
    Some(((kind, value), separator, rest))
}

fn is_dotted(kind: &str) -> bool {
    kind.contains('.') && kind.split('.').all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A value up to its separator, its escapes undone. The form in hexadecimal, `#…`, is not taken: it need not be text.
fn value(text: &str) -> Option<(String, Option<char>, &str)> {
    if text.starts_with('#') {
        return None;
    }
    let mut bytes = Vec::new();
    // Spaces at the end belong to the value only where they are escaped.
    let mut kept = 0;
    let mut rest = text.chars();
    let separator = loop {
        match rest.next() {
            None => break None,
            Some(end @ (',' | '+')) => break Some(end),
            Some('\\') => {
                bytes.push(escaped(&mut rest)?);
                kept = bytes.len();
            }
            Some('"' | ';' | '<' | '>' | '\0') => return None,
            Some(plain) => {
                bytes.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
                if plain != ' ' {
                    kept = bytes.len();
                }
            }
        }
    };
    bytes.truncate(kept);
    Some((String::from_utf8(bytes).ok()?, separator, rest.as_str()))
}

/// The byte that an escape stands for.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<u8> {
    match rest.next()? {
        plain @ ('\\' | '"' | '+' | ',' | ';' | '<' | '>' | ' ' | '#' | '=') => u8::try_from(plain).ok(),
        high => {
            let digits = high.to_digit(16)? << 4 | rest.next()?.to_digit(16)?;
            u8::try_from(digits).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn spellings_of_one_name_are_equal() {
        let plain = name("CN=Steve Kille,O=Isode Limited,C=GB");
        for other in [
            "cn=Steve Kille,o=Isode Limited,c=GB",
            "CN=Steve Kille, O=Isode Limited , C = GB",
            "2.5.4.3=Steve Kille,2.5.4.10=Isode Limited,2.5.4.6=GB",
            "CN=Steve\\20Kille,O=Isode Limited,C=\\47\\42",
        ] {
            assert_eq!(name(other), plain, "{other}");
        }
        assert_eq!(name("OU=Sales+CN=J.  Smith,DC=example,DC=net"), name("CN=J.  Smith+OU=Sales,DC=example,DC=net"));
        assert_eq!(name("CN=Lu\\C4\\8Di\\C4\\87"), name("CN=Lučić"));
        assert_eq!(name("CN=James \\\"Jim\\\" Smith\\, III"), name("CN=James \\22Jim\\22 Smith\\2C III"));
    }

    #[test]
    fn other_names_are_not() {
        let plain = name("CN=a,O=b,C=GB");
        for other in [
            "O=b,CN=a,C=GB",
            "C=GB,O=b,CN=a",
            "CN=a,O=b",
            "CN=A,O=b,C=GB",
            "CN=a+O=b,C=GB",
            "CN=a\\ ,O=b,C=GB",
            "CN=a,OU=b,C=GB",
            "CN=a\\,O\\=b,C=GB",
        ] {
            assert_ne!(name(other), plain, "{other}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_no_name() {
        let long = format!("CN={}", "a".repeat(limits::DISTINGUISHED_NAME_MAX));
        for text in [
            "",
            " ",
            "CN",
            "=a",
            "CN=a,",
            "CN=a+",
            ",CN=a",
            "CN=a,,O=b",
            "X=a",
            "2.5..4=a",
            "2.=a",
            "25=a",
            "CN=#0403",
            "CN=\"a\"",
            "CN=a;O=b",
            "CN=a\\",
            "CN=a\\4",
            "CN=a\\zz",
            "CN=\\ff",
            "CN=<a",
            "CN=a\0",
            "CN=a+CN=a",
            &long,
        ] {
            assert_eq!(DistinguishedName::parse(text), None, "{text:.40}");
        }
    }
}
