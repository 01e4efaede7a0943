//! Why a run does not count, and what to keep in mind when reading those that do.
//!
//! A comparison can declare itself doubtful (rule M6): each concern says in both languages what
//! is wrong and what to do about it. Knows nothing of how the words are shown.

use super::stats::ENOUGH_REPEATS;
use super::summary::{Group, Row};
use super::{FLOOR, Findings, Histogram, Measured, Results, Run, Text};
use crate::units::MILLISECOND;

/// A send later than this is late, in nanoseconds.
const LATE: u64 = MILLISECOND;
/// More than this share of late sends makes a row doubtful.
const LATE_SHARE: f64 = 0.01;

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
}

/// What can be wrong with a comparison, with [advice](Concern::advice).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The program was built without optimisation.
    DebugBuild,
    /// Server and generator could take each other's CPU time.
    SharedCpus,
    /// There are too few repeats for an interval: this many.
    FewRepeats(usize),
    /// The floor was not measured, so nothing can be compared with other machines.
    NoFloor,
    /// Runs failed.
    Failed,
    /// Not every delivery arrived.
    NotDelivered,
    /// The server used more than 90 % of its CPUs.
    ServerBusy,
    /// The generator used more than 80 % of its CPU.
    GeneratorBusy,
    /// More than 1 % of the sends were over 1 ms late.
    SendsLate,
    /// There are too few samples for the 99th percentile or beyond.
    FewSamples,
}

impl Concern {
    /// What is wrong and what to do, in one or two sentences.
    #[must_use]
    pub fn advice(&self) -> Text {
        let (en, de) = match self {
            Concern::DebugBuild => (
                "Debug build: these costs say nothing. Measure with cargo run --release.",
                "Debug-Build: Diese Kosten sagen nichts aus. Mit cargo run --release messen.",
            ),
            Concern::SharedCpus => (
                "Server and generator shared CPUs, so each slowed the other. Pin them apart or use a machine with more cores.",
                "Server und Lastgenerator teilten sich CPUs und bremsten einander. Getrennt anheften oder mehr Kerne nehmen.",
            ),
            Concern::FewRepeats(0 | 1) => (
                "A single repeat shows no difference. Measure with --repeats 6 or more.",
                "Eine einzige Wiederholung zeigt keinen Unterschied. Mit --repeats 6 oder mehr messen.",
            ),
            Concern::FewRepeats(repeats) => {
                return Text {
                    en: format!(
                        "Only {repeats} repeats: too few for an interval. A difference is named when each of them points the same way, which chance alone also manages now and then. Use --repeats 6 for a firm verdict."
                    ),
                    de: format!(
                        "Nur {repeats} Wiederholungen: zu wenige für ein Intervall. Ein Unterschied gilt, wenn jede in dieselbe Richtung zeigt; das bringt ab und zu auch der Zufall fertig. Für ein belastbares Urteil --repeats 6."
                    ),
                };
            }
            Concern::NoFloor => (
                "No floor was measured, so the costs cannot be compared with another machine's. Measure it along.",
                "Ohne gemessenen Floor lassen sich die Kosten nicht mit anderen Maschinen vergleichen. Mitmessen.",
            ),
            Concern::Failed => (
                "Runs failed and do not count; the reasons stand with the rows. Fix the cause and measure again.",
                "Läufe sind gescheitert und zählen nicht; die Gründe stehen bei den Zeilen. Ursache beheben, neu messen.",
            ),
            Concern::NotDelivered => (
                "Not every delivery arrived: the figures describe only those that did. Lower the rate or allow a longer drain.",
                "Nicht jede Zustellung kam an: Die Zahlen beschreiben nur die angekommenen. Rate senken oder länger warten (drain).",
            ),
            Concern::ServerBusy => (
                "The server used over 90 % of its CPUs: cost per delivery is then what was left of a processor, not what a delivery needs. Lower the rate.",
                "Der Server brauchte über 90 % seiner CPUs: Die Kosten pro Zustellung sind dann, was vom Prozessor übrig war, nicht, was eine Zustellung braucht. Rate senken.",
            ),
            Concern::GeneratorBusy => (
                "The generator used over 80 % of its CPU: latencies may be its own. Lower the rate or give it a faster core.",
                "Der Lastgenerator brauchte über 80 % seiner CPU: Die Zeiten können seine eigenen sein. Rate senken oder schnellerer Kern.",
            ),
            Concern::SendsLate => (
                "Over 1 % of the sends left more than 1 ms late: the offered load was not the planned one. Quieten the machine.",
                "Über 1 % der Nachrichten gingen mehr als 1 ms zu spät hinaus: Die Last war nicht die geplante. Maschine entlasten.",
            ),
            Concern::FewSamples => (
                "Too few samples for the far percentiles (–): each needs ten beyond it. Measure longer.",
                "Zu wenige Werte für die äußeren Perzentile (–): Jedes braucht zehn jenseits davon. Länger messen.",
            ),
        };
        Text { en: en.to_owned(), de: de.to_owned() }
    }
}

