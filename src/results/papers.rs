//! What others have reported, and what the same work gives here, side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Text;

/// One paper, report or benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its number in the lecture: T1 to T15.
    pub number: String,
    /// Who, what, when.
    pub source: String,
    /// Under which conditions it was measured.
    pub conditions: Text,
    /// What it reports.
    pub reported: Vec<Reported>,
    /// The experiments here that do the same work, with the figures that answer it; without keys the
    /// verdict answers it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub here: Vec<Repeated>,
    /// Why the work is not repeated here, or which part of it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_repeated: Option<Text>,
}

/// Something that was reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// The figure and what it is.
    pub what: Text,
    /// Whether we have read it in the source itself.
    pub verified: bool,
}

/// The same work here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// The experiment.
    pub experiment: String,
    /// The keys of its figures.
    #[serde(default)]
    pub keys: Vec<String>,
}
