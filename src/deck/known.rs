//! What results know, by the names a deck uses.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::results::{Document, Experiment, FactSheet, Judgement, LabOutcome, Results, Statement};
use crate::show::{self, Chart, Lang};
use crate::units::SECOND;

/// Everything several results files know.
pub(super) struct Known<'a> {
    lang: Lang,
    results: &'a [Results],
    /// Figures of comparisons, `lecture-hall.async.threads`; summed up when the first is asked for.
    figures: OnceCell<BTreeMap<String, f64>>,
    /// Drawn when the first one is asked for.
    charts: OnceCell<Vec<Chart>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(results: &'a [Results], lang: Lang) -> Self {
        Known { lang, results, figures: OnceCell::new(), charts: OnceCell::new() }
    }

    fn figures(&self) -> &BTreeMap<String, f64> {
        self.figures.get_or_init(|| {
            let mut figures = BTreeMap::new();
            // The first file is put in last, so that it counts.
            for one in self.results.iter().rev() {
                let summary = serde_json::to_value(Document::of(one).summary()).unwrap_or_default();
                for row in summary["rows"].as_array().into_iter().flatten() {
                    let place = format!("{}.{}", word(&row["scenario"]), word(&row["backend"]));
                    flatten(&place, row, &mut figures);
                }
            }
            figures
        })
    }

    /// The fact sheet, of the first file that has one.
    pub(super) fn sheet(&self) -> Result<&'a FactSheet, String> {
        let sheets = self.results.iter().filter_map(|one| one.lab.as_ref());
        sheets.into_iter().next().ok_or_else(|| {
            "none of the results has a fact sheet: add that of 'duplex lab run all'".to_owned()
        })
    }

    /// An experiment that was made.
    pub(super) fn experiment(&self, name: &str) -> Result<&'a Experiment, String> {
        let sheet = self.sheet()?;
        let names = sheet.experiments.iter().map(|one| one.name.as_str());
        sheet.experiment(name).ok_or_else(|| unknown("experiment", name, names))
    }

    /// Whether a statement of the lecture speaks of that experiment.
    pub(super) fn is_planned(&self, name: &str) -> bool {
        let statements = self.sheet().map_or(&[][..], |sheet| &sheet.statements);
        statements.iter().any(|one| one.experiments.iter().any(|other| other == name))
    }

    /// A statement by its number.
    pub(super) fn statement(&self, number: &str) -> Result<&'a Statement, String> {
        let statements = &self.sheet()?.statements;
        let found = statements.iter().find(|one| one.number.to_string() == number);
        let numbers: Vec<String> = statements.iter().map(|one| one.number.to_string()).collect();
        found.ok_or_else(|| unknown("statement", number, numbers.iter().map(String::as_str)))
    }

    /// The chart of that name.
    pub(super) fn chart(&self, name: &str) -> Result<&Chart, String> {
        let charts = self.charts.get_or_init(|| {
            self.results.iter().flat_map(|one| show::charts(one, self.lang)).collect()
        });
        let names = charts.iter().map(|chart| chart.name.as_str());
        charts.iter().find(|chart| chart.name == name).ok_or_else(|| unknown("chart", name, names))
    }

    /// One value, or one as a multiple of another, as the language writes it.
    pub(super) fn value(&self, asked: &str) -> Result<String, String> {
        match asked.split_once(" / ") {
            Some((one, other)) => {
                let ratio = self.figure(one.trim())? / self.figure(other.trim())?;
                match ratio.is_finite() {
                    true => Ok(self.lang.factor(ratio)),
                    false => Err(format!("'{}' is nothing: it divides nothing", other.trim())),
                }
            }
            None => self.text(asked),
        }
    }

    fn text(&self, asked: &str) -> Result<String, String> {
        let parts: Vec<&str> = asked.splitn(3, '.').collect();
        match parts.as_slice() {
            ["lab", name, what] => self.of_experiment(self.experiment(name)?, what),
            ["scenario", name, what @ ("question" | "expect" | "members")] => {
                let mut all = self.results.iter().flat_map(|one| &one.scenarios);
                let names = all.clone().map(|one| one.name.as_str());
                let found = all.find(|one| one.name == *name);
                let scenario = found.ok_or_else(|| unknown("scenario", name, names))?;
                Ok(match *what {
                    "members" => self.lang.tick(f64::from(scenario.members)),
                    "expect" => self.lang.of(&scenario.expect).to_owned(),
                    _ => self.lang.of(&scenario.question).to_owned(),
                })
            }
            ["limits", name] => self.limit(name),
            ["statements", judgement] => self.count(judgement),
            ["machine", ..] => {
                let name = asked.trim_start_matches("machine.");
                let mut all = self.results.iter().flat_map(|one| &one.machine);
                let names = all.clone().map(|(name, _)| name.as_str());
                let found = all.find(|(key, _)| *key == name).map(|(_, value)| value.clone());
                found.ok_or_else(|| unknown("fact about the machine", name, names))
            }
            _ => {
                let name = asked.rsplit('.').next().unwrap_or_default();
                Ok(written(name, self.figure(asked)?, self.lang))
            }
        }
    }

    /// A limit that all backends were given; a duration such as `25s` as one writes it, 25 s.
    fn limit(&self, name: &str) -> Result<String, String> {
        let mut all = self.results.iter().flat_map(|one| &one.settings.limits);
        let names = all.clone().map(|(name, _)| name.as_str());
        let found = all.find(|(key, _)| *key == name).map(|(_, value)| value);
        match found.ok_or_else(|| unknown("limit", name, names))? {
            Value::Number(number) => Ok(self.lang.tick(number.as_f64().unwrap_or_default())),
            Value::String(text) => {
                let digits = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
                let (number, unit) = text.split_at(digits);
                Ok(format!("{number} {unit}").trim().to_owned())
            }
            other => Ok(other.to_string()),
        }
    }

    /// How many statements of the lecture are judged so.
    fn count(&self, judgement: &str) -> Result<String, String> {
        let all = [
            ("right", Judgement::Right),
            ("half-right", Judgement::HalfRight),
            ("imprecise", Judgement::Imprecise),
            ("wrong", Judgement::Wrong),
        ];
        let found = all.iter().find(|(name, _)| *name == judgement);
        let names = all.iter().map(|(name, _)| *name);
        let (_, found) = found.ok_or_else(|| unknown("judgement", judgement, names))?;
        let statements = &self.sheet()?.statements;
        Ok(statements.iter().filter(|one| one.judgement == *found).count().to_string())
    }

    /// A number by its name.
    fn figure(&self, asked: &str) -> Result<f64, String> {
        if let Some((name, key)) = asked.strip_prefix("lab.").and_then(|rest| rest.split_once('.'))
        {
            let (figures, _) = ran(self.experiment(name)?)?;
            let keys = figures.iter().map(|one| one.key.as_str());
            let found = figures.iter().find(|one| one.key == key);
            return found.map(|one| one.value).ok_or_else(|| unknown("figure", key, keys));
        }
        self.figures().get(asked).copied().ok_or_else(|| self.no_figure(asked))
    }

    /// What to choose of, from the part of the name that is known.
    fn no_figure(&self, asked: &str) -> String {
        let known = |prefix: &str| self.figures().keys().any(|key| key.starts_with(prefix));
        let mut prefix = String::new();
        for part in asked.split_inclusive('.') {
            if !known(&format!("{prefix}{part}")) {
                break;
            }
            prefix.push_str(part);
        }
        let next = self.figures().keys().filter_map(|key| key.strip_prefix(prefix.as_str()));
        let mut next: Vec<&str> = next
            .map(|rest| if prefix.matches('.').count() < 2 { until_dot(rest) } else { rest })
            .collect();
        next.dedup();
        unknown("figure", asked, next.into_iter())
    }

    fn of_experiment(&self, experiment: &Experiment, what: &str) -> Result<String, String> {
        let text = match what {
            "question" => &experiment.question,
            "setup" => &experiment.setup,
            "prediction" => &experiment.prediction.sentence,
            "why" => &experiment.why,
            "hides" => &experiment.hides,
            "next" => &experiment.next,
            "verdict" => return Ok(show::verdict(experiment, self.lang)),
            _ => return self.reading(experiment, what),
        };
        Ok(self.lang.of(text).to_owned())
    }

    fn reading(&self, experiment: &Experiment, what: &str) -> Result<String, String> {
        let (figures, _) = ran(experiment)?;
        let key = what.strip_suffix(".predicted").unwrap_or(what);
        let words = ["question", "setup", "prediction", "why", "hides", "next", "verdict"];
        let keys = figures.iter().map(|one| one.key.as_str()).chain(words);
        let reading = figures.iter().find(|one| one.key == key);
        let reading = reading.ok_or_else(|| unknown("figure", key, keys))?;
        let value = |value| show::value(value, reading.unit, self.lang);
        if key == what {
            return Ok(value(reading.value));
        }
        match reading.predicted {
            Some((low, high)) if low == high => Ok(value(low)),
            Some((low, high)) => Ok(format!("{} – {}", value(low), value(high))),
            None => Err(format!("nothing was predicted of '{key}'")),
        }
    }
}

