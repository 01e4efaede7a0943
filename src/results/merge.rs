//! Results of several generator machines that drove one server at the same time, put together.
//!
//! Each machine had rooms of its own and saw only its own deliveries, so distributions, counts and
//! bytes are added, never averaged. What cannot be added is kept when one machine alone has it, and
//! left out with a note otherwise.

mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Results, Run, Scenario, Settings, Tool};
use crate::units::duration_text;

/// What came of putting results together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The results as if one generator had driven all members.
    pub results: Results,
    /// What was left out and what else to know, a sentence each.
    pub notes: Vec<String>,
}

/// Why results cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} cannot be merged: {why}")]
pub struct Unmergeable {
    path: String,
    why: String,
}

/// Generators that measured together for less than this share of the time did not drive the server
/// together.
const LEAST_OVERLAP: f64 = 0.5;
/// Below this share the server's costs, which are those of one window, do not belong to the
/// deliveries of all.
const GOOD_OVERLAP: f64 = 0.95;

/// One machine's results, and where they come from.
type Part = (String, Results);

/// What makes a run the same on all machines: scenario, backend, repeat.
type Key<'a> = (&'a str, &'a str, u32);

/// Puts results together; each comes with its path, for messages. In which order makes no
/// difference.
///
/// # Errors
/// When the results are not of the same question, asked at the same time by different machines; the
/// message is one line and says what differs.
pub fn merge(mut parts: Vec<(String, Results)>) -> Result<Merged, Unmergeable> {
    // No two have the same time and machine, so this order is always the same.
    parts.sort_by(|(_, a), (_, b)| {
        (a.started_at, &a.machine, &a.settings.command).cmp(&(
            b.started_at,
            &b.machine,
            &b.settings.command,
        ))
    });
    let Some(((first_path, first), others)) = parts.split_first() else {
        return Err(refused("nothing", "name at least two results files"));
    };
    if others.is_empty() {
        return Err(refused(first_path, "it takes at least two results files"));
    }
    for (path, results) in &parts {
        check_alone(results).map_err(|why| refused(path, &why))?;
    }
    for pair in parts.windows(2) {
        let ((_, before), (path, after)) = (&pair[0], &pair[1]);
        let same =
            |one: &Results| (one.started_at, one.machine.clone(), one.settings.command.clone());
        if same(before) == same(after) {
            return Err(refused(path, "the same results are there twice"));
        }
    }
    for (path, other) in others {
        check_pair(first, other)
            .map_err(|what| refused(path, &format!("{what}, compared with {first_path}")))?;
    }
    let count = u32::try_from(parts.len())
        .map_err(|_| refused(first_path, "there are too many results files"))?;
    let scenarios = first.scenarios.iter().map(|scenario| times(scenario, count));
    let scenarios: Option<Vec<Scenario>> = scenarios.collect();
    let scenarios =
        scenarios.ok_or_else(|| refused(first_path, "together there are too many members"))?;
    Ok(joined(&parts, scenarios, count))
}

fn joined(parts: &[Part], scenarios: Vec<Scenario>, count: u32) -> Merged {
    let all: Vec<&Results> = parts.iter().map(|(_, results)| results).collect();
    let first = all[0];
    let mut notes = BTreeSet::new();
    let runs = first.runs.iter().map(|run| {
        let same =
            |results: &&Results| results.runs.iter().find(|other| key(other) == key(run)).cloned();
        let runs: Vec<Run> = all.iter().filter_map(same).collect();
        run::joined(&runs, &mut notes)
    });
    let mut runs: Vec<Run> = runs.collect();
    let least = all.iter().map(|results| overlap(first, results)).fold(1.0, f64::min);
    if least < GOOD_OVERLAP {
        notes.insert(format!(
            "the generators measured together for {:.0} % of the time, so the load was not always \
             that of all, and the server's costs are left out: start them closer together",
            100.0 * least
        ));
        for measured in runs.iter_mut().filter_map(|run| run.measured.as_mut()) {
            (measured.server, measured.calls, measured.conditions) = (None, None, None);
        }
    }
    if all.iter().any(|results| !results.knees.is_empty()) {
        notes.insert("searches for a knee are left out: each was one machine's own".to_owned());
    }
    let seeds: BTreeSet<u64> = all.iter().map(|results| results.settings.seed).collect();
    if seeds.len() < all.len() {
        notes.insert(
            "generators had the same seed and so spoke at the same moments: give each its own \
             with --seed"
                .to_owned(),
        );
    }
    let results = Results {
        schema: first.schema,
        tool: Tool {
            revision: distinct(all.iter().map(|results| results.tool.revision.as_str()), " | "),
            ..first.tool.clone()
        },
        started_at: first.started_at,
        machine: machines(&all),
        settings: settings(&all, count),
        scenarios,
        backends: first.backends.clone(),
        runs,
        bounds: run::only(all.iter().map(|results| results.bounds.as_ref())),
        knees: Vec::new(),
        lab: None,
    };
    Merged { results, notes: notes.into_iter().collect() }
}

