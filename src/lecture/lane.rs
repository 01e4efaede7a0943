//! A lane: the way to one backend, as long as somebody wants it to be, with counters beside it and
//! a hand that can stop it.
//!
//! Bytes come out in the order and the pieces in which they went in, a delay later in each
//! direction. The first bytes of a connection wait for one round trip more, which is what the
//! handshake of TCP would have cost. A frozen lane passes nothing and closes nothing: what is under
//! way waits, and the kernels at both ends go on acknowledging what they have. A cut lane has no
//! connections and takes none.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::message::Wire;

/// Pieces that may be under way in one direction of one connection.
const PIECES: usize = 1_024;
/// Largest piece, in bytes.
const PIECE: usize = 16 * 1024;
/// Longest delay one way.
pub(super) const LONGEST: Duration = Duration::from_secs(2);

/// What a lane lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    Frozen,
    Cut,
}

impl Gate {
    /// The state of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Gate::Open, Gate::Frozen, Gate::Cut].into_iter().find(|gate| gate.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Gate::Open => "open",
            Gate::Frozen => "frozen",
            Gate::Cut => "cut",
        }
    }
}

/// The way to one backend.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) wire: Wire,
    /// Where the lane begins. It ends at the backend.
    pub(super) begin: SocketAddr,
    delay: AtomicU64,
    gate: watch::Sender<Gate>,
    up: AtomicU64,
    down: AtomicU64,
    opened: AtomicU64,
    live: AtomicU64,
    /// Requests and handshakes that browsers made through it.
    pub(super) requests: AtomicU64,
}

impl Lane {
    /// A lane to a server; it carries once it is [`Lane::carry`]ing.
    pub(super) fn new(name: &'static str, wire: Wire, begin: SocketAddr) -> Arc<Self> {
        Arc::new(Lane {
            name,
            wire,
            begin,
            delay: AtomicU64::new(0),
            gate: watch::Sender::new(Gate::Open),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            live: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        })
    }

    /// Makes the way longer or shorter, for everything that enters from now on.
    pub(super) fn set_delay(&self, delay: Duration) {
        let micros = delay.min(LONGEST).as_micros();
        self.delay.store(u64::try_from(micros).unwrap_or(0), Ordering::Relaxed);
    }

    pub(super) fn set_gate(&self, gate: Gate) {
        self.gate.send_replace(gate);
    }

    fn delay(&self) -> Duration {
        Duration::from_micros(self.delay.load(Ordering::Relaxed))
    }

    /// Everything there is to know.
    pub(super) fn to_json(&self) -> Value {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        json!({
            "name": self.name,
            "wire": self.wire,
            "delay_ms": self.delay().as_secs_f64() * 1e3,
            "state": self.gate.borrow().name(),
            "up": read(&self.up),
            "down": read(&self.down),
            "opened": read(&self.opened),
            "live": read(&self.live),
            "requests": read(&self.requests),
        })
    }

    /// Accepts and carries until the runtime ends.
    pub(super) async fn carry(self: Arc<Self>, listener: TcpListener, to: SocketAddr) {
        loop {
            // Without a handle left it rests until somebody leaves.
            let Ok((client, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            if *self.gate.borrow() != Gate::Cut {
                tokio::spawn(Arc::clone(&self).connect(client, to));
            }
        }
    }

    async fn connect(self: Arc<Self>, client: TcpStream, to: SocketAddr) {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.live.fetch_add(1, Ordering::Relaxed);
        let mut gate = self.gate.subscribe();
        tokio::select! {
            // However it ends, both sides see it: the sockets are dropped.
            _ = self.join(client, to) => {}
            _ = gate.wait_for(|gate| *gate == Gate::Cut) => {}
        }
        self.live.fetch_sub(1, Ordering::Relaxed);
    }

    async fn join(&self, client: TcpStream, to: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(to).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let connected = Instant::now() + 2 * self.delay();
        let ((from_client, to_client), (from_server, to_server)) =
            (client.into_split(), server.into_split());
        let up = self.pipe(from_client, to_server, connected, &self.up);
        let down = self.pipe(from_server, to_client, connected, &self.down);
        tokio::join!(up, down);
        Ok(())
    }

    /// Carries one direction to its end.
    async fn pipe(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        connected: Instant,
        count: &AtomicU64,
    ) {
        let (queue, mut pieces) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES);
        let read = async move {
            let mut buffer = vec![0; PIECE];
            while let Ok(length @ 1..) = from.read(&mut buffer).await {
                count.fetch_add(length as u64, Ordering::Relaxed);
                let due = Instant::now().max(connected) + self.delay();
                if queue.send((due, buffer[..length].to_vec())).await.is_err() {
                    break;
                }
            }
        };
        let write = async move {
            let mut gate = self.gate.subscribe();
            while let Some((due, bytes)) = pieces.recv().await {
                // A timer that is already over still costs a tick of the runtime's clock.
                if due > Instant::now() {
                    sleep_until(due).await;
                }
                let _ = gate.wait_for(|gate| *gate != Gate::Frozen).await;
                if to.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            // The end of one direction is passed on; the other may have more to say.
            let _ = to.shutdown().await;
        };
        tokio::join!(read, write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lane(delay: Duration) -> (Arc<Lane>, TcpListener) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let lane = Lane::new("async", Wire::WebSocket, listener.local_addr().unwrap());
        lane.set_delay(delay);
        let to = server.local_addr().unwrap();
        tokio::spawn(Arc::clone(&lane).carry(listener, to));
        (lane, server)
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(60), test).await.expect("nothing came");
        });
    }

    #[test]
    fn bytes_come_in_order_counted_and_no_earlier() {
        run(async {
            let delay = Duration::from_millis(5);
            let (lane, server) = lane(delay).await;
            let begun = Instant::now();
            let mut client = TcpStream::connect(lane.begin).await.unwrap();
            let (mut there, _) = server.accept().await.unwrap();
            client.write_all(b"one").await.unwrap();
            client.write_all(b"two").await.unwrap();
            client.shutdown().await.unwrap();
            let mut heard = String::new();
            there.read_to_string(&mut heard).await.unwrap();
            assert_eq!(heard, "onetwo");
            assert!(begun.elapsed() >= 3 * delay, "a round trip and one way");
            there.write_all(b"bye").await.unwrap();
            drop(there);
            client.read_to_string(&mut heard).await.unwrap();
            let told = lane.to_json();
            assert_eq!(
                (&told["up"], &told["down"], &told["opened"]),
                (&json!(6), &json!(3), &json!(1))
            );
        });
    }

    #[test]
    fn a_frozen_lane_passes_nothing_and_a_cut_one_closes() {
        run(async {
            let (lane, server) = lane(Duration::ZERO).await;
            let mut client = TcpStream::connect(lane.begin).await.unwrap();
            let (mut there, _) = server.accept().await.unwrap();
            lane.set_gate(Gate::Frozen);
            client.write_all(b"x").await.unwrap();
            // It is read by the lane and goes no further, until the lane is open again.
            while lane.to_json()["up"] != json!(1) {
                tokio::task::yield_now().await;
            }
            assert_eq!(there.try_read(&mut [0; 1]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
            lane.set_gate(Gate::Open);
            assert_eq!(there.read_u8().await.unwrap(), b'x');
            lane.set_gate(Gate::Cut);
            assert!(matches!(client.read(&mut [0; 1]).await, Ok(0) | Err(_)), "cut off");
            let mut late = TcpStream::connect(lane.begin).await.unwrap();
            assert!(matches!(late.read(&mut [0; 1]).await, Ok(0) | Err(_)), "none is taken");
        });
    }
}
