//! The thundering herd: everybody was cut off at once, and everybody comes back.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal, random};
use crate::results::{Finding, Line, Picture, Scale, Unit};

/// How long the server is gone.
const GONE: Duration = Duration::from_millis(200);
/// Attempts are counted in bins of this length, as the prediction has it.
const BIN: Duration = Duration::from_millis(100);
/// The wait of whoever tries again at fixed times.
const FIXED: Duration = Duration::from_millis(500);
/// The wait of whoever knows no better.
const AT_ONCE: Duration = Duration::from_millis(20);
/// Enough for what a client does.
const STACK: usize = 64 * 1024;

pub(super) struct Herd;

/// When a client tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At once, and again as soon as it was refused.
    AtOnce,
    /// After half a second, and again after as long.
    Fixed,
    /// After a random part of the spread, and then after twice as long (RFC 6455 §7.2.3).
    Random,
}

const WAYS: [(Way, &str, (&str, &str)); 3] = [
    (Way::AtOnce, "at-once", ("at once", "sofort")),
    (Way::Fixed, "fixed", ("every 500 ms", "alle 500 ms")),
    (Way::Random, "random", ("random, doubling", "zufällig, verdoppelnd")),
];

impl Experiment for Herd {
    fn card(&self) -> Card {
        Card {
            name: "herd",
            question: (
                "A server restarts. How do its clients come back?",
                "Ein Server startet neu. Wie kommen seine Clients zurück?",
            ),
            setup: (
                "Some hundred clients lose their connection at the same moment; the server is gone for 200 ms. They try again at once, every 500 ms, or after a random part of some seconds and then after twice as long (RFC 6455 §7.2.3). Attempts are counted in bins of 100 ms.",
                "Einige hundert Clients verlieren im selben Moment die Verbindung; der Server ist 200 ms weg. Sie versuchen es sofort wieder, alle 500 ms oder nach einem zufälligen Teil einiger Sekunden und dann nach doppelt so langer Zeit (RFC 6455 §7.2.3). Die Versuche sind in Stücken von 100 ms gezählt.",
            ),
            options: &[
                ("Evenly, whatever they do", "Gleichmässig, was immer sie tun"),
                (
                    "All in one moment, unless chance spreads them",
                    "Alle in einem Moment, wenn nicht der Zufall sie verteilt",
                ),
                (
                    "A fixed wait is enough to spread them",
                    "Eine feste Wartezeit genügt, um sie zu verteilen",
                ),
            ],
            expected: 1,
            prediction: (
                "At once: every client in the first bin, and several times. Fixed: every client in one bin. Random over a spread of S: no bin holds more than three times 100 ms ÷ S of them.",
                "Sofort: jeder Client im ersten Stück, und mehrmals. Fest: jeder Client in einem Stück. Zufällig über eine Spanne S: kein Stück hat mehr als das Dreifache von 100 ms ÷ S.",
            ),
            why: (
                "What was cut off together comes back together as long as all follow the same rule. Only chance breaks the rhythm; doubling keeps it broken when the server stays away.",
                "Was zusammen getrennt wurde, kommt zusammen zurück, solange alle derselben Regel folgen. Nur der Zufall bricht den Takt; das Verdoppeln hält ihn gebrochen, wenn der Server wegbleibt.",
            ),
            hides: (
                "An attempt here costs a connection. With TLS, a login and a history it costs a hundred times that, which is what brings a server down a second time.",
                "Ein Versuch kostet hier eine Verbindung. Mit TLS, Anmeldung und Verlauf kostet er das Hundertfache, und das bringt einen Server zum zweiten Mal zu Fall.",
            ),
            next: (
                "duplex load --reconnect 5s, and restart the server under it.",
                "duplex load --reconnect 5s, und den Server darunter neu starten.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "some hundred clients", "einige hundert Clients"),
                (1, 0, "server, gone for 200 ms", "Server, 200 ms weg"),
            ],
            links: &[(0, 1, "again, but when?", "noch einmal, aber wann?")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let clients = how.scale(40, 200, 500);
        let spread = how.scale(BIN, 20 * BIN, 50 * BIN);
        let (mut data, mut lines) = (Data::default(), Vec::new());
        for (way, key, label) in WAYS {
            let attempts = come_back(way, clients, spread, how)?;
            let bins = bins(&attempts);
            let count = attempts.len() as f64 / clients as f64;
            let peak = bins.iter().copied().max().unwrap_or(0) as f64 / clients as f64;
            let even = BIN.as_secs_f64() / spread.as_secs_f64();
            let predicted = match way {
                Way::AtOnce => (0.9, 100.0),
                Way::Fixed => (0.9, 1.0),
                Way::Random => (0.0, 3.0 * even),
            };
            let peak_of = (
                format!("of the clients in the fullest 100 ms, {}", label.0),
                format!("der Clients in den vollsten 100 ms, {}", label.1),
            );
            let key_of = format!("{key}-peak");
            data.add(&key_of, (&peak_of.0, &peak_of.1), peak, Unit::Share, Some(predicted));
            let tries = (
                format!("attempts a client, {}", label.0),
                format!("Versuche je Client, {}", label.1),
            );
            let predicted = (way == Way::AtOnce).then_some((2.0, 100.0));
            let key_of = format!("{key}-tries");
            data.add(&key_of, (&tries.0, &tries.1), count, Unit::Count, predicted);
            let at = |bin: usize| ((bin as u32 * BIN).as_nanos() as f64, bins[bin] as f64);
            let points = (0..bins.len()).map(at).filter(|point| point.1 > 0.0).collect();
            lines.push(Line { label: both(label.0, label.1), theory: false, points });
        }
        data.pictures.push(Picture::Lines {
            x: Scale {
                what: both("time since the cut", "Zeit seit der Trennung"),
                unit: Unit::Time,
                log: false,
            },
            y: Scale {
                what: both("attempts in 100 ms", "Versuche in 100 ms"),
                unit: Unit::Count,
                log: true,
            },
            lines,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let percent = |key| (data.value(key).unwrap_or(0.0) * 100.0).round();
        let (fixed, spread) = (percent("fixed-peak"), percent("random-peak"));
        let tries = decimal(data.value("at-once-tries").unwrap_or(0.0), 1);
        data.by_ranges(
            (
                format!("Whoever tries at once tries {} times; a fixed wait brings {fixed} % back within 100 ms, chance {spread} %.", tries.0),
                format!("Wer es sofort versucht, versucht es {}-mal; eine feste Wartezeit bringt {fixed} % in denselben 100 ms zurück, der Zufall {spread} %.", tries.1),
            ),
            (
                format!("Not as predicted: {} attempts a client at once, {fixed} % within 100 ms after a fixed wait, {spread} % after a random one.", tries.0),
                format!("Nicht wie vorhergesagt: {} Versuche je Client bei sofort, {fixed} % in 100 ms nach fester Wartezeit, {spread} % nach zufälliger.", tries.1),
            ),
        )
    }
}

/// How many attempts fell into each bin.
fn bins(attempts: &[Duration]) -> Vec<usize> {
    let place = |at: &Duration| (at.as_nanos() / BIN.as_nanos()) as usize;
    let mut bins = vec![0; attempts.iter().map(place).max().map_or(0, |last| last + 1)];
    attempts.iter().for_each(|at| bins[place(at)] += 1);
    bins
}

/// A server that goes and comes back, and when its clients tried to reach it, counted from the
/// moment the cut was noticed by the last of them.
fn come_back(
    way: Way,
    clients: usize,
    spread: Duration,
    how: &How<'_>,
) -> Result<Vec<Duration>, NoData> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    let attempts = Mutex::new(Vec::new());
    let (cut, given_up) = (Barrier::new(clients + 1), AtomicBool::new(false));
    thread::scope(|scope| {
        let mut herd = Vec::new();
        for client in 0..clients {
            let chance = move |attempt: u64| random(how.seed, (client as u64) << 8 | attempt);
            let (cut, attempts, given_up) = (&cut, &attempts, &given_up);
            let body = move || {
                cut.wait();
                let times = until_back(way, addr, spread, chance, given_up);
                attempts.lock().unwrap_or_else(PoisonError::into_inner).extend(times);
            };
            herd.push(Builder::new().stack_size(STACK).spawn_scoped(scope, body)?);
        }
        // Whoever listens goes, and the port refuses; then it comes back.
        drop(listener);
        cut.wait();
        let outcome = serve_again(addr, &herd, how);
        given_up.store(true, Ordering::Relaxed);
        outcome
    })?;
    Ok(attempts.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The server after its restart: accepts until every client is back.
fn serve_again(
    addr: SocketAddr,
    herd: &[thread::ScopedJoinHandle<'_, ()>],
    how: &How<'_>,
) -> Result<(), NoData> {
    how.pause(GONE)?;
    let listener = TcpListener::bind(addr)?;
    let stopped = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stopped);
    let acceptor = Builder::new().spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            drop(stream);
            if told.load(Ordering::Relaxed) {
                break;
            }
        }
    })?;
    let mut outcome = Ok(());
    while outcome.is_ok() && herd.iter().any(|client| !client.is_finished()) {
        outcome = how.pause(Duration::from_millis(20));
    }
    stopped.store(true, Ordering::Relaxed);
    // Wakes whoever accepts, so that it sees the flag.
    drop(TcpStream::connect(addr));
    drop(acceptor.join());
    outcome
}

/// Tries until it is back, and gives the time of each attempt.
fn until_back(
    way: Way,
    addr: SocketAddr,
    spread: Duration,
    chance: impl Fn(u64) -> f64,
    given_up: &AtomicBool,
) -> Vec<Duration> {
    let begun = Instant::now();
    let mut times = Vec::new();
    for attempt in 0.. {
        let wait = match way {
            Way::AtOnce if attempt == 0 => Duration::ZERO,
            Way::AtOnce => AT_ONCE,
            Way::Fixed => FIXED,
            Way::Random => spread.mul_f64(chance(attempt) * f64::from(1 << attempt.min(6))),
        };
        thread::sleep(wait);
        times.push(begun.elapsed());
        match TcpStream::connect(addr) {
            Ok(_) => break,
            Err(_) if given_up.load(Ordering::Relaxed) => break,
            Err(_) => {}
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_fall_into_their_bins() {
        let at = [0, 99, 100, 350].map(Duration::from_millis);
        assert_eq!(bins(&at), [2, 1, 0, 1]);
        assert!(bins(&[]).is_empty());
    }

    #[test]
    fn a_client_of_a_server_that_is_there_tries_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let never = AtomicBool::new(false);
        let times = until_back(Way::AtOnce, addr, Duration::ZERO, |_| 0.0, &never);
        assert_eq!(times.len(), 1);
        drop(listener);
        let ended = AtomicBool::new(true);
        let times = until_back(Way::Random, addr, Duration::ZERO, |_| 0.5, &ended);
        assert_eq!(times.len(), 1);
    }
}
