//! Runs against a scripted long-polling server that does one odd thing at a time.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::load::Outcome;
use crate::load::tests::{assert_clean, listener, play_to, small};
use crate::message::{ChatMessage, ClientMessage, ServerMessage, Wire};
use crate::scenario::{LoopKind, Scenario};

/// What is odd about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Plain,
    /// Bodies come in chunks of seven bytes.
    Chunked,
    /// Every answer closes its connection and says so.
    ClosesPolitely,
    /// Every third answer closes its connection and does not say so.
    ClosesSilently,
    /// Everything comes in one answer, when everything has been said.
    Hoards,
    /// One message is left out of an answer, which says so.
    Misses,
    /// One say is refused.
    Refuses,
    /// One say is answered late, and its messages come late.
    Freezes,
    /// Every say is answered long after its message has come to everybody.
    Dawdles,
}

const FREEZE: Duration = Duration::from_millis(150);
/// Which message of a room is hit.
const HIT: usize = 20;

/// Each room's encoded messages.
type Rooms = HashMap<String, Vec<String>>;

#[derive(Default)]
struct House {
    rooms: Mutex<Rooms>,
    moved: Condvar,
    has_refused: AtomicBool,
}

/// Does nothing for so long.
fn pause(time: Duration) {
    let (_never, end) = channel::<()>();
    let _ = end.recv_timeout(time);
}

fn serve(listener: TcpListener, manner: Manner) {
    let house = Arc::new(House::default());
    let acceptor = move || {
        while let Ok((stream, _)) = listener.accept() {
            let house = Arc::clone(&house);
            let talk = move || {
                // The end of a connection is the end of its thread, however it came about.
                let _ = talk(stream, &house, manner);
            };
            thread::Builder::new().spawn(talk).unwrap();
        }
    };
    // It waits for connections until the process of the tests ends.
    thread::Builder::new().spawn(acceptor).unwrap();
}

fn talk(mut stream: TcpStream, house: &House, manner: Manner) -> Option<()> {
    let mut answers = 0;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).ok()?;
        let value = |key: &str| {
            let (_, rest) = head.split_once(key)?;
            Some(rest.split(['&', ' ', '\r']).next()?.to_owned())
        };
        let room = value("room=")?;
        let (status, body) = if head.starts_with("POST /say") {
            let mut body = vec![0; value("Content-Length: ")?.parse().ok()?];
            stream.read_exact(&mut body).ok()?;
            let said = ClientMessage::decode(&body).ok()?;
            let answer = house.say(&room, &value("name=")?, &said, manner);
            if manner == Manner::Dawdles {
                pause(FREEZE / 3);
            }
            answer
        } else {
            let since = value("since=").map(|since| since.parse().unwrap());
            // An epoch is the server's own text, and has to be encoded for the URL.
            assert!(since.is_none() || head.contains("&epoch=e+1&wait=25 HTTP/1.1"), "{head}");
            (200, house.poll(&room, since, manner))
        };
        answers += 1;
        let closes = match manner {
            Manner::ClosesPolitely => true,
            Manner::ClosesSilently => answers % 3 == 0,
            _ => false,
        };
        let close = if manner == Manner::ClosesPolitely { "Connection: close\r\n" } else { "" };
        let body = match manner {
            Manner::Chunked => {
                let pieces = body.as_bytes().chunks(7).map(|piece| {
                    format!("{:x}\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece))
                });
                format!("Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", pieces.collect::<String>())
            }
            _ => format!("Content-Length: {}\r\n{close}\r\n{body}", body.len()),
        };
        stream.write_all(format!("HTTP/1.1 {status} Whatever\r\n{body}").as_bytes()).ok()?;
        if closes {
            return None;
        }
    }
}

