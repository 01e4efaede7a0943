//! What the generator says: the texts, the names and the bytes around them.

use std::io::Write as _;
use std::net::SocketAddr;

use crate::sample::{MessageIds, Parts};
use crate::scenario::Scenario;

/// Writing to memory is the only writing here.
const IN_MEMORY: &str = "writing to memory cannot fail";

/// The texts and names of one run.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) ids: MessageIds,
    /// The one text that everybody says.
    pub(super) text: String,
    /// The address for the `Host` header.
    host: String,
    rooms: u32,
    first_room: u32,
    /// The JSON of a say, up to its `id`.
    say_head: Vec<u8>,
}

impl Words {
    pub(super) fn new(scenario: &Scenario, ids: MessageIds, addr: SocketAddr) -> Self {
        let text = filler(scenario.text_bytes as usize);
        let say_head = format!(r#"{{"type":"say","text":"{text}","id":""#).into_bytes();
        Words { ids, text, host: addr.to_string(), rooms: scenario.rooms, first_room: 0, say_head }
    }

    /// The same words in rooms that begin with this number.
    pub(super) fn in_rooms_from(self, first_room: u32) -> Self {
        Words { first_room, ..self }
    }

    pub(super) fn room_of(&self, member: u32) -> u32 {
        self.first_room + member % self.rooms
    }

    /// Appends the JSON of a say.
    pub(super) fn say(&self, message: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.say_head);
        self.ids.write(message, out);
        out.extend_from_slice(b"\"}");
    }

    /// Appends the finished frame that a server would deliver for this message, and says what its
    /// bytes are: the floor only passes it on.
    pub(super) fn finished_frame(
        &self,
        member: u32,
        message: u32,
        at: u64,
        out: &mut Vec<u8>,
    ) -> Parts {
        let start = out.len();
        // Room for the usual header; the difference to another one is moved.
        out.extend_from_slice(&[0; 4]);
        let seq = message + 1;
        write!(out, r#"{{"type":"message","seq":{seq},"from":"m{member}","id":""#)
            .expect(IN_MEMORY);
        self.ids.write(message, out);
        write!(out, r#"","at":{at},"text":"{}"}}"#, self.text).expect(IN_MEMORY);
        let length = (out.len() - start - 4) as u64;
        let [a, b, c, d, e, f, g, h] = length.to_be_bytes();
        let header: &[u8] = match length {
            0..=125 => &[0x81, h],
            126..=0xffff => &[0x81, 126, g, h],
            _ => &[0x81, 127, a, b, c, d, e, f, g, h],
        };
        out.splice(start..start + 4, header.iter().copied());
        let payload = self.text.len() as u64;
        let framing = header.len() as u64;
        Parts { payload, envelope: length - payload, framing, ..Parts::default() }
    }

    /// The request that opens a WebSocket; `cursor` is what follows in the query of a member that
    /// comes back.
    pub(super) fn upgrade(&self, member: u32, cursor: &str, key: &str) -> String {
        format!(
            "GET /chat?room=r{}&name=m{member}{cursor} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n",
            self.room_of(member),
            self.host
        )
    }

    /// Appends the request for the head of the room: the first poll of a member.
    pub(super) fn first_poll(&self, member: u32, out: &mut Vec<u8>) {
        let (room, host) = (self.room_of(member), &self.host);
        write!(out, "GET /poll?room=r{room}&name=m{member} HTTP/1.1\r\nHost: {host}\r\n\r\n")
            .expect(IN_MEMORY);
    }

    /// Appends the request that is held until something comes after `since`; `epoch` must be
    /// encoded for a URL.
    pub(super) fn held_poll(&self, member: u32, since: u64, epoch: &str, out: &mut Vec<u8>) {
        let (room, host) = (self.room_of(member), &self.host);
        write!(
            out,
            "GET /poll?room=r{room}&name=m{member}&since={since}&epoch={epoch}&wait=25 HTTP/1.1\r\n\
             Host: {host}\r\n\r\n"
        )
        .expect(IN_MEMORY);
    }

    /// Appends the request that says a message, and says what its bytes are.
    pub(super) fn say_request(&self, member: u32, message: u32, out: &mut Vec<u8>) -> Parts {
        let start = out.len();
        let id = self.ids.name(message);
        let length = self.say_head.len() + id.len() + 2;
        let (room, host) = (self.room_of(member), &self.host);
        write!(
            out,
            "POST /say?room=r{room}&name=m{member} HTTP/1.1\r\nHost: {host}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        .expect(IN_MEMORY);
        let http = (out.len() - start) as u64;
        self.say(message, out);
        let payload = self.text.len() as u64;
        Parts { payload, envelope: length as u64 - payload, http, ..Parts::default() }
    }
}

/// A text of so many bytes in which no piece looks like its neighbour, so that a shifted or cut
/// text is not taken for the right one. Nothing in it needs escaping in JSON.
fn filler(bytes: usize) -> String {
    (0..bytes).map(|at| char::from(b'a' + ((at * 7 + at / 26) % 26) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ClientMessage, Message, ServerMessage};
    use crate::scenario;

    fn words(text_bytes: u32) -> Words {
        let scenario = Scenario { text_bytes, ..scenario::named("ping").unwrap() };
        let ids = MessageIds { warm_up: 3, measured: 5 };
        Words::new(&scenario, ids, "127.0.0.1:80".parse().unwrap())
    }

    #[test]
    fn a_say_is_what_the_contract_says() {
        let words = words(80);
        let mut said = Vec::new();
        words.say(1, &mut said);
        let expected =
            ClientMessage::Say { text: words.text.as_str().into(), id: Some("w1".into()) };
        assert_eq!(ClientMessage::decode(&said), Ok(expected.clone()));
        let mut encoded = Vec::new();
        expected.encode(&mut encoded);
        assert_eq!(said, encoded);
        let mut request = Vec::new();
        words.say_request(1, 1, &mut request);
        assert!(request.ends_with(&said));
        let length = format!("Content-Length: {}\r\n\r\n", said.len());
        assert!(String::from_utf8(request).unwrap().contains(&length));
    }

    #[test]
    fn a_finished_frame_is_what_a_server_would_send() {
        for (bytes, header) in [(1, 2), (80, 4), (4096, 4)] {
            let words = words(bytes);
            let mut frame = vec![b'x'];
            words.finished_frame(2, 4, 1_732_312_345_123, &mut frame);
            let payload = &frame[1 + header..];
            let length = match frame[2] {
                126 => usize::from(u16::from_be_bytes([frame[3], frame[4]])),
                short => usize::from(short),
            };
            assert_eq!((frame[1], length), (0x81, payload.len()));
            let Ok(ServerMessage::Message(message)) = ServerMessage::decode(payload) else {
                panic!("not a message")
            };
            assert_eq!((message.seq, message.from.as_ref()), (5, "m2"));
            assert_eq!(message.id.as_deref(), Some("1"));
            let mut encoded = Vec::new();
            ServerMessage::Message(message).encode(&mut encoded);
            assert_eq!(payload, encoded);
        }
    }
}
