//! What else differs between results and their baseline, by name and both values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::results::{Caution, Concern, Results, Scenario};

/// Facts that make a machine another one; the rest are its settings.
const IDENTITY: [&str; 10] = [
    "system",
    "cpus",
    "usable cpus",
    "cpu model",
    "cpu governor",
    "kernel.osrelease",
    "memory",
    "virtual machine",
    "machine vendor",
    "machine product",
];
/// Facts that are different every time. How many threads fit depends on the maps that the program
/// itself had at that moment; what bounds them is a fact of its own.
const FLEETING: [&str; 3] = ["memory available", "load average at start", "threads"];

/// Whether the baseline was measured on another machine.
pub(super) fn is_elsewhere(results: &Results, baseline: &Results) -> bool {
    !facts(results, baseline, |name| IDENTITY.contains(&name)).is_empty()
}

/// Everything that differs, one caution of each kind.
pub(super) fn cautions(results: &Results, baseline: &Results) -> Vec<Caution> {
    let limits = |of: &Results| -> BTreeMap<String, String> {
        of.settings.limits.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
    };
    let mut settings = settings(results, baseline);
    let minor = |name: &str| !IDENTITY.contains(&name) && !FLEETING.contains(&name);
    settings.extend(facts(results, baseline, minor));
    let kinds = [
        (Concern::DifferentMachine, facts(results, baseline, |name| IDENTITY.contains(&name))),
        (Concern::DifferentScenario, scenarios(results, baseline)),
        (Concern::DifferentLimits, apart(&limits(baseline), &limits(results))),
        (Concern::DifferentSettings, settings),
    ];
    let said = kinds.into_iter().filter(|(_, details)| !details.is_empty());
    said.map(|(concern, details)| Caution { concern, places: Vec::new(), details }).collect()
}

fn facts(results: &Results, baseline: &Results, which: impl Fn(&str) -> bool) -> Vec<String> {
    let chosen = |of: &Results| -> BTreeMap<String, String> {
        let facts = of.machine.iter().filter(|(name, _)| which(name));
        facts.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    apart(&chosen(baseline), &chosen(results))
}

fn settings(results: &Results, baseline: &Results) -> Vec<String> {
    let chosen = |of: &Results| {
        BTreeMap::from([
            ("profile".to_owned(), of.tool.profile.clone()),
            ("TLS".to_owned(), of.settings.tls.to_string()),
            ("seed".to_owned(), of.settings.seed.to_string()),
            ("server CPUs".to_owned(), format!("{:?}", of.settings.server_cpus)),
            ("generator CPUs".to_owned(), format!("{:?}", of.settings.generator_cpus)),
        ])
    };
    apart(&chosen(baseline), &chosen(results))
}

/// Fields of scenarios of the same name that differ; those one side lacks are no difference.
fn scenarios(results: &Results, baseline: &Results) -> Vec<String> {
    let fields = |scenario: &Scenario| -> BTreeMap<String, String> {
        let Ok(Value::Object(fields)) = serde_json::to_value(scenario) else {
            return BTreeMap::new();
        };
        // What was written about it changes nothing.
        let fields = fields.into_iter().filter(|(name, _)| name != "question" && name != "expect");
        fields.map(|(name, value)| (name, value.to_string())).collect()
    };
    let run = |name: &str| {
        [results, baseline].iter().all(|of| of.runs.iter().any(|run| run.scenario == name))
    };
    let mut found = Vec::new();
    for scenario in results.scenarios.iter().filter(|scenario| run(&scenario.name)) {
        let Some(old) = baseline.scenarios.iter().find(|old| old.name == scenario.name) else {
            continue;
        };
        let differing = apart(&fields(old), &fields(scenario));
        found.extend(differing.into_iter().map(|what| format!("{}: {what}", scenario.name)));
    }
    found
}

/// `name: before → now` of everything that differs.
fn apart(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let value = |of: &BTreeMap<String, String>, name: &String| {
        of.get(name).map_or_else(|| "–".to_owned(), Clone::clone)
    };
    let differing = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
    differing
        .map(|name| format!("{name}: {} → {}", value(before, name), value(now, name)))
        .collect()
}
