//! Addresses in one spelling, so that `htu` and the request's address compare as texts (RFC 9449, section 4.3; RFC 3986,
//! sections 6.2.2 and 6.2.3). Never makes two resources one: only spellings that the standard calls the same fall together.

use crate::limits;
use url::Url;

/// Scheme, host, port and path in their normal form; `None` for what is no plain `http` or `https` address.
pub(super) fn normal(text: &str) -> Option<String> {
    // The parser forgives backslashes, blanks and control characters; an address of the web has none.
    if text.len() > limits::TARGET_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    Some(format!("{}{}", url.origin().ascii_serialization(), percent_normal(url.path())?))
}

/// Percent-encoding in capital letters, and none where the character needs none; `None` where it is broken.
fn percent_normal(path: &str) -> Option<String> {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((plain, encoded)) = rest.split_once('%') {
        normal.push_str(plain);
        let (digits, behind) = encoded.split_at_checked(2).filter(|(digits, _)| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            normal.push(char::from(byte));
        } else {
            normal.push('%');
            normal.push_str(&digits.to_ascii_uppercase());
        }
        rest = behind;
    }
    normal.push_str(rest);
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_fall_together() {
        let one = Some("https://api.example.com/a/~b/%2Fc".to_owned());
        for same in [
            "https://api.example.com/a/~b/%2Fc",
            "HTTPS://API.Example.com:443/a/%7Eb/%2fc",
            "https://api.example.com/x/../a/./~b/%2Fc?query#fragment",
            "https://api.example.com/%61/~b/%2Fc?",
        ] {
            assert_eq!(normal(same), one, "{same}");
        }
        assert_eq!(normal("https://api.example.com"), normal("https://api.example.com/"));
    }

    #[test]
    fn addresses_that_differ_stay_apart() {
        let one = normal("https://api.example.com/a/b");
        for other in [
            "http://api.example.com/a/b",
            "https://api.example.com:8443/a/b",
            "https://api.example.com/a/b/",
            "https://api.example.com/a//b",
            "https://api.example.com/a%2Fb",
            "https://api.example.com/A/b",
            "https://evil.example/a/b",
        ] {
            assert!(normal(other).is_some() && normal(other) != one, "{other}");
        }
        for bad in [
            "",
            "/a/b",
            "a",
            "https://",
            "https://u@api.example.com/a/b",
            "https://:p@api.example.com/",
            "https:\\\\api.example.com\\a",
            "https://api.example.com/a b",
            "https://api.example.com/a\n",
            "https://api.example.com/%zz",
            "https://api.example.com/%4",
            "https://api.example.com/\u{e9}",
            "ftp://api.example.com/a/b",
            "data:text/plain,x",
            "urn:a:b",
        ] {
            assert_eq!(normal(bad), None, "{bad}");
        }
        assert_eq!(normal(&format!("https://api.example.com/{}", "a".repeat(limits::TARGET_MAX))), None);
    }
}
