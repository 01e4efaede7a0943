//! What compression brings, and what it costs (RFC 7692): bytes and time measured, memory reckoned.
//!
//! tungstenite, which both WebSocket backends use, has no permessage-deflate: none of them can be
//! switched. So messages are compressed here as the extension would, without a connection.

use std::time::Instant;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::history::history;
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal};
use crate::results::{Bar, Cell, Finding, GridRow, Picture, Unit};
use crate::units::{KIB, MIB};

/// What a message compressed by itself ends with, and what is not sent (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
/// Windows and memory levels of zlib, and what one connection takes with them according to the
/// documentation of python-websockets, beyond the 14 KiB it takes without.
const CONFIGURATIONS: [(u32, u32, usize); 2] = [(12, 5, 50), (15, 8, 302)];

pub(super) struct Deflate;

impl Experiment for Deflate {
    fn card(&self) -> Card {
        Card {
            name: "compression",
            question: (
                "What does compression bring to a chat?",
                "Was bringt Kompression einem Chat?",
            ),
            setup: (
                "The messages of a chat are compressed in memory as RFC 7692 would: each by itself, or each with what was said before as context. No connection is needed, and none could have it: tungstenite has no permessage-deflate, because a context for every connection is memory and an attack surface (RFC 7692 §8) that it leaves to others.",
                "Die Nachrichten eines Chats werden im Speicher komprimiert, wie RFC 7692 es täte: jede für sich, oder jede mit dem zuvor Gesagten als Kontext. Eine Verbindung braucht es nicht, und keine hätte es: tungstenite kennt kein permessage-deflate; ein Kontext pro Verbindung ist Speicher und Angriffsfläche (RFC 7692 §8), die es anderen überlässt.",
            ),
            options: &[
                ("A tenth of the bytes", "Ein Zehntel der Bytes"),
                ("More bytes than before", "Mehr Bytes als vorher"),
                (
                    "Little alone, a half and less with context, for hundreds of KiB a connection",
                    "Allein wenig, mit Kontext die Hälfte und weniger, für Hunderte KiB pro Verbindung",
                ),
            ],
            expected: 2,
            prediction: (
                "Alone a message shrinks by a factor of 1 to 1.7, with context by 2 to 8; 16 MiB of zeros become less than 20 KB.",
                "Allein schrumpft eine Nachricht auf das 1- bis 1,7-Fache, mit Kontext auf das 2- bis 8-Fache kleiner; 16 MiB Nullen werden weniger als 20 KB.",
            ),
            why: (
                "A short text repeats little within itself; names of fields and people it repeats from message to message. The context that remembers them is 2^(window + 2) + 2^(level + 9) bytes for zlib, for each connection and direction.",
                "Ein kurzer Text wiederholt wenig in sich selbst; Feldnamen und Leute wiederholen sich von Nachricht zu Nachricht. Der Kontext, der sie sich merkt, hat bei zlib 2^(Fenster + 2) + 2^(Stufe + 9) Bytes, pro Verbindung und Richtung.",
            ),
            hides: (
                "What is sent to a thousand members is compressed once without context and a thousand times with it. Secrets beside foreign text can be guessed from lengths. The texts here are made up from few words.",
                "Was an tausend Mitglieder geht, wird ohne Kontext einmal komprimiert und mit Kontext tausendmal. Geheimes neben fremdem Text lässt sich an Längen erraten. Die Texte hier sind aus wenigen Wörtern gemacht.",
            ),
            next: (
                "Reckon: 10,000 connections with the largest window, times the last row of the table. Does your server have that?",
                "Rechnen: 10.000 Verbindungen mit dem größten Fenster, mal die letzte Zeile der Tabelle. Hat der eigene Server das?",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "messages of a chat", "Nachrichten eines Chats"),
                (1, 0, "deflate, in memory", "Deflate, im Speicher"),
            ],
            links: &[(0, 1, "alone or with context", "allein oder mit Kontext")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        how.go_on()?;
        let text = history(how.scale(20, 200, 2000) * KIB, how.seed);
        let messages: Vec<&[u8]> =
            text.split(|byte| *byte == b'\n').filter(|m| !m.is_empty()).collect();
        let count = messages.len() as f64;
        let plain = messages.iter().map(|message| message.len()).sum::<usize>() as f64 / count;
        let mut data = Data::default();
        let mut bars = vec![Bar { label: both("plain", "ohne"), value: plain, predicted: None }];
        for (key, (en, de), context, near) in [
            ("alone", ("each by itself", "jede für sich"), false, (1.0, 1.7)),
            ("context", ("with context", "mit Kontext"), true, (2.0, 8.0)),
        ] {
            let begun = Instant::now();
            let bytes = all(&messages, context)? as f64 / count;
            let time = begun.elapsed().as_nanos() as f64 / count;
            let (what, was) = (format!("shrinks by, {en}"), format!("schrumpft um, {de}"));
            data.add(key, (&what, &was), plain / bytes, Unit::Ratio, Some(near));
            let (what, was) =
                (format!("time for a message, {en}"), format!("Zeit pro Nachricht, {de}"));
            data.add(&format!("{key}-time"), (&what, &was), time, Unit::Time, None);
            bars.push(Bar { label: both(en, de), value: bytes, predicted: None });
        }
        how.go_on()?;
        let size = how.scale(1, 16, 64) * MIB;
        let bomb = size as f64 / all(&[&vec![0; size]], false)? as f64;
        data.add(
            "bomb",
            ("zeros shrink by", "Nullen schrumpfen um"),
            bomb,
            Unit::Ratio,
            Some((900.0, 1035.0)),
        );
        data.pictures.push(Picture::Bars {
            what: both("bytes of a message, mean", "Bytes einer Nachricht, Mittel"),
            unit: Unit::Bytes,
            log: false,
            bars,
        });
        data.pictures.push(memory());
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key, places| decimal(data.value(key).unwrap_or(0.0), places);
        let (alone, context, bomb) = (of("alone", 2), of("context", 2), of("bomb", 0));
        data.by_ranges(
            (
                format!("Alone a message shrinks by a factor of {}, with context by {}; zeros by {}, which is what a bomb is made of.", alone.0, context.0, bomb.0),
                format!("Allein schrumpft eine Nachricht um den Faktor {}, mit Kontext um {}; Nullen um {}, woraus man Bomben macht.", alone.1, context.1, bomb.1),
            ),
            (
                format!("Not as predicted: a factor of {} alone, {} with context, {} for zeros.", alone.0, context.0, bomb.0),
                format!("Nicht wie vorhergesagt: Faktor {} allein, {} mit Kontext, {} bei Nullen.", alone.1, context.1, bomb.1),
            ),
        )
    }
}

/// The bytes of all messages after compression.
fn all(messages: &[&[u8]], context: bool) -> anyhow::Result<usize> {
    let mut deflate = Compress::new(Compression::default(), false);
    let mut total = 0;
    for message in messages {
        if !context {
            deflate.reset();
        }
        total += one(&mut deflate, message)?.len();
    }
    Ok(total)
}

/// One message as it would be sent.
fn one(deflate: &mut Compress, message: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(message.len() + 64);
    let before = deflate.total_in();
    loop {
        let taken = (deflate.total_in() - before) as usize;
        let status = deflate.compress_vec(&message[taken..], &mut out, FlushCompress::Sync)?;
        anyhow::ensure!(status != Status::BufError, "the compressor is stuck");
        // Room that is left means that nothing is.
        if out.len() < out.capacity() {
            break;
        }
        out.reserve(message.len().max(64));
    }
    if out.ends_with(&TAIL) {
        out.truncate(out.len() - TAIL.len());
    }
    Ok(out)
}

/// What contexts take, by arithmetic and by others' measurement.
fn memory() -> Picture {
    let cell = |kib: usize| {
        let text = format!("{kib} KiB");
        Cell { text: both(&text, &text), as_predicted: None }
    };
    let row = |(window, level, told): (u32, u32, usize)| {
        let bytes = (1 << (window + 2)) + (1 << (level + 9)) + (1 << window) + 7 * KIB;
        let label = (
            format!("window {window} bits, level {level}"),
            format!("Fenster {window} Bit, Stufe {level}"),
        );
        GridRow { label: both(&label.0, &label.1), cells: vec![cell(bytes / KIB), cell(told)] }
    };
    Picture::Grid {
        columns: vec![
            both("a connection, by zlib's formula", "eine Verbindung, nach der Formel von zlib"),
            both("as python-websockets documents", "laut Dokumentation von python-websockets"),
        ],
        rows: CONFIGURATIONS.map(row).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_was_compressed_can_be_read_again() {
        let message = "hello hello hello, said everybody to everybody".as_bytes();
        let mut deflate = Compress::new(Compression::default(), false);
        let mut stream = Vec::new();
        for _ in 0..3 {
            let sent = one(&mut deflate, message).unwrap();
            assert!(!sent.ends_with(&TAIL) && sent.len() < message.len());
            stream.extend(sent);
            // The receiver puts it back (RFC 7692 §7.2.2).
            stream.extend(TAIL);
        }
        let mut text = vec![0; message.len() * 3];
        flate2::read::DeflateDecoder::new(stream.as_slice()).read_exact(&mut text).unwrap();
        assert_eq!(text, message.repeat(3));
    }
}
