//! One member of a room is frozen: what the others notice, by how the server treats slow readers.

mod broadcast;

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use self::broadcast::{Course, Policy, play};
use super::actor::Actor;
use super::bench::Server;
use super::set_up::speaking;
use super::wires::{frame, join, read_frame, say};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::machine;
use crate::message::Wire;
use crate::results::{Bar, Finding, Picture, Unit};
use crate::units::{MIB, MILLISECOND, SECOND};

/// Nobody in a healthy room waits as long as this for the next message.
const HEALTHY: f64 = 400.0 * MILLISECOND as f64;
/// A frozen room waits at least as long.
const FROZEN: f64 = 500.0 * MILLISECOND as f64;

pub(super) struct FrozenReader;

const POLICIES: [(Policy, &str, (&str, &str)); 3] = [
    (Policy::Blocking, "blocking", ("write and wait", "schreiben und warten")),
    (Policy::Unbounded, "unbounded", ("queue without end", "Schlange ohne Ende")),
    (Policy::Hangs, "bounded", ("short queue, then hang up", "kurze Schlange, dann auflegen")),
];

impl Experiment for FrozenReader {
    fn card(&self) -> Card {
        Card {
            name: "frozen-reader",
            question: (
                "One member stops reading. What do the others notice?",
                "Ein Mitglied hört auf zu lesen. Was merken die anderen?",
            ),
            setup: (
                "A process that listens in a room is frozen (SIGSTOP) while others go on. A small server treats it in one of three ways: it writes and waits, it queues without end, or it hangs up when a short queue is full. The fourth row is a backend of this chat, whose members are cursors in a log.",
                "Ein Prozess, der in einem Raum zuhört, wird eingefroren (SIGSTOP), während andere weiterreden. Ein kleiner Server behandelt ihn auf eine von drei Arten: Er schreibt und wartet, er reiht ohne Ende ein, oder er legt auf, wenn eine kurze Schlange voll ist. Die vierte Zeile ist ein Backend dieses Chats, dessen Mitglieder Cursor in einem Log sind.",
            ),
            options: &[
                ("Nothing, it is only one member", "Nichts, es ist nur ein Mitglied"),
                ("The room freezes at once", "Der Raum friert sofort ein"),
                (
                    "With a blocking write the whole room freezes after some megabytes",
                    "Mit blockierendem Schreiben friert nach einigen Megabytes der ganze Raum ein",
                ),
            ],
            expected: 2,
            prediction: (
                "The kernel swallows some megabytes (3.9 MB of small messages on the author's machine), then a blocking write freezes the room; a queue without end keeps everybody happy and grows; hanging up and cursors keep all waits below 400 ms.",
                "Der Kernel schluckt einige Megabytes (3,9 MB kleiner Nachrichten auf der Maschine des Autors), dann friert blockierendes Schreiben den Raum ein; eine Schlange ohne Ende stört niemanden und wächst; Auflegen und Cursor halten alle Wartezeiten unter 400 ms.",
            ),
            why: (
                "The kernel of a frozen process goes on acknowledging until its buffer is full; then TCP tells the sender to stop (RFC 9293 §3.8.6). Whoever waits for that one member makes all wait.",
                "Der Kernel eines eingefrorenen Prozesses bestätigt weiter, bis sein Puffer voll ist; dann hält TCP den Sender an (RFC 9293 §3.8.6). Wer auf dieses eine Mitglied wartet, lässt alle warten.",
            ),
            hides: (
                "A queue without end looks best here, until the memory is gone. How many megabytes the kernel swallows depends on the machine and on the size of the messages.",
                "Eine Schlange ohne Ende sieht hier am besten aus, bis der Speicher weg ist. Wie viele Megabytes der Kernel schluckt, hängt von der Maschine und von der Größe der Nachrichten ab.",
            ),
            next: (
                "duplex serve --backend blocking, join with two terminals, stop one with Ctrl-Z.",
                "duplex serve --backend blocking, in zwei Terminals beitreten, eines mit Ctrl-Z anhalten.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "server", "Server"),
                (1, 0, "others", "die anderen"),
                (1, 1, "frozen", "eingefroren"),
            ],
            links: &[(0, 1, "reads", "liest"), (0, 2, "SIGSTOP", "gestoppt")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let (mut data, mut bars) = (Data::default(), Vec::new());
        for (policy, key, label) in POLICIES {
            let course = play(policy, how)?;
            add(&mut data, policy, key, label, &course);
            bars.push(bar(label, course.longest_wait));
        }
        let label = ("cursor in a log (this chat)", "Cursor im Log (dieser Chat)");
        let wait = in_this_chat(how)?;
        add_wait(&mut data, "cursor", label, wait, (0.0, HEALTHY));
        bars.push(bar(label, wait));
        data.pictures.push(Picture::Bars {
            what: both("the longest the others waited", "so lange warteten die anderen höchstens"),
            unit: Unit::Time,
            log: true,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let ms = |key| (of(key) / MILLISECOND as f64).round();
        let (blocking, cursor) = (ms("blocking-wait"), ms("cursor-wait"));
        let (swallowed, queued) =
            ((of("swallowed") / MIB as f64).round(), (of("queued") / MIB as f64).round());
        data.by_ranges(
            (
                format!("The kernel swallows {swallowed} MiB, then a blocking write makes the others wait {blocking} ms; a queue without end holds {queued} MiB; with cursors they wait at most {cursor} ms."),
                format!("Der Kernel schluckt {swallowed} MiB, dann lässt blockierendes Schreiben die anderen {blocking} ms warten; eine Schlange ohne Ende hält {queued} MiB; mit Cursorn warten sie höchstens {cursor} ms."),
            ),
            (
                format!("Not as predicted: with a blocking write the others wait {blocking} ms, with cursors {cursor} ms; {swallowed} MiB swallowed, {queued} MiB queued."),
                format!("Nicht wie vorhergesagt: mit blockierendem Schreiben warten die anderen {blocking} ms, mit Cursorn {cursor} ms; {swallowed} MiB geschluckt, {queued} MiB in der Schlange."),
            ),
        )
    }
}

fn bar(label: (&str, &str), value: f64) -> Bar {
    Bar { label: both(label.0, label.1), value, predicted: None }
}

fn add_wait(data: &mut Data, key: &str, label: (&str, &str), wait: f64, predicted: (f64, f64)) {
    let what = (
        format!("{}: the others wait at most", label.0),
        format!("{}: die anderen warten höchstens", label.1),
    );
    let key = format!("{key}-wait");
    data.add(&key, (&what.0, &what.1), wait, Unit::Time, Some(predicted));
}

/// Adds the figures of one policy.
fn add(data: &mut Data, policy: Policy, key: &str, label: (&str, &str), course: &Course) {
    let blocks = policy == Policy::Blocking;
    let predicted = if blocks { (FROZEN, 60.0 * SECOND as f64) } else { (0.0, HEALTHY) };
    add_wait(data, key, label, course.longest_wait, predicted);
    if blocks {
        let what = ("bytes the kernel swallowed", "Bytes, die der Kernel schluckte");
        let range = (MIB as f64 / 2.0, 13.0 * MIB as f64);
        data.add("swallowed", what, course.taken as f64, Unit::Bytes, Some(range));
    }
    if policy == Policy::Unbounded {
        let what = ("bytes in the queue without end", "Bytes in der Schlange ohne Ende");
        let range = (MIB as f64, f64::from(u32::MAX));
        data.add("queued", what, course.queued as f64, Unit::Bytes, Some(range));
    }
}

/// The longest wait of a member of this chat beside a frozen one, in nanoseconds.
fn in_this_chat(how: &How<'_>) -> Result<f64, NoData> {
    let server = Server::start(speaking(Wire::WebSocket)?)?;
    let addr = server.addr();
    let mut frozen = Actor::start(&["read", &addr.to_string(), "/chat?room=lab&name=cold"])?;
    frozen.line()?;
    let mut stream = join(addr, "/chat?room=lab&name=anna")?;
    let ended = AtomicBool::new(false);
    let wait = thread::scope(|scope| {
        let speak = || -> io::Result<()> {
            let mut stream = join(addr, "/chat?room=lab&name=ben")?;
            // 3.6 KB every 1.2 ms are 3 MB a second, below what one may say.
            let message = frame(0x81, say(&"x".repeat(3_600)).as_bytes());
            while !ended.load(Ordering::Relaxed) {
                stream.write_all(&message)?;
                read_frame(&mut stream)?;
                thread::sleep(Duration::from_micros(1_200));
            }
            Ok(())
        };
        let speaker = thread::Builder::new().spawn_scoped(scope, speak)?;
        let outcome = listen(&mut stream, how, || machine::freeze(frozen.pid()));
        ended.store(true, Ordering::Relaxed);
        // Wakes a speaker that waits for its own message: then the room is closed.
        drop(server);
        drop(speaker.join());
        outcome
    })?;
    Ok(wait)
}

/// Listens, freezes the other after a while, and gives the longest wait since.
fn listen(
    stream: &mut std::net::TcpStream,
    how: &How<'_>,
    freeze: impl FnOnce() -> Result<(), machine::Unavailable>,
) -> Result<f64, NoData> {
    for _ in 0..50 {
        read_frame(stream)?;
    }
    if let Err(why) = freeze() {
        return Err(NoData::NotHere(both(&why.to_string(), &broadcast::no_freezing(&why))));
    }
    let (frozen, mut longest) = (Instant::now(), Duration::ZERO);
    let time = Duration::from_millis(how.scale(100, 1_800, 8_000));
    while frozen.elapsed() < time {
        how.go_on()?;
        let before = Instant::now();
        read_frame(stream)?;
        longest = longest.max(before.elapsed());
    }
    Ok(longest.as_nanos() as f64)
}
