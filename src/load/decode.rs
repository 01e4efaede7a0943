//! What servers say, read fast: a generator that reads half a million messages a second must not
//! parse JSON for its living.
//!
//! The messages a run expects are known down to the byte except for four numbers, so they are
//! compared rather than parsed. Whatever looks different in any way goes through the JSON decoder
//! of [`crate::message`]: slower, but right about field order, escapes and faults.

use crate::message::{ChatMessage, Malformed, Message, PollAnswer, ServerMessage};
use crate::sample::MessageIds;

/// How every message begins.
const MESSAGE: &[u8] = br#"{"type":"message","seq":"#;

/// A delivery as it came: not yet judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) seq: u64,
    /// Which message of the plan it is, if it is one.
    pub(super) message: Option<u32>,
    /// Whether text and sender are those of the plan.
    pub(super) intact: bool,
}

/// What a frame turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Message(Said),
    Hello { head: u64, epoch: String },
    Lagged { missed: u64, next: u64 },
    Reset,
    Error(String),
}

/// The head of a poll answer; its messages are delivered apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PollHead<'a> {
    pub(super) epoch: std::borrow::Cow<'a, str>,
    pub(super) next: u64,
    pub(super) missed: u64,
    pub(super) reset: bool,
}

/// Knows what every message of the run must look like.
#[derive(Debug)]
pub(super) struct Decoder {
    ids: MessageIds,
    /// Who says each message.
    speakers: Vec<u32>,
    /// The text that everybody says.
    text: String,
    /// How every message ends: the text, a quote and a brace.
    ending: Vec<u8>,
    /// Whether messages are read, and not only told from everything else.
    is_checked: bool,
}

impl Decoder {
    pub(super) fn new(ids: MessageIds, speakers: Vec<u32>, text: String, is_checked: bool) -> Self {
        let ending = format!("{text}\"}}").into_bytes();
        Decoder { ids, speakers, text, ending, is_checked }
    }

    /// Reads one frame's payload.
    pub(super) fn frame(&self, bytes: &[u8]) -> Result<Heard, Malformed> {
        if !self.is_checked && bytes.starts_with(MESSAGE) {
            return Ok(Heard::Message(Said { seq: 0, message: None, intact: true }));
        }
        if let Some((said, [])) = self.scan(bytes) {
            return Ok(Heard::Message(said));
        }
        Ok(match ServerMessage::decode(bytes)? {
            ServerMessage::Message(message) => Heard::Message(self.compare(&message)),
            ServerMessage::Hello { head, epoch, .. } => {
                Heard::Hello { head, epoch: epoch.into_owned() }
            }
            ServerMessage::Lagged { missed, next } => Heard::Lagged { missed, next },
            ServerMessage::Reset { .. } => Heard::Reset,
            ServerMessage::Error(refusal) => Heard::Error(refusal.message.into_owned()),
        })
    }

