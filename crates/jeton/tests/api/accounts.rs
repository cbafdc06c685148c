//! People's accounts as browsers meet them: second factors, passkeys, links, mail, invitations, the first owner.

#[path = "accounts/authenticator.rs"]
mod authenticator;
#[path = "accounts/factors.rs"]
mod factors;
#[path = "accounts/invitations.rs"]
mod invitations;
#[path = "accounts/links.rs"]
mod links;
#[path = "accounts/mailbox.rs"]
mod mailbox;
#[path = "accounts/mails.rs"]
mod mails;
#[path = "accounts/passkeys.rs"]
mod passkeys;
#[path = "accounts/people.rs"]
mod people;
#[path = "accounts/setup.rs"]
mod setup;
#[path = "accounts/step_up.rs"]
mod step_up;
#[path = "accounts/wanted_factor.rs"]
mod wanted_factor;
