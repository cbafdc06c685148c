//! Metadata that clients send, and metadata that nobody should.

use super::*;
use crate::limits;
use proptest::prelude::*;
use serde_json::json;

fn validate(metadata: &Value) -> Result<Registration, MetadataFault> {
    Registration::validate(metadata.as_object().expect("an object"), false)
}
fn refused(metadata: &Value) -> &'static str {
    validate(metadata).expect_err(&metadata.to_string()).member
}
fn with(member: &str, value: Value) -> Value {
    let mut metadata = json!({"redirect_uris": ["https://app.example/back"]});
    metadata[member] = value;
    metadata
}

#[test]
fn absent_members_get_the_defaults_of_the_rfc() {
    let read =
        validate(&json!({"redirect_uris": ["https://app.example/back"], "client_name": null, "client_uri": "", "x_unknown": {"a": [1]}}))
            .expect("read");
    let expected = json!({
        "redirect_uris": ["https://app.example/back"], "grant_types": ["authorization_code"], "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic", "application_type": "web", "subject_type": "public",
    });
    assert_eq!(serde_json::to_value(&read).expect("written"), expected);
    let again: Registration = serde_json::from_value(expected).expect("read again");
    assert_eq!(again, read);
}

#[test]
fn what_agents_and_tools_send_is_taken() {
    // Without `application_type`, as most clients of MCP register themselves.
    let read = validate(&json!({
        "client_name": "Some agent", "redirect_uris": ["http://localhost:54212/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "token_endpoint_auth_method": "none",
        "scope": "orders:read openid orders:read",
    }))
    .expect("read");
    assert_eq!(read.application_type, ApplicationType::Native);
    assert_eq!(read.scope.as_deref(), Some("openid orders:read"));
    let service = validate(&json!({"grant_types": ["client_credentials"], "scope": "orders:read"})).expect("read");
    assert!(service.response_types.is_empty() && service.redirect_uris.is_empty());
    let some = validate(&json!({"grant_types": ["client_credentials", "urn:openid:params:grant-type:ciba"]})).expect("read");
    assert_eq!(some.grant_types, [GrantType::ClientCredentials], "what is not known here is left out");
}

#[test]
fn wrong_types_and_values_are_refused_by_name() {
    for (member, values) in [
        (
            "client_name",
            vec![
                json!(1),
                json!(["x"]),
                json!({}),
                json!(" x"),
                json!("a\u{202e}b"),
                json!("a\u{0}"),
                json!("a\u{200b}"),
                json!("x".repeat(101)),
            ],
        ),
        ("client_uri", vec![json!("ftp://x.example/"), json!("javascript:alert(1)"), json!("x"), json!(true)]),
        ("logo_uri", vec![json!("data:image/png;base64,x"), json!("//x.example/")]),
        ("contacts", vec![json!("a@b"), json!([1]), json!(vec!["a"; limits::CLIENT_CONTACTS_MAX + 1]), json!(["a\nb"])]),
        (
            "redirect_uris",
            vec![
                json!("https://app.example/"),
                json!([]),
                json!([1]),
                json!(["http://app.example/"]),
                json!([null]),
                json!((0..=limits::CLIENT_URIS_MAX).map(|n| format!("https://app.example/{n}")).collect::<Vec<_>>()),
            ],
        ),
        ("post_logout_redirect_uris", vec![json!(["http://app.example/"]), json!(["javascript:x"])]),
        (
            "grant_types",
            vec![
                json!(["implicit"]),
                json!(["authorization_code", "password"]),
                json!(["refresh_token"]),
                json!(["x"]),
                json!("authorization_code"),
            ],
        ),
        ("response_types", vec![json!(["token"]), json!(["code", "code id_token"]), json!("code")]),
        ("token_endpoint_auth_method", vec![json!("client_secret_jwt"), json!("CLIENT_SECRET_BASIC"), json!(1)]),
        ("scope", vec![json!(["a"]), json!("a:*"), json!("a\u{7f}"), json!("\"")]),
        ("application_type", vec![json!("spa")]),
        ("subject_type", vec![json!("both")]),
        ("id_token_signed_response_alg", vec![json!("none"), json!("HS256"), json!("es256")]),
        ("require_auth_time", vec![json!("true"), json!(1)]),
        ("default_max_age", vec![json!(-1), json!(1.5), json!("60"), json!(4_294_967_296_u64)]),
        ("backchannel_logout_uri", vec![json!("http://app.example/"), json!("http://127.0.0.1/"), json!("https://app.example/#x")]),
        ("jwks_uri", vec![json!("http://127.0.0.1/"), json!("file:///etc/passwd"), json!("https://u@app.example/")]),
        (
            "jwks",
            vec![
                json!([]),
                json!({}),
                json!({"keys": {}}),
                json!({"keys": [1]}),
                json!({"keys": [{"kty": "oct", "k": "x"}]}),
                json!({"keys": [{"kty": "EC", "d": "x"}]}),
            ],
        ),
        ("software_id", vec![json!("x".repeat(256))]),
    ] {
        for value in values {
            assert_eq!(refused(&with(member, value.clone())), member, "{member}: {value}");
        }
    }
    assert!(validate(&json!({"redirect_uris": ["http://x.example/"]})).expect_err("refused").is_of_redirects());
}

#[test]
fn what_contradicts_itself_is_refused() {
    let keys = json!({"keys": []});
    for (metadata, member) in [
        (json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}), "grant_types"),
        (json!({"grant_types": ["client_credentials"], "response_types": ["code"]}), "response_types"),
        (json!({"grant_types": ["authorization_code"]}), "redirect_uris"),
        (
            with("jwks_uri", json!("https://app.example/jwks"))
                .as_object()
                .map(|own| {
                    let mut own = own.clone();
                    own.insert("jwks".into(), keys.clone());
                    Value::Object(own)
                })
                .expect("an object"),
            "jwks",
        ),
        (with("token_endpoint_auth_method", json!("private_key_jwt")), "jwks"),
        (json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt", "jwks": keys}), "jwks"),
        (with("token_endpoint_auth_method", json!("self_signed_tls_client_auth")), "jwks"),
        (with("token_endpoint_auth_method", json!("tls_client_auth")), "tls_client_auth_subject_dn"),
        (with("require_signed_request_object", json!(true)), "jwks"),
        (json!({"redirect_uris": ["https://a.example/", "https://b.example/"], "subject_type": "pairwise"}), "sector_identifier_uri"),
        (json!({"redirect_uris": ["http://127.0.0.1/"], "application_type": "web"}), "redirect_uris"),
        (json!({"redirect_uris": ["com.example.app:/x"], "application_type": "web"}), "redirect_uris"),
        (
            json!({"redirect_uris": ["https://a.example/"], "dpop_bound_access_tokens": true, "tls_client_certificate_bound_access_tokens": true}),
            "dpop_bound_access_tokens",
        ),
    ] {
        assert_eq!(refused(&metadata), member, "{metadata}");
    }
}

