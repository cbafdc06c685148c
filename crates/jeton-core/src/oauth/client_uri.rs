//! Addresses in a client's metadata: short, of plain characters, in the one form that everybody reads alike.

use super::redirect_uri::is_loopback;
use crate::{fault::Invalid, limits, scope::printable};
use url::Url;

/// Reads an address of any scheme: no fragment, no user, no dot segment, no wildcard, nothing that two programs read differently.
pub(super) fn read(text: &str) -> Result<Url, Invalid> {
    if text.len() > limits::CLIENT_URI_MAX {
        return Err(Invalid::new(format!("must be at most {} bytes long", limits::CLIENT_URI_MAX)));
    }
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
    if !text.bytes().all(plain) {
        return Err(Invalid::new("must be made of the characters that a URI can have (RFC 3986)"));
    }
    if text.contains('#') {
        return Err(Invalid::new("must have no fragment"));
    }
    if text.contains('*') {
        return Err(Invalid::new("must have no wildcard: it is compared byte for byte"));
    }
    let url = Url::parse(text).map_err(|_| Invalid::new(format!("must be an absolute URI (got `{}`)", printable(text))))?;
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(Invalid::new("must have no user or password in front of its host"));
    }
    if !is_normal(text, &url) {
        return Err(Invalid::new(format!("must be written in its normal form `{}`", printable(url.as_str()))));
    }
    Ok(url)
}

/// Reads a web address for people: `https`, or `http`.
pub(super) fn read_page(text: &str) -> Result<(), Invalid> {
    let url = read(text)?;
    if matches!(url.scheme(), "https" | "http") { Ok(()) } else { Err(Invalid::new("must be an `https` or `http` address")) }
}

/// Reads an address that this server will call: `https`, or with `development` plain `http` on loopback.
pub fn read_callable(text: &str, development: bool) -> Result<Url, Invalid> {
    let url = read(text)?;
    if url.scheme() == "https" || (development && url.scheme() == "http" && is_loopback(&url)) {
        return Ok(url);
    }
    Err(Invalid::new("must be an `https` address"))
}

/// Reads a client id that is the address of the client's metadata document: an address that can be called and has a path.
pub fn read_document_address(text: &str, development: bool) -> Result<Url, Invalid> {
    let url = read_callable(text, development)?;
    if url.path() == "/" {
        return Err(Invalid::new("must have a path behind its host"));
    }
    Ok(url)
}

/// What stands between the scheme and the path.
fn authority(text: &str) -> &str {
    let behind = text.split_once("://").map_or("", |(_, behind)| behind);
    behind.split(['/', '?']).next().unwrap_or_default()
}

/// Whether the text is what a reader of URLs makes of it; a path that is empty may be left out.
fn is_normal(text: &str, url: &Url) -> bool {
    let normal = url.as_str();
    if normal == text {
        return true;
    }
    // `https://app.example?x` is read as `https://app.example/?x`.
    let cut = normal.split_once("://").and_then(|(scheme, behind)| Some((scheme, behind.split_once('/')?)));
    cut.is_some_and(|(scheme, (host, rest))| (rest.is_empty() || rest.starts_with('?')) && format!("{scheme}://{host}{rest}") == text)
}
