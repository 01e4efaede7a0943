//! S2, S3, S5 and S12: what frames may not be.

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use super::{Kept, NoMeaning, Verdict, every_backend};
use crate::support::{Event, Http, Server, WsMember, frame, handshake};

const NO_FRAMES: Verdict = NoMeaning("HTTP has no frames");

/// How the server ends the connection of a member that sends these bytes.
fn end_after(server: &Server, bytes: &[u8]) -> Option<u16> {
    let mut member = WsMember::join(server.at, "frames", "anna", None, None);
    member.write(bytes);
    match member.next() {
        Event::Closed { code } => code,
        other => panic!("{other:?} instead of an end"),
    }
}

#[test]
fn s2_what_is_not_masked_is_not_read() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_FRAMES;
        }
        let server = Server::start(backend, Limits::default());
        let say = br#"{"type":"say","text":"poison"}"#;
        assert_eq!(end_after(&server, &frame(0x81, say, false)), Some(1002));
        assert_eq!(server.join("frames", "ben").head(), 0, "it was not said");
        Kept
    }
    every_backend("S2 an unmasked frame ends with 1002 and is not taken", check);
}

#[test]
fn s3_a_message_without_end_ends_with_1009() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("a body beyond the limit is 413: see giants");
        }
        let server = Server::start(backend, Limits::default());
        let giant = [&[0x81, 0xff][..], &(u64::MAX >> 1).to_be_bytes(), &[1, 2, 3, 4]].concat();
        assert_eq!(end_after(&server, &giant), Some(1009));
        let piece = [b'x'; 1024];
        let mut pieces = frame(0x01, &piece, true);
        for _ in 0..64 {
            pieces.extend(frame(0x00, &piece, true));
        }
        assert_eq!(end_after(&server, &pieces), Some(1009));
        server.goes_on();
        Kept
    }
    every_backend("S3 giant frames and endless fragments end with 1009", check);
}

#[test]
fn s5_compression_is_not_agreed_to() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NoMeaning("no Content-Encoding is read or sent");
        }
        let server = Server::start(backend, Limits::default());
        let mut http = Http::connect(server.at).expect("the server accepts");
        let offer = "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        let request = handshake("/chat?room=s5&name=anna");
        let request = String::from_utf8(request).expect("ASCII");
        let request = request.replace("\r\n\r\n", offer);
        http.write(request.as_bytes()).expect("the server reads");
        let answer = http.answer().expect("an answer");
        assert_eq!((answer.status, answer.header("sec-websocket-extensions")), (101, None));
        // A compressed message all the same: its first reserved bit is set.
        assert_eq!(end_after(&server, &frame(0xc1, b"\xf2\x48\xcd", true)), Some(1002));
        Kept
    }
    every_backend("S5 compression is declined, a compressed frame ends with 1002", check);
}

#[test]
fn s12_bad_text_and_bad_codes_have_their_answers() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        if backend.wire() != Wire::WebSocket {
            return NO_FRAMES;
        }
        let server = Server::start(backend, Limits::default());
        assert_eq!(end_after(&server, &frame(0x81, b"\xce\xba\xff", true)), Some(1007));
        assert_eq!(end_after(&server, &frame(0x83, b"", true)), Some(1002), "opcode 3");
        assert_eq!(end_after(&server, &frame(0x89, &[0; 126], true)), Some(1002), "a long ping");
        for reserved in [999_u16, 1004, 1005, 1006, 1015, 5000] {
            let end = end_after(&server, &frame(0x88, &reserved.to_be_bytes(), true));
            let never = [Some(1005), Some(1006), Some(1015)];
            assert!(!never.contains(&end), "{reserved} was answered with {end:?}");
        }
        Kept
    }
    every_backend("S12 bad UTF-8 is 1007, bad frames 1002; reserved codes are never sent", check);
}
