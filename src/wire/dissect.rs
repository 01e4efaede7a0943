//! Frames, byte by byte (RFC 6455 §5.2), and why bytes are none.

use std::ops::Range;

/// What a byte of a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// FIN, the reserved bits and the opcode.
    First,
    /// The mask bit and the length, or what announces a longer one.
    Second,
    /// The longer length.
    Length,
    /// The key of the mask.
    Key,
    /// What is carried, masked where there is a key.
    Payload,
}

/// Who sent a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Client,
    Server,
}

/// A frame and where its parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) fin: bool,
    pub(super) opcode: u8,
    pub(super) key: Option<[u8; 4]>,
    /// What was carried, without its mask.
    pub(super) payload: Vec<u8>,
    /// The parts, in order and without gaps.
    pub(super) parts: Vec<(Part, Range<usize>)>,
}

impl Frame {
    /// How many bytes it takes on the wire.
    pub(super) fn bytes(&self) -> usize {
        self.parts.last().map_or(0, |(_, range)| range.end)
    }

    /// Its kind, as the registry of RFC 6455 §11.8 calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self.opcode {
            0 => "continuation",
            1 => "text",
            2 => "binary",
            8 => "close",
            9 => "ping",
            _ => "pong",
        }
    }
}

/// Why bytes are no frame that may stand there. The name is the same in the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) section: &'static str,
}

macro_rules! faults {
    ($($name:ident $text:literal $section:literal),* $(,)?) => {
        $(const $name: Fault = Fault { name: $text, section: $section };)*
        #[cfg(test)]
        const ALL: &[Fault] = &[$($name),*];
    };
}

faults! {
    RESERVED "reserved-bit" "5.2",
    OPCODE "opcode" "5.2",
    LONG_CONTROL "control-long" "5.5",
    CUT_CONTROL "control-cut" "5.5",
    NOT_SHORTEST "length-form" "5.2",
    TOP_BIT "length-top" "5.2",
    UNMASKED "unmasked" "5.1",
    MASKED "masked" "5.1",
    NOTHING_TO_CONTINUE "continuation" "5.4",
    UNFINISHED "unfinished" "5.4",
    CLOSE_LENGTH "close-length" "5.5.1",
    CLOSE_CODE "close-code" "7.4",
    NOT_UTF8 "utf8" "8.1",
}

impl Fault {
    /// What is wrong, in words.
    pub(super) fn told(self, german: bool) -> &'static str {
        let say = |en: &'static str, de: &'static str| if german { de } else { en };
        match self.name {
            "reserved-bit" => say(
                "a reserved bit is set, and no extension was agreed on",
                "ein reserviertes Bit ist gesetzt, und keine Erweiterung ist vereinbart",
            ),
            "opcode" => say("this opcode is reserved", "dieser Opcode ist reserviert"),
            "control-long" => say(
                "a control frame carries at most 125 bytes",
                "ein Kontrollframe trägt höchstens 125 Bytes",
            ),
            "control-cut" => say(
                "a control frame must not be fragmented",
                "ein Kontrollframe darf nicht zerteilt sein",
            ),
            "length-form" => say(
                "the length is not in its shortest form",
                "die Länge steht nicht in ihrer kürzesten Form",
            ),
            "length-top" => say(
                "the top bit of a length of 64 bits is 0",
                "das oberste Bit einer Länge von 64 Bits ist 0",
            ),
            "unmasked" => say("a client must mask", "ein Client muss maskieren"),
            "masked" => say("a server must not mask", "ein Server darf nicht maskieren"),
            "continuation" => say(
                "there is nothing that this frame could continue",
                "es gibt nichts, was dieser Frame fortsetzen könnte",
            ),
            "unfinished" => say(
                "a message is not finished yet: only its continuation may follow",
                "eine Nachricht ist noch nicht zu Ende: nur ihre Fortsetzung darf folgen",
            ),
            "close-length" => say(
                "a close frame carries nothing, or a code of 2 bytes first",
                "ein Close-Frame trägt nichts oder zuerst einen Code von 2 Bytes",
            ),
            "close-code" => say(
                "this close code must not stand on the wire",
                "dieser Close-Code darf nicht auf der Leitung stehen",
            ),
            _ => say("the text is not UTF-8", "der Text ist kein UTF-8"),
        }
    }
}

/// One direction of a connection, as far as it has come.
#[derive(Debug, Clone)]
pub(super) struct Dissector {
    from: From,
    /// The message that has begun and not ended, when there is one: its opcode and its bytes.
    begun: Option<(u8, Vec<u8>)>,
}

