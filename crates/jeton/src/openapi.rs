//! The description of the management interface, made from the code: OpenAPI 3.1, served at `/v1/openapi.json`. Never written by
//! hand.

use crate::problem::ProblemBody;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, RefOr,
        content::ContentBuilder,
        response::ResponseBuilder,
        schema::Ref,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// What stands around the operations.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Jeton",
        description = "Issues, checks, watches and takes back API tokens. Every answer carries `Jeton-Request-Id`; every answer that \
            changes something carries `Jeton-Revision`. Refusals are problem details (RFC 9457)."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Bearer)
)]
pub struct Description;

/// How callers prove themselves.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("a token of this system whose audience is the issuer"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document with what every operation has in common: the form of refusals.
pub fn finish(mut document: Document) -> Document {
    let problem = |words: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        RefOr::T(ResponseBuilder::new().description(words).content("application/problem+json", content).build())
    };
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete, &mut item.put];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("4XX".into(), problem("refused: see `code`, `detail` and `fix`"));
            operation.responses.responses.insert("503".into(), problem("not possible at present"));
        }
    }
    document
}
