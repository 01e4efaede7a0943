//! An echo whose handlers sometimes block, in three ways of waiting.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How long a handler blocks.
pub(super) const BLOCK: Duration = Duration::from_millis(10);
/// Workers that the tasks share.
const WORKERS: usize = 2;
/// Enough for a handler.
const STACK: usize = 64 * 1024;

/// How the server waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// A task each, and what blocks blocks its worker.
    Tasks,
    /// A task each, and what blocks runs on a thread beside the workers.
    Aside,
    /// A thread each.
    Threads,
}

/// A running echo. Connections end with their clients.
pub(super) struct Server {
    addr: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn start(waiting: Waiting) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let addr = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        if waiting == Waiting::Threads {
            let told = Arc::clone(&ended);
            Builder::new().spawn(move || accept(&listener, &told))?;
            return Ok(Server { addr, runtime: None, ended });
        }
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(WORKERS).enable_all().build()?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, waiting));
            }
        });
        Ok(Server { addr, runtime: Some(runtime), ended })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        match self.runtime.take() {
            Some(runtime) => runtime.shutdown_background(),
            // Wakes whoever accepts, so that it sees the flag.
            None => drop(TcpStream::connect(self.addr)),
        }
    }
}

/// One client as a task.
async fn serve(mut stream: tokio::net::TcpStream, waiting: Waiting) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let request = stream.read_u8().await?;
        match (request, waiting) {
            (0, _) => {}
            (_, Waiting::Aside) => {
                tokio::task::spawn_blocking(|| thread::sleep(BLOCK)).await?;
            }
            // Here it is, the call that must not stand in a task.
            _ => thread::sleep(BLOCK),
        }
        stream.write_all(&[request]).await?;
    }
}

/// One thread for each client, until the server is dropped.
fn accept(listener: &TcpListener, ended: &AtomicBool) {
    while let Ok((mut stream, _)) = listener.accept() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let client = move || -> io::Result<()> {
            stream.set_nodelay(true)?;
            let mut request = [0];
            loop {
                stream.read_exact(&mut request)?;
                if request[0] != 0 {
                    thread::sleep(BLOCK);
                }
                stream.write_all(&request)?;
            }
        };
        if Builder::new().stack_size(STACK).spawn(client).is_err() {
            break;
        }
    }
}
