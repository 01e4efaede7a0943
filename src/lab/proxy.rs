//! A proxy that makes the way longer, narrower and worse: what goes in at one end comes out at the
//! other after a while, in order, piece by piece as it was read and never merged.
//!
//! The loopback has no distance, which flatters whoever has to ask twice. Each direction is two
//! threads and a queue: one reads and notes when, one waits until a piece is due and writes it. The
//! writer lies asleep for all but the last stretch, so a piece comes a few tens of microseconds
//! late; the experiment `delay-proxy` measures how late.
//!
//! A connection is accepted by the machine itself, without any delay. To whoever connects through
//! the proxy the handshake of TCP has cost nothing; so the first bytes of a connection wait for one
//! round trip more, which is when they could have left.
//!
//! A cable cannot be cut here: the kernel of the proxy goes on acknowledging.

mod fault;
mod pipe;

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use self::fault::{Bodies, Edit, Nothing, Upgrades};
use self::pipe::{Pipe, pipe};
use crate::plan::Random;

/// What one direction is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// From one end to the other.
    pub(super) delay: Duration,
    /// At most so much longer, at random; what came first still goes first.
    pub(super) jitter: Duration,
    /// Bytes in a second; none means as many as there are. What does not fit waits with the sender.
    pub(super) bandwidth: Option<u64>,
}

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Both ends are hung up on once so many bytes have come down; between these two, by the seed.
    Drop(u64, u64),
    /// Once so many bytes have come down, the next wait for so long.
    Stall(u64, u64, Duration),
    /// Once so many bytes have come down, nothing more does; upwards it still goes.
    HalfClose(u64, u64),
    /// `Upgrade` and `Connection` are taken out of every request, as a proxy that does not know
    /// them must do (RFC 9110 §7.6.1).
    StripUpgrade,
    /// An answer is held back until all of it is there, as a scanner for viruses does.
    BufferBodies,
    /// Both ends are hung up on when nothing has come or gone for so long.
    IdleTimeout(Duration),
}

/// All of a way: both directions, and what goes wrong on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Road {
    /// From the client to the server.
    pub(super) up: Way,
    /// From the server to the client.
    pub(super) down: Way,
    /// What goes wrong.
    pub(super) fault: Option<Fault>,
    /// The seed of everything random.
    pub(super) seed: u64,
}

impl Road {
    /// So far in both directions, and nothing goes wrong.
    pub(super) fn of(delay: Duration) -> Self {
        let way = Way { delay, ..Way::default() };
        Road { up: way, down: way, ..Road::default() }
    }
}

/// The two directions of a connection, as bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tap {
    /// From the client to the server.
    pub(super) up: Vec<u8>,
    /// From the server to the client.
    pub(super) down: Vec<u8>,
}

type Taps = Arc<Mutex<Vec<Tap>>>;

/// A running proxy. Dropping it stops accepting; connections end with their ends.
pub(super) struct Proxy {
    addr: SocketAddr,
    taps: Taps,
    ended: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy to that address, with so much delay each way.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn start(to: SocketAddr, delay: Duration) -> io::Result<Self> {
        Proxy::along(to, Road::of(delay))
    }

    /// A proxy to that address along that road.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn along(to: SocketAddr, road: Road) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        if road.up.bandwidth.or(road.down.bandwidth).is_some() {
            // A narrow way is no store: what it cannot carry yet is to wait with the sender.
            socket2::SockRef::from(&listener).set_recv_buffer_size(4 * pipe::PIECE)?;
        }
        let addr = listener.local_addr()?;
        let (taps, ended) = (Taps::default(), Arc::new(AtomicBool::new(false)));
        let (kept, told) = (Arc::clone(&taps), Arc::clone(&ended));
        Builder::new().name("proxy".to_owned()).spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                // Who cannot be served is cut off; the experiment sees it.
                drop(serve(client, to, &road, &kept));
            }
        })?;
        Ok(Proxy { addr, taps, ended })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What has gone through each connection so far, in the order they were made.
    pub(super) fn taps(&self) -> Vec<Tap> {
        self.taps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes whoever accepts, so that it sees the flag.
        drop(TcpStream::connect(self.addr));
    }
}

/// One connection: both its ends, and when something last came or went.
struct Line {
    client: TcpStream,
    server: TcpStream,
    last: Mutex<Instant>,
}

impl Line {
    fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Hangs up on both ends.
    fn cut(&self) {
        // An end that is gone already needs no hanging up.
        drop(self.client.shutdown(Shutdown::Both));
        drop(self.server.shutdown(Shutdown::Both));
    }

    /// Cuts once nothing has come or gone for that long.
    fn watch(&self, patience: Duration) {
        loop {
            let idle = self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
            if idle >= patience {
                return self.cut();
            }
            thread::sleep(patience - idle);
        }
    }
}

fn serve(client: TcpStream, to: SocketAddr, road: &Road, taps: &Taps) -> io::Result<()> {
    let server = connect(to, road)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let number = {
        let mut taps = taps.lock().unwrap_or_else(PoisonError::into_inner);
        taps.push(Tap::default());
        taps.len() - 1
    };
    let connected = Instant::now() + road.up.delay + road.down.delay;
    let keep = |up: bool| {
        let taps = Arc::clone(taps);
        move |bytes: &[u8]| {
            let mut taps = taps.lock().unwrap_or_else(PoisonError::into_inner);
            let side = if up { &mut taps[number].up } else { &mut taps[number].down };
            side.extend_from_slice(bytes);
        }
    };
    let (up, down) = ((client.try_clone()?, server.try_clone()?), (server, client));
    let line = Line {
        client: down.1.try_clone()?,
        server: down.0.try_clone()?,
        last: Mutex::new(Instant::now()),
    };
    let line = Arc::new(line);
    if let Some(Fault::IdleTimeout(patience)) = road.fault {
        let line = Arc::clone(&line);
        Builder::new().spawn(move || line.watch(patience))?;
    }
    let mut random = Random::new(road.seed.wrapping_add(number as u64 * 2));
    let upwards: Box<dyn Edit> = match road.fault {
        Some(Fault::StripUpgrade) => Box::new(Upgrades::default()),
        _ => Box::new(Nothing),
    };
    let downwards: Box<dyn Edit> = match road.fault {
        Some(Fault::BufferBodies) => Box::new(Bodies::default()),
        _ => Box::new(Nothing),
    };
    let trouble = pipe::Trouble::of(road.fault, &mut random);
    let of = |way, edit, trouble| Pipe { way, edit, trouble, connected, line: Arc::clone(&line) };
    pipe(up, of(road.up, upwards, None), Random::new(random.below(u64::MAX)), keep(true))?;
    pipe(down, of(road.down, downwards, trouble), random, keep(false))
}

/// Connects onwards; over a narrow way with a buffer as small as the other side's.
fn connect(to: SocketAddr, road: &Road) -> io::Result<TcpStream> {
    if road.down.bandwidth.is_none() {
        return TcpStream::connect(to);
    }
    // It has to be small before the handshake, which announces it.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.set_recv_buffer_size(4 * pipe::PIECE)?;
    socket.connect(&to.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests;
