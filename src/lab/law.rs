//! The law of long-polling: how much longer its messages take, from the rate and the distance alone.
//!
//! A poll that was answered is asked again one way later and reaches the server a round trip after
//! the answer left. Messages that come in between wait for it. With random arrivals the mean time to
//! a member at distance d is d · (1 + x / (x + e⁻ˣ)), where x is the mean number of messages in a
//! round trip: d when little is said, 2 d when much is (RFC 6202 §2.2 has both ends).

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bench::Server;
use super::proxy::Proxy;
use super::set_up::speaking;
use super::wires::{ask, connect, frame, join, read_message, say};
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal};
use crate::message::Wire;
use crate::plan::Plan;
use crate::results::{Agreement, Finding, Line, Picture, Scale, Unit};
use crate::scenario::{self, Arrivals, Scenario};

/// The distance one way: so long that what a busy machine adds is little beside it.
const DELAY: Duration = Duration::from_millis(50);
/// Mean numbers of messages in a round trip.
const LOADS: [f64; 6] = [0.125, 0.5, 1.0, 2.0, 4.0, 8.0];
/// How far from the law a mean may lie.
const NEAR: f64 = 0.1;
/// How much longer than the distance a pushed message may take before the machine counts as too
/// busy to tell: the same lateness is in every leg of a poll.
const LATE: f64 = 0.05;
/// So often a machine that was too busy is given another chance.
const TRIES: usize = 2;

pub(super) struct Law;

/// The law itself.
fn law(x: f64) -> f64 {
    1.0 + x / (x + (-x).exp())
}

