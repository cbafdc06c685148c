//! Rows between a table and a line: text as text, numbers as numbers, bytes as hexadecimal digits, nothing as null.

use super::tables::{Kind, TABLES, Table};
use crate::{
    fault::Fault,
    link::{Link, each, run_length},
    outside::{hex, unhex},
};
use serde_json::Value as Json;
use sqlx::AssertSqlSafe;

/// A column's value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// As it stands in a line.
    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Text(Some(text)) => Json::String(text.clone()),
            Self::Number(Some(number)) => Json::from(*number),
            Self::Bytes(Some(bytes)) => Json::String(hex(bytes)),
            Self::Text(None) | Self::Number(None) | Self::Bytes(None) => Json::Null,
        }
    }
    /// From a line; `None` where it is of another kind.
    pub(super) fn from_json(json: Json, kind: Kind) -> Option<Self> {
        Some(match (kind, json) {
            (Kind::Text, Json::Null) => Self::Text(None),
            (Kind::Text, Json::String(text)) => Self::Text(Some(text)),
            (Kind::Number, Json::Null) => Self::Number(None),
            (Kind::Number, Json::Number(number)) => Self::Number(Some(number.as_i64()?)),
            (Kind::Bytes, Json::Null) => Self::Bytes(None),
            (Kind::Bytes, Json::String(text)) => Self::Bytes(Some(unhex(&text)?)),
            _ => return None,
        })
    }
}

/// The value of a column of a row of either engine.
macro_rules! value_of {
    ($row:expr, $at:expr, $kind:expr) => {
        match $kind {
            $crate::backup::tables::Kind::Text => sqlx::Row::try_get($row, $at).map($crate::backup::row::Value::Text),
            $crate::backup::tables::Kind::Number => sqlx::Row::try_get($row, $at).map($crate::backup::row::Value::Number),
            $crate::backup::tables::Kind::Bytes => sqlx::Row::try_get($row, $at).map($crate::backup::row::Value::Bytes),
        }
    };
}
pub(super) use value_of;

/// Empties every table that a backup fills.
pub(crate) async fn delete_all(link: &mut Link<'_>) -> Result<(), Fault> {
    for name in TABLES.iter().rev().map(|table| table.name).chain(["idempotency_keys", "usage_parts", "installation"]) {
        let statement = format!("DELETE FROM {name}");
        each!(link, c => sqlx::query(AssertSqlSafe(statement)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Puts rows into a table.
pub(crate) async fn insert_rows(link: &mut Link<'_>, table: &Table, mut rows: &[Vec<Value>]) -> Result<(), Fault> {
    let head = format!("INSERT INTO {} ({}) ", table.name, table.names());
    while !rows.is_empty() {
        let (now, later) = rows.split_at(run_length(rows.len()));
        rows = later;
        each!(link, c => {
            let mut builder = sqlx::QueryBuilder::new(head.as_str());
            builder.push_values(now, |mut values, row| {
                for value in row {
                    match value {
                        Value::Text(text) => values.push_bind(text.as_deref()),
                        Value::Number(number) => values.push_bind(*number),
                        Value::Bytes(bytes) => values.push_bind(bytes.as_deref()),
                    };
                }
            });
            builder.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