impl House {
    fn say(
        &self,
        room: &str,
        name: &str,
        said: &ClientMessage<'_>,
        manner: Manner,
    ) -> (u16, String) {
        let mut rooms = self.rooms.lock().unwrap();
        let log = rooms.entry(room.to_owned()).or_default();
        let is_hit = room == "r0" && log.len() == HIT;
        if is_hit && manner == Manner::Refuses && !self.has_refused.swap(true, Ordering::Relaxed) {
            return (503, r#"{"type":"error","code":"full","message":"not now"}"#.to_owned());
        }
        if is_hit && manner == Manner::Freezes {
            pause(FREEZE);
        }
        let seq = log.len() as u64 + 1;
        let ClientMessage::Say { text, id } = said.clone();
        let message = ChatMessage { seq, from: name.into(), id, at: 1_732_312_345_123, text };
        let mut encoded = Vec::new();
        ServerMessage::Message(message).encode(&mut encoded);
        log.push(String::from_utf8(encoded).unwrap());
        self.moved.notify_all();
        (200, format!(r#"{{"seq":{seq}}}"#))
    }

    /// Without `since` the answer comes at once and says where the room is.
    fn poll(&self, room: &str, since: Option<usize>, manner: Manner) -> String {
        let mut rooms = self.rooms.lock().unwrap();
        let head = |rooms: &Rooms| rooms.get(room).map_or(0, Vec::len);
        let mut missed = 0;
        let mut since = since.unwrap_or_else(|| {
            missed = usize::MAX;
            head(&rooms)
        });
        if missed == 0 {
            let wait = Duration::from_secs(1);
            let awaited = if manner == Manner::Hoards { 100 } else { since + 1 };
            (rooms, _) =
                self.moved.wait_timeout_while(rooms, wait, |rooms| head(rooms) < awaited).unwrap();
        }
        missed = 0;
        let next = head(&rooms);
        if manner == Manner::Misses && room == "r0" && (since..next).contains(&HIT) {
            missed = HIT + 1 - since;
            since = HIT + 1;
        }
        let messages = rooms.get(room).map(|log| log[since..].join(",")).unwrap_or_default();
        format!(r#"{{"epoch":"e 1","next":{next},"missed":{missed},"messages":[{messages}]}}"#)
    }
}

fn play(manner: Manner) -> Outcome {
    let (listener, addr) = listener();
    serve(listener, manner);
    play_to(&Scenario { drain: Duration::from_secs(5), ..small() }, Wire::LongPoll, addr).unwrap()
}

#[test]
fn a_correct_server_has_no_findings_however_it_frames_its_answers() {
    for manner in [Manner::Plain, Manner::Chunked, Manner::ClosesPolitely, Manner::ClosesSilently] {
        let outcome = play(manner);
        assert_clean(&outcome);
        assert_eq!((outcome.messages, outcome.expected), (100, 300), "{manner:?}");
    }
}

#[test]
fn an_answer_longer_than_a_turn_of_reading_is_read_to_its_end() {
    let (listener, addr) = listener();
    serve(listener, Manner::Hoards);
    let warm_up = Duration::ZERO;
    let scenario = Scenario { members: 3, rooms: 1, text_bytes: 4096, warm_up, ..small() };
    assert_clean(&play_to(&scenario, Wire::LongPoll, addr).unwrap());
}

#[test]
fn what_a_server_admits_to_have_missed_is_lost_and_not_waited_for() {
    let Outcome { findings, gone, .. } = play(Manner::Misses);
    assert!(findings.lost >= 3, "{findings:?}");
    assert_eq!((findings.doubled, findings.reordered, findings.leaked, gone), (0, 0, 0, 0));
}

#[test]
fn a_refused_say_is_told_and_lost_for_its_room() {
    let outcome = play(Manner::Refuses);
    assert_eq!(outcome.findings.lost, 3, "{:?}", outcome.findings);
    assert!(outcome.trouble.unwrap().ends_with("refused with 503: not now"));
}

#[test]
fn a_refused_say_does_not_stop_its_speaker_in_a_closed_loop() {
    let (listener, addr) = listener();
    serve(listener, Manner::Refuses);
    let patient = Scenario { drain: Duration::from_secs(5), ..small() };
    let scenario = Scenario { loop_kind: LoopKind::Closed, ..patient };
    let outcome = play_to(&scenario, Wire::LongPoll, addr).unwrap();
    assert_eq!(outcome.findings.lost, 3, "{:?}", outcome.findings);
}

#[test]
fn a_frozen_server_shows_in_the_response_time_and_not_in_the_service_time() {
    let outcome = play(Manner::Freezes);
    assert_clean(&outcome);
    assert!(outcome.response.max() >= FREEZE.as_nanos() as u64);
    // While a say is under way the next ones of its member wait: they were intended long before
    // they were sent, and only the response time knows.
    // That is no lateness of the generator, which handed them over in time: of what response and
    // service time differ by, its lag is only a part.
    let waited = outcome.response.mean() - outcome.service.mean();
    assert!(waited > outcome.send_lag.mean() + 1e6, "{waited} ns, {}", outcome.send_lag.mean());
}

#[test]
fn a_refusal_at_the_first_poll_is_told_in_the_servers_words() {
    let (listener, addr) = listener();
    let server = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 512]).unwrap();
        let body = r#"{"type":"error","code":"wrong-backend","message":"use --backend long-poll"}"#;
        let head = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).unwrap();
    };
    let one = Scenario { members: 1, rooms: 1, ..small() };
    let error = crate::load::tests::beside(server, || play_to(&one, Wire::LongPoll, addr));
    let expected = "the server answered 404: use --backend long-poll (0 of 1 members had joined)";
    assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn a_receipt_that_comes_after_its_message_is_still_of_the_measured_time() {
    let (listener, addr) = listener();
    serve(listener, Manner::Dawdles);
    let (warm_up, duration) = (Duration::ZERO, Duration::from_millis(100));
    let one = Scenario { members: 3, rooms: 1, rate: 10.0, warm_up, duration, ..small() };
    let outcome = play_to(&one, Wire::LongPoll, addr).unwrap();
    assert_clean(&outcome);
    let down = outcome.ledger.unwrap().measured.down;
    let head = |body: usize| format!("HTTP/1.1 200 Whatever\r\nContent-Length: {body}\r\n\r\n");
    // Three answers with the message, of a hundred bytes and more, and the receipt.
    assert_eq!(down.http, 3 * head(100).len() as u64 + head(9).len() as u64);
}
