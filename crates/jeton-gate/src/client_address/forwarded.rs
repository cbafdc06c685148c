//! `Forwarded` (RFC 7239): its hops in order. Must never skip what it cannot read: one fault and there are no hops at all,
//! because a quote that a client left open could swallow what a proxy wrote behind it.

use super::node_address;
use http::{HeaderMap, header};
use std::net::IpAddr;

/// The `for` of every element of all `Forwarded` fields, from left to right; `None` inside for a hop that names no address, and
/// `None` for the whole when a field does not follow the grammar.
pub(super) fn hops(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
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
    /// One element: pairs joined by `;`, each name once. Gives the address of its `for`.
    fn element(&mut self) -> Option<Option<IpAddr>> {
        let mut node: Option<Option<IpAddr>> = None;
        loop {
            self.blank();
            let name = self.token()?;
            self.take('=')?;
            let address = self.value()?;
            if name.eq_ignore_ascii_case("for") && node.replace(address).is_some() {
                return None;
            }
            self.blank();
            if self.take(';').is_none() {
                return Some(node.flatten());
            }
        }
    }
    /// A token or a quoted string, read as a node.
    fn value(&mut self) -> Option<Option<IpAddr>> {
        if self.take('"').is_none() {
            return self.token().map(node_address);
        }
        let mut text = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(node_address(&text));
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

/// `tchar` of RFC 9110.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}
