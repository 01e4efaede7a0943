//! The dissector against tungstenite's frames, against vectors that the browser's has to pass as
//! well, and against noise.

use proptest::prelude::*;
use serde_json::Value;
use tungstenite::Message;
use tungstenite::protocol::{Role, WebSocket};

use super::*;

/// What tungstenite writes.
fn written(role: Role, message: Message) -> Vec<u8> {
    let mut socket = WebSocket::from_raw_socket(std::io::Cursor::new(Vec::new()), role, None);
    socket.send(message).unwrap();
    socket.into_inner().into_inner()
}

fn side(role: Role) -> From {
    if role == Role::Client { From::Client } else { From::Server }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(&String::from_iter(two), 16).unwrap()).collect()
}

proptest! {
    #[test]
    fn whatever_tungstenite_writes_is_understood(
        payload in prop::collection::vec(any::<u8>(), 0..70_000),
        is_client: bool,
        kind in 0..4u8,
    ) {
        let role = if is_client { Role::Client } else { Role::Server };
        let short = payload[..payload.len().min(125)].to_vec();
        let (message, opcode, carried) = match kind {
            0 => (Message::binary(payload.clone()), 2, payload),
            1 => (Message::Ping(short.clone().into()), 9, short),
            2 => (Message::Pong(short.clone().into()), 10, short),
            _ => {
                let text = String::from_utf8_lossy(&payload).into_owned();
                (Message::text(text.clone()), 1, text.into_bytes())
            }
        };
        let bytes = written(role, message);
        let frame = Dissector::new(side(role)).next(&bytes).unwrap().unwrap();
        prop_assert_eq!(frame.bytes(), bytes.len());
        prop_assert_eq!((frame.fin, frame.opcode, frame.key.is_some()), (true, opcode, is_client));
        prop_assert_eq!(&frame.payload, &carried);
        let mut end = 0;
        for (_, range) in &frame.parts {
            prop_assert_eq!(range.start, end, "parts have no gap");
            end = range.end;
        }
        // Whatever is missing at the end, the frame is not whole and nothing is wrong with it.
        for whole in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            prop_assert_eq!(Dissector::new(side(role)).next(&bytes[..whole]), Ok(None));
        }
        // The other side may not send this.
        let other = if is_client { From::Server } else { From::Client };
        prop_assert!(Dissector::new(other).next(&bytes).is_err());
    }

    #[test]
    fn what_we_write_tungstenite_reads(words: String, key: [u8; 4]) {
        let bytes = text(key, words.as_bytes());
        let stream = std::io::Cursor::new(bytes);
        let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
        let read = socket.read().unwrap().into_text().unwrap();
        prop_assert_eq!(read.as_str(), words);
    }

    #[test]
    fn noise_is_never_a_panic(bytes: Vec<u8>, is_client: bool) {
        let from = if is_client { From::Client } else { From::Server };
        let _ = Dissector::new(from).next(&bytes);
    }
}

#[test]
fn every_vector_is_judged_as_it_says() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let mut seen = Vec::new();
    for vector in &vectors {
        let from = if vector["from"] == "client" { From::Client } else { From::Server };
        let (mut dissector, bytes) = (Dissector::new(from), unhex(vector["hex"].as_str().unwrap()));
        let (mut rest, mut frames) = (&bytes[..], Vec::new());
        let ended = loop {
            match dissector.next(rest) {
                Ok(Some(frame)) => {
                    rest = &rest[frame.bytes()..];
                    frames.push(frame);
                }
                Ok(None) if rest.is_empty() => break Value::Null,
                Ok(None) => break Value::from("short"),
                Err(fault) => {
                    seen.push(fault.name);
                    break Value::from(fault.name);
                }
            }
        };
        assert_eq!(ended, vector["fault"], "{vector}");
        let texts: Vec<_> = frames
            .iter()
            .map(|frame| String::from_utf8_lossy(&frame.payload).into_owned())
            .collect();
        assert_eq!(serde_json::json!(texts), vector["payloads"], "{vector}");
    }
    for fault in ALL {
        assert!(seen.contains(&fault.name), "no vector shows {}", fault.name);
        assert_ne!(fault.told(true), fault.told(false), "{}", fault.name);
    }
}
