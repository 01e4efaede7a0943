//! The byte ledger before two witnesses: a proxy that counts what passes, and the kernel. All three
//! must agree to the byte, on every wire and on both sides of every length at which a WebSocket
//! header grows (RFC 6455 §5.2).

mod proxy;
mod scripted;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use duplex_lab::backend::ALL;
use duplex_lab::chat::Limits;
use duplex_lab::compare::floor;
use duplex_lab::load::{self, Observer, Outcome, Phase, Progress, Target};
use duplex_lab::machine::Interrupt;
use duplex_lab::message::Wire;
use duplex_lab::plan::Plan;
use duplex_lab::sample::{Ledger, Parts};
use duplex_lab::scenario::{self, Arrivals, Scenario};
use duplex_lab::units::MIB;

use self::proxy::{Passed, Proxy};
use super::support::Server;

/// Payloads of a frame: the last of each header length and the first of the next.
const LENGTHS: [u64; 4] = [125, 126, 65_535, 65_536];
const MEMBERS: u64 = 3;
/// Few enough that every number in a message has one digit, so that all have the same length.
const MESSAGES: u64 = 6;
const DELIVERIES: u64 = MESSAGES * MEMBERS;

struct Unseen;

impl Observer for Unseen {
    fn phase(&mut self, _: Phase) {}

    fn progress(&mut self, _: &Progress) {}
}

fn scenario(text_bytes: u64) -> Scenario {
    Scenario {
        members: MEMBERS as u32,
        rooms: 1,
        rate: 60.0,
        arrivals: Arrivals::Even,
        text_bytes: text_bytes as u32,
        warm_up: Duration::ZERO,
        duration: Duration::from_millis(100),
        drain: Duration::from_secs(10),
        ..scenario::named("ping").expect("it is embedded")
    }
}

/// Runs `work` in a thread of its own.
fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().spawn(work).expect("a thread can be had")
}

/// A run through the proxy: its outcome, and what passed.
fn play(scenario: &Scenario, server: SocketAddr, wire: Wire) -> (Outcome, Passed) {
    let proxy = Proxy::before(server);
    let plan = Plan::new(scenario, 1);
    let target = Target { addr: proxy.at, wire, first_room: 0, tls: None };
    let outcome = load::run(scenario, &plan, &target, &mut Unseen, &Interrupt::new());
    (outcome.expect("everybody can join"), proxy.finish())
}

fn limits() -> Limits {
    Limits { text_bytes: MIB, frame_bytes: MIB, ..Limits::default() }
}

/// Runs `client` beside a floor.
fn beside_floor<T>(client: impl FnOnce(SocketAddr) -> T) -> T {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let at = listener.local_addr().expect("a bound socket has an address");
    let stop = Interrupt::new();
    let heard = stop.clone();
    let server = start(move || floor::serve(listener, &heard));
    let outcome = client(at);
    stop.raise();
    server.join().expect("the floor does not panic").expect("the floor goes on");
    outcome
}

/// The length of the JSON around a text, in a message and in a say.
fn around() -> (u64, u64) {
    let message = r#"{"type":"message","seq":1,"from":"m0","id":"0","at":1732312345123,"text":""}"#;
    let say = r#"{"type":"say","text":"","id":"0"}"#;
    (message.len() as u64, say.len() as u64)
}

/// Bytes of a frame header before so many bytes, the masking key aside.
fn header(payload: u64) -> u64 {
    match payload {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => 10,
    }
}

/// The texts with which a message, or a say, has one of the lengths.
fn texts() -> Vec<u64> {
    let (message, say) = around();
    LENGTHS.iter().flat_map(|length| [length - message, length - say]).collect()
}

/// That books, kernel and proxy have seen the same bytes; `goodbye` is what each member's leaving
/// adds for the proxy, up and down.
fn assert_agreed(outcome: &Outcome, passed: Passed, goodbye: (u64, u64)) -> Ledger {
    let ledger = outcome.ledger.expect("every run has a ledger");
    let Ledger { set_up, measured } = ledger;
    let (up, down) = (set_up.up + measured.up, set_up.down + measured.down);
    let booked = (up.total() + MEMBERS * goodbye.0, down.total() + MEMBERS * goodbye.1);
    assert_eq!(booked, (passed.up, passed.down), "books and proxy, up and down: {ledger:#?}");
    if cfg!(all(target_os = "linux", not(feature = "portable"))) {
        assert_eq!(ledger.reconciles(), Some(true), "{ledger:#?}");
        let wire = outcome.wire.expect("Linux counts");
        assert_eq!(Some(wire.bytes_received), measured.kernel_down);
        assert!((1..=wire.segments_received).contains(&wire.data_segments_received));
        assert!((1..=wire.segments_sent).contains(&wire.data_segments_sent));
    }
    ledger
}

fn assert_clean(outcome: &Outcome) {
    assert!(outcome.findings.is_clean(), "{:?}", outcome.findings);
    assert_eq!((outcome.messages, outcome.delivered), (MESSAGES, DELIVERIES));
    assert_eq!(outcome.trouble, None);
}

/// A client's closing frame has a header and a masking key, the server's answer a header.
const FAREWELL: (u64, u64) = (6, 2);

