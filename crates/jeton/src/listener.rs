//! Accepts connections, ends TLS, bounds how many there are, and stops gracefully. Never looks into a request.

mod answer_body;
mod shown;

pub use answer_body::AnswerBody;

use crate::tls::{Certificate, ClientAuthorities, TlsFault};
use http::{Request, Response};
use hyper::body::Incoming;
use jeton_core::client_certificate::ClientCertificate;
use jeton_gate::connection::{ConnectionLimits, Peer, serve_connection};
use rustls_pki_types::CertificateDer;
use shown::WithCertificate;
use std::{
    convert::Infallible,
    net::SocketAddr,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Connections that are open at once; more wait in the system's queue.
const CONNECTIONS: usize = 16_384;
/// Connections that wait to be taken, as far as the system lets so many (`net.core.somaxconn`): of a crowd that comes at once none is
/// dropped.
const QUEUE: u32 = 4_096;
/// Time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Rest after the system refused a connection (too many open files, mostly), so that the loop does not spin.
const AFTER_REFUSAL: Duration = Duration::from_millis(50);

/// A bound address that is served by [`Listener::serve`].
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    authorities: Option<Arc<ClientAuthorities>>,
    limits: ConnectionLimits,
}

impl Listener {
    /// Binds `address`; with a certificate every connection must be TLS.
    pub fn bind(address: SocketAddr, certificate: Option<&Arc<Certificate>>) -> Result<Self, ListenFault> {
        Reserved::bind(address)?.listen(certificate)
    }

    /// The same with a socket that listens there already, where one was handed on; one that listens elsewhere is let go.
    pub fn take(
        handed_on: Option<std::net::TcpListener>,
        address: SocketAddr,
        certificate: Option<&Arc<Certificate>>,
    ) -> Result<Self, ListenFault> {
        Reserved::take(handed_on, address)?.listen(certificate)
    }

    /// The socket, to be handed on to the program that comes next.
    pub fn socket(&self) -> std::io::Result<OwnedFd> {
        self.socket.as_fd().try_clone_to_owned()
    }

    fn over(socket: TcpListener, certificate: Option<&Arc<Certificate>>) -> Result<Self, ListenFault> {
        let tls = certificate.map(|certificate| certificate.server_config().map(TlsAcceptor::from)).transpose()?;
        let authorities = certificate.and_then(|certificate| certificate.client_authorities());
        Ok(Self { socket, tls, authorities, limits: ConnectionLimits::default() })
    }

    /// The address that was bound: of use where port 0 was asked for.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop`; then takes no more connections, finishes what is under way, and returns.
    pub async fn serve<S>(self, service: S, stop: CancellationToken)
    where
        S: tower::Service<Request<Incoming>, Response = Response<AnswerBody>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let connections = TaskTracker::new();
        while let Some((stream, peer, place)) = self.accept(&places, &stop).await {
            let connection =
                Connection { tls: self.tls.clone(), authorities: self.authorities.clone(), limits: self.limits, stop: stop.clone(), place };
            connections.spawn(connection.run(stream, peer, service.clone()));
        }
        drop(self.socket);
        connections.close();
        connections.wait().await;
    }

    /// The next connection; `None` once it is time to stop.
    async fn accept(&self, places: &Arc<Semaphore>, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        loop {
            let place = stop.run_until_cancelled(places.clone().acquire_owned()).await?.ok()?;
            match stop.run_until_cancelled(self.socket.accept()).await? {
                Ok((stream, peer)) => return Some((stream, peer, place)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
            }
        }
    }
}

/// An address at which nobody is answered yet: that somebody else listens there is known before it is time to.
pub struct Reserved {
    socket: ReservedSocket,
    address: SocketAddr,
}

enum ReservedSocket {
    /// Bound by this process.
    Bound(TcpSocket),
    /// Handed on, and listened at all along.
    HandedOn(std::net::TcpListener),
}

impl Reserved {
    /// Takes up the socket that was handed on, where it listens there, or binds the address.
    pub fn take(handed_on: Option<std::net::TcpListener>, address: SocketAddr) -> Result<Self, ListenFault> {
        match handed_on {
            Some(socket) if socket.local_addr().map_err(|why| ListenFault::Bind { address, why })? == address => {
                Ok(Self { socket: ReservedSocket::HandedOn(socket), address })
            }
            Some(_) => {
                tracing::warn!(%address, "the socket that was handed on listens elsewhere");
                Self::bind(address)
            }
            None => Self::bind(address),
        }
    }
    /// An old connection to the address may still linger.
    fn bind(address: SocketAddr) -> Result<Self, ListenFault> {
        let bound = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        };
        let socket = bound().map_err(|why| ListenFault::Bind { address, why })?;
        Ok(Self { socket: ReservedSocket::Bound(socket), address })
    }
    /// Opens it, with a longer queue than the runtime's own.
    pub fn listen(self, certificate: Option<&Arc<Certificate>>) -> Result<Listener, ListenFault> {
        let address = self.address;
        let socket = match self.socket {
            ReservedSocket::Bound(socket) => socket.listen(QUEUE),
            ReservedSocket::HandedOn(socket) => TcpListener::from_std(socket),
        };
        Listener::over(socket.map_err(|why| ListenFault::Bind { address, why })?, certificate)
    }
}

/// One connection with its place among all.
struct Connection {
    tls: Option<TlsAcceptor>,
    authorities: Option<Arc<ClientAuthorities>>,
    limits: ConnectionLimits,
    stop: CancellationToken,
    place: OwnedSemaphorePermit,
}

impl Connection {
    async fn run<S>(self, stream: TcpStream, address: SocketAddr, service: S)
    where
        S: tower::Service<Request<Incoming>, Response = Response<AnswerBody>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        let Self { tls, authorities, limits, stop, place } = self;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection could not be set up");
        }
        let secure = tls.is_some();
        let peer = Peer { address, secure, certificate: None };
        let ended = match tls {
            None => serve_connection(stream, peer, service, limits, stop.cancelled_owned()).await,
            Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| shown(chain, authorities.as_deref()));
                    let peer = Peer { certificate: certificate.as_ref().map(|certificate| certificate.thumbprint), ..peer };
                    let service = WithCertificate { inner: service, certificate };
                    serve_connection(stream, peer, service, limits, stop.cancelled_owned()).await
                }
                Ok(Err(error)) => Err(error.into()),
                Err(_) => Err("the TLS handshake took too long".into()),
            },
        };
        if let Err(error) = ended {
            tracing::trace!(%error, "a connection ended early");
        }
        drop(place);
    }
}

/// The certificate of a chain that a client showed, and whether its names can be believed.
fn shown(chain: &[CertificateDer<'_>], authorities: Option<&ClientAuthorities>) -> Option<Arc<ClientCertificate>> {
    let leaf = chain.first()?;
    let verified = authorities.is_some_and(|authorities| authorities.vouch_for(chain));
    Some(Arc::new(ClientCertificate::read(leaf, verified)))
}

/// Why an address cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ListenFault {
    /// The address cannot be bound.
    #[error("`{address}` cannot be listened on: {why}")]
    Bind {
        /// Which address.
        address: SocketAddr,
        /// Why.
        why: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsFault),
}
