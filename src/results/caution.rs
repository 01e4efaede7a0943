//! What to keep in mind when reading results: which concern applies to which rows.
//!
//! A comparison can declare itself doubtful (rule M6): each concern says in both languages what
//! is wrong and what to do about it. Knows nothing of how the words are shown.

#[cfg(test)]
mod tests;

use super::concern::Concern;
use super::noise;
use super::stats::ENOUGH_REPEATS;
use super::summary::{Group, Row};
use super::{Comebacks, FLOOR, Results};

/// Whether a row gives cause for a concern.
type Rule = fn(&Row) -> bool;

/// One scenario and backend that a caution is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The scenario's name.
    pub scenario: String,
    /// The backend's name.
    pub backend: String,
}

/// Something to keep in mind when reading the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// What is wrong.
    pub concern: Concern,
    /// The rows it is about; empty when it is about all of them.
    pub places: Vec<Place>,
    /// What it is in particular, in words that need no translation: `kernel: 6.1 → 6.18`.
    pub details: Vec<String>,
}

impl Caution {
    /// Whether it is about that row in particular.
    #[must_use]
    pub fn is_about(&self, scenario: &str, backend: &str) -> bool {
        self.places.iter().any(|place| place.scenario == scenario && place.backend == backend)
    }
}

/// Every caution that applies, most general first.
pub(super) fn of(results: &Results, groups: &[Group]) -> Vec<Caution> {
    let everywhere = |concern| Caution { concern, places: Vec::new(), details: Vec::new() };
    let mut cautions = Vec::new();
    if groups.is_empty() && results.knees.is_empty() {
        return cautions;
    }
    if results.tool.profile == "debug" {
        cautions.push(everywhere(Concern::DebugBuild));
    }
    let compares = !is_load(results);
    if compares && shares_cpus(&results.settings.server_cpus, &results.settings.generator_cpus) {
        cautions.push(everywhere(Concern::SharedCpus));
    }
    if results.settings.tls {
        cautions.push(everywhere(Concern::Tls));
    }
    if groups.is_empty() {
        // A search tells at each load how it went, and repeats nothing.
        return cautions;
    }
    let counted = groups.iter().flat_map(|group| &group.rows).map(Row::counted);
    let fewest = counted.filter(|runs| *runs > 0).min().unwrap_or(0);
    if compares && fewest < ENOUGH_REPEATS {
        cautions.push(everywhere(Concern::FewRepeats(fewest)));
    }
    let has_floor = |group: &Group| group.floor().is_some_and(|floor| floor.counted() > 0);
    // A backend beside itself needs no measure of the machine.
    if compares && !results.settings.self_check && !groups.iter().any(has_floor) {
        cautions.push(everywhere(Concern::NoFloor));
    }
    for (concern, holds) in BY_ROW {
        cautions.extend(caution(groups, concern, |_, row| holds(row)));
    }
    let rows = groups.iter().flat_map(|group| &group.rows);
    let lost = rows.map(|row| row.comebacks).fold(Comebacks::default(), std::ops::Add::add);
    cautions.extend(caution(groups, Concern::CameBack(lost), |_, row| row.comebacks.cuts > 0));
    for concern in BY_RUN {
        cautions.extend(caution(groups, concern, |_, row| row.has_raised(concern)));
    }
    if results.settings.self_check && noise::is_too_loud(groups) {
        let fooled = |group: &Group, row: &Row| noise::is_fooled(group, row);
        cautions.extend(caution(groups, Concern::SelfCheckFailed, fooled));
    }
    cautions
}

/// What a row shows as a whole.
const BY_ROW: [(Concern, Rule); 6] = [
    (Concern::Failed, |row| !row.failures.is_empty()),
    (Concern::NotDelivered, |row| row.expected > 0 && row.delivered != row.expected),
    (Concern::ServerBusy, Row::server_was_saturated),
    (Concern::GeneratorBusy, Row::generator_was_saturated),
    (Concern::SendsLate, Row::sends_were_late),
    (Concern::FewSamples, |row| row.response.is_some() && row.quantile(0.99).is_none()),
];

/// What any of its runs that count has raised.
const BY_RUN: [Concern; 9] = [
    Concern::Overloaded,
    Concern::ClosedLoop,
    Concern::ForeignLoad,
    Concern::Steal,
    Concern::Throttled,
    Concern::LittleResidual,
    Concern::BytesUnreconciled,
    Concern::CountersDisagree,
    Concern::DeliveriesDisagree,
];

/// Whether these are results of `load`, which meets one server once, started by somebody else: it
/// compares nothing, so what a comparison needs is no concern of it. A comparison always has the
/// floor or a twin beside a single backend.
fn is_load(results: &Results) -> bool {
    let settings = &results.settings;
    results.backends.len() == 1
        && settings.repeats == 1
        && settings.server_cpus.is_empty()
        && settings.generator_cpus.is_empty()
}

fn shares_cpus(server: &[usize], generator: &[usize]) -> bool {
    server.is_empty() || generator.is_empty() || server.iter().any(|cpu| generator.contains(cpu))
}

/// The caution about all rows of which it holds; `None` when it holds of none.
fn caution(
    groups: &[Group],
    concern: Concern,
    holds: impl Fn(&Group, &Row) -> bool,
) -> Option<Caution> {
    let mut places = Vec::new();
    for group in groups {
        for row in group.rows.iter().filter(|row| holds(group, row)) {
            places.push(Place { scenario: group.name.clone(), backend: row.backend.clone() });
        }
    }
    // The floor last: a doubt about a backend weighs more.
    places.sort_by_key(|place| place.backend == FLOOR);
    (!places.is_empty()).then_some(Caution { concern, places, details: Vec::new() })
}
