//! How a thread that is blocked in `accept` is woken.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::task::Wake;

use super::socket::LINGER;

/// `accept` blocks and nothing can wake it but a connection: so the one who wants it to stop
/// makes one.
pub(super) struct Doorbell(pub(super) SocketAddr);

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        let mut address = self.0;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        // If nobody answers, nobody is in `accept` either.
        let _ = TcpStream::connect_timeout(&address, LINGER);
    }
}
