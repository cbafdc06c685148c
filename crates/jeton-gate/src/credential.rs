//! Finds the one credential of a request. Looks at its place and its outer form only; what it is worth is decided elsewhere.
//! Never logs what it finds, and never takes a credential from the URL.

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use jeton_core::{
    denial::Denial,
    limits,
    token_text::{self, ShapeFault},
};

/// What a caller presented: not yet known to be anything. `Debug` prints its type only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a> {
    token: &'a [u8],
    scheme: Scheme,
}

/// How a credential was presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// As it is: `Bearer` (RFC 6750), or a header of its own.
    #[default]
    Bearer,
    /// With a proof that its key is there: `DPoP` (RFC 9449, section 7.1).
    Dpop,
}

/// Where credentials may stand besides `Authorization`.
#[derive(Clone, Debug, Default)]
pub struct CredentialRules {
    /// Headers whose whole value may be a token, such as `x-api-key`; none by default.
    pub api_key_headers: Vec<HeaderName>,
}

/// The scheme of RFC 8959 in front of a token.
const SECRET_TOKEN: &[u8] = b"secret-token:";

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(redacted)")
    }
}

impl<'a> Credential<'a> {
    /// From a token's text that came in a body or from standard input.
    pub fn from_text(text: &'a str) -> Result<Self, Denial> {
        Self::from_token(text.as_bytes())
    }
    /// The one credential of a request: of its headers, as `rules` allow. One in the query is refused, whatever else came.
    pub fn from_request(headers: &'a HeaderMap, query: Option<&str>, rules: &CredentialRules) -> Result<Self, Denial> {
        if query.is_some_and(has_credential) {
            return Err(Denial::AmbiguousCredential);
        }
        let mut found = None;
        let mut values = headers.get_all(AUTHORIZATION).iter();
        if let Some(value) = values.next() {
            found = authorization(value)?;
            if values.next().is_some() {
                return Err(Denial::AmbiguousCredential);
            }
        }
        for value in rules.api_key_headers.iter().flat_map(|name| headers.get_all(name)) {
            if found.replace(Self::from_token(value.as_bytes())?).is_some() {
                return Err(Denial::AmbiguousCredential);
            }
        }
        found.ok_or(Denial::NoCredential)
    }
    /// The same, presented in another way.
    #[must_use]
    pub const fn under(self, scheme: Scheme) -> Self {
        Self { token: self.token, scheme }
    }
    /// How it was presented.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }
    pub(crate) fn as_bytes(&self) -> &'a [u8] {
        self.token
    }
    fn from_token(token: &'a [u8]) -> Result<Self, Denial> {
        if token.len() > limits::AUTHORIZATION_MAX {
            return Err(Denial::Malformed(ShapeFault::TooLong));
        }
        let is_uri = token.get(..SECRET_TOKEN.len()).is_some_and(|start| start.eq_ignore_ascii_case(SECRET_TOKEN));
        let token = if is_uri { token.get(SECRET_TOKEN.len()..).unwrap_or_default() } else { token };
        if is_token68(token) {
            return Ok(Self { token, scheme: Scheme::Bearer });
        }
        // A list, of which one might be a token.
        Err(if token.contains(&b',') { Denial::AmbiguousCredential } else { Denial::Malformed(ShapeFault::BadBody) })
    }
}

/// The token of a `Bearer` or `DPoP` value (RFC 6750, section 2.1; RFC 9449, section 7.1); `None` for another scheme, which is
/// none of ours.
fn authorization(value: &HeaderValue) -> Result<Option<Credential<'_>>, Denial> {
    let value = value.as_bytes();
    if value.len() > limits::AUTHORIZATION_MAX {
        return Err(Denial::Malformed(ShapeFault::TooLong));
    }
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    let kind = match scheme {
        bearer if bearer.eq_ignore_ascii_case(b"bearer") => Scheme::Bearer,
        dpop if dpop.eq_ignore_ascii_case(b"dpop") => Scheme::Dpop,
        _ => return Ok(None),
    };
    Credential::from_token(value.get(scheme.len() + 1..).unwrap_or_default()).map(|found| Some(found.under(kind)))
}

/// `token68` of RFC 9110, section 11.2.
fn is_token68(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = text.get(..text.len() - padding).unwrap_or_default();
    let is_mark = |byte: u8| (byte == b'-') | (byte == b'.') | (byte == b'_') | (byte == b'~') | (byte == b'+') | (byte == b'/');
    // To the end in any case: without a way out many bytes are looked at together.
    !body.is_empty() && body.iter().fold(true, |all, byte| all & (byte.is_ascii_alphanumeric() | is_mark(*byte)))
}

/// Whether a query carries a credential: the parameter of RFC 6750 that nobody may use, or any that holds one of our tokens.
fn has_credential(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
        let value = value.strip_prefix("secret-token:").unwrap_or(&value);
        name.eq_ignore_ascii_case("access_token") || is_ours(value.trim()) || (names_credential(&name) && is_jwt(value))
    })
}

