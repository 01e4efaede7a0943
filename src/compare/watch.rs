//! One measured run: drives the load and reads the counters of both sides at the right moments.
//!
//! Counters are read only while the system is quiet: memory at the steps of connecting, when
//! everybody who was started has joined and the server has come to rest; calls and processor time
//! right before the first measured send and after the last delivery.

use std::time::Instant;

use super::calls::Books;
use super::memory;
use super::record::{self, Beside};
use super::reporter::Reporter;
use crate::load::{self, Observer, Outcome, Phase, Progress, Target};
use crate::machine::{self, CpuTimes, Interrupt, Usage};
use crate::plan::Plan;
use crate::results::{Calls, Conditions, Cost, Measured, Memory};
use crate::scenario::Scenario;
use crate::units;

/// The server under load, as far as it can be looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Subject {
    /// Its process, when it is on this machine.
    pub(super) pid: Option<u32>,
}

/// Runs the load once. Answers what was measured, as far as it came, and why it does not count.
pub(super) fn measure(
    scenario: &Scenario,
    plan: &Plan,
    target: &Target,
    subject: &Subject,
    reporter: &mut dyn Reporter,
    interrupt: &Interrupt,
) -> (Option<Measured>, Option<String>) {
    let readings = Readings::default();
    let mut watch = Watch { pid: subject.pid, target: target.clone(), reporter, readings };
    match load::run(scenario, plan, target, &mut watch, interrupt) {
        Ok(outcome) => {
            let trouble = outcome.trouble.as_deref().map(record::one_line);
            let checked = outcome.checked;
            let measured = put_together(outcome, watch.readings);
            let complaint = record::complaint(&measured, checked);
            // What went wrong explains what is missing, so it comes second.
            let why = match (complaint, trouble) {
                (Some(complaint), Some(trouble)) => Some(format!("{complaint} ({trouble})")),
                (complaint, trouble) => complaint.or(trouble),
            };
            (Some(measured), why)
        }
        Err(error) => (None, Some(record::one_line(&error.to_string()))),
    }
}

/// The counters at the moments that matter.
#[derive(Debug, Default)]
struct Readings {
    memory: Memory,
    books: Books,
    calls: Option<Calls>,
    machine: (Option<Moment>, Option<Moment>),
    server: Span,
    generator: Span,
}

/// One side's counters before and after the measured time.
#[derive(Debug, Default)]
struct Span {
    first: Option<Usage>,
    last: Option<Usage>,
}

/// What the whole machine had done at one moment, and how much of it was ours.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Instant,
    cpus: CpuTimes,
    /// Processor time of this process and of the server, in nanoseconds; of this one alone when the
    /// server is not one we can look at.
    ours_ns: u64,
    throttled: Option<u64>,
}

struct Watch<'a> {
    pid: Option<u32>,
    target: Target,
    reporter: &'a mut dyn Reporter,
    readings: Readings,
}

impl Watch<'_> {
    fn server(&self) -> Option<Usage> {
        machine::usage(self.pid?).ok()
    }
}

impl Observer for Watch<'_> {
    fn joined(&mut self, members: u32) {
        let Some(pid) = self.pid else { return };
        self.readings.memory.points.extend(memory::read(pid, members));
    }

    fn phase(&mut self, phase: Phase) {
        match phase {
            // What costs the server something is asked before its own counters are read, and after
            // they were read again. The generator's clock is read last here and first below, so that
            // reading the counters of a server with thousands of threads is not counted as its work.
            Phase::Measuring => {
                self.readings.books = Books::open(&self.target);
                self.readings.machine.0 = Moment::now(self.pid);
                self.readings.server.first = self.server();
                self.readings.generator.first = machine::usage_of_this_thread().ok();
            }
            Phase::Drained => {
                self.readings.generator.last = machine::usage_of_this_thread().ok();
                self.readings.server.last = self.server();
                self.readings.machine.1 = Moment::now(self.pid);
                self.readings.calls = self.readings.books.close();
            }
            Phase::Connecting | Phase::Settled | Phase::WarmingUp | Phase::Leaving => {}
        }
    }

    fn progress(&mut self, progress: &Progress) {
        self.reporter.progress(progress);
    }
}

