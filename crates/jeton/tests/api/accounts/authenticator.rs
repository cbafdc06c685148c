//! An authenticator in software: makes keys and signs as WebAuthn has it, honestly or not.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// One key of it.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    credential: Vec<u8>,
    handle: String,
    counter: u32,
    /// Where it believes to be.
    pub(crate) origin: String,
    /// Whether it knew its owner.
    pub(crate) verifies: bool,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A CBOR byte string.
fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(0x58);
    out.push(u8::try_from(bytes.len()).expect("short"));
    out.extend_from_slice(bytes);
}

impl Authenticator {
    pub(crate) fn new(origin: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let credential = rand::random::<[u8; 32]>().to_vec();
        Self { key, credential, handle: String::new(), counter: 0, origin: origin.to_owned(), verifies: true }
    }
    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false}).to_string().into_bytes()
    }
    fn data(&mut self, rp: &str, attested: Option<&[u8]>) -> Vec<u8> {
        self.counter += 1;
        let flags = 0x01 | if self.verifies { 0x04 } else { 0 } | if attested.is_some() { 0x40 } else { 0 };
        let mut data = sha256(rp.as_bytes());
        data.push(flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data.extend_from_slice(attested.unwrap_or_default());
        data
    }
    /// Registers: the answer to the options of a page.
    pub(crate) fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        let own = &options["publicKey"];
        self.handle = own["user"]["id"].as_str().expect("a handle").to_owned();
        assert_eq!(own["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(own["authenticatorSelection"]["userVerification"], "required");
        let point = self.key.public_key().as_ref();
        let mut attested = vec![0; 16];
        attested.extend_from_slice(&u16::try_from(self.credential.len()).expect("short").to_be_bytes());
        attested.extend_from_slice(&self.credential);
        attested.extend_from_slice(&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
        bytes(&mut attested, &point[1..33]);
        attested.push(0x22);
        bytes(&mut attested, &point[33..65]);
        let data = self.data(own["rp"]["id"].as_str().expect("an id"), Some(&attested));
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec();
        object.extend_from_slice(&[0x58, u8::try_from(data.len()).expect("short")]);
        object.extend_from_slice(&data);
        let client = self.client_data("webauthn.create", &own["challenge"]);
        let response = json!({"attestationObject": encoded(&object), "clientDataJSON": encoded(&client)});
        self.whole(response)
    }
    /// Signs in: the answer to the options of a page.
    pub(crate) fn sign(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        let own = &options["publicKey"];
        let data = self.data(own["rpId"].as_str().expect("an id"), None);
        let client = self.client_data("webauthn.get", &own["challenge"]);
        let signed = [data.as_slice(), &sha256(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signed");
        let response = json!({
            "authenticatorData": encoded(&data), "clientDataJSON": encoded(&client), "signature": encoded(signature.as_ref()),
            "userHandle": self.handle,
        });
        self.whole(response)
    }
    /// Begins to count anew, as a copy of it would.
    pub(crate) fn go_back(&mut self) {
        self.counter = 0;
    }
    fn whole(&self, response: Value) -> String {
        let id = encoded(&self.credential);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {}}).to_string()
    }
}
