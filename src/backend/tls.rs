//! TLS for all three backends: one configuration, so that they differ in how they wait and in
//! nothing else. How a stream of records is read and written is each backend's own matter
//! (`blocking/tls.rs`, `stream.rs`).
//!
//! TLS 1.3 and 1.2 by rustls, whose safe defaults say which ciphers; cryptography by *ring*.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

mod kept;

use super::route::Answer;

/// The first byte of every TLS connection: a record that carries a handshake (RFC 8446 §5.1).
pub(super) const HANDSHAKE_RECORD: u8 = 0x16;

/// What a server needs to speak TLS: who it is, and how it proves that.
#[derive(Debug, Clone)]
pub struct Tls {
    pub(super) config: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
}

/// Why there is no TLS, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadTls(String);

impl Tls {
    /// With a certificate chain and its private key, both as PEM.
    ///
    /// # Errors
    /// When a file cannot be read, holds something else, or the key is another certificate's.
    pub fn from_files(cert: &Path, key: &Path) -> Result<Self, BadTls> {
        let chain = chain_in(cert)?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| {
            BadTls(format!("{} holds no private key as PEM: {error}", key.display()))
        })?;
        Self::new(chain, secret).map_err(|error| {
            let (cert, key) = (cert.display(), key.display());
            BadTls(format!("{cert} and {key} do not belong together: {error}"))
        })
    }

    /// With a certificate for `localhost`, 127.0.0.1 and ::1 that nobody but us has signed. It is
    /// made when it is first needed, kept where a user's programs keep their data, and used until
    /// it expires, so that a browser has to be told only once to trust it.
    ///
    /// # Errors
    /// When there is no place to keep it.
    pub fn self_signed() -> Result<Self, BadTls> {
        Self::kept_in(&kept::folder()?)
    }

    /// [`Tls::self_signed`], kept in that folder.
    ///
    /// # Errors
    /// When the folder cannot be made, read or written.
    pub fn kept_in(folder: &Path) -> Result<Self, BadTls> {
        kept::load_or_make(folder)
    }

    /// The server's certificate: a client that trusts this one trusts exactly this server.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, rustls::Error> {
        let certificate = chain.first().cloned().ok_or(rustls::Error::NoCertificatesPresented)?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        // A client that could also speak HTTP/2 is told at once that nobody here does.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls { config: Arc::new(config), certificate })
    }
}

/// Who computes: chosen here and not by a default that another crate could change.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificates in a PEM file, the server's own first.
fn chain_in(file: &Path) -> Result<Vec<CertificateDer<'static>>, BadTls> {
    let read = || CertificateDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>();
    let bad =
        |why: String| BadTls(format!("{} holds no certificate as PEM: {why}", file.display()));
    let chain: Vec<_> =
        read().map_err(|error: rustls::pki_types::pem::Error| bad(error.to_string()))?;
    if chain.is_empty() { Err(bad("it has no such section".to_owned())) } else { Ok(chain) }
}

/// What somebody hears who speaks plain HTTP to a port that speaks TLS.
pub(super) fn plain_refused() -> Vec<u8> {
    let why = "this port speaks TLS: use https:// or wss://";
    Answer::refuse(http::StatusCode::BAD_REQUEST, "tls-required", why).to_http1(false, true)
}
