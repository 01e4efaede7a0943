//! Bytes in the colours of what they are for; without colours, with a bar between the parts.

use super::dissect::{Frame, Part};

/// Bytes of a part that are shown; the rest is counted.
const SHOWN: usize = 48;
/// Bytes in a line.
const PER_LINE: usize = 24;

/// How something is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
    pub(super) german: bool,
}

impl Paint {
    /// One of two wordings.
    pub(super) fn say(self, en: &'static str, de: &'static str) -> &'static str {
        if self.german { de } else { en }
    }

    /// The text in a colour of the terminal.
    pub(super) fn tint(self, colour: u8, text: &str) -> String {
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The colours and what they mean; nothing where there are none.
    pub(super) fn legend(self) -> String {
        if !self.colour {
            return String::new();
        }
        let parts = [
            (Part::First, self.say("FIN and opcode", "FIN und Opcode")),
            (Part::Second, self.say("mask bit and length", "Maskenbit und Länge")),
            (Part::Key, self.say("masking key", "Maskierungsschlüssel")),
            (Part::Payload, self.say("payload", "Nutzlast")),
        ];
        let parts = parts.map(|(part, name)| self.tint(colour(part), name));
        format!("{} · {}\n", parts.join(" · "), self.tint(36, "HTTP"))
    }

    /// The bytes of a frame, in lines.
    pub(super) fn frame(self, bytes: &[u8], frame: &Frame) -> String {
        let mut cells = Vec::new();
        for (part, range) in &frame.parts {
            let shown = &bytes[range.clone()][..range.len().min(SHOWN)];
            if !self.colour && range.start > 0 {
                cells.push("|".to_owned());
            }
            cells.extend(shown.iter().map(|byte| self.tint(colour(*part), &format!("{byte:02x}"))));
            if shown.len() < range.len() {
                cells.push(format!("+{}", range.len() - shown.len()));
            }
        }
        let lines = cells.chunks(PER_LINE).map(|line| format!("  {}\n", line.join(" ")));
        lines.collect()
    }

    /// Text from the wire without what could steer a terminal, cut to one line.
    pub(super) fn text(self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let mut kept: String = text.chars().filter(|c| !c.is_control()).take(90).collect();
        if text.chars().count() > 90 {
            kept.push('…');
        }
        format!("  {kept}\n")
    }

    /// The lines of a head of HTTP.
    pub(super) fn head(self, head: &[u8]) -> String {
        let text = String::from_utf8_lossy(head);
        let lines = text.lines().filter(|line| !line.is_empty());
        let plain = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
        lines.map(|line| format!("  {}\n", self.tint(36, &plain(line)))).collect()
    }
}

fn colour(part: Part) -> u8 {
    match part {
        Part::First => 35,
        Part::Second | Part::Length => 33,
        Part::Key => 31,
        Part::Payload => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dissect::{Dissector, From};

    #[test]
    fn every_byte_is_shown_with_and_without_colours() {
        let bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let frame = Dissector::new(From::Client).next(&bytes).unwrap().unwrap();
        let plain = Paint { colour: false, german: false }.frame(&bytes, &frame);
        assert_eq!(plain, "  81 | 85 | 37 fa 21 3d | 7f 9f 4d 51 58\n");
        let bright = Paint { colour: true, german: false }.frame(&bytes, &frame);
        assert!(bright.contains("\x1b[31m37\x1b[0m") && bright.contains("\x1b[32m7f\x1b[0m"));
    }

    #[test]
    fn what_comes_over_the_wire_does_not_steer_the_terminal() {
        let paint = Paint { colour: false, german: false };
        assert_eq!(paint.text(b"a\x1b[2Jb\r\n"), "  a[2Jb\n");
        assert_eq!(paint.head(b"A: \x1b[1m\r\n\r\n"), "  A: [1m\n");
    }
}
