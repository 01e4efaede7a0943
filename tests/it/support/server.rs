//! A backend running in this process on a port of the system's choice, stopped when dropped.

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread;

use duplex_lab::backend::{Backend, Door, Stop};
use duplex_lab::chat::{Limits, Rooms};
use duplex_lab::message::Wire;

use super::{Http, Member, PATIENCE, seal, tls, unseal};

thread_local! {
    /// Whether servers that this thread starts speak TLS.
    static OVER_TLS: Cell<bool> = const { Cell::new(false) };
}

/// Servers that `body` starts speak TLS, and clients know it from their address.
pub(crate) fn over_tls<T>(body: impl FnOnce() -> T) -> T {
    OVER_TLS.set(true);
    let outcome = body();
    OVER_TLS.set(false);
    outcome
}

/// A running backend.
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    pub(crate) wire: Wire,
    stop: Arc<Stop>,
    done: mpsc::Receiver<io::Result<()>>,
    finished: bool,
}

impl Server {
    /// Starts the backend with these limits.
    pub(crate) fn start(backend: &'static dyn Backend, limits: Limits) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let at = listener.local_addr().expect("a bound socket has an address");
        let tls = OVER_TLS.get().then(tls);
        if let Some(tls) = &tls {
            seal(at, tls);
        }
        let stop = Arc::new(Stop::new());
        let (tell, done) = mpsc::channel();
        let seen = Arc::clone(&stop);
        thread::Builder::new()
            .name(format!("server {}", backend.name()))
            .spawn(move || {
                let ended = backend.serve(Door { listener, tls }, Rooms::new(limits), &seen);
                // Nobody listens any more when the test has failed already.
                let _ = tell.send(ended);
            })
            .expect("a thread can be had");
        Server { at, wire: backend.wire(), stop, done, finished: false }
    }

    /// Somebody who joins at the head.
    pub(crate) fn join(&self, room: &str, name: &str) -> Member {
        Member::join(self.at, self.wire, room, name)
    }

    /// Somebody who comes back.
    pub(crate) fn resume(&self, room: &str, since: u64, epoch: Option<&str>) -> Member {
        Member::resume(self.at, self.wire, room, "again", Some(since), epoch)
    }

    /// Asks it to stop and goes on.
    pub(crate) fn stop(&self) {
        self.stop.stop();
    }

    /// Waits for the end after [`Server::stop`] and says how it was.
    pub(crate) fn ended(&mut self) -> io::Result<()> {
        self.finished = true;
        unseal(self.at);
        self.done.recv_timeout(PATIENCE).expect("serve() returns in time after stop()")
    }

    /// That it is alive, whatever was done to it.
    pub(crate) fn goes_on(&self) {
        let answer = Http::once(self.at, "GET", "/health", b"");
        assert_eq!(answer.status, 200, "the server does not go on: {answer:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Another process may have the port next.
        unseal(self.at);
        self.stop.stop();
        if !self.finished {
            let ended = self.done.recv_timeout(PATIENCE);
            // A second panic while a test is failing would hide the first.
            assert!(
                thread::panicking() || matches!(ended, Ok(Ok(()))),
                "the server did not stop well: {ended:?}"
            );
        }
    }
}
