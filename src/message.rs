//! What clients and servers say to each other: the payloads, identical on every wire.
//!
//! A chat message is a small JSON object. Over WebSocket it is the payload of a text frame, over
//! long-polling an element of the answer's `messages` array: the same bytes, encoded once. This
//! module knows JSON and nothing of rooms, sockets or frames.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Something that can be put on a wire and read back.
///
/// `decode` borrows from the bytes it reads, so that a load generator can look at half a million
/// messages a second without copying their texts.
pub trait Message<'a>: Sized {
    /// Appends the encoded message to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads a message from exactly `bytes`.
    ///
    /// # Errors
    /// When the bytes are not such a message; the error says why in one line.
    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed>;
}

/// Bytes that are not the message they should have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        Malformed(error.to_string())
    }
}

/// The wire a backend speaks, and therefore the client that can talk to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// One full-duplex connection per member, RFC 6455 frames, at `/chat`.
    #[serde(rename = "websocket")]
    WebSocket,
    /// Held HTTP/1.1 requests at `/poll`, messages sent to `/say`.
    LongPoll,
    /// Finished frames over plain TCP without any handshake: what the floor speaks.
    Bare,
}

/// What a client says: a text for its room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ClientMessage<'a> {
    /// A text to everybody in the room.
    Say {
        /// The text, 1 to 4,096 bytes.
        #[serde(borrow)]
        text: Cow<'a, str>,
        /// Comes back in the sender's own copy, as the acknowledgement (R3).
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
    },
}

/// One accepted message as every member of the room receives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage<'a> {
    /// The number in its room, from 1, ascending by one.
    pub seq: u64,
    /// The sender's name.
    #[serde(borrow)]
    pub from: Cow<'a, str>,
    /// What the sender gave as `id`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Cow<'a, str>>,
    /// When the server accepted it, in milliseconds since 1970 by the server's clock.
    pub at: u64,
    /// The text.
    #[serde(borrow)]
    pub text: Cow<'a, str>,
}

/// What a server says over WebSocket, one JSON object per text frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ServerMessage<'a> {
    /// The first frame: who and where you are.
    Hello {
        /// The backend's `--backend` name.
        #[serde(borrow)]
        backend: Cow<'a, str>,
        /// The room joined.
        #[serde(borrow)]
        room: Cow<'a, str>,
        /// The member's name.
        #[serde(borrow)]
        name: Cow<'a, str>,
        /// This life of the room's log.
        #[serde(borrow)]
        epoch: Cow<'a, str>,
        /// The highest `seq` so far, 0 in a fresh room.
        head: u64,
    },
    /// A message of the room.
    #[serde(borrow)]
    Message(ChatMessage<'a>),
    /// The member fell behind the log's oldest entry (R5).
    Lagged {
        /// How many messages are gone for this member.
        missed: u64,
        /// The `seq` that comes next.
        next: u64,
    },
    /// The epoch the client resumed with is gone: everything retained follows (R6).
    Reset {
        /// The epoch that counts now.
        #[serde(borrow)]
        epoch: Cow<'a, str>,
    },
    /// Something the client can mend.
    #[serde(borrow)]
    Error(Refusal<'a>),
}

/// Why something was refused: a word for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal<'a> {
    /// A stable word such as `too-long`.
    #[serde(borrow)]
    pub code: Cow<'a, str>,
    /// What is wrong and what would be right.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}

/// The answer to `GET /poll`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer<'a> {
    /// This life of the room's log.
    #[serde(borrow)]
    pub epoch: Cow<'a, str>,
    /// What to pass as `since` next time: the last `seq` the member now has.
    pub next: u64,
    /// Messages that were gone before the member asked for them.
    pub missed: u64,
    /// The epoch asked with is gone: these are all the messages retained (R6).
    #[serde(default, skip_serializing_if = "is_false")]
    pub reset: bool,
    /// The messages, in room order.
    #[serde(borrow)]
    pub messages: Vec<ChatMessage<'a>>,
}

/// The answer to `POST /say`: the acknowledgement over HTTP (R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The number the message got in its room.
    pub seq: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this signature")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// How every encoded chat message begins. A decoder that sees it knows the type without looking
/// for it; other orders of the fields are read too, only slower.
const MESSAGE_HEAD: &[u8] = br#"{"type":"message","#;

impl<'a> Message<'a> for ServerMessage<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }

    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.starts_with(MESSAGE_HEAD) {
            // A tagged enum makes serde buffer the whole object first; the struct does not.
            return Ok(ServerMessage::Message(serde_json::from_slice(bytes)?));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl<'a> Message<'a> for ClientMessage<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }

    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl<'a> Message<'a> for PollAnswer<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }

    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl<'a> Message<'a> for Receipt {
    fn encode(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }

    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl Refusal<'_> {
    /// The refusal as the JSON object that every wire carries.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        ServerMessage::Error(self.clone()).encode(&mut out);
        out
    }
}

fn write_json(value: &impl Serialize, out: &mut Vec<u8>) {
    // Writing to memory cannot fail, and none of these types has a map with odd keys.
    serde_json::to_writer(out, value).expect("a message is always representable as JSON");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(message: &ServerMessage<'_>) -> String {
        let mut out = Vec::new();
        message.encode(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_wire_contract_is_what_is_written() {
        let hello = ServerMessage::Hello {
            backend: "async".into(),
            room: "lobby".into(),
            name: "anna".into(),
            epoch: "e1".into(),
            head: 16,
        };
        let expected = r#"{"type":"hello","backend":"async","room":"lobby","name":"anna","epoch":"e1","head":16}"#;
        assert_eq!(json(&hello), expected);
        let message = ServerMessage::Message(ChatMessage {
            seq: 17,
            from: "anna".into(),
            id: Some("x".into()),
            at: 1_732_312_345_123,
            text: "hallo".into(),
        });
        let expected = r#"{"type":"message","seq":17,"from":"anna","id":"x","at":1732312345123,"text":"hallo"}"#;
        assert_eq!(json(&message), expected);
        let lagged = ServerMessage::Lagged { missed: 12, next: 29 };
        assert_eq!(json(&lagged), r#"{"type":"lagged","missed":12,"next":29}"#);
        let reset = ServerMessage::Reset { epoch: "e2".into() };
        assert_eq!(json(&reset), r#"{"type":"reset","epoch":"e2"}"#);
        let error = ServerMessage::Error(Refusal { code: "too-long".into(), message: "m".into() });
        assert_eq!(json(&error), r#"{"type":"error","code":"too-long","message":"m"}"#);
    }

    #[test]
    fn fields_in_any_order_are_read() {
        let text = br#"{"text":"a","at":1,"seq":2,"type":"message","from":"b","extra":[1]}"#;
        let Ok(ServerMessage::Message(message)) = ServerMessage::decode(text) else {
            panic!("not read")
        };
        assert_eq!((message.seq, message.from.as_ref()), (2, "b"));
    }

    #[test]
    fn a_say_needs_a_text_and_a_type() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"type\":\"say\"}",
            "{\"text\":\"x\"}",
            "{\"type\":\"say\",\"text\":5}",
        ] {
            assert!(ClientMessage::decode(text.as_bytes()).is_err(), "{text}");
        }
    }
}
