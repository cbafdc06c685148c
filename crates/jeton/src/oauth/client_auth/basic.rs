//! `client_secret_basic`: id and secret are form-encoded before they are joined (RFC 6749, section 2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use jeton_core::{limits, oauth::parameters};
use zeroize::Zeroizing;

/// The client and its secret of the one `Authorization` field; `None` where it is anything else.
pub(super) fn read(headers: &HeaderMap) -> Option<(String, Zeroizing<String>)> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    if value.len() > limits::AUTHORIZATION_MAX {
        return None;
    }
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let joined = Zeroizing::new(STANDARD.decode(rest.trim_start_matches(' ')).ok()?);
    let colon = joined.iter().position(|byte| *byte == b':')?;
    let (id, secret) = (joined.get(..colon)?, joined.get(colon + 1..)?);
    let client_id = parameters::decode(id).ok().filter(|id| !id.is_empty())?;
    Some((client_id, Zeroizing::new(parameters::decode(secret).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn of(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).expect("a value"));
        read(&headers).map(|(id, secret)| (id, secret.to_string()))
    }
    fn basic(joined: &str) -> Option<(String, String)> {
        of(&format!("Basic {}", STANDARD.encode(joined)))
    }

    #[test]
    fn both_halves_are_decoded() {
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(basic("app_1:jtn_cls_x"), pair("app_1", "jtn_cls_x"));
        assert_eq!(basic("a%3Ab%2Bc+d:s%25%3A"), pair("a:b+c d", "s%:"));
        assert_eq!(basic("a:b:c"), pair("a", "b:c"), "the first colon parts them");
        assert_eq!(of(&format!("bAsIc {}", STANDARD.encode("a:b"))), pair("a", "b"));
    }

    #[test]
    fn anything_else_is_nothing() {
        for bad in ["", "Basic", "Basic ", "Basic !!", "Bearer YTpi", "Basic YTpi YTpi"] {
            assert_eq!(of(bad), None, "{bad}");
        }
        for bad in ["", ":", ":x", "a", "a%:b", "a:%zz", "%ff:b"] {
            assert_eq!(basic(bad), None, "{bad}");
        }
        let mut twice = HeaderMap::new();
        let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode("a:b"))).expect("a value");
        twice.append(header::AUTHORIZATION, value.clone());
        twice.append(header::AUTHORIZATION, value);
        assert_eq!(read(&twice), None);
    }
}
