//! DPoP proofs, which bring their own key: truly signed by the key of the corpus, or whole as bytes without a line break.

use super::{
    access_token::{self, NOW},
    brought,
};
use jeton_core::jose::{DpopDemand, DpopFault, verify_dpop_at};
use jeton_core::limits;

const DEMAND: DpopDemand<'_> =
    DpopDemand { method: "POST", url: "https://api.example.com/orders", access_token: None, nonces: None, age_max: limits::DPOP_AGE_MAX };

/// What holds is for this request and by the key that it brings; asking for more never makes a refused one pass.
pub fn run(data: &[u8]) {
    let text = brought::sign(data);
    let judged = verify_dpop_at(&text, &DEMAND, NOW);
    let nonce = verify_dpop_at(&text, &DpopDemand { nonces: Some(&["nonce-of-the-corpus"]), ..DEMAND }, NOW);
    let token = verify_dpop_at(&text, &DpopDemand { access_token: Some(b"jtn_oat_token"), ..DEMAND }, NOW);
    let proof = match judged {
        Ok(proof) => proof,
        Err(fault) => {
            assert!(!fault.to_string().is_empty() && nonce.is_err() && token.is_err());
            return;
        }
    };
    let said = brought::claims(data);
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    assert_eq!(proof.thumbprint(), access_token::key().0.public().thumbprint_bytes(), "nobody else signs here");
    assert!(said["htm"] == "POST" && said["jti"] == proof.id(), "{said}");
    assert!(!proof.id().is_empty() && proof.id().len() <= limits::JTI_MAX);
    let header: serde_json::Value = serde_json::from_slice(line).expect("a header that holds is JSON");
    assert!(header["jwk"].get("d").is_none() && header.get("jku").is_none(), "{header}");
    assert_eq!(nonce.is_ok(), proof.nonce() == Some("nonce-of-the-corpus"));
    assert!(nonce.is_ok() || nonce.err() == Some(DpopFault::Nonce));
    assert!(token.is_err() || said["ath"].as_str().is_some_and(|hash| hash.len() == 43));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without such a one in the corpus, nothing behind a refusal would be tried.
    #[test]
    fn the_corpus_holds_one_that_verifies() {
        let proof = brought::sign(include_bytes!("../corpus/dpop/04"));
        let asked = DpopDemand { access_token: Some(b"jtn_oat_token"), nonces: Some(&["nonce-of-the-corpus"]), ..DEMAND };
        assert!(verify_dpop_at(&proof, &asked, NOW).is_ok());
    }
}
