//! Ports on loopback: the well-known ones where they are free, others where they are taken.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

/// An address on loopback, and whether it is another than was wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The address.
    pub(super) address: SocketAddr,
    /// Whether the wished-for port was taken.
    pub(super) moved: bool,
}

/// Addresses at the wished-for ports, or at free ones. All are held until all are found, so that no two are the same.
pub(super) fn find<const N: usize>(wished: [u16; N]) -> io::Result<[Place; N]> {
    let mut held = Vec::with_capacity(N);
    let mut places = [Place { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), moved: false }; N];
    for (place, port) in places.iter_mut().zip(wished) {
        let (listener, moved) = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => (listener, false),
            Err(_) => (TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, true),
        };
        *place = Place { address: listener.local_addr()?, moved };
        held.push(listener);
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("its address").port();
        let [one, other] = find([port, 0]).expect("two ports");
        assert!(one.moved && one.address.port() != port);
        assert_ne!(one.address, other.address);
    }
}
