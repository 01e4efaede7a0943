//! Runs against a scripted WebSocket server that does one thing wrong at a time.

#[cfg(target_os = "linux")]
mod comeback;

use std::collections::HashMap;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::load::tests::{assert_clean, listener, play_to, small};
use crate::load::{LoadError, Outcome};
use crate::message::{ChatMessage, ClientMessage, Message as _, Refusal, ServerMessage, Wire};
use crate::sample::Findings;
use crate::scenario::Scenario;

/// What the server does with its `seq`-th message for a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Drop,
    Double,
    Corrupt,
    /// Sent to a member of another room too.
    Leak,
    /// The connection is closed instead.
    Close,
    /// Nothing is read or sent for a while.
    Freeze,
    /// A ping comes first, and the frame in two pieces.
    Ping,
    /// The message in two frames, with a ping between them.
    Fragments,
    /// These bytes come instead.
    Raw(&'static [u8]),
}

/// Which message of room r0 is hit, at member m0.
const HIT: u64 = 40;
const FREEZE: Duration = Duration::from_millis(150);

/// One connection, as the others see it.
struct Seat {
    room: String,
    name: String,
    stream: TcpStream,
}

#[derive(Default)]
struct Hall {
    seats: Vec<Seat>,
    /// How many messages each room has had.
    heads: HashMap<String, u64>,
}

/// Accepts until it is told to stop, a thread for each connection.
fn serve(listener: TcpListener, members: u32, fault: Fault) -> Receiver<()> {
    let hall = Arc::new(Mutex::new(Hall::default()));
    let (pongs, counted) = channel();
    let acceptor = move || {
        for _ in 0..members {
            let (stream, _) = listener.accept().unwrap();
            let (hall, pongs) = (Arc::clone(&hall), pongs.clone());
            let talk = move || {
                // The end of a connection is the end of its thread, however it came about.
                let _ = talk(stream, &hall, fault, &pongs);
            };
            thread::Builder::new().spawn(talk).unwrap();
        }
    };
    thread::Builder::new().spawn(acceptor).unwrap();
    counted
}

fn talk(mut stream: TcpStream, hall: &Mutex<Hall>, fault: Fault, pongs: &Sender<()>) -> Option<()> {
    let request = asked(&mut stream)?;
    let (room, name) = (value(&request, "room=")?, value(&request, "name=")?);
    let opening = opening(&request, 0)?;
    let seat = Seat { room: room.clone(), name: name.clone(), stream: stream.try_clone().ok()? };
    {
        let mut hall = hall.lock().unwrap();
        stream.write_all(&opening).ok()?;
        hall.seats.push(seat);
    }
    let mut ws = WebSocket::from_raw_socket(stream, Role::Server, None);
    loop {
        match ws.read().ok()? {
            Message::Text(text) => {
                let said = ClientMessage::decode(text.as_bytes()).ok()?;
                hall.lock().unwrap().say(&room, &name, &said, fault)?;
            }
            Message::Pong(_) => pongs.send(()).ok()?,
            _ => {}
        }
    }
}

/// The request of the next handshake.
fn asked(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    String::from_utf8(request).ok()
}

/// What stands behind `key` in a request.
fn value(request: &str, key: &str) -> Option<String> {
    let (_, rest) = request.split_once(key)?;
    Some(rest.split(['&', ' ', '\r']).next()?.to_owned())
}

/// The end of the handshake and the greeting, which come in the same segment.
fn opening(request: &str, head: u64) -> Option<Vec<u8>> {
    let accept = derive_accept_key(value(request, "Sec-WebSocket-Key: ")?.as_bytes());
    let hello = ServerMessage::Hello {
        backend: "scripted".into(),
        room: value(request, "room=")?.into(),
        name: value(request, "name=")?.into(),
        epoch: "e".into(),
        head,
    };
    let mut opening = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes();
    opening.extend(framed(&hello));
    Some(opening)
}

