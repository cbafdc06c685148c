//! The style sheet, the script and the icon of the pages: within the program, under addresses that name their content, so that
//! browsers may keep them for ever.

use aws_lc_rs::digest;
use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use std::sync::LazyLock;
use tower_http::compression::CompressionLayer;

/// One of them.
#[derive(Debug)]
pub struct Asset {
    /// Where it is: `/assets/HASH.css`.
    pub path: String,
    name: String,
    kind: &'static str,
    body: &'static [u8],
}

/// The style sheet.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| Asset::new(include_bytes!("../../assets/page.css"), "css", "text/css; charset=utf-8"));
/// The script.
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(include_bytes!("../../assets/page.js"), "js", "text/javascript; charset=utf-8"));
/// The script for passkeys, on the pages that know them.
pub static PASSKEY: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(include_bytes!("../../assets/passkey.js"), "js", "text/javascript; charset=utf-8"));
/// The icon.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new(include_bytes!("../../assets/icon.svg"), "svg", "image/svg+xml"));

impl Asset {
    fn new(body: &'static [u8], extension: &str, kind: &'static str) -> Self {
        let hash = digest::digest(&digest::SHA256, body);
        let digits: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{digits}.{extension}");
        Self { path: format!("/assets/{name}"), name, kind, body }
    }
}

/// What answers for them: compressed where the browser takes that. Nothing else is: what holds a secret must not be, since its length
/// would tell of it.
pub fn service() -> MethodRouter<crate::authority::Shared> {
    get(show_asset).layer(CompressionLayer::new().gzip(true))
}

/// `GET /assets/{name}`: one of them, or nothing.
pub async fn show_asset(Path(name): Path<String>) -> Response {
    let Some(asset) = [&*STYLE, &*SCRIPT, &*PASSKEY, &*ICON].into_iter().find(|own| own.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = Response::new(Body::from(Bytes::from_static(asset.body)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}
