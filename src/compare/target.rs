//! From the URL a person types to the address a generator connects to, and small questions to the
//! server there.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::backend::Tls;
use crate::load::Trust;

/// How long a server may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a URL asks for TLS.
pub(super) fn is_tls(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| {
        ["https", "wss"].iter().any(|sealed| scheme.eq_ignore_ascii_case(sealed))
    })
}

/// Whom to trust at a URL that asks for TLS.
///
/// # Errors
/// When nobody was named, or somebody although there is no TLS. One line.
pub(super) fn trust(url: &str, whom: &Whom) -> anyhow::Result<Option<Trust>> {
    let (host, _) = host_and_port(url)?;
    match (is_tls(url), whom) {
        (false, Whom::Nobody) => Ok(None),
        (false, _) => bail!("'{url}' is not TLS: write https://, or leave out --ca and --insecure"),
        (true, Whom::File(file)) => Ok(Some(Trust::file(file, &host)?)),
        (true, Whom::Anybody) => Ok(Some(Trust::anybody(&host)?)),
        (true, Whom::Nobody) => bail!(
            "whom should it trust at {url}? --ca FILE names a certificate (serve --tls keeps \
             localhost.crt), --insecure trusts whoever answers"
        ),
    }
}

/// The servers that we start ourselves on this machine, and nobody else.
///
/// # Errors
/// When they would have no certificate. One line.
pub(super) fn ours() -> anyhow::Result<Trust> {
    let tls = Tls::self_signed()?;
    Ok(Trust::only(tls.certificate(), Ipv4Addr::LOCALHOST.into())?)
}

/// Whom a generator is told to trust.
#[derive(Debug, Clone, Default)]
pub enum Whom {
    /// Nobody was named.
    #[default]
    Nobody,
    /// Whoever has a certificate signed by one in this file, or that one itself.
    File(PathBuf),
    /// Whoever answers.
    Anybody,
}

/// The address in a URL such as `http://127.0.0.1:8080` or `ws://localhost:8080/`.
///
/// # Errors
/// When it is not such a URL, or names a host nobody knows. One line.
pub(super) fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let (host, port) = host_and_port(url)?;
    let mut found = (host.as_str(), port)
        .to_socket_addrs()
        .with_context(|| format!("cannot find the host '{host}' of {url}"))?;
    // A server on "localhost" mostly listens on 127.0.0.1 only, even where ::1 comes first.
    let all: Vec<SocketAddr> = found.by_ref().collect();
    let chosen = all.iter().find(|addr| addr.is_ipv4()).or(all.first());
    chosen.copied().with_context(|| format!("the host '{host}' of {url} has no address"))
}

/// Makes sure that the server is what it is said to be: a row with the wrong name would be worse
/// than none. A server that does not tell, because it is somebody else's, is believed.
///
/// # Errors
/// When `/health` says that another backend serves there. One line.
pub(super) fn confirm(addr: SocketAddr, tls: Option<&Trust>, backend: &str) -> anyhow::Result<()> {
    let Some(told) = ask_health(addr, tls) else { return Ok(()) };
    if told != backend {
        bail!("the server at {addr} runs --backend {told}, not {backend}: load it as that");
    }
    Ok(())
}

/// The backend that `/health` names, if it can be asked.
fn ask_health(addr: SocketAddr, tls: Option<&Trust>) -> Option<String> {
    Some(get(addr, tls, "/health")?.get("backend")?.as_str()?.to_owned())
}

/// The JSON that a server has at this path, on a connection of its own; `None` when there is none.
pub(super) fn get(addr: SocketAddr, tls: Option<&Trust>, path: &str) -> Option<serde_json::Value> {
    let stream = connect(addr)?;
    let answer = match tls {
        None => ask(stream, addr, path),
        Some(trust) => ask(trust.over(stream).ok()?, addr, path),
    };
    let answer = String::from_utf8(answer?).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body.trim()).ok()
}

/// What comes back until the other side closes.
fn ask(mut stream: impl Read + Write, addr: SocketAddr, path: &str) -> Option<Vec<u8>> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // An answer is short; whatever is longer is none of ours.
    stream.take(64 * 1024).read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// A connection on which no read lasts longer than a server may take to answer.
pub(super) fn connect(addr: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&addr, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    Some(stream)
}

fn host_and_port(url: &str) -> anyhow::Result<(String, u16)> {
    let Some((scheme, rest)) = url.split_once("://") else {
        bail!("'{url}' is not a URL: write http://HOST:PORT");
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" | "https" | "wss" => {}
        _ => bail!("'{url}' is neither http:// nor ws:// (nor https:// nor wss://)"),
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if !matches!(path, "" | "/") {
        bail!("'{url}' has a path: write it without, the backend decides where its rooms are");
    }
    if authority.contains('@') {
        bail!("'{url}' names a user: the chat knows none");
    }
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, rest.strip_prefix(':').or(Some(""))),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        bail!("'{url}' names no host: write http://HOST:PORT");
    }
    let port = match port.map(str::parse::<u16>) {
        None if is_tls(url) => 443,
        None => 80,
        Some(Ok(port)) if port > 0 => port,
        Some(_) => bail!("'{url}' has no usable port: write a number from 1 to 65535"),
    };
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
            ("ws://127.0.0.1", "127.0.0.1:80"),
            ("HTTP://[::1]:81/", "[::1]:81"),
            ("https://127.0.0.1:8443/", "127.0.0.1:8443"),
            ("WSS://127.0.0.1", "127.0.0.1:443"),
        ] {
            assert_eq!(address(url).unwrap().to_string(), expected, "{url}");
        }
    }

    #[test]
    fn whom_to_trust_is_asked_where_it_matters() {
        let said = |url: &str, whom: &Whom| match trust(url, whom) {
            Ok(trust) => trust.map_or("plain", |_| "trusted").to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said("http://a:1", &Whom::Nobody), "plain");
        assert_eq!(said("wss://a:1", &Whom::Anybody), "trusted");
        assert!(said("https://a:1", &Whom::Nobody).contains("--ca FILE"));
        assert!(said("ws://a:1", &Whom::Anybody).contains("is not TLS"));
        let missing = said("https://a:1", &Whom::File("no/such.crt".into()));
        assert!(missing.starts_with("cannot trust no/such.crt"), "{missing}");
    }

    #[test]
    fn what_cannot_work_is_refused_with_what_would() {
        for (url, said) in [
            ("127.0.0.1:8080", "write http://"),
            ("", "write http://"),
            ("ftp://a", "neither"),
            ("http://a:1/chat", "path"),
            ("http://a:1?x", "path"),
            ("http://u@a:1", "user"),
            ("http://:1", "no host"),
            ("http://a:0", "port"),
            ("http://a:99999", "port"),
            ("http://a:b", "port"),
            ("http://[::1]x", "port"),
        ] {
            let message = address(url).unwrap_err().to_string();
            assert!(message.contains(said) && !message.contains('\n'), "{url}: {message}");
        }
    }
}
