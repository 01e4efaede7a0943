//! What was measured before: the results files the lecture was given, and behind them the committed
//! sample, which is in the program. The stage shows it when a demonstration fails on the day, and
//! draws the votes of the hall over it.
//!
//! Pictures are drawn by the same code as those of a report, when somebody first asks for them.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde_json::{Value, json};

use crate::lab;
use crate::results::{Experiment, LabOutcome, Results};
use crate::show::{self, Chart, Lang, Theme};

/// The committed sample: what it is called, and its text.
const SAMPLE: [(&str, &str); 2] = [
    ("reports/sample/lab.json", include_str!("../../reports/sample/lab.json")),
    ("reports/sample/results.json", include_str!("../../reports/sample/results.json")),
];
/// What a picture of an experiment is called before its name.
const OF_THE_LAB: &str = "lab-";

/// A figure that answers a guess: its experiment, its key, and how many of its unit make one of the guess.
type Answer = (&'static str, &'static str, f64);

/// What answers the guesses of the hall, by question.
const ANSWERS: [(&str, &[Answer]); 4] = [
    ("race", &[("long-poll-law", "push", 1.0), ("long-poll-law", "poll-0.125", 1.0)]),
    ("bytes", &[("layers", "ws", 1.0), ("layers", "minimal", 1.0), ("layers", "browser", 1.0)]),
    ("gap", &[("long-poll-law", "push", 1.0), ("long-poll-law", "poll-8.000", 1.0)]),
    ("cut", &[("vanish", "cut-heartbeat", 1e9), ("vanish", "cut-nothing", 1e9)]),
];

/// All that was measured before; where two know a name, the first one counts.
#[derive(Debug)]
pub(super) struct Recorded(RwLock<Vec<Arc<Source>>>);

#[derive(Debug)]
struct Source {
    name: String,
    /// Whether it was measured in this lecture.
    is_live: bool,
    /// What is read when it is first needed.
    text: &'static str,
    results: OnceLock<Option<Results>>,
    /// Its pictures in English and in German.
    charts: [OnceLock<Vec<Chart>>; 2],
}

/// What is known under a name, and by whom.
struct Found {
    source: Arc<Source>,
    experiment: Option<Experiment>,
    chart: Option<Chart>,
}

impl Source {
    fn new(name: String, text: &'static str, results: OnceLock<Option<Results>>) -> Self {
        Source { name, is_live: false, text, results, charts: Default::default() }
    }

    fn results(&self) -> Option<&Results> {
        let read = || Results::parse(self.text, &self.name).ok();
        self.results.get_or_init(read).as_ref()
    }

    /// An experiment that ran.
    fn experiment(&self, name: &str) -> Option<&Experiment> {
        let found = self.results()?.lab.as_ref()?.experiment(name)?;
        matches!(found.outcome, LabOutcome::Ran { .. }).then_some(found)
    }

    fn chart(&self, name: &str, lang: Lang) -> Option<&Chart> {
        let draw = || self.results().map_or_else(Vec::new, |found| show::charts(found, lang));
        let all = self.charts[usize::from(lang == Lang::De)].get_or_init(draw);
        all.iter().find(|chart| chart.name == name)
    }

    /// Where figures come from, for whoever wants to know.
    fn to_json(&self) -> Value {
        self.results().map_or(Value::Null, |found| {
            json!({
                "name": self.name,
                "live": self.is_live,
                "at": found.started_at,
                "command": found.settings.command,
            })
        })
    }
}

impl Recorded {
    /// The files given, by their names, before the sample.
    pub(super) fn new(given: Vec<(String, Results)>) -> Self {
        let given = given.into_iter();
        let given =
            given.map(|(name, results)| Source::new(name, "", OnceLock::from(Some(results))));
        let sample = SAMPLE.map(|(name, text)| Source::new(name.to_owned(), text, OnceLock::new()));
        Recorded(RwLock::new(given.chain(sample).map(Arc::new).collect()))
    }

    /// Puts what was just measured before everything else.
    pub(super) fn add_live(&self, results: Results) {
        let source = Source::new(String::new(), "", OnceLock::from(Some(results)));
        let source = Arc::new(Source { is_live: true, ..source });
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(0, source);
    }

    fn sources(&self) -> Vec<Arc<Source>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first that knows that name, with what it knows: an experiment, a picture, or both.
    fn find(&self, name: &str, lang: Lang) -> Option<Found> {
        self.sources().into_iter().find_map(|source| {
            let of_the_lab = name.strip_prefix(OF_THE_LAB);
            let experiment = of_the_lab.and_then(|name| source.experiment(name)).cloned();
            let chart = source.chart(name, lang).cloned();
            let is_known = experiment.is_some() || chart.is_some();
            is_known.then_some(Found { source, experiment, chart })
        })
    }

    /// Everything but the picture.
    pub(super) fn told(&self, name: &str, lang: Lang) -> Option<Value> {
        let Found { source, experiment, chart } = self.find(name, lang)?;
        let title = chart.map(|chart| chart.title);
        Some(json!({ "source": source.to_json(), "title": title, "experiment": experiment }))
    }

