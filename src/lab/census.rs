//! Which frames there are, and who masks: every frame of one session counted (RFC 6455 §5.2, §5.3).

use std::io::Write as _;
use std::time::Duration;

use super::bench::Server;
use super::proxy::{Proxy, Tap};
use super::wires::{Frame, frame, join, read_frame, say};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::backend;
use crate::message::Wire;
use crate::results::{Bar, Finding, Picture, Unit};

/// The opcodes that RFC 6455 §5.2 defines, with their names; the other ten are reserved.
const KNOWN: [(u8, &str); 6] =
    [(0, "continuation"), (1, "text"), (2, "binary"), (8, "close"), (9, "ping"), (10, "pong")];

pub(super) struct Census;

impl Experiment for Census {
    fn card(&self) -> Card {
        Card {
            name: "census",
            question: (
                "Which operations does a WebSocket have, and are both sides equal?",
                "Welche Operationen hat ein WebSocket, und sind beide Seiten gleich?",
            ),
            setup: (
                "One session with a text, a fragmented text, a ping and a goodbye goes through a proxy that keeps every byte; then all frames are counted.",
                "Eine Sitzung mit einem Text, einem zerlegten Text, einem Ping und einem Abschied läuft durch einen Proxy, der jedes Byte behält; dann werden die Rahmen gezählt.",
            ),
            options: &[
                ("Create, read, update, delete", "Create, Read, Update, Delete"),
                ("Six opcodes and nothing else", "Sechs Opcodes und sonst nichts"),
                ("As many as the server offers", "So viele, wie der Server anbietet"),
            ],
            expected: 1,
            prediction: (
                "Only opcodes 0, 1, 2, 8, 9 and 10 occur; 100 % of the frames up are masked and 0 % of those down.",
                "Nur die Opcodes 0, 1, 2, 8, 9 und 10 kommen vor; aufwärts sind 100 % der Rahmen maskiert, abwärts 0 %.",
            ),
            why: (
                "The protocol moves messages and knows nothing of what they mean. Create or delete would be words of a subprotocol.",
                "Das Protokoll bewegt Nachrichten und weiß nicht, was sie bedeuten. Create oder Delete wären Wörter eines Unterprotokolls.",
            ),
            hides: (
                "Extensions may use the reserved bits; compression (RFC 7692) is the one in use.",
                "Erweiterungen dürfen die reservierten Bits nutzen; in Gebrauch ist die Kompression (RFC 7692).",
            ),
            next: (
                "Send a frame with opcode 3 to /echo and watch the close code 1002.",
                "Einen Rahmen mit Opcode 3 an /echo schicken und auf den Close-Code 1002 achten.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "proxy that keeps every byte", "Proxy, der jedes Byte behält"),
                (2, 0, "server", "Server"),
            ],
            links: &[(0, 1, "one session", "eine Sitzung"), (1, 2, "", "")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        how.go_on()?;
        let tap = session()?;
        let (up, down) = (frames(&tap.up), frames(&tap.down));
        let mut data = Data::default();
        let masked = |frames: &[Frame]| {
            frames.iter().filter(|frame| frame.masked).count() as f64 / frames.len() as f64
        };
        let count = |opcode: u8| {
            up.iter().chain(&down).filter(|frame| frame.opcode() == opcode).count() as f64
        };
        let known = KNOWN.map(|(opcode, _)| opcode);
        let foreign = (0..16).filter(|opcode| !known.contains(opcode)).map(count).sum();
        data.add(
            "reserved",
            ("frames with a reserved opcode", "Rahmen mit reserviertem Opcode"),
            foreign,
            Unit::Count,
            Some((0.0, 0.0)),
        );
        data.add(
            "masked-up",
            ("masked, from the client", "maskiert, vom Client"),
            masked(&up),
            Unit::Share,
            Some((1.0, 1.0)),
        );
        data.add(
            "masked-down",
            ("masked, from the server", "maskiert, vom Server"),
            masked(&down),
            Unit::Share,
            Some((0.0, 0.0)),
        );
        let bars = (0..16).map(|opcode| {
            let name =
                KNOWN.iter().find(|(known, _)| *known == opcode).map_or("–", |known| known.1);
            let label = format!("{opcode:X} {name}");
            Bar { label: both(&label, &label), value: count(opcode), predicted: None }
        });
        data.pictures.push(Picture::Bars {
            what: both("frames of one session by opcode", "Rahmen einer Sitzung nach Opcode"),
            unit: Unit::Count,
            log: false,
            bars: bars.collect(),
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let percent = |key| (data.value(key).unwrap_or(0.0) * 100.0).round();
        let (up, down) = (percent("masked-up"), percent("masked-down"));
        data.by_ranges(
            (
                format!("No frame is anything but one of six kinds; {up} % of those up and {down} % of those down are masked: no operations, and no equals."),
                format!("Kein Rahmen ist etwas anderes als eine von sechs Arten; maskiert sind aufwärts {up} % und abwärts {down} %: keine Operationen, und keine Gleichen."),
            ),
            (
                format!("The frames are not what the RFC says: {up} % masked up, {down} % masked down, {} reserved.", data.value("reserved").unwrap_or(0.0)),
                format!("Die Rahmen sind nicht, was der RFC sagt: {up} % maskiert aufwärts, {down} % abwärts, {} reserviert.", data.value("reserved").unwrap_or(0.0)),
            ),
        )
    }
}

/// A member says something, says something in two pieces, pings and leaves.
fn session() -> Result<Tap, NoData> {
    let backend = backend::ALL.iter().copied().find(|one| one.wire() == Wire::WebSocket);
    let backend = backend.ok_or_else(|| anyhow::anyhow!("no backend speaks WebSocket"))?;
    let server = Server::start(backend)?;
    let proxy = Proxy::start(server.addr(), Duration::ZERO)?;
    let mut stream = join(proxy.addr(), "/chat?room=lab&name=anna")?;
    let whole = say("in one");
    stream.write_all(&frame(0x81, whole.as_bytes()))?;
    read_frame(&mut stream)?;
    let pieces = say("in two");
    let (first, second) = pieces.as_bytes().split_at(10);
    stream.write_all(&frame(0x01, first))?;
    stream.write_all(&frame(0x80, second))?;
    read_frame(&mut stream)?;
    stream.write_all(&frame(0x89, b"are you there?"))?;
    read_frame(&mut stream)?;
    stream.write_all(&frame(0x88, &1000u16.to_be_bytes()))?;
    // Until the goodbye has come back and the server has hung up.
    while read_frame(&mut stream).is_ok() {}
    proxy.taps().into_iter().next().ok_or_else(|| anyhow::anyhow!("nothing went through").into())
}

/// The frames behind the HTTP head.
fn frames(stream: &[u8]) -> Vec<Frame> {
    let head = stream.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let mut rest = &stream[head..];
    std::iter::from_fn(|| read_frame(&mut rest).ok()).collect()
}
