//! The content security policy of pages: nothing from elsewhere, nothing inline, no frame around them.

use http::HeaderValue;
use url::{Host, Url};

/// The policy of a page. `form_action` are addresses that the answer to one of its forms may redirect to; browsers of the Chromium
/// family look at redirects too.
pub fn content(is_scripted: bool, form_action: &[&str]) -> HeaderValue {
    let mut policy = "default-src 'none'; style-src 'self'; img-src 'self'".to_owned();
    if is_scripted {
        policy.push_str("; script-src 'self'");
    }
    policy.push_str("; form-action 'self'");
    for source in form_action.iter().filter_map(|address| source_of(address)) {
        policy.push(' ');
        policy.push_str(&source);
    }
    policy.push_str("; frame-ancestors 'none'; base-uri 'none'");
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// The origin of an address as a source of the policy; its scheme alone where the policy's grammar has no word for the origin.
pub fn source_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let scheme = url.scheme();
    let is_web = matches!(scheme, "http" | "https");
    let host = match url.host() {
        Some(Host::Domain(name)) if is_web && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) => {
            name.to_owned()
        }
        Some(Host::Ipv4(own)) if is_web => own.to_string(),
        _ => return Some(format!("{scheme}:")),
    };
    Some(match url.port() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_get_into_the_policy() {
        for (address, source) in [
            ("https://app.example.com/cb?x=1;script-src *", Some("https://app.example.com")),
            ("http://127.0.0.1:5173/cb", Some("http://127.0.0.1:5173")),
            ("http://[::1]:5173/cb", Some("http:")),
            ("com.example.app:/cb", Some("com.example.app:")),
            ("https://a.example;script-src/cb", Some("https:")),
            ("nothing", None),
        ] {
            assert_eq!(source_of(address).as_deref(), source, "{address}");
        }
        let policy = content(false, &["https://app.example.com/cb"]);
        let policy = policy.to_str().expect("text");
        assert!(policy.contains("form-action 'self' https://app.example.com;") && !policy.contains("script-src"), "{policy}");
        assert!(content(true, &[]).to_str().expect("text").contains("script-src 'self';"));
    }
}
