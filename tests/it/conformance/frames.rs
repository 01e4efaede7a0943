//! R8 on the WebSocket wire: faults of the protocol close with the code RFC 6455 has for them,
//! and what the protocol allows is understood however it is cut.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, plain_and_tls};
use crate::support::{Event, Http, Server, WsMember, frame, handshake};

const NO_FRAMES: Verdict = NoMeaning("HTTP has no frames");
/// First bytes of frames: FIN and an opcode.
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const PING: u8 = 0x89;
const TEXT_TO_BE_CONTINUED: u8 = 0x01;
const LAST_CONTINUATION: u8 = 0x80;

fn say(text: &str) -> Vec<u8> {
    serde_json::json!({ "type": "say", "text": text }).to_string().into_bytes()
}

#[test]
fn r8_faults_of_the_protocol_close_with_their_code() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_FRAMES;
        }
        let limits = Limits::default();
        let beyond = vec![b'x'; limits.frame_bytes + 1];
        let half = &beyond[..limits.frame_bytes / 2 + 1];
        let in_parts =
            [frame(TEXT_TO_BE_CONTINUED, half, true), frame(LAST_CONTINUATION, half, true)]
                .concat();
        let server = Server::start(backend, limits);
        let cases: [(&str, Vec<u8>, u16); 11] = [
            ("a frame beyond the limit", frame(TEXT, &beyond, true), 1009),
            ("a message in parts beyond the limit", in_parts, 1009),
            ("a length of 2^63 - 1", [&[TEXT, 0xff, 0x7f][..], &[0xff; 11]].concat(), 1009),
            ("a binary frame", frame(BINARY, &say("x"), true), 1003),
            ("a text that is no UTF-8", frame(TEXT, b"{\"type\":\"\xff\"}", true), 1007),
            ("an unmasked frame", frame(TEXT, &say("x"), false), 1002),
            ("an unknown opcode", frame(0x83, b"x", true), 1002),
            ("a reserved bit", frame(TEXT | 0x40, &say("x"), true), 1002),
            ("a ping in parts", frame(0x09, b"x", true), 1002),
            ("a ping of 126 bytes", frame(PING, &[b'x'; 126], true), 1002),
            ("a continuation of nothing", frame(LAST_CONTINUATION, b"x", true), 1002),
        ];
        for (what, bytes, code) in cases {
            let mut member = WsMember::join(server.at, "r8", "anna", None, None);
            member.write(&bytes);
            assert_eq!(member.next(), Event::Closed { code: Some(code) }, "{what}");
        }
        let mut member = server.join("r8", "ben");
        assert_eq!(member.say_and_hear("x").seq, 1, "a fault took a number");
        Kept
    }
    plain_and_tls("R8 protocol faults close with 1002, 1003, 1007 or 1009", check);
}

#[test]
fn frames_may_be_cut_and_joined_as_one_likes() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_FRAMES;
        }
        let server = Server::start(backend, Limits::default());
        let mut member = WsMember::join(server.at, "cut", "anna", None, None);
        let whole = say("whole");
        let (begin, rest) = whole.split_at(9);
        let parts = [
            frame(TEXT_TO_BE_CONTINUED, begin, true),
            frame(PING, b"in between", true),
            frame(0x00, b"", true),
            frame(LAST_CONTINUATION, rest, true),
        ];
        member.write(&parts.concat());
        let Ok(tungstenite::Message::Pong(payload)) = member.frame() else { panic!("no pong") };
        assert_eq!(payload.as_ref(), b"in between");
        let Event::Message(said) = member.next() else { panic!("no message") };
        assert_eq!(said.text, "whole");
        for byte in frame(TEXT, &say("dribbled"), true) {
            member.write(&[byte]);
        }
        member.write(&[frame(TEXT, &say("a"), true), frame(TEXT, &say("b"), true)].concat());
        for text in ["dribbled", "a", "b"] {
            let Event::Message(said) = member.next() else { panic!("no message") };
            assert_eq!(said.text, text);
        }
        Kept
    }
    plain_and_tls("frames in parts, in drops and several at once are understood", check);
}

#[test]
fn a_frame_sent_with_the_handshake_is_not_lost() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_FRAMES;
        }
        let server = Server::start(backend, Limits::default());
        let mut http = Http::connect(server.at).expect("the server accepts");
        let mut bytes = handshake("/chat?room=eager&name=anna");
        bytes.extend(frame(TEXT, &say("already here"), true));
        http.write(&bytes).expect("sent");
        let mut member = WsMember::upgraded(http).expect("an upgrade");
        assert_eq!(member.hello()["head"], 0);
        let Event::Message(said) = member.next() else { panic!("no message") };
        assert_eq!((said.seq, said.text.as_str()), (1, "already here"));
        Kept
    }
    plain_and_tls("a frame in the same segment as the handshake is not lost", check);
}

#[test]
fn r8_half_an_opening_handshake_is_no_upgrade() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_FRAMES;
        }
        let server = Server::start(backend, Limits::default());
        let whole = String::from_utf8(handshake("/chat?room=r8&name=anna")).expect("ASCII");
        for (what, from, to) in [
            ("no Upgrade", "Upgrade: websocket\r\nConnection: Upgrade\r\n", ""),
            ("no key", "Sec-WebSocket-Key: ", "X-Key: "),
            ("version 12", "Version: 13", "Version: 12"),
            ("no version", "Sec-WebSocket-Version: 13\r\n", ""),
        ] {
            let mut http = Http::connect(server.at).expect("the server accepts");
            http.write(whole.replace(from, to).as_bytes()).expect("sent");
            let answer = http.answer().expect("an answer");
            assert!(matches!(answer.status, 400 | 426), "{what}: {}", answer.status);
            answer.code();
        }
        // Names of headers in any case, values as lists: what browsers and proxies really send.
        let other = whole
            .replace("Connection: Upgrade", "connection: keep-alive, upgrade")
            .replace("Upgrade: websocket", "UPGRADE: WebSocket");
        let mut http = Http::connect(server.at).expect("the server accepts");
        http.write(other.as_bytes()).expect("sent");
        WsMember::upgraded(http).expect("an upgrade").hello();
        Kept
    }
    plain_and_tls("R8 an incomplete opening handshake is 400 or 426, a complete one is not", check);
}
