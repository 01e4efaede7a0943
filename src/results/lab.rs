//! What the lab asked, predicted and found: the statements of the lecture and the experiments that
//! test them, as they stand in a results file.
//!
//! Every experiment keeps its prediction beside its figures, and its pictures as data, so that
//! whoever shows them needs to know nothing about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Paper, Text};

/// The statements of the lecture and what became of the experiments about them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FactSheet {
    /// What the lecture says, in its order.
    pub statements: Vec<Statement>,
    /// The experiments that were asked for, in the order they were made.
    pub experiments: Vec<Experiment>,
    /// What others have reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
}

impl FactSheet {
    /// The experiment of that name.
    #[must_use]
    pub fn experiment(&self, name: &str) -> Option<&Experiment> {
        self.experiments.iter().find(|experiment| experiment.name == name)
    }
}

/// One statement of the lecture and what the standards say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Its place in the lecture, from 1.
    pub number: u32,
    /// The statement in German, as the lecture has it.
    pub de: String,
    /// The statement in English.
    pub en: String,
    /// What the standards say of it.
    pub judgement: Judgement,
    /// Where they say it.
    pub source: String,
    /// Why it is judged so, in one or two sentences.
    pub why: Text,
    /// The experiments that test it, by name.
    pub experiments: Vec<String>,
}

/// How true a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// It may stay as it is.
    Right,
    /// One part is right, another is not.
    HalfRight,
    /// Not wrong, but it says too little or something else.
    Imprecise,
    /// It must go.
    Wrong,
}

/// One experiment: what was asked, what was predicted, what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// Its name on the command line.
    pub name: String,
    /// What it wants to know.
    pub question: Text,
    /// What is set up.
    pub setup: Text,
    /// The set-up as a drawing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawing: Option<Drawing>,
    /// What was made otherwise than by default: names and values of knobs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub knobs: BTreeMap<String, String>,
    /// What was predicted before the run.
    pub prediction: Prediction,
    /// What came out.
    pub outcome: Outcome,
    /// Why it comes out so.
    pub why: Text,
    /// What it does not show.
    pub hides: Text,
    /// One thing to change and try.
    pub next: Text,
}

/// A set-up as boxes and what connects them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drawing {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// What connects them.
    pub links: Vec<Link>,
}

/// A box of a set-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Its column from the left and its row from the top, both from 0.
    pub place: (u32, u32),
    /// What it is.
    pub label: Text,
}

/// What connects two boxes of a set-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The two boxes, by their places in the list of boxes.
    pub ends: (usize, usize),
    /// What goes over it.
    pub label: Text,
}

/// What was predicted before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The answers an audience can choose of.
    pub options: Vec<Text>,
    /// Which of them is expected, from 0.
    pub expected: usize,
    /// The prediction in numbers.
    pub sentence: Text,
}

/// What became of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ran.
    Ran {
        /// The figures the verdict rests on.
        figures: Vec<Reading>,
        /// What there is to see.
        pictures: Vec<Picture>,
        /// Whether the prediction came true.
        verdict: Finding,
    },
    /// It cannot run here, for this reason; that is no pass.
    Skipped(Text),
    /// It went wrong, for this reason.
    Failed(String),
}

/// A figure of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// Its name for programs.
    pub key: String,
    /// What it is.
    pub what: Text,
    /// Its value in that unit.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
    /// Where it was predicted to lie, both ends included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<(f64, f64)>,
}

impl Reading {
    /// Whether it lies where it was predicted; `None` when nothing was.
    #[must_use]
    pub fn is_as_predicted(&self) -> Option<bool> {
        self.predicted.map(|(low, high)| (low..=high).contains(&self.value))
    }
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Nanoseconds.
    Time,
    /// Bytes.
    Bytes,
    /// How many.
    Count,
    /// How many in a second.
    PerSecond,
    /// One thing as a multiple of another.
    Ratio,
    /// A share of 1, shown as a percentage.
    Share,
}

/// Something to see, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// One bar each.
    Bars {
        /// What the lengths are.
        what: Text,
        /// Their unit.
        unit: Unit,
        /// Whether the axis grows by factors of ten.
        log: bool,
        /// The bars from top to bottom.
        bars: Vec<Bar>,
    },
    /// Lines over a common axis.
    Lines {
        /// The axis to the right.
        x: Scale,
        /// The axis upwards.
        y: Scale,
        /// The lines.
        lines: Vec<Line>,
    },
    /// A table of cells.
    Grid {
        /// What the columns are.
        columns: Vec<Text>,
        /// The rows.
        rows: Vec<GridRow>,
    },
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bar {
    /// What it stands for.
    pub label: Text,
    /// Its length.
    pub value: f64,
    /// The length that was predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<f64>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scale {
    /// What it measures.
    pub what: Text,
    /// In which unit.
    pub unit: Unit,
    /// Whether it grows by factors of ten.
    pub log: bool,
}

/// A line through points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// What it stands for.
    pub label: Text,
    /// Whether it is computed and not measured.
    pub theory: bool,
    /// Its points from left to right.
    pub points: Vec<(f64, f64)>,
}

/// One row of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GridRow {
    /// What it stands for.
    pub label: Text,
    /// Its cells, one for each column.
    pub cells: Vec<Cell>,
}

/// One cell of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// What stands in it.
    pub text: Text,
    /// Whether it is as predicted; `None` when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_predicted: Option<bool>,
}

/// Whether a prediction came true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How it came out.
    pub agreement: Agreement,
    /// The verdict in a sentence with its numbers.
    pub sentence: Text,
}

/// How a prediction came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// It came true.
    Agrees,
    /// It did not.
    Contradicts,
    /// The run cannot tell.
    Open,
}
