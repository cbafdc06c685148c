//! What the derived readers do not check by themselves: depth, and members of free objects that stand twice.

use crate::problem::{Problem, ProblemCode};
use jeton_core::limits;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{collections::BTreeMap, fmt, marker::PhantomData};

/// Refuses a body that nests deeper than the limit, before anything is built from it.
pub(super) fn check_depth(body: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut text, mut escaped) = (0usize, false, false);
    for byte in body {
        match (text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => text = !text,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > limits::JSON_DEPTH_MAX {
                    let rule = format!("the body must not nest deeper than {} levels", limits::JSON_DEPTH_MAX);
                    return Err(Problem::new(ProblemCode::BadJson, rule));
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Reads a member that may be `null`, so that `null` and "not there" are told apart: `Some(None)` and `None`.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// An object within a body. The derived readers would take a list too, by the order of its members; this one does not.
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Members<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

/// Free words of an owner: an object of strings, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// The object's text, as stored.
    pub fn to_text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".into())
    }
    /// From what is stored.
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).map(Self).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> de::Visitor<'de> for Members {
            type Value = Metadata;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut members = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key.is_empty() || key.len() > limits::METADATA_KEY_MAX || key.chars().any(char::is_control) {
                        let rule = format!("must have keys of 1 to {} bytes without control characters", limits::METADATA_KEY_MAX);
                        return Err(de::Error::custom(rule));
                    }
                    if members.contains_key(&key) {
                        let key: String = key.chars().filter(char::is_ascii_graphic).take(40).collect();
                        return Err(de::Error::custom(format!("must not hold `{key}` twice")));
                    }
                    let value = map.next_value::<String>()?;
                    if value.len() > limits::METADATA_VALUE_MAX {
                        return Err(de::Error::custom(format!("must have values of at most {} bytes", limits::METADATA_VALUE_MAX)));
                    }
                    members.insert(key, value);
                    if members.len() > limits::METADATA_ENTRIES_MAX {
                        return Err(de::Error::custom(format!("must hold at most {} members", limits::METADATA_ENTRIES_MAX)));
                    }
                }
                Ok(Metadata(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// An object without members: for bodies that say nothing yet.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
