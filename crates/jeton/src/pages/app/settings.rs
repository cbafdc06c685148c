//! What an app's developer puts into the app: addresses, ids, and code to begin with. Never a secret: it is named, and read from the
//! environment.

use crate::{own_apps::AppKind, pages::token::Snippet};
use jeton_core::oauth::registration::Registration;

/// A setting with its value.
pub type Setting = (&'static str, String);

/// The settings of an app.
pub fn settings(issuer: &str, client_id: &str, registration: &Registration) -> Vec<Setting> {
    let mut all = vec![
        ("Issuer", issuer.to_owned()),
        ("Discovery", format!("{issuer}/.well-known/openid-configuration")),
        ("Client id", client_id.to_owned()),
    ];
    if let Some(uri) = registration.redirect_uris.first() {
        all.push(("Redirect address", uri.clone()));
    }
    all.push(("Scopes", registration.scope.clone().unwrap_or_default()));
    all.push(("Proves itself by", registration.token_endpoint_auth_method.as_str().to_owned()));
    all
}

/// Code to begin with.
pub fn snippets(issuer: &str, client_id: &str, registration: &Registration) -> Vec<Snippet> {
    let scope = registration.scope.clone().unwrap_or_default();
    let redirect = registration.redirect_uris.first().map_or("", String::as_str);
    let has_secret = registration.token_endpoint_auth_method.has_secret();
    let secret = if has_secret { "\nCLIENT_SECRET=…            # the secret that you make on this page" } else { "" };
    let back = if redirect.is_empty() { String::new() } else { format!("\nREDIRECT_URI={redirect}") };
    let mut all =
        vec![Snippet { label: "Environment", code: format!("ISSUER={issuer}\nCLIENT_ID={client_id}{secret}{back}\nSCOPE=\"{scope}\"") }];
    if AppKind::of(registration) == AppKind::Service {
        all.push(Snippet {
            label: "curl",
            code: format!("curl -u \"{client_id}:$CLIENT_SECRET\" -d grant_type=client_credentials \\\n  --data-urlencode \"scope={scope}\" {issuer}/oauth/token"),
        });
        return all;
    }
    let proof = if has_secret { "process.env.CLIENT_SECRET" } else { "undefined, client.None()" };
    all.push(Snippet {
        label: "JavaScript (openid-client)",
        code: format!(
            "import * as client from 'openid-client';\n\n\
             const config = await client.discovery(new URL('{issuer}'), '{client_id}', {proof});\n\
             const verifier = client.randomPKCECodeVerifier();\n\
             const url = client.buildAuthorizationUrl(config, {{\n  redirect_uri: '{redirect}', scope: '{scope}',\n  \
             code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',\n}});\n\
             // Send the browser to url; when it is back: await client.authorizationCodeGrant(config, backAt, {{ pkceCodeVerifier: verifier }})"
        ),
    });
    all.push(Snippet {
        label: "Python (Authlib)",
        code: format!(
            "oauth.register(\"jeton\", client_id=\"{client_id}\", client_secret={},\n    \
             server_metadata_url=\"{issuer}/.well-known/openid-configuration\",\n    \
             client_kwargs={{\"scope\": \"{scope}\", \"code_challenge_method\": \"S256\"}})",
            if has_secret { "os.environ[\"CLIENT_SECRET\"]" } else { "None" }
        ),
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::oauth::registration::AuthMethod;

    #[test]
    fn each_kind_gets_what_it_needs() {
        let web = Registration {
            redirect_uris: vec!["https://app.example/back".into()],
            response_types: vec!["code".into()],
            scope: Some("openid orders:read".into()),
            ..Registration::default()
        };
        let of = |own: &Registration| {
            snippets("https://id.example", "app_1", own).iter().map(|own| own.code.clone()).collect::<Vec<_>>().join("\n")
        };
        assert!(of(&web).contains("CLIENT_SECRET") && of(&web).contains("authorizationCodeGrant"));
        let native = Registration { token_endpoint_auth_method: AuthMethod::None, ..web.clone() };
        assert!(!of(&native).contains("CLIENT_SECRET"), "{}", of(&native));
        let service = Registration { redirect_uris: vec![], response_types: vec![], ..web };
        assert!(of(&service).contains("client_credentials") && !of(&service).contains("openid-client"));
        assert!(settings("https://id.example", "app_1", &service).iter().all(|(name, _)| *name != "Redirect address"));
    }
}
