//! A server on a thread of its own that ends with its bench.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use duplex_lab::backend::{Backend, Stop};
use duplex_lab::chat::{Limits, Rooms};
use duplex_lab::machine::{self, Split};

/// A running server. Dropping it stops it; its clients should be dropped before, or it waits for
/// them as long as its limits say.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Starts a chat server with the default limits, except that it never pings, for the clients
    /// here read only what they wait for, and that a speaker may go as fast as the bench can.
    pub(crate) fn chat(backend: &'static dyn Backend) -> Self {
        let hour = Duration::from_secs(3600);
        let rooms = Rooms::new(Limits { ping_interval: hour, say_rate: 0, ..Limits::default() });
        Self::start(move |listener, stop| backend.serve(listener.into(), rooms, stop))
    }

    /// Starts whatever serves the listener until it is told to stop.
    pub(crate) fn start(
        serve: impl FnOnce(TcpListener, &Stop) -> io::Result<()> + Send + 'static,
    ) -> Self {
        // When it is refused and too low, connecting will fail and say so.
        let _ = machine::raise_open_file_limit();
        // Server here, client there, as in a comparison: where both may run anywhere, the scheduler
        // decides from row to row whether a wake-up crosses from one processor to another, and that
        // is worth more than any difference between backends.
        // Asked once: a pinned thread would be told of its own CPUs only.
        static CPUS: OnceLock<Split> = OnceLock::new();
        let cpus = CPUS.get_or_init(Split::of_this_machine);
        if cpus.is_pinned() {
            // It worked a moment ago; if it does not now, the row is noisier and still right.
            let _ = machine::pin_this_thread(&cpus.generator);
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let stop = Arc::new(Stop::new());
        let body = {
            let stop = Arc::clone(&stop);
            move || {
                if cpus.is_pinned() {
                    let _ = machine::pin_this_thread(&cpus.server);
                }
                serve(listener, &stop)
            }
        };
        let thread = thread::Builder::new().name("server".to_owned()).spawn(body);
        Server { address, stop, thread: Some(thread.expect("one more thread can be had")) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        if thread::panicking() {
            // The bench has failed and says so; waiting for a broken server could last forever.
            return;
        }
        let ended = self.thread.take().map(JoinHandle::join);
        match ended {
            Some(Ok(Ok(()))) | None => {}
            Some(Ok(Err(error))) => panic!("the server could not serve: {error}"),
            Some(Err(_)) => panic!("the server panicked"),
        }
    }
}
