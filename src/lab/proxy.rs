//! A proxy that makes the way longer: what goes in at one end comes out at the other after a fixed
//! delay, in order, piece by piece as it was read.
//!
//! The loopback has no distance, which flatters whoever has to ask twice. Each direction is two
//! threads and a queue: one reads and notes when, one waits until a piece is due and writes it. The
//! writer lies asleep for all but the last stretch, so a piece comes a few tens of microseconds late.
//!
//! A connection is accepted by the machine itself, without any delay. To whoever connects through
//! the proxy the handshake of TCP has cost nothing; so the first bytes of a connection wait for one
//! round trip more, which is when they could have left.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

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

/// A piece of the stream and when it is due; nothing for the end.
type Piece = (Instant, Vec<u8>);

impl Proxy {
    /// A proxy to that address, with so much delay each way.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn start(to: SocketAddr, delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let addr = listener.local_addr()?;
        let (taps, ended) = (Taps::default(), Arc::new(AtomicBool::new(false)));
        let (kept, told) = (Arc::clone(&taps), Arc::clone(&ended));
        Builder::new().name("proxy".to_owned()).spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                // Who cannot be served is cut off; the experiment sees it.
                drop(serve(client, to, delay, &kept));
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

fn serve(client: TcpStream, to: SocketAddr, delay: Duration, taps: &Taps) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let number = {
        let mut taps = taps.lock().unwrap_or_else(PoisonError::into_inner);
        taps.push(Tap::default());
        taps.len() - 1
    };
    let connected = Instant::now() + 2 * delay;
    let keep = |up: bool| {
        let taps = Arc::clone(taps);
        move |bytes: &[u8]| {
            let mut taps = taps.lock().unwrap_or_else(PoisonError::into_inner);
            let side = if up { &mut taps[number].up } else { &mut taps[number].down };
            side.extend_from_slice(bytes);
        }
    };
    let (up, down) = ((client.try_clone()?, server.try_clone()?), (server, client));
    pipe(up, delay, connected, keep(true))?;
    pipe(down, delay, connected, keep(false))
}

/// Carries one direction.
fn pipe(
    (mut from, to): (TcpStream, TcpStream),
    delay: Duration,
    connected: Instant,
    keep: impl Fn(&[u8]) + Send + 'static,
) -> io::Result<()> {
    let (queue, pieces): (Sender<Piece>, Receiver<Piece>) = channel();
    Builder::new().spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            keep(&buffer[..read]);
            let due = Instant::now().max(connected) + delay;
            if queue.send((due, buffer[..read].to_vec())).is_err() {
                break;
            }
        }
    })?;
    Builder::new().spawn(move || deliver(&pieces, to))?;
    Ok(())
}

fn deliver(pieces: &Receiver<Piece>, mut to: TcpStream) {
    while let Ok((due, bytes)) = pieces.recv() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    // The end of one direction is passed on; the other may have more to say.
    drop(to.shutdown(Shutdown::Write));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order_and_no_earlier() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let delay = Duration::from_millis(5);
        let proxy = Proxy::start(listener.local_addr().unwrap(), delay).unwrap();
        let begun = Instant::now();
        let mut client = TcpStream::connect(proxy.addr()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        for number in 0..50u8 {
            client.write_all(&[number]).unwrap();
        }
        client.shutdown(Shutdown::Write).unwrap();
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, (0..50).collect::<Vec<u8>>());
        // A round trip for the handshake and one way for the bytes.
        assert!(begun.elapsed() >= 3 * delay);
        server.write_all(b"bye").unwrap();
        drop(server);
        let mut last = String::new();
        client.read_to_string(&mut last).unwrap();
        let [tap] = &*proxy.taps() else { panic!("one connection has one tap") };
        assert_eq!((tap.up.len(), &*tap.down), (50, b"bye".as_slice()));
        assert_eq!(last, "bye");
    }
}
