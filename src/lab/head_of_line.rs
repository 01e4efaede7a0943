//! The price of one connection: a large message holds up everything behind it.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::proxy::{Proxy, Road, Way as Direction};
use super::wires::{connect, read_frame};
use super::{Card, Data, Experiment, How, Knob, NoData, Sketch, Values, both, decimal};
use crate::results::{Bar, Finding, Picture, Unit};
use crate::units::{KIB, MILLISECOND};

/// How much the way carries, in bytes a second.
const BANDWIDTH: u64 = 2_000_000;
/// How long after the large message the small one is due.
const LATER: Duration = Duration::from_millis(100);
/// A large message in pieces has pieces of this size.
const FRAGMENT: usize = 16 * KIB;
/// As little as a socket may hold back, so that what waits does so where it can be overtaken.
const BUFFER: usize = 16 * KIB;

/// A way to send a large and a small message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The large one in one frame, then a ping.
    Whole,
    /// The large one in fragments, the ping between two of them (RFC 6455 §5.4).
    Ping,
    /// The large one in fragments, then a text: messages must not be interleaved (§5.4).
    Text,
    /// The text on a connection of its own.
    Beside,
}

const WAYS: [(Way, &str, (&str, &str), bool); 4] = [
    (Way::Whole, "whole", ("one frame, then a ping", "ein Rahmen, dann ein Ping"), true),
    (Way::Text, "text", ("fragments, then a text", "Fragmente, dann ein Text"), true),
    (Way::Ping, "ping", ("fragments, a ping between", "Fragmente, ein Ping dazwischen"), false),
    (Way::Beside, "beside", ("text on a second connection", "Text auf zweiter Verbindung"), false),
];

pub(super) struct HeadOfLine;

impl Experiment for HeadOfLine {
    fn card(&self) -> Card {
        Card {
            name: "head-of-line",
            question: (
                "What happens to a small message behind a large one?",
                "Was geschieht mit einer kleinen Nachricht hinter einer großen?",
            ),
            setup: (
                "A server sends a large message over a way of 2 MB/s and, 100 ms later, wants to send a small one: after one frame, after or between fragments, on a second connection.",
                "Ein Server sendet eine große Nachricht über einen Weg mit 2 MB/s und will 100 ms später eine kleine senden: nach einem Rahmen, nach oder zwischen Fragmenten, auf einer zweiten Verbindung.",
            ),
            options: &[
                (
                    "It waits for all of it, unless it is a control frame between fragments",
                    "Sie wartet auf alles, außer als Kontrollrahmen zwischen Fragmenten",
                ),
                ("It overtakes, for it is small", "Sie überholt, denn sie ist klein"),
                ("TCP shares the way between both", "TCP teilt den Weg zwischen beiden auf"),
            ],
            expected: 0,
            prediction: (
                "Behind the large message the small one waits size ÷ bandwidth less 100 ms, within 20 %, fragments or not; a ping between fragments and a second connection wait less than a quarter of it.",
                "Hinter der großen wartet die kleine Größe ÷ Bandbreite weniger 100 ms, auf 20 % genau, mit Fragmenten oder ohne; ein Ping zwischen Fragmenten und eine zweite Verbindung warten weniger als ein Viertel davon.",
            ),
            why: (
                "A connection is one stream of bytes in order. Fragments let control frames through (RFC 6455 §5.5), but not messages: they may not be interleaved (§5.4).",
                "Eine Verbindung ist ein Strom von Bytes in fester Ordnung. Fragmente lassen Kontrollrahmen durch (RFC 6455 §5.5), Nachrichten aber nicht: Sie dürfen nicht ineinander liegen (§5.4).",
            ),
            hides: (
                "The second connection has a way of its own here; on a real one both would share, and each get half. And buffers of megabytes, which are usual, would let the ping wait as well.",
                "Die zweite Verbindung hat hier einen eigenen Weg; in Wirklichkeit teilten sich beide einen, je zur Hälfte. Und Puffer von Megabytes, wie üblich, ließen auch den Ping warten.",
            ),
            next: (
                "duplex lab run head-of-line --size 4: how large may a picture be if nobody is to wait longer than 100 ms?",
                "duplex lab run head-of-line --size 4: Wie groß darf ein Bild sein, wenn niemand länger als 100 ms warten soll?",
            ),
        }
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "size",
            values: Values::Numbers(1, 32),
            default: "1",
            about: ("megabytes of the large message", "Megabytes der großen Nachricht"),
        }]
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "proxy: 2 MB/s", "Proxy: 2 MB/s"),
                (2, 0, "server", "Server"),
            ],
            links: &[(0, 1, "small behind large", "klein hinter groß"), (1, 2, "", "")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let megabytes = how.number("size", how.scale(1, 1, 2));
        let size = if how.briefly { 400_000 } else { megabytes as usize * 1_000_000 };
        let whole = size as f64 / BANDWIDTH as f64 * 1e9 - LATER.as_nanos() as f64;
        let mut data = Data::default();
        let mut bars = Vec::new();
        for (way, key, label, waits) in WAYS {
            how.go_on()?;
            let time = try_out(way, size)?.as_nanos() as f64;
            let near = if waits { (whole * 0.8, whole * 1.2) } else { (0.0, whole * 0.25) };
            data.add(key, label, time, Unit::Time, Some(near));
            let label = both(label.0, label.1);
            bars.push(Bar { label, value: time, predicted: waits.then_some(whole) });
        }
        data.pictures.push(Picture::Bars {
            what: both("until the small message is there", "bis die kleine Nachricht da ist"),
            unit: Unit::Time,
            log: false,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| decimal(data.value(key).unwrap_or(0.0) / MILLISECOND as f64, 0);
        let (whole, ping, text) = (of("whole"), of("ping"), of("text"));
        data.by_ranges(
            (
                format!("Behind one large frame a ping waits {} ms, between fragments {} ms; a text waits {} ms, fragments or not.", whole.0, ping.0, text.0),
                format!("Hinter einem großen Rahmen wartet ein Ping {} ms, zwischen Fragmenten {} ms; ein Text wartet {} ms, Fragmente hin oder her.", whole.1, ping.1, text.1),
            ),
            (
                format!("Not as predicted: {} ms behind one frame, {} ms between fragments, {} ms for a text.", whole.0, ping.0, text.0),
                format!("Nicht wie vorhergesagt: {} ms hinter einem Rahmen, {} ms zwischen Fragmenten, {} ms für einen Text.", whole.1, ping.1, text.1),
            ),
        )
    }
}

/// How late the small message is.
fn try_out(way: Way, size: usize) -> io::Result<Duration> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let narrow = Direction { bandwidth: Some(BANDWIDTH), ..Direction::default() };
    let proxy = Proxy::along(listener.local_addr()?, Road { down: narrow, ..Road::default() })?;
    let mut first = open(proxy.addr())?;
    let mut served = vec![accept(&listener)?];
    let second = if way == Way::Beside { Some(open(proxy.addr())?) } else { None };
    if second.is_some() {
        served.push(accept(&listener)?);
    }
    let begun = Instant::now();
    let server = thread::Builder::new().spawn(move || send(way, size, served, begun))?;
    let arrived = match second {
        Some(mut second) => {
            // The large one is taken in all the same.
            let large = thread::Builder::new().spawn(move || small(&mut first))?;
            let arrived = small(&mut second)?;
            drop(second);
            // It ends with the server, without a small message.
            drop(large);
            arrived
        }
        None => small(&mut first)?,
    };
    drop(server);
    Ok(arrived.duration_since(begun + LATER))
}