impl Hall {
    fn say(
        &mut self,
        room: &str,
        name: &str,
        said: &ClientMessage<'_>,
        fault: Fault,
    ) -> Option<()> {
        let ClientMessage::Say { text, id } = said;
        let head = self.heads.entry(room.to_owned()).or_default();
        *head += 1;
        let seq = *head;
        let is_hit = room == "r0" && seq == HIT;
        if is_hit && fault == Fault::Freeze {
            let (_never, freeze) = channel::<()>();
            let _ = freeze.recv_timeout(FREEZE);
        }
        let message = ChatMessage {
            seq,
            from: name.into(),
            id: id.clone(),
            at: 1_732_312_345_123,
            text: text.clone(),
        };
        let frame = framed(&ServerMessage::Message(message.clone()));
        for seat in &mut self.seats {
            let is_leak = is_hit && fault == Fault::Leak && seat.name == "m1";
            if seat.room == room || is_leak {
                let fault = if is_hit && seat.name == "m0" { fault } else { Fault::None };
                // A member that is gone hears nothing.
                let _ = seat.deliver(&message, &frame, fault);
            }
        }
        Some(())
    }
}

impl Seat {
    fn deliver(&mut self, message: &ChatMessage<'_>, frame: &[u8], fault: Fault) -> io::Result<()> {
        match fault {
            Fault::Drop => Ok(()),
            Fault::Double => self.stream.write_all(&[frame, frame].concat()),
            Fault::Corrupt => {
                let message = ChatMessage { text: "something else".into(), ..message.clone() };
                self.stream.write_all(&framed(&ServerMessage::Message(message)))
            }
            Fault::Close => self.stream.shutdown(std::net::Shutdown::Both),
            Fault::Ping => {
                self.stream.write_all(&[0x89, 2, b'h', b'i'])?;
                let (first, second) = frame.split_at(frame.len() / 2);
                self.stream.write_all(first)?;
                self.stream.write_all(second)
            }
            Fault::Fragments => {
                let mut json = Vec::new();
                ServerMessage::Message(message.clone()).encode(&mut json);
                let (front, back) = json.split_at(json.len() / 2);
                let first = [&[0x01, front.len() as u8], front].concat();
                let rest = [&[0x80, back.len() as u8], back].concat();
                self.stream.write_all(&[first, vec![0x89, 2, b'h', b'i'], rest].concat())
            }
            Fault::Raw(bytes) => self.stream.write_all(bytes),
            Fault::None | Fault::Leak | Fault::Freeze => self.stream.write_all(frame),
        }
    }
}

/// An unmasked text frame of a message short enough for two bytes of length.
fn framed(message: &ServerMessage<'_>) -> Vec<u8> {
    let mut json = Vec::new();
    message.encode(&mut json);
    let mut frame = match json.len() {
        short @ 0..=125 => vec![0x81, short as u8],
        long => [&[0x81, 126][..], &(long as u16).to_be_bytes()].concat(),
    };
    frame.extend(json);
    frame
}

/// A small run against a server with this fault, and how many pongs it got.
fn play(fault: Fault) -> (Outcome, usize) {
    let (listener, addr) = listener();
    let scenario = Scenario { speakers: Some(6), rate: 1000.0, ..small() };
    let pongs = serve(listener, scenario.members, fault);
    let outcome = play_to(&scenario, Wire::WebSocket, addr).unwrap();
    // All connections are closed, so every thread of the server drops its sender soon.
    (outcome, pongs.iter().count())
}

fn counts(findings: &Findings) -> [u64; 5] {
    let Findings { lost, doubled, reordered, leaked, corrupted, .. } = findings;
    [*lost, *doubled, *reordered, *leaked, *corrupted]
}

#[test]
fn a_correct_server_has_no_findings() {
    let (outcome, pongs) = play(Fault::None);
    assert_clean(&outcome);
    assert_eq!((outcome.messages, outcome.expected, pongs), (200, 600, 0));
}

#[test]
fn each_fault_is_found_under_its_own_name() {
    for (fault, expected) in [
        (Fault::Drop, [1, 0, 0, 0, 0]),
        (Fault::Double, [0, 1, 0, 0, 0]),
        (Fault::Leak, [0, 0, 0, 1, 0]),
        (Fault::Corrupt, [0, 0, 0, 0, 1]),
    ] {
        let (outcome, _) = play(fault);
        assert_eq!(counts(&outcome.findings), expected, "{fault:?}: {:?}", outcome.findings);
        assert_eq!(outcome.gone, 0);
    }
}

