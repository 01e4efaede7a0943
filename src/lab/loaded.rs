//! A backend in a process of its own under the load generator, and what it used meanwhile.

use std::time::Duration;

use super::actor::Actor;
use super::{How, NoData};
use crate::backend::Backend;
use crate::load::{self, Observer, Outcome, Phase, Progress, Target};
use crate::machine::{self, Usage};
use crate::plan::Plan;
use crate::scenario::{self, Scenario};

/// What a run gave.
pub(super) struct Loaded {
    /// What the generator measured.
    pub(super) outcome: Outcome,
    /// What the server had used before and after the measured phase, where the system tells.
    pub(super) used: Option<(Usage, Usage)>,
}

impl Loaded {
    /// Context switches of the server for each delivery.
    pub(super) fn switches(&self) -> Option<f64> {
        let (before, after) = self.used?;
        let count = |usage: Usage| usage.voluntary_switches + usage.involuntary_switches;
        let switches = count(after).saturating_sub(count(before));
        Some(switches as f64 / self.outcome.delivered.max(1) as f64)
    }
}

/// A scenario with nothing in it that an experiment does not ask for.
pub(super) fn asked(members: u32, rate: f64, duration: Duration) -> Result<Scenario, NoData> {
    let quiet = scenario::named("ping").map_err(anyhow::Error::from)?;
    Ok(Scenario { members, rate, duration, warm_up: Duration::ZERO, ..quiet })
}

/// Plays a scenario to a fresh server process. `begun` is told the server's process number when the
/// measured phase begins.
///
/// # Errors
/// When there is no such process, the members cannot join, or somebody wants it to end.
pub(super) fn play(
    backend: &'static dyn Backend,
    scenario: &Scenario,
    how: &How<'_>,
    begun: &mut dyn FnMut(u32),
) -> Result<Loaded, NoData> {
    how.go_on()?;
    // A generator that may not have more handles says so when it comes to it.
    let _ = machine::raise_open_file_limit();
    let (server, addr) = Actor::serving(backend.name())?;
    let plan = Plan::new(scenario, how.seed);
    let target = Target { addr, wire: backend.wire(), first_room: 0, tls: None };
    let mut watch = Watch { pid: server.pid(), begun, before: None, after: None };
    let outcome = load::run(scenario, &plan, &target, &mut watch, how.interrupt);
    how.go_on()?;
    let outcome = outcome.map_err(anyhow::Error::from)?;
    Ok(Loaded { outcome, used: watch.before.zip(watch.after) })
}

/// Reads what the server uses at both ends of the measured phase.
struct Watch<'a> {
    pid: u32,
    begun: &'a mut dyn FnMut(u32),
    before: Option<Usage>,
    after: Option<Usage>,
}

impl Observer for Watch<'_> {
    fn phase(&mut self, phase: Phase) {
        match phase {
            Phase::Measuring => {
                self.before = machine::usage(self.pid).ok();
                (self.begun)(self.pid);
            }
            Phase::Drained => self.after = machine::usage(self.pid).ok(),
            _ => {}
        }
    }

    fn progress(&mut self, _progress: &Progress) {}
}
