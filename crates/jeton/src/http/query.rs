//! Reads query strings as strictly as bodies: every parameter known, each once, each by its rule.

use crate::{
    json::fault,
    problem::{Problem, ProblemCode},
};
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::{self, DeserializeOwned, IntoDeserializer, value::MapDeserializer};
use std::{borrow::Cow, fmt};

/// The parameters of a query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Refuses any parameter: for routes that take none.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// Reads a query.
pub fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), Value(value)));
    let reader = MapDeserializer::<_, Refused>::new(pairs);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let (field, rule) = fault::explain(error.path(), &error.inner().0);
        let problem = Problem::new(ProblemCode::BadQuery, format!("`{}` {rule}", field.as_deref().unwrap_or("?")));
        match field {
            Some(field) => problem.at(&field),
            None => problem,
        }
    })
}

/// One value, which is text and becomes what is asked for.
struct Value<'a>(Cow<'a, str>);

/// The reader's words on what is wrong.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Refused {}
impl de::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl<'de> IntoDeserializer<'de, Refused> for Value<'_> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! number {
    ($($method:ident $visit:ident $kind:ty),*) => {
        $(fn $method<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            let fits = !self.0.is_empty() && self.0.len() <= 20 && self.0.bytes().all(|byte| byte.is_ascii_digit());
            let number = fits.then(|| self.0.parse::<$kind>().ok()).flatten();
            match number {
                Some(number) => visitor.$visit(number),
                None => Err(Refused(format!("must be a whole number from 0 to {}", <$kind>::MAX))),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for Value<'_> {
    type Error = Refused;

    number!(deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64);

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_str(&self.0)
    }
    fn deserialize_bool<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match &*self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Refused("must be `true` or `false`".into())),
        }
    }
    fn deserialize_option<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: de::Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: de::Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_enum(self.0.into_owned().into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::kind::TokenKind;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        kind: Option<TokenKind>,
        limit: Option<u32>,
        expired: Option<bool>,
    }

    #[test]
    fn parameters_are_read_by_their_rules() {
        let read: Asked = parse("kind=pat&limit=20&expired=false").expect("query");
        assert_eq!(read, Asked { kind: Some(TokenKind::Pat), limit: Some(20), expired: Some(false) });
        for (query, field, rule) in [
            ("kinds=pat", "kinds", "is not known here"),
            ("kind=pat&kind=pat", "kind", "must stand only once"),
            ("kind=pot", "kind", "must be"),
            ("limit=-1", "limit", "must be a whole number"),
            ("limit=+1", "limit", "must be a whole number"),
            ("limit=", "limit", "must be a whole number"),
            ("limit=4294967296", "limit", "must be a whole number"),
            ("expired=yes", "expired", "`true` or `false`"),
        ] {
            let problem = parse::<Asked>(query).expect_err(query);
            assert_eq!(problem.field_name(), Some(field), "{query}: {}", problem.detail());
            assert!(problem.detail().contains(rule), "{query}: {}", problem.detail());
            assert_eq!(problem.code(), "bad_query");
        }
    }
}