#[test]
fn a_ping_is_answered_and_a_frame_in_pieces_is_read() {
    let (outcome, pongs) = play(Fault::Ping);
    assert_clean(&outcome);
    assert_eq!(pongs, 1);
}

#[test]
fn a_message_in_fragments_around_a_ping_is_whole() {
    let (outcome, pongs) = play(Fault::Fragments);
    assert_clean(&outcome);
    assert_eq!(pongs, 1);
}

#[test]
fn what_no_server_may_send_ends_the_connection_and_is_named() {
    for (bytes, why) in [
        (&[0x81, 0x82, 1, 2, 3, 4, 5, 6][..], "broke the protocol"),
        (&[0xc1, 0], "broke the protocol"),
        (&[0x83, 0], "broke the protocol"),
        (&[0x80, 0], "broke the protocol"),
        (&[0x09, 0], "broke the protocol"),
        (&[0x81, 1, 0xff], "broke the protocol"),
        (&[0x81, 2, b'{', b'}'], "broke the protocol"),
        (&[0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255], "broke the protocol"),
        (&[0x88, 2, 3, 233], "closed the connection with code 1001"),
        (&[0x88, 5, 3, 243, b'b', b'u', b'g'], "closed the connection with code 1011 bug"),
        (&[0x88, 0], "closed the connection"),
    ] {
        let (outcome, _) = play(Fault::Raw(bytes));
        assert_eq!(outcome.gone, 1, "{bytes:?}");
        let trouble = outcome.trouble.unwrap_or_default();
        let said = trouble.contains(why) && trouble.starts_with("member 0: ");
        assert!(said && !trouble.contains('\n'), "{bytes:?}: {trouble}");
    }
}

#[test]
fn a_connection_that_the_server_closes_is_counted_and_not_waited_for() {
    let (outcome, _) = play(Fault::Close);
    assert_eq!(outcome.gone, 1);
    assert!(outcome.trouble.unwrap().starts_with("member 0: the server closed the connection"));
    let [lost, others @ ..] = counts(&outcome.findings);
    assert!(lost > 0);
    assert_eq!(others, [0; 4], "{:?}", outcome.findings);
}

#[test]
fn a_frozen_server_shows_in_the_response_time() {
    let (outcome, _) = play(Fault::Freeze);
    assert_clean(&outcome);
    // The sends went on while the server slept, so many messages waited, not just one.
    let freeze = FREEZE.as_nanos() as u64;
    assert!(outcome.response.max() >= freeze);
    let waited = outcome.response.count_between(freeze / 4, u64::MAX);
    assert!(waited > outcome.delivered / 10, "{waited} of {}", outcome.delivered);
}

/// Answers one connection with these bytes and closes it.
fn answer_once(answer: Vec<u8>) -> LoadError {
    let (listener, addr) = listener();
    let server = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 512];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(&answer).unwrap();
        // Whoever else wants to join is turned away by the closing of the listener.
    };
    let one = Scenario { members: 1, rooms: 1, speakers: None, ..small() };
    crate::load::tests::beside(server, || play_to(&one, Wire::WebSocket, addr)).unwrap_err()
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    let refusal = Refusal { code: "full".into(), message: "this server is full".into() };
    let body = String::from_utf8(refusal.to_json()).unwrap();
    let length = body.len();
    for head in [format!("Content-Length: {length}\r\n"), "Connection: close\r\n".to_owned()] {
        let answer = format!("HTTP/1.1 503 Service Unavailable\r\n{head}\r\n{body}");
        let error = answer_once(answer.into_bytes());
        assert_eq!(
            error.to_string(),
            "the server answered 503: this server is full (0 of 1 members had joined)"
        );
    }
}

#[test]
fn a_handshake_that_is_none_is_refused() {
    for (answer, expected) in [
        ("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: no\r\n\r\n", "does not fit"),
        ("SSH-2.0-OpenSSH_9.9\r\n", "no HTTP answer"),
        ("", "closed the connection during the handshake"),
        ("HTTP/1.1 101 Swit", "closed the connection during the handshake"),
    ] {
        let error = answer_once(answer.as_bytes().to_vec()).to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
}
