//! A proxy that cuts connections: each after a number of bytes that a seed decides. The server it
//! leads to can be exchanged.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What all connections share.
struct Shared {
    server: Mutex<SocketAddr>,
    /// Cuts that are still to be made.
    left: AtomicU32,
    random: Mutex<u64>,
    is_over: AtomicBool,
}

/// One connection through the proxy.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    fate: Mutex<Fate>,
}

/// What becomes of a connection. It is decided once for both directions: were one of them to go on
/// when the other is being cut, the client would see a stream with a hole.
enum Fate {
    /// So many bytes may pass, in both directions together, until it is cut.
    Limited(usize),
    /// There were enough cuts already.
    Spared,
    Cut,
}

impl Pair {
    /// Whether so many bytes may pass; if not, how many may before the cut.
    fn may_pass(&self, length: usize, shared: &Shared) -> Result<(), usize> {
        let fate = &mut *self.fate.lock().expect("nobody panics with it");
        let left = match fate {
            Fate::Spared => return Ok(()),
            Fate::Cut => return Err(0),
            Fate::Limited(left) if *left >= length => {
                *left -= length;
                return Ok(());
            }
            Fate::Limited(left) => *left,
        };
        if take(&shared.left) {
            *fate = Fate::Cut;
            return Err(left);
        }
        *fate = Fate::Spared;
        Ok(())
    }
}

/// A running proxy.
pub(super) struct Scissors {
    pub(super) at: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Scissors {
    /// Cuts so many connections, as the seed says.
    pub(super) fn before(server: SocketAddr, seed: u64, cuts: u32) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let at = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            server: Mutex::new(server),
            left: AtomicU32::new(cuts),
            random: Mutex::new(seed),
            is_over: AtomicBool::new(false),
        });
        let seen = Arc::clone(&shared);
        let acceptor = start(move || {
            for client in listener.incoming() {
                if seen.is_over.load(Ordering::SeqCst) {
                    break;
                }
                join(client.expect("the listener goes on"), &seen);
            }
        });
        Scissors { at, shared, acceptor: Some(acceptor) }
    }

    /// Whoever comes from now on is led to another server.
    pub(super) fn lead_to(&self, server: SocketAddr) {
        *self.shared.server.lock().expect("nobody panics with it") = server;
    }

    /// Cuts that were not made.
    pub(super) fn left(&self) -> u32 {
        self.shared.left.load(Ordering::SeqCst)
    }
}

impl Drop for Scissors {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The acceptor looks up when somebody knocks.
        drop(TcpStream::connect(self.at));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().spawn(work).expect("a thread can be had")
}

fn join(client: TcpStream, shared: &Arc<Shared>) {
    let address = *shared.server.lock().expect("nobody panics with it");
    // A server that is just ending: the client meets a closed door.
    let Ok(server) = TcpStream::connect(address) else { return };
    for end in [&client, &server] {
        end.set_nodelay(true).expect("an open socket takes options");
    }
    let fate = Mutex::new(Fate::Limited(budget(shared)));
    let pair = Arc::new(Pair { client, server, fate });
    let (up, down) = ((Arc::clone(&pair), Arc::clone(shared)), (pair, Arc::clone(shared)));
    start(move || pump(&up.0, &up.1, true));
    start(move || pump(&down.0, &down.1, false));
}

/// How much passes before the cut: at least an opening handshake, at most hundreds of messages.
fn budget(shared: &Shared) -> usize {
    let mut random = shared.random.lock().expect("nobody panics with it");
    *random =
        random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let size = 1 << (9 + (*random >> 60) % 8);
    size + ((*random >> 33) as usize % size)
}

/// Passes bytes on in one direction until the end or the cut.
fn pump(pair: &Pair, shared: &Shared, is_up: bool) {
    let (mut from, mut to) =
        if is_up { (&pair.client, &pair.server) } else { (&pair.server, &pair.client) };
    let mut piece = [0; 733];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if let Err(passed) = pair.may_pass(length, shared) {
            // Perhaps in the middle of a frame.
            let _ = to.write_all(&piece[..passed]);
            return cut(pair);
        }
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn take(left: &AtomicU32) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

/// The server first: when it has closed as well, it has read everything that had reached it, and
/// the client cannot overtake that when it comes back.
fn cut(pair: &Pair) {
    let _ = pair.server.shutdown(Shutdown::Write);
    let mut rest = [0; 4096];
    while let Ok(1..) = (&pair.server).read(&mut rest) {}
    let _ = pair.client.shutdown(Shutdown::Both);
}
