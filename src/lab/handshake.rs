//! What an opening handshake must look like, and what happens when it does not (RFC 6455 §4).

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use super::bench::Server;
use super::wires::{ACCEPT, Answer, ask, connect, key_line, opening, read_answer};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::backend::{self, Backend};
use crate::message::Wire;
use crate::results::{Cell, Finding, GridRow, Picture, Unit};

/// How long a server is listened to that should say nothing.
const SILENCE: Duration = Duration::from_millis(200);

pub(super) struct Handshake;

impl Experiment for Handshake {
    fn card(&self) -> Card {
        Card {
            name: "handshake",
            question: (
                "What makes an HTTP request a WebSocket, and who may begin?",
                "Was macht aus einer HTTP-Anfrage einen WebSocket, und wer darf beginnen?",
            ),
            setup: (
                "Each WebSocket backend is sent openings that are right or wrong in one thing.",
                "Jedes WebSocket-Backend erhält Eröffnungen, die richtig sind oder in einem Punkt falsch.",
            ),
            options: &[
                (
                    "Each part has to be right, and the answer says which is not",
                    "Jeder Teil muss stimmen, und die Antwort sagt, welcher nicht",
                ),
                (
                    "The server accepts whatever looks like WebSocket",
                    "Der Server nimmt alles, was nach WebSocket aussieht",
                ),
                ("Raw bytes over TCP work as well", "Rohe Bytes über TCP gehen auch"),
            ],
            expected: 0,
            prediction: (
                "All vectors come out as the RFC says; the key of §1.3 is answered with s3pPLMBiTxaQ9kYGzzhZRbK+xOo=.",
                "Alle Vektoren gehen aus, wie der RFC es sagt; der Schlüssel aus §1.3 wird mit s3pPLMBiTxaQ9kYGzzhZRbK+xOo= beantwortet.",
            ),
            why: (
                "The answer is the SHA-1 of the key and a fixed GUID in base64: it proves that the server has understood the question, not who it is.",
                "Die Antwort ist die SHA-1 von Schlüssel und fester GUID in Base64: Sie beweist, dass der Server die Frage verstanden hat, nicht wer er ist.",
            ),
            hides: (
                "HTTP/2 and HTTP/3 open a WebSocket in another way (RFC 8441, RFC 9220).",
                "HTTP/2 und HTTP/3 öffnen einen WebSocket anders (RFC 8441, RFC 9220).",
            ),
            next: (
                "Open the chat page with the browser's network view and read the two heads.",
                "Die Chatseite mit der Netzwerkansicht des Browsers öffnen und die beiden Köpfe lesen.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[(0, 0, "client", "Client"), (1, 0, "server", "Server")],
            links: &[(0, 1, "openings, right and wrong", "Eröffnungen, richtige und falsche")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let backends: Vec<_> =
            backend::ALL.iter().copied().filter(|one| one.wire() == Wire::WebSocket).collect();
        let mut rows: Vec<GridRow> = VECTORS.iter().map(row).collect();
        let (mut right, mut all) = (0.0, 0.0);
        for backend in &backends {
            for (vector, row) in VECTORS.iter().zip(&mut rows) {
                how.go_on()?;
                let (text, is_right) = vector.try_on(*backend)?;
                let text = both(&text, &german(&text));
                row.cells.push(Cell { text, as_predicted: Some(is_right) });
                right += f64::from(u8::from(is_right));
                all += 1.0;
            }
        }
        let mut data = Data::default();
        let what = (
            "vectors that came out as the RFC says",
            "Vektoren, die ausgingen, wie der RFC es sagt",
        );
        data.add("right", what, right, Unit::Count, Some((all, all)));
        let columns = backends.iter().map(|one| both(one.name(), one.name())).collect();
        data.pictures.push(Picture::Grid { columns, rows });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let right = data.value("right").unwrap_or(0.0);
        data.by_ranges(
            (
                format!("All {right} vectors come out as RFC 6455 says."),
                format!("Alle {right} Vektoren gehen aus, wie RFC 6455 es sagt."),
            ),
            (
                format!("Only {right} vectors come out as RFC 6455 says; the table shows which do not."),
                format!("Nur {right} Vektoren gehen aus, wie RFC 6455 es sagt; die Tabelle zeigt, welche nicht."),
            ),
        )
    }
}

/// One opening and how it must come out.
struct Vector {
    label: (&'static str, &'static str),
    run: fn(SocketAddr) -> std::io::Result<(String, bool)>,
}

impl Vector {
    fn try_on(&self, backend: &'static dyn Backend) -> std::io::Result<(String, bool)> {
        let server = Server::start(backend)?;
        (self.run)(server.addr())
    }
}

/// What came back, in German; numbers are numbers.
fn german(text: &str) -> String {
    let words =
        [("bytes", "Bytes"), ("not refused", "nicht abgewiesen"), ("refused", "abgewiesen")];
    let german = words.iter().fold(text.to_owned(), |text, (en, de)| text.replace(en, de));
    german.replace("spoke", "begann")
}

fn row(vector: &Vector) -> GridRow {
    GridRow { label: both(vector.label.0, vector.label.1), cells: Vec::new() }
}

const VECTORS: [Vector; 7] = [
    Vector {
        label: ("key of §1.3: 101 and its accept", "Schlüssel aus §1.3: 101 und seine Antwort"),
        run: right,
    },
    Vector {
        label: ("version 12: 426, and says 13", "Version 12: 426 und nennt 13"),
        run: old_version,
    },
    Vector { label: ("no key: 400", "ohne Schlüssel: 400"), run: no_key },
    Vector {
        label: ("protocol nobody knows: declined", "unbekanntes Unterprotokoll: abgelehnt"),
        run: protocol,
    },
    Vector { label: ("raw bytes: no WebSocket", "rohe Bytes: kein WebSocket"), run: raw },
    Vector { label: ("the server does not begin", "der Server beginnt nicht"), run: silence },
    Vector { label: ("UDP: nobody there", "UDP: niemand da"), run: udp },
];

const PATH: &str = "/chat?room=lab&name=anna";

fn status(answer: &Answer, right: bool) -> (String, bool) {
    (answer.status.to_string(), right)
}

fn right(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let answer = ask(&mut connect(addr)?, &opening(PATH, "13", &key_line()))?;
    Ok(status(
        &answer,
        answer.status == 101 && answer.header("sec-websocket-accept") == Some(ACCEPT),
    ))
}

fn old_version(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let answer = ask(&mut connect(addr)?, &opening(PATH, "12", &key_line()))?;
    Ok(status(
        &answer,
        answer.status == 426 && answer.header("sec-websocket-version") == Some("13"),
    ))
}

fn no_key(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let answer = ask(&mut connect(addr)?, &opening(PATH, "13", ""))?;
    Ok(status(&answer, answer.status == 400))
}

fn protocol(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let more = format!("{}Sec-WebSocket-Protocol: nobody-knows-this\r\n", key_line());
    let answer = ask(&mut connect(addr)?, &opening(PATH, "13", &more))?;
    let declined = answer.header("sec-websocket-protocol").is_none();
    Ok(status(&answer, answer.status == 101 && declined))
}

fn raw(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let mut stream = connect(addr)?;
    stream.write_all(b"hello\r\n\r\n")?;
    match read_answer(&mut stream) {
        Ok(answer) => Ok(status(&answer, (400..500).contains(&answer.status))),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(("closed".into(), true)),
        Err(error) => Ok((error.kind().to_string(), false)),
    }
}

fn silence(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let mut stream = connect(addr)?;
    stream.set_read_timeout(Some(SILENCE))?;
    match stream.read(&mut [0]) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok((format!("0 bytes in {} ms", SILENCE.as_millis()), true))
        }
        _ => Ok(("spoke".into(), false)),
    }
}

fn udp(addr: SocketAddr) -> std::io::Result<(String, bool)> {
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    socket.connect(addr)?;
    socket.set_read_timeout(Some(SILENCE))?;
    socket.send(b"hello")?;
    match socket.recv(&mut [0]) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(("refused".into(), true)),
        _ => Ok(("not refused".into(), false)),
    }
}
