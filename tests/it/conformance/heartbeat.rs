//! R10: who is silent for too long is dropped, and a poll is not held forever.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Event, Http, Server, WsMember};

fn restless() -> Limits {
    Limits {
        ping_interval: Duration::from_millis(150),
        pong_deadline: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[test]
fn r10_a_silent_member_is_dropped() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("a held poll ends by itself");
        }
        let server = Server::start(backend, restless());
        let member = WsMember::join(server.at, "r10", "silent", None, None);
        // From here on a bare socket: it reads, but answers no ping.
        let mut stream = member.into_stream();
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            // Who is dropped hears no goodbye, neither from TCP nor from TLS.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof
                ) => {}
            Err(error) => panic!("a silent member was not dropped: {error}"),
        }
        assert_eq!(bytes.first(), Some(&0x89), "a ping comes before the end: {bytes:?}");
        server.goes_on();
        Kept
    }
    plain_and_tls("R10 a member that answers no ping is dropped", check);
}

#[test]
fn r10_a_member_that_answers_stays() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("HTTP has no ping");
        }
        let server = Server::start(backend, restless());
        let mut member = WsMember::join(server.at, "r10", "alive", None, None);
        // Four intervals are longer than one interval and the deadline together.
        member.answer_pings(4);
        let mut other = server.join("r10", "other");
        other.say_and_hear("are you there?");
        assert!(matches!(member.next(), Event::Message(_)), "dropped although it answered");
        Kept
    }
    plain_and_tls("R10 a member that answers stays", check);
}

#[test]
fn r10_a_poll_is_held_for_as_long_as_asked_and_no_longer_than_allowed() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::LongPoll {
            return NoMeaning("nothing is held");
        }
        let short = Duration::from_millis(200);
        let server = Server::start(backend, Limits { poll_wait_max: short, ..Limits::default() });
        let mut http = Http::connect(server.at).expect("the server accepts");
        for (wait, at_least) in [("0", Duration::ZERO), ("0.1", short / 2), ("3600", short)] {
            let begun = Instant::now();
            let target = format!("/poll?room=r10&name=anna&since=0&wait={wait}");
            let answer = http.request("GET", &target, b"").expect("a held poll ends");
            let json = answer.json();
            assert_eq!((answer.status, &json["next"]), (200, &0.into()), "{json}");
            assert_eq!(json["messages"], serde_json::json!([]));
            // Timers of the runtime tick in milliseconds.
            let held = begun.elapsed() + Duration::from_millis(2);
            assert!(held >= at_least, "wait={wait} was held for {held:?} only");
        }
        Kept
    }
    plain_and_tls("R10 a poll is held for 'wait', and at most for the limit", check);
}

#[test]
fn r10_half_a_request_is_not_waited_for_forever() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { handshake_deadline: Duration::from_millis(200), ..Limits::default() };
        let server = Server::start(backend, limits);
        for beginning in ["", "GET /chat?room=a HTTP/1.1\r\nHost: localhost\r\n"] {
            let mut half = Http::connect(server.at).expect("the server accepts");
            half.write(beginning.as_bytes()).expect("sent");
            let end = half.until_closed().expect("half a request is not waited for");
            assert!(end.is_empty() || end.starts_with(b"HTTP/1.1 408"), "{end:?}");
        }
        server.goes_on();
        Kept
    }
    plain_and_tls("R10 half a request ends at the handshake deadline", check);
}