fn open(to: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = connect(to)?;
    // The server knows its connections by this byte, and both are through the proxy by then.
    stream.write_all(b"!")?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    socket2::SockRef::from(&stream).set_send_buffer_size(BUFFER)?;
    stream.read_exact(&mut [0])?;
    Ok(stream)
}

/// When the small message is there: the first ping or short text.
fn small(stream: &mut TcpStream) -> io::Result<Instant> {
    loop {
        let frame = read_frame(stream)?;
        if frame.opcode() == 9 || (frame.opcode() == 1 && frame.payload.len() < 100) {
            return Ok(Instant::now());
        }
    }
}

/// The server: a large message at once, a small one when it is due, as soon as the way allows.
fn send(way: Way, size: usize, mut to: Vec<TcpStream>, begun: Instant) -> io::Result<()> {
    let due = begun + LATER;
    if way == Way::Beside {
        let mut second =
            to.pop().ok_or_else(|| io::Error::other("there is no second connection"))?;
        thread::Builder::new().spawn(move || {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            second.write_all(&frame(0x81, b"small"))
        })?;
    }
    let stream = &mut to[0];
    let mut pings = way == Way::Ping;
    if way == Way::Whole {
        stream.write_all(&frame(0x82, &vec![7; size]))?;
    } else {
        let count = size.div_ceil(FRAGMENT);
        for number in 0..count {
            if pings && Instant::now() >= due {
                stream.write_all(&frame(0x89, b""))?;
                pings = false;
            }
            // FIN on the last, binary on the first, continuation on all others.
            let first =
                if number + 1 == count { 0x80 } else { 0 } | if number == 0 { 2 } else { 0 };
            stream.write_all(&frame(first, &vec![7; FRAGMENT.min(size - number * FRAGMENT)]))?;
        }
    }
    match way {
        Way::Whole => stream.write_all(&frame(0x89, b""))?,
        Way::Text => stream.write_all(&frame(0x81, b"small"))?,
        Way::Ping | Way::Beside => {}
    }
    // Until the client has hung up.
    stream.read_to_end(&mut Vec::new()).map(drop)
}

/// A frame of a server: of any length, and not masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ ..126 => bytes.push(length as u8),
        length @ 126..65_536 => {
            bytes.push(126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}