/// What an experiment found, when it ran.
pub(super) fn ran(
    experiment: &Experiment,
) -> Result<(&[crate::results::Reading], &[crate::results::Picture]), String> {
    match &experiment.outcome {
        LabOutcome::Ran { figures, pictures, .. } => Ok((figures, pictures)),
        _ => Err(format!("the experiment '{}' did not run: make it again", experiment.name)),
    }
}

/// All numbers of a row under their names.
fn flatten(place: &str, row: &Value, figures: &mut BTreeMap<String, f64>) {
    let mut put = |name: &str, value: &Value| {
        if let Some(value) = value.as_f64() {
            figures.insert(format!("{place}.{name}"), value);
        }
    };
    for (name, value) in row.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("figures", Value::Object(all)) => {
                all.iter().for_each(|(name, value)| put(name, value));
            }
            ("cpu_to_floor", ratio) => put("cpu_to_floor", &ratio["ratio"]),
            (_, Value::Object(all)) => {
                all.iter().for_each(|(inner, value)| put(&format!("{name}.{inner}"), value));
            }
            _ => put(name, value),
        }
    }
}

/// A figure as people write it, by the unit that its name ends with.
fn written(name: &str, value: f64, lang: Lang) -> String {
    if name.contains("seconds") {
        return lang.time(value * SECOND as f64);
    }
    match name {
        "memory_per_connection_bytes" => format!("{} KiB", lang.number(value / 1024.0)),
        _ if name.contains("bytes") => format!("{} B", lang.number(value)),
        _ if name.ends_with("_share") => lang.percent(Some(value)),
        "cpu_to_floor" => lang.factor(value),
        _ if value.fract() == 0.0 => lang.tick(value),
        _ => lang.number(value),
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn until_dot(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// That there is none of that name, and which there are.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known = known.collect::<Vec<_>>().join(", ");
    match known.is_empty() {
        true => format!("there is no {what} '{name}', and none at all in these results"),
        false => format!("there is no {what} '{name}': choose of {known}"),
    }
}