#[test]
fn development_loosens_loopback_and_nothing_else() {
    let develop = |metadata: Value| Registration::validate(metadata.as_object().expect("an object"), true);
    let web = json!({"redirect_uris": ["http://localhost:3000/back"], "application_type": "web",
        "backchannel_logout_uri": "http://127.0.0.1:3000/out", "jwks_uri": "http://[::1]:3000/jwks"});
    assert!(develop(web.clone()).is_ok());
    assert!(validate(&web).is_err());
    for bad in [json!(["http://app.example/"]), json!(["http://10.0.0.1/"]), json!(["http://127.0.0.1.evil.example/"]), json!(["x:/y"])] {
        assert!(develop(json!({"redirect_uris": bad})).is_err(), "{bad}");
    }
    assert!(develop(with("jwks_uri", json!("http://10.0.0.1/jwks"))).is_err());
}

proptest! {
    #[test]
    fn whatever_is_sent_is_read_or_refused(member in "[a-z_]{1,30}|redirect_uris|jwks|scope|grant_types|client_name", text in "\\PC{0,40}", number in any::<i64>(), shape in 0..6) {
        let value = match shape { 0 => json!(text), 1 => json!([text]), 2 => json!({text: number}), 3 => json!(number), 4 => json!(null), _ => json!([[text], number]) };
        if let Ok(read) = validate(&with(&member, value)) {
            let written = serde_json::to_value(&read).expect("written");
            prop_assert_eq!(validate(&written), Ok(read), "what was registered can be registered again");
        }
    }
}
