//! An outage: what is lost while a member is away, with a cursor and without one.
//!
//! Said messages are counted, not timed, so the figures are exact on a machine of any speed.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::bench::Server;
use super::set_up::speaking;
use super::wires::{ask, connect, frame, join, read_message, say};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::chat::Limits;
use crate::message::Wire;
use crate::results::{Finding, Line, Picture, Scale, Unit};

/// Messages that a room retains here.
const KEPT: usize = 40;
/// Messages said while somebody is away.
const AWAY: [u64; 6] = [5, 10, 20, 40, 80, 160];
/// Messages said before and after.
const AROUND: u64 = 10;
/// Time between two messages.
const PACE: Duration = Duration::from_millis(1);

pub(super) struct Outage;

/// How somebody comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As a new member.
    Fresh,
    /// With the number of the last message.
    Resume,
    /// With the next poll, which carries that number anyway.
    Poll,
}

const WAYS: [(Way, &str, (&str, &str)); 3] = [
    (Way::Fresh, "fresh", ("WebSocket, no cursor", "WebSocket, kein Cursor")),
    (Way::Resume, "resume", ("WebSocket, since=", "WebSocket, since=")),
    (Way::Poll, "poll", ("long-poll, since=", "Long-Polling, since=")),
];

impl Experiment for Outage {
    fn card(&self) -> Card {
        Card {
            name: "outage",
            question: (
                "What is lost while a member is away?",
                "Was geht verloren, während ein Mitglied weg ist?",
            ),
            setup: (
                "A member loses its connection while 5 to 160 messages are said in its room, which retains 40, and comes back: over WebSocket as somebody new, over WebSocket with the number of its last message, or with its next poll. Every message is numbered and checked.",
                "Ein Mitglied verliert die Verbindung, während in seinem Raum, der 40 Nachrichten behält, 5 bis 160 gesagt werden, und kommt zurück: über WebSocket als neues, über WebSocket mit der Nummer seiner letzten Nachricht oder mit der nächsten Anfrage. Jede Nachricht ist nummeriert und wird geprüft.",
            ),
            options: &[
                (
                    "WebSocket loses all of it, long-polling nothing",
                    "WebSocket verliert alles, Long-Polling nichts",
                ),
                (
                    "TCP sends again whatever was lost: nothing",
                    "TCP sendet Verlorenes noch einmal: nichts",
                ),
                (
                    "Without a cursor all of it, with one nothing until the log is full",
                    "Ohne Cursor alles, mit einem nichts, bis das Log voll ist",
                ),
            ],
            expected: 2,
            prediction: (
                "Without a cursor the loss is exactly what was said; with one it is 0 up to 40 messages, and beyond that an announced gap; nothing is doubled or out of order.",
                "Ohne Cursor fehlt genau, was gesagt wurde; mit einem bis 40 Nachrichten 0, darüber eine angesagte Lücke; nichts kommt doppelt oder vertauscht.",
            ),
            why: (
                "TCP's guarantee ends with the connection. What survives is a number that the member keeps and a log that the server keeps; which wire carries the number does not matter.",
                "Die Garantie von TCP endet mit der Verbindung. Was überlebt, ist eine Nummer beim Mitglied und ein Log beim Server; welche Leitung die Nummer trägt, ist gleichgültig.",
            ),
            hides: (
                "A server that restarts loses its log, and with it the numbers; the member is told so (reset). Messages a member itself was sending need an acknowledgement of their own.",
                "Ein Server, der neu startet, verliert sein Log und damit die Nummern; das Mitglied erfährt es (reset). Was ein Mitglied selbst gerade sendet, braucht eine eigene Bestätigung.",
            ),
            next: (
                "Work out how long an outage your chat survives: messages retained divided by messages a second.",
                "Ausrechnen, welchen Ausfall der eigene Chat übersteht: behaltene Nachrichten geteilt durch Nachrichten pro Sekunde.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "somebody who speaks", "jemand, der spricht"),
                (1, 0, "server, 40 messages kept", "Server, 40 behalten"),
                (2, 0, "a member that is away", "ein Mitglied, das weg ist"),
            ],
            links: &[(0, 1, "says", "sagt"), (1, 2, "cut, then since=?", "getrennt, dann since=?")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let mut data = Data::default();
        let mut lines = vec![Line {
            label: both("all that was said", "alles Gesagte"),
            theory: true,
            points: AWAY.iter().map(|away| (*away as f64, *away as f64)).collect(),
        }];
        let (mut muddled, mut survived) = (0, u64::MAX);
        for (way, key, label) in WAYS {
            let books = with(way, how)?;
            let sum = |of: fn(&Books) -> u64| books.iter().map(of).sum::<u64>() as f64;
            muddled += books.iter().map(|one| one.muddled).sum::<u64>();
            if way == Way::Fresh {
                let share = sum(|one| one.lost) / AWAY.iter().sum::<u64>() as f64;
                let what =
                    ("lost of what was said, no cursor", "verloren vom Gesagten, ohne Cursor");
                data.add(key, what, share, Unit::Share, Some((1.0, 1.0)));
            } else {
                let what = (
                    format!("{}: lost without a word", label.0),
                    format!("{}: ohne ein Wort verloren", label.1),
                );
                let silent = sum(|one| one.lost.saturating_sub(one.announced));
                data.add(key, (&what.0, &what.1), silent, Unit::Count, Some((0.0, 0.0)));
                let whole = AWAY.iter().zip(&books).take_while(|(_, one)| one.lost == 0);
                survived = survived.min(whole.map(|(away, _)| *away).last().unwrap_or(0));
            }
            let points = AWAY.iter().zip(&books).map(|(away, one)| (*away as f64, one.lost as f64));
            let label = both(label.0, label.1);
            lines.push(Line { label, theory: false, points: points.collect() });
        }
        let kept = KEPT as f64;
        let what = ("survived with a cursor", "mit Cursor überstanden");
        data.add("survived", what, survived as f64, Unit::Count, Some((kept, kept)));
        let what = ("doubled or out of order", "doppelt oder vertauscht");
        data.add("muddled", what, muddled as f64, Unit::Count, Some((0.0, 0.0)));
        let axis = |en, de| Scale { what: both(en, de), unit: Unit::Count, log: false };
        data.pictures.push(Picture::Lines {
            x: axis("messages said while away", "Nachrichten während der Abwesenheit"),
            y: axis("messages lost", "verlorene Nachrichten"),
            lines,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let lost = (of("fresh") * 100.0).round();
        let (survived, silent) = (of("survived"), of("resume") + of("poll"));
        data.by_ranges(
            (
                format!("Without a cursor {lost} % of what was said is lost; with one {survived} messages are survived without loss, and beyond that every gap is announced."),
                format!("Ohne Cursor gehen {lost} % des Gesagten verloren; mit einem werden {survived} Nachrichten ohne Verlust überstanden, und darüber ist jede Lücke angesagt."),
            ),
            (
                format!("Not as predicted: without a cursor {lost} % lost, with one {survived} messages survived, {silent} lost without a word, {} doubled or out of order.", of("muddled")),
                format!("Nicht wie vorhergesagt: ohne Cursor {lost} % verloren, mit einem {survived} Nachrichten überstanden, {silent} ohne ein Wort verloren, {} doppelt oder vertauscht.", of("muddled")),
            ),
        )
    }
}

/// What the check of a member found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Books {
    lost: u64,
    announced: u64,
    muddled: u64,
}

/// One outage of every length, each in a room of its own.
fn with(way: Way, how: &How<'_>) -> Result<Vec<Books>, NoData> {
    let wire = if way == Way::Poll { Wire::LongPoll } else { Wire::WebSocket };
    let limits = Limits { log_entries: KEPT, ..Limits::default() };
    let server = Server::start_with(speaking(wire)?, limits)?;
    AWAY.iter().map(|away| once(way, *away, server.addr(), how)).collect()
}

fn once(way: Way, away: u64, addr: SocketAddr, how: &How<'_>) -> Result<Books, NoData> {
    let room = format!("outage-{away}");
    let mut member = Member { way, room: room.clone(), ..Member::default() };
    let mut speaker = Speaker { way, path: room, stream: None, addr };
    member.come(addr)?;
    for _ in 0..AROUND {
        speaker.say()?;
    }
    member.hear_until(AROUND)?;
    member.stream = None;
    for _ in 0..away {
        how.pause(PACE)?;
        speaker.say()?;
    }
    member.come(addr)?;
    if way != Way::Fresh {
        // It catches up before the room goes on, or the room would forget more meanwhile.
        member.hear_until(AROUND + away)?;
    }
    for _ in 0..AROUND {
        speaker.say()?;
    }
    let said = AROUND + away + AROUND;
    member.hear_until(said)?;
    Ok(check(&member.heard, said, member.announced))
}

/// Compares what was heard with the numbers 1 to `said`.
fn check(heard: &[u64], said: u64, announced: u64) -> Books {
    let backwards = heard.windows(2).filter(|pair| pair[1] <= pair[0]).count() as u64;
    let lost = (1..=said).filter(|number| !heard.contains(number)).count() as u64;
    Books { lost, announced, muddled: backwards }
}

/// Somebody who speaks.
struct Speaker {
    way: Way,
    path: String,
    stream: Option<TcpStream>,
    addr: SocketAddr,
}

impl Speaker {
    fn say(&mut self) -> io::Result<()> {
        let (addr, path) = (self.addr, &self.path);
        let stream = match &mut self.stream {
            Some(stream) => stream,
            empty if self.way == Way::Poll => empty.insert(connect(addr)?),
            empty => empty.insert(join(addr, &format!("/chat?room={path}&name=ben"))?),
        };
        let body = say("x");
        if self.way == Way::Poll {
            let length = body.len();
            let request = format!(
                "POST /say?room={path}&name=ben HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            return ask(stream, &request).map(drop);
        }
        stream.write_all(&frame(0x81, body.as_bytes()))?;
        // Its own message comes back: it has been said by then.
        read_message(stream).map(drop)
    }
}

/// Somebody who listens and writes down what comes.
struct Member {
    way: Way,
    room: String,
    stream: Option<TcpStream>,
    heard: Vec<u64>,
    announced: u64,
    since: u64,
}

impl Default for Member {
    fn default() -> Self {
        Member {
            way: Way::Fresh,
            room: String::new(),
            stream: None,
            heard: Vec::new(),
            announced: 0,
            since: 0,
        }
    }
}

impl Member {
    fn come(&mut self, addr: SocketAddr) -> io::Result<()> {
        let since = match (self.way, self.heard.last()) {
            (Way::Resume, Some(last)) => format!("&since={last}"),
            _ => String::new(),
        };
        let path = format!("/chat?room={}&name=anna{since}", self.room);
        self.stream = Some(if self.way == Way::Poll { connect(addr)? } else { join(addr, &path)? });
        Ok(())
    }

    /// Listens until that message has come.
    fn hear_until(&mut self, number: u64) -> io::Result<()> {
        while self.heard.last().is_none_or(|last| *last < number) {
            let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            if self.way == Way::Poll {
                let request = format!(
                    "GET /poll?room={}&name=anna&since={} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                    self.room, self.since
                );
                let answer: Value = serde_json::from_slice(&ask(stream, &request)?.body)?;
                self.since = answer["next"].as_u64().unwrap_or(self.since);
                self.announced += answer["missed"].as_u64().unwrap_or(0);
                let messages = answer["messages"].as_array().into_iter().flatten();
                self.heard.extend(messages.filter_map(|one| one["seq"].as_u64()));
                continue;
            }
            let message: Value = serde_json::from_slice(&read_message(stream)?)?;
            self.announced += message["missed"].as_u64().unwrap_or(0);
            self.heard.extend(message["seq"].as_u64());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sees_losses_doubles_and_disorder() {
        assert_eq!(check(&[1, 2, 3], 3, 0), Books::default());
        assert_eq!(check(&[1, 3], 3, 1), Books { lost: 1, announced: 1, muddled: 0 });
        assert_eq!(check(&[1, 2, 2, 3], 3, 0).muddled, 1);
        assert_eq!(check(&[2, 1, 3], 3, 0).muddled, 1);
    }
}
