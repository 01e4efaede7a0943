//! The WebSocket backends put the same bytes on the wire, so that comparing them compares only
//! how they wait.

use std::io::{Read, Write};

use duplex_lab::backend::{ALL, Backend};
use duplex_lab::chat::Limits;
use duplex_lab::message::Wire;

use crate::support::{Http, Server, frame, handshake};

/// The first two bytes of a frame (FIN, opcode; mask, short length) and its payload.
type Frame<Payload> = (u8, u8, Payload);

/// Lengths of texts that give frames of both short lengths.
const TEXTS: [usize; 5] = [1, 60, 125, 126, 4096];
/// How a message begins.
const MESSAGE: &[u8] = b"{\"type\":\"message\"";

/// Takes a stream of frames apart.
fn frames(mut bytes: &[u8]) -> Vec<Frame<Vec<u8>>> {
    let mut found = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let digits = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let (long, rest) = rest.split_at(digits);
        let length = match long {
            [] => usize::from(second & 0x7f),
            long => long.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        let (payload, rest) = rest.split_at(length);
        found.push((*first, *second, payload.to_vec()));
        bytes = rest;
    }
    found
}

/// The payload without the values that differ from server to server and from moment to moment.
fn without_values(payload: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(payload).into_owned();
    for field in ["\"backend\":", "\"epoch\":", "\"at\":"] {
        if let Some((before, after)) = text.split_once(field) {
            let end = after.find([',', '}']).unwrap_or(after.len());
            text = format!("{before}{field}{}", &after[end..]);
        }
    }
    text
}

/// Everything a backend sends to a member who resumes, talks and leaves.
fn conversation(backend: &'static dyn Backend) -> Vec<Frame<String>> {
    let server = Server::start(backend, Limits::default());
    let mut http = Http::connect(server.at).expect("the server accepts");
    http.write(&handshake("/chat?room=same&name=anna&since=7&epoch=foreign")).expect("sent");
    assert_eq!(http.answer().expect("an answer").status, 101);
    for length in TEXTS {
        let say = serde_json::json!({ "type": "say", "text": "x".repeat(length), "id": "i" });
        http.write(&frame(0x81, say.to_string().as_bytes(), true)).expect("sent");
    }
    let (mut stream, mut bytes) = http.into_parts();
    // Everything is there before the farewell: nothing of the room may follow a close frame.
    while bytes.windows(MESSAGE.len()).filter(|part| *part == MESSAGE).count() < TEXTS.len() {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).expect("a server that answers");
        assert!(count > 0, "closed before everything was said");
        bytes.extend_from_slice(&chunk[..count]);
    }
    stream.write_all(&frame(0x88, &1000u16.to_be_bytes(), true)).expect("sent");
    stream.read_to_end(&mut bytes).expect("the server closes after the closing handshake");
    frames(&bytes)
        .into_iter()
        // The greeting of another name has another length.
        .map(|(first, second, payload)| match without_values(&payload) {
            hello if hello.contains("\"hello\"") => (first, 0, hello),
            other => (first, second, other),
        })
        .collect()
}

#[test]
fn the_websocket_backends_write_the_same_bytes() {
    let mut seen: Option<(&str, Vec<Frame<String>>)> = None;
    for backend in ALL.iter().filter(|backend| backend.wire() == Wire::WebSocket) {
        let said = conversation(*backend);
        assert!(said.iter().all(|(_, second, _)| second & 0x80 == 0), "a server never masks");
        assert_eq!(said.first().map(|(first, ..)| *first), Some(0x81), "{said:?}");
        assert_eq!(said.last().map(|(first, ..)| *first), Some(0x88), "{said:?}");
        match &seen {
            None => seen = Some((backend.name(), said)),
            Some((other, before)) => {
                assert_eq!(*before, said, "{other} and {} differ", backend.name());
            }
        }
    }
}
