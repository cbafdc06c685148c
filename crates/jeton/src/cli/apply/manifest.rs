//! The file that `jeton apply` reads. Unknown keys, repeated resources and values that break a rule are errors.

use crate::cli::Failure;
use jeton_core::{
    api::{Api, ApiRoute, ApiScope},
    api_limit::ApiLimit,
    id::{ApiId, OrganisationId},
    kind::TokenFormat,
    name::{Audience, Name},
    oauth::grant_lives::LivesByGrant,
};
use serde::Deserialize;
use std::{collections::HashSet, path::Path};

/// What a file names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Manifest {
    /// Projects.
    pub(crate) projects: Vec<Project>,
    /// APIs.
    pub(crate) apis: Vec<ApiEntry>,
    /// Users.
    pub(crate) users: Vec<User>,
}

/// A project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Project {
    /// Its name, which it is known by.
    pub(crate) name: Name,
}

/// An API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiEntry {
    /// Its audience, which it is known by.
    pub(crate) audience: Audience,
    /// Its name for people.
    pub(crate) name: Name,
    /// Its scopes.
    #[serde(default)]
    pub(crate) scopes: Vec<ApiScope>,
    /// What its routes demand.
    #[serde(default)]
    pub(crate) routes: Vec<ApiRoute>,
    /// How access tokens of OAuth for it are written.
    #[serde(default)]
    pub(crate) token_format: TokenFormat,
    /// Life of access tokens of OAuth for it.
    #[serde(default)]
    pub(crate) access_token_seconds: Option<u32>,
    /// The same by grant type.
    #[serde(default)]
    pub(crate) access_token_seconds_by_grant: LivesByGrant,
    /// At what pace it may be called.
    #[serde(default)]
    pub(crate) limits: Vec<ApiLimit>,
    /// How old the memory of a gate may be for its calls.
    #[serde(default)]
    pub(crate) max_staleness_ms: Option<u32>,
    /// For how much longer its calls are decided from a memory that is too old.
    #[serde(default)]
    pub(crate) serve_stale_seconds: Option<u32>,
}

/// A user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    /// The name to sign in with, which the account is known by.
    pub(crate) name: Name,
    /// The e-mail address.
    pub(crate) email: Option<String>,
    /// What the person may do.
    #[serde(default = "developer")]
    pub(crate) role: String,
}

fn developer() -> String {
    "developer".to_owned()
}

/// Reads a file's text: YAML where its name says so, else TOML.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Manifest, Failure> {
    let wrong =
        |why: String| Failure::usage(format!("`{}` cannot be applied: {why}", path.display())).fix("`jeton apply --help` shows a file");
    let yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let manifest: Manifest = if yaml {
        serde_norway::from_str(text).map_err(|fault| wrong(fault.to_string()))?
    } else {
        toml::from_str(text).map_err(|fault| wrong(in_one_line(text, &fault)))?
    };
    check(&manifest).map_err(wrong)?;
    Ok(manifest)
}

fn in_one_line(text: &str, fault: &toml::de::Error) -> String {
    let line = fault.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", fault.message().lines().next().unwrap_or_default())
}

fn check(manifest: &Manifest) -> Result<(), String> {
    once("project", manifest.projects.iter().map(|project| project.name.as_str()))?;
    once("API", manifest.apis.iter().map(|api| api.audience.as_str()))?;
    once("user", manifest.users.iter().map(|user| user.name.as_str()))?;
    for entry in &manifest.apis {
        let api = Api {
            id: ApiId::from_random([0; 16]),
            organisation: OrganisationId::from_random([0; 16]),
            audience: entry.audience.clone(),
            name: entry.name.clone(),
            scopes: entry.scopes.clone(),
            routes: entry.routes.clone(),
            token_format: entry.token_format,
            access_token_seconds: entry.access_token_seconds,
            access_token_seconds_by_grant: entry.access_token_seconds_by_grant,
            limits: entry.limits.clone(),
            max_staleness_ms: entry.max_staleness_ms,
            serve_stale_seconds: entry.serve_stale_seconds,
        };
        api.validate().map_err(|(field, fault)| format!("the {field} of `{}` {fault}", entry.audience))?;
    }
    Ok(())
}

fn once<'a>(noun: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("it names the {noun} `{}` twice", name.escape_debug()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Manifest, String> {
        parse(Path::new(name), text).map_err(|failure| failure.what)
    }

    const TOML: &str = "[[projects]]\nname = \"shop\"\n[[apis]]\naudience = \"https://a.example\"\nname = \"A\"\n\
        scopes = [{ scope = \"a:r\", public = true }]\nroutes = [{ route = \"GET /a\", scopes = [\"a:r\"] }]\n";

    #[test]
    fn both_forms_say_the_same() {
        let toml = read("a.toml", TOML).expect("TOML");
        let yaml = "projects: [{name: shop}]\napis:\n- audience: https://a.example\n  name: A\n  scopes: [{scope: 'a:r', public: true}]\n  routes: [{route: GET /a, scopes: ['a:r']}]\n";
        let yaml = read("a.yaml", yaml).expect("YAML");
        assert_eq!(format!("{toml:?}"), format!("{yaml:?}"));
        assert_eq!(toml.apis[0].scopes[0].scope.as_str(), "a:r");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("[[projects]]\nnam = \"x\"", "line 2"),
            ("[[projects]]\nname = \"x\"\n[[projects]]\nname = \"x\"", "twice"),
            ("[[apis]]\naudience = \"x\"\nname = \"A\"", "absolute URI"),
            (
                "[[apis]]\naudience = \"https://a.example\"\nname = \"A\"\nroutes = [{ route = \"GET /a\", scopes = [\"b\"] }]",
                "only scopes of this API",
            ),
            ("tokens = []", "unknown field"),
        ];
        for (text, wanted) in cases {
            let message = read("a.toml", text).expect_err(text);
            assert!(message.contains(wanted), "{message}");
        }
    }
}
