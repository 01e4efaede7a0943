//! Coordinated omission: one run, recorded in two ways, with a server that stood still.

use std::thread;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::loaded::{self, asked};
use super::set_up::speaking;
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::machine;
use crate::message::Wire;
use crate::results::{Finding, Line, Picture, Scale, Unit};
use crate::scenario::{Arrivals, LoopKind, Scenario};
use crate::units::MILLISECOND;

/// Messages a second of both speakers together.
const RATE: f64 = 400.0;

pub(super) struct Omission;

impl Experiment for Omission {
    fn card(&self) -> Card {
        Card {
            name: "omission",
            question: (
                "A server stands still for a moment. What does the 99th percentile say?",
                "Ein Server steht einen Moment still. Was sagt das 99. Perzentil?",
            ),
            setup: (
                "Two members speak 400 times a second in a closed loop, as many tools do: the next message waits for the one before. In the middle the server is frozen for a while (SIGSTOP). The same deliveries are counted twice: from the moment they were sent, and from the moment they were meant to be sent.",
                "Zwei Mitglieder sprechen 400-mal pro Sekunde in einer geschlossenen Schleife, wie viele Werkzeuge es tun: Die nächste Nachricht wartet auf die vorige. In der Mitte wird der Server eine Weile eingefroren (SIGSTOP). Dieselben Zustellungen werden zweimal gezählt: ab dem Senden, und ab dem Moment, in dem sie gesendet werden sollten.",
            ),
            options: &[
                (
                    "A few milliseconds against nearly the whole pause",
                    "Wenige Millisekunden gegen fast die ganze Pause",
                ),
                (
                    "The same, a percentile is a percentile",
                    "Dasselbe, ein Perzentil ist ein Perzentil",
                ),
                ("Twice as much", "Das Doppelte"),
            ],
            expected: 0,
            prediction: (
                "Counted from the send, p99 stays below a tenth of the pause; counted from the intended start it is between 60 % and 120 % of it. (wrk2: 6.04 ms against 1.27 s, one pause of 1.4 s.)",
                "Ab dem Senden gezählt bleibt p99 unter einem Zehntel der Pause; ab dem beabsichtigten Start liegt es zwischen 60 % und 120 % davon. (wrk2: 6,04 ms gegen 1,27 s bei einer Pause von 1,4 s.)",
            ),
            why: (
                "A generator that waits for the server stops asking exactly while the server is slow: the samples that would show it are never taken. People do not wait in line to want something.",
                "Ein Generator, der auf den Server wartet, fragt genau dann nicht, wenn der Server langsam ist: Die Werte, die es zeigen würden, entstehen nie. Menschen warten nicht, bis sie etwas wollen dürfen.",
            ),
            hides: (
                "The pause is made by hand here. A garbage collector, a full disk or a lock does the same, less visibly.",
                "Die Pause ist hier von Hand gemacht. Eine Speicherbereinigung, eine volle Platte oder eine Sperre tut dasselbe, nur weniger sichtbar.",
            ),
            next: (
                "duplex compare --details four-ways shows one run as four tools would have reported it.",
                "duplex compare --details four-ways zeigt einen Lauf, wie ihn vier Werkzeuge berichtet hätten.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "2 speakers, closed loop", "2 Sprecher, geschlossen"),
                (1, 0, "server, frozen for a while", "Server, eine Weile gefroren"),
            ],
            links: &[(0, 1, "400 a second", "400 pro Sekunde")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let pause = Duration::from_millis(how.scale(100, 500, 1_400));
        let time = Duration::from_millis(how.scale(400, 3_000, 10_000));
        let closed = Scenario {
            arrivals: Arrivals::Even,
            loop_kind: LoopKind::Closed,
            ..asked(2, RATE, time)?
        };
        let mut freezer = None;
        let backend = speaking(Wire::WebSocket)?;
        let loaded = loaded::play(backend, &closed, how, &mut |server| {
            let body = move || freeze(server, time / 3, pause);
            freezer = thread::Builder::new().spawn(body).ok();
        })?;
        let freezer = freezer.ok_or_else(|| anyhow::anyhow!("no thread to be had"))?;
        let frozen = Some(freezer.join());
        if let Some(Ok(Err(why))) = frozen {
            let de = format!("Einen Prozess einzufrieren geht hier nicht: {why}");
            return Err(NoData::NotHere(both(&why.to_string(), &de)));
        }
        let (sent, meant) = (&loaded.outcome.service, &loaded.outcome.response);
        let mut data = Data::default();
        let p99 = |times: &Histogram<u64>| times.value_at_quantile(0.99) as f64;
        let long = pause.as_nanos() as f64;
        let what = ("p99 from the send", "p99 ab dem Senden");
        data.add("sent", what, p99(sent), Unit::Time, Some((0.0, long / 10.0)));
        let what = ("p99 from the intended start", "p99 ab dem beabsichtigten Start");
        data.add("meant", what, p99(meant), Unit::Time, Some((0.6 * long, 1.2 * long)));
        let what = ("the pause", "die Pause");
        data.add("pause", what, long, Unit::Time, None);
        data.pictures.push(Picture::Lines {
            x: Scale { what: both("time", "Zeit"), unit: Unit::Time, log: true },
            y: Scale {
                what: both("share of deliveries within", "Anteil der Zustellungen innerhalb"),
                unit: Unit::Share,
                log: false,
            },
            lines: vec![
                line("from the send", "ab dem Senden", sent),
                line("from the intended start", "ab dem Soll-Start", meant),
            ],
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let ms = |key| (data.value(key).unwrap_or(0.0) / MILLISECOND as f64 * 10.0).round() / 10.0;
        let (sent, meant, pause) = (ms("sent"), ms("meant"), ms("pause"));
        let german = |value: f64| value.to_string().replace('.', ",");
        data.by_ranges(
            (
                format!("With one pause of {pause} ms p99 is {sent} ms counted from the send and {meant} ms counted from the intended start: the same run."),
                format!("Mit einer Pause von {} ms ist p99 {} ms ab dem Senden und {} ms ab dem beabsichtigten Start: derselbe Lauf.", german(pause), german(sent), german(meant)),
            ),
            (
                format!("Not as predicted: p99 {sent} ms from the send, {meant} ms from the intended start, with a pause of {pause} ms."),
                format!("Nicht wie vorhergesagt: p99 {} ms ab dem Senden, {} ms ab dem beabsichtigten Start, bei einer Pause von {} ms.", german(sent), german(meant), german(pause)),
            ),
        )
    }
}

/// Freezes a process after a while, for a while.
fn freeze(pid: u32, after: Duration, pause: Duration) -> Result<(), machine::Unavailable> {
    thread::sleep(after);
    machine::freeze(pid)?;
    thread::sleep(pause);
    machine::thaw(pid)
}

/// The share of deliveries up to each time.
fn line(en: &str, de: &str, times: &Histogram<u64>) -> Line {
    let shares = (0..=40).map(|step| f64::from(step) / 40.0);
    let point = |share: f64| (times.value_at_quantile(share).max(1) as f64, share);
    Line { label: both(en, de), theory: false, points: shares.map(point).collect() }
}
