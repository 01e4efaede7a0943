//! Whether polling can be the cheaper one: messages that share an answer share its heads.

use std::thread;

use super::segments::{WAYS, Way, bring};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::results::{Finding, Line, Picture, Scale, Unit};

/// How many messages come in one answer.
const COUNTS: [usize; 9] = [1, 2, 3, 4, 6, 8, 10, 12, 16];
/// Bytes of a message.
const PAYLOAD: usize = 20;
/// The polls and from how many messages an answer they should beat frames sent one by one.
const BREAK_EVEN: [(usize, (f64, f64)); 3] = [(1, (2.0, 4.0)), (2, (8.0, 10.0)), (3, (9.0, 12.0))];

pub(super) struct Coalescing;

impl Experiment for Coalescing {
    fn card(&self) -> Card {
        Card {
            name: "coalescing",
            question: (
                "Can long-polling take fewer bytes than WebSocket?",
                "Kann Long-Polling weniger Bytes brauchen als WebSocket?",
            ),
            setup: (
                "1 to 16 messages of 20 bytes come in one answer of a poll, in one write of a WebSocket, or one by one; the kernel counts bytes and segments.",
                "1 bis 16 Nachrichten von 20 Bytes kommen in einer Antwort eines Polls, in einem Schreibvorgang eines WebSockets oder einzeln; der Kernel zählt Bytes und Segmente.",
            ),
            options: &[
                ("Never", "Nie"),
                (
                    "Yes, from some messages an answer on, unless the WebSocket batches too",
                    "Ja, ab einigen Nachrichten pro Antwort, sofern der WebSocket nicht auch bündelt",
                ),
                ("Always when much is said", "Immer, wenn viel gesagt wird"),
            ],
            expected: 1,
            prediction: (
                "Against frames one by one polls win from 3 messages an answer with minimal heads, from 9 to 10 with a browser's, from 10 with those of 2010; a WebSocket that batches beats all of them.",
                "Gegen einzelne Rahmen gewinnen Polls ab 3 Nachrichten pro Antwort mit knappen Köpfen, ab 9 bis 10 mit denen eines Browsers, ab 10 mit denen von 2010; ein WebSocket, der bündelt, schlägt alle.",
            ),
            why: (
                "What costs is the segment, not the frame: 104 bytes for a push and its acknowledgement. An answer brings everything there is with one set of heads; so does a server that writes all it has at once.",
                "Was kostet, ist das Segment und nicht der Rahmen: 104 Bytes für Push und Bestätigung. Eine Antwort bringt alles mit einem Satz Köpfe; ein Server, der auf einmal schreibt, was er hat, auch.",
            ),
            hides: (
                "Bytes are not time: an answer that waits for more is late. And frames that come close together share acknowledgements.",
                "Bytes sind nicht Zeit: Eine Antwort, die auf mehr wartet, kommt später. Und dichte Rahmen teilen sich Bestätigungen.",
            ),
            next: (
                "Run duplex compare --scenario rush --details bytes: all three backends batch. Where do their bytes go?",
                "duplex compare --scenario rush --details bytes laufen lassen: Alle drei Backends bündeln. Wohin gehen ihre Bytes?",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[(0, 0, "client", "Client"), (1, 0, "server", "Server")],
            links: &[(0, 1, "1 to 16 messages at once", "1 bis 16 Nachrichten auf einmal")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let rounds = how.scale(1, 8, 40);
        how.go_on()?;
        // A push alone costs the same however many there are.
        let alone = bring(WAYS[0], PAYLOAD, 1, how.scale(2, 20, 60))?.total;
        let lines = all_counts(rounds)?;
        let mut data = Data::default();
        data.add("alone", ("one by one", "einzeln"), alone, Unit::Bytes, Some((113.0, 139.0)));
        for (place, near) in BREAK_EVEN {
            let way = WAYS[place];
            let wins = crossing(&lines[place], alone);
            let (en, de) = way.label;
            let label = (format!("{en}: wins from"), format!("{de}: gewinnt ab"));
            data.add(way.key, (&label.0, &label.1), wins, Unit::Count, Some(near));
        }
        let worst =
            lines[0].iter().zip(&lines[1]).map(|(ws, poll)| ws.1 / poll.1).fold(0.0, f64::max);
        let what = (
            "batched WebSocket to the best poll, at worst",
            "gebündelter WebSocket zum besten Poll, schlimmstenfalls",
        );
        data.add("batched", what, worst, Unit::Ratio, Some((0.0, 0.95)));
        data.pictures.push(picture(&lines, alone));
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let (few, many) = (of("minimal"), of("browser"));
        data.by_ranges(
            (
                format!("Polls beat frames sent one by one from {few} messages an answer with minimal heads, from {many} with a browser's; a WebSocket that batches beats them all."),
                format!("Polls schlagen einzelne Rahmen ab {few} Nachrichten pro Antwort mit knappen Köpfen, ab {many} mit denen eines Browsers; ein WebSocket, der bündelt, schlägt alle."),
            ),
            (
                format!("Not as predicted: polls win from {few} messages with minimal heads, from {many} with a browser's."),
                format!("Nicht wie vorhergesagt: Polls gewinnen ab {few} Nachrichten mit knappen Köpfen, ab {many} mit denen eines Browsers."),
            ),
        )
    }
}

/// Bytes for a message by how many come at once, for every way.
fn all_counts(rounds: usize) -> Result<Vec<Vec<(f64, f64)>>, NoData> {
    let of_way = |way: Way| -> Result<Vec<(f64, f64)>, NoData> {
        thread::scope(|scope| {
            let runs = COUNTS.map(|n| (n, scope.spawn(move || bring(way, PAYLOAD, n, rounds))));
            let mut points = Vec::new();
            for (count, run) in runs {
                let cost = run.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
                points.push((count as f64, cost.total));
            }
            Ok(points)
        })
    };
    WAYS.into_iter().map(of_way).collect()
}

/// From how many messages an answer on a poll takes fewer bytes than a push alone: between two counts
/// that were tried, by a line through 1 / count; infinitely many when it never does.
fn crossing(points: &[(f64, f64)], alone: f64) -> f64 {
    let below = points.windows(2).find(|two| two[0].1 > alone && two[1].1 <= alone);
    let Some([(few, dear), (many, cheap)]) = below else { return f64::from(u16::MAX) };
    let share = (dear - alone) / (dear - cheap);
    (1.0 / (1.0 / few + share * (1.0 / many - 1.0 / few))).ceil()
}

fn picture(lines: &[Vec<(f64, f64)>], alone: f64) -> Picture {
    let line = |(way, points): (&Way, &Vec<(f64, f64)>)| {
        let batched = ("WebSocket, batched", "WebSocket, gebündelt");
        let (en, de) = if way.heads.is_none() { batched } else { way.label };
        Line { label: both(en, de), theory: false, points: points.clone() }
    };
    let mut all: Vec<Line> = WAYS.iter().zip(lines).map(line).collect();
    let ends = vec![(1.0, alone), (16.0, alone)];
    all.push(Line {
        label: both("WebSocket, one by one", "WebSocket, einzeln"),
        theory: false,
        points: ends,
    });
    Picture::Lines {
        x: Scale {
            what: both("messages that come at once", "Nachrichten, die zugleich kommen"),
            unit: Unit::Count,
            log: false,
        },
        y: Scale {
            what: both(
                "bytes on the wire for each message",
                "Bytes auf der Leitung für jede Nachricht",
            ),
            unit: Unit::Bytes,
            log: true,
        },
        lines: all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crossing_is_where_the_derivation_has_it() {
        let alone = WAYS[0].predicted(PAYLOAD, 1);
        let exact = |way: Way| COUNTS.map(|n| (n as f64, way.predicted(PAYLOAD, n))).to_vec();
        for (place, (low, high)) in BREAK_EVEN {
            let wins = crossing(&exact(WAYS[place]), alone);
            assert!((low..=high).contains(&wins), "{}: {wins}", WAYS[place].key);
        }
        assert_eq!(crossing(&[(1.0, 300.0), (2.0, 200.0)], 100.0), f64::from(u16::MAX));
    }
}