#[test]
fn a_websocket_ledger_agrees_with_proxy_and_kernel_at_every_header_length() {
    let (message, say) = around();
    for backend in ALL.iter().filter(|backend| backend.wire() == Wire::WebSocket) {
        for text in texts() {
            // A fresh one, so that messages are numbered from 1.
            let server = Server::start(*backend, limits());
            let (outcome, passed) = play(&scenario(text), server.at, Wire::WebSocket);
            assert_clean(&outcome);
            let Ledger { set_up, measured } = assert_agreed(&outcome, passed, FAREWELL);
            let up = Parts {
                payload: MESSAGES * text,
                envelope: MESSAGES * say,
                framing: MESSAGES * header(say + text),
                masking: MESSAGES * 4,
                ..Parts::default()
            };
            let down = Parts {
                payload: DELIVERIES * text,
                envelope: DELIVERIES * message,
                framing: DELIVERIES * header(message + text),
                ..Parts::default()
            };
            assert_eq!((measured.up, measured.down), (up, down), "{} {text}", backend.name());
            // A greeting is one short frame.
            let Parts { handshake, framing, envelope, .. } = set_up.down;
            assert_eq!(
                (framing, handshake + framing + envelope),
                (2 * MEMBERS, set_up.down.total())
            );
            assert_eq!(set_up.up.handshake, set_up.up.total());
        }
    }
}

#[test]
fn a_long_poll_ledger_agrees_with_proxy_and_kernel() {
    let (message, say) = around();
    for backend in ALL.iter().filter(|backend| backend.wire() == Wire::LongPoll) {
        for text in texts() {
            // A fresh one, so that messages are numbered from 1.
            let server = Server::start(*backend, limits());
            let (outcome, passed) = play(&scenario(text), server.at, Wire::LongPoll);
            assert_clean(&outcome);
            let Ledger { set_up, measured } = assert_agreed(&outcome, passed, (0, 0));
            let Parts { payload, envelope, http, .. } = measured.up;
            assert_eq!((payload, envelope), (MESSAGES * text, MESSAGES * say));
            assert_eq!(payload + envelope + http, measured.up.total());
            let Parts { payload, envelope, http, .. } = measured.down;
            assert_eq!(payload, DELIVERIES * text);
            let receipts = MESSAGES * r#"{"seq":1}"#.len() as u64;
            assert!(envelope > DELIVERIES * message + receipts, "{envelope}");
            assert_eq!(payload + envelope + http, measured.down.total());
            // Everybody has joined, and everybody has asked again.
            assert_eq!(set_up.down.handshake, set_up.down.total());
            assert_eq!(set_up.up.handshake + set_up.up.http, set_up.up.total());
        }
    }
}

#[test]
fn what_closed_connections_carried_stays_in_the_books() {
    // Between two messages there is time enough for a server to close the connection for saying.
    let keep_alive = Duration::from_millis(100);
    let slow = Scenario { rate: 4.0, duration: Duration::from_millis(1500), ..scenario(80) };
    for backend in ALL.iter().filter(|backend| backend.wire() == Wire::LongPoll) {
        let server = Server::start(*backend, Limits { keep_alive, ..limits() });
        let (outcome, passed) = play(&slow, server.at, Wire::LongPoll);
        assert_clean(&outcome);
        assert_agreed(&outcome, passed, (0, 0));
        assert!(passed.connections > 2 * MEMBERS as usize, "{passed:?}");
    }
}

#[test]
fn the_floors_ledger_agrees_with_proxy_and_kernel() {
    let (message, _) = around();
    beside_floor(|at| {
        for length in LENGTHS {
            let text = length - message;
            let (outcome, passed) = play(&scenario(text), at, Wire::Bare);
            assert_clean(&outcome);
            let Ledger { set_up, measured } = assert_agreed(&outcome, passed, (0, 0));
            let frames = |count: u64| Parts {
                payload: count * text,
                envelope: count * message,
                framing: count * header(length),
                ..Parts::default()
            };
            assert_eq!((measured.up, measured.down), (frames(MESSAGES), frames(DELIVERIES)));
            let joined = |bytes: u64| Parts { handshake: bytes, ..Parts::default() };
            assert_eq!(set_up.up, joined(MEMBERS * b"room 0\n".len() as u64));
            assert_eq!(set_up.down, joined(MEMBERS * b"ok\n".len() as u64));
        }
    });
}

#[test]
fn a_warm_up_is_in_neither_account() {
    let (message, _) = around();
    beside_floor(|at| {
        let warm_up = Duration::from_millis(100);
        let with_warm_up = Scenario { warm_up, ..scenario(200) };
        let (outcome, passed) = play(&with_warm_up, at, Wire::Bare);
        let Ledger { set_up, measured } = outcome.ledger.expect("every run has a ledger");
        assert_eq!(measured.down.payload, DELIVERIES * 200);
        // The warm-up's ids have a `w` before the number, and numbers go on from there: some have
        // a digit more.
        let warmed_up = passed.down - set_up.down.total() - measured.down.total();
        let frame = 200 + message + 4;
        assert_eq!(warmed_up, DELIVERIES * (frame + 1));
    });
}

#[test]
fn control_frames_empty_frames_and_fragments_are_assigned() {
    let (server, at) = scripted::serve();
    let one = Scenario { members: 1, ..scenario(200) };
    let (outcome, passed) = play(&one, at, Wire::WebSocket);
    let witness = server.join().expect("the scripted server does not panic");
    assert!(outcome.findings.is_clean(), "{:?}", outcome.findings);
    assert_eq!(outcome.delivered, MESSAGES);
    // The empty frame is no message of a chat.
    assert!(outcome.trouble.as_ref().is_some_and(|said| said.contains("a binary frame came")));
    let Ledger { set_up, measured } = outcome.ledger.expect("every run has a ledger");
    let down = witness.said;
    assert_eq!(measured.down, down);
    assert_eq!(measured.up.control, witness.pongs);
    let (up, down) = (set_up.up + measured.up, set_up.down + measured.down);
    let booked = (up.total() + FAREWELL.0, down.total() + FAREWELL.1);
    assert_eq!(booked, (passed.up, passed.down));
    assert_ne!(measured.reconciles(), Some(false), "{measured:#?}");
    assert_ne!(set_up.reconciles(), Some(false), "{set_up:#?}");
}
