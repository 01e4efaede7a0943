//! Whether a server is synchronous or asynchronous cannot be told from the wire.

use std::io::Write as _;
use std::time::Duration;

use super::bench::Server;
use super::proxy::Proxy;
use super::wires::{frame, join, read_frame, say};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::backend::{self, Backend};
use crate::message::Wire;
use crate::results::{Bar, Finding, Picture, Unit};

/// What differs from server to server and from moment to moment, whoever waits how: the server's
/// name, the epoch of the room, the time.
const FLEETING: [&str; 3] = ["\"backend\":\"", "\"epoch\":\"", "\"at\":"];

pub(super) struct SameBytes;

impl Experiment for SameBytes {
    fn card(&self) -> Card {
        Card {
            name: "same-bytes",
            question: (
                "Is there such a thing as an asynchronous WebSocket connection?",
                "Gibt es so etwas wie eine asynchrone WebSocket-Verbindung?",
            ),
            setup: (
                "The same session with every WebSocket backend, through a proxy that keeps every byte of the server's frames.",
                "Dieselbe Sitzung mit jedem WebSocket-Backend, durch einen Proxy, der jedes Byte der Rahmen vom Server behält.",
            ),
            options: &[
                (
                    "The async server sends other frames",
                    "Der asynchrone Server sendet andere Rahmen",
                ),
                (
                    "The async server sends fewer bytes",
                    "Der asynchrone Server sendet weniger Bytes",
                ),
                ("The bytes are the same", "Die Bytes sind dieselben"),
            ],
            expected: 2,
            prediction: (
                "0 bytes differ once the server's name, the epoch and the time are taken out.",
                "0 Bytes unterscheiden sich, wenn Name des Servers, Epoche und Uhrzeit herausgenommen sind.",
            ),
            why: (
                "How a program waits is its own business; a peer sees frames.",
                "Wie ein Programm wartet, ist seine Sache; die Gegenstelle sieht Rahmen.",
            ),
            hides: (
                "When the bytes come may differ. Under load servers put different numbers of frames into one segment.",
                "Wann die Bytes kommen, kann sich unterscheiden. Unter Last packen Server verschieden viele Rahmen in ein Segment.",
            ),
            next: (
                "Switch the backend of a running chat page: only the name in the corner changes.",
                "Das Backend unter einer offenen Chatseite wechseln: Nur der Name in der Ecke ändert sich.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "proxy that keeps every byte", "Proxy, der jedes Byte behält"),
                (2, 0, "blocking, then async", "blocking, dann async"),
            ],
            links: &[(0, 1, "the same session", "dieselbe Sitzung"), (1, 2, "", "")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let mut streams = Vec::new();
        let mut bars = Vec::new();
        for backend in backend::ALL.iter().copied().filter(|one| one.wire() == Wire::WebSocket) {
            how.go_on()?;
            let stream = session(backend)?;
            let label = both(backend.name(), backend.name());
            bars.push(Bar { label, value: stream.len() as f64, predicted: None });
            streams.push(stream);
        }
        let mut data = Data::default();
        let differing = streams.windows(2).map(|pair| distance(&pair[0], &pair[1])).sum::<usize>();
        let what = ("bytes that differ", "Bytes, die sich unterscheiden");
        data.add("differing", what, differing as f64, Unit::Bytes, Some((0.0, 0.0)));
        data.pictures.push(Picture::Bars {
            what: both(
                "bytes of the server's frames in one session",
                "Bytes der Rahmen vom Server in einer Sitzung",
            ),
            unit: Unit::Bytes,
            log: false,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let differing = data.value("differing").unwrap_or(0.0);
        data.by_ranges(
            (
                "No byte differs: it is the program that is asynchronous, not the connection.".to_owned(),
                "Kein Byte unterscheidet sich: Asynchron ist das Programm, nicht die Verbindung.".to_owned(),
            ),
            (
                format!("{differing} bytes differ: these servers can be told apart on the wire."),
                format!("{differing} Bytes unterscheiden sich: Diese Server lassen sich auf der Leitung unterscheiden."),
            ),
        )
    }
}

/// What the server sends in one session, without what is different every time.
fn session(backend: &'static dyn Backend) -> Result<Vec<u8>, NoData> {
    let server = Server::start(backend)?;
    let proxy = Proxy::start(server.addr(), Duration::ZERO)?;
    let mut stream = join(proxy.addr(), "/chat?room=lab&name=anna")?;
    for text in ["one", "two", "three"] {
        stream.write_all(&frame(0x81, say(text).as_bytes()))?;
        read_frame(&mut stream)?;
    }
    stream.write_all(&frame(0x81, b"no JSON"))?;
    read_frame(&mut stream)?;
    stream.write_all(&frame(0x88, &1000u16.to_be_bytes()))?;
    while read_frame(&mut stream).is_ok() {}
    let taps = proxy.taps();
    let down = taps.first().map(|tap| tap.down.as_slice()).unwrap_or_default();
    let head = down.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    Ok(without_fleeting(&down[head..]))
}

/// The frames as text with their lengths and without what is different every time. A name of
/// another length makes a frame of another length, so frames are read and not compared as they are.
fn without_fleeting(mut stream: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    while let Ok(frame) = read_frame(&mut stream) {
        let mut text = String::from_utf8_lossy(&frame.payload).into_owned();
        for name in FLEETING {
            if let Some(at) = text.find(name).map(|at| at + name.len()) {
                let rest = text[at..].find(['"', ',', '}']).map_or(text.len(), |end| at + end);
                text.replace_range(at..rest, "");
            }
        }
        kept.push(frame.first);
        kept.extend_from_slice(text.as_bytes());
    }
    kept
}

fn distance(one: &[u8], other: &[u8]) -> usize {
    let unequal = one.iter().zip(other).filter(|(a, b)| a != b).count();
    unequal + one.len().abs_diff(other.len())
}