fn names_credential(name: &str) -> bool {
    ["token", "api_key", "apikey", "api-key", "key", "auth", "authorization", "bearer"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Whether this is, or was before a mistake in copying, one of our tokens.
fn is_ours(value: &str) -> bool {
    match token_text::parse(value.as_bytes()) {
        Ok(_) | Err(ShapeFault::BadChecksum) => true,
        Err(ShapeFault::BadBody) => value.len() > "jtn_pat_".len() + 12,
        Err(ShapeFault::TooLong | ShapeFault::NoMarker | ShapeFault::UnknownKind) => false,
    }
}

fn is_jwt(value: &str) -> bool {
    value.starts_with("eyJ") && value.bytes().filter(|byte| *byte == b'.').count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{id::TokenId, kind::TokenKind, token_text::PlainToken};

    fn headers(values: &[(&'static str, &str)]) -> HeaderMap {
        values.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("value"))).collect()
    }
    fn found(values: &[(&'static str, &str)], query: Option<&str>) -> Result<String, Denial> {
        let rules = CredentialRules { api_key_headers: vec![HeaderName::from_static("x-api-key")] };
        let headers = headers(values);
        let credential = Credential::from_request(&headers, query, &rules)?;
        Ok(String::from_utf8(credential.as_bytes().to_vec()).expect("ascii"))
    }

    #[test]
    fn one_bearer_token_is_found() {
        for value in ["Bearer abc", "bearer abc", "BEARER abc", "Bearer secret-token:abc", "Bearer Secret-Token:abc"] {
            assert_eq!(found(&[("authorization", value)], None), Ok("abc".into()), "{value}");
        }
        assert_eq!(found(&[("x-api-key", "abc")], None), Ok("abc".into()));
        assert_eq!(found(&[("x-api-key", "abc"), ("authorization", "Basic dTpw")], None), Ok("abc".into()));
        assert_eq!(found(&[("authorization", "Bearer abc")], Some("page=2&token=next")), Ok("abc".into()));
    }

    #[test]
    fn the_scheme_is_told() {
        let scheme_of = |name: &'static str, value: &str| {
            let rules = CredentialRules { api_key_headers: vec![HeaderName::from_static("x-api-key")] };
            Credential::from_request(&headers(&[(name, value)]), None, &rules).map(|found| found.scheme())
        };
        for value in ["DPoP abc", "dpop abc", "DPOP abc"] {
            assert_eq!(scheme_of("authorization", value), Ok(Scheme::Dpop), "{value}");
            assert_eq!(found(&[("authorization", value)], None), Ok("abc".into()), "{value}");
        }
        assert_eq!(scheme_of("authorization", "Bearer abc"), Ok(Scheme::Bearer));
        assert_eq!(scheme_of("x-api-key", "abc"), Ok(Scheme::Bearer));
        assert!(matches!(scheme_of("authorization", "DPoP"), Err(Denial::Malformed(_))));
    }

    #[test]
    fn none_is_none() {
        assert_eq!(found(&[], None), Err(Denial::NoCredential));
        assert_eq!(found(&[("authorization", "Basic dTpw")], None), Err(Denial::NoCredential));
        assert_eq!(found(&[("authorization", "")], None), Err(Denial::NoCredential));
    }

    #[test]
    fn more_than_one_is_ambiguous() {
        let cases: &[&[(&str, &str)]] = &[
            &[("authorization", "Bearer abc"), ("authorization", "Bearer abc")],
            &[("authorization", "Basic dTpw"), ("authorization", "Bearer abc")],
            &[("authorization", "Bearer abc, Bearer def")],
            &[("authorization", "Bearer abc"), ("x-api-key", "abc")],
            &[("x-api-key", "abc"), ("x-api-key", "def")],
        ];
        for case in cases {
            let values: Vec<(&'static str, &str)> = case.to_vec();
            let mut map = HeaderMap::new();
            for (name, value) in values {
                map.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("value"));
            }
            let rules = CredentialRules { api_key_headers: vec![HeaderName::from_static("x-api-key")] };
            assert_eq!(Credential::from_request(&map, None, &rules).map(|_| ()), Err(Denial::AmbiguousCredential), "{case:?}");
        }
    }

    #[test]
    fn other_forms_are_malformed() {
        let long = format!("Bearer {}", "a".repeat(limits::AUTHORIZATION_MAX));
        for value in ["Bearer", "Bearer ", "Bearer  abc", "Bearer abc def", "Bearer a:b", "Bearer =", "Bearer ab=c", &long] {
            assert!(matches!(found(&[("authorization", value)], None), Err(Denial::Malformed(_))), "{value:.40}");
        }
    }

    #[test]
    fn a_token_in_the_url_is_refused_under_any_name() {
        let plain = PlainToken::from_random(None, TokenKind::Pat, TokenId::from_random([3; 16]), &[9; 32]);
        let token = plain.expose();
        let encoded = token.replace('_', "%5F");
        let queries = [
            "access_token=x".to_owned(),
            "a=b&%61ccess_token=".to_owned(),
            format!("anything={token}"),
            format!("a=1&key={encoded}&b"),
            format!("token=secret-token:{token}"),
            format!("t={}", &token[..60]),
            "token=eyJhbGciOiJFUzI1NiJ9.e30.c2ln".to_owned(),
        ];
        for query in queries {
            assert_eq!(found(&[("authorization", "Bearer abc")], Some(&query)), Err(Denial::AmbiguousCredential), "{query}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Credential::from_text("abc")), "Ok(Credential(redacted))");
    }
}
