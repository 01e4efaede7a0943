//! What tests need to talk to a server as a stranger would: plain blocking sockets, a WebSocket
//! member and an HTTP member behind one face, and a server in this process. Nothing here uses the
//! load generator, so that a mistake in it cannot hide one in a backend.
//!
//! Every wait has an end after [`PATIENCE`]. That is a bound for failing, never for passing.

mod http;
mod line;
mod member;
mod poll;
mod server;
mod ws;

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use self::http::{Http, Response, is_closed};
pub(crate) use self::line::{Line, greeting, seal, tls, unseal};
pub(crate) use self::member::{Event, Member, Said};
pub(crate) use self::server::{Server, over_tls};
pub(crate) use self::ws::{WsMember, frame, handshake};

/// How long a test waits for something that has to come before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A text as it may stand in a query string.
pub(crate) fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Asks again and again until the answer is there: for what can only be asked, not awaited.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// Waits until as many members of that server have read everything and wait for more.
pub(crate) fn until_waiting(at: SocketAddr, count: u64) {
    until(&format!("{count} members wait"), || {
        let stats = Http::once(at, "GET", "/stats", b"").json();
        (stats["waiting"] == count).then_some(())
    });
}
