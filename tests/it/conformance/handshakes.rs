//! What an opening handshake may ask for and does not get: other versions, protocols, extensions.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Http, Response, Server, handshake};

const NO_UPGRADE: Verdict = NoMeaning("HTTP is not upgraded");

/// Sends an opening handshake with one thing in it replaced.
fn ask(server: &Server, from: &str, to: &str) -> Response {
    let whole = String::from_utf8(handshake("/echo")).expect("ASCII");
    assert!(whole.contains(from), "{from} is not in the handshake");
    let mut http = Http::connect(server.at).expect("the server accepts");
    http.write(whole.replace(from, to).as_bytes()).expect("sent");
    http.answer().expect("an answer")
}

#[test]
fn other_versions_are_told_which_one_is_spoken() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_UPGRADE;
        }
        let server = Server::start(backend, Limits::default());
        for version in ["0", "8", "12", "14", "255", "013", "13.0", "thirteen", ""] {
            let answer = ask(&server, "Version: 13", &format!("Version: {version}"));
            let spoken = answer.header("sec-websocket-version");
            assert_eq!((answer.status, spoken), (426, Some("13")), "'{version}'");
            answer.code();
        }
        Kept
    }
    plain_and_tls("a version other than 13 is 426 with Sec-WebSocket-Version: 13", check);
}

#[test]
fn a_bad_key_or_method_is_no_handshake() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_UPGRADE;
        }
        let server = Server::start(backend, Limits::default());
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        for bad in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZ===",
            "not base64 at all!!!",
            "AAAA",
        ] {
            assert_eq!(ask(&server, key, bad).status, 400, "'{bad}'");
        }
        for method in ["POST", "PUT", "OPTIONS"] {
            let answer = ask(&server, "GET ", &format!("{method} "));
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")), "{method}");
        }
        Kept
    }
    plain_and_tls("a key that is not 16 bytes of base64 is 400, another method 405", check);
}

#[test]
fn offers_are_declined_by_not_taking_them_up() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_UPGRADE;
        }
        let server = Server::start(backend, Limits::default());
        for offer in [
            "Sec-WebSocket-Protocol: chat, superchat",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            "Sec-WebSocket-Extensions: x-unknown",
        ] {
            let answer =
                ask(&server, "Host: localhost\r\n", &format!("Host: localhost\r\n{offer}\r\n"));
            assert_eq!(answer.status, 101, "{offer}");
            // RFC 6455 §4.2.2: absent means none; a client that needs one then goes away.
            for named in ["sec-websocket-protocol", "sec-websocket-extensions"] {
                assert_eq!(answer.header(named), None, "{offer}");
            }
        }
        Kept
    }
    plain_and_tls("offered subprotocols and extensions are declined, not refused", check);
}
