//! `GET` and `POST /dashboard/apps/{id}/remove`: the end of an app, and of every token that it holds.

use super::{edit::open, id_of};
use crate::{
    authority::Shared,
    own_apps,
    pages::{confirm, error, form::Form, frame::see_other, navigation::Place, visitor::Visitor, words},
};
use axum::{
    extract::{Path, State},
    response::Response,
};

/// `GET /dashboard/apps/{id}/remove`.
pub async fn ask_remove(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let own = match open(&authority, &visitor, &id).await {
        Ok(own) => own,
        Err(answer) => return answer,
    };
    let people = match authority.store.count_consents(own.client.id).await {
        Ok(people) => people,
        Err(error) => return error::problem(&visitor, &error.into()),
    };
    let connected = match people {
        0 => "Nobody is connected to it.".to_owned(),
        1 => "One person is connected to it, and is disconnected.".to_owned(),
        _ => format!("{} people are connected to it, and are disconnected.", words::number(people)),
    };
    let meaning = [connected, "Its tokens and its secret are dead at once. Nothing brings it back.".to_owned()];
    confirm::removal(&visitor, Place::MyApps, own.client.name.as_str(), &format!("/dashboard/apps/{}", own.client.id), &meaning)
}

/// `POST /dashboard/apps/{id}/remove`.
pub async fn remove_app(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    match own_apps::remove(&authority, &visitor.caller, id).await {
        Ok(_) => see_other("/dashboard/apps/mine?done=removed"),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
