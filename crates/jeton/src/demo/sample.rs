//! The sample API that the demonstration puts behind the gate: a few orders in memory.
//!
//! Never checks a token: that is the gate's part, and it trusts what the gate tells because nothing else can reach it but
//! this machine.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;

/// Most orders that are kept.
const ORDERS_MAX: usize = 1000;

type Orders = Arc<Mutex<Vec<Value>>>;

/// The sample API's routes.
pub(super) fn router() -> Router {
    let orders = vec![json!({ "id": 7, "item": "lamp", "count": 2 }), json!({ "id": 8, "item": "chair", "count": 4 })];
    let orders: Orders = Arc::new(Mutex::new(orders));
    Router::new().route("/v1/orders", get(list).post(place)).route("/v1/orders/{id}", get(show)).with_state(orders)
}

async fn list(State(orders): State<Orders>, headers: HeaderMap) -> Response {
    let orders = orders.lock().clone();
    Json(json!({ "orders": orders, "asked_by": caller(&headers) })).into_response()
}

async fn show(State(orders): State<Orders>, Path(id): Path<u64>, headers: HeaderMap) -> Response {
    let found = orders.lock().iter().find(|order| order.get("id").and_then(Value::as_u64) == Some(id)).cloned();
    match found {
        Some(order) => Json(json!({ "order": order, "asked_by": caller(&headers) })).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "no such order" }))).into_response(),
    }
}

async fn place(State(orders): State<Orders>, headers: HeaderMap) -> Response {
    let mut orders = orders.lock();
    if orders.len() >= ORDERS_MAX {
        return (StatusCode::INSUFFICIENT_STORAGE, Json(json!({ "error": "the sample holds no more orders" }))).into_response();
    }
    let order = json!({ "id": orders.len() + 7, "item": "table", "count": 1 });
    orders.push(order.clone());
    (StatusCode::CREATED, Json(json!({ "order": order, "asked_by": caller(&headers) }))).into_response()
}

/// Whom the gate let through.
fn caller(headers: &HeaderMap) -> String {
    headers.get("jeton-subject").and_then(|value| value.to_str().ok()).unwrap_or("nobody").to_owned()
}