    /// The picture of that name as SVG.
    pub(super) fn picture(&self, name: &str, lang: Lang, theme: Theme) -> Option<String> {
        Some(self.find(name, lang)?.chart?.in_theme(theme))
    }

    /// The first that has made that experiment, with it.
    fn experiment(&self, name: &str) -> Option<(Arc<Source>, Experiment)> {
        self.sources().into_iter().find_map(|source| {
            let experiment = source.experiment(name)?.clone();
            Some((source, experiment))
        })
    }

    /// What was measured of what the hall guesses.
    pub(super) fn answers(&self, question: &str) -> Value {
        let asked = ANSWERS.iter().find(|(known, _)| *known == question);
        let wanted = asked.map_or(&[] as &[Answer], |(_, wanted)| *wanted).iter();
        let found = wanted.filter_map(|(experiment, key, unit)| {
            let (source, experiment) = self.experiment(experiment)?;
            let LabOutcome::Ran { figures, .. } = &experiment.outcome else { return None };
            let figure = figures.iter().find(|figure| figure.key == *key)?;
            let value = figure.value / unit;
            Some(json!({ "what": figure.what, "value": value, "source": source.to_json() }))
        });
        Value::Array(found.collect())
    }

    /// What an experiment came to, and which of the answers it had been expected to give; nothing
    /// where nobody has made it.
    pub(super) fn verdict(&self, question: &str) -> Value {
        // By the card and not by the record: an older file may have told its answers in another order.
        let card = lab::named(question).map(lab::Experiment::card);
        let made = card.and_then(|card| Some((card, self.experiment(card.name)?)));
        made.map_or(Value::Null, |(card, (source, experiment))| {
            let LabOutcome::Ran { verdict, .. } = &experiment.outcome else { return Value::Null };
            json!({ "expected": card.expected, "verdict": verdict, "source": source.to_json() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::complete;

    #[test]
    fn the_sample_answers_every_question_of_the_hall() {
        let recorded = Recorded::new(Vec::new());
        for (question, wanted) in ANSWERS {
            let answers = recorded.answers(question);
            let answers = answers.as_array().unwrap();
            assert_eq!(answers.len(), wanted.len(), "{question}: {answers:?}");
            for answer in answers {
                assert!(answer["value"].as_f64().is_some_and(|value| (0.0..1e3).contains(&value)));
            }
        }
        assert_eq!(recorded.answers("nothing"), json!([]));
    }

    #[test]
    fn the_sample_has_a_verdict_on_every_experiment() {
        let recorded = Recorded::new(Vec::new());
        for experiment in lab::ALL {
            let card = experiment.card();
            let told = recorded.verdict(card.name);
            assert_eq!(told["expected"], card.expected, "{}: {told}", card.name);
            assert!(told["verdict"]["sentence"]["de"].is_string(), "{told}");
        }
        assert_eq!(recorded.verdict("race"), Value::Null, "no experiment");
    }

    #[test]
    fn the_run_sheet_has_something_recorded_for_each_demonstration() {
        let sheet = include_str!("pages/sheet.js");
        let names: Vec<&str> = sheet
            .split("recorded: [")
            .skip(1)
            .filter_map(|rest| rest.split(']').next())
            .flat_map(|list| list.split(',').map(|name| name.trim_matches([' ', '\''])))
            .collect();
        assert!(names.len() > 10, "{names:?}");
        let recorded = Recorded::new(Vec::new());
        for name in names.into_iter().filter(|name| name.starts_with(OF_THE_LAB)) {
            let told = recorded.told(name, Lang::De).unwrap_or_else(|| panic!("{name}"));
            assert!(told["experiment"]["outcome"]["ran"].is_object(), "{name}");
            assert_eq!(told["source"]["name"], SAMPLE[0].0, "{name}");
        }
    }

    #[test]
    fn a_file_that_was_given_comes_first_and_its_pictures_have_two_themes() {
        let mut given = complete();
        given.settings.command = "given".to_owned();
        let name = show::charts(&given, Lang::En)[0].name.clone();
        let mut newer = given.clone();
        newer.settings.command = "newer".to_owned();
        let recorded = Recorded::new(vec![("mine.json".to_owned(), given)]);
        let told = recorded.told(&name, Lang::En).unwrap();
        assert_eq!(
            (&told["source"]["name"], &told["source"]["command"]),
            (&json!("mine.json"), &json!("given"))
        );
        recorded.add_live(newer);
        let told = recorded.told(&name, Lang::En).unwrap();
        assert_eq!(
            (&told["source"]["live"], &told["source"]["command"]),
            (&json!(true), &json!("newer"))
        );
        let light = recorded.picture(&name, Lang::En, Theme::Light).unwrap();
        let dark = recorded.picture(&name, Lang::En, Theme::Dark).unwrap();
        assert!(light.starts_with("<svg") && dark.starts_with("<svg") && light != dark);
    }
}
