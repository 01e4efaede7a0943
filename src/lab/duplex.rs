//! Whether both ends may speak at any time: the protocol says yes, one blocking thread says no.

mod spoken;

use std::thread;
use std::time::Duration;

use self::spoken::{Talk, Told, talk};
use super::{Card, Data, Experiment, How, Knob, NoData, Sketch, Values, both, decimal};
use crate::backend::{self, Backend};
use crate::results::{Bar, Cell, Finding, GridRow, Picture, Unit};
use crate::units::MILLISECOND;

/// The name of the server that has one thread for reading and writing.
const TRAP: (&str, &str) = ("one thread", "ein Thread");
/// How many messages a second come down, and go up when the client talks fast.
const RATE: u64 = 50;

/// A kind of talk: its name twice, whether messages come down, and how far apart they go up.
type Kind = (&'static str, (&'static str, &'static str), bool, Option<u64>);

/// Who talks, and how many milliseconds apart the client does; none when it is silent.
const TALKS: [Kind; 4] = [
    ("down", ("down only", "nur abwärts"), true, None),
    ("up", ("up only", "nur aufwärts"), false, Some(1000 / RATE)),
    ("both", ("both, as fast", "beide, gleich schnell"), true, Some(1000 / RATE)),
    ("slow", ("both, client slowly", "beide, Client langsam"), true, Some(0)),
];

pub(super) struct Duplex;

impl Experiment for Duplex {
    fn card(&self) -> Card {
        Card {
            name: "duplex",
            question: (
                "Can both ends speak at the same time, whatever the server is like?",
                "Können beide Enden gleichzeitig sprechen, wie immer der Server gebaut ist?",
            ),
            setup: (
                "50 messages a second go down, up or both ways, and down while the client speaks every 400 ms; with the three backends, and with a server whose only thread reads and writes in turns.",
                "50 Nachrichten pro Sekunde gehen abwärts, aufwärts oder in beide Richtungen, und abwärts, während der Client alle 400 ms spricht; mit den drei Backends und mit einem Server, dessen einziger Thread abwechselnd liest und schreibt.",
            ),
            options: &[
                ("Yes, for WebSocket is full duplex", "Ja, denn WebSocket ist Vollduplex"),
                (
                    "Yes, unless one thread blocks in read: then it writes when the client speaks",
                    "Ja, außer ein Thread blockiert beim Lesen: Dann schreibt er, wenn der Client spricht",
                ),
                ("Not with long-polling", "Nicht mit Long-Polling"),
            ],
            expected: 1,
            prediction: (
                "The backends deliver 90 % and more within 100 ms in every case. With one thread nothing comes down while the client is silent, and a push waits up to 400 ms for the client's next word.",
                "Die Backends liefern in jedem Fall 90 % und mehr innerhalb von 100 ms. Mit einem Thread kommt nichts herunter, solange der Client schweigt, und ein Push wartet bis 400 ms auf das nächste Wort des Clients.",
            ),
            why: (
                "TCP and WebSocket let each side send at will (RFC 6455 §1.2). A thread that waits in read does nothing else; so one needs two threads, a task that awaits both, or a second connection.",
                "TCP und WebSocket lassen jede Seite senden, wann sie will (RFC 6455 §1.2). Ein Thread, der beim Lesen wartet, tut sonst nichts; darum braucht es zwei Threads, eine Task, die auf beides wartet, oder eine zweite Verbindung.",
            ),
            hides: (
                "A client that talks fast hides the trap: each of its words lets the pushes out. Long-polling is as simultaneous, over two connections.",
                "Ein Client, der schnell spricht, verdeckt die Falle: Jedes seiner Worte lässt die Pushes hinaus. Long-Polling ist ebenso gleichzeitig, über zwei Verbindungen.",
            ),
            next: (
                "duplex lab run duplex --gap 100: the less seldom the client speaks, the smaller the trap.",
                "duplex lab run duplex --gap 100: Je öfter der Client spricht, desto kleiner die Falle.",
            ),
        }
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "gap",
            values: Values::Numbers(20, 2000),
            default: "400",
            about: (
                "milliseconds between two words of the slow client",
                "Millisekunden zwischen zwei Worten des langsamen Clients",
            ),
        }]
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "client", "Client"),
                (1, 0, "one of four servers", "einer von vier Servern"),
                (2, 0, "other member", "anderes Mitglied"),
            ],
            links: &[(0, 1, "up and down", "auf und ab"), (1, 2, "50 a second", "50 pro Sekunde")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let gap = how.number("gap", 400);
        let time = Duration::from_millis(how.scale(400, 1600, 4800).max(3 * gap));
        let mut data = Data::default();
        let (mut rows, mut bars) = (Vec::new(), Vec::new());
        let servers: Vec<_> = backend::ALL.iter().copied().map(Some).chain([None]).collect();
        how.go_on()?;
        let told = talks(&servers, gap, time)?;
        for (server, told) in servers.iter().zip(told.chunks(TALKS.len())) {
            let (en, de) = server.map_or(TRAP, |one| (one.name(), one.name()));
            let mut cells = Vec::new();
            for ((key, label, ..), told) in TALKS.iter().zip(told) {
                let near = predicted(key, server.is_none(), gap);
                let key = format!("{}-{key}", server.map_or("trap", |one| one.name()));
                let names = (format!("{en}, {}", label.0), format!("{de}, {}", label.1));
                data.add(&key, (&names.0, &names.1), told.share(), Unit::Share, Some(near));
                cells.push(cell(told.share(), near));
                if key.ends_with("slow") {
                    bars.push(slowest(&mut data, told, (en, de), server.is_none(), gap));
                }
            }
            rows.push(GridRow { label: both(en, de), cells });
        }
        data.pictures.push(Picture::Bars {
            what: both(
                "slowest 1 % of pushes while the client speaks seldom (p99)",
                "langsamste 1 % der Pushes, während der Client selten spricht (p99)",
            ),
            unit: Unit::Time,
            log: true,
            bars,
        });
        let columns = TALKS.map(|talk| both(talk.1.0, talk.1.1)).to_vec();
        data.pictures.push(Picture::Grid { columns, rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let share = |key| decimal(data.value(key).unwrap_or(0.0) * 100.0, 0);
        let least = backend::ALL
            .iter()
            .flat_map(|one| TALKS.map(|talk| format!("{}-{}", one.name(), talk.0)));
        let least = least.filter_map(|key| data.value(&key)).fold(1.0, f64::min);
        let (least, mindestens) = decimal(least * 100.0, 0);
        let (silent, wait) =
            (share("trap-down"), data.value("trap-p99").unwrap_or(0.0) / MILLISECOND as f64);
        let (wait, warten) = decimal(wait, 0);
        data.by_ranges(
            (
                format!("Each backend delivers at least {least} % in time, whoever speaks; with one thread it is {} % while the client is silent, and a push waits up to {wait} ms.", silent.0),
                format!("Jedes Backend liefert mindestens {mindestens} % rechtzeitig, wer immer spricht; mit einem Thread sind es {} %, solange der Client schweigt, und ein Push wartet bis {warten} ms.", silent.1),
            ),
            (
                format!("Not as predicted: backends deliver at least {least} % in time, one thread {} % while the client is silent, a push waits {wait} ms.", silent.0),
                format!("Nicht wie vorhergesagt: Die Backends liefern mindestens {mindestens} % rechtzeitig, ein Thread {} %, solange der Client schweigt, ein Push wartet {warten} ms.", silent.1),
            ),
        )
    }
}

/// All talks with all servers, at the same time: none of them is much work.
fn talks(
    servers: &[Option<&'static dyn Backend>],
    gap: u64,
    time: Duration,
) -> anyhow::Result<Vec<Told>> {
    thread::scope(|scope| {
        let runs: Vec<_> = servers
            .iter()
            .flat_map(|server| TALKS.map(|(_, _, down, up)| (*server, down, up)))
            .map(|(server, down, up)| {
                let down = down.then_some(Duration::from_millis(1000 / RATE));
                let up = up.map(|up| Duration::from_millis(if up == 0 { gap } else { up }));
                scope.spawn(move || talk(server, &Talk { down, up, time }))
            })
            .collect();
        let told = runs
            .into_iter()
            .map(|run| Ok(run.join().map_err(|_| anyhow::anyhow!("a speaker panicked"))??));
        told.collect()
    })
}

/// The share that is predicted to come in time.
fn predicted(talk: &str, trapped: bool, gap: u64) -> (f64, f64) {
    match (talk, trapped) {
        ("down", true) => (0.0, 0.05),
        // Those pushes are in time that come at most 100 ms before a word of the client.
        ("slow", true) => {
            let share = (spoken::IN_TIME.as_millis() as f64 / gap as f64).min(1.0);
            (share * 0.5, (share * 1.5).min(1.0))
        }
        _ => (0.9, 1.0),
    }
}

fn cell(share: f64, (low, high): (f64, f64)) -> Cell {
    let text = format!("{:.0} %", share * 100.0);
    Cell { text: both(&text, &text), as_predicted: Some((low..=high).contains(&share)) }
}

/// The bar of the slowest pushes, which is a figure, too.
fn slowest(data: &mut Data, told: &Told, (en, de): (&str, &str), trapped: bool, gap: u64) -> Bar {
    let wait = told.slowest();
    let whole = gap as f64 * MILLISECOND as f64;
    if trapped {
        let what = ("one thread, slowest 1 % of pushes", "ein Thread, langsamste 1 % der Pushes");
        data.add("trap-p99", what, wait, Unit::Time, Some((whole * 0.75, whole * 1.25)));
    }
    Bar { label: both(en, de), value: wait, predicted: trapped.then_some(whole) }
}
