//! Lists in pages: one page, the page after a cursor, or all of them.

use super::Failure;
use crate::client::{Authority, Call};
use clap::Args;
use jeton_core::limits;
use serde_json::{Value, json};

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Paging {
    /// At most this many entries on the page [default: 50, at most 500]
    #[arg(long, value_name = "N", help_heading = "Paging", conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..=limits::PAGE_MAX as i64))]
    limit: Option<u32>,
    /// Begin after the page that ended with this cursor
    #[arg(long, value_name = "CURSOR", help_heading = "Paging")]
    cursor: Option<String>,
    /// All pages, one after another
    #[arg(long, help_heading = "Paging")]
    all: bool,
}

/// Reads what `paging` asks for: `{"items": […], "next": …}`.
pub(crate) async fn read(authority: &Authority, path: &str, query: &[(&str, Option<String>)], paging: &Paging) -> Result<Value, Failure> {
    let limit = if paging.all { limits::PAGE_MAX } else { paging.limit.map_or(limits::PAGE_DEFAULT, |limit| limit as usize) };
    let mut cursor = paging.cursor.clone();
    let mut items = Vec::new();
    loop {
        let mut call = Call::get(path).query("limit", Some(limit)).query("cursor", cursor.as_deref());
        for (name, value) in query {
            call = call.query(name, value.as_deref());
        }
        let mut page = authority.call(call).await?.body;
        if let Some(Value::Array(found)) = page.get_mut("items") {
            items.append(found);
        }
        let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if !paging.all || next.is_none() || next == cursor {
            return Ok(json!({ "items": items, "next": if paging.all { None } else { next } }));
        }
        cursor = next;
    }
}

/// Reads the whole list.
pub(crate) async fn read_all(authority: &Authority, path: &str) -> Result<Vec<Value>, Failure> {
    let everything = Paging { all: true, ..Paging::default() };
    match read(authority, path, &[], &everything).await?.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}
