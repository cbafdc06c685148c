//! What the demonstration prints: addresses, one token and the lines to try, within one screen.

use super::Running;
use serde_json::{Value, json};

/// The lines to paste into another terminal, each with what it shows.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it shows.
    pub shows: &'static str,
    /// The status that it ends in; `None` where it is a command of Jeton's.
    pub status: Option<u16>,
    /// The line.
    pub command: String,
}

/// The line that sets what the others use.
pub fn set_up(running: &Running) -> String {
    format!(
        "export TOKEN={} JETON_URL={} JETON_TOKEN_FILE={}",
        running.token.as_str(),
        running.authority,
        shell_word(&running.operator_file)
    )
}

/// The lines, in order.
pub fn lines(running: &Running) -> Vec<Line> {
    let (api, id, jeton) = (&running.api, &running.token_id, shell_word(&running.program));
    let bearer = "-H \"Authorization: Bearer $TOKEN\"";
    let curl = |shows, status, rest: String| Line { shows, status: Some(status), command: format!("curl -i {rest}") };
    let (elsewhere, shows_elsewhere) = elsewhere(running, bearer);
    vec![
        curl("allowed", 200, format!("{api}/v1/orders/7 {bearer}")),
        curl("no token", 401, format!("{api}/v1/orders/7")),
        curl("wrong scope", 403, format!("-X POST {api}/v1/orders {bearer}")),
        Line { shows: shows_elsewhere, status: Some(403), command: elsewhere },
        Line { shows: "why was that refused?", status: None, command: format!("{jeton} token explain {id}") },
        Line { shows: "take the token back", status: None, command: format!("{jeton} token revoke {id} --reason demo --yes") },
        curl("revoked", 401, format!("{api}/v1/orders/7 {bearer}")),
    ]
}

/// A call from an address that is not in the token's networks. All of 127.0.0.0/8 is this machine on Linux; elsewhere only
/// 127.0.0.1 is, so there the token's networks are changed instead.
fn elsewhere(running: &Running, bearer: &str) -> (String, &'static str) {
    let call = format!("{}/v1/orders/7 {bearer}", running.api);
    if cfg!(target_os = "linux") {
        return (format!("curl -i --interface 127.0.0.2 {call}"), "wrong network");
    }
    let edit = format!("{} token edit {} --network 192.0.2.0/24", shell_word(&running.program), running.token_id);
    (format!("{edit} && curl -i {call}"), "wrong network (of the token, after an edit)")
}

/// The whole screen.
pub fn text(running: &Running) -> String {
    let mut text = format!(
        "Jeton runs on this machine alone, with fresh data that is gone when it ends.\n\n  \
         authority   {}\n  sample API  {}   (behind the gate)\n  health      {}\n",
        running.authority, running.api, running.ops
    );
    if running.moved {
        text.push_str("  (other ports than usual, because 8700, 8701 or 8702 was taken)\n");
    }
    text.push_str("\nThe token may read orders, not place them, from 127.0.0.1 alone. Paste into another terminal, first:\n\n  ");
    text.push_str(&set_up(running));
    text.push_str("\n\nthen:\n");
    for (at, line) in lines(running).iter().enumerate() {
        let status = line.status.map(|status| format!(" ({status})")).unwrap_or_default();
        text.push_str(&format!("\n{}. {}{status}\n   {}\n", at + 1, line.shows, line.command));
    }
    text.push_str("\nCtrl-C ends it all\n");
    text
}

/// The document for scripts.
pub fn document(running: &Running) -> Value {
    let lines: Vec<_> =
        lines(running).iter().map(|line| json!({ "shows": line.shows, "status": line.status, "command": line.command })).collect();
    json!({
        "authority": running.authority,
        "api": running.api,
        "ops": running.ops,
        "token": running.token.as_str(),
        "token_id": running.token_id,
        "operator_token_file": running.operator_file,
        "set_up": set_up(running),
        "lines": lines,
    })
}

/// A word that a shell reads as it stands.
fn shell_word(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-'));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("/a/b-c.d"), "/a/b-c.d");
        assert_eq!(shell_word("/a b/it's"), "'/a b/it'\\''s'");
    }
}
