//! The text of opaque tokens.

use jeton_core::{
    limits,
    token_text::{TokenDigest, parse},
};

/// What parses has its marker, its id and its checksum, and no neighbour of it parses.
pub fn run(data: &[u8]) {
    let Ok(token) = parse(data) else { return };
    assert!(data.len() <= limits::TOKEN_TEXT_MAX);
    let text = std::str::from_utf8(data).expect("a token is ASCII");
    let marker = format!("jtn_{}_{}", token.kind.as_str(), token.id);
    assert!(text.contains(&marker), "{text}");
    assert!(token.digest.matches(&TokenDigest::of(data)));
    for longer in [format!("{text}0"), format!("0{text}"), format!("{text} "), format!("{text}\n")] {
        assert!(parse(longer.as_bytes()).is_err());
    }
    assert!(parse(&data[1..]).is_err() && parse(&data[..data.len() - 1]).is_err());
}
