//! The commands that measure: from what was asked to a results file and what it shows.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use duplex_lab::chat::Limits;
use duplex_lab::cli::{self, Scenarios};
use duplex_lab::compare::{self, Once, Options, Refused, Terminal, Whom};
use duplex_lab::scenario::{self, LoopKind, Scenario};
use duplex_lab::show;

use super::Outcome;
use super::judging::{Judge, fitting};
use super::showing::{present, present_beside};
use super::signals::interrupted_by_ctrl_c;
use super::words::{cannot_write, command_line, pin};

/// What `--quick` asks, and for how long.
const QUICK: [&str; 3] = ["lecture-hall", "rush", "crowd"];
/// Who is compared with itself when nobody says.
const SELF_CHECKED: &str = "async";
/// What comes in other sizes when nobody says.
const GROWN: &str = "lecture-hall";
const QUICK_WARM_UP: Duration = Duration::from_millis(500);
const QUICK_DURATION: Duration = Duration::from_secs(2);

pub(super) fn compare(asked: &cli::Compare) -> Outcome {
    let workers = asked.workers.map(usize::from);
    let scenarios = scenarios_to_compare(asked)?;
    let backends = backends_to_compare(asked);
    let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    let known: Vec<String> =
        compare::names(&backends, !asked.self_check, asked.self_check).map_err(Refused::from)?;
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let repeats = asked.repeats.unwrap_or(usual_repeats(asked));
    let judge = Judge::of(asked.judge.baseline.as_deref(), &names, &known, repeats)?;
    let thresholds = fitting(&asked.judge.fail_if, &scenarios, &known, repeats)?;
    show::check_free(&asked.out).map_err(|error| Refused(error.to_string()))?;
    let options = Options {
        exe: std::env::current_exe()?,
        backends,
        // A backend beside itself needs no measure of the machine, and half the time.
        floor: !asked.self_check,
        self_check: asked.self_check,
        tls: asked.tls,
        thresholds,
        scenarios,
        repeats,
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
        let (results, baseline) = (&comparison.results, judge.baseline.as_ref());
        present_beside(results, baseline, Some(&options.out), &asked.show)?;
    }
    let (done, failed, planned) = (comparison.done(), comparison.failed(), comparison.planned);
    if comparison.interrupted {
        eprintln!("interrupted: {done} of {planned} runs are done and saved");
    } else if failed > 0 {
        eprintln!("{failed} of {planned} runs failed: the table says why");
    }
    Ok(judge.code(&comparison.results, comparison.is_whole())?)
}

/// How often each backend meets each scenario when nobody says.
fn usual_repeats(asked: &cli::Compare) -> u32 {
    match (asked.self_check, asked.quick) {
        // The fewest that have an interval.
        (true, _) => 6,
        (false, true) => 1,
        (false, false) => 3,
    }
}

fn backends_to_compare(asked: &cli::Compare) -> Vec<String> {
    if asked.self_check && asked.backends.is_empty() {
        return vec![SELF_CHECKED.to_owned()];
    }
    asked.backends.clone()
}

fn scenarios_to_compare(asked: &cli::Compare) -> Result<Vec<Scenario>, Refused> {
    let quick =
        || scenario::all().into_iter().filter(|s| QUICK.contains(&s.name.as_str())).collect();
    let mut all = if asked.quick {
        chosen(&asked.scenarios, quick)?
    } else {
        chosen(&asked.scenarios, scenario::all)?
    };
    all.extend(sizes(asked, &all)?);
    if asked.quick {
        all = all.into_iter().map(|s| s.shortened(QUICK_WARM_UP, QUICK_DURATION)).collect();
    }
    Ok(all)
}

/// The scenarios that are asked for in other sizes, in these.
fn sizes(asked: &cli::Compare, all: &[Scenario]) -> Result<Vec<Scenario>, Refused> {
    let is_named = !asked.scenarios.scenario.is_empty() || !asked.scenarios.file.is_empty();
    let grown = all.iter().filter(|one| is_named || one.name == GROWN);
    let members: BTreeSet<u32> = asked.fan_out.iter().copied().collect();
    let sized = grown.flat_map(|one| members.iter().map(move |members| (one, *members)));
    let other = sized.filter(|(one, members)| one.members != *members);
    other
        .map(|(one, members)| one.of_size(members).map_err(|error| Refused(error.to_string())))
        .collect()
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
    let thresholds =
        fitting(&asked.fail_if, std::slice::from_ref(&scenario), &[&asked.backend], 1)?;
    let once = Once {
        first_room: (asked.generator - 1) * scenario.rooms,
        url: asked.url.clone(),
        whom: match &asked.ca {
            Some(file) => Whom::File(file.clone()),
            None if asked.insecure => Whom::Anybody,
            None => Whom::Nobody,
        },
        backend: asked.backend.clone(),
        scenario,
        seed: asked.seed,
        command: command_line(),
        pid: asked.pid,
    };
    if let Some(out) = &asked.out {
        compare::check_folder(out, 1)?;
        show::check_free(out).map_err(|error| Refused(error.to_string()))?;
    }
    let interrupt = interrupted_by_ctrl_c()?;
    let mut results = {
        let mut reporter = Terminal::new();
        compare::load_once(&once, &mut reporter, &interrupt)?
    };
    if interrupt.is_raised() && results.runs.iter().all(|run| run.measured.is_none()) {
        // What an earlier run left in the folder stays as it is.
        eprintln!("interrupted: nothing was measured, and nothing was saved");
        return Ok(ExitCode::FAILURE);
    }
    results.settings.thresholds = thresholds;
    if let Some(out) = &asked.out {
        let file = out.join("results.json");
        results.save(&file).map_err(|error| cannot_write(&file, &error))?;
    }
    present(&results, asked.out.as_deref(), &asked.show)?;
    Ok(Judge::default().code(&results, results.is_whole())?)
}

/// The scenarios named on the command line, or those that are meant when none are.
pub(super) fn chosen(
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
    if let Some(spread) = asked.reconnect {
        if spread.is_zero() || spread > Duration::from_secs(3600) {
            return Err(Refused("--reconnect takes a time up to 1h, such as 5s".to_owned()));
        }
        chosen.iter_mut().for_each(|scenario| scenario.reconnect = spread);
    }
    Ok(chosen)
}
