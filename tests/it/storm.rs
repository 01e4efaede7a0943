//! Members whose connections are cut again and again come back and lose nothing; over the restart
//! of a server they are told.

mod scissors;

use std::time::Duration;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;
use duplex_lab::load::{self, Observer, Outcome, Phase, Progress, Target};
use duplex_lab::machine::Interrupt;
use duplex_lab::plan::Plan;
use duplex_lab::sample::Findings;
use duplex_lab::scenario::{self, Scenario};

use self::scissors::Scissors;
use crate::conformance::Verdict::Kept;
use crate::conformance::{Verdict, every_backend};
use crate::support::Server;

const CUTS: u32 = 60;

fn scenario(seconds: u64) -> Scenario {
    Scenario {
        members: 12,
        rooms: 2,
        rate: 300.0,
        warm_up: Duration::ZERO,
        duration: Duration::from_secs(seconds),
        drain: Duration::from_secs(15),
        reconnect: Duration::from_millis(40),
        ..scenario::named("ping").expect("it is embedded")
    }
}

fn play(
    scenario: &Scenario,
    backend: &dyn Backend,
    scissors: &Scissors,
    seed: u64,
    observer: &mut dyn Observer,
) -> Outcome {
    let plan = Plan::new(scenario, seed);
    let target = Target { addr: scissors.at, wire: backend.wire(), first_room: 0, tls: None };
    load::run(scenario, &plan, &target, observer, &Interrupt::new()).expect("everybody can join")
}

struct Unseen;

impl Observer for Unseen {
    fn phase(&mut self, _: Phase) {}

    fn progress(&mut self, _: &Progress) {}
}

#[test]
fn under_a_storm_of_cuts_nothing_is_lost_and_nothing_doubled() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        for seed in [1, 2, 3] {
            let server = Server::start(backend, Limits::default());
            let scenario = scenario(2);
            let scissors = Scissors::before(server.at, seed, CUTS);
            let outcome = play(&scenario, backend, &scissors, seed, &mut Unseen);
            let made = CUTS - scissors.left();
            println!(
                "{} seed {seed}: {made} cuts, {} come-backs, {} of {} deliveries",
                backend.name(),
                outcome.cuts,
                outcome.delivered,
                outcome.expected
            );
            assert!(outcome.cuts >= 10, "seed {seed}: only {} come-backs", outcome.cuts);
            assert_eq!(outcome.findings, Findings::default(), "seed {seed}: {:?}", outcome.trouble);
            assert_eq!((outcome.delivered, outcome.gone), (outcome.expected, 0), "seed {seed}");
            assert_eq!(outcome.resets, 0, "the log has one life");
        }
        Kept
    }
    every_backend("a storm of cut connections loses nothing and doubles nothing", check);
}

/// Restarts the server in the middle of the load.
struct Restart<'a> {
    old: Server,
    new: Server,
    scissors: &'a Scissors,
    is_done: bool,
}

impl Observer for Restart<'_> {
    fn phase(&mut self, _: Phase) {}

    fn progress(&mut self, progress: &Progress) {
        if !self.is_done && progress.phase == Phase::Measuring && progress.delivered > 300 {
            self.is_done = true;
            self.scissors.lead_to(self.new.at);
            self.old.stop();
        }
    }
}

#[test]
fn over_a_restart_everybody_is_told_reset() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let (old, new) =
            (Server::start(backend, Limits::default()), Server::start(backend, Limits::default()));
        let scissors = Scissors::before(old.at, 1, 0);
        let mut restart = Restart { old, new, scissors: &scissors, is_done: false };
        let scenario = Scenario { drain: Duration::from_secs(2), ..scenario(2) };
        let outcome = play(&scenario, backend, &scissors, 1, &mut restart);
        assert!(restart.is_done, "the server was never restarted");
        assert_eq!(outcome.resets, u64::from(scenario.members), "{:?}", outcome.trouble);
        assert_eq!(outcome.gone, 0, "{:?}", outcome.trouble);
        Kept
    }
    every_backend("R6 over the restart of a server every member is told reset", check);
}
