//! S4: who sends one byte at a time is not waited for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, Verdict, every_backend};
use crate::support::{Http, Server, handshake};

const SHORT: Duration = Duration::from_millis(200);

/// Limits under which nothing but the deadline in question is short.
fn limits() -> Limits {
    Limits { ping_interval: Duration::ZERO, ..Limits::default() }
}

/// Sends `front`, then one byte after the other until the server ends the connection, and hands
/// back what it said. The bytes come faster than anybody could call it silence.
fn trickle(server: &Server, front: &[u8]) -> Vec<u8> {
    let mut http = Http::connect(server.at).expect("the server accepts");
    http.write(front).expect("the server reads");
    if front.starts_with(b"GET /chat") || front.starts_with(b"GET /echo") {
        let answer = http.answer().expect("an answer to the handshake");
        assert_eq!(answer.status, 101);
    }
    let (stream, mut said) = http.into_parts();
    said.extend(until_it_ends(stream.socket(), true));
    said
}

/// What comes until the connection ends, while it gets one byte after the other, or nothing.
fn until_it_ends(mut stream: &TcpStream, drips: bool) -> Vec<u8> {
    let writer = stream.try_clone().expect("a handle can be doubled");
    let (ended, is_over) = mpsc::channel::<()>();
    let pump = move || {
        if drips {
            drip(writer, &is_over);
        }
    };
    let pump = thread::Builder::new().spawn(pump).expect("a thread");
    let mut said = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut said).inspect_err(|error| {
        assert!(crate::support::is_closed(error), "it is waited for: {error}");
    });
    drop(ended);
    pump.join().expect("the pump ends");
    said
}

fn drip(mut to: TcpStream, is_over: &mpsc::Receiver<()>) {
    let waiting = |timeout| is_over.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout);
    while waiting(Duration::from_millis(5)) && to.write_all(b"a").is_ok() {}
}

#[test]
fn s4_a_head_in_drops_is_not_waited_for() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits { handshake_deadline: SHORT, ..limits() });
        for front in ["", "GET /", "GET / HTTP/1.1\r\nHost: localhost\r\nX: "] {
            let said = trickle(&server, front.as_bytes());
            assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{said:?}");
        }
        server.goes_on();
        Kept
    }
    every_backend("S4 a head that comes in drops ends at the handshake deadline", check);
}

#[test]
fn s4_a_message_in_drops_is_not_waited_for() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits {
            frame_deadline: SHORT,
            keep_alive: SHORT,
            // The bodies of requests.
            handshake_deadline: SHORT,
            ..limits()
        };
        let server = Server::start(backend, limits);
        if server.wire == Wire::LongPoll {
            for target in ["/say?room=s4&name=n", "/echo"] {
                let front = format!(
                    "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                     Content-Type: application/json\r\nContent-Length: 30000\r\n\r\n"
                );
                let said = trickle(&server, front.as_bytes());
                assert!(said.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&said));
            }
            return Kept;
        }
        for target in ["/chat?room=s4&name=n", "/echo"] {
            let header = [0x81, 0xfe, 0x40, 0x00, 1, 2, 3, 4];
            let said = trickle(&server, &[&handshake(target)[..], &header].concat());
            let policy = 1008_u16.to_be_bytes();
            let is_told = said.windows(2).any(|pair| pair == policy);
            assert!(is_told || said.is_empty(), "{target}: {said:?}");
        }
        server.goes_on();
        Kept
    }
    every_backend("S4 a message that comes in drops ends at its deadline (1008, 408)", check);
}

#[test]
fn s4_a_tls_handshake_in_drops_is_not_waited_for() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { handshake_deadline: SHORT, ..limits() };
        let server = crate::support::over_tls(|| Server::start(backend, limits));
        // Nothing; the head of a record that never becomes whole; the front of a true greeting.
        let greeting = crate::support::greeting(server.at);
        for front in [&[][..], &[0x16, 3, 1, 0x40, 0, 1, 0, 0x3f], &greeting[..greeting.len() / 2]]
        {
            let mut stream = TcpStream::connect(server.at).expect("the server accepts");
            stream.set_read_timeout(Some(crate::support::PATIENCE)).expect("a timeout");
            stream.write_all(front).expect("the server reads");
            let said = until_it_ends(&stream, !front.is_empty());
            assert!(said.len() <= 7, "no more than an alert: {said:?}");
        }
        server.goes_on();
        Kept
    }
    every_backend("S4 a TLS handshake that comes in drops ends at the handshake deadline", check);
}
