//! Rows between a table and a line: text as text, numbers as numbers, bytes as hexadecimal digits, nothing as null.

use super::tables::{Kind, PASSING, TABLES, Table};
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
    /// As it is named in reports.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone().unwrap_or_default(),
            Self::Number(number) => number.unwrap_or_default().to_string(),
            Self::Bytes(bytes) => hex(bytes.as_deref().unwrap_or_default()),
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

/// Empties every table that a backup fills, and those of what people and apps had just begun: they begin again. What was spent stays
/// spent.
pub(crate) async fn delete_all(link: &mut Link<'_>) -> Result<(), Fault> {
    let besides = ["session_clients", "idempotency_keys", "usage_parts", "installation"];
    for name in besides.into_iter().chain(PASSING.iter().chain(TABLES.iter().rev()).map(|table| table.name)) {
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

/// The rows whose first column is beyond a value, in order.
pub(crate) async fn read_after(link: &mut Link<'_>, table: &Table, after: &Value, limit: i64) -> Result<Vec<Vec<Value>>, Fault> {
    let (key, _) = table.columns.first().copied().unwrap_or(("id", Kind::Text));
    let statement = format!("SELECT {} FROM {} WHERE {key} > $1 ORDER BY {key} LIMIT $2", table.names(), table.name);
    each!(link, c => {
        let query = sqlx::query(AssertSqlSafe(statement));
        let query = match after {
            Value::Number(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.as_deref()),
            Value::Bytes(bytes) => query.bind(bytes.as_deref()),
        };
        let rows = query.bind(limit).fetch_all(c).await?;
        let columns = |row| table.columns.iter().enumerate().map(|(at, (_, kind))| value_of!(row, at, *kind)).collect::<Result<Vec<_>, sqlx::Error>>();
        Ok(rows.iter().map(columns).collect::<Result<Vec<_>, sqlx::Error>>()?)
    })
}

/// Puts another mark on a row, found by its first column.
pub(crate) async fn update_mark(link: &mut Link<'_>, table: &Table, key: &Value, mark: &[u8]) -> Result<(), Fault> {
    let (column, _) = table.columns.first().copied().unwrap_or(("id", Kind::Text));
    let statement = format!("UPDATE {} SET mark = $1 WHERE {column} = $2", table.name);
    each!(link, c => {
        let query = sqlx::query(AssertSqlSafe(statement)).bind(mark);
        let query = match key {
            Value::Number(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.as_deref()),
            Value::Bytes(bytes) => query.bind(bytes.as_deref()),
        };
        query.execute(c).await?;
    });
    Ok(())
}
