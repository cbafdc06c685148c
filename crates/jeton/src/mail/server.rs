//! The mail server: TLS is demanded of all but those on this machine, and an address that cannot be used is told when the program starts.

use super::Letter;
use crate::config::MailConfig;
use jeton_core::limits;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use std::time::Duration;
use url::{Host, Url};

/// Why mail cannot be configured as it is, or a message not be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The configuration.
    #[error("{0}")]
    Setting(String),
    /// The address of whom it is for.
    #[error("the address cannot be written to")]
    Address,
    /// The server refused, or does not answer.
    #[error("the mail server: {0}")]
    Server(#[from] lettre::transport::smtp::Error),
}

/// A mail server.
#[derive(Clone)]
pub struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

fn setting(words: impl Into<String>) -> MailFault {
    MailFault::Setting(words.into())
}

impl Server {
    /// The configured one, where one is. Nothing is connected to.
    pub fn of(config: &MailConfig) -> Result<Option<Self>, MailFault> {
        let Some(url) = &config.url else {
            return match &config.from {
                Some(_) => Err(setting("`mail.from` needs `mail.url`: the mail server")),
                None => Ok(None),
            };
        };
        let from = config.from.as_deref().ok_or_else(|| setting("`mail.url` needs `mail.from`: who writes"))?;
        let from = from.parse().map_err(|_| setting("`mail.from` must be an address such as `Jeton <jeton@example.com>`"))?;
        Ok(Some(Self { transport: transport(url)?, from }))
    }
    /// Sends a letter.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        let to = letter.to.parse().map_err(|_| MailFault::Address)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.as_str().to_owned())
            .map_err(|_| MailFault::Address)?;
        self.transport.send(message).await?;
        Ok(())
    }
}

fn transport(text: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailFault> {
    let form = "`mail.url` must be `smtps://host`, or `smtp://host`, with a port, a user and a password where they are needed";
    let url = Url::parse(text).map_err(|_| setting(form))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| setting(form))?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(setting(form));
    }
    let parameters = || TlsParameters::new(bare.clone()).map_err(|_| setting(form));
    let (tls, port) = match url.scheme() {
        "smtps" => (Tls::Wrapper(parameters()?), 465),
        "smtp" if is_this_machine(&url) => (Tls::None, 25),
        "smtp" => (Tls::Required(parameters()?), 587),
        _ => return Err(setting(form)),
    };
    let time = Duration::from(limits::MAIL_TIME);
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(bare.clone());
    let builder = builder.port(url.port().unwrap_or(port)).tls(tls).timeout(Some(time));
    let plain = |text: &str| percent_decoded(text).ok_or_else(|| setting(form));
    Ok(match url.password() {
        Some(password) => builder.credentials(Credentials::new(plain(url.username())?, plain(password)?)).build(),
        None => builder.build(),
    })
}

fn is_this_machine(url: &Url) -> bool {
    // The scheme is not one of the web's, so the host is a text here.
    match url.host_str().map(Host::parse) {
        Some(Ok(Host::Ipv4(own))) => own.is_loopback(),
        Some(Ok(Host::Ipv6(own))) => own.is_loopback(),
        Some(Ok(Host::Domain(own))) => own == "localhost",
        _ => false,
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server(redacted, from {})", self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_by_its_address() {
        let of = |url: &str, from: Option<&str>| {
            let config = MailConfig { url: Some(url.to_owned()).filter(|url| !url.is_empty()), from: from.map(str::to_owned) };
            Server::of(&config).map(|server| server.is_some()).map_err(|fault| fault.to_string())
        };
        let from = Some("Jeton <jeton@example.com>");
        for good in ["smtps://mail.example.com", "smtp://u%40x:p%2Bw@mail.example.com:2525", "smtp://127.0.0.1:1025", "smtp://[::1]:25"] {
            assert_eq!(of(good, from), Ok(true), "{good}");
        }
        assert_eq!(of("", None), Ok(false));
        for (url, from, part) in [
            ("smtp://mail.example.com", None, "`mail.from`"),
            ("smtp://mail.example.com", Some("nobody"), "`mail.from`"),
            ("", from, "`mail.url`"),
            ("http://mail.example.com", from, "`mail.url`"),
            ("smtp:mail.example.com", from, "`mail.url`"),
            ("smtp://mail.example.com/path", from, "`mail.url`"),
        ] {
            let fault = of(url, from).expect_err(url);
            assert!(fault.contains(part), "{url}: {fault}");
        }
        let config = MailConfig { url: Some("smtp://user:hunter2@mail.example.com".to_owned()), from: None };
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
