//! What every experiment says of itself, and what it hands over.

use crate::results::{
    Agreement, Experiment as Record, Finding, LabOutcome as Outcome, Picture, Prediction, Reading,
    Text, Unit,
};

use super::both;
use super::knobs::Settings;
use super::sketch::Sketch;

/// A sentence in English and German.
pub(super) type Both = (&'static str, &'static str);

/// What is asked, predicted and explained: everything about an experiment but its figures.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it wants to know.
    pub question: Both,
    /// What is set up.
    pub setup: Both,
    /// The answers an audience can choose of.
    pub options: &'static [Both],
    /// Which of them is expected, from 0.
    pub expected: usize,
    /// The prediction in numbers.
    pub prediction: Both,
    /// Why it comes out so.
    pub why: Both,
    /// What it does not show.
    pub hides: Both,
    /// One thing to change and try.
    pub next: Both,
}

impl Card {
    /// The card with what came out, how it was set up, and what was made otherwise than by default.
    pub(super) fn record(&self, outcome: Outcome, sketch: Sketch, set: &Settings) -> Record {
        let text = |(en, de): Both| both(en, de);
        Record {
            name: self.name.to_owned(),
            question: text(self.question),
            setup: text(self.setup),
            drawing: sketch.drawing(),
            knobs: set.told(),
            prediction: Prediction {
                options: self.options.iter().copied().map(text).collect(),
                expected: self.expected,
                sentence: text(self.prediction),
            },
            outcome,
            why: text(self.why),
            hides: text(self.hides),
            next: text(self.next),
        }
    }
}

/// What a run hands over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// The figures the verdict rests on.
    pub figures: Vec<Reading>,
    /// What there is to see.
    pub pictures: Vec<Picture>,
}

impl Data {
    /// Adds a figure, with where it was predicted to lie.
    pub(super) fn add(
        &mut self,
        key: &str,
        (en, de): (&str, &str),
        value: f64,
        unit: Unit,
        predicted: Option<(f64, f64)>,
    ) {
        let (key, what) = (key.to_owned(), both(en, de));
        self.figures.push(Reading { key, what, value, unit, predicted });
    }

    /// The value of that figure.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.key == key).map(|figure| figure.value)
    }

    /// A verdict by the predicted ranges alone: the prediction came true when every figure lies
    /// where it was predicted. Without any figure nothing can be said.
    pub(super) fn by_ranges(&self, agreed: (String, String), else_: (String, String)) -> Finding {
        let judged: Vec<bool> = self.figures.iter().filter_map(Reading::is_as_predicted).collect();
        let nothing = ("Nothing was measured.".to_owned(), "Nichts wurde gemessen.".to_owned());
        let (agreement, (en, de)) = match judged.as_slice() {
            [] => (Agreement::Open, nothing),
            all if all.iter().all(|one| *one) => (Agreement::Agrees, agreed),
            _ => (Agreement::Contradicts, else_),
        };
        Finding { agreement, sentence: Text { en, de } }
    }
}

/// Why an experiment has no figures.
#[derive(Debug)]
pub enum NoData {
    /// Somebody wanted it to end.
    Interrupted,
    /// This machine does not allow it, for this reason.
    NotHere(Text),
    /// It went wrong.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for NoData {
    fn from(error: E) -> Self {
        NoData::Failed(error.into())
    }
}