/// Facts that are the same everywhere once, others side by side.
fn machines(all: &[&Results]) -> BTreeMap<String, String> {
    let names: BTreeSet<&String> = all.iter().flat_map(|results| results.machine.keys()).collect();
    let value = |name: &String| {
        let values = all.iter().filter_map(|results| results.machine.get(name));
        distinct(values.map(String::as_str), " | ")
    };
    names.into_iter().map(|name| (name.clone(), value(name))).collect()
}

fn settings(all: &[&Results], count: u32) -> Settings {
    let first = &all[0].settings;
    let agreed = |cpus: fn(&Settings) -> &Vec<usize>| {
        let same = all.iter().all(|results| cpus(&results.settings) == cpus(first));
        if same { cpus(first).clone() } else { Vec::new() }
    };
    let mut thresholds: Vec<String> = Vec::new();
    for threshold in all.iter().flat_map(|results| &results.settings.thresholds) {
        if !thresholds.contains(threshold) {
            thresholds.push(threshold.clone());
        }
    }
    Settings {
        command: distinct(all.iter().map(|results| results.settings.command.as_str()), " & "),
        // Where only one machine knew the server, it alone says what the server was pinned to.
        server_cpus: agreed(|settings| &settings.server_cpus),
        generator_cpus: agreed(|settings| &settings.generator_cpus),
        thresholds,
        generators: Some(count),
        ..first.clone()
    }
}

/// Texts in their order, each once.
fn distinct<'a>(texts: impl Iterator<Item = &'a str>, between: &str) -> String {
    let mut unique: Vec<&str> = Vec::new();
    for text in texts {
        if !unique.contains(&text) {
            unique.push(text);
        }
    }
    unique.join(between)
}

/// The scenario that so many machines asked together: each had its own rooms and members.
fn times(scenario: &Scenario, count: u32) -> Option<Scenario> {
    Some(Scenario {
        members: scenario.members.checked_mul(count)?,
        rooms: scenario.rooms.checked_mul(count)?,
        speakers: match scenario.speakers {
            Some(speakers) => Some(speakers.checked_mul(count)?),
            None => None,
        },
        rate: scenario.rate * f64::from(count),
        ..scenario.clone()
    })
}

fn key(run: &Run) -> Key<'_> {
    (&run.scenario, &run.backend, run.repeat)
}

fn check_alone(results: &Results) -> Result<(), String> {
    if results.settings.generators.is_some() {
        return Err("it is merged already: merge the files it was made from".to_owned());
    }
    let mut seen = BTreeSet::new();
    match results.runs.iter().find(|run| !seen.insert(key(run))) {
        Some(run) => Err(format!("it has {} twice", shown(key(run)))),
        None if results.runs.is_empty() => Err("it has no runs".to_owned()),
        None => Ok(()),
    }
}

