//! The search for the knee of each backend: fresh servers at one load after the other.
//!
//! All backends are searched side by side: each round makes one probe of every search that is not
//! over, in a shuffled order, so that a machine that grows slower by the minute slows all of them
//! alike. The results are saved after every probe. How a search goes on is the business of
//! [`search()`]; whether a probe kept the promise is that of [`Outcome::judge`].

mod axis;
mod search;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use self::search::{Ask, Search};
use super::reporter::{Reporter, Upcoming};
use super::{Options, Refused, Runner, check, check_first, order, record};
use crate::machine::{Interrupt, Split};
use crate::message::Wire;
use crate::plan::Plan;
use crate::results::{Axis, Knee, Outcome, Probe, Results, Run, Settings, Slo};
use crate::scenario::Scenario;

/// How many probes a search usually takes.
const USUAL: usize = 22;
/// Room in the results file is checked for so many of each.
const MOST: usize = 60;
/// How the generator says that its own system failed it.
const OUR_FAULT: &str = "the generator cannot go on";

/// What to search, and how.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// Who takes part and with which scenario, which is the only one; repeats do not count.
    pub options: Options,
    /// What is varied.
    pub axis: Axis,
    /// The promise to keep.
    pub slo: Slo,
}

/// What came out of a search.
#[derive(Debug, Clone)]
pub struct Hunted {
    /// Everything measured, as it stands in the results file.
    pub results: Results,
    /// Whether somebody asked to stop before every search was over.
    pub interrupted: bool,
}

impl Hunted {
    /// Backends of which not one probe measured anything, and why: they failed, whatever the search
    /// makes of it.
    #[must_use]
    pub fn failed(&self) -> Vec<(String, String)> {
        let knees = self.results.knees.iter().filter(|knee| !knee.probes.is_empty());
        let silent = knees.filter(|knee| knee.probes.iter().all(|probe| probe.measured.is_none()));
        let why = |knee: &Knee| match knee.probes.last().map(|probe| &probe.outcome) {
            Some(Outcome::Broken(why) | Outcome::Beyond(why)) => why.clone(),
            Some(Outcome::Held) | None => "nothing was measured".to_owned(),
        };
        silent.map(|knee| (knee.backend.clone(), why(knee))).collect()
    }
}

/// What is asked at every load.
#[derive(Debug, Clone)]
pub struct Question {
    /// The scenario that is varied.
    pub scenario: Scenario,
    /// What is varied.
    pub axis: Axis,
    /// The promise.
    pub slo: Slo,
    /// Decides every schedule and the order within a round.
    pub seed: u64,
}

/// Whoever runs a scenario against a fresh server.
pub trait Prober {
    /// Runs it. A run that goes wrong is no error but a run with its reason.
    fn probe(&mut self, backend: &str, scenario: &Scenario, seed: u64, place: &str) -> Run;

    /// Keeps what was found so far, after every probe. Answers whether to go on.
    ///
    /// # Errors
    /// When it cannot be kept; the search ends there.
    fn keep(&mut self, knees: &[Knee]) -> anyhow::Result<bool>;
}

/// Searches the knee of every backend and of the floor, and saves `results.json` after every probe.
///
/// # Errors
/// When the options make no sense, or the results cannot be saved. One line that says what to do.
pub fn find_knees(
    hunt: &Hunt,
    reporter: &mut dyn Reporter,
    interrupt: &Interrupt,
) -> anyhow::Result<Hunted> {
    let Hunt { options, axis, slo } = hunt;
    let question = question(hunt).map_err(Refused::from)?;
    let contestants = check_first(&Options { repeats: 1, ..options.clone() })
        .and_then(|contestants| {
            check::folder(&options.out, MOST * contestants.len())?;
            Ok(contestants)
        })
        .map_err(Refused::from)?;
    let searched: Vec<(String, Wire)> =
        contestants.iter().map(|one| (one.name.clone(), one.wire)).collect();
    for (_, wire) in &searched {
        axis::range(&question.scenario, *axis, slo, *wire).map_err(Refused::from)?;
    }
    let cpus = Split::of_this_machine();
    for caution in record::cautions(&cpus) {
        reporter.note(&caution);
    }
    let settings = Settings {
        command: options.command.clone(),
        seed: options.seed,
        repeats: 1,
        server_cpus: cpus.server.clone(),
        generator_cpus: cpus.generator.clone(),
        limits: options.limits.clone(),
        tls: options.tls,
        ..Settings::default()
    };
    let results = record::blank(settings, vec![question.scenario.clone()], &contestants);
    let total = USUAL * contestants.len();
    let trust = options.trust().map_err(Refused::from)?;
    let runner = Runner { options, contestants, cpus, trust, reporter, interrupt };
    let mut hunter = Hunter { runner, results, done: 0, total, spent: Duration::ZERO };
    let is_whole = search(&question, &searched, &mut hunter)?;
    Ok(Hunted { results: hunter.results, interrupted: !is_whole })
}

