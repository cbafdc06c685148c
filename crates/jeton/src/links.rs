//! One-time links about accounts: the secret stands in the address alone, and its SHA-256 in the database.
//!
//! A link is built from the configured issuer, whatever host a request named.

use crate::authority::Authority;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    id::{LinkId, OrganisationId, UserId},
    limits,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    Store, StoreError,
    account_link::{AccountLink, LinkKind},
    audit::Actor,
    user::{Role, User},
};
use zeroize::Zeroizing;

/// The secret of a link.
pub struct LinkSecret(Zeroizing<String>);

/// A link that was issued just now.
pub struct IssuedLink {
    /// Its id.
    pub id: LinkId,
    /// The whole address. Shown or sent this once.
    pub url: Zeroizing<String>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What a link is to be for.
#[derive(Clone, Debug)]
pub struct LinkFor {
    kind: LinkKind,
    organisation: OrganisationId,
    user: Option<UserId>,
    email: Option<String>,
    role: Option<Role>,
    by_mail: bool,
}

impl LinkSecret {
    /// 256 random bits.
    fn fresh() -> Self {
        let bits: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bits)))
    }
    /// Reads one as it stands in an address; nothing where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        is_one.then(|| Self(Zeroizing::new(text.to_owned())))
    }
    /// What is stored of it.
    pub fn digest(&self) -> [u8; 32] {
        let mut out = [0; 32];
        let hash = digest::digest(&digest::SHA256, self.0.as_bytes());
        out.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
        out
    }
    /// As it stands in an address.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl LinkFor {
    /// About an account, sent to its address or handed over.
    pub fn of_user(kind: LinkKind, user: &User, by_mail: bool) -> Self {
        let (organisation, id) = (user.organisation, Some(user.id));
        Self { kind, organisation, user: id, email: user.email.clone(), role: None, by_mail }
    }
    /// An invitation.
    pub const fn invitation(organisation: OrganisationId, role: Role, email: Option<String>, by_mail: bool) -> Self {
        Self { kind: LinkKind::Invitation, organisation, user: None, email, role: Some(role), by_mail }
    }
    const fn life(&self) -> Span {
        match self.kind {
            LinkKind::Reset if self.by_mail => limits::RESET_LINK_LIFE,
            LinkKind::Reset => limits::HANDED_LINK_LIFE,
            LinkKind::VerifyEmail => limits::VERIFICATION_LINK_LIFE,
            LinkKind::Invitation => limits::INVITATION_LIFE,
            LinkKind::Setup => limits::SETUP_LINK_LIFE,
        }
    }
}

/// Where links of a kind lead.
pub const fn path(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Reset => "/account/reset",
        LinkKind::VerifyEmail => "/account/verify-email",
        LinkKind::Invitation => "/account/invitation",
        LinkKind::Setup => "/setup",
    }
}

/// Issues a link.
pub async fn issue(authority: &Authority, link: LinkFor, actor: Actor) -> Result<IssuedLink, StoreError> {
    issue_in(&authority.store, &authority.config.issuer, link, actor).await
}

/// The same before the authority runs.
pub async fn issue_in(store: &Store, issuer: &str, link: LinkFor, actor: Actor) -> Result<IssuedLink, StoreError> {
    let secret = LinkSecret::fresh();
    let (kind, expires_at) = (link.kind, actor.at.plus(link.life()));
    let LinkFor { organisation, user, email, role, by_mail, .. } = link;
    let new = AccountLink {
        id: LinkId::from_random(rand::random()),
        kind,
        organisation,
        user,
        email,
        role,
        by_mail,
        issued_by: actor.who.clone(),
        created_at: actor.at,
        expires_at,
        used_at: None,
    };
    let url = Zeroizing::new(format!("{issuer}{}?link={}", path(kind), secret.expose()));
    let kept = store.insert_link(new, secret.digest(), actor).await?;
    Ok(IssuedLink { id: kept.id, url, expires_at })
}

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret(redacted)")
    }
}

impl std::fmt::Debug for IssuedLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssuedLink({}, redacted)", self.id)
    }
}
