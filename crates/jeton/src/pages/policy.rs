//! The content security policy of pages: nothing from elsewhere, nothing inline, no frame around them.

use http::HeaderValue;
use url::{Host, Url};

/// The policy of a page. `form_action` are addresses of apps that the answer to one of its forms may redirect to.
pub fn content(is_scripted: bool, form_action: &[&str]) -> HeaderValue {
    let mut policy = "default-src 'none'; style-src 'self'; img-src 'self'".to_owned();
    if is_scripted {
        policy.push_str("; script-src 'self'");
    }
    policy.push_str("; form-action 'self'");
    for sources in form_action.iter().filter_map(|address| sources_of(address)) {
        policy.push(' ');
        policy.push_str(&sources);
    }
    policy.push_str("; frame-ancestors 'none'; base-uri 'none'");
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// Where a form may lead that is answered by sending the browser on to an app. Browsers of the Chromium family hold every redirect
/// after a form against the page's policy, those of the app's own servers as well; so the app's origin alone would break apps
/// whose registered address sends the browser on to another host of theirs. What is left out is everything that is not TLS, but on
/// this device.
fn sources_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    Some(match (url.scheme(), url.host()) {
        ("https", _) => "https:".to_owned(),
        ("http", Some(Host::Ipv4(own))) if own.is_loopback() => LOOPBACK.to_owned(),
        ("http", Some(Host::Domain("localhost"))) => LOOPBACK.to_owned(),
        // The grammar has no word for an IPv6 address.
        (scheme, _) => format!("https: {scheme}:"),
    })
}

const LOOPBACK: &str = "https: http://127.0.0.1:* http://localhost:*";

/// The origin of an address; its scheme alone where it has none.
pub fn origin_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:/", url.scheme()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_schemes_and_loopback_get_into_the_policy() {
        for (address, sources, origin) in [
            ("https://app.example.com/cb?x=1;script-src *", "https:", "https://app.example.com"),
            ("https://a.example;script-src/cb", "https:", "https://a.example;script-src"),
            ("http://127.0.0.1:5173/cb", LOOPBACK, "http://127.0.0.1:5173"),
            ("http://localhost/cb", LOOPBACK, "http://localhost"),
            ("http://[::1]:5173/cb", "https: http:", "http://[::1]:5173"),
            ("com.example.app:/cb", "https: com.example.app:", "com.example.app:/"),
        ] {
            assert_eq!(sources_of(address).as_deref(), Some(sources), "{address}");
            assert_eq!(origin_of(address).as_deref(), Some(origin), "{address}");
            assert_eq!(sources_of(origin).as_deref(), Some(sources), "the origin stands for the address: {address}");
        }
        assert_eq!(sources_of("nothing"), None);
        let policy = content(false, &["https://app.example.com/cb"]);
        let policy = policy.to_str().expect("text");
        assert!(policy.contains("form-action 'self' https:;") && !policy.contains("script-src"), "{policy}");
        let policy = content(true, &[]);
        let policy = policy.to_str().expect("text");
        assert!(policy.contains("script-src 'self';") && policy.contains("form-action 'self';"), "{policy}");
    }
}