impl Dissector {
    pub(super) fn new(from: From) -> Self {
        Dissector { from, begun: None }
    }

    /// The frame at the beginning of the bytes; nothing when it is not whole yet.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<Option<Frame>, Fault> {
        let [first, second, ..] = *bytes else { return Ok(None) };
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        if first & 0x70 != 0 {
            return Err(RESERVED);
        }
        if !matches!(opcode, 0..=2 | 8..=10) {
            return Err(OPCODE);
        }
        let is_control = opcode >= 8;
        if is_control && second & 0x7f > 125 {
            return Err(LONG_CONTROL);
        }
        if is_control && !fin {
            return Err(CUT_CONTROL);
        }
        let Some((length, end)) = length(bytes)? else { return Ok(None) };
        match (self.from, second & 0x80 != 0) {
            (From::Client, false) => return Err(UNMASKED),
            (From::Server, true) => return Err(MASKED),
            _ => {}
        }
        match (opcode, &self.begun) {
            (0, None) => return Err(NOTHING_TO_CONTINUE),
            (1 | 2, Some(_)) => return Err(UNFINISHED),
            _ => {}
        }
        let Some(frame) = assemble(bytes, (fin, opcode), length, end) else { return Ok(None) };
        self.follow(&frame)?;
        Ok(Some(frame))
    }

    /// What a frame means for the message it belongs to.
    fn follow(&mut self, frame: &Frame) -> Result<(), Fault> {
        match frame.opcode {
            8 => return check_close(&frame.payload),
            9 | 10 => return Ok(()),
            _ => {}
        }
        let (opcode, mut message) = self.begun.take().unwrap_or((frame.opcode, Vec::new()));
        message.extend_from_slice(&frame.payload);
        if !frame.fin {
            self.begun = Some((opcode, message));
        } else if opcode == 1 && std::str::from_utf8(&message).is_err() {
            return Err(NOT_UTF8);
        }
        Ok(())
    }
}

/// The length of the payload and where the lengths end.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, Fault> {
    let (length, end, least) = match bytes[1] & 0x7f {
        126 => match bytes.get(2..4) {
            Some(long) => (u64::from_be_bytes([0, 0, 0, 0, 0, 0, long[0], long[1]]), 4, 126),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10).and_then(|long| <[u8; 8]>::try_from(long).ok()) {
            Some(long) => (u64::from_be_bytes(long), 10, 65_536),
            None => return Ok(None),
        },
        short => (u64::from(short), 2, 0),
    };
    if length >> 63 != 0 {
        return Err(TOP_BIT);
    }
    if length < least {
        return Err(NOT_SHORTEST);
    }
    // What no memory could hold never becomes whole.
    Ok(usize::try_from(length).ok().map(|length| (length, end)))
}

fn assemble(bytes: &[u8], (fin, opcode): (bool, u8), length: usize, end: usize) -> Option<Frame> {
    let is_masked = bytes[1] & 0x80 != 0;
    let body = if is_masked { end + 4 } else { end };
    let carried = bytes.get(body..body.checked_add(length)?)?;
    let key: Option<[u8; 4]> =
        if is_masked { bytes.get(end..body).and_then(|key| key.try_into().ok()) } else { None };
    let payload = match key {
        Some(key) => carried.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect(),
        None => carried.to_vec(),
    };
    let parts = [
        (Part::First, 0..1),
        (Part::Second, 1..2),
        (Part::Length, 2..end),
        (Part::Key, end..body),
        (Part::Payload, body..body + length),
    ];
    let is_there =
        |(part, range): &(Part, Range<usize>)| *part == Part::Payload || !range.is_empty();
    Some(Frame { fin, opcode, key, payload, parts: parts.into_iter().filter(is_there).collect() })
}

fn check_close(payload: &[u8]) -> Result<(), Fault> {
    let [high, low, ref reason @ ..] = *payload else {
        return if payload.is_empty() { Ok(()) } else { Err(CLOSE_LENGTH) };
    };
    let code = u16::from_be_bytes([high, low]);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(CLOSE_CODE);
    }
    std::str::from_utf8(reason).map(|_| ()).map_err(|_| NOT_UTF8)
}

/// A masked text frame, as a client sends it.
pub(super) fn text(key: [u8; 4], text: &[u8]) -> Vec<u8> {
    let mut out = vec![0x81];
    match text.len() {
        short @ ..126 => out.push(0x80 | short as u8),
        long @ ..65_536 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(long as u16).to_be_bytes());
        }
        longer => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(longer as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&key);
    out.extend(text.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

#[cfg(test)]
mod tests;
