//! Whole runs against the floor, and what the tests of the other wires share.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use super::*;
use crate::compare::floor;
use crate::scenario::{self, Arrivals};

/// Six members in two rooms, a hundred messages in 200 ms, and little patience.
pub(super) fn small() -> Scenario {
    Scenario {
        members: 6,
        rooms: 2,
        rate: 500.0,
        arrivals: Arrivals::Random,
        warm_up: Duration::from_millis(40),
        duration: Duration::from_millis(200),
        drain: Duration::from_millis(400),
        ..scenario::named("ping").unwrap()
    }
}

/// Notes the phases it is told.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) phases: Vec<Phase>,
    pub(super) reports: Vec<Progress>,
}

impl Observer for Watch {
    fn phase(&mut self, phase: Phase) {
        self.phases.push(phase);
    }

    fn progress(&mut self, progress: &Progress) {
        self.reports.push(*progress);
    }
}

pub(super) fn play_to(
    scenario: &Scenario,
    wire: Wire,
    addr: SocketAddr,
) -> Result<Outcome, LoadError> {
    let plan = Plan::new(scenario, 1);
    run(
        scenario,
        &plan,
        &Target { addr, wire, first_room: 0 },
        &mut Watch::default(),
        &Interrupt::new(),
    )
}

/// A run in which every delivery arrived and nothing was found.
pub(super) fn assert_clean(outcome: &Outcome) {
    assert_eq!(outcome.findings, Findings::default(), "{:?}", outcome.trouble);
    assert_eq!((outcome.delivered, outcome.gone), (outcome.expected, 0));
    assert_eq!(outcome.trouble, None);
    assert_eq!(outcome.response.len(), outcome.delivered);
    assert_eq!(outcome.service.len(), outcome.delivered);
    assert_eq!(outcome.send_lag.len(), outcome.messages);
    assert!(outcome.delivered_in_time <= outcome.delivered);
}

/// A listener on a port of its own.
pub(super) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// Runs `server` in a thread of its own while `client` runs here.
pub(super) fn beside<T>(server: impl FnOnce() + Send + 'static, client: impl FnOnce() -> T) -> T {
    let server = thread::Builder::new().spawn(server).unwrap();
    let outcome = client();
    server.join().unwrap();
    outcome
}

fn with_floor<T>(client: impl FnOnce(SocketAddr) -> T) -> T {
    let (listener, addr) = listener();
    let stop = Interrupt::new();
    let heard = stop.clone();
    let server = move || floor::serve(listener, &heard).unwrap();
    beside(server, move || {
        let outcome = client(addr);
        stop.raise();
        outcome
    })
}

#[test]
fn the_floor_delivers_everything() {
    for (members, rooms, text_bytes) in [(6, 2, 80), (1, 1, 1), (20, 3, 4096)] {
        let scenario = Scenario { members, rooms, text_bytes, ..small() };
        let outcome = with_floor(|addr| play_to(&scenario, Wire::Bare, addr)).unwrap();
        assert_clean(&outcome);
        assert_eq!(outcome.messages, 100);
        if let Some(wire) = outcome.wire {
            // Every delivery is one frame, and the frames that came are the frames that were sent.
            assert!(wire.bytes_received >= outcome.delivered * u64::from(text_bytes));
            assert!(wire.segments_received >= outcome.delivered / 100);
        }
    }
}

#[test]
fn phases_come_in_order_and_progress_is_told() {
    let scenario = small();
    let mut watch = Watch::default();
    let plan = Plan::new(&scenario, 1);
    with_floor(|addr| {
        let target = Target { addr, wire: Wire::Bare, first_room: 0 };
        run(&scenario, &plan, &target, &mut watch, &Interrupt::new())
    })
    .unwrap();
    let expected =
        [Phase::Connecting, Phase::Settled, Phase::WarmingUp, Phase::Measuring, Phase::Drained];
    assert_eq!(watch.phases, expected);
    let report = watch.reports.last().unwrap();
    assert_eq!((report.phase, report.expected), (Phase::Measuring, 300));
    assert!(report.sent > 0 && report.delivered > 0 && report.recent_rate > 0.0);
}

#[test]
fn without_a_warm_up_there_is_no_such_phase() {
    let scenario = Scenario { warm_up: Duration::ZERO, ..small() };
    assert_clean(&with_floor(|addr| play_to(&scenario, Wire::Bare, addr)).unwrap());
}

#[test]
fn more_members_than_handshakes_under_way_can_join() {
    let scenario = Scenario { members: 300, rooms: 300, ..small() };
    assert_clean(&with_floor(|addr| play_to(&scenario, Wire::Bare, addr)).unwrap());
}

#[test]
fn nobody_there_is_an_error_of_one_line() {
    let (listener, addr) = listener();
    drop(listener);
    for wire in [Wire::Bare, Wire::WebSocket, Wire::LongPoll] {
        let error = play_to(&small(), wire, addr).unwrap_err();
        assert!(matches!(error, LoadError::Connect { joined: 0, members: 6, .. }), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn an_interrupt_ends_a_run() {
    /// Asks to stop as soon as the measured phase begins.
    struct Impatient(Interrupt);
    impl Observer for Impatient {
        fn phase(&mut self, phase: Phase) {
            if phase == Phase::Measuring {
                self.0.raise();
            }
        }
        fn progress(&mut self, _progress: &Progress) {}
    }
    let interrupt = Interrupt::new();
    let mut observer = Impatient(interrupt.clone());
    let scenario = Scenario { duration: Duration::from_secs(3600), ..small() };
    let plan = Plan::new(&scenario, 1);
    let outcome = with_floor(|addr| {
        run(
            &scenario,
            &plan,
            &Target { addr, wire: Wire::Bare, first_room: 0 },
            &mut observer,
            &interrupt,
        )
    });
    assert!(matches!(outcome, Err(LoadError::Interrupted)));
}
