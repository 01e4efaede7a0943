//! The last messages before a goodbye: which way of hanging up loses them.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, Builder};
use std::time::Duration;

use super::wires::{connect, frame, read_frame};
use super::{Card, Data, Experiment, How, NoData, Sketch, both};
use crate::machine::tcp;
use crate::results::{Bar, Finding, Picture, Unit};

/// Messages before the goodbye.
const MESSAGES: usize = 200;
/// Bytes of each, as long as a text of the chat may be.
const BYTES: usize = 4_000;
/// How long the client is busy with something else before it reads.
const BUSY: Duration = Duration::from_millis(150);
/// The most a side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Goodbye;

/// How the server hangs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Close frame, wait for the client's, close.
    Handshake,
    /// Shut down sending, read to the end, close.
    Drain,
    /// Close frame and close at once, whatever has come and was not read.
    Abrupt,
}

const WAYS: [(Way, &str, (&str, &str)); 3] = [
    (Way::Handshake, "handshake", ("closing handshake", "Closing Handshake")),
    (Way::Drain, "drain", ("shutdown, then read to the end", "Shutdown, dann zu Ende lesen")),
    (Way::Abrupt, "abrupt", ("Close frame, closed at once", "Close-Frame, sofort zu")),
];

impl Experiment for Goodbye {
    fn card(&self) -> Card {
        Card {
            name: "goodbye",
            question: (
                "A server says 200 last things and hangs up. How many arrive?",
                "Ein Server sagt 200 letzte Dinge und legt auf. Wie viele kommen an?",
            ),
            setup: (
                "A server sends 200 messages of 4,000 bytes to a client that has just sent something itself and reads 150 ms later. Then the server hangs up in one of three ways, each with a Close frame.",
                "Ein Server sendet 200 Nachrichten zu 4.000 Bytes an einen Client, der eben selbst etwas gesendet hat und 150 ms später liest. Dann legt der Server auf eine von drei Arten auf, jede mit einem Close-Frame.",
            ),
            options: &[
                (
                    "All, unless the server closes at once",
                    "Alle, außer wenn der Server sofort schließt",
                ),
                ("All, whichever way", "Alle, auf jede Art"),
                ("None, a Close frame discards them", "Keine, ein Close-Frame verwirft sie"),
            ],
            expected: 0,
            prediction: (
                "200 of 200 after a closing handshake and after a shutdown, fewer when the server closes at once: then the client sees a reset.",
                "200 von 200 nach Closing Handshake und nach Shutdown, weniger, wenn der Server sofort schließt: dann sieht der Client einen Reset.",
            ),
            why: (
                "Closing a socket with input that nobody has read resets the connection (RFC 9293 §3.6.1), and a reset discards what was still on its way. That is why both sides say Close and the server closes TCP last of all (RFC 6455 §1.4, §7.1.1).",
                "Wer einen Socket mit ungelesener Eingabe schließt, setzt die Verbindung zurück (RFC 9293 §3.6.1), und ein Reset verwirft, was noch unterwegs war. Darum sagen beide Seiten Close, und der Server schließt TCP zuletzt (RFC 6455 §1.4, §7.1.1).",
            ),
            hides: (
                "How many arrive depends on how far the client had read and on the buffers of the machine. A client that reads at once may lose nothing on loopback; over a network it would.",
                "Wie viele ankommen, hängt davon ab, wie weit der Client gelesen hatte, und von den Puffern der Maschine. Ein Client, der sofort liest, verliert über Loopback vielleicht nichts; über ein Netz schon.",
            ),
            next: (
                "Find where the three backends wait for the client's Close, and take the wait out.",
                "In den drei Backends die Stelle suchen, die auf das Close des Clients wartet, und das Warten herausnehmen.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "server", "Server"),
                (1, 0, "client, reads late", "Client, liest spät"),
            ],
            links: &[(0, 1, "200 messages, Close, end", "200 Nachrichten, Close, Ende")],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let (mut data, mut bars) = (Data::default(), Vec::new());
        let all = MESSAGES as f64;
        for (way, key, label) in WAYS {
            let farewell = hang_up(way, how)?;
            let whole = way != Way::Abrupt;
            let predicted = if whole { (all, all) } else { (0.0, all - 1.0) };
            let got = farewell.messages as f64;
            data.add(key, label, got, Unit::Count, Some(predicted));
            if !whole {
                let what = ("the client saw a reset", "der Client sah einen Reset");
                let reset = f64::from(u8::from(farewell.reset));
                data.add("reset", what, reset, Unit::Count, Some((1.0, 1.0)));
            } else if let Some(owner) = farewell.server_waits {
                let what = (
                    format!("TIME_WAIT at the server, {}", label.0),
                    format!("TIME_WAIT beim Server, {}", label.1),
                );
                let owner = f64::from(u8::from(owner));
                let key = format!("{key}-time-wait");
                data.add(&key, (&what.0, &what.1), owner, Unit::Count, Some((1.0, 1.0)));
            }
            let label = both(label.0, label.1);
            bars.push(Bar { label, value: got, predicted: whole.then_some(all) });
        }
        data.pictures.push(Picture::Bars {
            what: both("messages that arrived, of 200", "angekommene Nachrichten, von 200"),
            unit: Unit::Count,
            log: false,
            bars,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let (handshake, drain, abrupt) = (of("handshake"), of("drain"), of("abrupt"));
        data.by_ranges(
            (
                format!("{handshake} of 200 arrive after a closing handshake, {drain} after a shutdown, {abrupt} when the server closes at once."),
                format!("{handshake} von 200 kommen nach dem Closing Handshake an, {drain} nach dem Shutdown, {abrupt}, wenn der Server sofort schließt."),
            ),
            (
                format!("Not as predicted: {handshake} of 200 after a closing handshake, {drain} after a shutdown, {abrupt} after closing at once."),
                format!("Nicht wie vorhergesagt: {handshake} von 200 nach dem Closing Handshake, {drain} nach dem Shutdown, {abrupt} nach sofortigem Schließen."),
            ),
        )
    }
}

/// What a client had of a goodbye.
struct Farewell {
    messages: usize,
    reset: bool,
    /// Whether the server's end is the one that lingers; nothing where the system does not tell.
    server_waits: Option<bool>,
}

fn hang_up(way: Way, how: &How<'_>) -> Result<Farewell, NoData> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    let server = Builder::new().spawn(move || serve(&listener, way))?;
    let mut client = connect(addr)?;
    client.write_all(&frame(0x81, b"a word that the server may never read"))?;
    how.pause(BUSY)?;
    let (messages, reset) = read_all(&mut client);
    drop(client);
    // A server that fails at its goodbye has said what it could: the client's books show it.
    drop(server.join());
    Ok(Farewell { messages, reset, server_waits: lingers(addr) })
}

/// Whether the connection lingers at the end of that address.
fn lingers(server: SocketAddr) -> Option<bool> {
    let (here, there) = tcp::waiting(server.port())?;
    Some(here > 0 && there == 0)
}

/// Counts the messages that come, answers a Close frame, and says whether it ended with a reset.
fn read_all(client: &mut TcpStream) -> (usize, bool) {
    let mut messages = 0;
    loop {
        match read_frame(client) {
            Ok(frame) if frame.opcode() == 8 => {
                // A server that is gone needs no answer.
                drop(client.write_all(&super::wires::frame(0x88, &frame.payload)));
            }
            Ok(_) => messages += 1,
            Err(error) => return (messages, error.kind() == ErrorKind::ConnectionReset),
        }
    }
}

/// The server: 200 messages, a Close frame, and the end.
fn serve(listener: &TcpListener, way: Way) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // The client's word is in the socket before anything is decided.
    stream.peek(&mut [0])?;
    let mut bytes = vec![0x81, 126];
    bytes.extend_from_slice(&(BYTES as u16).to_be_bytes());
    bytes.resize(4 + BYTES, b'x');
    for _ in 0..MESSAGES {
        stream.write_all(&bytes)?;
    }
    stream.write_all(&[0x88, 2, 3, 0xe8])?;
    match way {
        Way::Abrupt => return Ok(()),
        Way::Handshake => while read_frame(&mut stream)?.opcode() != 8 {},
        Way::Drain => {
            stream.shutdown(Shutdown::Write)?;
            while stream.read(&mut [0; 4096])? > 0 {}
        }
    }
    // The server closes first (RFC 6455 §7.1.1); the client goes when it has seen the end.
    drop(stream);
    thread::yield_now();
    Ok(())
}
