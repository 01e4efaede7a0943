//! The vanish matrix: a client is killed, frozen or cut off, and eight ways to notice are watched.

mod fault;
mod watch;

use std::io;
use std::thread;
use std::time::Duration;

pub use self::fault::{Fault, cut_is_possible, let_vanish};
pub(super) use self::fault::{cable, far_peer, peer, try_cable};
pub use self::watch::{DETECTORS, Detector, Noticed};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::results::{Cell, Finding, GridRow, Picture, Unit};
use crate::units::SECOND;

pub(super) struct Vanish;

impl Experiment for Vanish {
    fn card(&self) -> Card {
        Card {
            name: "vanish",
            question: (
                "When does a server notice that a client is gone?",
                "Wann merkt ein Server, dass ein Client weg ist?",
            ),
            setup: (
                "Eight connections to one client process, each with another way to notice. The process is killed, or frozen (SIGSTOP), or the cable to it is cut, at its end and in a network namespace of our own. Keep-alive asks after 1 s, then 3 times every second; TCP_USER_TIMEOUT is 3 s; the heartbeat pings every second and waits one.",
                "Acht Verbindungen zu einem Client-Prozess, jede mit einer anderen Art, es zu merken. Der Prozess wird beendet oder eingefroren (SIGSTOP), oder das Kabel zu ihm wird gekappt, an seinem Ende und in einem eigenen Netz-Namensraum. Keep-Alive fragt nach 1 s, dann 3-mal jede Sekunde; TCP_USER_TIMEOUT ist 3 s; der Herzschlag pingt jede Sekunde und wartet eine.",
            ),
            options: &[
                (
                    "Killed at once, frozen and cut off only by a heartbeat",
                    "Beendet sofort, eingefroren und abgeschnitten nur mit Herzschlag",
                ),
                ("As soon as it sends something", "Sobald er etwas sendet"),
                (
                    "TCP notices everything within a minute",
                    "TCP merkt alles innerhalb einer Minute",
                ),
            ],
            expected: 0,
            prediction: (
                "Killed: at once in every row. Frozen: never, except by heartbeat or missing poll. Cut: a send notices nothing; keep-alive does in about 4 s but not while data is under way, TCP_USER_TIMEOUT in about 3 s but only then; heartbeat and missing poll in about 2 s.",
                "Beendet: sofort in jeder Zeile. Eingefroren: nie, außer mit Herzschlag oder am fehlenden Poll. Abgeschnitten: Ein Senden merkt nichts; Keep-Alive nach etwa 4 s, aber nicht, solange Daten unterwegs sind, TCP_USER_TIMEOUT nach etwa 3 s, aber nur dann; Herzschlag und fehlender Poll nach etwa 2 s.",
            ),
            why: (
                "A dead process leaves a kernel that says goodbye for it. A frozen one leaves a kernel that goes on acknowledging. A cut cable leaves silence, and silence is what TCP is built to endure: it sends again for a quarter of an hour. Only an answer from the application proves the application.",
                "Ein toter Prozess hinterlässt einen Kernel, der sich für ihn verabschiedet. Ein eingefrorener hinterlässt einen Kernel, der weiter bestätigt. Ein gekapptes Kabel hinterlässt Stille, und Stille auszuhalten ist TCP gemacht: Es sendet eine Viertelstunde lang noch einmal. Nur eine Antwort der Anwendung beweist die Anwendung.",
            ),
            hides: (
                "Never means within the time watched. Linux gives up what is under way after some 15 minutes (tcp_retries2), and asks by itself after two hours. A heartbeat also drops healthy clients that pause longer than it waits.",
                "Nie heißt: innerhalb der beobachteten Zeit. Linux gibt Unterwegs-Befindliches nach etwa 15 Minuten auf (tcp_retries2) und fragt von selbst erst nach zwei Stunden. Ein Herzschlag wirft auch gesunde Clients hinaus, die länger pausieren, als er wartet.",
            ),
            next: (
                "duplex serve --backend async --heartbeat off, join with a phone, switch its network off.",
                "duplex serve --backend async --heartbeat off, mit dem Telefon beitreten, dessen Netz abschalten.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "server, 8 detectors", "Server, 8 Detektoren"),
                (1, 0, "client", "Client"),
            ],
            links: &[(0, 1, "a cable that can be cut", "ein Kabel, das reißen kann")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let secs = Duration::from_secs_f64;
        let patience = how.scale(secs(0.3), secs(8.0), secs(40.0));
        how.go_on()?;
        // All at once: the columns share nothing but the time.
        let columns = thread::scope(|scope| {
            let column = |fault| move || let_vanish(fault, patience, &mut |_| true);
            let watched = Fault::ALL.map(|fault| scope.spawn(column(fault)));
            watched.map(|one| one.join().unwrap_or_else(|_| Err(io::Error::other("panicked"))))
        });
        how.go_on()?;
        let mut data = Data::default();
        let mut skipped = None;
        let mut rows: Vec<GridRow> = DETECTORS
            .iter()
            .map(|one| GridRow { label: both(one.label().0, one.label().1), cells: Vec::new() })
            .collect();
        for (fault, column) in Fault::ALL.into_iter().zip(columns) {
            match column {
                Ok(found) => add(&mut data, &mut rows, fault, &found, patience),
                Err(why) if why.kind() == io::ErrorKind::Unsupported => {
                    let cell = Cell { text: both("skipped", "ausgelassen"), as_predicted: None };
                    rows.iter_mut().for_each(|row| row.cells.push(cell.clone()));
                    skipped = Some(why.to_string());
                }
                Err(why) => return Err(why.into()),
            }
        }
        if let Some(why) = skipped {
            let en = format!("a column was skipped: {why}");
            let de = format!("eine Spalte ist ausgelassen: {why}");
            data.add("skipped", (&en, &de), 1.0, Unit::Count, None);
        }
        let columns = Fault::ALL.map(|fault| both(fault.label().0, fault.label().1)).to_vec();
        data.pictures.push(Picture::Grid { columns, rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let cells = || data.figures.iter().filter_map(crate::results::Reading::is_as_predicted);
        let (all, agreed) = (cells().count(), cells().filter(|agrees| *agrees).count());
        let skipped = data.figures.iter().find(|figure| figure.key == "skipped");
        let note = skipped.map(|figure| (figure.what.en.clone(), figure.what.de.clone()));
        let (en, de) = note.map_or_else(Default::default, |(en, de)| {
            (format!(" But {en}."), format!(" Aber {de}."))
        });
        data.by_ranges(
            (
                format!("All {all} cells are as predicted: a killed client is noticed at once, a frozen one only by heartbeat or missing poll, and a send proves nothing.{en}"),
                format!("Alle {all} Zellen sind wie vorhergesagt: Ein beendeter Client fällt sofort auf, ein eingefrorener nur mit Herzschlag oder am fehlenden Poll, und ein Senden beweist nichts.{de}"),
            ),
            (
                format!("Only {agreed} of {all} cells are as predicted.{en}"),
                format!("Nur {agreed} von {all} Zellen sind wie vorhergesagt.{de}"),
            ),
        )
    }
}

/// When a detector should notice, in seconds; nothing for never.
fn expected(fault: Fault, detector: Detector) -> Option<(f64, f64)> {
    match (fault, detector) {
        (Fault::Killed, _) => Some((0.0, 1.0)),
        (_, Detector::Heartbeat) => Some((0.5, 4.5)),
        (_, Detector::PollGap) => Some((0.5, 4.5)),
        (Fault::Cut, Detector::KeepAlive) => Some((2.0, 7.0)),
        (Fault::Cut, Detector::UserTimeoutSend) => Some((2.0, 7.0)),
        _ => None,
    }
}

/// Adds a column: its figures, and a cell for each row.
fn add(data: &mut Data, rows: &mut [GridRow], fault: Fault, found: &Noticed, patience: Duration) {
    let never = patience.as_nanos() as f64;
    let seconds = patience.as_secs_f64();
    let label = fault.label();
    for ((detector, row), noticed) in DETECTORS.iter().zip(rows).zip(found) {
        let value = noticed.map_or(never, |time| time.as_nanos() as f64);
        let second = SECOND as f64;
        let expected = expected(fault, *detector);
        let range = expected.map_or((never, never), |(low, high)| (low * second, high * second));
        let (en, de) = detector.label();
        let mut what = (format!("{}: {en}", label.0), format!("{}: {de}", label.1));
        if noticed.is_none() {
            what.0.push_str(&format!(", not within {seconds} s"));
            what.1.push_str(&format!(", nicht innerhalb von {seconds} s"));
        }
        let key = format!("{}-{}", fault.key(), detector.key());
        data.add(&key, (&what.0, &what.1), value, Unit::Time, Some(range));
        let text = match noticed {
            None => both("never", "nie"),
            Some(time) => {
                let (en, de) = super::decimal(time.as_secs_f64(), 2);
                both(&format!("{en} s"), &format!("{de} s"))
            }
        };
        row.cells.push(Cell { text, as_predicted: Some((range.0..=range.1).contains(&value)) });
    }
}
