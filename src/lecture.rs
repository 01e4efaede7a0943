//! The lecture in the browser: three servers, one stage in front of them.
//!
//! The stage is the only address a browser needs. It serves the pages of the demonstrations, and
//! passes `/lane/NAME/…` on to the backend of that name, byte by byte and through a lane that can be
//! made longer, frozen and cut. So the three backends stand side by side under one origin, one clock
//! and one room code, while each of them is the very server that `serve` runs.

mod assets;
mod crowd;
mod door;
mod experiments;
mod hall;
mod http;
mod lane;
mod passing;
mod poster;
mod recorded;
mod stage;
mod vanish;

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::lane::Lane;
use self::stage::Stage;
use crate::backend::{self, Backend, Door, Stop};
use crate::chat::{Limits, Rooms};
use crate::results::Results;

/// How long a full accept loop rests.
const REST: Duration = Duration::from_millis(50);

/// What a lecture is given.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The language of pages whose reader has not chosen: `de` or `en`; the browser's when `None`.
    pub lang: Option<&'static str>,
    /// What whoever comes from another machine has to know.
    pub room_code: Option<String>,
    /// A folder with built slides, served at `/slides/`.
    pub slides: Option<PathBuf>,
    /// Results to show when a demonstration fails, and over which votes are drawn, by the names of
    /// their files; behind them comes the committed sample.
    pub results: Vec<(String, Results)>,
    /// Phones that may come from one address of another machine.
    pub phones_per_address: usize,
}

/// Runs the three backends and the stage until `stop`.
///
/// # Errors
/// When a backend or the stage cannot begin.
pub fn serve(listener: TcpListener, setup: Setup, stop: &Stop) -> io::Result<()> {
    let servers = backend::ALL.iter().map(|backend| Server::start(*backend));
    let servers = servers.collect::<io::Result<Vec<_>>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("stage")
        .enable_all()
        .build()?;
    listener.set_nonblocking(true)?;
    runtime.block_on(async {
        let mut lanes = Vec::new();
        for server in &servers {
            let begin = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let lane = Lane::new(server.backend.name(), server.backend.wire(), begin.local_addr()?);
            tokio::spawn(Arc::clone(&lane).carry(begin, server.at));
            lanes.push(lane);
        }
        let address = poster::address(setup.room_code.as_deref(), listener.local_addr()?);
        let stage = Arc::new(Stage::new(lanes, setup, address));
        accept(tokio::net::TcpListener::from_std(listener)?, &stage, stop).await;
        stage.end();
        Ok(())
    })
    // The runtime ends here and cuts off whoever is still there; the servers say goodbye below.
}

async fn accept(listener: tokio::net::TcpListener, stage: &Arc<Stage>, stop: &Stop) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = poll_fn(|context| stop.poll(context.waker())) => return,
        };
        match accepted {
            Ok((stream, from)) => {
                // A socket that cannot be set up is a connection that is already gone.
                if stream.set_nodelay(true).is_ok() {
                    tokio::spawn(Arc::clone(stage).attend(stream, from.ip()));
                }
            }
            Err(_) => tokio::time::sleep(REST).await,
        }
    }
}

/// A backend in a thread of its own, stopped when dropped.
struct Server {
    backend: &'static dyn Backend,
    at: SocketAddr,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(backend: &'static dyn Backend) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let at = listener.local_addr()?;
        let stop = Arc::new(Stop::new());
        let told = Arc::clone(&stop);
        // Whoever leaves a lecture has no history to lose: a short goodbye is enough.
        let limits = Limits { drain_deadline: Duration::from_secs(1), ..Limits::default() };
        let thread = thread::Builder::new().name(backend.name().to_owned()).spawn(move || {
            if let Err(error) = backend.serve(Door::from(listener), Rooms::new(limits), &told) {
                eprintln!("warning: the backend {} ended: {error}", backend.name());
            }
        })?;
        Ok(Server { backend, at, stop, thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
