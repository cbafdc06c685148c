//! A repeated issue gives the first answer again, secret included: kept for a day, sealed under the master key, for the same
//! caller, key and request only.

use super::{answer::Issuance, request::IssueRequest};
use crate::{authority::Authority, caller::Caller, problem::Problem};
use aws_lc_rs::digest;
use jeton_core::seal;
use jeton_store::token::Idempotency;
use zeroize::Zeroizing;

/// A request that its caller may repeat.
#[derive(Clone, Debug)]
pub struct Repeat {
    owner: String,
    key: String,
    request: [u8; 32],
}

impl Repeat {
    /// For a request under a key of the caller's.
    pub fn of(caller: &Caller, key: &str, asked: &IssueRequest) -> Self {
        let canonical = serde_json::to_vec(asked).unwrap_or_default();
        let mut request = [0; 32];
        request.copy_from_slice(digest::digest(&digest::SHA256, &canonical).as_ref());
        // Stored as a hash: what a caller chooses as a key may be worth keeping to itself.
        let key = digest::digest(&digest::SHA256, key.as_bytes());
        let key = key.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { owner: caller.key_owner(), key, request }
    }
    fn context(&self) -> Vec<u8> {
        format!("idempotency:{}:{}", self.owner, self.key).into_bytes()
    }
    /// What is kept of an answer.
    pub(super) fn seal(&self, authority: &Authority, answer: &Issuance) -> Result<Idempotency, Problem> {
        let sealed = seal::seal(authority.store.ring(), &self.context(), &answer.body, rand::random());
        let sealed_answer = sealed.map_err(|fault| Problem::internal(&format!("an answer {fault}")))?;
        Ok(Idempotency { owner: self.owner.clone(), key: self.key.clone(), request: self.request, sealed_answer })
    }
    /// The answer of then.
    pub(super) async fn open(&self, authority: &Authority, sealed: &[u8]) -> Result<Issuance, Problem> {
        let opened = seal::open(authority.store.ring(), &self.context(), sealed);
        let body: Zeroizing<Vec<u8>> = opened.map_err(|fault| Problem::internal(&format!("a kept answer {fault}")))?;
        Ok(Issuance { body, version: 1, revision: authority.store.head().await?, replayed: true })
    }
}
