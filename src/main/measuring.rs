//! The commands that measure: from what was asked to a results file and what it shows.

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use duplex_lab::chat::Limits;
use duplex_lab::cli::{self, Scenarios};
use duplex_lab::compare::{self, Once, Options, Refused, Terminal};
use duplex_lab::scenario::{self, LoopKind, Scenario};

use super::Outcome;
use super::showing::present;
use super::signals::interrupted_by_ctrl_c;
use super::words::{cannot_write, command_line, pin};

/// What `--quick` asks, and for how long.
const QUICK: [&str; 3] = ["lecture-hall", "rush", "crowd"];
const QUICK_WARM_UP: Duration = Duration::from_millis(500);
const QUICK_DURATION: Duration = Duration::from_secs(2);

pub(super) fn compare(asked: &cli::Compare) -> Outcome {
    let workers = asked.workers.map(usize::from);
    let options = Options {
        exe: std::env::current_exe()?,
        backends: asked.backends.clone(),
        floor: true,
        scenarios: scenarios_to_compare(asked)?,
        repeats: asked.repeats.unwrap_or(if asked.quick { 1 } else { 3 }),
        seed: asked.seed,
        out: asked.out.clone(),
        workers,
        command: command_line(),
        limits: Limits { workers, ..Limits::default() }.to_map(),
    };
    let comparison = {
        // The bar is gone before the table comes.
        let mut reporter = Terminal::new();
        compare::run(&options, &mut reporter, &interrupted_by_ctrl_c()?)?
    };
    if comparison.done() > 0 {
        // With nothing measured, a report of an earlier comparison stays as it is.
        present(&comparison.results, Some(&options.out), &asked.show)?;
    }
    let (done, failed, planned) = (comparison.done(), comparison.failed(), comparison.planned);
    if comparison.interrupted {
        eprintln!("interrupted: {done} of {planned} runs are done and saved");
    } else if failed > 0 {
        eprintln!("{failed} of {planned} runs failed: the table says why");
    }
    Ok(if comparison.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn scenarios_to_compare(asked: &cli::Compare) -> Result<Vec<Scenario>, Refused> {
    if !asked.quick {
        return chosen(&asked.scenarios, scenario::all);
    }
    let quick =
        || scenario::all().into_iter().filter(|s| QUICK.contains(&s.name.as_str())).collect();
    let full = chosen(&asked.scenarios, quick)?;
    Ok(full.into_iter().map(|s| s.shortened(QUICK_WARM_UP, QUICK_DURATION)).collect())
}

pub(super) fn load(asked: &cli::Load) -> Outcome {
    if !asked.show.export.is_empty() && asked.out.is_none() {
        return Err(Refused("--export needs --out DIR: the files go there".into()).into());
    }
    pin(asked.cpus.as_ref())?;
    let scenarios =
        chosen(&asked.scenarios, || scenario::all().into_iter().skip(1).take(1).collect())?;
    let [scenario] = <[Scenario; 1]>::try_from(scenarios).map_err(|_| {
        Refused("load runs one scenario: name one with --scenario or --file".into())
    })?;
    let once = Once {
        first_room: (asked.generator - 1) * scenario.rooms,
        url: asked.url.clone(),
        backend: asked.backend.clone(),
        scenario,
        seed: asked.seed,
        command: command_line(),
        pid: asked.pid,
    };
    if let Some(out) = &asked.out {
        compare::check_folder(out, 1)?;
    }
    let results = {
        let mut reporter = Terminal::new();
        compare::load_once(&once, &mut reporter, &interrupted_by_ctrl_c()?)?
    };
    if let Some(out) = &asked.out {
        let file = out.join("results.json");
        results.save(&file).map_err(|error| cannot_write(&file, &error))?;
    }
    present(&results, asked.out.as_deref(), &asked.show)?;
    let failed = results.runs.iter().any(|run| run.failure.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The scenarios named on the command line, or those that are meant when none are.
fn chosen(
    asked: &Scenarios,
    default: impl Fn() -> Vec<Scenario>,
) -> Result<Vec<Scenario>, Refused> {
    let refused = |error: scenario::BadScenario| Refused(error.to_string());
    let mut chosen = Vec::new();
    for name in &asked.scenario {
        chosen.push(scenario::named(name).map_err(refused)?);
    }
    for path in &asked.file {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Refused(format!("cannot read {shown}: {error}")))?;
        chosen.push(Scenario::from_toml(&text, &shown).map_err(refused)?);
    }
    let mut chosen = if chosen.is_empty() { default() } else { chosen };
    if asked.closed {
        chosen.iter_mut().for_each(|scenario| scenario.loop_kind = LoopKind::Closed);
    }
    Ok(chosen)
}
