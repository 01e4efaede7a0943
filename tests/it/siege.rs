//! A siege: ten good members chat while others do their worst. A report and not a test of every day:
//! `scripts/siege` runs it and prints a table. What it fails for is loss, memory and handles that
//! are not given back; how slow the good members became is for people to read, on a quiet machine.

mod besiegers;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use duplex_lab::backend::{ALL, Backend};
use duplex_lab::load::{self, Observer, Outcome, Phase, Progress, Target};
use duplex_lab::machine::{self, Interrupt, Split};
use duplex_lab::plan::Plan;
use duplex_lab::scenario::{self, Scenario};

use self::besiegers::{Besieger, deaf, drippers, flooder, vanishers};
use crate::cli::address;
use crate::cli::running::Running;
use crate::support::{Http, Member, until};

/// Half-open handshakes, members who never read, and visitors a second who vanish.
const DRIPPERS: usize = 2_000;
const DEAF: usize = 50;
const VANISHERS: u64 = 500;
/// What a server may take under siege, in MiB. Two thousand pairs of threads are the most of it.
const MOST_MEMORY: u64 = 512;

struct Unseen;

impl Observer for Unseen {
    fn phase(&mut self, _: Phase) {}

    fn progress(&mut self, _: &Progress) {}
}

/// One server under siege.
struct Castle {
    server: Running,
    at: SocketAddr,
    backend: &'static dyn Backend,
}

/// Who besieges a server, and how many of them must be there before it counts.
type Siege = (&'static str, u64, fn(&Castle) -> Option<Besieger>);

const SIEGES: &[Siege] = &[
    ("quiet", 0, |_| None),
    ("2,000 drip a byte a second", DRIPPERS as u64, |c| Some(drippers(c.at, DRIPPERS))),
    ("50 never read", DEAF as u64, |c| Some(deaf(c.at, c.backend.wire(), DEAF))),
    ("one floods", 1, |c| Some(flooder(c.at, c.backend.wire()))),
    ("500 a second vanish", 0, |c| Some(vanishers(c.at, c.backend.wire(), VANISHERS))),
    ("quiet again", 0, |_| None),
];

impl Castle {
    fn build(backend: &'static dyn Backend, split: &Split) -> Self {
        let cpus = machine::cpu_list(&split.server);
        let mut arguments = vec!["serve", "--backend", backend.name(), "--listen", "127.0.0.1:0"];
        if split.is_pinned() {
            arguments.extend(["--cpus", &cpus]);
        }
        let mut server = Running::start(&arguments, "siege");
        let at = address(&server.line(), backend.name());
        // A history of 8 MiB, which who asks for it and does not read cannot all be sent.
        // One after the other, or a fast server would hold it for a flood.
        let text = "x".repeat(4096);
        for name in ["history1", "history2", "history3"] {
            let mut speaker = Member::join(at, backend.wire(), "r0", name);
            (0..700).for_each(|_| drop(speaker.say_and_hear(&text)));
        }
        Castle { server, at, backend }
    }

    /// A line of `/proc/PID/status` in KiB, as MiB.
    fn memory(&self, line: &str) -> u64 {
        let path = format!("/proc/{}/status", self.server.pid());
        let status = std::fs::read_to_string(path).expect("the server runs");
        let value = status.lines().find_map(|known| known.strip_prefix(line)).expect("a line");
        value.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    fn handles(&self) -> usize {
        let path = format!("/proc/{}/fd", self.server.pid());
        std::fs::read_dir(path).expect("the server runs").count()
    }

    fn connections(&self) -> u64 {
        let stats = Http::once(self.at, "GET", "/stats", b"").json();
        stats["connections"].as_u64().expect("/stats counts connections") - 1
    }

    /// Ten good members, for some seconds.
    fn chat(&self) -> Outcome {
        let scenario = Scenario {
            members: 10,
            rooms: 1,
            rate: 100.0,
            warm_up: Duration::from_millis(500),
            duration: Duration::from_secs(5),
            drain: Duration::from_secs(10),
            ..scenario::named("ping").expect("it is embedded")
        };
        let plan = Plan::new(&scenario, 1);
        let target = Target { addr: self.at, wire: self.backend.wire(), first_room: 0, tls: None };
        load::run(&scenario, &plan, &target, &mut Unseen, &Interrupt::new())
            .expect("good members can join")
    }
}

/// One row of the table; hands back the p99 in milliseconds.
fn row(castle: &Castle, (name, present, begin): &Siege, quiet: Option<f64>) -> f64 {
    let before = castle.handles();
    let besieger = begin(castle);
    until("the siege has begun", || (castle.connections() >= *present).then_some(()));
    let deeds = || besieger.as_ref().map_or(0, Besieger::deeds);
    let (begun, done) = (Instant::now(), deeds());
    let outcome = castle.chat();
    let a_second = (deeds() - done) as f64 / begun.elapsed().as_secs_f64();
    let (during, memory) = (castle.handles(), castle.memory("VmRSS:"));
    drop(besieger);
    until("all who came have been let go", || (castle.connections() == 0).then_some(()));
    until("handles are given back", || (castle.handles() <= before + 2).then_some(()));
    let p99 = outcome.response.value_at_quantile(0.99) as f64 / 1e6;
    let ratio = quiet.map_or(1.0, |quiet| p99 / quiet);
    let backend = castle.backend.name();
    println!(
        "| {backend} | {name} | {a_second:.0} | {} | {:.2} | {p99:.2} | {ratio:.1} | {memory} | {before} | {during} | {} |",
        outcome.delivered,
        outcome.response.value_at_quantile(0.5) as f64 / 1e6,
        castle.handles(),
    );
    assert_eq!(outcome.delivered, outcome.expected, "{backend}, {name}: {:?}", outcome.trouble);
    assert_eq!(outcome.findings.lost + outcome.findings.doubled, 0, "{backend}, {name}");
    assert!(memory < MOST_MEMORY, "{backend}, {name}: {memory} MiB");
    p99
}

#[test]
#[ignore = "takes minutes and wants a quiet machine: run scripts/siege"]
fn report() {
    machine::raise_open_file_limit().expect("thousands of sockets are needed");
    println!(
        "| backend | siege | deeds/s | delivered | p50 ms | p99 ms | × quiet | RSS MiB | handles before | during | after |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    // As in a comparison the server has CPUs of its own: otherwise whoever besieges it would slow
    // it down, and the generator too, without saying a word.
    let split = Split::of_this_machine();
    let _pinned = split.pin_generator();
    for backend in ALL {
        let castle = Castle::build(*backend, &split);
        let mut quiet = None;
        for siege in SIEGES {
            let p99 = row(&castle, siege, quiet);
            quiet.get_or_insert(p99);
        }
        println!("| {} | peak | | | | | | {} | | | |", backend.name(), castle.memory("VmHWM:"));
    }
}
