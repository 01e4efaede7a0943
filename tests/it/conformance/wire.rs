//! The wire as foreign clients meet it: greeting, answers, headers, `/echo` and the plain pages.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;
use serde_json::{Value, json};
use tungstenite::Message;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Event, Http, Server, WsMember, frame, until_waiting};

/// The names of the fields of an object, in alphabetical order.
fn fields(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_greeting_comes_first_and_says_who_and_where() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("the first poll greets");
        }
        let server = Server::start(backend, Limits::default());
        let mut member = server.join("lobby", "anna");
        member.say_and_hear("a");
        let target = "/chat?room=lobby&name=J%C3%BCrg+%F0%9F%98%80&since=0";
        let mut late = WsMember::open(server.at, target).expect("an upgrade");
        let hello = late.hello();
        let expected = json!({
            "type": "hello", "backend": backend.name(), "room": "lobby", "name": "Jürg 😀",
            "epoch": member.epoch(), "head": 1,
        });
        assert_eq!(hello, expected);
        let Ok(Message::Text(text)) = late.frame() else { panic!("no message") };
        let message: Value = serde_json::from_str(text.as_str()).expect("JSON");
        assert_eq!(fields(&message), ["at", "from", "id", "seq", "text", "type"]);
        Kept
    }
    plain_and_tls("the greeting comes first, with exactly its fields", check);
}

#[test]
fn a_poll_without_since_answers_at_once_with_the_head() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::LongPoll {
            return NoMeaning("nobody polls here");
        }
        let server = Server::start(backend, Limits::default());
        let mut http = Http::connect(server.at).expect("the server accepts");
        for head in 0..2 {
            let answer = http.request("GET", "/poll?room=lobby&name=anna&wait=25", b"");
            let answer = answer.expect("an answer long before 'wait' is over");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert!(http.is_kept(), "a connection per poll would measure something else");
            let body = answer.json();
            assert_eq!(fields(&body), ["epoch", "messages", "missed", "next"]);
            assert_eq!((&body["next"], &body["missed"]), (&json!(head), &json!(0)));
            assert_eq!(body["messages"], json!([]));
            let say = json!({ "type": "say", "text": "a", "id": "1" }).to_string();
            let said = http.request("POST", "/say?room=lobby&name=anna", say.as_bytes());
            let said = said.expect("an answer on the same connection");
            assert_eq!((said.status, said.json()), (200, json!({ "seq": head + 1 })));
        }
        let answer = http.request("GET", "/poll?room=lobby&name=anna&since=1", b"").expect("one");
        let message = &answer.json()["messages"][0];
        assert_eq!(fields(message), ["at", "from", "id", "seq", "text", "type"]);
        assert_eq!((&message["type"], &message["seq"]), (&json!("message"), &json!(2)));
        Kept
    }
    plain_and_tls("a poll without since answers at once; fields and headers as written", check);
}

#[test]
fn a_held_poll_is_answered_when_something_is_said() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::LongPoll {
            return NoMeaning("nobody polls here");
        }
        let server = Server::start(backend, Limits::default());
        let mut speaker = server.join("held", "anna");
        let mut held = Http::connect(server.at).expect("the server accepts");
        for turn in 0..20 {
            let target = format!("/poll?room=held&name=ben&since={turn}&wait=25");
            held.ask("GET", &target, b"").expect("sent");
            until_waiting(server.at, 1);
            speaker.say("now", None);
            let body = held.answer().expect("an answer").json();
            assert_eq!((&body["next"], &body["missed"]), (&json!(turn + 1), &json!(0)));
        }
        Kept
    }
    plain_and_tls("a held poll is answered as soon as something is said", check);
}

#[test]
fn the_server_says_how_many_are_there_and_wait() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let members: Vec<_> = (0..3)
            .map(|n| match server.wire {
                Wire::LongPoll => {
                    let mut held = Http::connect(server.at).expect("the server accepts");
                    let target = format!("/poll?room=there&name=m{n}&since=0&wait=25");
                    held.ask("GET", &target, b"").expect("sent");
                    Box::new(held) as Box<dyn std::any::Any>
                }
                _ => Box::new(server.join("there", &format!("m{n}"))),
            })
            .collect();
        until_waiting(server.at, 3);
        let stats = Http::once(server.at, "GET", "/stats", b"").json();
        assert_eq!(stats["members"], 3, "{stats}");
        drop(members);
        until_waiting(server.at, 0);
        Kept
    }
    plain_and_tls("the server says how many are there and wait", check);
}

#[test]
fn echo_returns_what_it_gets() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let limits = Limits { echo_bytes: 1 << 20, ..Limits::default() };
        let server = Server::start(backend, limits);
        let most = 1 << 20;
        for length in [0, 1, 125, 126, 65_535, 65_536, most] {
            let payload: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let back = match server.wire {
                Wire::WebSocket => {
                    let mut echo = WsMember::open(server.at, "/echo").expect("an upgrade");
                    echo.write(&frame(0x81, "Grüße".as_bytes(), true));
                    assert_eq!(echo.frame(), Ok(Message::text("Grüße")));
                    echo.write(&frame(0x82, &payload, true));
                    echo.frame().expect("an echo").into_data().to_vec()
                }
                _ => Http::once(server.at, "POST", "/echo", &payload).body,
            };
            assert!(back == payload, "{length} bytes came back as {}", back.len());
        }
        let beyond = vec![b'x'; most + 1];
        match server.wire {
            Wire::WebSocket => {
                let mut echo = WsMember::open(server.at, "/echo").expect("an upgrade");
                echo.write(&frame(0x82, &beyond, true));
                assert_eq!(echo.next(), Event::Closed { code: Some(1009) });
            }
            _ => assert_eq!(refused(&server, &beyond), 413),
        }
        Kept
    }
    plain_and_tls("/echo returns any message unchanged, up to its limit", check);
}

/// The status of the answer to a body that is announced and, being refused, never read.
fn refused(server: &Server, body: &[u8]) -> u16 {
    let mut http = Http::connect(server.at).expect("the server accepts");
    let length = body.len();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
    http.write(head.as_bytes()).expect("the server reads");
    http.answer().expect("an answer").status
}

#[test]
fn the_plain_pages_are_there() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut http = Http::connect(server.at).expect("the server accepts");
        for (path, kind) in
            [("/", "text/html"), ("/stats", "application/json"), ("/health", "application/json")]
        {
            let answer = http.request("GET", path, b"").expect("an answer");
            assert_eq!(answer.status, 200, "{path}");
            let given = answer.header("content-type").unwrap_or_default();
            assert!(given.starts_with(kind), "{path} is {given}");
            match kind {
                "text/html" => assert!(answer.body.starts_with(b"<!"), "{path} is no page"),
                _ => assert!(answer.json().is_object(), "{path}"),
            }
        }
        let stats = http.request("GET", "/stats", b"").expect("an answer").json();
        assert!(stats["connections"].as_u64().is_some_and(|open| open >= 1), "{stats}");
        Kept
    }
    plain_and_tls("/, /stats and /health answer", check);
}
