//! One handler in fifty blocks for 10 ms: who else notices?

mod echo;

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use self::echo::{BLOCK, Server, Waiting};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::results::{Finding, Line, Picture, Scale, Unit};
use crate::units::MILLISECOND;

/// Clients.
const CLIENTS: usize = 40;
/// Time between two requests of a client, from start to start.
const EVERY: Duration = Duration::from_millis(10);
/// One request in so many blocks its handler.
const ONE_IN: usize = 50;
/// Noise makes a server slower and never faster: the best of so many tries counts for those that
/// are predicted to be quiet, and the slowest is never chosen.
const TRIES: usize = 3;

pub(super) struct BlockedExecutor;

const WAYS: [(Waiting, &str, (&str, &str)); 3] = [
    (Waiting::Tasks, "tasks", ("tasks that block", "Tasks, die blockieren")),
    (Waiting::Aside, "aside", ("tasks, block set aside", "Tasks, Blockierendes ausgelagert")),
    (Waiting::Threads, "threads", ("a thread each", "je ein Thread")),
];

impl Experiment for BlockedExecutor {
    fn card(&self) -> Card {
        Card {
            name: "blocked-executor",
            question: (
                "One handler in fifty blocks for 10 ms. Who else has to wait?",
                "Ein Handler von fünfzig blockiert 10 ms lang. Wer muss noch warten?",
            ),
            setup: (
                "40 clients ask an echo server 100 times a second each, on schedule; one request in fifty makes its handler sleep for 10 ms. The server has two workers for its tasks, or sets blocking work aside, or has a thread for each client. Only the requests that do not block are timed.",
                "40 Clients fragen einen Echo-Server je 100-mal pro Sekunde, nach Plan; eine Anfrage von fünfzig lässt ihren Handler 10 ms schlafen. Der Server hat zwei Worker für seine Tasks, oder er lagert Blockierendes aus, oder er hat einen Thread je Client. Gemessen sind nur die Anfragen, die nicht blockieren.",
            ),
            options: &[
                (
                    "With tasks everybody, with threads nobody",
                    "Mit Tasks alle, mit Threads niemand",
                ),
                ("Nobody, the others are other tasks", "Niemand, die anderen sind andere Tasks"),
                ("Everybody, whatever the server", "Alle, bei jedem Server"),
            ],
            expected: 0,
            prediction: (
                "The others' p99 is at least 3 ms with tasks that block; with blocking work set aside, and with threads, it is at most half of that.",
                "Das p99 der anderen beträgt mindestens 3 ms mit Tasks, die blockieren; mit ausgelagertem Blockieren und mit Threads höchstens halb so viel.",
            ),
            why: (
                "A task gives its worker back only at an await. A call that blocks keeps the worker, and with it every task that is waiting for one; a blocked thread keeps nobody but itself.",
                "Ein Task gibt seinen Worker nur bei einem await zurück. Ein blockierender Aufruf behält den Worker und damit jeden Task, der auf einen wartet; ein blockierter Thread hält niemanden auf als sich selbst.",
            ),
            hides: (
                "More workers hide it until as many handlers block at once. Computing for 10 ms blocks the same way, and then threads, too, have to share the processors.",
                "Mehr Worker verdecken es, bis gleich viele Handler zugleich blockieren. 10 ms Rechnen blockiert genauso, und dann müssen auch Threads sich die Prozessoren teilen.",
            ),
            next: (
                "Look for spawn_blocking in src/lab/blocked_executor/echo.rs: one line mends it.",
                "In src/lab/blocked_executor/echo.rs nach spawn_blocking suchen: Eine Zeile behebt es.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "40 clients", "40 Clients"),
                (1, 0, "2 workers, or threads", "2 Worker oder Threads"),
            ],
            links: &[(0, 1, "1 in 50 blocks 10 ms", "1 von 50 blockiert 10 ms")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let requests = how.scale(20, 80, 400);
        let (mut data, mut lines) = (Data::default(), Vec::new());
        let (mut slow, tries) = (0.0, how.scale(1, TRIES, TRIES));
        for (waiting, key, label) in WAYS {
            let mut times = ask_all(waiting, requests, how)?;
            if waiting == Waiting::Tasks {
                slow = p99(&times);
            }
            for _ in 1..tries {
                if waiting != Waiting::Tasks && p99(&times) > slow / 2.0 {
                    let again = ask_all(waiting, requests, how)?;
                    times = if p99(&again) < p99(&times) { again } else { times };
                }
            }
            let block = BLOCK.as_nanos() as f64;
            let range = match waiting {
                Waiting::Tasks => (0.3 * block, 1_000.0 * block),
                _ => (0.0, slow / 2.0),
            };
            let what = (
                format!("p99 of the others, {}", label.0),
                format!("p99 der anderen, {}", label.1),
            );
            data.add(key, (&what.0, &what.1), p99(&times), Unit::Time, Some(range));
            let at = |share: f64| (quantile(&times, share).max(1.0), share);
            let points = (0..=50).map(|step| at(f64::from(step) / 50.0)).collect();
            lines.push(Line { label: both(label.0, label.1), theory: false, points });
        }
        data.pictures.push(Picture::Lines {
            x: Scale { what: both("time", "Zeit"), unit: Unit::Time, log: true },
            y: Scale {
                what: both("share of the others within", "Anteil der anderen innerhalb"),
                unit: Unit::Share,
                log: false,
            },
            lines,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0) / MILLISECOND as f64;
        let [tasks, aside, threads] =
            ["tasks", "aside", "threads"].map(|k| super::decimal(of(k), 1));
        data.by_ranges(
            (
                format!("The others' p99 is {} ms with tasks that block, {} ms with blocking work set aside, {} ms with threads.", tasks.0, aside.0, threads.0),
                format!("Das p99 der anderen ist {} ms mit Tasks, die blockieren, {} ms mit ausgelagertem Blockieren, {} ms mit Threads.", tasks.1, aside.1, threads.1),
            ),
            (
                format!("Not as predicted: p99 {} ms with tasks that block, {} ms set aside, {} ms with threads.", tasks.0, aside.0, threads.0),
                format!("Nicht wie vorhergesagt: p99 {} ms mit Tasks, die blockieren, {} ms ausgelagert, {} ms mit Threads.", tasks.1, aside.1, threads.1),
            ),
        )
    }
}

/// A quantile of sorted times.
fn quantile(times: &[f64], share: f64) -> f64 {
    let last = times.len().saturating_sub(1);
    times.get((share * last as f64).round() as usize).copied().unwrap_or(0.0)
}

fn p99(times: &[f64]) -> f64 {
    quantile(times, 0.99)
}

/// All clients ask; gives the sorted times of the requests that do not block, from their intended
/// start, in nanoseconds.
fn ask_all(waiting: Waiting, requests: usize, how: &How<'_>) -> Result<Vec<f64>, NoData> {
    how.go_on()?;
    let server = Server::start(waiting)?;
    let addr = server.addr();
    let all: io::Result<Vec<Vec<f64>>> = thread::scope(|scope| {
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let body = move || ask(addr, client, requests);
            clients.push(Builder::new().spawn_scoped(scope, body)?);
        }
        let join = |client: thread::ScopedJoinHandle<'_, io::Result<Vec<f64>>>| {
            client.join().map_err(|_| io::Error::other("a client panicked"))?
        };
        clients.into_iter().map(join).collect()
    });
    let mut times: Vec<f64> = all?.into_iter().flatten().collect();
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// One client, on schedule. A request that blocks delays its own successors only: they count from
/// when they could be sent, so that what is timed is the others.
fn ask(addr: SocketAddr, client: usize, requests: usize) -> io::Result<Vec<f64>> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let begun = Instant::now() + EVERY.mul_f64(client as f64 / CLIENTS as f64);
    let mut times = Vec::new();
    for number in 0..requests {
        let due = begun + EVERY * number as u32;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let sent = Instant::now();
        let blocks = (number + client).is_multiple_of(ONE_IN);
        stream.write_all(&[u8::from(blocks)])?;
        stream.read_exact(&mut [0])?;
        if !blocks {
            times.push(sent.elapsed().as_nanos() as f64);
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(
            (quantile(&values, 0.0), p99(&values), quantile(&values, 1.0)),
            (1.0, 99.0, 100.0)
        );
        assert_eq!(p99(&[]), 0.0);
    }
}
