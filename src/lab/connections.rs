//! How many TCP connections a chat takes, and who is left with what remains of them.

use std::io;
use std::thread;
use std::time::Duration;

use super::bench::Server;
use super::member::{Ear, Mouth, enter};
use super::proxy::Proxy;
use super::set_up::speaking;
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::machine::tcp;
use crate::message::Wire;
use crate::results::{Bar, Cell, Finding, GridRow, Picture, Unit};

/// So many messages are heard for each that the member says.
const HEARD_PER_SAID: usize = 10;

/// A way to take part.
#[derive(Debug, Clone, Copy)]
struct Way {
    key: &'static str,
    label: (&'static str, &'static str),
    wire: Wire,
    close: bool,
}

const WAYS: [Way; 3] = [
    Way { key: "ws", label: ("WebSocket", "WebSocket"), wire: Wire::WebSocket, close: false },
    Way {
        key: "kept",
        label: ("long-poll, keep-alive", "Long-Polling, Keep-Alive"),
        wire: Wire::LongPoll,
        close: false,
    },
    Way {
        key: "closed",
        label: ("long-poll, closing each time", "Long-Polling, jedes Mal neu"),
        wire: Wire::LongPoll,
        close: true,
    },
];

/// What was counted.
struct Count {
    made: usize,
    /// In `TIME_WAIT` with the server, and with the client; none where the system does not tell.
    waiting: Option<(usize, usize)>,
}

pub(super) struct Connections;

