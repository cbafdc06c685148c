//! Who looks at a page: somebody who is signed in, with what the role may do. A page that takes a [`Visitor`] is for everybody who
//! is signed in; one that takes an [`Allowed`] demands a scope of the role. Neither decides about single objects: use cases do.

use super::{
    csrf, error,
    frame::Frame,
    navigation::{Navigation, Place},
    sign_in, words,
};
use crate::{
    authority::{Authority, Shared},
    caller::Caller,
    http::{
        Context,
        guard::{ClientsApprove, ManagementScope},
    },
    overview,
    session::SignedIn,
};
use axum::{extract::FromRequestParts, response::Response};
use http::request::Parts;
use jeton_core::{name::Audience, oauth::parameters::Parameters, timestamp::Timestamp};
use jeton_store::{StoreError, audit::Actor, user::User};
use std::marker::PhantomData;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The session.
    pub signed_in: SignedIn,
    /// The account.
    pub user: User,
    /// The same as use cases know it.
    pub caller: Caller,
    /// The request.
    pub context: Context,
    /// The query of the address; empty where it cannot be read.
    pub query: Parameters,
    /// For the field `csrf` of the page's forms.
    pub csrf: String,
    /// How many apps wait for a decision that this person may make.
    waiting: usize,
    /// Whether the policy holds the person back until there is a second factor.
    pub is_held_back: bool,
}

/// A visitor, or somebody whom the policy holds back until there is a second factor: for the pages where one is set up.
#[derive(Debug)]
pub struct Enrolling(pub Visitor);

/// A visitor whose role holds the scope `S`.
#[derive(Debug)]
pub struct Allowed<S> {
    /// Who it is.
    pub visitor: Visitor,
    scope: PhantomData<S>,
}

impl Visitor {
    /// The visitor behind a session. An account that was shut or removed meanwhile has none.
    pub async fn of(authority: &Authority, signed_in: SignedIn, context: Context, query: Parameters) -> Result<Option<Self>, StoreError> {
        let user = match authority.store.show_user(signed_in.organisation, signed_in.user).await {
            Ok(user) if !user.disabled => user,
            Ok(_) | Err(StoreError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok(management) = Audience::parse(&authority.config.issuer) else { return Ok(None) };
        let caller = Caller::person(&user, management, context.client_ip, context.request);
        let csrf = csrf::for_session(authority, &signed_in);
        let mut visitor = Self { signed_in, user, caller, context, query, csrf, waiting: 0, is_held_back: false };
        if visitor.may::<ClientsApprove>() {
            visitor.waiting = overview::waiting(authority, visitor.user.organisation).await?;
        }
        Ok(Some(visitor))
    }
    /// Whether the role holds a scope of the management interface.
    pub fn may<S: ManagementScope>(&self) -> bool {
        S::demand().iter().all(|scope| self.caller.may(scope))
    }
    /// The same person, whom the policy holds back.
    #[must_use]
    pub fn held_back(self) -> Self {
        Self { is_held_back: true, ..self }
    }
    /// The frame of a page at a place, with the navigation and, where the query says that something was done, that. Who is held back has
    /// nowhere else to go.
    pub fn frame(&self, title: impl Into<String>, here: Place) -> Frame {
        Frame {
            navigation: (!self.is_held_back).then(|| Navigation::of(&self.caller, here, self.waiting)),
            done: self.query.find("done").and_then(words::done),
            role: self.user.role.as_str(),
            ..Frame::of_person(title, self.user.name.as_str()).scripted()
        }
    }
    /// How the audit names what the person does.
    pub fn actor(&self, at: Timestamp) -> Actor {
        self.signed_in.actor(at, self.context)
    }
    /// Lets somebody on whose role holds the scope; for the others the page that says which roles do.
    #[expect(clippy::result_large_err, reason = "the refusal is given as it is, once")]
    pub(super) fn demand<S: ManagementScope>(self) -> Result<Self, Response> {
        if self.may::<S>() { Ok(self) } else { Err(error::not_for_role(&self, S::demand())) }
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, authority: &Shared) -> Result<Self, Response> {
        let signed_in = sign_in::demand(authority, &parts.headers, &parts.uri).await?;
        asking(parts, authority, signed_in).await
    }
}

/// Who is signed in as whoever asks for a page.
async fn asking(parts: &Parts, authority: &Authority, signed_in: SignedIn) -> Result<Visitor, Response> {
    let query = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    match Visitor::of(authority, signed_in, Context::of(&parts.extensions), query).await {
        Ok(Some(visitor)) => Ok(visitor),
        Ok(None) => Err(sign_in::send(&parts.uri)),
        Err(_) => Err(error::unavailable()),
    }
}

impl FromRequestParts<Shared> for Enrolling {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, authority: &Shared) -> Result<Self, Response> {
        let (signed_in, is_held_back) = sign_in::demand_to_enrol(authority, &parts.headers, &parts.uri).await?;
        let visitor = asking(parts, authority, signed_in).await?;
        Ok(Self(if is_held_back { visitor.held_back() } else { visitor }))
    }
}

impl<S: ManagementScope> FromRequestParts<Shared> for Allowed<S> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, authority: &Shared) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, authority).await?;
        Ok(Self { visitor: visitor.demand::<S>()?, scope: PhantomData })
    }
}
