//! A search for the load that a backend can just bear: every probe, and what was found.

mod curve;
mod end;
mod judge;
mod slo;
mod usl;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::curve::Point;
pub use self::end::End;
pub use self::slo::BadSlo;
pub use self::usl::{Estimate, Useless, Usl};
use super::Measured;

/// One search: one backend, one scenario, one promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Knee {
    /// The scenario that was varied.
    pub scenario: String,
    /// The backend's name.
    pub backend: String,
    /// What was varied.
    pub axis: Axis,
    /// The promise that had to be kept.
    pub slo: Slo,
    /// Every probe, in the order they were made.
    pub probes: Vec<Probe>,
    /// What came of it.
    pub found: Found,
}

/// What a search varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// The offered load, in messages per second.
    Rate,
    /// The number of members.
    Members,
}

/// A promise about response times: that share of deliveries arrives within so many nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slo {
    /// A share of deliveries, between 0 and 1.
    pub share: f64,
    /// The longest response time allowed, in nanoseconds.
    pub within: u64,
}

/// One run at one load, in a fresh process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// Where on the axis: messages per second, or members.
    pub at: f64,
    /// What it was made for.
    pub purpose: Purpose,
    /// How it ended.
    pub outcome: Outcome,
    /// What was measured, as far as it came.
    pub measured: Option<Measured>,
}

/// What a probe was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To find the knee.
    Search,
    /// To see again what is just below or just above it.
    Replay,
}

/// How a probe ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The promise was kept.
    Held,
    /// It was not, for this reason.
    Broken(String),
    /// The generator was too busy or too late to tell, for this reason.
    Beyond(String),
}

/// What a search found. Numbers are places on the axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The promise is kept at the first and broken at the second, which are close together.
    Between {
        /// The largest load that was borne.
        held: f64,
        /// The smallest load that was not.
        broken: f64,
    },
    /// The promise was broken even at the smallest load tried.
    NeverHeld {
        /// The smallest load tried.
        least: f64,
    },
    /// The promise was still kept where the generator, the machine or the plan ended: the knee lies
    /// beyond, and nobody knows where.
    NeverBroken {
        /// The largest load that was borne.
        held: f64,
        /// What ended the search.
        because: String,
    },
    /// The search has no answer: it was interrupted, or the generator was too busy or too late
    /// already at the smallest load.
    Unfinished {
        /// The largest load that was borne, when there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<f64>,
        /// The smallest load that was not, when there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        broken: Option<f64>,
        /// Why there is no answer.
        because: String,
    },
}
