//! What the demonstration has to show: the lines to paste, and what each comes to.

use super::Running;
use serde_json::{Value, json};

/// A line to paste into another terminal.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it shows.
    pub shows: &'static str,
    /// The status that it ends in; `None` where it is a command of Jeton's.
    pub status: Option<u16>,
    /// The line.
    pub command: String,
}

/// The lines that set what the others use.
pub fn set_up(running: &Running) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(folder) = &running.program_folder {
        lines.push(format!("export PATH={}:$PATH", shell_word(folder)));
    }
    lines.push(format!("export JETON_URL={}", running.authority));
    lines.push(format!("export JETON_TOKEN_FILE={}", shell_word(&running.operator_file)));
    lines.push(format!("API={}/v1", running.api));
    lines.push(format!("TOKEN={}", running.token.as_str()));
    lines
}

/// The lines to try, in order.
pub fn lines(running: &Running) -> Vec<Line> {
    let id = &running.token_id;
    let bearer = "-H \"Authorization: Bearer $TOKEN\"";
    let curl = |shows, status, rest: String| Line { shows, status: Some(status), command: format!("curl -i {rest}") };
    let jeton = |shows, rest: String| Line { shows, status: None, command: format!("jeton token {rest}") };
    vec![
        curl("allowed", 200, format!("$API/orders/7 {bearer}")),
        curl("no token", 401, "$API/orders/7".to_owned()),
        curl("wrong scope: placing an order takes orders:write", 403, format!("-X POST $API/orders {bearer}")),
        elsewhere(running, bearer),
        jeton("why was that refused?", format!("explain {id}")),
        jeton("take the token back", format!("revoke {id} --reason demo --yes")),
        curl("revoked", 401, format!("$API/orders/7 {bearer}")),
    ]
}

/// A call from an address that is not in the token's networks. All of 127.0.0.0/8 is this machine on Linux; elsewhere only
/// 127.0.0.1 is, so there the token's networks are changed instead.
fn elsewhere(running: &Running, bearer: &str) -> Line {
    let call = format!("$API/orders/7 {bearer}");
    let (shows, command) = if cfg!(target_os = "linux") {
        ("wrong network: not 127.0.0.1", format!("curl -i --interface 127.0.0.2 {call}"))
    } else {
        let edit = format!("jeton token edit {} --network 192.0.2.0/24", running.token_id);
        ("wrong network, after an edit of the token's", format!("{edit} && curl -i {call}"))
    };
    Line { shows, status: Some(403), command }
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
        "setup_url": running.setup_url.as_ref().map(|url| url.as_str()),
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
