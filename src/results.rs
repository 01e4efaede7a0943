//! The results file: everything a run measured and everything needed to redo it.
//!
//! This is the middle of the house. Code on the left of it may open sockets and read clocks; code
//! on the right (tables, charts, reports) sees nothing but this. Histograms are kept whole, so that
//! any quantile can be computed later, and a run that went wrong is a row like any other.

mod baseline;
mod bounds;
mod bytes;
mod caution;
mod ceiling;
mod concern;
mod counted;
mod digest;
mod export;
mod failure;
mod figure;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod histogram;
mod knee;
mod lab;
mod memory;
mod merge;
mod microscope;
mod noise;
mod pairs;
mod papers;
mod run;
mod schema;
mod slope;
mod stats;
mod summary;
#[cfg(test)]
mod tests;
mod threshold;
#[cfg(test)]
pub(crate) mod trials;
mod validity;
mod views;
mod witness;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::baseline::{Against, Change, REPEATS as BASELINE_REPEATS, Verdict};
pub use self::bounds::{Bound, Bounds};
pub use self::bytes::{Books, ByteCost, Traffic};
pub use self::caution::{Caution, Place};
pub use self::ceiling::Ceiling;
pub use self::concern::Concern;
pub use self::digest::{Digest, Document};
pub use self::export::{Export, Format, export};
pub use self::failure::Failure;
pub use self::figure::{Figure, SEGMENT_OVERHEAD};
pub use self::file::BadResults;
pub use self::histogram::Histogram;
pub use self::knee::{
    Axis, BadSlo, End, Estimate, Found, Knee, Outcome, Point, Probe, Purpose, Slo, Useless, Usl,
};
pub use self::lab::{
    Agreement, Bar, Cell, Drawing, Experiment, FactSheet, Finding, GridRow, Judgement, Line, Link,
    Node, Outcome as LabOutcome, Picture, Prediction, Reading, Scale, Statement, Unit,
};
pub use self::memory::{Memory, MemoryPoint};
pub use self::merge::{Merged, Unmergeable, merge};
pub use self::microscope::MemoryCost;
pub use self::noise::{Band, chance_allows, noise};
pub use self::pairs::{COMPARED, Pair};
pub use self::papers::{Paper, Repeated, Reported};
pub use self::run::{Calls, Comebacks, Conditions, Cost, Headers, Measured, Run, WireUse};
pub use self::schema::text as schema_text;
pub use self::slope::Slope;
pub use self::stats::Ratio;
pub use self::summary::{Group, Row, Summary};
pub use self::threshold::{BadThreshold, Kept, Op, Threshold, Watched};
pub use self::validity::Doubt;
pub use self::views::{Seen, View, Views};
pub use self::witness::Witnesses;
pub use crate::sample::{Account, Findings, Ledger, Parts, Timeline};
pub use crate::scenario::{LoopKind, Scenario, Text};

/// The version of the results file this program writes and reads.
pub const SCHEMA: u32 = 2;

/// The name under which the floor appears among the backends (rule M8).
pub const FLOOR: &str = "floor";

/// What stands behind the name of a backend that is compared with itself: `async` and `async-again`.
pub const TWIN: &str = "-again";

/// One comparison: its circumstances, its scenarios, its runs in the order they were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which program measured.
    pub tool: Tool,
    /// When it began, in milliseconds since 1970.
    pub started_at: u64,
    /// What the machine is: kernel, processor, limits, settings, as name and value.
    pub machine: BTreeMap<String, String>,
    /// How it was asked.
    pub settings: Settings,
    /// The scenarios, whole.
    pub scenarios: Vec<Scenario>,
    /// The backends compared, in the order they are shown.
    pub backends: Vec<Contestant>,
    /// Every run, in the order it was made.
    pub runs: Vec<Run>,
    /// What this machine allows one process, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Searches for the load that a backend can just bear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knees: Vec<Knee>,
    /// The statements of the lecture and the experiments about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<FactSheet>,
}

/// The program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// The version of this crate.
    pub version: String,
    /// The revision it was built from, or `unknown`.
    pub revision: String,
    /// `release` or `debug`.
    pub profile: String,
}

/// How the comparison was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// The command line, for whoever wants to redo it.
    pub command: String,
    /// The seed of schedule and order.
    pub seed: u64,
    /// How often each backend met each scenario.
    pub repeats: u32,
    /// The CPUs the server was pinned to; empty when it was not.
    pub server_cpus: Vec<usize>,
    /// The CPUs the generator was pinned to; empty when it was not.
    pub generator_cpus: Vec<usize>,
    /// Every field of the limits that all backends were given.
    pub limits: BTreeMap<String, serde_json::Value>,
    /// Whether backends were compared with themselves: each has a twin with the same name and
    /// [`TWIN`] behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_check: bool,
    /// What must not happen, as it was asked for: `async.p99 > 5ms`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<String>,
    /// Whether the servers spoke TLS; the floor never does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tls: bool,
    /// From how many generator machines these results were put together; absent when from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generators: Option<u32>,
}

/// One of the backends compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contestant {
    /// Its `--backend` name, or [`FLOOR`].
    pub name: String,
    /// One line about it.
    pub about: String,
}
