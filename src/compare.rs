//! The experiment runner: spawn, pin, load, drain, check, save.
//!
//! Each run is a fresh server process and one scenario. Within a repeat the backends meet a scenario
//! one right after the other, in a shuffled order, and with the same plan to the nanosecond; the
//! next repeat shuffles anew. So a machine that grows slower by the minute slows all of them alike,
//! and a difference that is left is one between the backends (rule M3, M5).
//!
//! A run that fails is a row with its reason, and the rest goes on. The results file is written
//! after every run. This module knows no wire and no picture, and of the backends only their names.

mod bounds;
mod calls;
mod check;
mod child;
mod contest;
mod estimate;
pub mod floor;
mod knee;
mod memory;
mod once;
mod order;
mod progress;
mod record;
mod reporter;
mod target;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use self::child::Server;
use self::contest::Contestant;
use self::estimate::Estimate;
pub use self::knee::{Hunt, Hunted, Prober, Question, find_knees, search};
pub use self::once::{Once, load_once};
pub use self::progress::Terminal;
pub use self::reporter::{Reporter, Silent, Upcoming};
pub use self::target::Whom;
use self::watch::{Subject, measure};
use crate::load::Trust;
use crate::machine::{self, Interrupt, Split};
use crate::plan::Plan;
use crate::results::{FLOOR, FactSheet, Results, Run, Settings};
use crate::scenario::Scenario;

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(10);
/// How long a server may take to end after it was asked to; then it is killed.
const STOP: Duration = Duration::from_secs(5);
/// How long after a doubtful run its server may still turn out to have died.
const LAST_MOMENT: Duration = Duration::from_millis(200);

/// What to compare, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// This program: its `serve` and `floor` commands are the servers.
    pub exe: PathBuf,
    /// Names from the registry of backends, in the order they are shown; all of them when empty.
    pub backends: Vec<String>,
    /// Whether the floor runs as a row of its own (rule M8).
    pub floor: bool,
    /// Whether each backend is compared with itself: it gets a twin, a second row of the same.
    pub self_check: bool,
    /// What must not happen, to be saved with the results.
    pub thresholds: Vec<String>,
    /// What to ask, in this order.
    pub scenarios: Vec<Scenario>,
    /// How often each backend meets each scenario, at least once.
    pub repeats: u32,
    /// Decides the order of the runs and every schedule.
    pub seed: u64,
    /// The folder for `results.json`; made when it does not exist.
    pub out: PathBuf,
    /// Worker threads of the servers that have a choice; their own choice when absent.
    pub workers: Option<usize>,
    /// The command line, for whoever wants to redo it.
    pub command: String,
    /// Whether the servers speak TLS, the floor aside.
    pub tls: bool,
    /// Every field of the limits the servers are given.
    pub limits: BTreeMap<String, serde_json::Value>,
}

/// What was asked for cannot be done; nothing was measured and nothing changed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Refused(format!("{error:#}"))
    }
}

impl Options {
    /// Whom the generator trusts, when the servers speak TLS.
    fn trust(&self) -> anyhow::Result<Option<Trust>> {
        self.tls.then(target::ours).transpose()
    }
}

/// What came out of a comparison.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Everything measured, as it stands in the results file.
    pub results: Results,
    /// How many runs there should have been.
    pub planned: usize,
    /// Whether somebody asked to stop before all of them were done.
    pub interrupted: bool,
}

impl Comparison {
    /// How many runs were made, failed ones included.
    #[must_use]
    pub fn done(&self) -> usize {
        self.results.runs.len()
    }

    /// How many runs do not count.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.results.runs.iter().filter(|run| !run.counts()).count()
    }

    /// Whether every run was made and counts: what the exit code says.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.failed() == 0 && self.done() == self.planned
    }
}

/// Compares: every backend with every scenario, `repeats` times, each in a fresh process.
///
/// Everything that can be refused is refused before the first run. After that only a results file
/// that cannot be written ends the comparison early; a run that fails is a row.
///
/// # Errors
/// When the options make no sense, a scenario does not fit into this machine, or the folder cannot
/// be written. One line that says what to do.
pub fn run(
    options: &Options,
    reporter: &mut dyn Reporter,
    interrupt: &Interrupt,
) -> anyhow::Result<Comparison> {
    let contestants = check_first(options).map_err(Refused::from)?;
    let planned = options.repeats as usize * options.scenarios.len() * contestants.len();
    let cpus = Split::of_this_machine();
    for caution in record::cautions(&cpus) {
        reporter.note(&caution);
    }
    let settings = Settings {
        command: options.command.clone(),
        seed: options.seed,
        repeats: options.repeats,
        server_cpus: cpus.server.clone(),
        generator_cpus: cpus.generator.clone(),
        limits: options.limits.clone(),
        self_check: options.self_check,
        thresholds: options.thresholds.clone(),
        tls: options.tls,
        ..Settings::default()
    };
    let results = record::blank(settings, options.scenarios.clone(), &contestants);
    let comparison = Comparison { results, planned, interrupted: false };
    let trust = options.trust().map_err(Refused::from)?;
    Runner { options, contestants, cpus, trust, reporter, interrupt }.run_all(comparison)
}

