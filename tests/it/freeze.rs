//! Self-proof: a server that stands still for 1.4 seconds. What users waited is in the response time
//! of the same run whose service time, in a closed loop, looks as if nothing had happened.

use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use duplex_lab::backend::{ALL, Backend};
use duplex_lab::load::{self, Observer, Outcome, Phase, Progress, Target};
use duplex_lab::machine::Interrupt;
use duplex_lab::plan::Plan;
use duplex_lab::scenario::{self, Arrivals, LoopKind, Scenario};

use hdrhistogram::Histogram;

use crate::cli::running::Running;

/// When the server is frozen, counted from the beginning of the measured phase.
const FROZEN_AFTER: Duration = Duration::from_secs(1);
/// For how long.
const FROZEN_FOR: Duration = Duration::from_millis(1400);
/// How often a closed loop is asked at most.
const TRIES: u32 = 6;

/// Stops the server and lets it go on. Should the run end in between, whoever holds the server
/// kills it, which works on a stopped process too.
struct Freezer<'a> {
    server: &'a Running,
    frozen_at: Option<Duration>,
    is_thawed: bool,
}

impl Observer for Freezer<'_> {
    fn phase(&mut self, _phase: Phase) {}

    fn progress(&mut self, progress: &Progress) {
        let now = progress.elapsed;
        match self.frozen_at {
            _ if progress.phase != Phase::Measuring || self.is_thawed => {}
            None if now >= FROZEN_AFTER => {
                self.server.signal("STOP");
                self.frozen_at = Some(now);
            }
            Some(since) if now >= since + FROZEN_FOR => {
                self.server.signal("CONT");
                self.is_thawed = true;
            }
            _ => {}
        }
    }
}

/// Four members, 400 messages a second for three and a half seconds, a freeze in the middle.
fn frozen_run(backend: &dyn Backend, loop_kind: LoopKind) -> Outcome {
    let name = backend.name();
    let arguments = ["serve", "--backend", name, "--listen", "127.0.0.1:0"];
    let mut server = Running::start(&arguments, "freeze");
    let line = server.line();
    let addr = line.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let (addr, _) = addr.unwrap_or_else(|| panic!("{name} does not say where it listens: {line}"));
    let scenario = Scenario {
        members: 4,
        rate: 400.0,
        arrivals: Arrivals::Even,
        loop_kind,
        warm_up: Duration::from_millis(200),
        duration: Duration::from_millis(3500),
        ..scenario::named("ping").expect("it is embedded")
    };
    let target = Target {
        addr: addr.parse().expect("it is an address"),
        wire: backend.wire(),
        first_room: 0,
        tls: None,
    };
    let mut freezer = Freezer { server: &server, frozen_at: None, is_thawed: false };
    let plan = Plan::new(&scenario, 1);
    let outcome = load::run(&scenario, &plan, &target, &mut freezer, &Interrupt::new());
    let outcome = outcome.expect("the members join");
    assert!(freezer.is_thawed, "{name} was never frozen and let go");
    assert!(outcome.findings.is_clean(), "{name}: {:?} {:?}", outcome.findings, outcome.trouble);
    assert_eq!(outcome.delivered, outcome.expected, "{name}");
    outcome
}

fn millis(nanos: u64) -> u64 {
    nanos / 1_000_000
}

/// One message of each speaker is under way when the server stops: 16 of 5,600 deliveries. All the
/// others leave when the server goes on, and are served as fast as ever.
fn a_closed_loop_tells_both(backend: &dyn Backend) {
    let Outcome { service, response, send_lag, .. } = frozen_run(backend, LoopKind::Closed);
    let p99 = |times: &Histogram<u64>| millis(times.value_at_quantile(0.99));
    let (service_p99, response_p99) = (p99(&service), p99(&response));
    let told =
        format!("{}: service p99 {service_p99} ms, response p99 {response_p99} ms", backend.name());
    println!("{told}");
    assert!(response_p99 > 1000 && service_p99 < 100, "{told}");
    assert!(millis(service.max()) > 1000, "the few that waited are there: {told}");
    assert!(millis(send_lag.max()) > 1000, "what they waited is send lag: {told}");
}

/// Where other programs keep the machine busy, more than the few are late; they leave it in peace
/// for a few seconds sooner or later.
fn a_closed_loop_tells_both_in_peace(backend: &dyn Backend) {
    let is_told =
        |_| panic::catch_unwind(AssertUnwindSafe(|| a_closed_loop_tells_both(backend))).is_ok();
    assert!((0..TRIES).any(is_told), "{}: see above", backend.name());
}

fn an_open_loop_hides_nothing(backend: &dyn Backend) {
    let response = frozen_run(backend, LoopKind::Open).response;
    let p99 = millis(response.value_at_quantile(0.99));
    assert!(p99 > 1000, "{}: response p99 {p99} ms", backend.name());
}

/// Lets every backend stand still at the same time.
fn every_backend(check: fn(&dyn Backend)) {
    thread::scope(|scope| {
        let checks: Vec<_> = ALL
            .iter()
            .map(|backend| {
                let check = move || check(*backend);
                thread::Builder::new().spawn_scoped(scope, check).expect("a thread can be had")
            })
            .collect();
        let failed = checks.into_iter().filter_map(|check| check.join().err()).count();
        assert_eq!(failed, 0, "backends failed, see above");
    });
}

#[test]
fn a_freeze_shows_in_the_response_time_and_not_in_the_service_time_of_a_closed_loop() {
    every_backend(a_closed_loop_tells_both_in_peace);
}

#[test]
fn a_freeze_shows_in_the_response_time_of_an_open_loop() {
    every_backend(an_open_loop_hides_nothing);
}
