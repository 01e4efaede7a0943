//! Where long-polling leaves WebSocket: the kink of Pimentel and Nickerson (IEEE Internet Computing
//! 16(4), 2012), who sent the wind of a sensor at four a second over four distances.

mod room;

use std::thread;
use std::time::Duration;

use self::room::{Kind, Visit, listen};
use super::bench::Server;
use super::set_up::speaking;
use super::{Card, Data, Experiment, How, Knob, NoData, Sketch, Values, both, decimal};
use crate::message::Wire;
use crate::results::{Finding, Line, Picture, Scale, Unit};

/// Distances one way, as multiples of the interval between two messages. The kink lies at 0.5.
const DISTANCES: [f64; 6] = [0.1, 0.25, 0.4, 0.65, 0.9, 1.2];
/// How far from theory a mean may lie.
const NEAR: f64 = 0.1;
/// What the machine takes for itself, in nanoseconds.
const OWN: f64 = 4e6;

pub(super) struct Kink;

impl Experiment for Kink {
    fn card(&self) -> Card {
        Card {
            name: "kink",
            question: (
                "At what distance does long-polling become slower than WebSocket?",
                "Ab welcher Entfernung wird Long-Polling langsamer als WebSocket?",
            ),
            setup: (
                "A sensor speaks at a constant interval; members at six distances hear it by WebSocket, by long-poll and by asking again and again. In the paper the interval was 250 ms; in a hurry it is 100 ms here and everything is in proportion.",
                "Ein Sensor spricht in festem Abstand; Mitglieder in sechs Entfernungen hören ihn per WebSocket, per Long-Polling und durch ständiges Fragen. In der Arbeit war der Abstand 250 ms; in Eile sind es hier 100 ms, und alles ist im Verhältnis.",
            ),
            options: &[
                ("At every distance", "In jeder Entfernung"),
                (
                    "When one way takes longer than the interval",
                    "Wenn ein Weg länger dauert als der Abstand",
                ),
                (
                    "When a round trip takes longer than the interval",
                    "Wenn ein Umlauf länger dauert als der Abstand",
                ),
            ],
            expected: 2,
            prediction: (
                "Long-polling takes what WebSocket takes up to half an interval one way, then about twice that; asking again and again takes half its period longer at any distance.",
                "Long-Polling braucht bis zu einem halben Abstand je Weg, was WebSocket braucht, danach etwa doppelt so lange; ständiges Fragen braucht überall die halbe Periode mehr.",
            ),
            why: (
                "A poll is back at the server one round trip after its answer left. If that is before the next message, it waits there already. Else the message waits for it.",
                "Ein Poll ist einen Umlauf nach seiner Antwort wieder beim Server. Ist das vor der nächsten Nachricht, so wartet er dort schon. Sonst wartet die Nachricht auf ihn.",
            ),
            hides: (
                "The paper's members were in four countries over the internet of 2011; its tables were not available to us and are not repeated here. Messages at random moments have no kink: see long-poll-law.",
                "In der Arbeit waren die Mitglieder in vier Ländern, über das Internet von 2011; ihre Tabellen lagen uns nicht vor und werden hier nicht wiederholt. Nachrichten zu zufälligen Zeiten haben keinen Knick: siehe long-poll-law.",
            ),
            next: (
                "duplex lab run kink --interval 250: the paper's own interval; the kink moves to 125 ms.",
                "duplex lab run kink --interval 250: der Abstand der Arbeit; der Knick wandert nach 125 ms.",
            ),
        }
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "interval",
            values: Values::Numbers(40, 1000),
            default: "250",
            about: (
                "milliseconds between two messages (100 when quick)",
                "Millisekunden zwischen zwei Nachrichten (100 in Eile)",
            ),
        }]
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "sensor", "Sensor"),
                (1, 0, "server", "Server"),
                (2, 0, "proxy: one of six distances", "Proxy: eine von sechs Entfernungen"),
                (3, 0, "listener", "Zuhörer"),
            ],
            links: &[
                (0, 1, "at a constant interval", "in festem Abstand"),
                (1, 2, "", ""),
                (2, 3, "pushed, held or asked", "gesendet, gehalten oder gefragt"),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let interval = Duration::from_millis(how.number("interval", how.scale(40, 100, 250)));
        let messages = how.scale(8, 45, 80);
        how.go_on()?;
        let means = everywhere(interval, messages)?;
        let mut data = Data::default();
        for (kind, points) in Kind::ALL.iter().zip(&means) {
            for (distance, mean) in points {
                let delay = interval.as_nanos() as f64 * distance;
                let theory = kind.theory(*distance, messages) * delay;
                let near = (theory * (1.0 - NEAR), theory * (1.0 + NEAR) + OWN);
                let (en, de) = decimal(*distance, 2);
                let (name, wer) = kind.label();
                let label = (
                    format!("{name}, {en} intervals away"),
                    format!("{wer}, {de} Abstände entfernt"),
                );
                let key = format!("{}-{en}", kind.key());
                data.add(&key, (&label.0, &label.1), *mean, Unit::Time, Some(near));
            }
        }
        data.pictures.push(picture(&means, interval, messages));
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let ratio = |distance: &str| {
            let of = |kind: &str| data.value(&format!("{kind}-{distance}")).unwrap_or(0.0);
            decimal(of("held") / of("pushed").max(1.0), 2)
        };
        let (before, after) = (ratio("0.40"), ratio("0.65"));
        let off = data.figures.iter().filter(|one| one.is_as_predicted() == Some(false)).count();
        data.by_ranges(
            (
                format!("Long-polling takes {} times what WebSocket takes at 0.4 intervals one way, and {} times at 0.65: the kink lies between.", before.0, after.0),
                format!("Long-Polling braucht bei 0,4 Abständen je Weg das {}-Fache von WebSocket, bei 0,65 das {}-Fache: Der Knick liegt dazwischen.", before.1, after.1),
            ),
            (
                format!("{off} points lie off: long-polling takes {} times what WebSocket takes at 0.4 intervals one way, {} times at 0.65.", before.0, after.0),
                format!("{off} Punkte liegen daneben: Long-Polling braucht bei 0,4 Abständen je Weg das {}-Fache von WebSocket, bei 0,65 das {}-Fache.", before.1, after.1),
            ),
        )
    }
}

