//! The connection of a test client, plain or TLS, as the server at its other end wants it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use duplex_lab::backend::Tls;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::PATIENCE;

/// A connection.
#[derive(Debug)]
pub(crate) enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// The servers that speak TLS, and whom their clients trust.
static SEALED: LazyLock<Mutex<HashMap<SocketAddr, Arc<ClientConfig>>>> =
    LazyLock::new(Mutex::default);

/// What servers of this process prove themselves with.
pub(crate) fn tls() -> Tls {
    static MADE: LazyLock<Tls> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Tls::kept_in(folder.path()).expect("a certificate")
    });
    MADE.clone()
}

/// From now on clients who connect there speak TLS and trust this server and no other.
pub(crate) fn seal(at: SocketAddr, tls: &Tls) {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from(tls.certificate().to_vec());
    roots.add(certificate).expect("a certificate that can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    sealed().insert(at, Arc::new(config));
}

/// From now on clients who connect there speak plainly.
pub(crate) fn unseal(at: SocketAddr) {
    sealed().remove(&at);
}

/// What a client sends first to a server that speaks TLS.
pub(crate) fn greeting(at: SocketAddr) -> Vec<u8> {
    let config = sealed().get(&at).cloned().expect("this server speaks TLS");
    let name = ServerName::from(at.ip());
    let mut client = ClientConnection::new(config, name).expect("a session");
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).expect("memory takes everything");
    bytes
}

fn sealed() -> std::sync::MutexGuard<'static, HashMap<SocketAddr, Arc<ClientConfig>>> {
    SEALED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    pub(crate) fn connect(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let Some(config) = sealed().get(&to).cloned() else { return Ok(Line::Plain(stream)) };
        let name = ServerName::from(to.ip());
        let client = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(Line::Tls(Box::new(StreamOwned::new(client, stream))))
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Line::Plain(stream) => stream,
            Line::Tls(stream) => &stream.sock,
        }
    }

    /// Says that nothing more will be sent.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if let Line::Tls(stream) = self {
            // A goodbye before the greeting would be nonsense.
            stream.flush()?;
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.socket().shutdown(Shutdown::Write)
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Line::Plain(stream) => stream.read(buffer),
            Line::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Line::Plain(stream) => stream.write(bytes),
            Line::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Line::Plain(stream) => stream.flush(),
            Line::Tls(stream) => stream.flush(),
        }
    }
}
