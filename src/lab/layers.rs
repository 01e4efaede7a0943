//! The table of layers with bytes in it: what a small message costs on the wire.

use std::thread;

use super::segments::{Cost, WAYS, Way, bring};
use super::{Card, Data, Experiment, How, Knob, NoData, Sketch, Values, both, decimal};
use crate::results::{Bar, Cell, Finding, GridRow, Picture, Unit};

/// How far from its prediction a count may lie: an acknowledgement is shared now and then.
const NEAR: f64 = 0.1;

pub(super) struct Layers;

impl Experiment for Layers {
    fn card(&self) -> Card {
        Card {
            name: "layers",
            question: (
                "How many bytes does a message of 20 bytes take on the wire?",
                "Wie viele Bytes braucht eine Nachricht von 20 Bytes auf der Leitung?",
            ),
            setup: (
                "The same message comes as a frame and as the answer of a poll with three sets of heads: hand-made ones, those of a browser, and the 871 bytes that “Quantum Leap” counted in 2010. The kernel counts bytes and segments.",
                "Dieselbe Nachricht kommt als Rahmen und als Antwort eines Polls mit drei Sätzen von Köpfen: knappen, denen eines Browsers und den 871 Bytes, die „Quantum Leap“ 2010 gezählt hat. Der Kernel zählt Bytes und Segmente.",
            ),
            options: &[
                ("126 against 1,047: one to eight", "126 gegen 1.047: eins zu acht"),
                ("22 against 891: one to forty", "22 gegen 891: eins zu vierzig"),
                ("About the same", "Etwa gleich viele"),
            ],
            expected: 0,
            prediction: (
                "126 B over WebSocket; polled 314 B with minimal heads, 904 B with a browser's, 1,047 B with those of 2010, each within 10 %. Of 436 : 1 in heads alone, 8 : 1 is left on the wire.",
                "126 B über WebSocket; per Poll 314 B mit knappen Köpfen, 904 B mit denen eines Browsers, 1.047 B mit denen von 2010, je auf 10 % genau. Von 436 : 1 bei den Köpfen allein bleibt auf der Leitung 8 : 1.",
            ),
            why: (
                "Each segment has 52 bytes of TCP/IP headers, the acknowledgement too: two segments for a push, three for a poll. The frame adds 2 bytes (RFC 6455 §5.2); then the table of layers outweighs it.",
                "Jedes Segment hat 52 Bytes TCP/IP-Köpfe, auch die Bestätigung: zwei Segmente für einen Push, drei für einen Poll. Der Rahmen fügt 2 Bytes hinzu (RFC 6455 §5.2); da wiegt die Tabelle der Schichten mehr.",
            ),
            hides: (
                "Ethernet adds 38 bytes to each segment, TLS 22 to each record. Messages close together share segments and acknowledgements, and polls share answers: see coalescing.",
                "Ethernet fügt jedem Segment 38 Bytes hinzu, TLS jedem Record 22. Dichte Nachrichten teilen sich Segmente und Bestätigungen, Polls die Antworten: siehe coalescing.",
            ),
            next: (
                "duplex lab run layers --payload 1000: where does the advantage go?",
                "duplex lab run layers --payload 1000: Wohin geht der Vorsprung?",
            ),
        }
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "payload",
            values: Values::Numbers(1, 10_000),
            default: "20",
            about: ("bytes of a message", "Bytes einer Nachricht"),
        }]
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[(0, 0, "client", "Client"), (1, 0, "server", "Server")],
            links: &[(
                0,
                1,
                "one message: two or three segments",
                "eine Nachricht: 2 oder 3 Segmente",
            )],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let payload = how.number("payload", 20) as usize;
        let rounds = how.scale(3, 20, 100);
        how.go_on()?;
        let costs = all_ways(payload, rounds)?;
        let mut data = Data::default();
        for (way, cost) in &costs {
            let predicted = way.predicted(payload, 1);
            let near = (predicted * (1.0 - NEAR), predicted * (1.0 + NEAR));
            data.add(way.key, way.label, cost.total, Unit::Bytes, Some(near));
        }
        let (ws, old) = (costs[0].1, costs[3].1);
        let heads = old.framing / ws.framing;
        data.add(
            "heads",
            (
                "2010 to WebSocket, heads and frames alone",
                "2010 zu WebSocket, Köpfe und Rahmen allein",
            ),
            heads,
            Unit::Ratio,
            None,
        );
        let expected = WAYS[3].predicted(payload, 1) / WAYS[0].predicted(payload, 1);
        let near = (expected * (1.0 - NEAR), expected * (1.0 + NEAR));
        data.add(
            "wire",
            ("2010 to WebSocket, on the wire", "2010 zu WebSocket, auf der Leitung"),
            old.total / ws.total,
            Unit::Ratio,
            Some(near),
        );
        data.pictures = pictures(&costs, payload);
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let ((heads, koepfe), (wire, leitung)) = (decimal(of("heads"), 0), decimal(of("wire"), 1));
        let (ws, old) = (of("ws").round(), of("2010").round());
        data.by_ranges(
            (
                format!("{ws} bytes over WebSocket, {old} with the heads of 2010: {heads} : 1 in heads is {wire} : 1 on the wire."),
                format!("{ws} Bytes über WebSocket, {old} mit den Köpfen von 2010: {koepfe} : 1 bei den Köpfen ist {leitung} : 1 auf der Leitung."),
            ),
            (
                format!("Not as predicted: {ws} bytes over WebSocket, {old} with the heads of 2010, {wire} : 1 on the wire."),
                format!("Nicht wie vorhergesagt: {ws} Bytes über WebSocket, {old} mit den Köpfen von 2010, {leitung} : 1 auf der Leitung."),
            ),
        )
    }
}

/// All ways at the same time: what is counted takes no notice.
fn all_ways(payload: usize, rounds: usize) -> Result<Vec<(Way, Cost)>, NoData> {
    thread::scope(|scope| {
        let runs = WAYS.map(|way| (way, scope.spawn(move || bring(way, payload, 1, rounds))));
        let cost = |(way, run): (Way, thread::ScopedJoinHandle<'_, Result<Cost, NoData>>)| {
            let cost = run.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
            Ok((way, cost))
        };
        runs.into_iter().map(cost).collect()
    })
}

fn pictures(costs: &[(Way, Cost)], payload: usize) -> Vec<Picture> {
    let bar = |(way, cost): &(Way, Cost)| Bar {
        label: both(way.label.0, way.label.1),
        value: cost.total,
        predicted: Some(way.predicted(payload, 1)),
    };
    let row = |(way, cost): &(Way, Cost)| {
        let parts = [payload as f64, cost.framing, cost.headers, cost.total];
        let cell = |bytes: f64| {
            let text = format!("{bytes:.0} B");
            Cell { text: both(&text, &text), as_predicted: None }
        };
        GridRow { label: both(way.label.0, way.label.1), cells: parts.map(cell).to_vec() }
    };
    let columns = [
        both("message", "Nachricht"),
        both("frame or heads", "Rahmen oder Köpfe"),
        both("TCP/IP", "TCP/IP"),
        both("on the wire", "auf der Leitung"),
    ];
    vec![
        Picture::Bars {
            what: both(
                "bytes on the wire for one message",
                "Bytes auf der Leitung für eine Nachricht",
            ),
            unit: Unit::Bytes,
            log: false,
            bars: costs.iter().map(bar).collect(),
        },
        Picture::Grid { columns: columns.to_vec(), rows: costs.iter().map(row).collect() },
    ]
}
