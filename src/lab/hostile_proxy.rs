//! What stands in between: six proxies that mean well or badly against three ways to be told.

mod told;

use std::thread;
use std::time::Duration;

use self::told::{Kind, try_out};
use super::proxy::Fault;
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::results::{Bar, Cell, Finding, GridRow, Picture, Unit};

/// How long everybody is silent in the middle; the proxy that hangs up on silence waits half of it.
const SILENCE: Duration = Duration::from_millis(600);
/// Where a connection that breaks does so, in bytes from the server: after some messages, before all.
const SOMEWHERE: (u64, u64) = (3000, 4000);

/// What a proxy does, and who is predicted to be told everything all the same: by WebSocket, by
/// long-poll, by an answer that never ends.
const FAULTS: [(Fault, (&str, &str), [bool; 3]); 6] = [
    (Fault::StripUpgrade, ("takes out Upgrade", "entfernt Upgrade"), [false, true, true]),
    (
        Fault::BufferBodies,
        ("holds back answers until whole", "hält Antworten bis zum Ende zurück"),
        [false, true, false],
    ),
    (
        Fault::IdleTimeout(Duration::from_millis(300)),
        ("hangs up on silence", "legt bei Stille auf"),
        [false, true, false],
    ),
    (
        Fault::Drop(SOMEWHERE.0, SOMEWHERE.1),
        ("drops the connection", "trennt die Verbindung"),
        [false, true, false],
    ),
    (
        Fault::Stall(SOMEWHERE.0, SOMEWHERE.1, Duration::from_millis(300)),
        ("stalls for 300 ms", "stockt 300 ms"),
        [true, true, true],
    ),
    (
        Fault::HalfClose(SOMEWHERE.0, SOMEWHERE.1),
        ("closes one direction", "schließt eine Richtung"),
        [false, true, false],
    ),
];

pub(super) struct HostileProxy;

