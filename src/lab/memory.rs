//! What a waiting connection costs a server in memory, and where that ends.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::actor::Actor;
use super::wires::{ask, connect, join};
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal};
use crate::backend::{self, Backend};
use crate::chat::Limits;
use crate::machine::{self, Footprint};
use crate::message::Wire;
use crate::results::{Finding, Line, Picture, Scale, Unit};
use crate::units::KIB;

/// How long a server may take until all its members are seated.
const SETTLE: Duration = Duration::from_millis(50);

/// The sockets that WhatsApp had on one machine in 2012.
const SOCKETS_OF_2012: f64 = 2_277_845.0;

pub(super) struct Memory;

/// What is predicted of a backend: user memory of a connection, and its threads.
fn predicted(backend: &dyn Backend) -> ((f64, f64), f64) {
    let kib = KIB as f64;
    match backend.name() {
        "blocking" => ((12.0 * kib, 60.0 * kib), 2.0),
        _ => ((1.0 * kib, 24.0 * kib), 0.0),
    }
}

impl Experiment for Memory {
    fn card(&self) -> Card {
        Card {
            name: "memory",
            question: (
                "What does a connection cost on which nobody speaks?",
                "Was kostet eine Verbindung, auf der niemand spricht?",
            ),
            setup: (
                "Each backend runs in a process of its own; members join and say nothing. Its memory, threads and maps are read after every step, and the slope is what one member costs. From that and the limits of this machine follows the ceiling.",
                "Jedes Backend läuft in einem eigenen Prozess; Mitglieder treten bei und sagen nichts. Speicher, Threads und Speicherabbildungen werden nach jeder Stufe gelesen, und die Steigung ist der Preis eines Mitglieds. Daraus und aus den Grenzen dieser Maschine folgt die Obergrenze.",
            ),
            options: &[
                (
                    "About a megabyte, the stack of a thread",
                    "Etwa ein Megabyte, der Stack eines Threads",
                ),
                ("The same for all: the socket dominates", "Für alle gleich: der Socket überwiegt"),
                (
                    "Some tens of KiB with threads, some KiB with tasks",
                    "Einige zehn KiB mit Threads, einige KiB mit Tasks",
                ),
            ],
            expected: 2,
            prediction: (
                "12 to 60 KiB of user memory and 2 threads with the blocking backend, 1 to 24 KiB and no thread with the others. Threads end at the maps of a process, tasks at its handles, and so sooner by half at most.",
                "12 bis 60 KiB Speicher des Programms und 2 Threads beim blockierenden Backend, 1 bis 24 KiB und kein Thread bei den anderen. Threads enden an den Speicherabbildungen eines Prozesses, Tasks an seinen Handles, und damit höchstens um die Hälfte früher.",
            ),
            why: (
                "A stack is reserved as address space and paid for page by page as it is touched; a task is a structure of exactly the size it needs. What ends threads is not the processor but the count of memory maps (vm.max_map_count), four for each.",
                "Ein Stack ist reservierter Adressraum und wird Seite für Seite bezahlt, wie er berührt wird; ein Task ist eine Struktur von genau der Größe, die er braucht. Threads scheitern nicht am Prozessor, sondern an der Zahl der Speicherabbildungen (vm.max_map_count), vier für jeden.",
            ),
            hides: (
                "The kernel adds a socket to each connection and a stack of 16 KiB to each thread; duplex compare --details memory shows them. Who speaks needs more.",
                "Der Kernel legt zu jeder Verbindung einen Socket und zu jedem Thread einen Stack von 16 KiB dazu; duplex compare --details memory zeigt sie. Wer spricht, braucht mehr.",
            ),
            next: (
                "Multiply by 2,277,845, the sockets that WhatsApp had on one machine in 2012.",
                "Mit 2.277.845 malnehmen, den Sockets von WhatsApp auf einer Maschine im Jahr 2012.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "members who say nothing", "Mitglieder, die schweigen"),
                (1, 0, "server in its own process", "Server im eigenen Prozess"),
            ],
            links: &[(0, 1, "a connection each", "je eine Verbindung")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        // A generator that may not have more handles says so when it comes to it.
        let _ = machine::raise_open_file_limit();
        let steps = how.scale([5, 10, 15, 20], [50, 100, 150, 200], [250, 500, 750, 1_000]);
        let (mut data, mut lines) = (Data::default(), Vec::new());
        for backend in backend::ALL {
            let seen = fill(*backend, &steps, how)?;
            let slope = |of: fn(&Footprint) -> f64| slope(&seen, of);
            let (range, threads) = predicted(*backend);
            let name = backend.name();
            let what = (
                format!("user memory of a connection, {name}"),
                format!("Speicher einer Verbindung, {name}"),
            );
            let bytes = slope(|print| print.user as f64);
            data.add(name, (&what.0, &what.1), bytes, Unit::Bytes, Some(range));
            let what = (
                format!("threads of a connection, {name}"),
                format!("Threads je Verbindung, {name}"),
            );
            let near = (threads - 0.1, threads + 0.1);
            let found = slope(|print| print.threads as f64).max(0.0);
            let key = format!("{name}-threads");
            data.add(&key, (&what.0, &what.1), found, Unit::Count, Some((near.0.max(0.0), near.1)));
            let first = seen[0].1.user;
            let points = seen.iter().map(|(members, print)| {
                (f64::from(*members), print.user.saturating_sub(first) as f64)
            });
            lines.push(Line { label: both(name, name), theory: false, points: points.collect() });
        }
        let what = ("memory of 2,277,845 tasks", "Speicher von 2.277.845 Tasks");
        let whatsapp = data.value("async").unwrap_or(0.0) * SOCKETS_OF_2012;
        data.add("whatsapp", what, whatsapp, Unit::Bytes, None);
        ceilings(&mut data);
        let axis = |en, de, unit| Scale { what: both(en, de), unit, log: false };
        data.pictures.push(Picture::Lines {
            x: axis("members", "Mitglieder", Unit::Count),
            y: axis("more user memory", "zusätzlicher Speicher des Programms", Unit::Bytes),
            lines,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let kib = |key| decimal(data.value(key).unwrap_or(0.0) / KIB as f64, 1);
        let (threads, tasks, polls) = (kib("blocking"), kib("async"), kib("long-poll"));
        let ceiling = |key| data.value(key).unwrap_or(0.0);
        let (first, second) = (ceiling("ceiling-threads"), ceiling("ceiling-handles"));
        data.by_ranges(
            (
                format!("A waiting connection takes {} KiB with two threads, {} KiB as a task, {} KiB as a held poll; here threads would end at {first} connections, tasks at {second}.", threads.0, tasks.0, polls.0),
                format!("Eine wartende Verbindung braucht {} KiB mit zwei Threads, {} KiB als Task, {} KiB als gehaltene Anfrage; hier enden Threads bei {first} Verbindungen, Tasks bei {second}.", threads.1, tasks.1, polls.1),
            ),
            (
                format!("Not as predicted: {} KiB with two threads, {} KiB as a task, {} KiB as a held poll.", threads.0, tasks.0, polls.0),
                format!("Nicht wie vorhergesagt: {} KiB mit zwei Threads, {} KiB als Task, {} KiB als gehaltene Anfrage.", threads.1, tasks.1, polls.1),
            ),
        )
    }
}

/// What this machine allows: computed from its limits, not reached.
fn ceilings(data: &mut Data) {
    if let Ok(limit) = machine::thread_limit() {
        let what = (
            format!("two threads each would end at, by {}", limit.because),
            format!("zwei Threads je Verbindung enden bei, wegen {}", limit.because),
        );
        let end = (machine::safe_part(limit.threads) / 2) as f64;
        data.add("ceiling-threads", (&what.0, &what.1), end, Unit::Count, None);
    }
    if let Ok(files) = machine::open_files() {
        // Whichever is less: what the system allows, or what the servers allow themselves.
        let own = Limits::default().connections;
        let (end, because) = match files.ceiling {
            ceiling if ceiling < own => (ceiling, "ulimit -n"),
            _ => (own, "limits.connections"),
        };
        let what = (
            format!("one handle each would end at, by {because}"),
            format!("ein Handle je Verbindung endet bei, wegen {because}"),
        );
        data.add("ceiling-handles", (&what.0, &what.1), end as f64, Unit::Count, None);
    }
}

/// Members and what the server holds, from step to step.
fn fill(
    backend: &'static dyn Backend,
    steps: &[u32],
    how: &How<'_>,
) -> Result<Vec<(u32, Footprint)>, NoData> {
    let (server, addr) = Actor::serving(backend.name())?;
    let mut members = Vec::new();
    // Whatever a server needs once should be there before anything is compared.
    for _ in 0..10 {
        members.push(sit(backend.wire(), addr)?);
    }
    let mut seen = Vec::new();
    for step in std::iter::once(&0).chain(steps) {
        while members.len() < *step as usize + 10 {
            members.push(sit(backend.wire(), addr)?);
        }
        how.pause(SETTLE)?;
        let print = machine::footprint(server.pid()).map_err(|why| {
            let de = format!("Der Speicher eines Prozesses ist hier nicht zu lesen: {why}");
            NoData::NotHere(both(&why.to_string(), &de))
        })?;
        seen.push((*step, print));
    }
    Ok(seen)
}

/// A member that has joined and says nothing.
fn sit(wire: Wire, addr: SocketAddr) -> io::Result<TcpStream> {
    if wire != Wire::LongPoll {
        return join(addr, "/chat?room=lab&name=anna");
    }
    use std::io::Write as _;
    let mut stream = connect(addr)?;
    let path = "GET /poll?room=lab&name=anna";
    ask(&mut stream, &format!("{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))?;
    // From here on it is held.
    stream.write_all(format!("{path}&since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes())?;
    Ok(stream)
}

/// The slope of the least squares through all steps.
fn slope(seen: &[(u32, Footprint)], of: fn(&Footprint) -> f64) -> f64 {
    let count = seen.len().max(1) as f64;
    let mean =
        |values: &dyn Fn(&(u32, Footprint)) -> f64| seen.iter().map(values).sum::<f64>() / count;
    let (x, y) = (mean(&|one| f64::from(one.0)), mean(&|one| of(&one.1)));
    let both = mean(&|one| (f64::from(one.0) - x) * (of(&one.1) - y));
    let spread = mean(&|one| (f64::from(one.0) - x).powi(2));
    if spread > 0.0 { both / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_what_each_more_takes() {
        let at = |members, user| (members, Footprint { user, ..Footprint::default() });
        let user = |print: &Footprint| print.user as f64;
        let five = slope(&[at(0, 100), at(10, 150), at(20, 200)], user);
        assert!((five - 5.0).abs() < 1e-9, "{five}");
        assert_eq!(slope(&[at(3, 100)], user), 0.0);
        assert_eq!(slope(&[], user), 0.0);
    }
}
