//! A member of a room, whatever wire it speaks: rules are written once, against this.

use std::net::SocketAddr;

use duplex_lab::message::Wire;
use serde_json::Value;

use super::poll::PollMember;
use super::ws::WsMember;

/// A message as a member received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) seq: u64,
    pub(crate) from: String,
    pub(crate) id: Option<String>,
    pub(crate) text: String,
}

/// What can happen to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A message of the room.
    Message(Said),
    /// Messages are gone for this member.
    Lagged { missed: u64, next: u64 },
    /// The epoch it came with is gone.
    Reset { epoch: String },
    /// Something it sent was refused.
    Error { code: String },
    /// The server ended the connection, with the code of the close frame where there is one.
    Closed { code: Option<u16> },
}

impl Event {
    /// Reads a frame or an element of `messages`.
    pub(crate) fn of(json: &Value) -> Self {
        let text = |field: &str| json[field].as_str().map(str::to_owned);
        let number = |field: &str| json[field].as_u64();
        let known = (|| match json["type"].as_str()? {
            "message" => {
                assert!(number("at")? > 1_600_000_000_000, "'at' is milliseconds: {json}");
                let (seq, from, text) = (number("seq")?, text("from")?, text("text")?);
                let id = json["id"].as_str().map(str::to_owned);
                Some(Event::Message(Said { seq, from, id, text }))
            }
            "lagged" => Some(Event::Lagged { missed: number("missed")?, next: number("next")? }),
            "reset" => Some(Event::Reset { epoch: text("epoch")? }),
            "error" => {
                assert!(text("message")?.len() > 3, "no sentence for people: {json}");
                Some(Event::Error { code: text("code")? })
            }
            _ => None,
        })();
        known.unwrap_or_else(|| panic!("nothing a server says: {json}"))
    }
}

/// A member of a room.
#[derive(Debug)]
pub(crate) enum Member {
    /// Over WebSocket.
    Ws(WsMember),
    /// Over held HTTP requests.
    Poll(PollMember),
}

impl Member {
    /// Joins at the head.
    pub(crate) fn join(to: SocketAddr, wire: Wire, room: &str, name: &str) -> Self {
        Self::resume(to, wire, room, name, None, None)
    }

    /// Joins behind `since`, in the life of the log named `epoch`.
    pub(crate) fn resume(
        to: SocketAddr,
        wire: Wire,
        room: &str,
        name: &str,
        since: Option<u64>,
        epoch: Option<&str>,
    ) -> Self {
        match wire {
            Wire::WebSocket => Member::Ws(WsMember::join(to, room, name, since, epoch)),
            Wire::LongPoll => Member::Poll(PollMember::join(to, room, name, since, epoch)),
            Wire::Bare => panic!("the bare wire has no members: write a client for this backend"),
        }
    }

    /// The life of the log this member knows.
    pub(crate) fn epoch(&self) -> &str {
        match self {
            Member::Ws(member) => &member.epoch,
            Member::Poll(member) => &member.epoch,
        }
    }

    /// The highest `seq` at the moment of joining.
    pub(crate) fn head(&self) -> u64 {
        match self {
            Member::Ws(member) => member.head,
            Member::Poll(member) => member.head,
        }
    }

    /// Says something; over HTTP with the `seq` of the receipt.
    pub(crate) fn say(&mut self, text: &str, id: Option<&str>) -> Option<u64> {
        let mut json = serde_json::json!({ "type": "say", "text": text });
        if let Some(id) = id {
            json["id"] = id.into();
        }
        self.say_bytes(json.to_string().as_bytes())
    }

    /// Says something that need not be right.
    pub(crate) fn say_bytes(&mut self, json: &[u8]) -> Option<u64> {
        match self {
            Member::Ws(member) => {
                member.send_text(json);
                None
            }
            Member::Poll(member) => member.say(json),
        }
    }

    /// Waits for the next event.
    pub(crate) fn next(&mut self) -> Event {
        match self {
            Member::Ws(member) => member.next(),
            Member::Poll(member) => member.next(),
        }
    }

    /// Waits for the next event, which has to be a message.
    pub(crate) fn message(&mut self) -> Said {
        match self.next() {
            Event::Message(said) => said,
            other => panic!("a message was due, not {other:?}"),
        }
    }

    /// Waits for that many messages.
    pub(crate) fn messages(&mut self, count: usize) -> Vec<Said> {
        (0..count).map(|_| self.message()).collect()
    }

    /// Says something and waits for it to come back (R3).
    pub(crate) fn say_and_hear(&mut self, text: &str) -> Said {
        self.say(text, Some("heard"));
        let said = self.message();
        assert_eq!((said.id.as_deref(), said.text.as_str()), (Some("heard"), text));
        said
    }
}
