//! S11: requests that two programs would read differently.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;

use super::{Kept, Verdict, every_backend};
use crate::support::{Http, Response, Server};

/// A request that would be answered if it were taken for one.
const SMUGGLED: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Each with the status that refuses it.
const VECTORS: &[(&str, u16, &str)] = &[
    ("length and coding", 400, "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("coding and length", 400, "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
    ("two lengths", 400, "Content-Length: 0\r\nContent-Length: 44\r\n\r\n"),
    ("the same length twice", 400, "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
    ("a list of lengths", 400, "Content-Length: 0, 0\r\n\r\n"),
    ("a signed length", 400, "Content-Length: +0\r\n\r\n"),
    ("a length below zero", 400, "Content-Length: -1\r\n\r\n"),
    ("a length beyond all numbers", 400, "Content-Length: 184467440737095516160\r\n\r\n"),
    ("a blank before the colon", 400, "Content-Length : 0\r\n\r\n"),
    ("a folded line", 400, "A: b\r\n Content-Length: 4\r\n\r\n"),
    ("a line without CR", 400, "A: b\nContent-Length: 4\r\n\r\n"),
    ("an end without CR", 400, "A: b\r\n\n"),
    ("a CR of its own", 400, "A: b\rContent-Length: 4\r\n\r\n"),
    ("a NUL", 400, "A: b\0\r\n\r\n"),
    ("an unknown coding", 400, "Transfer-Encoding: xchunked\r\n\r\n"),
    ("chunks inside of something", 400, "Transfer-Encoding: chunked, identity\r\n\r\n"),
    ("two codings", 400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"),
    ("a coding in disguise", 400, "Transfer-Encoding:\x0bchunked\r\n\r\n"),
    ("a second Host", 400, "Host: localhost\r\n\r\n"),
];

/// How many answers there are in what came back.
fn answers(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches("HTTP/1.1 ").count()
}

#[test]
fn s11_ambiguous_requests_are_refused_and_nothing_behind_them_is_answered() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        for (what, status, lines) in VECTORS {
            let request = format!("POST /echo HTTP/1.1\r\nHost: localhost\r\n{lines}{SMUGGLED}");
            let bytes = Http::raw(server.at, request.as_bytes());
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let answer = Response::first_in(&bytes);
            assert_eq!(answer.status, *status, "{what}: {shown}");
            answer.code();
            assert_eq!(answers(&bytes), 1, "{what}: what stands behind it is answered: {shown}");
        }
        server.goes_on();
        Kept
    }
    every_backend("S11 ambiguous requests are 400, and nothing behind them is answered", check);
}

#[test]
fn s11_behind_chunks_nothing_is_taken_for_a_request() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\nhi\r\n0\r\n\r\n{SMUGGLED}"
        );
        let bytes = Http::raw(server.at, request.as_bytes());
        assert!(answers(&bytes) <= 1, "{}", String::from_utf8_lossy(&bytes));
        Kept
    }
    every_backend("S11 a body in chunks is the last thing on its connection", check);
}

fn answer_to(server: &Server, request: &str) -> Response {
    let mut http = Http::connect(server.at).expect("the server accepts");
    http.write(request.as_bytes()).expect("the server reads");
    http.answer().unwrap_or_else(|error| panic!("{}: {error}", request.escape_debug()))
}

#[test]
fn s11_targets_and_versions_mean_the_same_on_every_backend() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        for (request, status, word) in [
            ("GET /health HTTP/1.1\r\n\r\n", 400, "bad-host"),
            ("GET /health HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad-host"),
            ("GET /health HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400, "bad-host"),
            ("GET /health HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400, "bad-host"),
            ("GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n", 505, "http-version"),
            ("GET /health HTTP/1.0\r\n\r\n", 505, "http-version"),
            ("GET /health HTTP/3.0\r\nHost: localhost\r\n\r\n", 400, "no-http"),
            ("GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "no-http"),
            ("GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "bad-host"),
            (
                "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                403,
                "foreign-host",
            ),
            ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "not-found"),
            ("CONNECT localhost HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "not-found"),
        ] {
            let answer = answer_to(&server, request);
            let found = (answer.status, answer.code());
            assert_eq!(found, (status, word.to_owned()), "{}", request.escape_debug());
        }
        let whole = "GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!(answer_to(&server, whole).status, 200);
        Kept
    }
    every_backend("S11 Host, version and target are judged alike on every backend", check);
}

#[test]
fn s3_a_head_beyond_the_limit_is_431() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let filler = "a".repeat(300 * 1024);
        for request in [
            format!("GET /{filler} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nA: {filler}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "a: b\r\n".repeat(9_000)),
        ] {
            let bytes = Http::raw(server.at, request.as_bytes());
            // A reset, because not all of it was read, may destroy the answer.
            if !bytes.is_empty() {
                let answer = Response::first_in(&bytes);
                assert_eq!((answer.status, answer.code()), (431, "head-too-large".to_owned()));
            }
        }
        server.goes_on();
        Kept
    }
    every_backend("S3 a head that does not end is 431 as JSON", check);
}
