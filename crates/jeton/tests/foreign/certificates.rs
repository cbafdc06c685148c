//! An authority for certificates and one certificate of it for `localhost`, as files in a folder. Gone with the folder.

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::path::{Path, PathBuf};

/// The names of the files in the folder: the authority's certificate, the server's with its key.
pub(super) const FILES: [&str; 3] = ["ca.pem", "certificate.pem", "key.pem"];

/// Writes everything and gives the file of the authority's certificate.
pub(super) fn write(folder: &Path) -> PathBuf {
    let root_key = KeyPair::generate().expect("a key");
    let mut root = CertificateParams::default();
    root.distinguished_name.push(rcgen::DnType::CommonName, "Jeton's tests");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = root.self_signed(&root_key).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
    leaf.use_authority_key_identifier_extension = true;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = leaf.signed_by(&key, &Issuer::new(root, root_key)).expect("a certificate");
    for (name, text) in FILES.into_iter().zip([authority.pem(), certificate.pem(), key.serialize_pem()]) {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    folder.join(FILES[0])
}
