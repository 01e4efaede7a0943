//! Servers as processes: how they end, whom they miss, and what they do when the machine has no
//! more to give. For every backend in the registry.

mod handles;
mod panics;
mod signals;
mod vanish;

use std::net::SocketAddr;

use crate::cli::address;
use crate::cli::running::Running;
use crate::support::{Http, until};

/// A server with these flags, and where it listens.
fn serve(backend: &str, flags: &[&str]) -> (Running, SocketAddr) {
    let arguments = [&["serve", "--backend", backend, "--listen", "127.0.0.1:0"], flags].concat();
    let mut server = Running::start(&arguments, "lifecycle");
    let at = address(&server.line(), backend);
    (server, at)
}

/// Connections that are open now, without the one that asks.
fn connections(at: SocketAddr) -> u64 {
    let stats = Http::once(at, "GET", "/stats", b"").json();
    stats["connections"].as_u64().expect("/stats counts connections") - 1
}

/// Waits until as many are connected as that says.
fn until_connections(at: SocketAddr, what: &str, fits: impl Fn(u64) -> bool) {
    until(what, || fits(connections(at)).then_some(()));
}
