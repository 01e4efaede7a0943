//! How many round trips it takes until something can be said: the price of the first message.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::bench::Server;
use super::proxy::Proxy;
use super::wires::{ask, connect, join};
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal, median};
use crate::backend::{self, Backend};
use crate::message::Wire;
use crate::results::{Finding, Line, Picture, Scale, Unit};

/// Distances one way, in milliseconds.
const DELAYS: [u64; 4] = [0, 5, 10, 20];

pub(super) struct SetUp;

/// A way to begin, and how many round trips it should take.
struct Way {
    key: &'static str,
    label: (&'static str, &'static str),
    round_trips: f64,
    wire: Wire,
    begin: fn(SocketAddr) -> io::Result<Duration>,
}

const WAYS: [Way; 3] = [
    Way {
        key: "ws-cold",
        label: ("WebSocket, new connection", "WebSocket, neue Verbindung"),
        round_trips: 2.0,
        wire: Wire::WebSocket,
        begin: web_socket,
    },
    Way {
        key: "poll-cold",
        label: ("long-poll, new connection", "Long-Polling, neue Verbindung"),
        round_trips: 2.0,
        wire: Wire::LongPoll,
        begin: cold_poll,
    },
    Way {
        key: "poll-warm",
        label: ("long-poll, open connection", "Long-Polling, offene Verbindung"),
        round_trips: 1.0,
        wire: Wire::LongPoll,
        begin: warm_poll,
    },
];

impl Experiment for SetUp {
    fn card(&self) -> Card {
        Card {
            name: "set-up",
            question: (
                "Is a WebSocket connection set up fast?",
                "Ist eine WebSocket-Verbindung schnell aufgebaut?",
            ),
            setup: (
                "The time until the first answer of the chat, over distances of 0 to 20 ms one way made by a proxy that also delays the handshake of TCP.",
                "Die Zeit bis zur ersten Antwort des Chats, über Entfernungen von 0 bis 20 ms je Weg; ein Proxy verzögert auch den Handshake von TCP.",
            ),
            options: &[
                ("WebSocket is faster than a request", "WebSocket ist schneller als eine Anfrage"),
                ("WebSocket needs three round trips", "WebSocket braucht drei Umläufe"),
                (
                    "Both take two round trips, on an open connection one",
                    "Beide brauchen zwei Umläufe, auf offener Verbindung einen",
                ),
            ],
            expected: 2,
            prediction: (
                "The slopes are 2, 2 and 1 round trips, each within 10 %.",
                "Die Steigungen sind 2, 2 und 1 Umläufe, je auf 10 % genau.",
            ),
            why: (
                "TCP needs one round trip to connect, and the upgrade is an HTTP request that needs another. An open HTTP connection has the first behind it.",
                "TCP braucht einen Umlauf zum Verbinden, und das Upgrade ist eine HTTP-Anfrage, die noch einen braucht. Eine offene HTTP-Verbindung hat den ersten hinter sich.",
            ),
            hides: (
                "TLS 1.3 adds one round trip, DNS another. What follows costs WebSocket half a round trip a message, whoever speaks.",
                "TLS 1.3 fügt einen Umlauf hinzu, DNS noch einen. Danach kostet jede Nachricht WebSocket einen halben Umlauf, wer immer spricht.",
            ),
            next: (
                "Find the distance at which your first message takes as long as a blink (100 ms).",
                "Die Entfernung finden, bei der die erste Nachricht so lange braucht wie ein Wimpernschlag (100 ms).",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "proxy: 0 to 20 ms each way", "Proxy: 0 bis 20 ms je Weg"),
                (2, 0, "server", "Server"),
            ],
            links: &[(0, 1, "first question", "erste Frage"), (1, 2, "", "")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let rounds = how.scale(1, 5, 25);
        let mut data = Data::default();
        let mut lines = Vec::new();
        for way in WAYS {
            let server = Server::start(speaking(way.wire)?)?;
            let mut points = Vec::new();
            for delay in DELAYS {
                how.go_on()?;
                let proxy = Proxy::start(server.addr(), Duration::from_millis(delay))?;
                let times: io::Result<Vec<f64>> =
                    (0..rounds).map(|_| Ok((way.begin)(proxy.addr())?.as_nanos() as f64)).collect();
                points.push((2e6 * delay as f64, median(&mut times?)));
            }
            let (first, last) = (points[0], points[points.len() - 1]);
            let slope = (last.1 - first.1) / (last.0 - first.0);
            let near = (way.round_trips * 0.9, way.round_trips * 1.1);
            data.add(way.key, way.label, slope, Unit::Count, Some(near));
            let label = both(way.label.0, way.label.1);
            lines.push(Line { label, theory: false, points });
        }
        data.pictures.push(Picture::Lines {
            x: Scale { what: both("round trip", "Umlauf"), unit: Unit::Time, log: false },
            y: Scale {
                what: both("until the first answer", "bis zur ersten Antwort"),
                unit: Unit::Time,
                log: false,
            },
            lines,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| decimal(data.value(key).unwrap_or(0.0), 2);
        let (ws, cold, warm) = (of("ws-cold"), of("poll-cold"), of("poll-warm"));
        data.by_ranges(
            (
                format!("A WebSocket takes {} round trips until the first answer, a request {}, one on an open connection {}.", ws.0, cold.0, warm.0),
                format!("Ein WebSocket braucht {} Umläufe bis zur ersten Antwort, eine Anfrage {}, eine auf offener Verbindung {}.", ws.1, cold.1, warm.1),
            ),
            (
                format!("Not as predicted: {} round trips for a WebSocket, {} for a request, {} on an open connection.", ws.0, cold.0, warm.0),
                format!("Nicht wie vorhergesagt: {} Umläufe für einen WebSocket, {} für eine Anfrage, {} auf offener Verbindung.", ws.1, cold.1, warm.1),
            ),
        )
    }
}

/// A backend that speaks that wire; of several the last, which needs the fewest threads.
pub(super) fn speaking(wire: Wire) -> anyhow::Result<&'static dyn Backend> {
    let found = backend::ALL.iter().copied().rfind(|one| one.wire() == wire);
    found.ok_or_else(|| anyhow::anyhow!("no backend speaks {wire:?}"))
}

const POLL: &str = "GET /poll?room=lab&name=anna HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

fn web_socket(to: SocketAddr) -> io::Result<Duration> {
    let begun = Instant::now();
    join(to, "/chat?room=lab&name=anna")?;
    Ok(begun.elapsed())
}

fn cold_poll(to: SocketAddr) -> io::Result<Duration> {
    let begun = Instant::now();
    ask(&mut connect(to)?, POLL)?;
    Ok(begun.elapsed())
}

fn warm_poll(to: SocketAddr) -> io::Result<Duration> {
    let mut stream = connect(to)?;
    ask(&mut stream, POLL)?;
    let begun = Instant::now();
    ask(&mut stream, POLL)?;
    Ok(begun.elapsed())
}
