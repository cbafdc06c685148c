//! `jeton user invite`, `link` and `reset-factors`: letting people in, and helping those who are locked out. A link is printed by the
//! command that has it made, and nowhere else.

use super::find;
use crate::{
    cli::{
        Exit, Outcome, confirm,
        describe::text,
        output::{Output, Tone},
    },
    client::{Authority, Call},
};
use jeton_store::user::Role;
use serde_json::json;

pub(super) async fn invite(authority: &Authority, output: &Output, email: Option<&str>, role: Role, hand_over: bool) -> Outcome {
    let mut request = json!({ "role": role.as_str() });
    if let Some(members) = request.as_object_mut() {
        members.extend(email.map(|email| ("email".to_owned(), json!(email))));
        members.extend(hand_over.then(|| ("send".to_owned(), json!(false))));
    }
    let invited = authority.call(Call::post("/v1/invitations").body(request)).await?.body;
    if output.json {
        output.document(&invited)?;
        return Ok(Exit::Done);
    }
    let ends = output.when(invited.get("expires_at"));
    match text(&invited, "/url") {
        "" => output.remark_toned(Tone::Good, "sent", &format!("to {}; the link is good once, until {ends}", text(&invited, "/email"))),
        url => {
            output.remark(&format!("hand this over by a way that nobody else reads; it is good once, until {ends}"));
            output.line(url)?;
        }
    }
    Ok(Exit::Done)
}

pub(super) async fn link(authority: &Authority, output: &Output, wanted: &str) -> Outcome {
    let user = find(authority, wanted).await?;
    let link = authority.call(Call::post(&format!("/v1/users/{}/link", text(&user, "/id"))).body(json!({}))).await?.body;
    if output.json {
        output.document(&link)?;
    } else {
        let ends = output.when(link.get("expires_at"));
        output.remark(&format!("hand this to `{}` by a way that nobody else reads; it is good once, until {ends}", text(&user, "/name")));
        output.line(text(&link, "/url"))?;
    }
    Ok(Exit::Done)
}

pub(super) async fn reset_factors(authority: &Authority, output: &Output, wanted: &str, yes: bool) -> Outcome {
    let user = find(authority, wanted).await?;
    let name = text(&user, "/name").to_owned();
    confirm::ask(&format!("take the passkeys and one-time passwords of `{name}` away?"), yes)?;
    let path = format!("/v1/users/{}/reset-factors", text(&user, "/id"));
    let user = authority.call(Call::post(&path).body(json!({}))).await?.body;
    if output.json {
        output.document(&user)?;
    } else {
        output.remark_toned(Tone::Good, "reset", &format!("`{name}` signs in by password alone; all sessions are over"));
    }
    Ok(Exit::Done)
}
