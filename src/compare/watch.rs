//! One measured run: drives the load and reads the counters of both sides at the right moments.
//!
//! Counters are read only while the system is quiet: memory when everybody has joined and nobody
//! speaks, processor time right before the first measured send and after the last delivery.

use crate::load::{self, Observer, Outcome, Phase, Progress, Target};
use crate::machine::{self, Interrupt, Usage};
use crate::plan::Plan;
use crate::results::{Cost, Measured, Memory, MemoryPoint};
use crate::scenario::Scenario;

use super::record::{self, Beside};
use super::reporter::Reporter;

/// The server under load, as far as it can be looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Subject {
    /// Its process, when it is one of ours.
    pub(super) pid: Option<u32>,
    /// What it used before anybody connected.
    pub(super) before: Option<Usage>,
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
    let mut watch = Watch { pid: subject.pid, reporter, readings: Readings::default() };
    match load::run(scenario, plan, target, &mut watch, interrupt) {
        Ok(outcome) => {
            let trouble = outcome.trouble.as_deref().map(record::one_line);
            let checked = outcome.checked;
            let measured = put_together(scenario, outcome, subject, &watch.readings);
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
    settled: Option<Usage>,
    server: Span,
    generator: Span,
}

/// One side's counters before and after the measured time.
#[derive(Debug, Default)]
struct Span {
    first: Option<Usage>,
    last: Option<Usage>,
}

struct Watch<'a> {
    pid: Option<u32>,
    reporter: &'a mut dyn Reporter,
    readings: Readings,
}

impl Watch<'_> {
    fn server(&self) -> Option<Usage> {
        machine::usage(self.pid?).ok()
    }
}

impl Observer for Watch<'_> {
    fn phase(&mut self, phase: Phase) {
        match phase {
            Phase::Settled => self.readings.settled = self.server(),
            // The generator's own clock is read last here and first below, so that reading the
            // counters of a server with thousands of threads is not counted as its work.
            Phase::Measuring => {
                self.readings.server.first = self.server();
                self.readings.generator.first = machine::usage_of_this_thread().ok();
            }
            Phase::Drained => {
                self.readings.generator.last = machine::usage_of_this_thread().ok();
                self.readings.server.last = self.server();
            }
            Phase::Connecting | Phase::WarmingUp | Phase::Leaving => {}
        }
    }

    fn progress(&mut self, progress: &Progress) {
        self.reporter.progress(progress);
    }
}

fn put_together(
    scenario: &Scenario,
    outcome: Outcome,
    subject: &Subject,
    readings: &Readings,
) -> Measured {
    let before = subject.before.map(|before| (0, before));
    let settled = readings.settled.map(|settled| (u64::from(scenario.members), settled));
    let point = |(connections, usage): (u64, Usage)| MemoryPoint {
        connections,
        user: usage.user_memory,
        threads: usage.threads,
        ..MemoryPoint::default()
    };
    let memory =
        before.zip(settled).map(|ends| Memory { points: [ends.0, ends.1].map(point).to_vec() });
    let beside = Beside {
        server: readings.server.cost(),
        generator: readings.generator.cost(),
        memory,
        ..Beside::default()
    };
    record::measured(outcome, beside)
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
            slices: None,
            scheduled_ns: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