impl Concern {
    /// What is wrong in a few words, for where there is no room for advice.
    #[must_use]
    pub fn brief(&self) -> Text {
        let (en, de) = match self {
            Concern::DebugBuild => ("debug build", "Debug-Build"),
            Concern::SharedCpus => {
                ("server and generator shared CPUs", "Server und Lastgenerator teilten sich CPUs")
            }
            Concern::FewRepeats(0 | 1) => ("a single repeat", "eine einzige Wiederholung"),
            Concern::FewRepeats(repeats) => {
                return Text {
                    en: format!("{repeats} repeats, too few for an interval"),
                    de: format!("{repeats} Wiederholungen, zu wenige für ein Intervall"),
                };
            }
            Concern::NoFloor => ("no floor measured", "kein Floor gemessen"),
            Concern::Failed => ("runs failed", "Läufe gescheitert"),
            Concern::NotDelivered => ("not every delivery arrived", "nicht jede Zustellung kam an"),
            Concern::ServerBusy => {
                ("a server used over 90 % of its CPUs", "ein Server brauchte über 90 % seiner CPUs")
            }
            Concern::GeneratorBusy => (
                "the generator used over 80 % of its CPU",
                "der Lastgenerator brauchte über 80 % seiner CPU",
            ),
            Concern::SendsLate => (
                "over 1 % of the sends were more than 1 ms late",
                "über 1 % der Nachrichten gingen mehr als 1 ms zu spät hinaus",
            ),
            Concern::FewSamples => (
                "too few samples for the far percentiles",
                "zu wenige Werte für die äußeren Perzentile",
            ),
        };
        Text { en: en.to_owned(), de: de.to_owned() }
    }
}

impl Caution {
    /// Whether it is about that row in particular.
    #[must_use]
    pub fn is_about(&self, scenario: &str, backend: &str) -> bool {
        self.places.iter().any(|place| place.scenario == scenario && place.backend == backend)
    }
}

/// Why a run does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// What the run itself gave as its reason.
    Reported(String),
    /// The delivery oracle found something.
    Findings(Findings),
    /// The numbers contradict each other (rule M9), in the words of the rule that is broken.
    Contradiction(&'static str),
    /// There is neither a measurement nor a reason.
    NothingMeasured,
}

impl Failure {
    /// The first reason why a run does not count; `None` when it does.
    #[must_use]
    pub(super) fn of(run: &Run) -> Option<Failure> {
        if let Some(reason) = &run.failure {
            return Some(Failure::Reported(reason.clone()));
        }
        let measured = run.measured.as_ref()?;
        if !measured.findings.is_clean() {
            return Some(Failure::Findings(measured.findings.clone()));
        }
        contradiction(measured).map(Failure::Contradiction)
    }

    /// The reason in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Failure::Reported(reason) => Text { en: reason.clone(), de: reason.clone() },
            Failure::Findings(found) => {
                let Findings { lost, doubled, reordered, leaked, corrupted, examples: _ } = found;
                Text {
                    en: format!(
                        "{lost} lost, {doubled} doubled, {reordered} reordered, {leaked} leaked, {corrupted} corrupted"
                    ),
                    de: format!(
                        "{lost} verloren, {doubled} doppelt, {reordered} vertauscht, {leaked} in fremdem Raum, {corrupted} verfälscht"
                    ),
                }
            }
            Failure::Contradiction(rule) => Text {
                en: format!("the numbers contradict each other: {rule}"),
                de: format!("die Zahlen widersprechen einander: {rule}"),
            },
            Failure::NothingMeasured => {
                Text { en: "nothing was measured".into(), de: "nichts gemessen".into() }
            }
        }
    }
}

