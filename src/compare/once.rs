//! One run against a server that is already up: what the `load` command does.

use super::reporter::{Reporter, Upcoming};
use super::target::Whom;
use super::watch::{Subject, measure};
use super::{Refused, check, contest, record, target};
use crate::load::Target;
use crate::machine::Interrupt;
use crate::plan::Plan;
use crate::results::{Results, Settings};
use crate::scenario::Scenario;

/// What to ask of which server.
#[derive(Debug, Clone)]
pub struct Once {
    /// Where it is: `http://HOST:PORT` or `ws://HOST:PORT`.
    pub url: String,
    /// Whom to trust there, when it asks for TLS.
    pub whom: Whom,
    /// Which backend it runs, by its name in the registry: that decides the wire.
    pub backend: String,
    /// What to ask.
    pub scenario: Scenario,
    /// The number of the first room, so that several generators do not meet in one.
    pub first_room: u32,
    /// Decides the schedule.
    pub seed: u64,
    /// The command line, for whoever wants to redo it.
    pub command: String,
    /// The process of the server, when it is on this machine and its costs are to be measured.
    pub pid: Option<u32>,
}

/// Runs the scenario once. The server may be anywhere, so its costs are unknown unless its process
/// is named; nothing is pinned and nothing is saved.
///
/// # Errors
/// When the URL, the backend, the process or the scenario cannot be used, before anything is sent. A run that
/// goes wrong is no error but a run with its reason.
pub fn load_once(
    once: &Once,
    reporter: &mut dyn Reporter,
    interrupt: &Interrupt,
) -> anyhow::Result<Results> {
    let contestant = contest::named(&once.backend).map_err(Refused::from)?;
    let addr = target::address(&once.url).map_err(Refused::from)?;
    let tls = target::trust(&once.url, &once.whom).map_err(Refused::from)?;
    target::confirm(addr, tls.as_ref(), &once.backend).map_err(Refused::from)?;
    if let Some(pid) = once.pid {
        check::process(pid, addr.port()).map_err(Refused::from)?;
    }
    check::handles(std::slice::from_ref(&once.scenario), std::slice::from_ref(&contestant))
        .map_err(Refused::from)?;
    let scenario = &once.scenario;
    let settings = Settings {
        command: once.command.clone(),
        seed: once.seed,
        repeats: 1,
        tls: tls.is_some(),
        ..Settings::default()
    };
    let contestants = std::slice::from_ref(&contestant);
    let mut results = record::blank(settings, vec![scenario.clone()], contestants);
    reporter.started(&Upcoming {
        number: 1,
        of: 1,
        scenario: &scenario.name,
        backend: &contestant.name,
        left: scenario.warm_up + scenario.duration,
    });
    let plan = Plan::new(scenario, once.seed);
    let Once { first_room, .. } = *once;
    let target = Target { addr, wire: contestant.wire, first_room, tls };
    let mut run = record::empty_run(scenario, &contestant, 0);
    (run.measured, run.failure) =
        measure(scenario, &plan, &target, &Subject { pid: once.pid }, reporter, interrupt);
    reporter.finished(&run);
    results.runs.push(run);
    Ok(results)
}
