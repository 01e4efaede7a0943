//! What experiments work on: a server in a thread of this process, and threads that always end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crate::backend::{Backend, Stop};
use crate::chat::{Limits, Rooms};

/// A running server. Dropping it stops it.
pub(super) struct Server {
    addr: SocketAddr,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Starts a backend on a free port of this machine, with the limits everybody gets.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn start(backend: &'static dyn Backend) -> io::Result<Self> {
        Self::start_with(backend, Limits::default())
    }

    /// Starts a backend on a free port of this machine, with limits of its own.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn start_with(backend: &'static dyn Backend, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let addr = listener.local_addr()?;
        let stop = Arc::new(Stop::new());
        let heard = Arc::clone(&stop);
        let serve = move || backend.serve(listener.into(), Rooms::new(limits), &heard);
        let thread = Some(Builder::new().name(backend.name().to_owned()).spawn(serve)?);
        Ok(Server { addr, stop, thread })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            // What it failed at was seen by whoever talked to it.
            drop(thread.join());
        }
    }
}
