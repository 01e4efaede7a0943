//! Four ways to be a nuisance, each a thread that goes on until it is told to stop.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use duplex_lab::message::Wire;

use crate::support::{frame, handshake};

/// Somebody who besieges a server; ends when dropped.
pub(super) struct Besieger {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    deeds: Arc<AtomicU64>,
}

/// What a besieger looks at between two deeds.
struct Pause {
    stopped: Receiver<()>,
    deeds: Arc<AtomicU64>,
}

impl Besieger {
    fn start(work: impl FnOnce(&Pause) + Send + 'static) -> Self {
        let (stop, stopped) = mpsc::channel();
        let deeds = Arc::new(AtomicU64::new(0));
        let pause = Pause { stopped, deeds: Arc::clone(&deeds) };
        let body = move || {
            step_back();
            work(&pause);
        };
        let thread = thread::Builder::new().spawn(body).expect("a thread");
        Besieger { stop: Some(stop), thread: Some(thread), deeds }
    }

    /// How often it has done what it does: bytes dripped, messages flooded, visits paid.
    pub(super) fn deeds(&self) -> u64 {
        self.deeds.load(Ordering::Relaxed)
    }
}

/// The server is to be besieged and not the generator, which shares a CPU with the besiegers: where
/// both want it, the generator has it. What is left is enough to be a nuisance, as the table shows.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Ok(ours) = rustix::process::getpriority_process(None) {
        let _ = rustix::process::setpriority_process(None, (ours + 10).min(19));
    }
}

impl Pause {
    fn did(&self, count: u64) {
        self.deeds.fetch_add(count, Ordering::Relaxed);
    }
}

impl Drop for Besieger {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits; false when it is time to stop.
fn goes_on(pause: &Pause, millis: u64) -> bool {
    pause.stopped.recv_timeout(Duration::from_millis(millis)) == Err(RecvTimeoutError::Timeout)
}

fn open(at: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&at, Duration::from_secs(5)).ok()?;
    stream.set_nonblocking(true).ok()?;
    Some(stream)
}

fn way_in(wire: Wire, name: &str, since: &str) -> Vec<u8> {
    match wire {
        Wire::LongPoll => {
            let query = format!("room=r0&name={name}{since}&wait=25");
            format!("GET /poll?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
        }
        _ => handshake(&format!("/chat?room=r0&name={name}{since}")),
    }
}

/// (a) So many half-open handshakes, each of which grows by a byte a second.
pub(super) fn drippers(at: SocketAddr, count: usize) -> Besieger {
    Besieger::start(move |pause| {
        let head = b"GET /chat?room=r0&name=";
        let mut drips: Vec<(TcpStream, usize)> = Vec::new();
        loop {
            // They know nothing of each other, so their bytes come spread over the second.
            let part = count.div_ceil(500);
            for slot in 0..500 {
                for place in slot * part..((slot + 1) * part).min(count) {
                    let Some((stream, sent)) = drips.get_mut(place) else {
                        drips.extend(open(at).map(|stream| (stream, 0)));
                        continue;
                    };
                    let byte = head.get(*sent).unwrap_or(&b'a');
                    *sent += 1;
                    pause.did(1);
                    // The server has had enough of this one: another takes its place.
                    if let (Err(_), Some(fresh)) = (stream.write_all(&[*byte]), open(at)) {
                        drips[place] = (fresh, 0);
                    }
                }
                if !goes_on(pause, 2) {
                    return;
                }
            }
        }
    })
}

/// (b) So many members who ask for everything and never read.
pub(super) fn deaf(at: SocketAddr, wire: Wire, count: usize) -> Besieger {
    Besieger::start(move |pause| {
        let request = way_in(wire, "deaf", "&since=0");
        let mut members: Vec<TcpStream> = (0..count).filter_map(|_| open(at)).collect();
        assert!(!members.is_empty(), "nobody got in");
        loop {
            for stream in &mut members {
                // Over HTTP each answer must be asked for; in the end the request does not fit.
                if wire == Wire::LongPoll || stream.peek(&mut [0]).is_err() {
                    pause.did(u64::from(stream.write(&request).is_ok()));
                }
                if !goes_on(pause, 2) {
                    return;
                }
            }
        }
    })
}

/// (c) One member who says as much as the connection takes.
pub(super) fn flooder(at: SocketAddr, wire: Wire) -> Besieger {
    Besieger::start(move |pause| {
        let say = br#"{"type":"say","text":"and another thing, and another thing, and another"}"#;
        let bytes = match wire {
            Wire::LongPoll => {
                let head = "POST /say?room=r0&name=loud HTTP/1.1\r\nHost: localhost\r\n\
                            Content-Type: application/json\r\n";
                let mut bytes = format!("{head}Content-Length: {}\r\n\r\n", say.len()).into_bytes();
                bytes.extend_from_slice(say);
                bytes
            }
            _ => frame(0x81, say, true),
        };
        // Whole messages only, as many as a write takes.
        let flood = bytes.repeat(64);
        let Some(mut stream) = open(at) else { return };
        if wire != Wire::LongPoll {
            let _ = stream.write_all(&way_in(wire, "loud", ""));
        }
        let (mut sent, mut inbox) = (0, vec![0; 64 * 1024]);
        loop {
            let wrote = stream.write(&flood[sent..]);
            let count = wrote.as_ref().map_or(0, |count| *count);
            pause.did(((sent + count) / bytes.len() - sent / bytes.len()) as u64);
            sent = (sent + count) % flood.len();
            let read = stream.read(&mut inbox);
            let is_over = |outcome: &std::io::Result<usize>| {
                outcome.as_ref().is_err_and(|error| error.kind() != ErrorKind::WouldBlock)
            };
            if is_over(&wrote) || is_over(&read) || matches!(read, Ok(0)) {
                let Some(fresh) = open(at) else { return };
                (stream, sent) = (fresh, 0);
                let _ = stream.write_all(&way_in(wire, "loud", ""));
            }
            let is_idle = wrote.is_err() && read.is_err();
            if !goes_on(pause, u64::from(is_idle)) {
                return;
            }
        }
    })
}

/// (d) So many a second who come, ask to join, and are gone.
pub(super) fn vanishers(at: SocketAddr, wire: Wire, per_second: u64) -> Besieger {
    Besieger::start(move |pause| {
        let request = way_in(wire, "ghost", "");
        for number in 0_u64.. {
            if let Some(mut stream) = open(at) {
                pause.did(1);
                // Some before they have asked for anything, some in the middle of it.
                let part = request.len() * usize::from(number % 3 != 0) / (1 + number as usize % 2);
                let _ = stream.write(&request[..part]);
            }
            if !goes_on(pause, 1000 / per_second) {
                return;
            }
        }
    })
}
