//! The results file: everything a run measured and everything needed to redo it.
//!
//! This is the middle of the house. Code on the left of it may open sockets and read clocks; code
//! on the right (tables, charts, reports) sees nothing but this. Histograms are kept whole, so that
//! any quantile can be computed later, and a run that went wrong is a row like any other.

mod caution;
#[cfg(test)]
pub(crate) mod fixture;
mod histogram;
mod stats;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::caution::{Caution, Concern, Failure, Place};
pub use self::histogram::Histogram;
pub use self::stats::Ratio;
pub use self::summary::{Figure, Group, Row, SEGMENT_OVERHEAD, Summary};
pub use crate::sample::Findings;
pub use crate::scenario::{Scenario, Text};

/// The version of the results file this program writes and reads.
pub const SCHEMA: u32 = 1;

/// The name under which the floor appears among the backends (rule M8).
pub const FLOOR: &str = "floor";

/// One comparison: its circumstances, its scenarios, its runs in the order they were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// The program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// The version of this crate.
    pub version: String,
    /// The revision it was built from, or `unknown`.
    pub revision: String,
    /// `release` or `debug`.
    pub profile: String,
}

/// How the comparison was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// One of the backends compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contestant {
    /// Its `--backend` name, or [`FLOOR`].
    pub name: String,
    /// One line about it.
    pub about: String,
}

/// One run: a fresh server process, one scenario, one backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The backend's name.
    pub backend: String,
    /// Which repeat, from 0.
    pub repeat: u32,
    /// Why the run does not count, when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What was measured, as far as the run came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// What one run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Seconds from the first intended start to the last delivery.
    pub seconds: f64,
    /// Messages the plan asked for.
    pub messages: u64,
    /// Deliveries those messages ask for.
    pub expected: u64,
    /// Deliveries that arrived, each counted once.
    pub delivered: u64,
    /// Deliveries that arrived before the measured time was over.
    pub delivered_in_time: u64,
    /// What the delivery oracle found.
    pub findings: Findings,
    /// Received − intended, in nanoseconds, one value per delivery.
    pub response: Histogram,
    /// Received − sent, in nanoseconds, one value per delivery.
    pub service: Histogram,
    /// Sent − intended, in nanoseconds, one value per message: the generator's own lateness.
    pub send_lag: Histogram,
    /// What the server spent between the first send and the last delivery.
    pub server: Option<Cost>,
    /// What the generator spent in the same time.
    pub generator: Option<Cost>,
    /// What a connection costs in memory.
    pub memory: Option<Memory>,
    /// What crossed the wire, by the kernel's counters.
    pub wire: Option<WireUse>,
    /// Time from the first connect to the last member being joined, in seconds.
    pub set_up_seconds: f64,
}

/// Processor time and context switches of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Processor time in nanoseconds.
    pub cpu_ns: u64,
    /// The part of it spent in user mode.
    pub user_ns: u64,
    /// The part of it spent in the kernel.
    pub system_ns: u64,
    /// Context switches because there was nothing to do.
    pub voluntary_switches: u64,
    /// Context switches because the time slice was over.
    pub involuntary_switches: u64,
    /// Threads at the end.
    pub threads: u64,
}

/// User memory of the server before and after all members joined, while nobody speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Connections made in between.
    pub connections: u64,
    /// Anonymous resident memory before, in bytes.
    pub before: u64,
    /// Anonymous resident memory after, in bytes.
    pub after: u64,
}

/// Bytes and segments of all connections as the generator's kernel counted them (TCP_INFO).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireUse {
    /// TCP payload bytes from the server.
    pub received_bytes: u64,
    /// TCP payload bytes to the server.
    pub sent_bytes: u64,
    /// Segments from the server.
    pub received_segments: u64,
    /// Segments to the server.
    pub sent_segments: u64,
}

/// Why a results file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadResults {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// The file is not a results file.
    #[error("{path} is not a results file: {why}")]
    Malformed {
        /// The file.
        path: String,
        /// The reason.
        why: String,
    },
    /// Another version of this program wrote it.
    #[error(
        "{path} has schema {found}, this program reads schema {SCHEMA}: measure again or use the version that wrote it"
    )]
    OtherSchema {
        /// The file.
        path: String,
        /// Its schema.
        found: u64,
    },
}

impl Results {
    /// Reads a results file.
    ///
    /// # Errors
    /// When the file cannot be read, is not JSON, or has another schema.
    pub fn load(path: &Path) -> Result<Self, BadResults> {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|source| BadResults::Unreadable { path: shown.clone(), source })?;
        let malformed = |why: String| BadResults::Malformed { path: shown.clone(), why };
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_u64) {
            None => Err(malformed("it has no schema number".to_owned())),
            Some(found) if found != u64::from(SCHEMA) => {
                Err(BadResults::OtherSchema { path: shown, found })
            }
            Some(_) => serde_json::from_value(value).map_err(|error| malformed(error.to_string())),
        }
    }

    /// Writes the file whole or not at all: to a temporary name in the same folder, then renamed.
    ///
    /// # Errors
    /// When the folder cannot be written or is full; the old file is then still there.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let temporary = path.with_extension("json.part");
        let written = (|| {
            let mut file = fs::File::create(&temporary)?;
            serde_json::to_writer(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()
        })();
        match written {
            Ok(()) => fs::rename(&temporary, path),
            Err(error) => {
                // The part that was written is of no use; if it cannot be removed either, the
                // first error is still the one to report.
                let _ = fs::remove_file(&temporary);
                Err(error)
            }
        }
    }
}

impl Measured {
    /// A cost divided by the deliveries it paid for; `None` when there were none.
    #[must_use]
    pub fn per_delivery(&self, total: u64) -> Option<f64> {
        (self.delivered > 0).then(|| total as f64 / self.delivered as f64)
    }
}
