//! A member that is told messages through a bad proxy, in one of three ways.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::super::bench::Server;
use super::super::member::{Ear, Mouth, enter};
use super::super::proxy::{Fault, Proxy, Road};
use super::super::set_up::speaking;
use super::super::wires::connect;
use crate::chat::Limits;
use crate::message::Wire;

/// So many messages are said.
pub(super) const MESSAGES: usize = 60;
/// How long after the last one a member still listens.
const PATIENCE: Duration = Duration::from_millis(900);

/// A way to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By WebSocket.
    Pushed,
    /// By long-poll.
    Polled,
    /// By the body of one answer that never ends.
    Streamed,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Pushed, Kind::Polled, Kind::Streamed];

    pub(super) fn key(self) -> &'static str {
        match self {
            Kind::Pushed => "ws",
            Kind::Polled => "poll",
            Kind::Streamed => "stream",
        }
    }

    pub(super) fn label(self) -> (&'static str, &'static str) {
        match self {
            Kind::Pushed => ("WebSocket", "WebSocket"),
            Kind::Polled => ("long-poll", "Long-Polling"),
            Kind::Streamed => ("endless answer", "Antwort ohne Ende"),
        }
    }
}

/// How many of the messages a member behind such a proxy is told.
///
/// # Errors
/// When what is to be tried cannot be set up; what fails behind the proxy is no error.
pub(super) fn try_out(
    fault: Fault,
    kind: Kind,
    gap: Duration,
    silence: Duration,
    seed: u64,
) -> io::Result<usize> {
    let road = Road { fault: Some(fault), seed, ..Road::default() };
    if kind == Kind::Streamed {
        let (server, says) = stream()?;
        let proxy = Proxy::along(server, road)?;
        let hearer = Builder::new().spawn(move || hear_stream(proxy.addr(), silence))?;
        // Until the answer has begun, for it tells only what is said from then on.
        let mut to = says.recv_timeout(PATIENCE).ok();
        speak(gap, silence, |text| {
            // Nobody is there any more: that is what is to be found out.
            if to.as_mut().is_some_and(|to| chunk(to, text).is_err()) {
                to = None;
            }
            Ok(())
        })?;
        let heard = hearer.join().map_err(|_| io::Error::other("the hearer panicked"));
        drop(to);
        return heard;
    }
    let wire = if kind == Kind::Pushed { Wire::WebSocket } else { Wire::LongPoll };
    let backend = speaking(wire).map_err(io::Error::other)?;
    let limits = Limits { workers: Some(1), ..Limits::default() };
    let server = Server::start_with(backend, limits)?;
    let proxy = Proxy::along(server.addr(), road)?;
    let (mut mouth, _ear) = enter(wire, server.addr(), "lab", "ben")?;
    let hearer = Builder::new().spawn(move || hear(wire, proxy.addr(), silence))?;
    speak(gap, silence, |text| mouth.say(text))?;
    hearer.join().map_err(|_| io::Error::other("the hearer panicked"))
}

/// Says all messages, with a silence in the middle.
fn speak(
    gap: Duration,
    silence: Duration,
    mut say: impl FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    thread::sleep(Duration::from_millis(100));
    for number in 0..MESSAGES {
        thread::sleep(if number == MESSAGES / 2 { silence } else { gap });
        say(&format!("message number {number} of those that are said"))?;
    }
    Ok(())
}

/// Hears what comes until all is there or nothing comes any more.
fn hear(wire: Wire, to: SocketAddr, silence: Duration) -> usize {
    let Ok((_mouth, mut ear)) = entered(wire, to, silence) else { return 0 };
    let mut heard = 0;
    let mut last = Instant::now();
    while heard < MESSAGES && last.elapsed() < silence + PATIENCE {
        match ear.hear() {
            Ok(texts) => {
                heard += texts.len();
                last = Instant::now();
            }
            Err(_) if ear.again().is_ok() => thread::sleep(Duration::from_millis(10)),
            Err(_) => break,
        }
    }
    heard
}

fn entered(wire: Wire, to: SocketAddr, silence: Duration) -> io::Result<(Mouth, Ear)> {
    let (mouth, ear) = enter(wire, to, "lab", "anna")?;
    ear.patience(silence + PATIENCE)?;
    Ok((mouth, ear))
}

/// A server whose answer never ends; gives each connection once its answer has begun.
fn stream() -> io::Result<(SocketAddr, Receiver<TcpStream>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    let (begun, says): (Sender<TcpStream>, _) = channel();
    Builder::new().spawn(move || -> io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        // Whoever waited for it may have given up.
        drop(begun.send(stream));
        Ok(())
    })?;
    Ok((addr, says))
}

/// One message as a chunk (RFC 9112 §7.1), padded to about what a message of the chat takes.
fn chunk(to: &mut TcpStream, text: &str) -> io::Result<()> {
    let line = format!("{text:<100}\n");
    to.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes())
}

/// How many messages come by an endless answer.
fn hear_stream(to: SocketAddr, silence: Duration) -> usize {
    let Ok(mut stream) = connect(to) else { return 0 };
    let asked = stream.write_all(b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    if asked.and_then(|()| stream.set_read_timeout(Some(silence + PATIENCE))).is_err() {
        return 0;
    }
    let (mut all, mut buffer) = (String::new(), [0; 4096]);
    let count = |text: &str| text.matches("of those that are said").count();
    while count(&all) < MESSAGES {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => all.push_str(&String::from_utf8_lossy(&buffer[..read])),
            _ => break,
        }
    }
    count(&all)
}