fn question(hunt: &Hunt) -> anyhow::Result<Question> {
    let [scenario] = hunt.options.scenarios.as_slice() else {
        anyhow::bail!("--find-knee varies one scenario: name one with --scenario or --file");
    };
    ensure!(
        scenario.loop_kind.is_open(),
        "--find-knee needs an open loop: in a closed one a slow server slows the load"
    );
    let Hunt { axis, slo, options } = hunt;
    Ok(Question { scenario: scenario.clone(), axis: *axis, slo: *slo, seed: options.seed })
}

/// One search and what it found so far.
struct Under {
    search: Search,
    knee: Knee,
}

/// Searches all of them side by side. Answers whether every search came to its end.
///
/// # Errors
/// When no load makes sense for one of them, or what was found cannot be kept.
pub fn search(
    question: &Question,
    backends: &[(String, Wire)],
    prober: &mut dyn Prober,
) -> anyhow::Result<bool> {
    let Question { scenario, axis, slo, seed } = question;
    let mut all = Vec::new();
    for (backend, wire) in backends {
        let search = Search::new(axis::range(scenario, *axis, slo, *wire)?);
        let knee = Knee {
            scenario: scenario.name.clone(),
            backend: backend.clone(),
            axis: *axis,
            slo: *slo,
            probes: Vec::new(),
            found: search.found(),
        };
        all.push(Under { search, knee });
    }
    for round in 0.. {
        let blocks = order::blocks(1, 1, all.len(), seed.wrapping_add(round));
        let turn = blocks.into_iter().flat_map(|block| block.contestants);
        let turn: Vec<usize> = turn.filter(|who| all[*who].search.next().is_some()).collect();
        if turn.is_empty() {
            break;
        }
        for who in turn {
            let Some(ask) = all[who].search.next() else { continue };
            let run = probe(question, &all[who].knee, ask, prober);
            // A probe that was cut short says nothing.
            if !is_cut_short(&run) {
                all[who].hear(ask, run, slo);
            }
            let knees: Vec<Knee> = all.iter().map(|one| one.knee.clone()).collect();
            if !prober.keep(&knees)? {
                return Ok(all.iter().all(|one| one.search.next().is_none()));
            }
        }
    }
    Ok(true)
}

fn probe(question: &Question, knee: &Knee, ask: Ask, prober: &mut dyn Prober) -> Run {
    let Question { scenario, axis, seed, .. } = question;
    let scenario = axis::at(scenario, *axis, ask.at);
    // The same load has the same schedule for every backend, and another one when it is asked again.
    let before = knee.probes.iter().filter(|probe| probe.at.total_cmp(&ask.at).is_eq()).count();
    let seed = seed.wrapping_add(before as u64);
    prober.probe(&knee.backend, &scenario, seed, &axis::written(*axis, ask.at))
}

fn is_cut_short(run: &Run) -> bool {
    run.measured.is_none() && run.failure.as_deref() == Some("interrupted")
}

impl Under {
    fn hear(&mut self, ask: Ask, run: Run, slo: &Slo) {
        let ours = run.failure.as_deref().filter(|why| why.starts_with(OUR_FAULT));
        let outcome = match ours {
            Some(why) => Outcome::Beyond(why.to_owned()),
            None => Outcome::judge(&run, slo),
        };
        self.search.hear(&outcome);
        let Ask { at, purpose, .. } = ask;
        self.knee.probes.push(Probe { at, purpose, outcome, measured: run.measured });
        self.knee.found = self.search.found();
    }
}

/// Probes with children of this program, and saves.
struct Hunter<'a> {
    runner: Runner<'a>,
    results: Results,
    done: usize,
    total: usize,
    spent: Duration,
}

impl Prober for Hunter<'_> {
    fn probe(&mut self, backend: &str, scenario: &Scenario, seed: u64, place: &str) -> Run {
        let found = self.runner.contestants.iter().find(|one| one.name == backend).cloned();
        let Some(contestant) = found else {
            unreachable!("whoever is searched is one of the contestants")
        };
        self.total = self.total.max(self.done + 1);
        let each = self.spent.checked_div(self.done as u32).unwrap_or(scenario.duration * 2);
        self.runner.reporter.started(&Upcoming {
            number: self.done + 1,
            of: self.total,
            scenario: place,
            backend,
            left: each.saturating_mul((self.total - self.done) as u32),
        });
        let begun = Instant::now();
        let run = self.runner.run_one(scenario, &Plan::new(scenario, seed), &contestant, 0);
        self.spent += begun.elapsed();
        if !self.runner.interrupt.is_raised() || !is_cut_short(&run) {
            self.done += 1;
            self.runner.reporter.finished(&Run { scenario: place.to_owned(), ..run.clone() });
        }
        run
    }

    fn keep(&mut self, knees: &[Knee]) -> anyhow::Result<bool> {
        let file = self.runner.options.out.join("results.json");
        if knees.iter().any(|knee| !knee.probes.is_empty()) {
            self.results.knees = knees.to_vec();
            self.results.save(&file).with_context(|| {
                format!("cannot save {} (the probes before this one are kept)", file.display())
            })?;
        }
        Ok(!self.runner.interrupt.is_raised())
    }
}
