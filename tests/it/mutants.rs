//! Self-proof: servers that lie are caught, each by its own finding and by no other, and servers
//! that do not lie are not accused.
//!
//! The servers are small, blocking and written here, so that a mistake in a backend and the same one
//! in the generator cannot agree. They are honest except for one habit each (`habit`), and speak
//! either wire (`ws`, `poll`).

pub(crate) mod habit;
pub(crate) mod hall;
mod poll;
mod ws;

use std::net::SocketAddr;
use std::time::Duration;

use duplex_lab::backend::ALL;
use duplex_lab::chat::Limits;
use duplex_lab::load::{self, Observer, Outcome, Phase, Progress, Target};
use duplex_lab::machine::Interrupt;
use duplex_lab::message::Wire;
use duplex_lab::plan::Plan;
use duplex_lab::sample::Findings;
use duplex_lab::scenario::{self, LoopKind, Scenario};

use self::habit::{EVERY, Habit, LATE};
use self::hall::Server;
use crate::support;

struct Nobody;

impl Observer for Nobody {
    fn phase(&mut self, _phase: Phase) {}
    fn progress(&mut self, _progress: &Progress) {}
}

/// Six members in two rooms, 1,100 messages, 3,300 deliveries.
fn scenario(loop_kind: LoopKind) -> Scenario {
    Scenario {
        members: 6,
        rooms: 2,
        rate: 1000.0,
        loop_kind,
        warm_up: Duration::from_millis(100),
        duration: Duration::from_secs(1),
        drain: Duration::from_secs(2),
        ..scenario::named("ping").expect("it is embedded")
    }
}

fn play(addr: SocketAddr, wire: Wire, loop_kind: LoopKind) -> Outcome {
    let scenario = scenario(loop_kind);
    let plan = Plan::new(&scenario, 1);
    let target = Target { addr, wire, first_room: 0, tls: None };
    load::run(&scenario, &plan, &target, &mut Nobody, &Interrupt::new()).expect("the members join")
}

fn play_to(habit: Habit, wire: Wire, loop_kind: LoopKind) -> Outcome {
    let server = Server::start(habit, wire);
    play(server.at, wire, loop_kind)
}

/// Lost, doubled, reordered, leaked, corrupted.
fn counts(findings: &Findings) -> [u64; 5] {
    let Findings { lost, doubled, reordered, leaked, corrupted, .. } = findings;
    [*lost, *doubled, *reordered, *leaked, *corrupted]
}

/// That a server with this habit is found to have done exactly this, and nothing else.
fn caught(habit: Habit, wire: Wire, expected: [u64; 5]) {
    let outcome = play_to(habit, wire, LoopKind::Open);
    let findings = &outcome.findings;
    assert_eq!(outcome.checked, 3300);
    assert_eq!(counts(findings), expected, "{habit:?} over {wire:?}: {findings:?}");
    assert!(!findings.examples.is_empty(), "{habit:?} over {wire:?} is not told in words");
}

fn cleared(outcome: &Outcome) {
    assert_eq!(outcome.findings, Findings::default(), "{:?}", outcome.trouble);
    assert_eq!((outcome.delivered, outcome.gone), (outcome.expected, 0));
    assert_eq!(outcome.trouble, None);
}

#[test]
fn an_honest_server_is_not_accused() {
    for wire in [Wire::WebSocket, Wire::LongPoll] {
        for loop_kind in [LoopKind::Open, LoopKind::Closed] {
            cleared(&play_to(Habit::None, wire, loop_kind));
        }
    }
}

#[test]
fn the_backends_of_the_house_are_not_accused() {
    for backend in ALL {
        for loop_kind in [LoopKind::Open, LoopKind::Closed] {
            let server = support::Server::start(*backend, Limits::default());
            cleared(&play(server.at, server.wire, loop_kind));
        }
    }
}

#[test]
fn every_thousandth_delivery_dropped_is_lost() {
    for wire in [Wire::WebSocket, Wire::LongPoll] {
        caught(Habit::DropsEveryThousandth, wire, [3300 / EVERY, 0, 0, 0, 0]);
    }
}

#[test]
fn one_delivery_made_twice_is_doubled() {
    for wire in [Wire::WebSocket, Wire::LongPoll] {
        caught(Habit::DoublesOne, wire, [0, 1, 0, 0, 0]);
    }
}

#[test]
fn swapped_neighbours_are_reordered() {
    for wire in [Wire::WebSocket, Wire::LongPoll] {
        caught(Habit::SwapsNeighbours, wire, [0, 0, 1, 0, 0]);
    }
}

#[test]
fn a_message_of_another_room_is_leaked() {
    caught(Habit::LeaksOne, Wire::WebSocket, [0, 0, 0, 1, 0]);
}

#[test]
fn a_loss_hidden_by_new_numbers_is_lost() {
    for wire in [Wire::WebSocket, Wire::LongPoll] {
        caught(Habit::HidesALoss, wire, [1, 0, 0, 0, 0]);
    }
}

#[test]
fn a_changed_text_is_corrupted() {
    for wire in [Wire::WebSocket, Wire::LongPoll] {
        caught(Habit::ChangesAText, wire, [0, 0, 0, 0, 1]);
    }
}

/// Late is no finding: everything came. It shows where time is told.
#[test]
fn a_late_answer_is_late_and_nothing_else() {
    let outcome = play_to(Habit::AnswersLate, Wire::WebSocket, LoopKind::Open);
    cleared(&outcome);
    let late = LATE.as_nanos() as u64;
    // The histogram keeps three digits.
    let least = late - late / 1000;
    assert!(outcome.service.min() >= least && outcome.response.min() >= least);
    // What was said in the last of the measured time came when it was over.
    assert!(outcome.delivered_in_time < outcome.delivered, "{}", outcome.delivered_in_time);
    assert!(outcome.seconds > 1.0);
}

/// What the bench of the checks' cost compares with: a generator that believes everything.
#[test]
fn without_checks_even_a_liar_is_believed_and_nothing_is_timed() {
    let server = Server::start(Habit::ChangesAText, Wire::WebSocket);
    let scenario = scenario(LoopKind::Open);
    let plan = Plan::new(&scenario, 1);
    let outcome = load::run_unchecked(&scenario, &plan, server.at, &mut Nobody, &Interrupt::new())
        .expect("the members join");
    assert_eq!((outcome.delivered, outcome.expected), (3000, 3000));
    assert!(outcome.findings.is_clean());
    assert!(outcome.response.is_empty() && outcome.service.is_empty());
}
