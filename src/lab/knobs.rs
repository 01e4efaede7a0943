//! What can be made otherwise: each experiment names its knobs, and whoever runs it may turn them.

use std::collections::BTreeMap;

use super::card::Both;
use super::{ALL, Experiment};

/// Something about an experiment that can be made otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Knob {
    /// Its name on the command line, without the two dashes.
    pub name: &'static str,
    /// What it may be set to.
    pub values: Values,
    /// What it is when it is left alone.
    pub default: &'static str,
    /// What it changes.
    pub about: Both,
}

/// What a knob may be set to.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number from the first to the second.
    Numbers(u64, u64),
}

impl Values {
    fn allow(self, text: &str) -> bool {
        match self {
            Values::Words(words) => words.contains(&text),
            Values::Numbers(low, high) => {
                text.parse().is_ok_and(|number: u64| (low..=high).contains(&number))
            }
        }
    }
}

impl std::fmt::Display for Values {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Values::Words(words) => out.write_str(&words.join("|")),
            Values::Numbers(low, high) => write!(out, "{low}..{high}"),
        }
    }
}

/// Knobs that somebody has turned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

/// A knob that nobody has, or a value that it cannot be set to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKnob {
    /// None of the experiments has such a knob.
    #[error("none of these experiments has --{0}: {1}")]
    Unknown(String, String),
    /// The knob cannot be set to that.
    #[error("'{0}' is nothing --{1} of {2} can be set to: choose of {3}")]
    Value(String, String, &'static str, String),
}

impl Settings {
    /// Everything by default.
    pub const DEFAULT: Settings = Settings(BTreeMap::new());

    /// Settings for these experiments.
    ///
    /// # Errors
    /// When none of them has a knob of that name, or one that has cannot be set to that value.
    pub fn new(
        turned: impl IntoIterator<Item = (String, String)>,
        experiments: &[&dyn Experiment],
    ) -> Result<Self, BadKnob> {
        let turned: BTreeMap<String, String> = turned.into_iter().collect();
        for (name, value) in &turned {
            let mut known = false;
            for experiment in experiments {
                let Some(knob) = experiment.knobs().iter().find(|knob| knob.name == name) else {
                    continue;
                };
                known = true;
                if !knob.values.allow(value) {
                    let (whose, values) = (experiment.card().name, knob.values.to_string());
                    return Err(BadKnob::Value(value.clone(), name.clone(), whose, values));
                }
            }
            if !known {
                return Err(BadKnob::Unknown(name.clone(), known_to(experiments)));
            }
        }
        Ok(Settings(turned))
    }

    /// Those that this experiment knows.
    pub(super) fn of(&self, experiment: &dyn Experiment) -> Self {
        let knobs = experiment.knobs();
        let own = self.0.iter().filter(|(name, _)| knobs.iter().any(|knob| knob.name == **name));
        Settings(own.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// What a knob is set to, when somebody has turned it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }
}

/// The knobs of these experiments, in a sentence.
fn known_to(experiments: &[&dyn Experiment]) -> String {
    let told = experiments.iter().flat_map(|experiment| {
        experiment.knobs().iter().map(|knob| format!("--{} {}", knob.name, knob.values))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        "they have no knobs".to_owned()
    } else {
        format!("they have {}", told.join(", "))
    }
}

impl Knob {
    /// The names of all knobs of all experiments, each once, with who has it and what it does.
    #[must_use]
    pub fn all() -> BTreeMap<&'static str, String> {
        let mut all: BTreeMap<&'static str, String> = BTreeMap::new();
        for experiment in ALL {
            for knob in experiment.knobs() {
                let told = format!(
                    "{}: {} [{}, default: {}]",
                    experiment.card().name,
                    knob.about.0,
                    knob.values,
                    knob.default
                );
                let text = all.entry(knob.name).or_default();
                if !text.is_empty() {
                    text.push_str("; ");
                }
                text.push_str(&told);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::named;
    use super::*;

    fn turn(experiment: &str, name: &str, value: &str) -> Result<Settings, BadKnob> {
        Settings::new([(name.to_owned(), value.to_owned())], &[named(experiment).unwrap()])
    }

    #[test]
    fn a_knob_is_turned_only_as_far_as_it_goes() {
        assert_eq!(turn("nagle", "nodelay", "on").unwrap().get("nodelay"), Some("on"));
        let why = turn("nagle", "nodelay", "maybe").unwrap_err().to_string();
        assert!(why.contains("maybe") && why.contains("nagle") && why.contains("on|off"), "{why}");
        let why = turn("nagle", "speed", "1").unwrap_err().to_string();
        assert!(why.contains("--speed") && why.contains("--nodelay on|off"), "{why}");
        let why = turn("census", "nodelay", "on").unwrap_err().to_string();
        assert!(why.contains("they have no knobs"), "{why}");
    }

    #[test]
    fn every_default_is_a_value_and_both_languages_say_what_it_does() {
        for experiment in ALL {
            for knob in experiment.knobs() {
                let name = experiment.card().name;
                assert!(knob.values.allow(knob.default), "{name} --{}", knob.name);
                assert!(!knob.about.0.is_empty() && knob.about.0 != knob.about.1, "{name}");
            }
        }
        assert!(Knob::all()["nodelay"].starts_with("nagle: "));
    }

    #[test]
    fn an_experiment_is_given_its_own_settings_only() {
        let set = turn("nagle", "nodelay", "on").unwrap();
        assert_eq!(set.of(named("nagle").unwrap()), set);
        assert_eq!(set.of(named("census").unwrap()), Settings::DEFAULT);
    }
}