/// The first rule of M9 that a measurement breaks.
fn contradiction(run: &Measured) -> Option<&'static str> {
    let rules = [
        (run.seconds.is_finite() && run.seconds >= 0.0, "seconds ≥ 0"),
        (run.delivered <= run.expected, "delivered ≤ expected"),
        (run.delivered_in_time <= run.delivered, "in time ≤ delivered"),
        (run.response.len() == run.delivered, "response times = deliveries"),
        (run.service.len() == run.delivered, "service times = deliveries"),
        (run.send_lag.len() <= run.messages, "sends ≤ messages"),
        ([&run.response, &run.service, &run.send_lag].iter().all(|h| h.is_sound()), "Σ bins = n"),
    ];
    rules.into_iter().find(|(kept, _)| !kept).map(|(_, rule)| rule)
}

/// Every caution that applies, most general first.
pub(super) fn of(results: &Results, groups: &[Group]) -> Vec<Caution> {
    let everywhere = |concern| Caution { concern, places: Vec::new() };
    let mut cautions = Vec::new();
    if groups.is_empty() {
        return cautions;
    }
    if results.tool.profile == "debug" {
        cautions.push(everywhere(Concern::DebugBuild));
    }
    let compares = !is_load(results);
    if compares && shares_cpus(&results.settings.server_cpus, &results.settings.generator_cpus) {
        cautions.push(everywhere(Concern::SharedCpus));
    }
    let counted = groups.iter().flat_map(|group| &group.rows).map(Row::counted);
    let fewest = counted.filter(|runs| *runs > 0).min().unwrap_or(0);
    if compares && fewest < ENOUGH_REPEATS {
        cautions.push(everywhere(Concern::FewRepeats(fewest)));
    }
    let has_floor = |group: &Group| group.floor().is_some_and(|floor| floor.counted() > 0);
    if compares && !groups.iter().any(has_floor) {
        cautions.push(everywhere(Concern::NoFloor));
    }
    let by_row: [(Concern, Rule); 6] = [
        (Concern::Failed, |row| !row.failures.is_empty()),
        (Concern::NotDelivered, |row| row.expected > 0 && row.delivered != row.expected),
        (Concern::ServerBusy, Row::server_was_saturated),
        (Concern::GeneratorBusy, Row::generator_was_saturated),
        (Concern::SendsLate, |row| {
            let late = row.send_lag.as_ref().and_then(|lag| lag.share_above(LATE));
            late.is_some_and(|share| share > LATE_SHARE)
        }),
        (Concern::FewSamples, |row| row.response.as_ref().is_some_and(lacks_percentiles)),
    ];
    for (concern, holds) in by_row {
        let places = places(groups, holds);
        if !places.is_empty() {
            cautions.push(Caution { concern, places });
        }
    }
    cautions
}

/// Whether these are results of `load`, which meets one server once, started by somebody else: it
/// compares nothing and measures no cost, so what a comparison needs is no concern of it.
fn is_load(results: &Results) -> bool {
    let settings = &results.settings;
    let has_cost = |run: &Run| run.measured.as_ref().is_some_and(|run| run.server.is_some());
    results.backends.len() == 1
        && settings.repeats == 1
        && settings.server_cpus.is_empty()
        && settings.generator_cpus.is_empty()
        && !results.runs.iter().any(has_cost)
}

fn lacks_percentiles(response: &Histogram) -> bool {
    response.quantile(0.999).is_none()
}

fn shares_cpus(server: &[usize], generator: &[usize]) -> bool {
    server.is_empty() || generator.is_empty() || server.iter().any(|cpu| generator.contains(cpu))
}

fn places(groups: &[Group], holds: Rule) -> Vec<Place> {
    let mut places = Vec::new();
    for group in groups {
        for row in group.rows.iter().filter(|row| holds(row)) {
            places.push(Place { scenario: group.name.clone(), backend: row.backend.clone() });
        }
    }
    // The floor last: a doubt about a backend weighs more.
    places.sort_by_key(|place| place.backend == FLOOR);
    places
}
