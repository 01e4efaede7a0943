//! Where connections come in: a socket that listens, and whether what comes in has to be TLS.

use std::net::TcpListener;

use super::Tls;

/// The entrance of a server.
#[derive(Debug)]
pub struct Door {
    /// Where clients connect.
    pub listener: TcpListener,
    /// `None` serves everything as it is.
    pub tls: Option<Tls>,
}

impl From<TcpListener> for Door {
    /// A plain entrance: `http://` and `ws://`.
    fn from(listener: TcpListener) -> Self {
        Door { listener, tls: None }
    }
}