/// The names of all who take part: backends, their twins, the floor.
///
/// # Errors
/// When there is no such backend or one is named twice.
pub fn names(backends: &[String], floor: bool, twins: bool) -> anyhow::Result<Vec<String>> {
    let contestants = contest::chosen(backends, floor, twins)?;
    Ok(contestants.into_iter().map(|contestant| contestant.name).collect())
}

/// A fact sheet with the circumstances it was made in, to be saved and shown like any results.
#[must_use]
pub fn of_the_lab(sheet: FactSheet, command: String, seed: u64) -> Results {
    let settings = Settings { command, seed, ..Settings::default() };
    Results { lab: Some(sheet), ..record::blank(settings, Vec::new(), &[]) }
}

/// Checks that a folder can take the results of that many runs; makes it if need be.
///
/// # Errors
/// When it cannot be made or written, or has no room.
pub fn check_folder(out: &Path, runs: usize) -> Result<(), Refused> {
    check::folder(out, runs).map_err(Refused::from)
}

/// Everything that can be refused, and who takes part.
fn check_first(options: &Options) -> anyhow::Result<Vec<Contestant>> {
    let contestants = contest::chosen(&options.backends, options.floor, options.self_check)?;
    check::numbers(options.repeats, &options.scenarios)?;
    check::handles(&options.scenarios, &contestants)?;
    let planned = options.repeats as usize * options.scenarios.len() * contestants.len();
    check::folder(&options.out, planned)?;
    Ok(contestants)
}

/// What all runs of a comparison share.
struct Runner<'a> {
    options: &'a Options,
    contestants: Vec<Contestant>,
    cpus: Split,
    /// Whom to trust, when the servers speak TLS.
    trust: Option<Trust>,
    reporter: &'a mut dyn Reporter,
    interrupt: &'a Interrupt,
}

impl Runner<'_> {
    fn run_all(&mut self, mut comparison: Comparison) -> anyhow::Result<Comparison> {
        let Options { scenarios, repeats, seed, out, .. } = self.options;
        let file = out.join("results.json");
        let mut estimate = Estimate::new(scenarios, *repeats as usize * self.contestants.len());
        for block in order::blocks(*repeats, scenarios.len(), self.contestants.len(), *seed) {
            let scenario = &scenarios[block.scenario];
            // One plan for all of them: who comes later must not have an easier schedule.
            let plan = Plan::new(scenario, seed.wrapping_add(u64::from(block.repeat)));
            for who in block.contestants {
                let contestant = self.contestants[who].clone();
                self.reporter.started(&Upcoming {
                    number: comparison.done() + 1,
                    of: comparison.planned,
                    scenario: &scenario.name,
                    backend: &contestant.name,
                    left: estimate.left(),
                });
                let begun = Instant::now();
                let run = self.run_one(scenario, &plan, &contestant, block.repeat);
                // A run that was cut short says nothing about the backend.
                if self.interrupt.is_raised() && run.failure.is_some() {
                    comparison.interrupted = true;
                    return Ok(comparison);
                }
                estimate.took(scenario, begun.elapsed());
                self.reporter.finished(&run);
                comparison.results.runs.push(run);
                comparison.results.save(&file).with_context(|| {
                    format!("cannot save {} (the runs before this one are kept)", file.display())
                })?;
                if self.interrupt.is_raised() {
                    comparison.interrupted = comparison.done() < comparison.planned;
                    return Ok(comparison);
                }
            }
        }
        Ok(comparison)
    }

    /// One fresh server, one scenario. Whatever goes wrong is part of the result.
    fn run_one(
        &mut self,
        scenario: &Scenario,
        plan: &Plan,
        contestant: &Contestant,
        repeat: u32,
    ) -> Run {
        let mut run = record::empty_run(scenario, contestant, repeat);
        let mut command =
            contestant.command(&self.options.exe, &self.cpus.server, self.options.workers);
        if self.trust.is_some() && contestant.name != FLOOR {
            // The floor stays plain: it is what the machine needs for the bytes alone.
            command.arg("--tls");
        }
        let mut server = match Server::start(&mut command, START, self.interrupt) {
            Ok(server) => server,
            Err(error) => {
                run.failure = Some(record::one_line(&format!("{error:#}")));
                return run;
            }
        };
        let could_be_read = machine::usage(server.pid()).is_ok();
        // The generator is this thread; its CPUs are given back as soon as the load is over, so
        // that the next child does not inherit them.
        let pinned = self.cpus.pin_generator();
        let subject = Subject { pid: Some(server.pid()) };
        let (addr, wire) = (server.addr(), contestant.wire);
        let tls = self.trust.clone().filter(|_| contestant.name != FLOOR);
        let target = crate::load::Target { addr, wire, first_room: 0, tls };
        let (measured, failure) =
            measure(scenario, plan, &target, &subject, self.reporter, self.interrupt);
        drop(pinned);
        // A server whose counters could be read before the run and not after it is gone, or about
        // to be; so may be one whose run failed.
        let unread = measured.as_ref().is_none_or(|measured| measured.server.is_none());
        let doubtful = failure.is_some() || (could_be_read && unread);
        let patience = if doubtful { LAST_MOMENT } else { Duration::ZERO };
        run.measured = measured;
        run.failure = server.ended(patience).or(failure);
        if let Err(trouble) = server.stop(STOP) {
            self.reporter.note(&format!("{}: {trouble}", contestant.name));
        }
        run
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
