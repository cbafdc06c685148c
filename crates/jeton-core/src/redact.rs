//! Text that a client sent and that is kept or shown later (paths, user agents): bounded, and without what looks like a token.
//!
//! Never tells a secret apart by looking it up: whatever has the shape of one is cut, mistyped and cut-off ones too.

use std::borrow::Cow;

/// In front of every opaque token's kind.
const OPAQUE: &str = "jtn_";
/// What is public behind it: three letters, `_`, the id.
const OPAQUE_PUBLIC: usize = 3 + 1 + 12;
/// How every JWT begins: `{"` in base64url.
const JWT: &str = "eyJ";
/// A shorter text behind it is no JWT.
const JWT_LEAST: usize = 16;
/// Stands for what was left out.
const CUT: char = '…';

/// The text with each token in it cut to its public part and no control characters, and at most `most` bytes of it.
pub fn client_text(text: &str, most: usize) -> Cow<'_, str> {
    let mut kept: Option<String> = None;
    let mut rest = text;
    while let Some((public, end)) = next_secret(rest) {
        let kept = kept.get_or_insert_default();
        kept.push_str(rest.get(..public).unwrap_or_default());
        kept.push(CUT);
        rest = rest.get(end..).unwrap_or_default();
    }
    let mut whole = kept.map_or(Cow::Borrowed(text), |kept| Cow::Owned(kept + rest));
    if whole.contains(char::is_control) {
        whole = Cow::Owned(whole.replace(char::is_control, "\u{fffd}"));
    }
    if whole.len() <= most {
        return whole;
    }
    let end = whole.floor_char_boundary(most.saturating_sub(CUT.len_utf8()));
    Cow::Owned(format!("{}{CUT}", whole.get(..end).unwrap_or_default()))
}

/// Where the public part of the first secret ends, and where the secret does.
fn next_secret(text: &str) -> Option<(usize, usize)> {
    let opaque = occurrences(text, OPAQUE).find_map(|at| {
        let length = run(text, at + OPAQUE.len(), |b| b.is_ascii_alphanumeric() || b == b'_');
        let public = at + OPAQUE.len() + OPAQUE_PUBLIC;
        (length > OPAQUE_PUBLIC).then_some((public, at + OPAQUE.len() + length))
    });
    let jwt = occurrences(text, JWT).find_map(|at| {
        let length = run(text, at + JWT.len(), |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        (length >= JWT_LEAST).then_some((at + JWT.len(), at + JWT.len() + length))
    });
    match (opaque, jwt) {
        (Some(one), Some(other)) => Some(if other.0 < one.0 { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn occurrences(text: &str, of: &'static str) -> impl Iterator<Item = usize> {
    text.match_indices(of).map(|(at, _)| at)
}

/// How many bytes from `from` on belong to a token.
fn run(text: &str, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    text.as_bytes().get(from..).unwrap_or_default().iter().take_while(|byte| belongs(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "jtn_pat_0123456789abSECRETsecretSECRETsecretSECRETsecretSECRETsecret1";

    #[test]
    fn tokens_are_cut_to_what_is_public() {
        let cut = |text: &str| client_text(text, 1000).into_owned();
        assert_eq!(cut(&format!("/v1/{TOKEN}/x")), "/v1/jtn_pat_0123456789ab…/x");
        assert_eq!(cut(&format!("{TOKEN} and acme_{TOKEN}")), "jtn_pat_0123456789ab… and acme_jtn_pat_0123456789ab…");
        assert_eq!(cut(&format!("/v1/{}", &TOKEN[..30])), "/v1/jtn_pat_0123456789ab…", "cut off");
        assert_eq!(cut(&format!("/a/{TOKEN}{TOKEN}")), "/a/jtn_pat_0123456789ab…");
        assert_eq!(cut("/x/eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_x/y"), "/x/eyJ…/y");
        assert_eq!(cut("a\u{0}b\nc"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(cut(&format!("eyJhbGciOiJFUzI1NiJ9.e30. {TOKEN}")), "eyJ… jtn_pat_0123456789ab…");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "/v1/orders/7", "jtn_", "/docs/jtn_pat_", "jtn_pat_0123456789ab", "curl/8.5 (Linux)", "/monkeyJar", "größe"] {
            assert!(matches!(client_text(text, 1000), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn it_is_bounded_between_characters() {
        assert_eq!(client_text("abcdefgh", 6), "abc…");
        assert_eq!(client_text(&"ö".repeat(10), 8), "öö…");
        for most in 0..90 {
            let text = format!("ü{TOKEN}ü");
            let kept = client_text(&text, most);
            assert!(kept.len() <= most.max(CUT.len_utf8()) && !kept.contains("SECRET"), "{kept}");
        }
    }
}
