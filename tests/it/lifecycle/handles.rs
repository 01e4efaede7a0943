//! When the machine has no more handles or threads to give.

use std::net::TcpStream;

use duplex_lab::backend::{ALL, Backend};
use duplex_lab::chat::Limits;

use crate::cli::address;
use crate::cli::running::Running;
use crate::conformance::Verdict::{Kept, NoMeaning};
use crate::conformance::{Verdict, every_backend};
use crate::support::{Http, Server, until};

#[test]
fn without_handles_a_server_says_so_once_and_goes_on_when_there_are_some() {
    for backend in ALL {
        let arguments = ["serve", "--backend", backend.name(), "--listen", "127.0.0.1:0"];
        let mut server = Running::start_with_files(48, &arguments, "handles");
        let at = address(&server.line(), backend.name());
        let mut crowd: Vec<TcpStream> = Vec::new();
        // The kernel takes connections that the server cannot, so all of these succeed.
        until("the server is out of handles", || {
            crowd.extend((0..8).map(|_| TcpStream::connect(at).expect("the kernel accepts")));
            server.complaints().contains("cannot accept").then_some(())
        });
        assert!(crowd.len() < 200, "{}: {} connections", backend.name(), crowd.len());
        drop(crowd);
        until("it goes on", || {
            let mut http = Http::connect(at).ok()?;
            let answer = http.request("GET", "/health", b"").ok()?;
            (answer.status == 200).then_some(())
        });
        server.signal("TERM");
        let output = server.ended();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{}: {said}", backend.name());
        assert_eq!(said.lines().count(), 1, "{}: it is said once: {said}", backend.name());
    }
}

#[test]
fn without_threads_visitors_are_turned_away_politely() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.name() != "blocking" {
            return NoMeaning("no thread is made for a connection");
        }
        // No machine has room for such a stack, so no thread can be had.
        let server = Server::start(backend, Limits { thread_stack: 1 << 50, ..Limits::default() });
        for _ in 0..3 {
            let answer = Http::once(server.at, "GET", "/health", b"");
            assert_eq!((answer.status, answer.code()), (503, "full".to_owned()));
        }
        Kept
    }
    every_backend("a connection that gets no thread is answered with 503", check);
}
