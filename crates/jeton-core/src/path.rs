//! The one reading of a request path. What is decided on here is what is forwarded: nobody reads the raw path again.
//!
//! A path is a list of segments after a single percent-decoding. Whatever two programs might read differently is refused:
//! dot segments, an encoded or plain `\`, an encoded `/`, `;`, empty segments, control characters, bytes that are not UTF-8,
//! and a `%` that is still there after decoding. A route can allow the few that an API may need ([`PathRules`]).

use crate::limits;

/// A path that has one reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalPath {
    /// The form that is forwarded: re-encoded from the segments.
    text: Box<str>,
}

/// What a route may allow in its paths beyond the plain form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathRules {
    /// `%2F` inside a segment, kept encoded and never a separator.
    pub encoded_slash: bool,
    /// `;` inside a segment, an ordinary character then.
    pub semicolon: bool,
    /// A `%` that is left after decoding (`%25`), kept encoded.
    pub encoded_percent: bool,
}

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathFault {
    /// Longer than the limit, or with too many segments.
    #[error("the path is too long")]
    TooLong,
    /// Does not begin with `/`.
    #[error("the path must begin with `/`")]
    NotAbsolute,
    /// A `.` or `..` segment, encoded or not, or one that another program could take for it or for an empty one.
    #[error("the path has a `.` or `..` segment, or one that could be taken for it")]
    DotSegment,
    /// Two slashes in a row.
    #[error("the path has an empty segment (`//`)")]
    EmptySegment,
    /// A `%2F`.
    #[error("the path has an encoded slash (`%2F`)")]
    EncodedSlash,
    /// A `\`, encoded or not.
    #[error("the path has a backslash")]
    Backslash,
    /// A `;`, encoded or not.
    #[error("the path has a `;`")]
    Semicolon,
    /// A `%25`: decoding twice would give another path.
    #[error("the path is encoded twice (`%25`)")]
    EncodedPercent,
    /// A `%` without two hexadecimal digits behind it.
    #[error("the path has a `%` that encodes nothing")]
    BadEscape,
    /// A control character, a byte that is not UTF-8, or a character that a path cannot hold.
    #[error("the path has a character that a path cannot hold")]
    BadCharacter,
}

impl NormalPath {
    /// Reads the path part of a request target: without query and fragment.
    pub fn parse(raw: &str, rules: PathRules) -> Result<Self, PathFault> {
        if raw.len() > limits::PATH_MAX {
            return Err(PathFault::TooLong);
        }
        let rest = raw.strip_prefix('/').ok_or(PathFault::NotAbsolute)?;
        if is_plain(raw.as_bytes()) {
            return plain(raw, rest);
        }
        let mut text = String::with_capacity(raw.len() + 16);
        let mut segments = rest.split('/').peekable();
        let mut count = 0;
        while let Some(segment) = segments.next() {
            count += 1;
            if count > limits::PATH_SEGMENTS_MAX {
                return Err(PathFault::TooLong);
            }
            text.push('/');
            if segment.is_empty() {
                if segments.peek().is_some() {
                    return Err(PathFault::EmptySegment);
                }
                continue;
            }
            normalise_segment(segment, rules, &mut text)?;
        }
        Ok(Self { text: text.into() })
    }
    /// The path to forward and to decide on, in its one encoding.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// The segments, still in their one encoding; a trailing slash gives an empty last one.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        segments(&self.text)
    }
}

/// Splits a normal path into its segments.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

/// Whether every byte is one that needs no decoding and can mean only itself.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter().all(|byte| is_unreserved(*byte) || *byte == b'/')
}

/// The quick way for what nearly every request has: nothing encoded, nothing special.
fn plain(raw: &str, rest: &str) -> Result<NormalPath, PathFault> {
    let mut segments = rest.split('/').peekable();
    let mut count = 0;
    while let Some(segment) = segments.next() {
        count += 1;
        if count > limits::PATH_SEGMENTS_MAX {
            return Err(PathFault::TooLong);
        }
        match segment {
            "" if segments.peek().is_some() => return Err(PathFault::EmptySegment),
            "." | ".." => return Err(PathFault::DotSegment),
            _ => {}
        }
    }
    Ok(NormalPath { text: raw.into() })
}

/// Decodes one segment once, refuses what is ambiguous and appends its one encoding.
fn normalise_segment(segment: &str, rules: PathRules, out: &mut String) -> Result<(), PathFault> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            if !is_path_byte(byte) {
                return Err(if byte == b'\\' { PathFault::Backslash } else { PathFault::BadCharacter });
            }
            decoded.push(byte);
            continue;
        }
        let high = bytes.next().and_then(hex).ok_or(PathFault::BadEscape)?;
        let low = bytes.next().and_then(hex).ok_or(PathFault::BadEscape)?;
        decoded.push(high << 4 | low);
    }
    let decoded = std::str::from_utf8(&decoded).map_err(|_| PathFault::BadCharacter)?;
    refuse_hidden_dots(decoded.as_bytes())?;
    for character in decoded.chars() {
        match character {
            '/' if !rules.encoded_slash => return Err(PathFault::EncodedSlash),
            '\\' => return Err(PathFault::Backslash),
            ';' if !rules.semicolon => return Err(PathFault::Semicolon),
            '%' if !rules.encoded_percent => return Err(PathFault::EncodedPercent),
            c if c.is_control() => return Err(PathFault::BadCharacter),
            _ => {}
        }
    }
    for byte in decoded.bytes() {
        if is_path_byte(byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(hex_digit(byte >> 4));
            out.push(hex_digit(byte & 15));
        }
    }
    Ok(())
}

