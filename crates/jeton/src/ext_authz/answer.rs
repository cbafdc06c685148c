//! What Envoy is answered: the fields that the API gets and those that it must not get, or the refusal as the caller gets it.

use super::Original;
use bytes::Bytes;
use envoy_types::{
    ext_authz::v3::pb::{
        CheckResponse, DeniedHttpResponse, HeaderAppendAction, HeaderValue, HeaderValueOption, HttpResponse, HttpStatus, OkHttpResponse,
    },
    pb::google::rpc,
};
use http::{HeaderMap, HeaderName, Response, header};
use jeton_gate::{entrance::Admitted, entrance::Entrance, header as fields};

/// `google.rpc.Code`: what is no `OK` refuses.
const PERMISSION_DENIED: i32 = 7;
/// Set afresh, so that the API need not know how many proxies stand before it.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What Envoy itself says about a request, under exactly these names.
const OF_ENVOY: [&str; 3] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-client-cert"];

/// The request may pass.
pub(super) fn permitted(admitted: &Admitted, original: &Original, entrance: &Entrance) -> CheckResponse {
    let (mut to_api, mut to_caller) = (HeaderMap::new(), HeaderMap::new());
    admitted.caller.identify(&mut to_api);
    admitted.caller.decorate(&mut to_caller);
    if let Some(value) = original.client_ip.and_then(|address| address.to_string().parse().ok()) {
        to_api.insert(X_FORWARDED_FOR, value);
    }
    let ok = OkHttpResponse {
        headers_to_remove: removed(original.request.headers(), &to_api, admitted, entrance),
        headers: options(&to_api),
        response_headers_to_add: options(&to_caller),
        ..OkHttpResponse::default()
    };
    response(rpc::Status::default(), HttpResponse::OkResponse(ok))
}

/// The request may not pass.
pub(super) fn refused(refusal: Response<Bytes>) -> CheckResponse {
    let (mut head, body) = refusal.into_parts();
    // It speaks of the connection to us.
    head.headers.remove(header::CONNECTION);
    let denied = DeniedHttpResponse {
        status: Some(HttpStatus { code: i32::from(head.status.as_u16()) }),
        headers: options(&head.headers),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    response(rpc::Status { code: PERMISSION_DENIED, ..rpc::Status::default() }, HttpResponse::DeniedResponse(denied))
}

fn response(status: rpc::Status, answer: HttpResponse) -> CheckResponse {
    CheckResponse { status: Some(status), http_response: Some(answer), ..CheckResponse::default() }
}

/// The names of the client's fields that the API must not get: its credential, and whatever speaks in the gate's or a proxy's name.
fn removed(client: &HeaderMap, set: &HeaderMap, admitted: &Admitted, entrance: &Entrance) -> Vec<String> {
    let is_credential = |name: &HeaderName| !admitted.route.keep_authorization && entrance.is_credential(name);
    let is_unfit = |name: &HeaderName| {
        let name = name.as_str();
        fields::speaks_for_others(name) && !OF_ENVOY.contains(&name) && !name.starts_with("x-envoy-")
    };
    let unfit = client.keys().filter(|name| is_credential(name) || (is_unfit(name) && !set.contains_key(*name)));
    unfit.map(ToString::to_string).collect()
}

/// Fields for Envoy: the first of a name replaces what is there, more of it are added.
fn options(headers: &HeaderMap) -> Vec<HeaderValueOption> {
    let mut options = Vec::with_capacity(headers.len());
    for name in headers.keys() {
        for (at, value) in headers.get_all(name).iter().enumerate() {
            let action = if at == 0 { HeaderAppendAction::OverwriteIfExistsOrAdd } else { HeaderAppendAction::AppendIfExistsOrAdd };
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            options.push(HeaderValueOption {
                header: Some(HeaderValue { key: name.to_string(), value, ..HeaderValue::default() }),
                append_action: action.into(),
                ..HeaderValueOption::default()
            });
        }
    }
    options
}
