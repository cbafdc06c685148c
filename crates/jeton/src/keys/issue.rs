//! Signing each kind of JWT with the key that is due. What each says is the core's to decide; nothing here signs anything else.

use super::{Keys, KeysFault};
use jeton_core::{
    jose::{
        Algorithm, IdTokenClaims, IntrospectionAnswerClaims, LogoutTokenClaims, PlainJwt, StatusListClaims, UpstreamTokenClaims,
        UserinfoAnswerClaims,
    },
    timestamp::Timestamp,
};

impl Keys {
    /// Signs an upstream token, with the configured algorithm.
    pub fn issue_upstream_token_at(&self, claims: &UpstreamTokenClaims<'_>, now: Timestamp) -> Result<PlainJwt, KeysFault> {
        Ok(self.signing_at(now)?.issue_upstream_token(claims)?)
    }

    /// Signs a status list token, with the configured algorithm.
    pub fn issue_status_list_at(&self, claims: &StatusListClaims<'_>, now: Timestamp) -> Result<PlainJwt, KeysFault> {
        Ok(self.signing_at(now)?.issue_status_list(claims)?)
    }

    /// Signs an ID token, with the algorithm that its client registered: `RS256` where it registered none.
    pub async fn issue_id_token_at(&self, algorithm: Algorithm, claims: &IdTokenClaims<'_>, now: Timestamp) -> Result<PlainJwt, KeysFault> {
        Ok(self.signing_with_at(algorithm, now).await?.issue_id_token(claims)?)
    }

    /// Signs a logout token, with the algorithm of its client's ID tokens.
    pub async fn issue_logout_token_at(
        &self,
        algorithm: Algorithm,
        claims: &LogoutTokenClaims<'_>,
        now: Timestamp,
    ) -> Result<PlainJwt, KeysFault> {
        Ok(self.signing_with_at(algorithm, now).await?.issue_logout_token(claims)?)
    }

    /// Signs a userinfo answer, with the algorithm that its client registered for them.
    pub async fn issue_userinfo_answer_at(
        &self,
        algorithm: Algorithm,
        claims: &UserinfoAnswerClaims<'_>,
        now: Timestamp,
    ) -> Result<PlainJwt, KeysFault> {
        Ok(self.signing_with_at(algorithm, now).await?.issue_userinfo_answer(claims)?)
    }

    /// Signs an introspection answer, with the algorithm that whoever asks registered for them.
    pub async fn issue_introspection_answer_at(
        &self,
        algorithm: Algorithm,
        claims: &IntrospectionAnswerClaims<'_>,
        now: Timestamp,
    ) -> Result<PlainJwt, KeysFault> {
        Ok(self.signing_with_at(algorithm, now).await?.issue_introspection_answer(claims)?)
    }
}