/// Refuses dot segments and empty ones that another program could find in a decoded segment: one that decodes it once more,
/// takes a separator in it for one, or cuts off what stands behind `;`.
fn refuse_hidden_dots(decoded: &[u8]) -> Result<(), PathFault> {
    let mut text = decoded.to_vec();
    for _ in 0..3 {
        let parts = text.split(|byte| matches!(byte, b'/' | b'\\'));
        if parts.map(|part| part.split(|byte| *byte == b';').next().unwrap_or_default()).any(|stem| matches!(stem, b"" | b"." | b"..")) {
            return Err(PathFault::DotSegment);
        }
        let again = decoded_once(&text);
        if again == text {
            return Ok(());
        }
        text = again;
    }
    Err(PathFault::EncodedPercent)
}

/// Decodes every escape once; what is no escape stays as it is.
fn decoded_once(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let escape = match behind {
            [high, low, tail @ ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, tail)),
            _ => None,
        };
        let (byte, tail) = escape.unwrap_or((*first, behind));
        out.push(byte);
        rest = tail;
    }
    out
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `pchar` of RFC 3986 but for `%`, which is read apart.
const fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(raw: &str) -> Result<String, PathFault> {
        NormalPath::parse(raw, PathRules::default()).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn one_spelling_for_one_path() {
        assert_eq!(strict("/v1/orders/7"), Ok("/v1/orders/7".into()));
        assert_eq!(strict("/v1/%6frders"), Ok("/v1/orders".into()));
        assert_eq!(strict("/caf%c3%a9"), Ok("/caf%C3%A9".into()));
        assert_eq!(strict("/a%20b"), Ok("/a%20b".into()));
        assert_eq!(strict("/"), Ok("/".into()));
        assert_eq!(strict("/a/"), Ok("/a/".into()));
        assert_eq!(strict("/a:b@c"), Ok("/a:b@c".into()));
    }

    #[test]
    fn what_two_programs_could_read_differently_is_refused() {
        let cases = [
            ("", PathFault::NotAbsolute),
            ("v1", PathFault::NotAbsolute),
            ("*", PathFault::NotAbsolute),
            ("/a/../b", PathFault::DotSegment),
            ("/a/./b", PathFault::DotSegment),
            ("/a/%2e%2E/b", PathFault::DotSegment),
            ("/a/.%2e", PathFault::DotSegment),
            ("/a/..;/b", PathFault::DotSegment),
            ("/a/..%3bx/b", PathFault::DotSegment),
            ("/a/;x/b", PathFault::DotSegment),
            ("//a", PathFault::EmptySegment),
            ("/a//b", PathFault::EmptySegment),
            ("/a%2fb", PathFault::EncodedSlash),
            ("/a%2Fb", PathFault::EncodedSlash),
            ("/a\\b", PathFault::Backslash),
            ("/a%5cb", PathFault::Backslash),
            ("/a;b=1", PathFault::Semicolon),
            ("/a%3bb", PathFault::Semicolon),
            ("/a%252fb", PathFault::EncodedPercent),
            ("/a%", PathFault::BadEscape),
            ("/a%2", PathFault::BadEscape),
            ("/a%zz", PathFault::BadEscape),
            ("/a%00b", PathFault::BadCharacter),
            ("/a%0ab", PathFault::BadCharacter),
            ("/a%ff", PathFault::BadCharacter),
            ("/a%c0%ae", PathFault::BadCharacter),
            ("/caf\u{e9}", PathFault::BadCharacter),
            ("/a b", PathFault::BadCharacter),
            ("/a?b", PathFault::BadCharacter),
            ("/a#b", PathFault::BadCharacter),
        ];
        for (raw, fault) in cases {
            assert_eq!(strict(raw), Err(fault), "{raw}");
        }
        assert_eq!(strict(&format!("/{}", "a".repeat(limits::PATH_MAX))), Err(PathFault::TooLong));
        assert_eq!(strict(&"/a".repeat(limits::PATH_SEGMENTS_MAX + 1)), Err(PathFault::TooLong));
    }

    #[test]
    fn a_route_can_allow_what_its_api_needs() {
        let all = PathRules { encoded_slash: true, semicolon: true, encoded_percent: true };
        let read = |raw| NormalPath::parse(raw, all).map(|path| path.as_str().to_owned());
        assert_eq!(read("/a%2fb"), Ok("/a%2Fb".into()));
        assert_eq!(read("/a;b"), Ok("/a;b".into()));
        assert_eq!(read("/100%25"), Ok("/100%25".into()));
        for hidden in [
            "/a%2f..%2fb",
            "/%2e%2e%2f",
            "/a%2f",
            "/..;/a",
            "/%252e%252e",
            "/a%252f%252e%252e",
            "/a%5c..",
            "/%252e.",
            "/a%2f..;x%2fb",
            "/a%2f;x%2fb",
            "/;x",
            "/..%253bx",
            "/%25252e",
            "/a%25252f..",
            "/a%255c..%255cb",
            "/%2525252525",
        ] {
            assert!(read(hidden).is_err(), "{hidden}");
        }
    }
}
