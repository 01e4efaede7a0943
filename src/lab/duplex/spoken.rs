//! One talk between a client and a server, and what came through in time.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::super::bench::Server;
use super::super::member::{Ear, Mouth, enter};
use super::super::wires::{ACCEPT, read_frame};
use crate::backend::Backend;
use crate::message::Wire;

/// Later than this is not in time.
pub(super) const IN_TIME: Duration = Duration::from_millis(100);

/// Who talks, and for how long.
pub(super) struct Talk {
    /// From one message down to the next; none when nothing is to come down.
    pub(super) down: Option<Duration>,
    /// From one message up to the next; none when the client is silent.
    pub(super) up: Option<Duration>,
    pub(super) time: Duration,
}

/// When messages were said and heard, each way.
#[derive(Default)]
pub(super) struct Told {
    said: [Vec<Instant>; 2],
    heard: [Vec<(usize, Instant)>; 2],
}

impl Told {
    /// The share of messages that were heard in time, of the worse way.
    pub(super) fn share(&self) -> f64 {
        let ways = self.said.iter().zip(&self.heard).filter(|(said, _)| !said.is_empty());
        let share = |(said, _): (&Vec<Instant>, _), times: Vec<Duration>| {
            times.iter().filter(|time| **time <= IN_TIME).count() as f64 / said.len() as f64
        };
        ways.map(|way| share(way, times(way.0, way.1))).fold(1.0, f64::min)
    }

    /// The 99th percentile of what came down at all, in nanoseconds.
    pub(super) fn slowest(&self) -> f64 {
        let mut times = times(&self.said[0], &self.heard[0]);
        times.sort_unstable();
        let place = (times.len() * 99).div_ceil(100).saturating_sub(1);
        times.get(place).map_or(0.0, |time| time.as_nanos() as f64)
    }
}

fn times(said: &[Instant], heard: &[(usize, Instant)]) -> Vec<Duration> {
    let time =
        |(number, at): &(usize, Instant)| said.get(*number).map(|said| at.duration_since(*said));
    heard.iter().filter_map(time).collect()
}

type Kept = Arc<Mutex<Told>>;

/// Talks with that backend, or with a server of one thread.
///
/// # Errors
/// When it cannot be set up.
pub(super) fn talk(server: Option<&'static dyn Backend>, talk: &Talk) -> io::Result<Told> {
    let kept = Kept::default();
    match server {
        Some(backend) => {
            let server = Server::start(backend)?;
            let (wire, addr) = (backend.wire(), server.addr());
            let (mouth, ear) = enter(wire, addr, "lab", "anna")?;
            let (far, others) = enter(wire, addr, "lab", "ben")?;
            let ears = [listen(ear, "down", 0, &kept)?, listen(others, "up", 1, &kept)?];
            let mut far = far;
            speak(talk, mouth, |text| far.say(text), &kept)?;
            thread::sleep(IN_TIME);
            // The server hangs up on everybody, which ends the ears.
            drop(server);
            for ear in ears {
                ear.join().map_err(|_| io::Error::other("an ear panicked"))?;
            }
        }
        None => {
            let trap = Trap::set(&kept)?;
            let (mouth, ear) = enter(Wire::WebSocket, trap.addr, "lab", "anna")?;
            let ear = listen(ear, "down", 0, &kept)?;
            let pushes = Arc::clone(&trap.pushes);
            let push = |text: &str| {
                lock(&pushes).push_back(text.to_owned());
                Ok(())
            };
            speak(talk, mouth, push, &kept)?;
            thread::sleep(IN_TIME);
            // The mouth is gone, but the ear holds the connection: the trap hangs up.
            trap.spring();
            ear.join().map_err(|_| io::Error::other("an ear panicked"))?;
        }
    }
    Ok(std::mem::take(&mut *lock(&kept)))
}

fn lock<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes what comes, in a thread that ends with the connection.
fn listen(
    mut ear: Ear,
    prefix: &'static str,
    way: usize,
    kept: &Kept,
) -> io::Result<thread::JoinHandle<()>> {
    let kept = Arc::clone(kept);
    ear.patience(Duration::from_secs(20))?;
    Builder::new().spawn(move || {
        while let Ok(texts) = ear.hear() {
            let now = Instant::now();
            let numbers = texts.iter().filter_map(|text| text.strip_prefix(prefix)?.parse().ok());
            lock(&kept).heard[way].extend(numbers.map(|number: usize| (number, now)));
        }
    })
}

/// Says what is to be said both ways, on schedule.
fn speak(
    talk: &Talk,
    mut near: Mouth,
    mut far: impl FnMut(&str) -> io::Result<()> + Send,
    kept: &Kept,
) -> io::Result<()> {
    let begun = Instant::now();
    let each =
        |way: usize, every: Option<Duration>, say: &mut dyn FnMut(usize) -> io::Result<()>| {
            let every = every.unwrap_or(Duration::MAX);
            let mut number = 0;
            while every.checked_mul(number as u32 + 1).is_some_and(|due| due <= talk.time) {
                let due = begun + every * (number as u32 + 1);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                lock(kept).said[way].push(Instant::now());
                say(number)?;
                number += 1;
            }
            thread::sleep((begun + talk.time).saturating_duration_since(Instant::now()));
            io::Result::Ok(())
        };
    thread::scope(|scope| {
        let down = scope.spawn(|| each(0, talk.down, &mut |n| far(&format!("down{n}"))));
        each(1, talk.up, &mut |n| near.say(&format!("up{n}")))?;
        down.join().map_err(|_| io::Error::other("a speaker panicked"))?
    })
}

/// A server with one thread for a connection: it reads, and writes what is to go down when the read
/// has returned.
struct Trap {
    addr: SocketAddr,
    pushes: Arc<Mutex<VecDeque<String>>>,
    stream: Arc<Mutex<Option<TcpStream>>>,
}

impl Trap {
    fn set(kept: &Kept) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let trap =
            Trap { addr: listener.local_addr()?, pushes: Arc::default(), stream: Arc::default() };
        let (pushes, held, kept) =
            (Arc::clone(&trap.pushes), Arc::clone(&trap.stream), Arc::clone(kept));
        Builder::new().spawn(move || -> io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            *lock(&held) = Some(stream.try_clone()?);
            greet(&mut stream)?;
            loop {
                // Here the thread lies, whatever there is to be sent.
                let frame = read_frame(&mut stream)?;
                let now = Instant::now();
                let text = String::from_utf8_lossy(&frame.payload).into_owned();
                let number =
                    text.split("up").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok());
                lock(&kept).heard[1].extend(number.map(|number: usize| (number, now)));
                let waiting = std::mem::take(&mut *lock(&pushes));
                for text in waiting {
                    stream
                        .write_all(&pushed(&format!(r#"{{"type":"message","text":"{text}"}}"#)))?;
                }
            }
        })?;
        Ok(trap)
    }

    /// Hangs up.
    fn spring(&self) {
        if let Some(stream) = &*lock(&self.stream) {
            // Whoever is gone already needs no hanging up.
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
    }
}

/// The opening handshake, and a first frame as members expect it.
fn greet(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes())?;
    stream.write_all(&pushed(r#"{"type":"hello"}"#))
}

/// A short frame of a server, which does not mask.
fn pushed(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, text.len().min(125) as u8];
    frame.extend_from_slice(&text.as_bytes()[..text.len().min(125)]);
    frame
}