/// The first thing that keeps two results from being of one measurement.
fn check_pair(one: &Results, other: &Results) -> Result<(), String> {
    let names = |results: &Results| {
        results.backends.iter().map(|backend| backend.name.clone()).collect::<Vec<_>>()
    };
    let tool = |results: &Results| (results.tool.version.clone(), results.tool.profile.clone());
    let settings = (&one.settings, &other.settings);
    let rules = [
        (tool(one) == tool(other), "another version or profile of this program measured"),
        (names(one) == names(other), "the backends differ"),
        (settings.0.repeats == settings.1.repeats, "the number of repeats differs"),
        (settings.0.limits == settings.1.limits, "the limits of the backends differ"),
        (settings.0.self_check == settings.1.self_check, "only one of them is a self-check"),
        (settings.0.tls == settings.1.tls, "only one of them spoke TLS"),
    ];
    if let Some((_, what)) = rules.into_iter().find(|(kept, _)| !kept) {
        return Err(what.to_owned());
    }
    check_scenarios(one, other)?;
    let (ones, others): (BTreeSet<_>, BTreeSet<_>) =
        (one.runs.iter().map(key).collect(), other.runs.iter().map(key).collect());
    if let Some(missing) = ones.symmetric_difference(&others).next() {
        return Err(format!("only one of them has {}", shown(*missing)));
    }
    let overlap = overlap(one, other);
    if overlap < LEAST_OVERLAP {
        let apart = Duration::from_millis(one.started_at.abs_diff(other.started_at));
        return Err(format!(
            "they were started {} apart and measured together for {:.0} % of the time (or a clock \
             is wrong)",
            duration_text(Duration::from_secs(apart.as_secs())),
            100.0 * overlap
        ));
    }
    Ok(())
}

/// The share of the measured time that both measured: less than 1 when one began later.
fn overlap(one: &Results, other: &Results) -> f64 {
    let window = |results: &Results| {
        let run = results.runs.first();
        let plan =
            results.scenarios.iter().find(|plan| run.is_some_and(|r| r.scenario == plan.name));
        let set_up = run.and_then(|run| Some(run.measured.as_ref()?.set_up_seconds)).unwrap_or(0.0);
        let lead = plan.map_or(0.0, |plan| plan.warm_up.as_secs_f64());
        let length = planned(results);
        let begin = results.started_at as f64 / 1e3 + set_up + lead;
        (begin, begin + length, length)
    };
    let (ours, theirs) = (window(one), window(other));
    let common = ours.1.min(theirs.1) - ours.0.max(theirs.0);
    (common / ours.2.max(theirs.2)).clamp(0.0, 1.0)
}

fn check_scenarios(one: &Results, other: &Results) -> Result<(), String> {
    if one.scenarios.len() != other.scenarios.len() {
        return Err("the number of scenarios differs".to_owned());
    }
    for (ours, theirs) in one.scenarios.iter().zip(&other.scenarios) {
        let fields = [
            ("name", ours.name == theirs.name),
            ("members", ours.members == theirs.members),
            ("rooms", ours.rooms == theirs.rooms),
            ("speakers", ours.speakers == theirs.speakers),
            ("rate", ours.rate.total_cmp(&theirs.rate).is_eq()),
            ("text_bytes", ours.text_bytes == theirs.text_bytes),
            ("arrivals", ours.arrivals == theirs.arrivals),
            ("loop", ours.loop_kind == theirs.loop_kind),
            ("warm_up", ours.warm_up == theirs.warm_up),
            ("duration", ours.duration == theirs.duration),
            ("drain", ours.drain == theirs.drain),
            ("wording", ours.question == theirs.question && ours.expect == theirs.expect),
        ];
        if let Some((field, _)) = fields.into_iter().find(|(_, same)| !same) {
            return Err(format!("the {field} of scenario '{}' differs", ours.name));
        }
    }
    Ok(())
}

/// How long all runs measured together, in seconds, as far as the plan says.
fn planned(results: &Results) -> f64 {
    let plan = |run: &Run| results.scenarios.iter().find(|plan| plan.name == run.scenario);
    let measured = |run: &Run| plan(run).map_or(0.0, |plan| plan.duration.as_secs_f64());
    results.runs.iter().map(measured).sum::<f64>().max(f64::MIN_POSITIVE)
}

fn shown((scenario, backend, repeat): Key<'_>) -> String {
    format!("run {} of {backend} in {scenario}", u64::from(repeat) + 1)
}

fn refused(path: &str, why: &str) -> Unmergeable {
    Unmergeable { path: path.to_owned(), why: why.to_owned() }
}
