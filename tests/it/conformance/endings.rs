//! R9: how a server ends, and how a connection does.

use std::net::TcpStream;
use std::time::Duration;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Event, Http, Member, Server, WsMember, frame, until, until_waiting};

/// Asks `/stats` until at most that many connections are open, the asking one included.
pub(super) fn wait_for_connections(server: &Server, most: u64) {
    let mut http = Http::connect(server.at).expect("the server accepts");
    until(&format!("at most {most} connections"), || {
        let stats = http.request("GET", "/stats", b"").expect("the server answers").json();
        let open = stats["connections"].as_u64().expect("/stats counts connections");
        (open <= most).then_some(())
    });
}

#[test]
fn r9_a_shutdown_tells_everybody_and_ends() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        // Members that play along are not waited for until the drain is over.
        let limits = Limits { drain_deadline: Duration::from_secs(600), ..Limits::default() };
        let mut server = Server::start(backend, limits);
        let mut members: Vec<Member> =
            ["anna", "ben"].iter().map(|name| server.join("r9", name)).collect();
        let last = members[0].say_and_hear("the last word").seq;
        if server.wire == Wire::LongPoll {
            // Between two polls there is nobody to deliver to: this one is held before the stop.
            assert_eq!(members[1].message().seq, last);
        }
        server.stop();
        if server.wire == Wire::WebSocket {
            assert_eq!(members[1].message().seq, last, "what was accepted is still delivered");
        }
        let code = (server.wire == Wire::WebSocket).then_some(1001);
        for member in &mut members {
            assert_eq!(member.next(), Event::Closed { code });
        }
        server.ended().expect("a shutdown is no error");
        assert!(TcpStream::connect(server.at).is_err(), "it still accepts connections");
        Kept
    }
    plain_and_tls(
        "R9 on shutdown everybody is told (1001), serve() returns, nobody gets in",
        check,
    );
}

#[test]
fn r9_a_held_poll_gets_an_empty_final_answer() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::LongPoll {
            return NoMeaning("the closing frame is the final answer");
        }
        let mut server = Server::start(backend, Limits::default());
        let mut held = Http::connect(server.at).expect("the server accepts");
        held.ask("GET", "/poll?room=r9&name=anna&since=0&wait=25", b"").expect("sent");
        until_waiting(server.at, 1);
        server.stop();
        let answer = held.answer().expect("a held poll is answered at shutdown");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["messages"], serde_json::json!([]));
        assert_eq!(answer.json()["next"], 0);
        server.ended().expect("a shutdown is no error");
        Kept
    }
    plain_and_tls("R9 a held poll gets an empty final answer", check);
}

#[test]
fn r9_nobody_can_hold_up_a_shutdown() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { drain_deadline: Duration::from_millis(300), ..Limits::default() };
        let mut server = Server::start(backend, limits);
        // One who says nothing, one who stops in the middle of a request, one who never answers
        // the closing frame, one who keeps a connection for later.
        let silent = TcpStream::connect(server.at).expect("the server accepts");
        let mut half = Http::connect(server.at).expect("the server accepts");
        half.write(b"GET /chat?room=r9 HT").expect("sent");
        let deaf = server.join("r9", "deaf");
        let mut kept = Http::connect(server.at).expect("the server accepts");
        assert_eq!(kept.request("GET", "/health", b"").expect("an answer").status, 200);
        server.stop();
        server.ended().expect("a shutdown is no error");
        drop((silent, half, deaf, kept));
        Kept
    }
    plain_and_tls("R9 the drain is bounded: nobody can hold up a shutdown", check);
}

#[test]
fn a_stop_before_anybody_came_ends_at_once() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let mut server = Server::start(backend, Limits::default());
        server.stop();
        server.ended().expect("a shutdown is no error");
        Kept
    }
    plain_and_tls("R9 a server nobody came to ends, too", check);
}

#[test]
fn a_member_who_leaves_is_let_go() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("HTTP has no closing handshake");
        }
        let server = Server::start(backend, Limits::default());
        let mut polite = WsMember::join(server.at, "leave", "polite", None, None);
        polite.write(&frame(0x88, &1000u16.to_be_bytes(), true));
        assert_eq!(polite.next(), Event::Closed { code: Some(1000) });
        let rude = server.join("leave", "rude");
        drop((polite, rude));
        wait_for_connections(&server, 1);
        Kept
    }
    plain_and_tls("a close frame is answered with its code; a vanished member is let go", check);
}
