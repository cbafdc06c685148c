//! Bodies of `/v1`: a token that is asked for, and a token that is asked about.

use jeton::{issue::request::IssueRequest, json::parse, verify::VerifyRequest};
use jeton_core::limits;

/// The first byte chooses. What is accepted prints and reads to the same; a member that is not known or comes twice is
/// refused; a secret is shown nowhere.
pub fn run(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    if choice & 1 == 0 { issue(body) } else { verify(body) }
}

fn issue(body: &[u8]) {
    let Ok(asked) = parse::<IssueRequest>(body) else { return };
    let printed = serde_json::to_vec(&asked).expect("prints");
    let again: IssueRequest = parse(&printed).unwrap_or_else(|fault| panic!("{}: {}", fault.detail(), String::from_utf8_lossy(&printed)));
    assert_eq!(serde_json::to_value(&again).expect("prints"), serde_json::to_value(&asked).expect("prints"));
    is_closed(body, "name", |body| parse::<IssueRequest>(body).is_ok());
}

fn verify(body: &[u8]) {
    let Ok(mut asked) = parse::<VerifyRequest<'_>>(body) else { return };
    assert!(asked.scopes.iter().all(|scope| scope.as_str().len() <= limits::SCOPE_MAX));
    asked.audience = None;
    assert!(asked.token.len() < 32 || !format!("{asked:?}").contains(&*asked.token), "the token is shown");
    is_closed(body, "token", |body| parse::<VerifyRequest<'_>>(body).is_ok());
}

/// One member more, unknown or for the second time, and the body is refused.
fn is_closed(body: &[u8], twice: &str, accepts: impl Fn(&[u8]) -> bool) {
    let open = body.iter().position(|byte| !byte.is_ascii_whitespace()).expect("something");
    assert_eq!(body[open], b'{', "read by the order of its members");
    for more in ["\"unknown_member\": 1,".to_owned(), format!("\"{twice}\": \"a\",")] {
        let more = [&body[..=open], more.as_bytes(), &body[open + 1..]].concat();
        assert!(!accepts(&more), "{}", String::from_utf8_lossy(&more));
    }
}
