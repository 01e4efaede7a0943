//! Whole runs against the floor, and what the tests of the other wires share.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use super::*;
use crate::compare::floor;
use crate::scenario::{self, Arrivals};

/// Six members in two rooms, a hundred messages in 200 ms, and not much patience.
pub(super) fn small() -> Scenario {
    Scenario {
        members: 6,
        rooms: 2,
        rate: 500.0,
        arrivals: Arrivals::Random,
        warm_up: Duration::from_millis(40),
        duration: Duration::from_millis(200),
        // Longer than a busy machine keeps a server waiting for its turn.
        drain: Duration::from_secs(1),
        ..scenario::named("ping").unwrap()
    }
}

/// Notes the phases it is told.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) phases: Vec<Phase>,
    pub(super) reports: Vec<Progress>,
    pub(super) steps: Vec<u32>,
}

impl Observer for Watch {
    fn joined(&mut self, members: u32) {
        self.steps.push(members);
    }

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
        &Target { addr, wire, first_room: 0, tls: None },
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
    assert!(outcome.checked >= outcome.expected);
    let warm_up = outcome.warm_up.as_ref().map_or(0, Histogram::len);
    assert_eq!(warm_up, outcome.checked - outcome.expected);
    assert_littles_law(outcome);
    assert_reconciled(outcome);
}

/// N = λ·W within 5 % (rule M9).
fn assert_littles_law(outcome: &Outcome) {
    let counted = outcome.in_flight.unwrap();
    let law = outcome.delivered as f64 / outcome.seconds * outcome.service.mean() / SECOND as f64;
    assert!((counted - law).abs() <= 0.05 * law, "{counted} under way, {law} by the law");
}

/// A run whose books agree with the kernel to the byte, where the kernel tells.
pub(super) fn assert_reconciled(outcome: &Outcome) {
    let Ledger { set_up, measured } = outcome.ledger.unwrap();
    for account in [set_up, measured] {
        let is_told = cfg!(all(target_os = "linux", not(feature = "portable")));
        let expected = is_told.then_some((0, 0));
        assert_eq!(account.unassigned(), expected, "{account:#?}");
    }
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

/// The next member that comes, answered at once: some join only when those before them have.
fn welcomed(listener: &TcpListener) -> TcpStream {
    let (mut line, _) = listener.accept().unwrap();
    line.read_exact(&mut [0; b"room 0\n".len()]).unwrap();
    line.write_all(b"ok\n").unwrap();
    line
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
        let target = Target { addr, wire: Wire::Bare, first_room: 0, tls: None };
        run(&scenario, &plan, &target, &mut watch, &Interrupt::new())
    })
    .unwrap();
    let expected =
        [Phase::Connecting, Phase::Settled, Phase::WarmingUp, Phase::Measuring, Phase::Drained];
    assert_eq!(watch.phases, expected);
    assert_eq!(watch.steps, [0, 1, 3, 4, 6]);
    let report = watch.reports.last().unwrap();
    assert_eq!((report.phase, report.expected), (Phase::Measuring, 300));
    assert!(report.sent > 0 && report.delivered > 0 && report.recent_rate > 0.0);
}

#[test]
fn looking_at_memory_is_not_part_of_the_set_up_time() {
    const LOOK: Duration = Duration::from_millis(30);
    /// Takes its time at every step, and notes how long connecting took with that.
    #[derive(Default)]
    struct Slow {
        looks: u32,
        connecting: Option<Instant>,
        took: Duration,
    }
    impl Observer for Slow {
        fn joined(&mut self, _members: u32) {
            let begun = Instant::now();
            while begun.elapsed() < LOOK {}
            self.looks += 1;
        }
        fn phase(&mut self, phase: Phase) {
            match (phase, self.connecting) {
                (Phase::Connecting, _) => self.connecting = Some(Instant::now()),
                (Phase::Settled, Some(begun)) => self.took = begun.elapsed(),
                _ => {}
            }
        }
        fn progress(&mut self, _progress: &Progress) {}
    }
    let scenario = small();
    let plan = Plan::new(&scenario, 1);
    let mut slow = Slow::default();
    let outcome = with_floor(|addr| {
        let target = Target { addr, wire: Wire::Bare, first_room: 0, tls: None };
        run(&scenario, &plan, &target, &mut slow, &Interrupt::new())
    });
    let without = slow.took.saturating_sub(slow.looks * LOOK);
    assert!(slow.looks == 5 && outcome.unwrap().set_up_seconds <= without.as_secs_f64());
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
fn the_longest_time_is_told_apart_from_all_others() {
    let seconds = |drain: u64| {
        let (warm_up, duration) = (Duration::from_secs(20), Duration::from_secs(600));
        longest(&Scenario { warm_up, duration, drain: Duration::from_secs(drain), ..small() })
            / SECOND
    };
    assert_eq!((seconds(5), seconds(90)), (20 + 600 + 60 + 10, 20 + 600 + 90 + 10));
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
            &Target { addr, wire: Wire::Bare, first_room: 0, tls: None },
            &mut observer,
            &interrupt,
        )
    });
    assert!(matches!(outcome, Err(LoadError::Interrupted)));
}

#[test]
fn a_closed_loop_plays_the_whole_plan_one_message_per_speaker_at_a_time() {
    // Far more is due than can come back in time, and the speaker of each message is known.
    let scenario = Scenario {
        rate: 20_000.0,
        loop_kind: LoopKind::Closed,
        drain: Duration::from_secs(10),
        ..small()
    };
    let outcome = with_floor(|addr| play_to(&scenario, Wire::Bare, addr)).unwrap();
    assert_clean(&outcome);
    assert_eq!(outcome.messages, 4000);
    // Three members share a room and each has one message under way at most.
    let most = f64::from(scenario.members * scenario.members / scenario.rooms);
    assert!(outcome.in_flight.unwrap() <= most, "{:?}", outcome.in_flight);
}

#[test]
fn what_never_comes_back_ends_a_closed_loop_and_is_told() {
    // It welcomes everybody, takes what they say, and says nothing.
    let (listener, addr) = listener();
    let scenario = Scenario {
        members: 2,
        rooms: 1,
        warm_up: Duration::ZERO,
        loop_kind: LoopKind::Closed,
        ..small()
    };
    let mute = move || {
        for mut line in [welcomed(&listener), welcomed(&listener)] {
            let mut heard = Vec::new();
            line.read_to_end(&mut heard).unwrap();
            let text = String::from_utf8_lossy(&heard);
            assert_eq!(text.matches(r#""type":"message""#).count(), 1, "{text}");
        }
    };
    let outcome = beside(mute, || play_to(&scenario, Wire::Bare, addr)).unwrap();
    assert_eq!((outcome.delivered, outcome.findings.lost), (0, outcome.expected));
    assert_eq!(outcome.send_lag.len(), 2, "each speaker sent once");
    let trouble = outcome.trouble.unwrap();
    assert!(trouble.starts_with("98 messages were never sent, the first is "), "{trouble}");
}

#[test]
fn a_server_that_dies_ends_a_closed_loop() {
    let (listener, addr) = listener();
    let scenario = Scenario { members: 2, rooms: 1, loop_kind: LoopKind::Closed, ..small() };
    let dying = move || {
        let [mut first, _second] = [welcomed(&listener), welcomed(&listener)];
        first.read_exact(&mut [0]).unwrap();
    };
    let outcome = beside(dying, || play_to(&scenario, Wire::Bare, addr)).unwrap();
    assert_eq!((outcome.delivered, outcome.gone), (0, 2));
}
