//! Laws of text: what is printed parses to the same, what parses prints in one form, and no changed byte is believed.

use jeton_core::{
    id::{ApiId, DecisionId, ProjectId, TokenId},
    kind::TokenKind,
    master_key::{KeyRing, MasterKey},
    name::{Audience, Name, Subject},
    network::Networks,
    path::{NormalPath, PathRules},
    route::{PathPattern, Route},
    scope::{Scope, ScopeSet},
    seal,
    timestamp::{Span, Timestamp},
    token_text::{self, Brand, PlainToken},
};
use proptest::{collection::vec, option, prelude::*};
use serde::{Serialize, de::DeserializeOwned};

/// Through JSON and back.
fn through<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).expect("prints")).expect("parses")
}

fn rules() -> impl Strategy<Value = PathRules> {
    any::<[bool; 3]>().prop_map(|[encoded_slash, semicolon, encoded_percent]| PathRules { encoded_slash, semicolon, encoded_percent })
}

/// Paths that are mostly made of what is dangerous in them.
fn raw_path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["/", ".", "..", "%2e", "%2E", "%2f", "%5c", "\\", ";", "%3b", "%25", "%252e", "%252f", "%00", "%"]),
        2 => prop::sample::select(vec!["a", "v1", "*", "%61", "%c3%a9", "%ff", " ", "?", "#", "é", "+", "%2B", ":", "@"]),
    ];
    vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ids(random in any::<[u8; 16]>()) {
        let (token, project) = (TokenId::from_random(random), ProjectId::from_random(random));
        prop_assert_eq!(TokenId::parse(&token.to_string()), Ok(token));
        prop_assert_eq!(through(&token), token);
        prop_assert_eq!(ProjectId::parse(&project.to_string()), Ok(project));
        prop_assert!(ApiId::parse(&project.to_string()).is_err());
        prop_assert!(DecisionId::parse(&token.to_string()).is_err());
    }

    #[test]
    fn token_texts(id in any::<[u8; 16]>(), secret in any::<[u8; 32]>(), kind in 0usize..7, brand in option::of("[a-z][a-z0-9]{0,15}")) {
        let brand = brand.map(|text| Brand::parse(&text).expect("brand"));
        let plain = PlainToken::from_random(brand.as_ref(), TokenKind::ALL[kind], TokenId::from_random(id), &secret);
        let parsed = token_text::parse(plain.expose().as_bytes()).expect("parses");
        prop_assert_eq!((parsed.kind, parsed.id), (TokenKind::ALL[kind], TokenId::from_random(id)));
        prop_assert!(parsed.digest.matches(&plain.digest()));
        prop_assert!(plain.expose().ends_with(plain.hint()));
    }

    #[test]
    fn no_changed_byte_of_a_token_is_taken_for_it(secret in any::<[u8; 32]>(), at in 0usize..69, byte in any::<u8>()) {
        let plain = PlainToken::from_random(None, TokenKind::Key, TokenId::from_random([3; 16]), &secret);
        let mut text = plain.expose().as_bytes().to_vec();
        if text[at] != byte {
            text[at] = byte;
            prop_assert!(token_text::parse(&text).is_err(), "a single changed byte never passes the checksum");
        }
    }

    #[test]
    fn any_bytes_at_the_token_parser(bytes in vec(any::<u8>(), 0..120)) {
        if let Ok(token) = token_text::parse(&bytes) {
            prop_assert!(bytes.windows(4).any(|window| window == b"jtn_") && token.digest.matches(&token_text::TokenDigest::of(&bytes)));
        }
    }

    #[test]
    fn scopes(text in "[a-c.:*/ _-]{0,8}") {
        if let Ok(scope) = Scope::parse(&text) {
            prop_assert_eq!(scope.as_str(), &text);
            prop_assert!(scope.covers(&scope));
            prop_assert_eq!(through(&scope), scope);
        }
        if let Ok(set) = ScopeSet::parse_spaced(&text) {
            prop_assert_eq!(ScopeSet::parse_spaced(&set.to_spaced()), Ok(set.clone()));
            prop_assert!(set.covers_all(&set));
            prop_assert_eq!(through(&set), set);
        }
    }

    #[test]
    fn covering_is_transitive(texts in vec("[ab](:[ab]){0,2}(:\\*)?", 3)) {
        let scopes: Vec<Scope> = texts.iter().map(|text| Scope::parse(text).expect("scope")).collect();
        let [a, b, c] = scopes.as_slice() else { unreachable!() };
        prop_assert!(!(a.covers(b) && b.covers(c)) || a.covers(c));
    }

    #[test]
    fn routes_and_patterns(method in "[A-Z*-]{0,5}", pattern in "(/[a-c*%2F.;]{0,4}){0,4}") {
        if let Ok(route) = Route::parse(&format!("{method} {pattern}")) {
            prop_assert_eq!(Route::parse(&route.to_string()), Ok(route.clone()));
            prop_assert!(route.is_within(&route));
            prop_assert_eq!(route.cmp_specificity(&route), std::cmp::Ordering::Equal);
            prop_assert_eq!(through(&route), route);
        }
        if let Ok(read) = PathPattern::parse(&pattern) {
            prop_assert_eq!(PathPattern::parse(read.as_str()), Ok(read.clone()));
        }
    }

    #[test]
    fn networks(texts in vec(prop_oneof!["[0-9]{1,3}\\.[0-9]{1,2}\\.0\\.0/(8|16|33|24)", "(::ffff:)?10\\.0\\.0\\.[0-9]", "2001:db8::/(32|129)"], 0..4)) {
        if let Ok(networks) = Networks::parse(&texts, &texts[..texts.len() / 2]) {
            prop_assert_eq!(through(&networks), networks.clone());
            prop_assert!(networks.is_within(&networks) || networks.allow().is_empty() && !networks.except().is_empty());
        }
    }

    #[test]
    fn instants(micros in 0i64..=253_402_207_200_000_000, seconds in 0u32..=u32::MAX) {
        let at = Timestamp::from_micros(micros);
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        prop_assert_eq!(through(&at), at);
        let span = Span::from_seconds(seconds);
        prop_assert_eq!(Span::parse(&span.to_string()).or_else(|| (seconds > 999_999_999).then_some(span)), Some(span));
    }

    #[test]
    fn names(text in "\\PC{0,12}") {
        for same in [
            Name::parse(&text).map(|name| through(&name).as_str() == text),
            Subject::parse(&text).map(|subject| through(&subject).as_str() == text),
            Audience::parse(&text).map(|audience| through(&audience).as_str() == text),
        ].into_iter().flatten() {
            prop_assert!(same);
        }
    }

    #[test]
    fn a_normal_path_is_normal_and_plain(raw in raw_path(), rules in rules()) {
        let Ok(path) = NormalPath::parse(&raw, rules) else { return Ok(()) };
        let text = path.as_str();
        prop_assert_eq!(NormalPath::parse(text, rules), Ok(path.clone()), "normal once is normal for ever");
        let lower = text.to_ascii_lowercase();
        prop_assert!(text.is_ascii() && text.starts_with('/') && !text.contains("//"), "{text}");
        prop_assert!(!text.bytes().any(|byte| byte <= b' ' || matches!(byte, b'\\' | b'?' | b'#' | 0x7f)), "{text}");
        prop_assert!(!lower.contains("%5c") && !lower.contains("%00") && !lower.contains("%2e"), "{text}");
        prop_assert!(rules.encoded_slash || !lower.contains("%2f"), "{text}");
        prop_assert!(rules.semicolon || !(text.contains(';') || lower.contains("%3b")), "{text}");
        prop_assert!(rules.encoded_percent || !lower.contains("%25"), "{text}");
        for reading in readings(text) {
            prop_assert!(!reading.split(['/', '\\']).map(|part| part.split(';').next().unwrap_or_default()).any(|part| part == "." || part == ".."), "{text} may be read as {reading}");
        }
    }

    #[test]
    fn no_changed_byte_of_a_sealed_value_opens(plain in vec(any::<u8>(), 0..40), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let ring = KeyRing::of(MasterKey::from_random([1; 32]));
        let mut sealed = seal::seal(&ring, b"context", &plain, [9; 12]).expect("seals");
        let opened = seal::open(&ring, b"context", &sealed).expect("opens");
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        let at = at.index(sealed.len());
        sealed[at] ^= flip;
        prop_assert!(seal::open(&ring, b"context", &sealed).is_err());
    }
}

/// What programs behind the gate may make of a path: decoded not at all, once, twice or three times.
fn readings(text: &str) -> Vec<String> {
    let decode = |text: &str| {
        let mut out = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, behind @ ..] = rest {
            let escape =
                behind.get(..2).filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
            out.push(escape.unwrap_or(*first));
            rest = if escape.is_some() { &behind[2..] } else { behind };
        }
        String::from_utf8_lossy(&out).into_owned()
    };
    let once = decode(text);
    let twice = decode(&once);
    let thrice = decode(&twice);
    vec![text.to_owned(), once, twice, thrice]
}
