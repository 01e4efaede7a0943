//! R8 over HTTP and in what members say: bad input gets a clear error and changes nothing.

use duplex_lab::backend::{ALL, Backend};
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Event, Http, Response, Server, WsMember, escaped};

/// Tries to join with this query and hands back the refusal.
fn refused_join(server: &Server, query: &str) -> Response {
    match server.wire {
        Wire::WebSocket => {
            let opened = WsMember::open(server.at, &format!("/chat?{query}"));
            opened.err().unwrap_or_else(|| panic!("'{query}' was upgraded"))
        }
        _ => Http::once(server.at, "GET", &format!("/poll?{query}"), b""),
    }
}

#[test]
fn r8_bad_room_name_and_since_are_refused_before_any_upgrade() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let long_room = format!("room={}&name=n", "r".repeat(65));
        let long_name = format!("room=r&name={}", escaped(&"ä".repeat(33)));
        for (query, code) in [
            ("", "bad-room"),
            ("name=anna", "bad-room"),
            ("room=&name=anna", "bad-room"),
            ("room=a%20b&name=anna", "bad-room"),
            ("room=K%C3%BCche&name=anna", "bad-room"),
            (&long_room, "bad-room"),
            ("room=r", "bad-name"),
            ("room=r&name=", "bad-name"),
            ("room=r&name=a%00b", "bad-name"),
            ("room=r&name=a%7Fb", "bad-name"),
            (&long_name, "bad-name"),
            ("room=r&name=n&since=-1", "bad-since"),
            ("room=r&name=n&since=1.5", "bad-since"),
            ("room=r&name=n&since=", "bad-since"),
            ("room=r&name=n&since=99999999999999999999", "bad-since"),
            ("room=r&name=n&since=0&wait=soon", "bad-wait"),
            ("room=r&name=n&since=0&wait=-1", "bad-wait"),
        ] {
            let answer = refused_join(&server, query);
            assert_eq!((answer.status, answer.code().as_str()), (400, code), "{query}");
        }
        Kept
    }
    plain_and_tls("R8 a bad room, name, since or wait is refused with 400", check);
}

#[test]
fn r8_what_is_just_allowed_is_allowed() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let room = format!("{}-_9", "r".repeat(61));
        let name = format!("{} &=+%/", "😀".repeat(25));
        let mut member = server.join(&room, &name);
        let longest = "€".repeat(1365) + "x";
        assert_eq!(longest.len(), 4096);
        let said = member.say_and_hear(&longest);
        assert_eq!(said.from, name, "a name comes back as it was given");
        // Six bytes of JSON for one byte of text: the longest text in its longest form.
        member.say(&"\u{1}".repeat(4096), None);
        assert_eq!(member.message().text.len(), 4096);
        Kept
    }
    plain_and_tls("R8 the longest room, name and text are accepted", check);
}

#[test]
fn r8_a_bad_say_is_answered_and_changes_nothing() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut member = server.join("r8", "anna");
        let say = |text: &str| serde_json::json!({ "type": "say", "text": text }).to_string();
        let cases: [(String, Option<&str>); 9] = [
            (say(&"x".repeat(4097)), Some("too-long")),
            (say(&"€".repeat(1366)), Some("too-long")),
            (say(""), None),
            ("{".to_owned(), None),
            ("[]".to_owned(), None),
            ("{\"type\":\"say\"}".to_owned(), None),
            ("{\"type\":\"say\",\"text\":5}".to_owned(), None),
            ("{\"type\":\"sing\",\"text\":\"la\"}".to_owned(), None),
            ("{\"type\":\"say\",\"text\":\"a\"} {}".to_owned(), None),
        ];
        for (bytes, word) in &cases {
            let shown: String = bytes.chars().take(40).collect();
            member.say_bytes(bytes.as_bytes());
            let Event::Error { code } = member.next() else { panic!("'{shown}' was accepted") };
            assert!(word.is_none_or(|word| word == code), "'{shown}' is called {code}");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!code.is_empty() && code.chars().all(plain), "'{code}' is no code");
        }
        let said = member.say_and_hear("still here");
        assert_eq!(said.seq, 1, "a refused say took a number");
        Kept
    }
    plain_and_tls(
        "R8 a bad say gets an error, the connection stays, the room does not move",
        check,
    );
}

