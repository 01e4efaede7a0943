//! `duplex serve`: its first line, its end, and the port somebody else has.

use std::net::{SocketAddr, TcpListener};

use duplex_lab::backend::ALL;

use super::{Running, duplex, refusal};
use crate::support::Http;

/// The address in the first line, after checking the rest of it.
pub(crate) fn address(line: &str, backend: &str) -> SocketAddr {
    line.strip_prefix("listening on http://")
        .and_then(|rest| rest.strip_suffix(&format!("/ (backend {backend})\n")))
        .and_then(|address| address.parse().ok())
        .unwrap_or_else(|| panic!("not the first line scripts rely on: {line:?}"))
}

#[cfg(unix)]
#[test]
fn serve_says_where_it_listens_first_and_ends_well_on_a_signal() {
    for (backend, signal) in ALL.iter().flat_map(|b| [(b.name(), "TERM"), (b.name(), "INT")]) {
        let arguments = ["serve", "--backend", backend, "--listen", "127.0.0.1:0"];
        let mut server = Running::start(&arguments, "serve");
        let at = address(&server.line(), backend);
        let answer = Http::once(at, "GET", "/health", b"");
        assert_eq!(answer.status, 200, "{backend} accepts once it has said so");
        server.signal(signal);
        let output = server.ended();
        assert_eq!(output.status.code(), Some(0), "{backend} on SIG{signal}: {output:?}");
        assert_eq!(super::text(&output.stdout), "", "{backend}: stdout is for results");
    }
}

#[test]
fn a_port_in_use_is_refused_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("a bound socket has an address").to_string();
    for backend in ALL {
        let output = duplex(&["serve", "--backend", backend.name(), "--listen", &address]);
        refusal("a port in use", &output, &[1, 2], &[&address, "--listen"]);
    }
}

#[test]
fn load_against_nobody_is_a_failed_run_that_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/", closed.local_addr().expect("a bound socket has an address"));
    drop(closed);
    let arguments = ["load", "--url", &url, "--backend", "async", "--scenario", "ping"];
    let output = duplex(&arguments);
    let said = super::text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let reasons: Vec<&str> = said.lines().filter(|line| line.contains("refused")).collect();
    assert_eq!(reasons.len(), 1, "{said}");
    assert!(!said.contains("panicked"), "{said}");
}
