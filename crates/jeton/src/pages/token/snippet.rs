//! Code that calls an API with a token, to copy. Never holds the token: it is read from the environment, so that it stands in no file and
//! no history.

use jeton_core::{api::Api, plain_words, policy::Policy};

/// A piece of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// What it is for.
    pub label: &'static str,
    /// The code.
    pub code: String,
}

/// The name of the environment's variable.
const VARIABLE: &str = "API_TOKEN";

/// A call that the policy opens, as an address to try: the first route that can be read, its wildcards filled in.
pub fn address(policy: &Policy, api: &Api) -> String {
    let base = api.audience.as_str().trim_end_matches('/');
    let routes = plain_words::open_routes(policy, api);
    let texts: Vec<String> = routes.iter().map(ToString::to_string).collect();
    let path = texts.iter().find_map(|text| text.strip_prefix("GET ").or_else(|| text.strip_prefix("* "))).unwrap_or("/");
    let path = path.trim_end_matches("/**").replace("/*", "/1");
    format!("{base}{path}")
}

/// Code that calls an address.
pub fn calls(url: &str) -> Vec<Snippet> {
    let snippet = |label, code: String| Snippet { label, code };
    vec![
        snippet(
            "Environment",
            format!("# Paste it, then press Enter: so it stands in no history.\nread -rs {VARIABLE} && export {VARIABLE}"),
        ),
        snippet("curl", format!("curl -H \"Authorization: Bearer ${VARIABLE}\" {url}")),
        snippet(
            "Python",
            format!(
                "import os, requests\n\nanswer = requests.get(\"{url}\",\n    headers={{\"Authorization\": f\"Bearer {{os.environ['{VARIABLE}']}}\"}}, timeout=10)\n\
                 answer.raise_for_status()\nprint(answer.json())"
            ),
        ),
        snippet(
            "JavaScript",
            format!(
                "const answer = await fetch(\"{url}\", {{\n  headers: {{ Authorization: `Bearer ${{process.env.{VARIABLE}}}` }},\n}});\n\
                 if (!answer.ok) throw new Error(`${{answer.status}} ${{await answer.text()}}`);\nconsole.log(await answer.json());"
            ),
        ),
        snippet(
            "Rust",
            format!(
                "let token = std::env::var(\"{VARIABLE}\")?;\nlet answer = reqwest::Client::new()\n    .get(\"{url}\")\n    .bearer_auth(token)\n    .send()\n    .await?;\n\
                 println!(\"{{}}\", answer.error_for_status()?.text().await?);"
            ),
        ),
        snippet(
            "Go",
            format!(
                "request, _ := http.NewRequest(\"GET\", \"{url}\", nil)\n\
                 request.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"{VARIABLE}\"))\n\
                 answer, err := http.DefaultClient.Do(request)"
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_snippet_holds_a_token_and_each_calls_the_address() {
        let all = calls("https://orders.example.com/v1/orders");
        assert_eq!(all.len(), 6);
        for own in all {
            assert!(own.code.contains(VARIABLE) && !own.code.contains("jtn_"), "{}", own.code);
            assert!(own.label == "Environment" || own.code.contains("https://orders.example.com/v1/orders"), "{}", own.code);
        }
    }
}
