//! One order for one certificate, from the account to the files. Nothing of it is kept where it fails, but for the account.

use super::{AcmeFault, Challenges, store::AcmeFolder};
use crate::config::AcmeConfig;
use instant_acme::{Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy};

/// Obtains a certificate for the domains and puts it into the folder.
pub(super) async fn obtain(config: &AcmeConfig, folder: &AcmeFolder, challenges: &Challenges) -> Result<(), AcmeFault> {
    let account = account(config, folder).await?;
    let domains: Vec<Identifier> = config.domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&domains)).await?;
    let proved = prove(&mut order, challenges).await;
    challenges.clear();
    proved?;
    let key = order.finalize().await?;
    let chain = order.poll_certificate(&RetryPolicy::default()).await?;
    folder.keep(&chain, &key)
}

/// The account of this installation at the ACME server; made where there is none.
async fn account(config: &AcmeConfig, folder: &AcmeFolder) -> Result<Account, AcmeFault> {
    let builder = || match &config.ca {
        Some(ca) => Account::builder_with_root(ca),
        None => Account::builder(),
    };
    if let Some(known) = folder.account(&config.directory) {
        return Ok(builder()?.from_credentials(known).await?);
    }
    let contact: Vec<&str> = config.contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: config.agree_to_terms, only_return_existing: false };
    let (account, credentials) = builder()?.create(&new, config.directory.clone(), None).await?;
    folder.keep_account(&config.directory, &credentials)?;
    Ok(account)
}

/// Shows that the domains are ours.
async fn prove(order: &mut Order, challenges: &Challenges) -> Result<(), AcmeFault> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let domain = authorization.identifier().to_string();
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            other => return Err(AcmeFault::NotProved(format!("`{domain}` is {other:?}"))),
        }
        let mut challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or_else(|| AcmeFault::NoChallenge(domain.clone()))?;
        challenges.meet(&domain, challenge.key_authorization().digest().as_ref())?;
        challenge.set_ready().await?;
    }
    match order.poll_ready(&RetryPolicy::default()).await? {
        OrderStatus::Ready => Ok(()),
        other => Err(AcmeFault::NotProved(format!("the order is {other:?}"))),
    }
}
