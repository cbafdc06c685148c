//! The cookies: of a session, and of a browser before anybody signed in. Both are for this host alone (`__Host-`), never readable
//! by scripts, never sent with what other sites embed or post.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use jeton_core::timestamp::Span;
use zeroize::Zeroizing;

/// The session's cookie.
pub const SESSION: &str = "__Host-jeton-session";
/// The cookie that forms are tied to before anybody signed in.
pub const BROWSER: &str = "__Host-jeton-csrf";

/// The cookie of a browser that somebody signed in at before.
pub const KNOWN: &str = "__Host-jeton-known";
/// The cookie that holds the secret of a link that was opened, so that it does not stay in the address.
pub const LINK: &str = "__Host-jeton-link";

/// Characters of a cookie's value: 256 bits in base64url.
const DIGITS: usize = 43;

/// A fresh secret for a session.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// 256 random bits.
    pub fn fresh() -> Self {
        let bits: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bits)))
    }
    /// What is stored of it.
    pub fn digest(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }
    /// The header that gives it to the browser. Without an end of its own: the session's end is known here.
    pub fn set_cookie(&self) -> HeaderValue {
        set(SESSION, &self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The digest of the session's cookie, where a request has exactly one.
pub fn session_digest(headers: &HeaderMap) -> Option<[u8; 32]> {
    value(headers, SESSION).map(|value| sha256(value.as_bytes()))
}

/// The value of a cookie, where a request has exactly one of this name and of our form.
pub fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    value_of_length(headers, name, DIGITS).filter(|value| value.len() == DIGITS)
}

/// The same of a cookie whose value has at most so many characters.
pub fn value_of_length<'h>(headers: &'h HeaderMap, name: &str, most: usize) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    let value = values.next().filter(|_| values.next().is_none())?;
    let is_ours =
        (1..=most).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_ours.then_some(value)
}

/// The header that sets a cookie.
pub fn set(name: &str, value: &str) -> HeaderValue {
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    let mut line = HeaderValue::try_from(line).unwrap_or_else(|_| HeaderValue::from_static(""));
    line.set_sensitive(true);
    line
}

/// The header that sets a cookie which stays when the browser is closed.
pub fn set_lasting(name: &str, value: &str, life: Span) -> HeaderValue {
    let seconds = life.as_seconds_up();
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    let mut line = HeaderValue::try_from(line).unwrap_or_else(|_| HeaderValue::from_static(""));
    line.set_sensitive(true);
    line
}

/// The header that takes the cookie of a link away.
pub fn clear_link() -> HeaderValue {
    HeaderValue::from_static("__Host-jeton-link=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// The header that takes the session's cookie away.
pub fn clear_session() -> HeaderValue {
    HeaderValue::from_static("__Host-jeton-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()).for_each(|(slot, byte)| *slot = *byte);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let line = |line: &&str| (header::COOKIE, HeaderValue::try_from(*line).expect("a header"));
        lines.iter().map(line).collect()
    }

    #[test]
    fn a_cookie_is_read_where_there_is_exactly_one() {
        let secret = Secret::fresh();
        let own = format!("{SESSION}={}", *secret.0);
        assert_eq!(session_digest(&headers(&[&format!("a=b; {own};c=d")])), Some(secret.digest()));
        assert_eq!(session_digest(&headers(&["a=b", &own])), Some(secret.digest()));
        for bad in [
            vec!["a=b".to_owned()],
            vec![own.clone(), own.clone()],
            vec![format!("{own}; {own}")],
            vec![format!("{own}x")],
            vec![format!("{SESSION}="), format!("x{own}")],
        ] {
            let lines: Vec<&str> = bad.iter().map(String::as_str).collect();
            assert_eq!(session_digest(&headers(&lines)), None, "{bad:?}");
        }
        assert!(!format!("{secret:?} {:?}", secret.set_cookie()).contains(&*secret.0));
    }

    #[test]
    fn cookies_are_for_this_host_alone() {
        for line in [Secret::fresh().set_cookie(), set(BROWSER, "x"), clear_session()] {
            let line = line.to_str().expect("text");
            assert!(line.starts_with("__Host-"), "{line}");
            for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(line.contains(attribute), "{line}");
            }
            assert!(!line.contains("Domain"), "{line}");
        }
    }
}