fn put_together(outcome: Outcome, readings: Readings) -> Measured {
    let Readings { memory, calls, machine, server, generator, .. } = readings;
    let beside = Beside {
        server: server.cost(),
        generator: generator.cost(),
        calls,
        memory: (!memory.points.is_empty()).then_some(memory),
        conditions: machine.0.zip(machine.1).map(|(first, last)| last.since(&first)),
    };
    record::measured(outcome, beside)
}

impl Moment {
    fn now(server: Option<u32>) -> Option<Self> {
        let spent = |pid| machine::cpu_ns(pid).unwrap_or(0);
        Some(Moment {
            at: Instant::now(),
            cpus: machine::cpu_times().ok()?,
            ours_ns: spent(std::process::id()) + server.map_or(0, spent),
            throttled: machine::throttle_count().ok(),
        })
    }

    /// What the machine did in between.
    fn since(&self, first: &Self) -> Conditions {
        let programs_ns = self.cpus.programs_ns.saturating_sub(first.cpus.programs_ns);
        let interrupts_ns = self.cpus.interrupts_ns.saturating_sub(first.cpus.interrupts_ns);
        let ours_ns = self.ours_ns.saturating_sub(first.ours_ns);
        let counts = self.throttled.zip(first.throttled);
        Conditions {
            wall_ns: units::nanos(self.at.saturating_duration_since(first.at)),
            cpus: self.cpus.cpus,
            busy_ns: programs_ns + interrupts_ns,
            foreign_ns: programs_ns.saturating_sub(ours_ns),
            steal_ns: self.cpus.steal_ns.saturating_sub(first.cpus.steal_ns),
            throttled: counts.map(|(last, first)| last.saturating_sub(first)),
        }
    }
}

impl Span {
    /// What was used in between; `None` when one of the two readings is missing.
    fn cost(&self) -> Option<Cost> {
        let (first, last) = self.first.zip(self.last)?;
        let cpu_ns = last.cpu_ns.saturating_sub(first.cpu_ns);
        // The parts are known from ratios and may err by a tick; the sum is exact, and stays so.
        let user_ns = last.user_ns.saturating_sub(first.user_ns).min(cpu_ns);
        Some(Cost {
            cpu_ns,
            user_ns,
            system_ns: cpu_ns - user_ns,
            voluntary_switches: last.voluntary_switches.saturating_sub(first.voluntary_switches),
            involuntary_switches: last
                .involuntary_switches
                .saturating_sub(first.involuntary_switches),
            threads: last.threads,
            slices: difference(last.slices, first.slices),
            scheduled_ns: difference(last.scheduled_ns, first.scheduled_ns),
        })
    }
}

/// What was added between two readings that may be missing.
fn difference(last: Option<u64>, first: Option<u64>) -> Option<u64> {
    last.zip(first).map(|(last, first)| last.saturating_sub(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(programs_ns: u64, interrupts_ns: u64, ours_ns: u64) -> Moment {
        let cpus = CpuTimes { cpus: 2, programs_ns, interrupts_ns, steal_ns: 7 };
        Moment { at: Instant::now(), cpus, ours_ns, throttled: None }
    }

    #[test]
    fn foreign_is_what_no_program_of_ours_did() {
        let first = moment(1000, 500, 100);
        let conditions = moment(1900, 600, 700).since(&first);
        assert_eq!((conditions.busy_ns, conditions.foreign_ns), (1000, 300));
        assert_eq!((conditions.cpus, conditions.steal_ns, conditions.throttled), (2, 0, None));
        // Ticks are coarse and clocks are not: ours may seem to be more than all.
        assert_eq!(moment(1100, 500, 900).since(&first).foreign_ns, 0);
    }

    #[test]
    fn the_parts_of_a_cost_are_its_whole_even_when_a_tick_went_astray() {
        let first = Usage { cpu_ns: 100, user_ns: 60, system_ns: 40, ..Usage::default() };
        for user_ns in [50, 60, 100, 500] {
            let last = Usage { cpu_ns: 200, user_ns, threads: 3, ..Usage::default() };
            let cost = Span { first: Some(first), last: Some(last) }.cost().unwrap();
            assert_eq!(cost.cpu_ns, 100);
            assert_eq!(cost.user_ns + cost.system_ns, cost.cpu_ns);
            assert_eq!(cost.threads, 3);
        }
    }

    #[test]
    fn half_a_reading_is_no_cost() {
        assert_eq!(Span { first: Some(Usage::default()), last: None }.cost(), None);
    }
}