    /// Reads a poll answer; its messages replace what is in `said`.
    pub(super) fn poll_answer<'a>(
        &self,
        bytes: &'a [u8],
        said: &mut Vec<Said>,
    ) -> Result<PollHead<'a>, Malformed> {
        said.clear();
        if let Some(head) = self.scan_answer(bytes, said) {
            return Ok(head);
        }
        said.clear();
        let answer = PollAnswer::decode(bytes)?;
        said.extend(answer.messages.iter().map(|message| self.compare(message)));
        let PollAnswer { epoch, next, missed, reset, .. } = answer;
        Ok(PollHead { epoch, next, missed, reset })
    }

    fn scan_answer<'a>(&self, bytes: &'a [u8], said: &mut Vec<Said>) -> Option<PollHead<'a>> {
        let rest = bytes.strip_prefix(br#"{"epoch":""#)?;
        let end = rest.iter().position(|&byte| byte == b'"' || byte == b'\\')?;
        let (epoch, rest) = rest.split_at(end);
        let (next, rest) = number(rest.strip_prefix(br#"","next":"#)?)?;
        let (missed, rest) = number(rest.strip_prefix(br#","missed":"#)?)?;
        let mut rest = rest.strip_prefix(br#","messages":["#)?;
        while rest.first() == Some(&b'{') {
            let (message, after) = self.scan(rest)?;
            said.push(message);
            rest = match after {
                [b',', more @ ..] if more.first() == Some(&b'{') => more,
                after => after,
            };
        }
        let epoch = std::str::from_utf8(epoch).ok()?.into();
        (rest == b"]}").then_some(PollHead { epoch, next, missed, reset: false })
    }

    /// Reads one message in the order of fields that the contract shows, and returns the rest.
    fn scan<'a>(&self, bytes: &'a [u8]) -> Option<(Said, &'a [u8])> {
        let (seq, rest) = number(bytes.strip_prefix(MESSAGE)?)?;
        let (speaker, rest) = number(rest.strip_prefix(br#","from":"m"#)?)?;
        let rest = rest.strip_prefix(br#"","id":""#)?;
        // An id has at most a `w` and eight digits.
        let end = rest.iter().take(10).position(|&byte| byte == b'"')?;
        let (id, rest) = rest.split_at(end);
        let message = self.ids.parse(id)?;
        let rest = after_number(rest.strip_prefix(br#"","at":"#)?)?;
        let rest = rest.strip_prefix(br#","text":""#)?.strip_prefix(self.ending.as_slice())?;
        let intact = u64::from(self.speakers[message as usize]) == speaker;
        Some((Said { seq, message: Some(message), intact }, rest))
    }

    fn compare(&self, message: &ChatMessage<'_>) -> Said {
        let index = message.id.as_deref().and_then(|id| self.ids.parse(id.as_bytes()));
        let intact = index.is_some_and(|index| {
            let from = message.from.strip_prefix('m').and_then(|number| number.parse().ok());
            message.text == self.text && from == Some(self.speakers[index as usize])
        });
        Said { seq: message.seq, message: index, intact }
    }
}

/// Reads a decimal number of up to 19 digits, so that it cannot overflow.
#[inline]
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut digits = 0;
    while let Some(digit) = bytes.get(digits).map(|byte| byte.wrapping_sub(b'0')) {
        if digit > 9 || digits == 19 {
            break;
        }
        value = value * 10 + u64::from(digit);
        digits += 1;
    }
    (digits > 0).then(|| (value, &bytes[digits..]))
}

/// What comes behind a number that [`number`] would read: nobody needs to know which it is.
fn after_number(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    (1..=19).contains(&digits).then(|| &bytes[digits..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "hallo";

    fn decoder() -> Decoder {
        let ids = MessageIds { warm_up: 2, measured: 100 };
        let speakers = (0..102).map(|message| message % 7).collect();
        Decoder::new(ids, speakers, TEXT.to_owned(), true)
    }

    fn chat(seq: u64, from: &str, id: &str, text: &str) -> ChatMessage<'static> {
        let own = |text: &str| std::borrow::Cow::Owned(text.to_owned());
        ChatMessage {
            seq,
            from: own(from),
            id: Some(own(id)),
            at: 1_732_312_345_123,
            text: own(text),
        }
    }

    fn encoded<'a>(message: &impl Message<'a>) -> Vec<u8> {
        let mut out = Vec::new();
        message.encode(&mut out);
        out
    }

    proptest! {
        #[test]
        fn the_fast_and_the_careful_reader_agree(
            seq: u64, speaker in 0u32..9, id in "w?[0-9]{0,3}", text in prop_oneof![Just(TEXT.to_owned()), ".{0,8}"],
        ) {
            let decoder = decoder();
            let message = chat(seq, &format!("m{speaker}"), &id, &text);
            let careful = decoder.compare(&message);
            let bytes = encoded(&ServerMessage::Message(message.clone()));
            prop_assert_eq!(decoder.frame(&bytes), Ok(Heard::Message(careful)));
            if let Some((fast, rest)) = decoder.scan(&bytes) {
                prop_assert_eq!((fast, rest.len()), (careful, 0));
            }
            let answer = PollAnswer {
                epoch: "e\"1".into(), next: seq, missed: 3, reset: false,
                messages: vec![message.clone(), message],
            };
            let bytes = encoded(&answer);
            let mut said = Vec::new();
            let head = decoder.poll_answer(&bytes, &mut said).unwrap();
            prop_assert_eq!((head.next, head.missed, head.epoch.as_ref()), (seq, 3, "e\"1"));
            prop_assert_eq!(said, vec![careful, careful]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, cut in 0usize..120) {
            let decoder = decoder();
            let _ = decoder.frame(&bytes);
            let whole = encoded(&ServerMessage::Message(chat(7, "m3", "1", TEXT)));
            let piece = &whole[..cut.min(whole.len())];
            prop_assert_eq!(decoder.frame(piece).is_ok(), piece.len() == whole.len());
        }
    }

    #[test]
    fn the_usual_message_takes_the_fast_way() {
        let decoder = decoder();
        let bytes = encoded(&ServerMessage::Message(chat(7, "m3", "1", TEXT)));
        let said = Said { seq: 7, message: Some(3), intact: true };
        assert_eq!(decoder.scan(&bytes), Some((said, &b""[..])));
        let message = String::from_utf8(bytes).unwrap();
        for messages in [String::new(), message.clone(), format!("{message},{message}")] {
            let answer = format!(r#"{{"epoch":"e1","next":8,"missed":0,"messages":[{messages}]}}"#);
            let mut out = Vec::new();
            assert!(decoder.scan_answer(answer.as_bytes(), &mut out).is_some(), "{answer}");
            assert_eq!(out.len() * message.len(), messages.replace("},{", "}{").len());
        }
    }

    #[test]
    fn a_stranger_and_a_changed_text_are_noticed() {
        let decoder = decoder();
        for (from, id, text, message, intact) in [
            ("m3", "1", TEXT, Some(3), true),
            ("m4", "1", TEXT, Some(3), false),
            ("m3", "1", "hello", Some(3), false),
            ("anna", "x", TEXT, None, false),
        ] {
            let bytes = encoded(&ServerMessage::Message(chat(7, from, id, text)));
            let said = Said { seq: 7, message, intact };
            assert_eq!(decoder.frame(&bytes), Ok(Heard::Message(said)));
        }
    }
}
