//! Whether an address that a request names is one that the client registered.
//!
//! Must never match by prefix, by pattern or by meaning: only byte for byte, but for the port of a loopback address.

/// Whether `asked` is one of `registered` (RFC 9700, section 2.1; RFC 8252, section 7.3).
pub fn matches(registered: &[String], asked: &str) -> bool {
    registered.iter().any(|own| own == asked || (without_port(own).is_some() && without_port(own) == without_port(asked)))
}

/// A loopback address in three parts, its port left out.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let host = ["http://127.0.0.1", "http://[::1]"].into_iter().find(|host| uri.starts_with(host))?;
    let rest = uri.get(host.len()..)?;
    let Some(port) = rest.strip_prefix(':') else { return rest.starts_with('/').then_some((host, rest)) };
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let (number, path) = port.split_at_checked(digits)?;
    (number.parse::<u16>().is_ok() && path.starts_with('/')).then_some((host, path))
}