impl Experiment for Connections {
    fn card(&self) -> Card {
        Card {
            name: "connections",
            question: (
                "How many TCP connections does a member of a chat need?",
                "Wie viele TCP-Verbindungen braucht ein Mitglied eines Chats?",
            ),
            setup: (
                "A member hears 1,000 messages (200 in a hurry) one after the other and says every tenth itself, through a proxy that counts its connections; by WebSocket, by long-poll with keep-alive, by long-poll that closes each time.",
                "Ein Mitglied hört 1.000 Nachrichten (in Eile 200) nacheinander und sagt jede zehnte selbst, durch einen Proxy, der seine Verbindungen zählt; per WebSocket, per Long-Polling mit Keep-Alive und per Long-Polling, das jedes Mal schließt.",
            ),
            options: &[
                ("1, 2, and one for each message", "1, 2 und eine für jede Nachricht"),
                ("1 against thousands", "1 gegen Tausende"),
                ("1 each", "Je 1"),
            ],
            expected: 0,
            prediction: (
                "1 over WebSocket, 2 with keep-alive, 1.1 for each message when closing each time (one per poll, one per say).",
                "1 über WebSocket, 2 mit Keep-Alive, 1,1 pro Nachricht, wenn jedes Mal geschlossen wird (eine pro Poll, eine pro gesagter Nachricht).",
            ),
            why: (
                "HTTP/1.1 keeps a connection by default (RFC 9112 §9.3); a second one is needed because the first is busy with a held poll. Only without keep-alive does each message cost a connection (RFC 6455 §1.1 compares with that).",
                "HTTP/1.1 behält eine Verbindung ohnehin (RFC 9112 §9.3); eine zweite braucht es, weil die erste mit einem gehaltenen Poll beschäftigt ist. Nur ohne Keep-Alive kostet jede Nachricht eine Verbindung (RFC 6455 §1.1 vergleicht damit).",
            ),
            hides: (
                "Whoever hangs up first keeps the connection in TIME_WAIT for a minute. Loopback reuses such ports at once, a network does not. HTTP/2 needs one connection for everything.",
                "Wer zuerst auflegt, behält die Verbindung eine Minute in TIME_WAIT. Loopback verwendet solche Ports sofort wieder, ein Netz nicht. HTTP/2 braucht für alles eine Verbindung.",
            ),
            next: (
                "While it runs, watch ss -tan state time-wait | wc -l in another terminal.",
                "Während es läuft, in einem anderen Terminal ss -tan state time-wait | wc -l beobachten.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "member", "Mitglied"),
                (1, 0, "proxy that counts", "Proxy, der zählt"),
                (2, 0, "server", "Server"),
                (3, 0, "speaker", "Sprecher"),
            ],
            links: &[
                (0, 1, "1, 2 or very many", "1, 2 oder sehr viele"),
                (1, 2, "", ""),
                (2, 3, "", ""),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let messages = how.scale(20, 200, 1000);
        let mut data = Data::default();
        let (mut bars, mut rows) = (Vec::new(), Vec::new());
        for way in WAYS {
            how.go_on()?;
            let count = take_part(way, messages)?;
            let made = count.made as f64;
            let expected = match (way.wire, way.close) {
                (_, true) => messages as f64 * 1.1,
                (Wire::LongPoll, _) => 2.0,
                _ => 1.0,
            };
            // Some answers carry two messages, and then it takes a poll less.
            let low = if way.close { expected * 0.85 } else { expected };
            data.add(way.key, way.label, made, Unit::Count, Some((low, expected + 1.0)));
            let label = both(way.label.0, way.label.1);
            bars.push(Bar { label: label.clone(), value: made, predicted: Some(expected) });
            let cell = |number: Option<usize>| {
                let text = number.map_or("–".to_owned(), |number| number.to_string());
                Cell { text: both(&text, &text), as_predicted: None }
            };
            let (own, peers) = (count.waiting.map(|w| w.0), count.waiting.map(|w| w.1));
            rows.push(GridRow { label, cells: vec![cell(own), cell(peers)] });
        }
        data.pictures.push(Picture::Bars {
            what: both("TCP connections made", "aufgebaute TCP-Verbindungen"),
            unit: Unit::Count,
            log: true,
            bars,
        });
        let columns = vec![
            both("TIME_WAIT with the server", "TIME_WAIT beim Server"),
            both("TIME_WAIT with the client", "TIME_WAIT beim Client"),
        ];
        data.pictures.push(Picture::Grid { columns, rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let (ws, kept, closed) = (of("ws"), of("kept"), of("closed"));
        data.by_ranges(
            (
                format!("WebSocket takes {ws} connection, long-polling {kept} with keep-alive and {closed} without."),
                format!("WebSocket braucht {ws} Verbindung, Long-Polling {kept} mit Keep-Alive und {closed} ohne."),
            ),
            (
                format!("Not as predicted: {ws} connections for WebSocket, {kept} for long-polling with keep-alive, {closed} without."),
                format!("Nicht wie vorhergesagt: {ws} Verbindungen für WebSocket, {kept} für Long-Polling mit Keep-Alive, {closed} ohne."),
            ),
        )
    }
}

/// Hears so many messages, says some, leaves, and gives how many connections that took.
fn take_part(way: Way, messages: usize) -> Result<Count, NoData> {
    let server = Server::start(speaking(way.wire)?)?;
    let proxy = Proxy::start(server.addr(), Duration::ZERO)?;
    let (mut mouth, mut ear) = enter(way.wire, proxy.addr(), "lab", "anna")?;
    if way.close {
        ear.close_every_time();
    }
    let (mut other, _ear) = enter(way.wire, server.addr(), "lab", "ben")?;
    // Over HTTP one for each of mouth and ear.
    let entered = 2;
    for number in 0..messages {
        let text = number.to_string();
        match (number % HEARD_PER_SAID, way.close) {
            (0, true) => mouth.say_and_close(&text, proxy.addr())?,
            (0, false) => mouth.say(&text)?,
            _ => other.say(&text)?,
        }
        hear(&mut ear, &text)?;
    }
    // Those two that were opened to enter are not used when each time another one is.
    let made = proxy.taps().len() - if way.close { entered } else { 0 };
    leave(mouth, ear);
    let port = proxy.addr().port();
    // The kernel takes a moment to be done with the last of them.
    thread::sleep(Duration::from_millis(100));
    Ok(Count { made, waiting: tcp::waiting(port) })
}

fn leave(mouth: Mouth, ear: Ear) {
    drop((mouth, ear));
}

/// Hears until that text has come.
fn hear(ear: &mut Ear, text: &str) -> io::Result<()> {
    while !ear.hear()?.iter().any(|heard| heard == text) {}
    Ok(())
}
