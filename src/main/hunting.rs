//! `compare --find-knee`: from what was asked to a search and what it shows.

use std::process::ExitCode;
use std::time::Duration;

use duplex_lab::chat::Limits;
use duplex_lab::cli;
use duplex_lab::compare::{self, Hunt, Options, Refused, Terminal};
use duplex_lab::results::Axis;
use duplex_lab::scenario::{self, Scenario};

use super::Outcome;
use super::measuring::chosen;
use super::showing::present;
use super::signals::interrupted_by_ctrl_c;
use super::words::command_line;

/// What is varied when nobody says.
const USUAL: &str = "lecture-hall";
/// A probe is short, because there are many: warm-up and measured time.
const PROBE: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];
const QUICK_PROBE: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(1)];
/// What is missing after so long is lost; the promise is broken long before.
const DRAIN: Duration = Duration::from_secs(2);

pub(super) fn find_knee(asked: &cli::Compare) -> Outcome {
    let workers = asked.workers.map(usize::from);
    let hunt = Hunt {
        options: Options {
            exe: std::env::current_exe()?,
            backends: asked.backends.clone(),
            floor: true,
            self_check: false,
            tls: asked.tls,
            thresholds: Vec::new(),
            scenarios: scenarios(asked)?,
            repeats: 1,
            seed: asked.seed,
            out: asked.out.clone(),
            workers,
            command: command_line(),
            limits: Limits { workers, ..Limits::default() }.to_map(),
        },
        axis: match asked.axis {
            None | Some(cli::Axis::Rate) => Axis::Rate,
            Some(cli::Axis::Members) => Axis::Members,
        },
        slo: asked.slo.unwrap_or_default(),
    };
    let hunted = {
        // The bar is gone before the table comes.
        let mut reporter = Terminal::new();
        compare::find_knees(&hunt, &mut reporter, &interrupted_by_ctrl_c()?)?
    };
    if !hunted.results.knees.is_empty() {
        present(&hunted.results, Some(&hunt.options.out), &asked.show)?;
    }
    let failed = hunted.failed();
    for (backend, why) in &failed {
        eprintln!("{backend} failed at every load: {why}");
    }
    if hunted.interrupted {
        let saved = !hunted.results.knees.is_empty();
        let what =
            if saved { "the probes that were made are saved" } else { "nothing was measured" };
        eprintln!("interrupted: {what}");
    }
    Ok(if hunted.interrupted || !failed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The scenario to vary, in probes of a few seconds.
fn scenarios(asked: &cli::Compare) -> Result<Vec<Scenario>, Refused> {
    let usual = || scenario::all().into_iter().filter(|one| one.name == USUAL).collect();
    let [warm_up, duration] = if asked.quick { QUICK_PROBE } else { PROBE };
    let short = |one: Scenario| {
        let drain = one.drain.min(DRAIN);
        Scenario { drain, ..one.shortened(warm_up, duration) }
    };
    Ok(chosen(&asked.scenarios, usual)?.into_iter().map(short).collect())
}
