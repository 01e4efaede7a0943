//! Nagle's algorithm against delayed acknowledgements: why a frame is written with one call.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::Builder;
use std::time::Instant;

use super::{Card, Data, Experiment, How, Knob, NoData, Sketch, Values, both, decimal, median};
use crate::results::{Bar, Finding, Picture, Unit};
use crate::units::MILLISECOND;

/// A header and a payload of a small WebSocket frame.
const HEADER: usize = 6;
const PAYLOAD: usize = 20;
const BOTH: usize = HEADER + PAYLOAD;

/// How a frame is written.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// `TCP_NODELAY`.
    nodelay: bool,
    /// Header and payload with one call.
    at_once: bool,
    key: &'static str,
    label: (&'static str, &'static str),
}

const WAYS: [Way; 4] = [
    Way {
        nodelay: false,
        at_once: false,
        key: "nagle-two",
        label: ("Nagle, two writes", "Nagle, zwei Aufrufe"),
    },
    Way {
        nodelay: false,
        at_once: true,
        key: "nagle-one",
        label: ("Nagle, one write", "Nagle, ein Aufruf"),
    },
    Way {
        nodelay: true,
        at_once: false,
        key: "nodelay-two",
        label: ("TCP_NODELAY, two writes", "TCP_NODELAY, zwei Aufrufe"),
    },
    Way {
        nodelay: true,
        at_once: true,
        key: "nodelay-one",
        label: ("TCP_NODELAY, one write", "TCP_NODELAY, ein Aufruf"),
    },
];

pub(super) struct Nagle;

impl Experiment for Nagle {
    fn card(&self) -> Card {
        Card {
            name: "nagle",
            question: (
                "What does it cost to write the header of a frame and its payload one after the other?",
                "Was kostet es, Kopf und Nutzlast eines Rahmens nacheinander zu schreiben?",
            ),
            setup: (
                "A client sends frames of 20 bytes and waits for each to come back, over loopback; with one write or two, with TCP_NODELAY or without.",
                "Ein Client sendet Rahmen von 20 Bytes und wartet, bis jeder zurückkommt, über Loopback; mit einem Aufruf oder zweien, mit TCP_NODELAY oder ohne.",
            ),
            options: &[
                ("A few microseconds", "Einige Mikrosekunden"),
                ("About forty milliseconds", "Etwa vierzig Millisekunden"),
                ("About a millisecond", "Etwa eine Millisekunde"),
            ],
            expected: 1,
            prediction: (
                "With Nagle and two writes a round trip takes about 44 ms, otherwise less than 1 ms.",
                "Mit Nagle und zwei Aufrufen dauert ein Umlauf etwa 44 ms, sonst weniger als 1 ms.",
            ),
            why: (
                "Nagle holds the second small piece back until the first is acknowledged (RFC 9293 §3.7.4); the peer delays that acknowledgement, hoping to send it with data (RFC 1122 §4.2.3.2). Each waits for the other.",
                "Nagle hält das zweite kleine Stück zurück, bis das erste bestätigt ist (RFC 9293 §3.7.4); die Gegenstelle verzögert die Bestätigung, um sie mit Daten zu senden (RFC 1122 §4.2.3.2). Jeder wartet auf den anderen.",
            ),
            hides: (
                "40 ms is Linux; other systems delay up to 200 ms. Over a long way the round trip hides part of it.",
                "40 ms gelten für Linux; andere Systeme verzögern bis 200 ms. Auf langen Wegen verdeckt der Umlauf einen Teil.",
            ),
            next: (
                "duplex lab run nagle --nodelay on: what is left of the difference between one write and two?",
                "duplex lab run nagle --nodelay on: Was bleibt vom Unterschied zwischen einem Aufruf und zweien?",
            ),
        }
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "nodelay",
            values: Values::Words(&["on", "off", "both"]),
            default: "both",
            about: ("TCP_NODELAY of the client", "TCP_NODELAY des Clients"),
        }]
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[(0, 0, "client", "Client"), (1, 0, "echo", "Echo")],
            links: &[(0, 1, "6 + 20 bytes and back", "6 + 20 Bytes und zurück")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let rounds = how.choose(20, 100);
        let asked = how.word("nodelay", "both");
        let mut data = Data::default();
        let mut bars = Vec::new();
        for way in WAYS.into_iter().filter(|way| asked == "both" || way.nodelay == (asked == "on"))
        {
            how.go_on()?;
            let time = round_trip(way, rounds)?;
            let stalls = !way.nodelay && !way.at_once;
            let ms = MILLISECOND as f64;
            let predicted = if stalls { (30.0 * ms, 60.0 * ms) } else { (0.0, ms) };
            data.add(way.key, way.label, time, Unit::Time, Some(predicted));
            let label = both(way.label.0, way.label.1);
            let predicted = stalls.then_some(44.0 * ms);
            bars.push(Bar { label, value: time, predicted });
        }
        data.pictures.push(Picture::Bars {
            what: both("round trip of one frame, median", "Umlauf eines Rahmens, Median"),
            unit: Unit::Time,
            log: true,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let told = |german: bool| {
            let measured = WAYS.iter().filter_map(|way| {
                let (en, de) = decimal(data.value(way.key)? / MILLISECOND as f64, 2);
                let ((label, _), value) = (way.label, en);
                let ((_, name), wert) = (way.label, de);
                Some(if german {
                    format!("{name}: {wert} ms")
                } else {
                    format!("{label}: {value} ms")
                })
            });
            measured.collect::<Vec<_>>().join("; ")
        };
        data.by_ranges(
            (format!("{}.", told(false)), format!("{}.", told(true))),
            (
                format!("Not as predicted. {}.", told(false)),
                format!("Nicht wie vorhergesagt. {}.", told(true)),
            ),
        )
    }
}

/// The median time of a frame to an echo and back, in nanoseconds.
fn round_trip(way: Way, rounds: usize) -> Result<f64, NoData> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let to = listener.local_addr()?;
    let echo = Builder::new().name("echo".to_owned()).spawn(move || echo(&listener))?;
    let times = {
        let mut stream = TcpStream::connect(to)?;
        stream.set_nodelay(way.nodelay)?;
        let times: io::Result<Vec<f64>> = (0..rounds).map(|_| once(&mut stream, way)).collect();
        times
    };
    // The connection is closed by now, so the echo has ended or is about to.
    drop(echo.join());
    // A connection begins in a mode of quick acknowledgements; those rounds show nothing.
    let mut times = times?.split_off(rounds / 4);
    Ok(median(&mut times))
}

fn once(stream: &mut TcpStream, way: Way) -> io::Result<f64> {
    let bytes = [b'x'; BOTH];
    let begun = Instant::now();
    if way.at_once {
        stream.write_all(&bytes)?;
    } else {
        stream.write_all(&bytes[..HEADER])?;
        stream.write_all(&bytes[HEADER..])?;
    }
    stream.read_exact(&mut [0; BOTH])?;
    Ok(begun.elapsed().as_nanos() as f64)
}

/// Sends back what has come whole.
fn echo(listener: &TcpListener) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut bytes = [0; BOTH];
    loop {
        stream.read_exact(&mut bytes)?;
        stream.write_all(&bytes)?;
    }
}