impl Experiment for HostileProxy {
    fn card(&self) -> Card {
        Card {
            name: "hostile-proxy",
            question: (
                "Who gets through proxies that were not made for it?",
                "Wer kommt durch Proxys, die nicht dafür gemacht sind?",
            ),
            setup: (
                "Sixty messages, with a silence in the middle, to a member behind each of six proxies; by WebSocket, by long-poll, by an HTTP answer that never ends. Nobody falls back or resumes but for what the way to be told has by itself.",
                "Sechzig Nachrichten, mit einer Stille in der Mitte, an ein Mitglied hinter je einem von sechs Proxys; per WebSocket, per Long-Polling, per HTTP-Antwort ohne Ende. Niemand weicht aus oder setzt fort, außer mit dem, was die Art der Zustellung selbst hat.",
            ),
            options: &[
                ("WebSocket, for it is a standard", "WebSocket, es ist ja ein Standard"),
                ("All of them", "Alle"),
                ("Long-polling, for it asks again", "Long-Polling, denn es fragt wieder"),
            ],
            expected: 2,
            prediction: (
                "Long-polling gets everything in 6 of 6, WebSocket in 1, an endless answer in 2.",
                "Long-Polling erhält alles in 6 von 6, WebSocket in 1, eine Antwort ohne Ende in 2.",
            ),
            why: (
                "Each poll is an ordinary request that carries its cursor: after a cut it is asked again and nothing is missing. A WebSocket needs Upgrade to come through (RFC 9110 §7.8) and has no cursor of its own (RFC 6455 has no resume).",
                "Jeder Poll ist eine gewöhnliche Anfrage mit Cursor: Nach einer Trennung wird er wiederholt, und nichts fehlt. Ein WebSocket braucht ein Upgrade, das durchkommt (RFC 9110 §7.8), und hat selbst keinen Cursor (RFC 6455 kennt kein Fortsetzen).",
            ),
            hides: (
                "Over TLS no proxy can look inside unless it is trusted: on port 443 WebSocket gets through nearly everywhere (RFC 6455 §1.8). A client that falls back and resumes gets everything, too: see outage.",
                "Über TLS kann kein Proxy hineinsehen, dem man nicht vertraut: Auf Port 443 kommt WebSocket fast überall durch (RFC 6455 §1.8). Auch ein Client, der ausweicht und fortsetzt, erhält alles: siehe outage.",
            ),
            next: (
                "duplex lab run hostile-proxy --seed 7: connections break elsewhere. Does the table change?",
                "duplex lab run hostile-proxy --seed 7: Verbindungen brechen anderswo. Ändert sich die Tabelle?",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "member", "Mitglied"),
                (1, 0, "one of six proxies", "einer von sechs Proxys"),
                (2, 0, "server", "Server"),
                (3, 0, "speaker", "Sprecher"),
            ],
            links: &[
                (0, 1, "pushed, polled or streamed", "gesendet, gefragt oder gestreamt"),
                (1, 2, "", ""),
                (2, 3, "60 messages", "60 Nachrichten"),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        how.go_on()?;
        let gap = Duration::from_millis(how.scale(2, 10, 20));
        let heard = thread::scope(|scope| {
            let runs: Vec<_> = FAULTS
                .iter()
                .flat_map(|(fault, ..)| Kind::ALL.map(|kind| (*fault, kind)))
                .map(|(fault, kind)| {
                    scope.spawn(move || try_out(fault, kind, gap, SILENCE, how.seed))
                })
                .collect();
            let heard = runs.into_iter().map(|run| {
                run.join().map_err(|_| anyhow::anyhow!("a member panicked"))?.map_err(NoData::from)
            });
            heard.collect::<Result<Vec<usize>, NoData>>()
        })?;
        let mut data = Data::default();
        let (mut right, mut whole, mut rows) = (0.0, [0.0; 3], Vec::new());
        for ((_, label, predicted), heard) in FAULTS.iter().zip(heard.chunks(Kind::ALL.len())) {
            let mut cells = Vec::new();
            for (place, (heard, predicted)) in heard.iter().zip(predicted).enumerate() {
                let all = *heard == told::MESSAGES;
                whole[place] += f64::from(u8::from(all));
                right += f64::from(u8::from(all == *predicted));
                let (en, de) = (
                    format!("{heard} of {}", told::MESSAGES),
                    format!("{heard} von {}", told::MESSAGES),
                );
                cells.push(Cell { text: both(&en, &de), as_predicted: Some(all == *predicted) });
            }
            rows.push(GridRow { label: both(label.0, label.1), cells });
        }
        data.add(
            "right",
            ("cells as predicted", "Zellen wie vorhergesagt"),
            right,
            Unit::Count,
            Some((18.0, 18.0)),
        );
        let mut bars = Vec::new();
        for ((kind, whole), expected) in Kind::ALL.iter().zip(whole).zip([1.0, 6.0, 2.0]) {
            let (en, de) = kind.label();
            data.add(kind.key(), (en, de), whole, Unit::Count, Some((expected, expected)));
            bars.push(Bar { label: both(en, de), value: whole, predicted: Some(expected) });
        }
        data.pictures.push(Picture::Bars {
            what: both(
                "proxies of six behind which everything arrives",
                "Proxys von sechs, hinter denen alles ankommt",
            ),
            unit: Unit::Count,
            log: false,
            bars,
        });
        let columns = Kind::ALL.map(|kind| both(kind.label().0, kind.label().1)).to_vec();
        data.pictures.push(Picture::Grid { columns, rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let (ws, poll, stream) = (of("ws"), of("poll"), of("stream"));
        data.by_ranges(
            (
                format!("Everything arrives by long-poll behind {poll} of 6 proxies, by WebSocket behind {ws}, by an endless answer behind {stream}."),
                format!("Alles kommt an: per Long-Polling hinter {poll} von 6 Proxys, per WebSocket hinter {ws}, per Antwort ohne Ende hinter {stream}."),
            ),
            (
                format!("Not as predicted: behind {poll} of 6 proxies by long-poll, {ws} by WebSocket, {stream} by an endless answer."),
                format!("Nicht wie vorhergesagt: hinter {poll} von 6 Proxys per Long-Polling, {ws} per WebSocket, {stream} per Antwort ohne Ende."),
            ),
        )
    }
}
