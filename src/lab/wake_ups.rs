//! What it costs to wake somebody: a byte handed along a long row of threads, or of tasks.

mod brigade;

use std::time::Duration;

use self::brigade::{Hop, hop};
use super::loaded::{self, asked};
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal};
use crate::backend;
use crate::results::{Bar, Finding, Picture, Unit};
use crate::units::MICROSECOND;

/// Members of the chat whose context switches are counted.
const MEMBERS: u32 = 50;
/// Messages a second in it.
const RATE: f64 = 60.0;

pub(super) struct WakeUps;

const HOPS: [(Hop, &str, (&str, &str), f64); 4] = [
    (Hop::TaskMemory, "task-memory", ("task, in memory", "Task, im Speicher"), 0.2),
    (Hop::ThreadMemory, "thread-memory", ("thread, in memory", "Thread, im Speicher"), 1.7),
    (Hop::TaskSocket, "task-socket", ("task, over a socket", "Task, über einen Socket"), 1.7),
    (
        Hop::ThreadSocket,
        "thread-socket",
        ("thread, over a socket", "Thread, über einen Socket"),
        1.7,
    ),
];

impl Experiment for WakeUps {
    fn card(&self) -> Card {
        Card {
            name: "wake-ups",
            question: ("Is a task faster than a thread?", "Ist ein Task schneller als ein Thread?"),
            setup: (
                "A byte goes through a row of tasks or threads, each of which wakes the next: in memory, and over sockets. The fastest round counts. Beside it the context switches of two backends of this chat are counted per delivery.",
                "Ein Byte geht durch eine Reihe von Tasks oder Threads, von denen jeder den nächsten weckt: im Speicher und über Sockets. Es zählt die schnellste Runde. Daneben sind die Kontextwechsel zweier Backends dieses Chats je Zustellung gezählt.",
            ),
            options: &[
                ("Always, about ten times", "Immer, etwa zehnmal"),
                (
                    "In memory yes; as soon as the kernel wakes it, no longer by much",
                    "Im Speicher ja; sobald der Kernel weckt, kaum noch",
                ),
                ("No, threads are faster", "Nein, Threads sind schneller"),
            ],
            expected: 1,
            prediction: (
                "In memory a hop between threads costs at least 3 times one between tasks, over sockets at most 3 times (Blandy: 1.7 µs against 0.2 µs, and 1.7 µs for both). With threads the chat switches at least 5 times as often per delivery.",
                "Im Speicher kostet ein Schritt zwischen Threads mindestens das 3-Fache eines Schritts zwischen Tasks, über Sockets höchstens das 3-Fache (Blandy: 1,7 µs gegen 0,2 µs, und 1,7 µs für beide). Mit Threads wechselt der Chat je Zustellung mindestens 5-mal so oft.",
            ),
            why: (
                "Waking a task is a push into a queue of the program; waking a thread is a call of the kernel. Once the byte comes through the kernel, both need it.",
                "Einen Task zu wecken heißt, ihn in eine Schlange des Programms zu stellen; einen Thread zu wecken ist ein Aufruf des Kernels. Kommt das Byte durch den Kernel, brauchen ihn beide.",
            ),
            hides: (
                "One runtime thread carries all tasks here; with several a task can move between them and lose part of its advantage. Microseconds do not travel between machines, the ratios nearly do.",
                "Ein einziger Thread der Laufzeit trägt hier alle Tasks; mit mehreren kann ein Task wandern und einen Teil seines Vorteils verlieren. Mikrosekunden gelten nur für eine Maschine, Verhältnisse fast überall.",
            ),
            next: (
                "duplex compare --details cost shows the switches of all three backends.",
                "duplex compare --details cost zeigt die Kontextwechsel aller drei Backends.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "first", "erster"),
                (1, 0, "next", "nächster"),
                (2, 0, "last", "letzter"),
            ],
            links: &[(0, 1, "a byte", "ein Byte"), (1, 2, "on and on", "immer weiter")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        if cfg!(debug_assertions) && !how.briefly {
            return Err(NoData::NotHere(both(
                "this program is built without optimisation, and so are its tasks, while the kernel's threads are not: cargo run --release",
                "Dieses Programm ist ohne Optimierung gebaut, und damit auch seine Tasks, die Threads des Kernels aber nicht: cargo run --release",
            )));
        }
        let (mut data, mut bars) = (Data::default(), Vec::new());
        let row = how.scale(20, 100, 500);
        let rounds = how.scale(3, 40, 100);
        for (kind, key, label, theirs) in HOPS {
            how.go_on()?;
            let time = hop(kind, row, rounds)?;
            let what = (format!("a hop, {}", label.0), format!("ein Schritt, {}", label.1));
            data.add(key, (&what.0, &what.1), time, Unit::Time, None);
            let predicted = Some(theirs * MICROSECOND as f64);
            bars.push(Bar { label: both(label.0, label.1), value: time, predicted });
        }
        let ratio = |data: &Data, of: &str, to: &str| {
            data.value(of).unwrap_or(0.0) / data.value(to).unwrap_or(0.0).max(1.0)
        };
        let in_memory = ratio(&data, "thread-memory", "task-memory");
        let what = ("in memory, thread ÷ task", "im Speicher, Thread ÷ Task");
        data.add("memory", what, in_memory, Unit::Ratio, Some((3.0, 1_000.0)));
        let over_sockets = ratio(&data, "thread-socket", "task-socket");
        let what = ("over sockets, thread ÷ task", "über Sockets, Thread ÷ Task");
        data.add("socket", what, over_sockets, Unit::Ratio, Some((1.0 / 3.0, 3.0)));
        switches(&mut data, how)?;
        data.pictures.push(Picture::Bars {
            what: both(
                "time of one hop, dashed: Blandy",
                "Zeit eines Schritts, gestrichelt: Blandy",
            ),
            unit: Unit::Time,
            log: true,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| decimal(data.value(key).unwrap_or(0.0), 1);
        let (memory, socket, switches) = (of("memory"), of("socket"), of("switches"));
        data.by_ranges(
            (
                format!("In memory a thread costs {} times a task, over sockets {} times; the chat with threads switches {} times as often per delivery.", memory.0, socket.0, switches.0),
                format!("Im Speicher kostet ein Thread das {}-Fache eines Tasks, über Sockets das {}-Fache; der Chat mit Threads wechselt je Zustellung {}-mal so oft.", memory.1, socket.1, switches.1),
            ),
            (
                format!("Not as predicted: in memory a thread costs {} times a task, over sockets {} times; the chat with threads switches {} times as often.", memory.0, socket.0, switches.0),
                format!("Nicht wie vorhergesagt: im Speicher kostet ein Thread das {}-Fache eines Tasks, über Sockets das {}-Fache; der Chat mit Threads wechselt {}-mal so oft.", memory.1, socket.1, switches.1),
            ),
        )
    }
}

/// Context switches per delivery of a chat with threads and one with tasks, where they are told.
fn switches(data: &mut Data, how: &How<'_>) -> Result<(), NoData> {
    let time = Duration::from_millis(how.scale(200, 1_000, 5_000));
    let hall = asked(MEMBERS, RATE, time)?;
    let mut found = Vec::new();
    for name in ["blocking", "async"] {
        let backend =
            backend::named(name).ok_or_else(|| anyhow::anyhow!("there is no backend '{name}'"))?;
        let Some(each) = loaded::play(backend, &hall, how, &mut |_| {})?.switches() else {
            return Ok(());
        };
        let what = (
            format!("context switches per delivery, {name}"),
            format!("Kontextwechsel je Zustellung, {name}"),
        );
        data.add(&format!("{name}-switches"), (&what.0, &what.1), each, Unit::Count, None);
        found.push(each);
    }
    let what = ("context switches, threads ÷ tasks", "Kontextwechsel, Threads ÷ Tasks");
    let ratio = found[0] / found[1].max(1e-6);
    data.add("switches", what, ratio, Unit::Ratio, Some((5.0, 1e9)));
    Ok(())
}