#[test]
fn r8_a_wrong_path_or_method_says_so() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut cases = vec![
            ("GET", "/nowhere", 404),
            ("GET", "/chat/", 404),
            ("GET", "/../etc/passwd", 404),
            ("POST", "/health", 405),
            ("DELETE", "/", 405),
            ("PUT", "/stats", 405),
        ];
        match server.wire {
            Wire::WebSocket => cases.push(("POST", "/chat?room=r&name=n", 405)),
            _ => cases.extend([
                ("POST", "/poll?room=r&name=n", 405),
                ("GET", "/say?room=r&name=n", 405),
                ("GET", "/echo", 405),
            ]),
        }
        for (method, target, status) in cases {
            let answer = Http::once(server.at, method, target, b"");
            assert_eq!(answer.status, status, "{method} {target}");
            answer.code();
            if status == 405 {
                assert!(answer.header("allow").is_some(), "{method} {target}: 405 without Allow");
            }
        }
        Kept
    }
    plain_and_tls("R8 a wrong path is 404, a wrong method 405, both as JSON", check);
}

#[test]
fn r8_a_path_of_another_backend_names_it() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let paths: &[(&str, &str)] = match server.wire {
            Wire::WebSocket => &[("GET", "/poll?room=r&name=n"), ("POST", "/say?room=r&name=n")],
            _ => &[("GET", "/chat?room=r&name=n")],
        };
        for (method, target) in paths {
            let answer = Http::once(server.at, method, target, b"");
            assert_eq!(answer.status, 404, "{method} {target}");
            answer.code();
            let body = answer.json()["message"].to_string();
            let named = ALL.iter().any(|other| {
                other.wire() != server.wire && body.contains(&format!("--backend {}", other.name()))
            });
            assert!(named, "{method} {target} does not say which --backend has it: {body}");
        }
        Kept
    }
    plain_and_tls("R8 a path of another backend is 404 and says which --backend has it", check);
}

#[test]
fn r8_a_body_beyond_the_limit_is_413() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::LongPoll {
            return NoMeaning("says are frames here");
        }
        let limits = Limits::default();
        let beyond = vec![b'x'; limits.frame_bytes + 1];
        let server = Server::start(backend, limits);
        let answer = Http::once(server.at, "POST", "/say?room=r8&name=n", &beyond);
        assert_eq!(answer.status, 413);
        answer.code();
        // The same without telling the length before.
        let mut http = Http::connect(server.at).expect("the server accepts");
        let head = "POST /say?room=r8&name=n HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        let size = format!("{:x}\r\n", beyond.len());
        let bytes = [head.as_bytes(), size.as_bytes(), &beyond, b"\r\n0\r\n\r\n"].concat();
        http.write(&bytes).expect("sent");
        assert_eq!(http.answer().expect("an answer").status, 413);
        let bad = Http::once(server.at, "POST", "/say?room=&name=n", b"{}");
        assert_eq!((bad.status, bad.code().as_str()), (400, "bad-room"));
        server.goes_on();
        Kept
    }
    plain_and_tls("R8 a body beyond the limit is 413", check);
}

#[test]
fn r8_noise_is_refused_and_the_server_goes_on() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let endless = [b"GET /?".as_slice(), &vec![b'a'; 256 * 1024]].concat();
        let headers = [b"GET / HTTP/1.1\r\n".as_slice(), &b"a: b\r\n".repeat(10_000)].concat();
        let every_byte: Vec<u8> = (0..=255).collect();
        let noises: [&[u8]; 9] = [
            b"",
            b"\r\n\r\n",
            b"GET /chat?room=a HT",
            b"hello, is anybody there?\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            &every_byte,
            &endless,
            &headers,
        ];
        for noise in noises {
            let mut http = Http::connect(server.at).expect("the server accepts");
            // A server may close while the noise is still being sent.
            let _ = http.write(noise).and_then(|()| http.end());
            let end = http.until_closed().expect("noise is not waited for");
            let shown = String::from_utf8_lossy(&end[..end.len().min(40)]).into_owned();
            let refused = ["HTTP/1.1 4", "HTTP/1.0 4", "HTTP/1.1 505"];
            assert!(
                end.is_empty() || refused.iter().any(|start| shown.starts_with(start)),
                "'{}' was answered with '{shown}'",
                String::from_utf8_lossy(&noise[..noise.len().min(40)])
            );
        }
        server.goes_on();
        Kept
    }
    plain_and_tls("R8 truncated HTTP and noise are refused or closed, the server goes on", check);
}
