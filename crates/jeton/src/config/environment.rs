//! The environment over the file: `JETON_LISTEN`, `JETON_DATABASE__URL` and so on. Two underscores go one table down.
//!
//! A value is read as TOML where it is that (`true`, `5`, `["10.0.0.0/8"]`), else as text. A value is never printed.

use super::{Config, fault, fault::ConfigFault};

const PREFIX: &str = "JETON_";

/// Variables that are no settings: the client's address and credential, and the master key itself.
const RESERVED: [&str; 7] =
    ["JETON_URL", "JETON_TOKEN", "JETON_TOKEN_FILE", "JETON_MASTER_KEY", "JETON_CONFIG", "JETON_CA", "JETON_SOCKET"];

/// Sets what the environment sets, and reads the whole again.
pub(super) fn overlay(mut table: toml::Table, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config, ConfigFault> {
    let mut variables: Vec<(String, String)> =
        environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX) && !RESERVED.contains(&name.as_str())).collect();
    variables.sort();
    for (name, value) in variables {
        let path: Vec<String> = name.trim_start_matches(PREFIX).split("__").map(str::to_ascii_lowercase).collect();
        set(&mut table, &path, read_value(&value)).ok_or_else(|| ConfigFault::new(format!("`{name}` names a part of a setting")))?;
        // Read after each one, so that an error names the variable that made it.
        let _: Config = table.clone().try_into().map_err(|error: toml::de::Error| {
            ConfigFault::new(format!("environment variable `{name}`: {}", fault::explained(error.message())))
        })?;
    }
    table.try_into().map_err(|error: toml::de::Error| ConfigFault::new(fault::explained(error.message())))
}

fn set(table: &mut toml::Table, path: &[String], value: toml::Value) -> Option<()> {
    let (last, tables) = path.split_last()?;
    let mut at = table;
    for name in tables {
        let entry = at.entry(name.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = entry.as_table_mut()?;
    }
    at.insert(last.clone(), value);
    Some(())
}

fn read_value(text: &str) -> toml::Value {
    let read = toml::from_str::<toml::Table>(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    read.and_then(|mut table| table.remove("value")).unwrap_or_else(|| toml::Value::String(text.to_owned()))
}
