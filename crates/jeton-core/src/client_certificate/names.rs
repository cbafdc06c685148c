//! The names in a certificate, by which `tls_client_auth` knows a client (RFC 8705, section 2.1.2). Hostile bytes come in here:
//! what cannot be read has no names. Never says whether the names are true: whoever verified the chain says so.

use super::DistinguishedName;
use crate::limits;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer};

/// The names in a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    subject: Option<DistinguishedName>,
    dns: Vec<String>,
    uris: Vec<String>,
    addresses: Vec<IpAddr>,
    emails: Vec<String>,
}

impl Names {
    /// Reads the names of a certificate in DER; none of one that cannot be read, or that has too many.
    pub fn read(der: &[u8]) -> Self {
        Self::try_read(der).unwrap_or_default()
    }
    fn try_read(der: &[u8]) -> Option<Self> {
        if der.len() > limits::CERTIFICATE_MAX {
            return None;
        }
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut names = Self { subject: DistinguishedName::of(certificate.subject()), ..Self::default() };
        let alternative = certificate.subject_alternative_name().ok()?;
        let alternative = alternative.map_or(&[][..], |extension| extension.value.general_names.as_slice());
        if alternative.len() > limits::CERTIFICATE_NAMES_MAX {
            return None;
        }
        for name in alternative {
            match name {
                GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                GeneralName::URI(uri) => names.uris.push((*uri).to_owned()),
                GeneralName::RFC822Name(email) => names.emails.push((*email).to_owned()),
                GeneralName::IPAddress(bytes) => names.addresses.push(address(bytes)?),
                _ => {}
            }
        }
        Some(names)
    }
    /// Whether the subject is the name that this text writes as RFC 4514 has it.
    pub fn has_subject(&self, text: &str) -> bool {
        self.subject.is_some() && self.subject == DistinguishedName::parse(text)
    }
    /// Whether this host name is among them.
    pub fn has_dns(&self, host: &str) -> bool {
        self.dns.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
    /// Whether this URI is among them, byte for byte.
    pub fn has_uri(&self, uri: &str) -> bool {
        self.uris.iter().any(|name| name == uri)
    }
    /// Whether this address is among them, in whichever spelling.
    pub fn has_address(&self, text: &str) -> bool {
        text.parse().is_ok_and(|address: IpAddr| self.addresses.contains(&address))
    }
    /// Whether this e-mail address is among them, byte for byte.
    pub fn has_email(&self, email: &str) -> bool {
        self.emails.iter().any(|name| name == email)
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| Ipv4Addr::from(bytes).into()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DistinguishedName as Name, DnType, KeyPair, SanType};

    fn certificate() -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = Name::new();
        params.distinguished_name.push(DnType::CountryName, "GB");
        params.distinguished_name.push(DnType::OrganizationName, "Batch, Nightly + Co");
        params.distinguished_name.push(DnType::CommonName, "worker");
        params.subject_alt_names = vec![
            SanType::DnsName("Worker.example.com".try_into().unwrap()),
            SanType::URI("spiffe://example.com/worker".try_into().unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::IpAddress("192.0.2.7".parse().unwrap()),
            SanType::Rfc822Name("worker@example.com".try_into().unwrap()),
        ];
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn each_kind_of_name_is_found() {
        let names = Names::read(&certificate());
        assert!(names.has_subject("CN=worker,O=Batch\\, Nightly \\+ Co,C=GB"));
        assert!(names.has_subject("cn=worker, o=Batch\\2C Nightly \\2B Co, c=GB"));
        assert!(names.has_dns("worker.example.COM"));
        assert!(names.has_uri("spiffe://example.com/worker"));
        assert!(names.has_address("2001:DB8:0::1") && names.has_address("192.0.2.7"));
        assert!(names.has_email("worker@example.com"));
    }

    #[test]
    fn no_other_name_is() {
        let names = Names::read(&certificate());
        for subject in ["CN=worker", "C=GB,O=Batch\\, Nightly \\+ Co,CN=worker", "", "worker", "CN=Worker,O=Batch\\, Nightly \\+ Co,C=GB"] {
            assert!(!names.has_subject(subject), "{subject}");
        }
        for host in ["", "example.com", "*.example.com", "a.worker.example.com", "spiffe://example.com/worker"] {
            assert!(!names.has_dns(host), "{host}");
        }
        for uri in ["", "spiffe://example.com/", "spiffe://EXAMPLE.com/worker", "spiffe://example.com/worker/"] {
            assert!(!names.has_uri(uri), "{uri}");
        }
        for address in ["", "192.0.2.8", "::ffff:192.0.2.7", "2001:db8::2", "192.0.2.7 "] {
            assert!(!names.has_address(address), "{address}");
        }
        assert!(!names.has_email("Worker@example.com") && !names.has_email("example.com"));
    }

    #[test]
    fn bytes_that_are_no_certificate_have_no_names_and_do_no_harm() {
        let whole = certificate();
        assert_ne!(Names::read(&whole), Names::default());
        for end in 0..whole.len() {
            assert_eq!(Names::read(&whole[..end]), Names::default(), "cut at {end}");
        }
        let trailing = [whole.as_slice(), &[0]].concat();
        assert_eq!(Names::read(&trailing), Names::default());
        assert!(!Names::default().has_subject("") && !Names::default().has_subject("CN=a"));
        // Each byte turned over: read or not, never a panic.
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0xff;
            let _names = Names::read(&bent);
        }
    }

    #[test]
    fn too_many_names_are_none() {
        let mut params = CertificateParams::default();
        params.subject_alt_names =
            (0..=limits::CERTIFICATE_NAMES_MAX).map(|at| SanType::DnsName(format!("h{at}.example").try_into().unwrap())).collect();
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        assert!(!Names::read(&der).has_dns("h0.example"));
    }
}
