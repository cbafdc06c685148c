//! Forms that people send: bounded, read once, and only from our own pages.

use super::{csrf, error, return_to::ReturnTo, sign_in, visitor::Visitor};
use crate::{
    authority::{Authority, Shared},
    http::{Context, guard::ManagementScope},
    session::{self, Lack, Presence, SignedIn},
};
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use jeton_core::{limits, oauth::parameters::Parameters};
use url::Url;

/// What of a form's request is looked at.
#[derive(Debug)]
pub struct Form {
    /// The fields.
    pub fields: Parameters,
    /// The header.
    pub headers: HeaderMap,
    /// Where it came from, and in which request.
    pub context: Context,
}

impl FromRequest<Shared> for Form {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, authority: &Shared) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if !comes_from_here(&parts.headers, &authority.config.issuer) {
            return Err(error::not_from_here());
        }
        Self::read(parts, body).await
    }
}

impl Form {
    /// Reads a form wherever it comes from: for endpoints that other sites may post to, which do nothing by it.
    pub async fn read(parts: http::request::Parts, body: Body) -> Result<Self, Response> {
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(error::bad_form(StatusCode::UNSUPPORTED_MEDIA_TYPE, "it is not the form that this page sends"));
        }
        let body = axum::body::to_bytes(body, limits::FORM_MAX).await;
        let body = body.map_err(|_| error::bad_form(StatusCode::PAYLOAD_TOO_LARGE, "it is too large, or it was broken off"))?;
        let fields = Parameters::parse_form(&body).map_err(|_| error::bad_form(StatusCode::BAD_REQUEST, "its fields cannot be read"))?;
        Ok(Self { fields, context: Context::of(&parts.extensions), headers: parts.headers })
    }
    /// A field's value; empty where there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.find(name).unwrap_or_default()
    }
    /// Who is signed in and sent this form from a page of the same session. Otherwise the page that says what to do.
    pub async fn signed_in(&self, authority: &Authority) -> Result<SignedIn, Response> {
        match session::presence(authority, &self.headers).await {
            Ok(Presence::Here(signed_in)) => self.sent_by(authority, signed_in),
            Ok(Presence::HeldBack(_, lack)) => Err(sign_in::send_for(lack, &ReturnTo::dashboard())),
            Ok(Presence::Nobody) => Err(error::signed_out_meanwhile()),
            Err(_) => Err(error::unavailable()),
        }
    }
    /// The same whatever the policy wants of the person besides: for the way out.
    pub async fn whoever(&self, authority: &Authority) -> Result<SignedIn, Response> {
        match session::whoever(authority, &self.headers).await {
            Ok(Some(signed_in)) => self.sent_by(authority, signed_in),
            Ok(None) => Err(error::signed_out_meanwhile()),
            Err(_) => Err(error::unavailable()),
        }
    }
    #[expect(clippy::result_large_err, reason = "the refusal is given as it is, once")]
    fn sent_by(&self, authority: &Authority, signed_in: SignedIn) -> Result<SignedIn, Response> {
        if csrf::is_of_session(authority, &signed_in, self.field("csrf")) { Ok(signed_in) } else { Err(error::stale_form()) }
    }
    /// The same as a visitor, for what everybody may do who is signed in.
    pub async fn person(&self, authority: &Authority) -> Result<Visitor, Response> {
        self.visitor_of(authority, self.signed_in(authority).await?).await
    }
    /// The same for who sets up a second factor, and may be held back until there is one.
    pub async fn enrolling(&self, authority: &Authority) -> Result<Visitor, Response> {
        match session::presence(authority, &self.headers).await {
            Ok(Presence::HeldBack(signed_in, Lack::Factor)) => {
                let visitor = self.visitor_of(authority, self.sent_by(authority, signed_in)?).await?;
                Ok(visitor.held_back())
            }
            _ => self.person(authority).await,
        }
    }
    async fn visitor_of(&self, authority: &Authority, signed_in: SignedIn) -> Result<Visitor, Response> {
        match Visitor::of(authority, signed_in, self.context, Parameters::default()).await {
            Ok(Some(visitor)) => Ok(visitor),
            Ok(None) => Err(error::signed_out_meanwhile()),
            Err(_) => Err(error::unavailable()),
        }
    }
    /// The same for what a role must hold the scope `S` for.
    pub async fn visitor<S: ManagementScope>(&self, authority: &Authority) -> Result<Visitor, Response> {
        self.person(authority).await?.demand::<S>()
    }
    /// Whether the form comes from a page that this browser was given.
    pub fn is_of_browser(&self, authority: &Authority) -> bool {
        csrf::is_of_browser(authority, &self.headers, self.field("csrf"))
    }
}

/// Whether a browser says that a form comes from one of our own pages; one that says nothing is believed, since the token in the
/// form is looked at besides.
pub(super) fn comes_from_here(headers: &HeaderMap, issuer: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text("origin") else { return true };
    let is_issuers = Url::parse(issuer).is_ok_and(|issuer| issuer.origin().ascii_serialization() == origin);
    let host = text("host").unwrap_or_default();
    is_issuers || (!host.is_empty() && origin.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn forms_of_other_sites_are_known_by_what_browsers_say() {
        let says = |pairs: &[(&'static str, &'static str)]| {
            let headers: HeaderMap =
                pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
            comes_from_here(&headers, "https://id.example.com/base")
        };
        assert!(says(&[]));
        assert!(says(&[("origin", "https://id.example.com"), ("sec-fetch-site", "same-origin")]));
        assert!(says(&[("origin", "http://127.0.0.1:8700"), ("host", "127.0.0.1:8700")]));
        for wrong in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null"), ("host", "null")],
            &[("origin", "https://id.example.com.evil.example"), ("host", "id.example.com")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://id.example.com")],
        ] {
            assert!(!says(wrong), "{wrong:?}");
        }
    }
}
