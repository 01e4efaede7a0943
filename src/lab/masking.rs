//! What masking costs: the exclusive or of every payload byte with a key (RFC 6455 §5.3).

use std::hint::black_box;
use std::time::Instant;

use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data as Kind, OpCode};

use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal};
use crate::results::{Bar, Finding, Picture, Unit};

/// A chat message, a page of text, a picture.
const SIZES: [usize; 3] = [80, 4096, 65_536];
/// About what the cheapest delivery of a chat server costs in processor time, in nanoseconds:
/// one send (see the floor of any comparison).
const DELIVERY: f64 = 5000.0;

pub(super) struct Masking;

impl Experiment for Masking {
    fn card(&self) -> Card {
        Card {
            name: "masking",
            question: ("What does masking cost?", "Was kostet das Maskieren?"),
            setup: (
                "Frames of three sizes are written with and without a masking key, in memory.",
                "Rahmen von drei Größen werden im Speicher mit und ohne Maskierungsschlüssel geschrieben.",
            ),
            options: &[
                ("Nothing that shows at chat sizes", "Nichts, was bei Chat-Größen auffällt"),
                ("Half of the time of a message", "Die halbe Zeit einer Nachricht"),
                ("A tenth", "Ein Zehntel"),
            ],
            expected: 0,
            prediction: (
                "Masking 80 bytes takes less than 5 % of what one send takes (5 µs).",
                "80 Bytes zu maskieren braucht weniger als 5 % von dem, was ein Senden braucht (5 µs).",
            ),
            why: (
                "An exclusive or of eight bytes at a time runs at memory speed; a system call takes thousands of cycles.",
                "Ein Exklusiv-Oder auf acht Bytes zugleich läuft so schnell wie der Speicher; ein Systemaufruf braucht tausende Takte.",
            ),
            hides: (
                "Masking is not encryption: it keeps scripts from writing chosen bytes into proxies' caches (§10.3).",
                "Maskieren ist keine Verschlüsselung: Es hindert Skripte daran, gewählte Bytes in die Caches von Proxys zu schreiben (§10.3).",
            ),
            next: (
                "Compare the bar of 65,536 bytes with the time your disk takes to write as much.",
                "Den Balken von 65.536 Bytes mit der Zeit vergleichen, die die Platte für so viel braucht.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "payload in memory", "Nutzlast im Speicher"),
                (1, 0, "frame in memory", "Rahmen im Speicher"),
            ],
            links: &[(0, 1, "with and without key", "mit und ohne Schlüssel")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let mut bars = Vec::new();
        let mut cost = Vec::new();
        for size in SIZES {
            how.go_on()?;
            let rounds = how.scale(500_000, 20_000_000, 200_000_000) / (size + 100);
            // In turns, and the quickest of each: what disturbs only makes slower.
            let mut best = [f64::INFINITY; 2];
            for turn in 0..10 {
                let is_masked = turn % 2;
                let took = write(size, rounds / 10, is_masked == 1)?;
                best[is_masked] = best[is_masked].min(took);
            }
            cost.push((best[1] - best[0]).max(0.0));
            for (value, en, de) in [(best[0], "plain", "ohne"), (best[1], "masked", "maskiert")] {
                let label = both(&format!("{size} B, {en}"), &format!("{size} B, {de}"));
                bars.push(Bar { label, value, predicted: None });
            }
        }
        let mut data = Data::default();
        data.add("small", ("masking 80 bytes", "80 Bytes maskieren"), cost[0], Unit::Time, None);
        data.add(
            "share",
            ("share of one send", "Anteil an einem Senden"),
            cost[0] / DELIVERY,
            Unit::Share,
            Some((0.0, 0.05)),
        );
        data.add(
            "large",
            ("masking 65,536 bytes", "65.536 Bytes maskieren"),
            cost[2],
            Unit::Time,
            None,
        );
        data.pictures.push(Picture::Bars {
            what: both("time to write one frame", "Zeit, einen Rahmen zu schreiben"),
            unit: Unit::Time,
            log: true,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let nanos = data.value("small").unwrap_or(0.0).round();
        let (en, de) = decimal(data.value("share").unwrap_or(0.0) * 100.0, 1);
        data.by_ranges(
            (
                format!("Masking a chat message takes {nanos} ns, {en} % of what sending it takes."),
                format!("Eine Chat-Nachricht zu maskieren braucht {nanos} ns, {de} % von dem, was ihr Senden braucht."),
            ),
            (
                format!("Masking a chat message takes {nanos} ns: more than a twentieth of what sending it takes."),
                format!("Eine Chat-Nachricht zu maskieren braucht {nanos} ns: mehr als ein Zwanzigstel von dem, was ihr Senden braucht."),
            ),
        )
    }
}

/// Nanoseconds to write one frame of that size.
fn write(size: usize, rounds: usize, is_masked: bool) -> anyhow::Result<f64> {
    let payload = vec![b'x'; size];
    let mut out = Vec::with_capacity(size + 14);
    let begun = Instant::now();
    for round in 0..rounds.max(1) {
        let mut frame = Frame::message(payload.clone(), OpCode::Data(Kind::Binary), true);
        if is_masked {
            frame.header_mut().mask = Some((round as u32).to_be_bytes());
        }
        out.clear();
        frame.format(&mut out)?;
        black_box(&out);
    }
    Ok(begun.elapsed().as_nanos() as f64 / rounds.max(1) as f64)
}
