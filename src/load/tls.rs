//! TLS for the generator: whom it trusts, and a non-blocking stream that seals and opens.
//!
//! The loop waits for sockets, not for sessions, and everything above it treats a stream as a socket
//! that takes bytes or does not. So what a session has opened and nobody has read is kept here, and
//! whoever has emptied the socket is told so only when that is empty, too.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore};
use rustls::{SignatureScheme, StreamOwned};

use crate::machine::tcp;
use crate::units::KIB;

/// Read from a socket at once: a record and what is around it.
const GULP: usize = 16 * KIB;

/// Whom a generator believes to be the server it is meant to load.
#[derive(Debug, Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// Why nobody can be trusted, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadTrust(String);

impl Trust {
    /// The server at that address with that certificate, and no other.
    ///
    /// # Errors
    /// When it is no certificate.
    pub fn only(certificate: &[u8], server: IpAddr) -> Result<Self, BadTrust> {
        let chain = vec![CertificateDer::from(certificate.to_vec())];
        Self::signed_by(chain, server.into()).map_err(|why| BadTrust(why.to_string()))
    }

    /// Whoever calls itself `host` and is vouched for by a certificate in the PEM file.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn file(file: &Path, host: &str) -> Result<Self, BadTrust> {
        let bad = |why: String| BadTrust(format!("cannot trust {}: {why}", file.display()));
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
        let chain: Vec<_> = read.map_err(|error| bad(error.to_string()))?;
        if chain.is_empty() {
            return Err(bad("it holds no certificate as PEM".to_owned()));
        }
        Self::signed_by(chain, name(host)?).map_err(|error| bad(error.to_string()))
    }

    /// Whoever answers there: for servers on one's own machine.
    ///
    /// # Errors
    /// When `host` is no name.
    pub fn anybody(host: &str) -> Result<Self, BadTrust> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| BadTrust(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider())))
            .with_no_client_auth();
        Ok(Trust { config: Arc::new(fresh(config)), name: name(host)? })
    }

    fn signed_by(
        roots: Vec<CertificateDer<'static>>,
        name: ServerName<'static>,
    ) -> Result<Self, rustls::Error> {
        let mut store = RootCertStore::empty();
        roots.into_iter().try_for_each(|root| store.add(root))?;
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Trust { config: Arc::new(fresh(config)), name })
    }

    /// A blocking session over that connection, for a question beside a run.
    ///
    /// # Errors
    /// When the session cannot begin.
    pub fn over(
        &self,
        stream: std::net::TcpStream,
    ) -> io::Result<StreamOwned<ClientConnection, std::net::TcpStream>> {
        Ok(StreamOwned::new(self.session()?, stream))
    }

    fn session(&self) -> io::Result<ClientConnection> {
        ClientConnection::new(self.config.clone(), self.name.clone()).map_err(io::Error::other)
    }
}

/// Every member is a new client: none takes up the session of another.
fn fresh(mut config: ClientConfig) -> ClientConfig {
    config.resumption = rustls::client::Resumption::disabled();
    config
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn name(host: &str) -> Result<ServerName<'static>, BadTrust> {
    let bad = |_| BadTrust(format!("'{host}' is no name that a certificate could have"));
    ServerName::try_from(host.to_owned()).map_err(bad)
}

/// Believes every certificate, but wants its owner to be there: the key must fit.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection of the generator, plain or TLS.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) stream: TcpStream,
    sealed: Option<Box<Sealed>>,
}

#[derive(Debug)]
struct Sealed {
    session: ClientConnection,
    /// Opened and not read yet, from `read` on.
    opened: Vec<u8>,
    read: usize,
    /// The last read took all that the kernel had.
    is_drained: bool,
    has_ended: bool,
    /// Bytes on the wire, and bytes that were meant, up and down.
    crossed: (u64, u64),
    meant: (u64, u64),
}

impl Lane {
    pub(super) fn connect(to: SocketAddr, trust: Option<&Trust>) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        let sealed = trust.map(Trust::session).transpose()?.map(|session| {
            Box::new(Sealed {
                session,
                opened: Vec::new(),
                read: 0,
                is_drained: false,
                has_ended: false,
                crossed: (0, 0),
                meant: (0, 0),
            })
        });
        Ok(Lane { stream, sealed })
    }

    /// What sealing has cost, up and down.
    pub(super) fn overhead(&self) -> (u64, u64) {
        self.sealed.as_ref().map_or((0, 0), |sealed| {
            let (crossed, meant) = (sealed.crossed, sealed.meant);
            (crossed.0.saturating_sub(meant.0), crossed.1.saturating_sub(meant.1))
        })
    }

    /// Whether nothing is left to be sent or read of what the session holds.
    pub(super) fn is_at_rest(&self) -> bool {
        self.sealed.as_ref().is_none_or(|sealed| {
            let session = &sealed.session;
            sealed.opened.is_empty() && !session.wants_write() && !session.is_handshaking()
        })
    }

    /// Whether a read that brought `count` of at most `most` bytes has emptied the socket, as far as
    /// one can know without asking again.
    pub(super) fn is_emptied_by(&self, count: usize, most: usize) -> bool {
        tcp::SHORT_READ_EMPTIES
            && match &self.sealed {
                None => count < most,
                Some(sealed) => sealed.opened.is_empty() && sealed.is_drained,
            }
    }
}

impl Read for Lane {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(sealed) = &mut self.sealed else { return self.stream.read(buffer) };
        loop {
            if let Some(count) = sealed.take(buffer) {
                return Ok(count);
            }
            sealed.fill(&mut self.stream)?;
        }
    }
}

impl Write for Lane {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(sealed) = &mut self.sealed else { return self.stream.write(bytes) };
        sealed.send(&mut self.stream)?;
        let count = sealed.session.writer().write(bytes)?;
        sealed.meant.0 += count as u64;
        // What the kernel does not take now is sent with the next flush.
        match sealed.send(&mut self.stream) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ if count == 0 && !bytes.is_empty() => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sealed.as_mut().map_or(Ok(()), |sealed| sealed.send(&mut self.stream))
    }
}

impl Sealed {
    fn take(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let waiting = &self.opened[self.read..];
        if waiting.is_empty() {
            return self.has_ended.then_some(0);
        }
        let count = waiting.len().min(buffer.len());
        buffer[..count].copy_from_slice(&waiting[..count]);
        self.read += count;
        self.meant.1 += count as u64;
        if self.read == self.opened.len() {
            self.opened.clear();
            self.read = 0;
        }
        Some(count)
    }

    /// One read of the socket, opened.
    fn fill(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        let mut gulp = [0; GULP];
        let count = stream.read(&mut gulp)?;
        self.crossed.1 += count as u64;
        self.is_drained = count < GULP;
        self.has_ended |= count == 0;
        let outcome = self.open(&gulp[..count]);
        let sent = match self.send(stream) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            other => other,
        };
        outcome.and(sent)
    }

    fn open(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() && !self.has_ended {
            self.session.read_tls(&mut bytes)?;
            let told = self.session.process_new_packets();
            let told = told.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            let before = self.opened.len();
            self.opened.resize(before + told.plaintext_bytes_to_read(), 0);
            self.session.reader().read_exact(&mut self.opened[before..])?;
            self.has_ended |= told.peer_has_closed();
        }
        Ok(())
    }

    /// Sends what is sealed, as far as the kernel takes it.
    fn send(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(stream) {
                Ok(count) => self.crossed.0 += count as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
