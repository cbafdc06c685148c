//! A person's own tokens, and everything about one token: issuing, looking, rotating, narrowing, pausing, ending. The page of a token is
//! the same for its owner and for whoever manages tokens; the use cases decide what each may do.

pub mod decision;
pub mod detail;
pub mod edit;
pub mod events;
pub mod form;
pub mod line;
pub mod matrix;
pub mod mine;
pub mod new;
pub mod refused;
pub mod rotate;
pub mod snippet;
pub mod state;
pub mod usage;

use super::{Routes, error, visitor::Visitor};
use axum::{
    response::Response,
    routing::{get, post},
};
pub use events::EventLine;
pub use form::{LIVES, PERIODS};
use jeton_core::id::TokenId;
pub use refused::RefusedCall;
pub use rotate::OVERLAPS;
pub use snippet::Snippet;

/// What is below `/dashboard/tokens` for one token and for the own ones, and the explanations of refusals.
pub fn routes() -> Routes {
    Routes::default()
        .page("/dashboard/tokens/mine", get(mine::show_mine))
        .page("/dashboard/tokens/new", get(new::show_new).post(new::issue_token))
        .page("/dashboard/tokens/{id}", get(detail::show_token))
        .page("/dashboard/tokens/{id}/edit", get(edit::show_edit).post(edit::edit_token))
        .page("/dashboard/tokens/{id}/rotate", get(rotate::show_rotate).post(rotate::rotate_token))
        .page("/dashboard/tokens/{id}/end-overlap", get(rotate::ask_end_overlap).post(rotate::end_overlap))
        .page("/dashboard/tokens/{id}/suspend", get(state::ask_suspend).post(state::suspend))
        .page("/dashboard/tokens/{id}/resume", get(state::ask_resume).post(state::resume))
        .page("/dashboard/tokens/{id}/revoke", get(state::ask_revoke).post(state::revoke))
        .action("/dashboard/tokens/{id}/shrink", post(edit::shrink_token))
        .page("/dashboard/decisions", get(decision::find_decision))
        .page("/dashboard/decisions/{id}", get(decision::show_decision))
}

/// The id in an address; another text is an address where nothing is.
#[expect(clippy::result_large_err, reason = "the refusal is given as it is, once")]
fn id_of(visitor: &Visitor, text: &str) -> Result<TokenId, Response> {
    TokenId::parse(text).map_err(|_| error::not_found(visitor))
}
