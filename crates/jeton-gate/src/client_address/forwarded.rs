//! `Forwarded` (RFC 7239): its hops in order. Must never skip what it cannot read: one fault and there are no hops at all,
//! because a quote that a client left open could swallow what a proxy wrote behind it.

use super::node_address;
use http::{HeaderMap, header};
use std::net::IpAddr;

/// What one element says of its hop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hop {
    /// The address of its `for`; `None` where it names none.
    pub(super) address: Option<IpAddr>,
    /// Whether its `proto` is `https`; `None` where it is neither that nor `http`.
    pub(super) secure: Option<bool>,
}

/// The elements of all `Forwarded` fields, from left to right; `None` for the whole when a field does not follow the grammar.
pub(super) fn hops(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    for value in headers.get_all(header::FORWARDED) {
        let mut rest = Reader(value.to_str().ok()?);
        loop {
            hops.push(rest.element()?);
            rest.blank();
            if rest.0.is_empty() {
                break;
            }
            rest.take(',')?;
        }
    }
    Some(hops)
}

/// What is left of one field.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// One element: pairs joined by `;`, each name once.
    fn element(&mut self) -> Option<Hop> {
        let (mut node, mut proto): (Option<String>, Option<String>) = (None, None);
        loop {
            self.blank();
            let name = self.token()?;
            self.take('=')?;
            let value = self.value()?;
            let is_second = match name {
                _ if name.eq_ignore_ascii_case("for") => node.replace(value).is_some(),
                _ if name.eq_ignore_ascii_case("proto") => proto.replace(value).is_some(),
                _ => false,
            };
            if is_second {
                return None;
            }
            self.blank();
            if self.take(';').is_none() {
                let secure = proto.and_then(|proto| is_https(&proto));
                return Some(Hop { address: node.and_then(|node| node_address(&node)), secure });
            }
        }
    }
    /// A token or the text of a quoted string.
    fn value(&mut self) -> Option<String> {
        if self.take('"').is_none() {
            return self.token().map(str::to_owned);
        }
        let mut text = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => text.push(characters.next()?.1),
                other => text.push(other),
            }
        }
        None
    }
    fn token(&mut self) -> Option<&'a str> {
        let end = self.0.find(|c: char| !is_token(c)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }
    fn take(&mut self, wanted: char) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }
    fn blank(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }
}

fn is_https(proto: &str) -> Option<bool> {
    if proto.eq_ignore_ascii_case("https") { Some(true) } else { proto.eq_ignore_ascii_case("http").then_some(false) }
}

/// `tchar` of RFC 9110.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}
