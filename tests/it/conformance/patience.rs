//! What must come although nobody asks again, and what must not end although nothing happens.

use std::io::Read;
use std::time::{Duration, Instant};

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, every_backend, plain_and_tls};
use crate::support::{Event, Http, Server, WsMember, frame, handshake};

const PING: u8 = 0x89;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;

#[test]
fn a_lone_ping_is_answered_at_once() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("HTTP has no pings");
        }
        let server = Server::start(backend, Limits::default());
        let mut member = WsMember::join(server.at, "lone", "anna", None, None);
        for payload in [&b""[..], b"still there?", &[b'x'; 125]] {
            member.write(&frame(PING, payload, true));
            let Ok(tungstenite::Message::Pong(answer)) = member.frame() else { panic!("no pong") };
            assert_eq!(answer.as_ref(), payload);
        }
        Kept
    }
    plain_and_tls("a ping that nothing follows is answered", check);
}

#[test]
fn a_connection_in_use_outlives_the_handshake_deadline() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let deadline = Duration::from_millis(150);
        let limits = Limits { handshake_deadline: deadline, ..Limits::default() };
        let server = Server::start(backend, limits);
        let mut http = Http::connect(server.at).expect("the server accepts");
        let begun = Instant::now();
        while begun.elapsed() < deadline * 3 {
            let answer = http.request("GET", "/health", b"").expect("an answer each time");
            assert_eq!(answer.status, 200);
        }
        if backend.wire() == Wire::LongPoll {
            let target = "/poll?room=held&name=anna&since=0&wait=0.5";
            let answer = http.request("GET", target, b"").expect("a held poll ends by itself");
            assert_eq!((answer.status, answer.json()["next"].as_u64()), (200, Some(0)));
        }
        Kept
    }
    plain_and_tls("a connection that is used, or held, outlives the handshake deadline", check);
}

#[test]
fn a_close_during_a_backlog_is_answered_behind_whole_frames() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("HTTP has no closing handshake");
        }
        let server = Server::start(backend, Limits::default());
        let mut speaker = server.join("backlog", "anna");
        let text = "x".repeat(4000);
        for _ in 0..1_500 {
            speaker.say_and_hear(&text);
        }
        // 6 MB wait for this one, more than the sockets take; it says goodbye before it reads.
        let mut member = WsMember::join(server.at, "backlog", "ben", Some(0), None);
        member.write(&frame(CLOSE, &1000u16.to_be_bytes(), true));
        loop {
            match member.next() {
                Event::Message(said) => assert_eq!(said.text.len(), text.len()),
                end => break assert_eq!(end, Event::Closed { code: Some(1000) }),
            }
        }
        Kept
    }
    plain_and_tls("a close is answered even behind a backlog, and no frame is cut", check);
}

#[test]
fn nobody_without_a_request_holds_up_a_shutdown() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let hour = Duration::from_secs(3600);
        let server_limits = Limits { drain_deadline: hour, ..Limits::default() };
        let mut server = Server::start(backend, server_limits);
        let mut kept = Http::connect(server.at).expect("the server accepts");
        assert_eq!(kept.request("GET", "/health", b"").expect("an answer").status, 200);
        server.stop();
        // An hour is more than the test waits for.
        server.ended().expect("a shutdown is no error");
        drop(kept);
        Kept
    }
    plain_and_tls("R9 an idle connection does not hold up a shutdown", check);
}

#[test]
fn who_takes_an_echo_slowly_outlives_the_write_deadline() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("hyper sends the echo of a body, below which writes are watched");
        }
        let deadline = Duration::from_millis(500);
        let server =
            Server::start(backend, Limits { write_deadline: deadline, ..Limits::default() });
        let mut http = Http::connect(server.at).expect("the server accepts");
        http.write(&handshake("/echo")).expect("the server reads");
        assert_eq!(http.answer().expect("an answer").status, 101);
        // More than the sockets take, so that the server has to wait for this reader.
        let payload = vec![b'x'; Limits::default().echo_bytes];
        http.write(&frame(BINARY, &payload, true)).expect("the server reads");
        let (mut stream, mut come) = http.into_parts();
        let (due, begun) = (payload.len() + 10, Instant::now());
        let mut chunk = vec![0; 64 * 1024];
        while come.len() < due {
            // As much at a time as makes it last for twice the deadline in all.
            let share = begun.elapsed().as_secs_f64() / (2.0 * deadline.as_secs_f64());
            if come.len() as f64 / due as f64 > share {
                std::thread::yield_now();
                continue;
            }
            let count = stream.read(&mut chunk).expect("the server goes on");
            assert!(count > 0, "the connection ended after {} of {due} bytes", come.len());
            come.extend_from_slice(&chunk[..count]);
        }
        assert!(come.len() == due && come[10..] == payload, "the same comes back");
        Kept
    }
    every_backend("a slow reader who makes progress outlives the write deadline", check);
}
