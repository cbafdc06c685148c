//! What is done about mail: the account is looked up, its link is issued, the letter is sent; a server that fails is tried again.

use super::Letter;
use crate::{
    authority::{Authority, Shared},
    http::Context,
    links::{self, LinkFor},
};
use jeton_core::{
    id::{OrganisationId, UserId},
    limits,
};
use jeton_store::{StoreError, account_link::LinkKind, audit::Actor, user::User};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Something to be written to somebody.
pub enum Errand {
    /// Whoever has this name or address, if there is somebody, forgot the password.
    Reset {
        /// What was typed.
        name: String,
        /// From where.
        context: Context,
    },
    /// An account's address is to be verified.
    Verify {
        /// The account.
        user: Box<User>,
        /// From where it was asked for.
        context: Context,
    },
    /// An invitation, with its link.
    Invite {
        /// Whom it is for.
        to: String,
        /// The link.
        link: links::IssuedLink,
    },
    /// Something was changed about an account.
    Tell {
        /// The account's organisation.
        organisation: OrganisationId,
        /// The account.
        user: UserId,
        /// What.
        notice: Notice,
    },
}

/// What people are told of that was changed about their accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Another password.
    PasswordChanged,
    /// Another passkey.
    PasskeyAdded,
    /// The one-time passwords are off.
    TotpRemoved,
    /// All second factors and passkeys are gone.
    FactorsReset,
}

impl Notice {
    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::PasswordChanged => "the password of your account was changed",
            Self::PasskeyAdded => "a passkey was added to your account",
            Self::TotpRemoved => "one-time passwords were turned off for your account",
            Self::FactorsReset => "the passkeys and one-time passwords of your account were removed by an administrator",
        }
    }
}

/// Runs errands until told to stop.
pub async fn work_until(authority: Shared, stop: CancellationToken) {
    let Some(mut waiting) = authority.mail.waiting.lock().take() else { return };
    while let Some(Some(errand)) = stop.run_until_cancelled(waiting.recv()).await {
        match letter(&authority, errand).await {
            Ok(Some(letter)) => {
                stop.run_until_cancelled(send(&authority, &letter)).await;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a message could not be written: the database does not answer"),
        }
    }
}

/// What there is to write; nothing where there is nobody to write to.
async fn letter(authority: &Authority, errand: Errand) -> Result<Option<Letter>, StoreError> {
    let issuer = &authority.config.issuer;
    Ok(match errand {
        Errand::Reset { name, context } => reset(authority, &name, context).await?,
        Errand::Verify { user, context } => {
            let Some(to) = user.email.clone() else { return Ok(None) };
            let issued =
                links::issue(authority, LinkFor::of_user(LinkKind::VerifyEmail, &user, true), actor(&user, authority, context)).await?;
            Some(Letter::verification(&to, user.name.as_str(), &issued.url, issued.expires_at))
        }
        Errand::Invite { to, link } => Some(Letter::invitation(&to, issuer, &link.url, link.expires_at)),
        Errand::Tell { organisation, user, notice } => {
            let user = authority.store.show_user(organisation, user).await?;
            user.email.as_deref().map(|to| Letter::notice(to, user.name.as_str(), issuer, notice))
        }
    })
}

/// Names are one of a kind in an organisation only, and addresses may be shared: nobody is written to where it is not clear who is meant.
async fn reset(authority: &Authority, name: &str, context: Context) -> Result<Option<Letter>, StoreError> {
    let mut found = authority.store.find_credentials(name, limits::SIGN_IN_CANDIDATES).await?;
    let (Some(own), true) = (found.pop(), found.is_empty()) else { return Ok(None) };
    let Some(to) = own.user.email.clone().filter(|_| !own.user.disabled) else { return Ok(None) };
    // A name and an address may both be tried: the mailbox is one.
    if !authority.mail.pace.admits_to(&own.user.id.to_string(), authority.now()) {
        return Ok(None);
    }
    let link = LinkFor::of_user(LinkKind::Reset, &own.user, true);
    let issued = links::issue(authority, link, actor(&own.user, authority, context)).await?;
    Ok(Some(Letter::reset(&to, own.user.name.as_str(), &issued.url, issued.expires_at)))
}

fn actor(user: &User, authority: &Authority, context: Context) -> Actor {
    Actor { who: format!("user:{}", user.id), at: authority.now(), request: Some(context.request), client_ip: context.client_ip }
}

async fn send(authority: &Authority, letter: &Letter) {
    let Some(server) = &authority.mail.server else { return };
    let mut wait = Duration::from(limits::MAIL_RETRY);
    for tried in 1..=limits::MAIL_TRIES {
        match server.send(letter).await {
            Ok(()) => {
                metrics::counter!("jeton_mails_total", "outcome" => "sent").increment(1);
                return tracing::info!(subject = letter.subject, "a message was sent");
            }
            Err(fault) if tried < limits::MAIL_TRIES => {
                tracing::info!(%fault, tried, "a message could not be sent and is tried again");
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            Err(fault) => tracing::warn!(%fault, subject = letter.subject, "a message could not be sent"),
        }
    }
    metrics::counter!("jeton_mails_total", "outcome" => "failed").increment(1);
}

impl std::fmt::Debug for Errand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Reset { .. } => "Reset(redacted)",
            Self::Verify { .. } => "Verify(redacted)",
            Self::Invite { .. } => "Invite(redacted)",
            Self::Tell { .. } => "Tell(redacted)",
        })
    }
}
