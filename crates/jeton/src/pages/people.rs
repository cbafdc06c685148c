//! `/dashboard/people`: the accounts of an organisation, invitations, and what may be done about a person. Who may do it to whom is decided
//! by the use cases.

pub mod change;
pub mod edit;
pub mod invite;
pub mod list;
pub mod show;

use super::Routes;
use axum::routing::{get, post};
use jeton_store::user::Role;

/// What is below `/dashboard/people`.
pub fn routes() -> Routes {
    Routes::default()
        .page("/dashboard/people", get(list::list_people))
        .page("/dashboard/people/invite", get(invite::show_invite).post(invite::invite))
        .action("/dashboard/people/invitations/{id}", post(invite::withdraw))
        .page("/dashboard/people/{id}", get(show::show_person))
        .page("/dashboard/people/{id}/edit", get(edit::show_edit).post(edit::edit))
        .action("/dashboard/people/{id}/{verb}", get(change::ask).post(change::change))
}

/// The roles that somebody of a role may give: value and words.
fn roles_below(own: Role) -> Vec<(&'static str, &'static str)> {
    let may_give = |role: &Role| *role != Role::Owner || own == Role::Owner;
    Role::ALL.into_iter().filter(may_give).map(|role| (role.as_str(), super::words::role(role))).collect()
}
