//! `jeton jwt`, and `jeton token inspect`: offline.

use super::{
    authority::{AUDIENCE, served},
    jeton::jeton,
};
use jeton_core::{id::TokenId, kind::TokenKind, token_text::PlainToken};

#[test]
fn a_jwt_is_verified_against_its_issuers_keys_and_no_others() {
    let served = served().with_api();
    let id = served.issue(&[])["id"].as_str().expect("its id").to_owned();
    let jwt = served.json(&["token", "derive", &id, "--name", "edge", "--format", "jwt"])["token"].as_str().expect("a JWT").to_owned();
    let jwks = format!("{}/oauth/jwks", served.url);
    let verify = |more: &[&str], text: &str| jeton(&[&["jwt", "verify", "--jwks", &jwks, "--json"], more].concat()).stdin(text).run();
    let all = ["--issuer", &served.url, "--audience", AUDIENCE, "--typ", "at+jwt"];
    let good = verify(&all, &jwt).ended(0).document();
    assert_eq!((good["verified"].as_bool(), good["claims"]["iss"].as_str()), (Some(true), Some(served.url.as_str())));
    verify(&["--issuer", "https://other.example"], &jwt).ended(3);
    verify(&["--audience", "https://other.example"], &jwt).ended(3);
    let forged = format!("{}AAAA", &jwt[..jwt.len() - 4]);
    let refused = verify(&all, &forged).ended(3).document();
    assert_eq!((refused["verified"].as_bool(), refused["claims"].is_null()), (Some(false), true));

    let seen = jeton(&["jwt", "inspect", "--json"]).stdin(&jwt).run().ended(0).document();
    assert_eq!((seen["verified"].as_bool(), seen["header"]["typ"].as_str()), (Some(false), Some("at+jwt")));
    let text = jeton(&["jwt", "inspect"]).stdin(&jwt).run().ended(0).says("not verified");
    assert!(text.stdout.contains(AUDIENCE), "{}", text.stdout);
    jeton(&["jwt", "inspect"]).stdin("three.little.parts").run().ended(3);
    jeton(&["jwt", "verify", "--jwks", "http://keys.example.com/"]).stdin(&jwt).run().ended(2).says("https");
    jeton(&["jwt", "verify", "--jwks", "missing.json"]).stdin(&jwt).run().ended(2);
}

#[test]
fn a_tokens_text_tells_its_kind_and_id_without_any_authority() {
    let id = TokenId::from_random([5; 16]);
    let plain = PlainToken::from_random(None, TokenKind::Svc, id, &[5; 32]);
    let seen = jeton(&["token", "inspect", "--json"]).stdin(plain.expose()).run().ended(0).document();
    assert_eq!((seen["kind"].as_str(), seen["id"].as_str()), (Some("svc"), Some(id.to_string().as_str())));
    let mistyped = plain.expose().replace("jtn_svc", "jtn_pat");
    jeton(&["token", "inspect"]).stdin(&mistyped).run().ended(3).says("checksum");
    jeton(&["token", "inspect"]).stdin("").run().ended(2);
}