/// The mean time at each distance, in nanoseconds, for each way to hear. All at once: nobody works
/// hard.
fn everywhere(interval: Duration, messages: usize) -> Result<Vec<Vec<(f64, f64)>>, NoData> {
    let push = Server::start(speaking(Wire::WebSocket)?)?;
    let poll = Server::start(speaking(Wire::LongPoll)?)?;
    thread::scope(|scope| {
        let mut visits = Vec::new();
        for kind in Kind::ALL {
            let server = if kind == Kind::Pushed { push.addr() } else { poll.addr() };
            for (place, distance) in DISTANCES.into_iter().enumerate() {
                let delay = interval.mul_f64(distance);
                let room = format!("kink-{}-{place}", kind.key());
                let visit = Visit { kind, server, room, delay, interval, messages };
                visits.push((distance, scope.spawn(move || listen(&visit))));
            }
        }
        let mut means = Vec::new();
        for (distance, visit) in visits {
            let times = visit.join().map_err(|_| anyhow::anyhow!("a listener panicked"))??;
            means.push((distance, times.iter().sum::<f64>() / times.len().max(1) as f64));
        }
        Ok(means.chunks(DISTANCES.len()).map(<[_]>::to_vec).collect())
    })
}

fn picture(means: &[Vec<(f64, f64)>], interval: Duration, messages: usize) -> Picture {
    let whole = interval.as_nanos() as f64;
    let line = |(en, de), theory, points| Line { label: both(en, de), theory, points };
    let curve = (2..=62).map(|step| {
        // Between the multiples of the interval, where the law jumps.
        let distance = (f64::from(step) + 0.5) / 50.0;
        (whole * distance, Kind::Held.theory(distance, messages.max(200)) * whole * distance)
    });
    let mut lines =
        vec![line(("theory of long-poll", "Theorie von Long-Polling"), true, curve.collect())];
    lines.extend(Kind::ALL.iter().zip(means).map(|(kind, points)| {
        let points = points.iter().map(|(distance, mean)| (whole * distance, *mean)).collect();
        line(kind.label(), false, points)
    }));
    Picture::Lines {
        x: Scale { what: both("one way", "ein Weg"), unit: Unit::Time, log: false },
        y: Scale {
            what: both("mean time of a message", "mittlere Zeit einer Nachricht"),
            unit: Unit::Time,
            log: false,
        },
        lines,
    }
}
