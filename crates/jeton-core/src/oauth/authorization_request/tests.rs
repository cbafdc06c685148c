//! What a request must be, one rule after the other.

use super::*;
use crate::oauth::grant_type::GrantType;
use serde_json::json;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://app.example.com/callback";

fn registration() -> Registration {
    Registration {
        redirect_uris: vec![CALLBACK.to_owned()],
        grant_types: vec![GrantType::AuthorizationCode],
        scope: Some("openid profile orders:read".to_owned()),
        ..Registration::default()
    }
}

/// A request in order, with these parameters instead; an empty value takes one away.
fn read_with(registration: &Registration, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, RequestFault> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in [
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid orders:read"),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ] {
        if !changes.iter().any(|(changed, _)| *changed == name) {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    pairs.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    AuthorizationRequest::read(&Parameters::of(pairs).expect("parameters"), "app_1", registration)
}

#[track_caller]
fn told(changes: &[(&str, &str)]) -> (RequestCode, String, AnswerTo) {
    match read_with(&registration(), changes) {
        Err(RequestFault::Redirect(fault)) => (fault.code, fault.description, fault.answer_to),
        other => panic!("{changes:?}: {other:?}"),
    }
}

#[track_caller]
fn never(registration: &Registration, changes: &[(&str, &str)]) -> String {
    match read_with(registration, changes) {
        Err(RequestFault::NeverRedirect(why)) => why,
        other => panic!("{changes:?}: {other:?}"),
    }
}

#[test]
fn a_request_in_order_is_read_whole() {
    let extras = [
        ("nonce", "n-0S6"),
        ("prompt", "login consent"),
        ("max_age", "0"),
        ("acr_values", "a  b"),
        ("response_mode", "form_post"),
        ("claims", r#"{"id_token":{"email":null},"userinfo":{"name":{"essential":true}},"other":1}"#),
        ("resource", "https://orders.example.com"),
        ("ui_locales", "de"),
        ("unknown", "ignored"),
        ("dpop_jkt", CHALLENGE),
    ];
    let read = read_with(&registration(), &extras).expect("read");
    assert_eq!(read.answer_to.redirect_uri, CALLBACK);
    assert_eq!((read.answer_to.state.as_deref(), read.answer_to.response_mode), (Some("xyz"), ResponseMode::FormPost));
    assert_eq!((read.nonce.as_deref(), read.max_age, read.acr_values.len()), (Some("n-0S6"), Some(0), 2));
    assert_eq!(read.prompts, Prompts { login: true, consent: true, ..Prompts::default() });
    assert_eq!(read.claims, Some(json!({"id_token": {"email": null}, "userinfo": {"name": {"essential": true}}})));
    assert!(read.is_openid() && read.redirect_uri_named);
    let kept = serde_json::to_string(&read).expect("written");
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&kept).expect("read"), read);
}

#[test]
fn an_address_that_is_not_registered_is_never_redirected_to() {
    for bad in [
        "https://app.example.com/callback/",
        "https://app.example.com/callback/more",
        "https://app.example.com/callback?x=1",
        "https://app.example.com/callback#x",
        "https://app.example.com/call%62ack",
        "https://app.example.com/Callback",
        "https://app.example.com:443/callback",
        "https://app.example.com:8443/callback",
        "https://app.example.com@evil.example/callback",
        "https://user@app.example.com/callback",
        "https://app.example.com.evil.example/callback",
        "https://evil.example/callback",
        "http://app.example.com/callback",
        "https://app.example.com/../callback",
        "https://*.example.com/callback",
        "https://app.example.com\\callback",
        " https://app.example.com/callback",
        "javascript:alert(1)",
    ] {
        never(&registration(), &[("redirect_uri", bad)]);
    }
    // With something else wrong besides, too: the address comes first.
    never(&registration(), &[("redirect_uri", "https://evil.example/"), ("response_type", "token")]);
}

#[test]
fn an_address_may_be_left_out_only_where_there_is_one() {
    let read = read_with(&registration(), &[("redirect_uri", "")]).expect("read");
    assert!(!read.redirect_uri_named && read.answer_to.redirect_uri == CALLBACK);
    let mut two = registration();
    two.redirect_uris.push("https://app.example.com/other".to_owned());
    never(&two, &[("redirect_uri", "")]);
    never(&Registration { redirect_uris: Vec::new(), ..registration() }, &[("redirect_uri", "")]);
    never(&Registration { grant_types: vec![GrantType::ClientCredentials], ..registration() }, &[]);
}

#[test]
fn pkce_is_required_and_plain_does_not_exist() {
    for bad in [
        &[("code_challenge", "")][..],
        &[("code_challenge_method", "")],
        &[("code_challenge_method", "plain")],
        &[("code_challenge_method", "s256")],
        &[("code_challenge", "short")],
        &[("code_challenge", ""), ("code_challenge_method", "")],
    ] {
        assert_eq!(told(bad).0, RequestCode::InvalidRequest, "{bad:?}");
    }
}

#[test]
fn faults_name_what_is_wrong_and_keep_the_state() {
    for (changes, code, word) in [
        (&[("response_type", "token")][..], RequestCode::UnsupportedResponseType, "token"),
        (&[("response_type", "code id_token")], RequestCode::UnsupportedResponseType, "code?id_token"),
        (&[("response_type", "")], RequestCode::InvalidRequest, "missing"),
        (&[("response_mode", "fragment")], RequestCode::InvalidRequest, "response_mode"),
        (&[("scope", "openid orders:write")], RequestCode::InvalidScope, "orders:write"),
        (&[("scope", "orders:*")], RequestCode::InvalidScope, "wildcard"),
        (&[("scope", "a\"b")], RequestCode::InvalidScope, "no scope"),
        (&[("resource", "orders")], RequestCode::InvalidTarget, "resource"),
        (&[("resource", "https://orders.example.com#x")], RequestCode::InvalidTarget, "fragment"),
        (&[("prompt", "none login")], RequestCode::InvalidRequest, "prompt=none"),
        (&[("prompt", "create")], RequestCode::InvalidRequest, "prompt"),
        (&[("max_age", "-1")], RequestCode::InvalidRequest, "max_age"),
        (&[("max_age", "99999999999")], RequestCode::InvalidRequest, "max_age"),
        (&[("max_age", "+1")], RequestCode::InvalidRequest, "max_age"),
        (&[("claims", "[]")], RequestCode::InvalidRequest, "claims"),
        (&[("claims", r#"{"id_token":{"sub":"x"}}"#)], RequestCode::InvalidRequest, "id_token"),
        (&[("claims", r#"{"id_token":{},"id_token":{}}"#)], RequestCode::InvalidRequest, "claims"),
        (&[("dpop_jkt", "x")], RequestCode::InvalidRequest, "dpop_jkt"),
        (&[("nonce", "a\nb")], RequestCode::InvalidRequest, "nonce"),
    ] {
        let (found, description, answer_to) = told(changes);
        assert_eq!(found, code, "{changes:?}: {description}");
        assert!(description.contains(word), "{changes:?}: {description}");
        assert_eq!((answer_to.state.as_deref(), answer_to.redirect_uri.as_str()), (Some("xyz"), CALLBACK));
    }
}

#[test]
fn what_goes_on_is_bounded() {
    let long = "a".repeat(limits::STATE_MAX + 1);
    let (code, _, answer_to) = told(&[("state", &long)]);
    assert_eq!((code, answer_to.state), (RequestCode::InvalidRequest, None));
    assert!(read_with(&registration(), &[("state", &long[1..])]).is_ok());
    for (name, longest) in [("nonce", limits::NONCE_MAX), ("login_hint", limits::LOGIN_HINT_MAX), ("claims", limits::CLAIMS_PARAMETER_MAX)]
    {
        assert_eq!(told(&[(name, &"a".repeat(longest + 1))]).0, RequestCode::InvalidRequest, "{name}");
    }
    let deep = format!("{{\"id_token\":{}1{}}}", "{\"a\":".repeat(20), "}".repeat(20));
    assert_eq!(told(&[("claims", &deep)]).0, RequestCode::InvalidRequest);
}

#[test]
fn scopes_of_the_registration_stand_in_for_none() {
    let read = read_with(&registration(), &[("scope", "")]).expect("read");
    assert_eq!(read.scopes.to_spaced(), "openid orders:read profile");
    let free = Registration { scope: None, default_max_age: Some(60), ..registration() };
    let read = read_with(&free, &[("scope", "b  a b")]).expect("read");
    assert_eq!((read.scopes.to_spaced().as_str(), read.max_age), ("a b", Some(60)));
}

#[test]
fn a_request_comes_one_way_only() {
    let of = |query: &str| Parameters::parse(query.as_bytes()).expect("parameters");
    let both = of("request=a&request_uri=b");
    assert!(matches!(RequestSource::of(&both), Err(RequestFault::NeverRedirect(_))));
    assert_eq!(RequestSource::of(&of("a=b")), Ok(RequestSource::Plain));
    assert_eq!(RequestSource::of(&of("request_uri=https://evil.example/")), Ok(RequestSource::Elsewhere));
    let pushed = of("request_uri=urn:ietf:params:oauth:request_uri:abc");
    assert_eq!(RequestSource::of(&pushed), Ok(RequestSource::Pushed("abc")));
}

#[test]
fn members_of_an_object_become_parameters() {
    let members = json!({"max_age": 60, "resource": ["x", "y"], "claims": {"id_token": {}}, "state": "s", "nothing": null});
    let members = members.as_object().expect("an object").clone();
    let read = parameters_of_object(members).expect("parameters");
    assert_eq!((read.find("max_age"), read.find("claims"), read.find("state")), (Some("60"), Some("{\"id_token\":{}}"), Some("s")));
    assert_eq!(read.all("resource").count(), 2);
    for bad in [json!({"scope": ["a", "b"]}), json!({"resource": [1]})] {
        assert!(parameters_of_object(bad.as_object().expect("an object").clone()).is_err(), "{bad}");
    }
}

#[test]
fn an_essential_class_is_found() {
    let asked = parse_claims(r#"{"id_token":{"acr":{"essential":true,"values":["a","b"]}}}"#).expect("claims");
    assert_eq!(essential_acr(&asked), ["a", "b"]);
    assert!(essential_acr(&parse_claims(r#"{"id_token":{"acr":{"values":["a"]}}}"#).expect("claims")).is_empty());
}