impl Experiment for Law {
    fn card(&self) -> Card {
        Card {
            name: "long-poll-law",
            question: ("How much slower is long-polling?", "Wie viel langsamer ist Long-Polling?"),
            setup: (
                "A member 50 ms away listens by long-poll, another by WebSocket, while somebody near the server speaks at random moments; six rates at once, each in rooms of its own.",
                "Ein Mitglied in 50 ms Entfernung hört per Long-Polling zu, ein anderes per WebSocket, während jemand beim Server zu zufälligen Zeiten spricht; sechs Raten zugleich, jede in eigenen Räumen.",
            ),
            options: &[
                ("Always three times as slow", "Immer dreimal so langsam"),
                (
                    "The same when little is said, twice when much is",
                    "Gleich, wenn wenig gesagt wird, doppelt, wenn viel gesagt wird",
                ),
                (
                    "The more is said the slower, without end",
                    "Je mehr gesagt wird, desto langsamer, ohne Ende",
                ),
            ],
            expected: 1,
            prediction: (
                "The mean is d · (1 + x / (x + e⁻ˣ)) within 10 %, x messages in a round trip; over WebSocket it is d.",
                "Der Mittelwert ist d · (1 + x / (x + e⁻ˣ)) auf 10 % genau, bei x Nachrichten im Umlauf; über WebSocket ist er d.",
            ),
            why: (
                "Whatever comes while no poll is there waits for the next one, and the next answer carries it all. That is why it gets no worse than twice.",
                "Was kommt, während keine Anfrage da ist, wartet auf die nächste, und deren Antwort trägt alles. Darum wird es nicht schlimmer als doppelt.",
            ),
            hides: (
                "A mean is not what one waits: the worst message takes three times d. And this wire loses nothing; a lost segment costs both the same.",
                "Ein Mittelwert ist nicht, was man wartet: Die schlimmste Nachricht braucht dreimal d. Und diese Leitung verliert nichts; ein verlorenes Segment kostet beide gleich viel.",
            ),
            next: (
                "Work out x for your own chat: messages per second in a room times the round trip.",
                "x für den eigenen Chat ausrechnen: Nachrichten pro Sekunde in einem Raum mal Umlauf.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "speaker", "Sprecher"),
                (1, 0, "server", "Server"),
                (2, 0, "proxy: 50 ms each way", "Proxy: 50 ms je Weg"),
                (3, 0, "listener", "Zuhörer"),
            ],
            links: &[
                (0, 1, "at random moments", "zu zufälligen Zeiten"),
                (1, 2, "", ""),
                (2, 3, "held polls or pushes", "gehaltene Anfragen oder Pushes"),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let secs = Duration::from_secs;
        let time = how.scale(secs(1), secs(6), secs(25));
        let far = DELAY.as_nanos() as f64;
        let slowest =
            |pushed: &[(f64, f64)]| pushed.iter().map(|(_, mean)| mean / far).fold(0.0, f64::max);
        let (mut polled, mut pushed) = listen(time, how)?;
        for _ in 1..how.scale(1, TRIES, TRIES) {
            if slowest(&pushed) > 1.0 + LATE {
                (polled, pushed) = listen(time, how)?;
            }
        }
        let mut data = Data::default();
        for (x, mean) in &polled {
            let (en, de) = decimal(*x, 3);
            let label = (format!("long-poll, x = {en}"), format!("Long-Polling, x = {de}"));
            let near = (law(*x) * (1.0 - NEAR), law(*x) * (1.0 + NEAR));
            let key = format!("poll-{en}");
            data.add(&key, (&label.0, &label.1), mean / far, Unit::Ratio, Some(near));
        }
        let flat = slowest(&pushed);
        let what = ("WebSocket, the slowest of all x", "WebSocket, das langsamste aller x");
        data.add("push", what, flat, Unit::Ratio, Some((1.0, 1.0 + NEAR)));
        let in_delays =
            |points: &[(f64, f64)]| points.iter().map(|(x, mean)| (*x, mean / far)).collect();
        let curve = (0..=60).map(|step| 0.1 * 10f64.powf(f64::from(step) / 30.0));
        let line = |en, de, theory, points| Line { label: both(en, de), theory, points };
        data.pictures.push(Picture::Lines {
            x: Scale {
                what: both("messages in a round trip (x)", "Nachrichten im Umlauf (x)"),
                unit: Unit::Count,
                log: true,
            },
            y: Scale {
                what: both("mean time ÷ distance", "mittlere Zeit ÷ Entfernung"),
                unit: Unit::Ratio,
                log: false,
            },
            lines: vec![
                line("the law", "das Gesetz", true, curve.map(|x| (x, law(x))).collect()),
                line("long-poll", "Long-Polling", false, in_delays(&polled)),
                line("WebSocket", "WebSocket", false, in_delays(&pushed)),
            ],
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let polls = data.figures.iter().filter(|figure| figure.key != "push");
        let off = polls.clone().filter(|figure| figure.is_as_predicted() == Some(false)).count();
        let most = polls.map(|figure| figure.value).fold(0.0, f64::max);
        let ((most, hoch), (push, flach)) =
            (decimal(most, 2), decimal(data.value("push").unwrap_or(0.0), 2));
        if data.value("push").is_some_and(|push| push > 1.0 + LATE) {
            let agreement = Agreement::Open;
            let en = format!(
                "The machine was too busy to tell: even a pushed message took {push} times the distance. Run it again when nothing else runs."
            );
            let de = format!(
                "Die Maschine war zu beschäftigt, um es zu sagen: Selbst eine Nachricht über WebSocket brauchte das {flach}-Fache der Entfernung. Noch einmal laufen lassen, wenn sonst nichts läuft."
            );
            return Finding { agreement, sentence: both(&en, &de) };
        }
        data.by_ranges(
            (
                format!("All points lie on the law: at most {most} times the distance, WebSocket {push} times."),
                format!("Alle Punkte liegen auf dem Gesetz: höchstens das {hoch}-Fache der Entfernung, WebSocket das {flach}-Fache."),
            ),
            (
                format!("{off} points lie off the law; at most {most} times the distance, WebSocket {push} times."),
                format!("{off} Punkte liegen neben dem Gesetz; höchstens das {hoch}-Fache der Entfernung, WebSocket das {flach}-Fache."),
            ),
        )
    }
}

/// Loads, each with the mean time of its messages in nanoseconds.
type Means = Vec<(f64, f64)>;

/// Listens in all rooms at once, by long-poll and by WebSocket, so that a busy machine is as late
/// for one as for the other.
fn listen(time: Duration, how: &How<'_>) -> Result<(Means, Means), NoData> {
    let (polled, pushed) = thread::scope(|scope| {
        let pushed = thread::Builder::new()
            .spawn_scoped(scope, || listen_by(Wire::WebSocket, time, how.seed))?;
        let polled = listen_by(Wire::LongPoll, time, how.seed);
        let pushed = pushed.join().map_err(|_| io::Error::other("a listener panicked"))?;
        anyhow::Ok((polled?, pushed?))
    })?;
    how.go_on()?;
    Ok((polled, pushed))
}

/// Listens in all rooms of one wire.
fn listen_by(wire: Wire, time: Duration, seed: u64) -> anyhow::Result<Means> {
    let server = Server::start(speaking(wire)?)?;
    let proxy = Proxy::start(server.addr(), DELAY)?;
    let (near, far) = (server.addr(), proxy.addr());
    let means = thread::scope(|scope| {
        let mut members = Vec::new();
        for (room, x) in rooms().into_iter().enumerate() {
            let seed = seed + room as u64;
            let play = move || room_of(wire, &format!("law-{room}"), x, time, seed, near, far);
            members.push((x, thread::Builder::new().spawn_scoped(scope, play)?));
        }
        let mut all = Vec::new();
        for (x, room) in members {
            let times = room.join().map_err(|_| io::Error::other("a member panicked"))??;
            all.push((x, times));
        }
        io::Result::Ok(all)
    })?;
    let mean = |x: f64| {
        let times: Vec<f64> = means
            .iter()
            .filter(|(load, _)| *load == x)
            .flat_map(|(_, times)| times.clone())
            .collect();
        (x, times.iter().sum::<f64>() / times.len().max(1) as f64)
    };
    Ok(LOADS.map(mean).to_vec())
}

/// Enough rooms that the smallest load, too, has some hundred messages, and no more: the machine
/// should have time to spare.
fn rooms() -> Vec<f64> {
    LOADS.iter().flat_map(|x| vec![*x; (2.0 / x).clamp(1.0, 16.0) as usize]).collect()
}

/// One room: a speaker near the server, a listener far away. Gives the time of each message.
fn room_of(
    wire: Wire,
    room: &str,
    x: f64,
    time: Duration,
    seed: u64,
    near: SocketAddr,
    far: SocketAddr,
) -> io::Result<Vec<f64>> {
    let rate = x / (2.0 * DELAY.as_secs_f64());
    let quiet = Scenario {
        members: 1,
        rate,
        warm_up: Duration::ZERO,
        duration: time,
        // The law is about people, who speak independently of each other.
        arrivals: Arrivals::Random,
        ..scenario::named("ping").map_err(io::Error::other)?
    };
    let plan = Plan::new(&quiet, seed).measured;
    let sent: Mutex<Vec<Instant>> = Mutex::new(Vec::new());
    let mut listener = Listener::join(wire, room, far)?;
    thread::scope(|scope| {
        let speak = || -> io::Result<()> {
            let mut speaker = Speaker::join(wire, room, near)?;
            // Until the first poll is held; what is said before would wait for that alone.
            thread::sleep(2 * DELAY);
            let begun = Instant::now();
            for due in &plan {
                thread::sleep(Duration::from_nanos(due.at).saturating_sub(begun.elapsed()));
                let mut times = sent.lock().map_err(|_| io::Error::other("a member panicked"))?;
                speaker.say(&times.len().to_string(), || times.push(Instant::now()))?;
            }
            Ok(())
        };
        let speaker = thread::Builder::new().spawn_scoped(scope, speak)?;
        let mut times = Vec::with_capacity(plan.len());
        while times.len() < plan.len() {
            let texts = listener.next()?;
            let now = Instant::now();
            let sent = sent.lock().map_err(|_| io::Error::other("a member panicked"))?;
            for text in texts {
                let at = text.parse::<usize>().ok().and_then(|number| sent.get(number));
                let at = at.ok_or_else(|| io::Error::other(format!("a foreign text: {text}")))?;
                times.push(now.duration_since(*at).as_nanos() as f64);
            }
        }
        speaker.join().map_err(|_| io::Error::other("the speaker panicked"))??;
        Ok(times)
    })
}

/// Somebody who speaks.
struct Speaker {
    wire: Wire,
    room: String,
    stream: TcpStream,
}

impl Speaker {
    fn join(wire: Wire, room: &str, to: SocketAddr) -> io::Result<Self> {
        let stream = match wire {
            Wire::LongPoll => connect(to)?,
            _ => join(to, &format!("/chat?room={room}&name=near"))?,
        };
        Ok(Speaker { wire, room: room.to_owned(), stream })
    }

    /// Says a text; `leaving` is called right before it leaves.
    fn say(&mut self, text: &str, leaving: impl FnOnce()) -> io::Result<()> {
        let body = say(text);
        let request = match self.wire {
            Wire::LongPoll => format!(
                "POST /say?room={}&name=near HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                self.room,
                body.len()
            )
            .into_bytes(),
            _ => frame(0x81, body.as_bytes()),
        };
        leaving();
        self.stream.write_all(&request)?;
        match self.wire {
            Wire::LongPoll => super::wires::read_answer(&mut self.stream).map(drop),
            // Its own message comes back; it must be read, or the server would wait for it.
            _ => read_message(&mut self.stream).map(drop),
        }
    }
}

/// Somebody who listens from far away.
struct Listener {
    wire: Wire,
    room: String,
    /// The last number it has, as soon as it has one.
    since: Option<u64>,
    stream: TcpStream,
}

impl Listener {
    fn join(wire: Wire, room: &str, to: SocketAddr) -> io::Result<Self> {
        let stream = match wire {
            Wire::LongPoll => connect(to)?,
            _ => join(to, &format!("/chat?room={room}&name=far"))?,
        };
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut listener = Listener { wire, room: room.to_owned(), since: None, stream };
        if wire == Wire::LongPoll {
            // Without a number it is answered at once: from here on the connection is warm.
            listener.next()?;
        }
        Ok(listener)
    }

    /// The texts that come next.
    fn next(&mut self) -> io::Result<Vec<String>> {
        if self.wire != Wire::LongPoll {
            let message: Value = serde_json::from_slice(&read_message(&mut self.stream)?)?;
            return Ok(vec![message["text"].as_str().unwrap_or_default().to_owned()]);
        }
        let since = self.since.map(|since| format!("&since={since}")).unwrap_or_default();
        let request = format!(
            "GET /poll?room={}&name=far{since} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            self.room
        );
        let answer: Value = serde_json::from_slice(&ask(&mut self.stream, &request)?.body)?;
        self.since = answer["next"].as_u64().or(self.since);
        let messages = answer["messages"].as_array().cloned().unwrap_or_default();
        let text = |message: &Value| message["text"].as_str().unwrap_or_default().to_owned();
        Ok(messages.iter().map(text).collect())
    }
}
