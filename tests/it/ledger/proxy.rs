//! A TCP proxy that counts what passes: a witness who knows nothing of frames, HTTP or the kernel's
//! counters.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::start;

/// Bytes are passed on in pieces of this size, so that headers and texts are cut anywhere.
const PIECE: usize = 509;

/// Bytes that have passed, both directions.
#[derive(Debug, Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
}

/// What the proxy has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    /// Bytes to the server.
    pub(super) up: u64,
    /// Bytes from the server.
    pub(super) down: u64,
    /// Connections.
    pub(super) connections: usize,
}

/// A running proxy.
pub(super) struct Proxy {
    pub(super) at: SocketAddr,
    counts: Arc<Counts>,
    is_over: Arc<AtomicBool>,
    acceptor: JoinHandle<usize>,
}

impl Proxy {
    /// Starts a proxy before a server.
    pub(super) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let at = listener.local_addr().expect("a bound socket has an address");
        let counts = Arc::new(Counts::default());
        let is_over = Arc::new(AtomicBool::new(false));
        let (seen, over) = (Arc::clone(&counts), Arc::clone(&is_over));
        let acceptor = start(move || {
            let mut pumps = Vec::new();
            for client in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let client = client.expect("the listener goes on");
                let server = TcpStream::connect(server).expect("the server accepts");
                pumps.extend(join(client, server, &seen));
            }
            let connections = pumps.len() / 2;
            for pump in pumps {
                pump.join().expect("a pump ends without a panic");
            }
            connections
        });
        Proxy { at, counts, is_over, acceptor }
    }

    /// Waits until every connection has come to its end, and tells what has passed.
    pub(super) fn finish(self) -> Passed {
        self.is_over.store(true, Ordering::SeqCst);
        // The acceptor looks up when somebody knocks.
        drop(TcpStream::connect(self.at));
        let connections = self.acceptor.join().expect("the proxy ends without a panic");
        let Counts { up, down } = &*self.counts;
        Passed { up: up.load(Ordering::SeqCst), down: down.load(Ordering::SeqCst), connections }
    }
}

/// Joins two connections with a pump for each direction.
fn join(client: TcpStream, server: TcpStream, counts: &Arc<Counts>) -> [JoinHandle<()>; 2] {
    for end in [&client, &server] {
        end.set_nodelay(true).expect("an open socket takes options");
    }
    let clone = |end: &TcpStream| end.try_clone().expect("descriptors are left");
    let (to_client, to_server) = (clone(&client), clone(&server));
    let (up, down) = (Arc::clone(counts), Arc::clone(counts));
    [
        start(move || pump(client, to_server, &up.up)),
        start(move || pump(server, to_client, &down.down)),
    ]
}

/// Passes on until the end. Bytes count when they have come, even if nobody wants them any more.
fn pump(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut piece = [0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        count.fetch_add(length as u64, Ordering::SeqCst);
        let _ = to.write_all(&piece[..length]);
    }
    // Whoever waits for more at the other end hears that there is nothing.
    let _ = to.shutdown(Shutdown::Write);
}
