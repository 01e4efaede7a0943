//! S1 and S7: whose pages may ask.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, ask, every_backend, verdict, way_in};
use crate::support::{Http, Response, Server};

/// The statuses that let a member in.
fn is_in(answer: &Response) -> bool {
    matches!(answer.status, 101 | 200)
}

#[test]
fn s1_foreign_origins_are_refused_before_the_upgrade() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let (method, target) = way_in(server.wire);
        let port = server.at.port();
        let own = [
            format!("http://127.0.0.1:{port}"),
            format!("http://localhost:{port}"),
            format!("https://[::1]:{port}"),
        ];
        for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
            let host = format!("Host: {host}:{port}\r\n");
            assert!(is_in(&ask(server.at, method, target, &host)), "no Origin, {host}");
            for origin in &own {
                let lines = format!("{host}Origin: {origin}\r\n");
                assert!(is_in(&ask(server.at, method, target, &lines)), "{lines}");
            }
            for origin in [
                "http://evil.example".to_owned(),
                format!("http://evil.example:{port}"),
                "http://localhost:1".to_owned(),
                format!("http://localhost.evil.example:{port}"),
                "null".to_owned(),
                String::new(),
                format!("{}\r\nOrigin: http://evil.example", own[0]),
            ] {
                let lines = format!("{host}Origin: {origin}\r\n");
                let answer = ask(server.at, method, target, &lines);
                assert_eq!(verdict(&answer), (403, "foreign-origin".to_owned()), "{lines}");
            }
        }
        Kept
    }
    every_backend("S1 a page of another server is refused with 403 before any 101", check);
}

#[test]
fn s1_a_name_of_another_server_is_refused() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let (method, target) = way_in(server.wire);
        let port = server.at.port();
        for path in [target, "/", "/stats", "/echo"] {
            // What a browser sends when evil.example has been made to point to this machine.
            for host in ["evil.example".to_owned(), format!("evil.example:{port}")] {
                let lines = format!("Host: {host}\r\nOrigin: http://{host}\r\n");
                let answer = ask(server.at, method, path, &lines);
                assert_eq!(verdict(&answer), (403, "foreign-host".to_owned()), "{path} {lines}");
            }
        }
        Kept
    }
    every_backend("S1 a Host that is a foreign name is refused (DNS rebinding)", check);
}

#[test]
fn s1_what_was_allowed_is_allowed() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let allowed = "http://laptop.example:8080".parse().expect("an origin");
        let limits = Limits { allow_origins: vec![allowed], ..Limits::default() };
        let server = Server::start(backend, limits);
        let (method, target) = way_in(server.wire);
        for (lines, status) in [
            ("Host: localhost\r\nOrigin: http://laptop.example:8080\r\n", 0),
            ("Host: laptop.example:8080\r\nOrigin: http://laptop.example:8080\r\n", 0),
            ("Host: laptop.example\r\n", 0),
            ("Host: localhost\r\nOrigin: http://laptop.example\r\n", 403),
            ("Host: localhost\r\nOrigin: https://laptop.example:8080\r\n", 403),
            ("Host: desktop.example\r\n", 403),
        ] {
            let answer = ask(server.at, method, target, lines);
            let found = if is_in(&answer) { 0 } else { answer.status };
            assert_eq!(found, status, "{lines}");
        }
        Kept
    }
    every_backend("S1 --allow-origin lets in that origin and that host, and no other", check);
}

#[test]
fn s7_a_page_of_another_site_cannot_speak() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::LongPoll {
            return NoMeaning("nothing is said by request here");
        }
        let server = Server::start(backend, Limits::default());
        let body = r#"{"type":"say","text":"forged"}"#;
        let form = "Content-Type: text/plain\r\n";
        let json = "Content-Type: application/json\r\n";
        for (lines, expected) in [
            // A form of another site, with and without what a browser tells of it.
            (format!("Origin: http://evil.example\r\n{form}"), (403, "foreign-origin")),
            (format!("Sec-Fetch-Site: cross-site\r\n{form}"), (403, "foreign-origin")),
            (form.to_owned(), (415, "not-json")),
            ("Content-Type: application/x-www-form-urlencoded\r\n".into(), (415, "not-json")),
            (String::new(), (415, "not-json")),
            (format!("Origin: null\r\n{json}"), (403, "foreign-origin")),
            (format!("Sec-Fetch-Site: same-site\r\n{json}"), (403, "foreign-origin")),
            (format!("Sec-Fetch-Site: same-origin\r\n{json}"), (200, "")),
            (json.to_owned(), (200, "")),
        ] {
            let length = body.len();
            let request = format!(
                "POST /say?room=s7&name=n HTTP/1.1\r\nHost: localhost\r\n{lines}\
                 Content-Length: {length}\r\n\r\n{body}"
            );
            let mut http = Http::connect(server.at).expect("the server accepts");
            http.write(request.as_bytes()).expect("the server reads");
            let (status, word) = verdict(&http.answer().expect("an answer"));
            assert_eq!((status, word.as_str()), expected, "{lines}");
        }
        let mut member = server.resume("s7", 0, None);
        assert_eq!(member.messages(2).len(), 2, "what was refused was not said");
        Kept
    }
    every_backend("S7 a forged POST /say is refused and says nothing", check);
}

#[test]
fn s7_nothing_is_shared_with_other_sites_or_kept() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let (_, target) = way_in(server.wire);
        let preflight = "Host: localhost\r\nOrigin: http://evil.example\r\n\
                         Access-Control-Request-Method: POST\r\n";
        let answer = ask(server.at, "OPTIONS", target, preflight);
        assert_eq!(answer.status, 403);
        for path in ["/", "/stats", "/health", target, "/nowhere"] {
            let answer = Http::once(server.at, "GET", path, b"");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        }
        // An image or a script of another site, whose address is one of ours, carries no Origin.
        let lines = "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n";
        assert_eq!(ask(server.at, "GET", target, lines).status, 403);
        // A link on another site to the page is how people come.
        assert_eq!(ask(server.at, "GET", "/", lines).status, 200);
        Kept
    }
    every_backend("S7 no CORS, no caching, no reading by pages of other sites", check);
}
