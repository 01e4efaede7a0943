//! Whether a WebSocket loads faster: the same history over HTTP, compressed, known already, and over
//! WebSocket.

mod served;

use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

use self::served::Library;
use super::history::history;
use super::proxy::{Proxy, Road, Way as Direction};
use super::wires::{ask, connect, key_line, opening, read_frame};
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal, median};
use crate::results::{Finding, Line, Picture, Scale, Unit};

/// One way, and how much it carries in a second: a good line at home.
const DELAY: Duration = Duration::from_millis(5);
const BANDWIDTH: u64 = 6_250_000;
/// The size that the verdict is about, in bytes.
const JUDGED: usize = 1_000_000;

/// A way to load.
type Load = fn(SocketAddr, usize) -> io::Result<()>;

const WAYS: [(&str, (&str, &str), Load); 4] = [
    ("http", ("HTTP", "HTTP"), plain),
    ("ws", ("WebSocket", "WebSocket"), web_socket),
    ("gzip", ("HTTP, gzip", "HTTP, gzip"), compressed),
    ("known", ("HTTP, 304", "HTTP, 304"), known),
];

pub(super) struct Bulk;

impl Experiment for Bulk {
    fn card(&self) -> Card {
        Card {
            name: "bulk",
            question: (
                "Does a page load faster over WebSocket?",
                "Lädt eine Seite über WebSocket schneller?",
            ),
            setup: (
                "A history of 10 kB to 1 MB (10 MB in a full run) is loaded over 50 Mbit/s and 5 ms one way, on a new connection each time: over HTTP, over HTTP with gzip, over HTTP when the browser has it already, and over WebSocket.",
                "Ein Verlauf von 10 kB bis 1 MB (im vollen Lauf 10 MB) wird über 50 Mbit/s und 5 ms je Weg geladen, jedes Mal auf neuer Verbindung: über HTTP, über HTTP mit gzip, über HTTP, wenn der Browser ihn schon hat, und über WebSocket.",
            ),
            options: &[
                ("Yes, much faster", "Ja, viel schneller"),
                (
                    "It takes the same; HTTP's own means are faster",
                    "Gleich schnell; die Mittel von HTTP sind schneller",
                ),
                ("No, it takes twice as long", "Nein, es dauert doppelt so lange"),
            ],
            expected: 1,
            prediction: (
                "1 MB over WebSocket takes what it takes over HTTP, within 7 %; gzip takes less than half, 304 less than a fifth.",
                "1 MB über WebSocket braucht so lange wie über HTTP, auf 7 % genau; gzip braucht weniger als die Hälfte, 304 weniger als ein Fünftel.",
            ),
            why: (
                "Both open with the same two round trips and then move the same bytes through the same TCP. Compression and caching belong to HTTP (RFC 9110 §8.4, RFC 9111).",
                "Beide beginnen mit denselben zwei Umläufen und bewegen dann dieselben Bytes durch dasselbe TCP. Kompression und Caches gehören zu HTTP (RFC 9110 §8.4, RFC 9111).",
            ),
            hides: (
                "TCP's slow start, which a proxy of this kind has not, slows both alike. WebSocket can compress, too (RFC 7692); see compression. HTTP/2 loads many things at once.",
                "Der langsame Start von TCP, den ein solcher Proxy nicht hat, bremst beide gleich. Auch WebSocket kann komprimieren (RFC 7692); siehe compression. HTTP/2 lädt vieles zugleich.",
            ),
            next: (
                "Read the times of 10 kB: what is left there are the two round trips of 10 ms.",
                "Die Zeiten bei 10 kB lesen: Was dort bleibt, sind die zwei Umläufe von 10 ms.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "proxy: 5 ms, 50 Mbit/s", "Proxy: 5 ms, 50 Mbit/s"),
                (2, 0, "server with a history", "Server mit Verlauf"),
            ],
            links: &[(0, 1, "four ways to load", "vier Arten zu laden"), (1, 2, "", "")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let mut sizes = vec![10_000, 100_000, JUDGED];
        if how.briefly {
            sizes.remove(0);
        } else if !how.quick {
            sizes.push(10_000_000);
        }
        let library = Library::open(&sizes, how.seed)?;
        let down = Direction { delay: DELAY, bandwidth: Some(BANDWIDTH), ..Direction::default() };
        let proxy = Proxy::along(library.addr(), Road { down, ..Road::of(DELAY) })?;
        let mut lines = Vec::new();
        let mut judged = Vec::new();
        for (_, label, load) in WAYS {
            let mut points = Vec::new();
            for size in &sizes {
                let rounds = how.scale(1, 3, if *size > JUDGED { 2 } else { 5 });
                let mut times = Vec::new();
                for _ in 0..rounds {
                    how.go_on()?;
                    let begun = Instant::now();
                    load(proxy.addr(), *size)?;
                    times.push(begun.elapsed().as_nanos() as f64);
                }
                points.push((*size as f64, median(&mut times)));
            }
            judged.push(points.iter().find(|point| point.0 == JUDGED as f64).map_or(0.0, |p| p.1));
            lines.push(Line { label: both(label.0, label.1), theory: false, points });
        }
        Ok(figures(&judged, lines, history(JUDGED, how.seed).len()))
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| decimal(data.value(key).unwrap_or(0.0), 2);
        let (ws, gzip, known) = (of("ws"), of("gzip"), of("known"));
        data.by_ranges(
            (
                format!("WebSocket takes {} of HTTP's time for 1 MB; gzip {}, and what the browser has already {}.", ws.0, gzip.0, known.0),
                format!("WebSocket braucht für 1 MB das {}-Fache der Zeit von HTTP; gzip das {}-Fache, und was der Browser schon hat, das {}-Fache.", ws.1, gzip.1, known.1),
            ),
            (
                format!("Not as predicted: WebSocket takes {} of HTTP's time for 1 MB, gzip {}, 304 {}.", ws.0, gzip.0, known.0),
                format!("Nicht wie vorhergesagt: WebSocket braucht für 1 MB das {}-Fache von HTTP, gzip das {}-Fache, 304 das {}-Fache.", ws.1, gzip.1, known.1),
            ),
        )
    }
}

fn figures(judged: &[f64], lines: Vec<Line>, bytes: usize) -> Data {
    let mut data = Data::default();
    let http = judged[0].max(1.0);
    data.add("http", ("1 MB over HTTP", "1 MB über HTTP"), http, Unit::Time, None);
    let ranges = [(0.93, 1.07), (0.0, 0.5), (0.0, 0.2)];
    for ((way, time), near) in WAYS.iter().zip(judged).skip(1).zip(ranges) {
        let (en, de) = (format!("{} to HTTP", way.1.0), format!("{} zu HTTP", way.1.1));
        data.add(way.0, (&en, &de), time / http, Unit::Ratio, Some(near));
    }
    data.add(
        "bytes",
        ("bytes of the history", "Bytes des Verlaufs"),
        bytes as f64,
        Unit::Bytes,
        None,
    );
    data.pictures.push(Picture::Lines {
        x: Scale {
            what: both("bytes of the history", "Bytes des Verlaufs"),
            unit: Unit::Bytes,
            log: true,
        },
        y: Scale {
            what: both("time to load it", "Zeit, ihn zu laden"),
            unit: Unit::Time,
            log: true,
        },
        lines,
    });
    data
}

fn get(to: SocketAddr, size: usize, header: &str) -> io::Result<(u16, Vec<u8>)> {
    let request = format!("GET /{size} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n");
    let answer = ask(&mut connect(to)?, &request)?;
    Ok((answer.status, answer.body))
}

fn plain(to: SocketAddr, size: usize) -> io::Result<()> {
    whole(get(to, size, "")?.1.len(), size)
}

fn compressed(to: SocketAddr, size: usize) -> io::Result<()> {
    let (_, body) = get(to, size, "Accept-Encoding: gzip\r\n")?;
    let mut text = Vec::new();
    // To take it apart again belongs to loading it.
    GzDecoder::new(body.as_slice()).read_to_end(&mut text)?;
    whole(text.len(), size)
}

fn known(to: SocketAddr, size: usize) -> io::Result<()> {
    match get(to, size, "If-None-Match: \"1\"\r\n")?.0 {
        304 => Ok(()),
        status => Err(io::Error::other(format!("304 was expected, not {status}"))),
    }
}

fn web_socket(to: SocketAddr, size: usize) -> io::Result<()> {
    let mut stream = connect(to)?;
    ask(&mut stream, &opening(&format!("/{size}"), "13", &key_line()))?;
    whole(read_frame(&mut stream)?.payload.len(), size)
}

fn whole(got: usize, size: usize) -> io::Result<()> {
    if got == size { Ok(()) } else { Err(io::Error::other(format!("{got} bytes of {size} came"))) }
}
