//! The usual tricks against redirect URIs.

use super::*;
use proptest::prelude::*;

fn matches(registered: &str, presented: &str) -> bool {
    RedirectUri::of(registered).matches(presented)
}

#[test]
fn nothing_but_the_same_bytes_matches() {
    let registered = "https://app.example/back?tenant=1";
    assert!(matches(registered, registered));
    for trick in [
        "https://app.example/back",
        "https://app.example/back?tenant=1&x=2",
        "https://app.example/back?tenant=2",
        "https://app.example/back/?tenant=1",
        "https://app.example/back/../evil?tenant=1",
        "https://app.example/%62ack?tenant=1",
        "https://app.example:443/back?tenant=1",
        "https://APP.example/back?tenant=1",
        "HTTPS://app.example/back?tenant=1",
        "https://app.example./back?tenant=1",
        "https://app.example@evil.example/back?tenant=1",
        "https://evil.example/back?tenant=1",
        "https://app.example.evil.example/back?tenant=1",
        "https://app.example\\@evil.example/back?tenant=1",
        "https://app.example/back?tenant=1#",
        "https://app.example/back?tenant=1#x",
        "http://app.example/back?tenant=1",
        " https://app.example/back?tenant=1",
        "https://app.example/back?tenant=1\n",
        "https://app.example/*",
        "",
    ] {
        assert!(!matches(registered, trick), "{trick}");
    }
}

#[test]
fn the_port_of_loopback_addresses_is_free_and_nothing_else() {
    for (registered, presented) in [
        ("http://127.0.0.1/back", "http://127.0.0.1:49152/back"),
        ("http://127.0.0.1:8000/back", "http://127.0.0.1/back"),
        ("http://127.0.0.1:8000/back?a=1", "http://127.0.0.1:1/back?a=1"),
        ("http://[::1]/back", "http://[::1]:65535/back"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
    ] {
        assert!(matches(registered, presented), "{registered} {presented}");
    }
    for (registered, presented) in [
        ("http://localhost/back", "http://localhost:3000/back"),
        ("http://localhost:3000/back", "http://localhost:3001/back"),
        ("http://127.0.0.1/back", "http://[::1]/back"),
        ("http://127.0.0.1/back", "http://localhost/back"),
        ("http://127.0.0.1/back", "https://127.0.0.1:49152/back"),
        ("https://127.0.0.1/back", "https://127.0.0.1:49152/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1:49152/other"),
        ("http://127.0.0.1/back", "http://127.0.0.1:49152/back/"),
        ("http://127.0.0.1/back", "http://127.0.0.1:49152/back?x"),
        ("http://127.0.0.1/back", "http://127.0.0.1:49152/back#x"),
        ("http://127.0.0.1/back", "http://127.0.0.1:/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1:0/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1:65536/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1:000080/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1:80@evil.example/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1@evil.example/back"),
        ("http://127.0.0.1/back", "http://127.0.0.1.evil.example/back"),
        ("http://127.0.0.1/back", "http://127.0.0.10/back"),
        ("http://127.0.0.1/back", "http://127.0.0.2:1/back"),
        ("http://127.0.0.1", "http://127.0.0.1@evil.example"),
        ("http://127.0.0.1", "http://127.0.0.1.evil.example"),
    ] {
        assert!(!matches(registered, presented), "{registered} {presented}");
    }
}

proptest! {
    #[test]
    fn one_changed_byte_is_another_address(at in 0usize..64, byte in 0u8..128) {
        let registered = "https://app.example/back/of/the/app?tenant=1&x=y";
        let mut changed = registered.as_bytes().to_vec();
        let at = at % changed.len();
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        prop_assert!(!matches(registered, std::str::from_utf8(&changed).expect("ASCII")));
    }

    #[test]
    fn a_loopback_address_keeps_its_host_whatever_stands_in_the_port(middle in "[0-9:@.a-z/\\\\]{0,16}") {
        let presented = format!("http://127.0.0.1{middle}/back");
        if matches("http://127.0.0.1/back", &presented) {
            let url = Url::parse(&presented).expect("what matches is a URL");
            prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
            prop_assert_eq!(url.path(), "/back");
            prop_assert!(url.username().is_empty() && url.password().is_none());
        }
    }

    #[test]
    fn what_can_be_registered_is_what_a_browser_goes_to(text in "(https?|com\\.example|javascript|data):/{0,3}[a-z0-9.@:\\[\\]%#?*\\\\ /-]{0,24}") {
        if read(&text).is_ok() {
            let url = Url::parse(&text).expect("a URL");
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
            prop_assert!(!text.contains(['*', '\\', ' ', '#']));
            prop_assert!(url.scheme() == "https" || is_loopback(&url) || url.scheme().contains('.'));
        }
    }
}

#[test]
fn registered_addresses_follow_the_rules() {
    for (text, kind) in [
        ("https://app.example/back", RedirectKind::Https),
        ("https://app.example", RedirectKind::Https),
        ("https://app.example/", RedirectKind::Https),
        ("https://app.example?x=1", RedirectKind::Https),
        ("https://app.example:8443/back?x=%2F", RedirectKind::Https),
        ("http://127.0.0.1/back", RedirectKind::Loopback),
        ("http://[::1]:1234/back", RedirectKind::Loopback),
        ("http://localhost:3000/callback", RedirectKind::Loopback),
        ("com.example.app:/back", RedirectKind::PrivateUse),
        ("com.example.app://back", RedirectKind::PrivateUse),
    ] {
        assert_eq!(read(text), Ok(kind), "{text}");
    }
    for bad in [
        "",
        "/back",
        "app.example/back",
        "https://",
        "https:app.example/back",
        "https:///app.example/back",
        "https://app.example/back#",
        "https://app.example/back#x",
        "https://*.app.example/back",
        "https://app.example/*",
        "https://user@app.example/back",
        "https://user:secret@app.example/back",
        "https://@app.example/back",
        "https://app.example/a/../back",
        "https://app.example/a/%2e%2E/back",
        "https://app.example/./back",
        "https://APP.example/back",
        "https://app.example:443/back",
        "https://app.example\\back",
        "https://app.example/ba ck",
        "https://app.example/b\u{e4}ck",
        "https://b\u{fc}cher.example/",
        "https://app.example/\u{0}",
        "http://app.example/back",
        "http://127.0.0.1.evil.example/back",
        "http://127.1/back",
        "http://0x7f000001/back",
        "http://[::ffff:127.0.0.1]/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp://back",
        "com.example.app:/a/../b",
        "com..app:/back",
        "com.example.app:/back#x",
        "ftp://app.example/",
        "urn:example:back",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert!(read(&format!("https://app.example/{}", "a".repeat(limits::CLIENT_URI_MAX))).is_err());
}
