//! R10 from outside: members that are gone without a word are found.

use duplex_lab::backend::ALL;

use super::{serve, until_connections};
use crate::cli::running::{Running, signal};
use crate::support::{Http, handshake};
use duplex_lab::message::Wire;

/// Far shorter than any wait of the defaults, so that the flag must have been heard.
const QUICK: &[&str] = &["--heartbeat", "300ms/500ms"];

#[test]
fn a_socket_that_falls_silent_is_found() {
    for backend in ALL {
        let (_server, at) = serve(backend.name(), QUICK);
        let request = match backend.wire() {
            Wire::LongPoll => {
                // Held for as long as the server likes.
                let head = Http::once(at, "GET", "/poll?room=gone&name=anna", b"").json();
                let target = format!("/poll?room=gone&name=anna&since={}&wait=30", head["next"]);
                format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
            }
            _ => handshake("/chat?room=gone&name=anna"),
        };
        let mut silent = Http::connect(at).expect("the server accepts");
        silent.write(&request).expect("the server reads");
        until_connections(at, "it has come", |count| count > 0);
        until_connections(at, "it is missed", |count| count == 0);
        drop(silent);
    }
}

#[test]
fn a_program_that_stands_still_is_found() {
    for backend in ALL {
        let (_server, at) = serve(backend.name(), QUICK);
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let scenario = crate::cli::scenario_file(&folder, "still", 4, 100.0);
        let url = format!("http://{at}");
        let file = crate::cli::argument(&scenario);
        let arguments = ["load", "--url", &url, "--backend", backend.name(), "--file", file];
        let members = Running::start(&arguments, "still");
        until_connections(at, "four members have come", |count| count >= 4);
        // Its kernel goes on: the connections are open, and only the program does not answer.
        signal(members.pid(), "STOP");
        until_connections(at, "all of them are missed", |count| count == 0);
        signal(members.pid(), "CONT");
    }
}

#[test]
fn without_a_heartbeat_nobody_is_pinged_and_a_wrong_one_is_refused() {
    let (_server, at) = serve(ALL[0].name(), &["--heartbeat", "off"]);
    assert_eq!(Http::once(at, "GET", "/health", b"").status, 200);
    let arguments = ["serve", "--backend", ALL[0].name(), "--heartbeat", "often"];
    crate::cli::refused(&arguments, &["--heartbeat", "25s/8s"]);
}
