//! Finds tokens in bytes: the shape first, then the checksum. Keeps their public ids, never their secrets.

use jeton_core::{id::TokenId, kind::TokenKind, token_text};
use serde::Serialize;
use std::io::{BufRead, BufReader, Read};

/// What every token has in front of its kind.
const MARKER: &[u8] = b"jtn_";
/// From the marker to the end: marker, three letters, `_`, 61 digits.
const FROM_MARKER: usize = 4 + 4 + 61;
/// A longer line is looked at in pieces that overlap by more than a token's length.
const LINE_MAX: usize = 1024 * 1024;

/// A token found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The file, or the file in a commit.
    pub(crate) file: String,
    /// The line, counted from 1.
    pub(crate) line: u64,
    /// The commit that brought it in, where it was found in history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<String>,
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Its public id.
    pub(crate) id: TokenId,
}

impl Finding {
    /// The finding as a line of a list.
    pub(crate) fn row(&self) -> Vec<String> {
        let place = match &self.commit {
            Some(commit) => format!("{}:{} in commit {}", self.file, self.line, commit.get(..12).unwrap_or(commit)),
            None => format!("{}:{}", self.file, self.line),
        };
        vec![place, self.kind.to_string(), self.id.to_string()]
    }
}

/// The tokens in some bytes.
pub(crate) fn tokens_in(bytes: &[u8]) -> Vec<(TokenKind, TokenId)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| rest.windows(MARKER.len()).position(|window| window == MARKER)) {
        let start = from + at;
        let end = start + FROM_MARKER;
        from = start + MARKER.len();
        let whole = bytes.get(start..end).filter(|_| bytes.get(end).is_none_or(|next| !is_word(*next)));
        let Some(whole) = whole else { continue };
        // The checksum covers a brand in front, so both readings are tried.
        let branded = bytes.get(brand_start(bytes, start)..end).unwrap_or(whole);
        if let Ok(token) = token_text::parse(whole).or_else(|_| token_text::parse(branded)) {
            found.push((token.kind, token.id));
            from = end;
        }
    }
    found
}

/// Where the brand in front of a marker begins: small letters and digits, then `_`.
fn brand_start(bytes: &[u8], marker: usize) -> usize {
    let before = bytes.get(..marker).unwrap_or_default();
    let Some(before) = before.strip_suffix(b"_") else { return marker };
    let length = before.iter().rev().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
    before.len() - length
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Looks through a stream line by line in bounded memory.
pub(crate) fn in_stream(stream: impl Read, file: &str, findings: &mut Vec<Finding>) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let (mut line, mut number) = (Vec::new(), 1);
    loop {
        let kept = line.len();
        let room = (LINE_MAX - kept) as u64;
        let read = (&mut reader).take(room).read_until(b'\n', &mut line)?;
        let ended = line.ends_with(b"\n");
        if ended || read == 0 || line.len() >= LINE_MAX {
            for (kind, id) in tokens_in(&line) {
                let finding = Finding { file: file.to_owned(), line: number, commit: None, kind, id };
                // A token that stands whole in the overlap of two pieces is one token.
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
        if ended {
            line.clear();
            number += 1;
        } else if line.len() >= LINE_MAX {
            // A token that lies across the cut is found in the next piece.
            let tail = line.split_off(line.len() - (jeton_core::limits::TOKEN_TEXT_MAX + 1));
            line = tail;
        } else if read == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::token_text::{Brand, PlainToken};

    fn plain(brand: Option<&str>, seed: u8) -> PlainToken {
        PlainToken::from_random(brand.and_then(Brand::parse).as_ref(), TokenKind::Key, TokenId::from_random([seed; 16]), &[seed; 32])
    }

    #[test]
    fn tokens_are_found_and_what_only_looks_like_one_is_not() {
        let (bare, branded) = (plain(None, 1), plain(Some("acme"), 2));
        let text = format!("key={}; other=\"{}\" {}x jtn_key_ {}", bare.expose(), branded.expose(), bare.expose(), &bare.expose()[..60]);
        let ids: Vec<_> = tokens_in(text.as_bytes()).into_iter().map(|(_, id)| id).collect();
        assert_eq!(ids, [TokenId::from_random([1; 16]), TokenId::from_random([2; 16])]);
        let mistyped = bare.expose().replace("jtn_key", "jtn_pat");
        assert!(tokens_in(mistyped.as_bytes()).is_empty());
    }

    #[test]
    fn a_token_behind_an_unrelated_word_is_found() {
        let text = format!("my_{}", plain(None, 1).expose());
        assert_eq!(tokens_in(text.as_bytes()).len(), 1);
    }

    #[test]
    fn lines_are_counted_and_long_ones_are_looked_through() {
        let token = plain(None, 1);
        let mut text = b"one\ntwo\n".to_vec();
        text.extend(std::iter::repeat_n(b'.', LINE_MAX - 30));
        text.extend_from_slice(token.expose().as_bytes());
        text.extend_from_slice(b"\nlast ");
        text.extend_from_slice(token.expose().as_bytes());
        let mut findings = Vec::new();
        in_stream(&text[..], "a.txt", &mut findings).expect("reads");
        let lines: Vec<_> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [3, 4]);
    }
}
