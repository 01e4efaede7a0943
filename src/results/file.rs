//! Results on disk: read with a reason when they cannot be, written whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write};
use std::path::Path;

use serde::Deserialize;

use super::{Results, SCHEMA};

/// No results file is larger: a comparison of everything with many repeats has a few MB. What is
/// larger is something else, and is not read into memory.
const MOST_BYTES: u64 = 128 << 20;

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
    /// When the file cannot be read, is not JSON, has another schema, or has a run twice.
    pub fn load(path: &Path) -> Result<Self, BadResults> {
        let shown = path.display().to_string();
        let malformed = |why: String| BadResults::Malformed { path: shown.clone(), why };
        let text = read(path)
            .map_err(|source| BadResults::Unreadable { path: shown.clone(), source })?
            .ok_or_else(|| malformed(format!("it is larger than {} MiB", MOST_BYTES >> 20)))?;
        Self::parse(&text, &shown)
    }

    /// Reads the text of a results file; `origin` names it in errors.
    ///
    /// # Errors
    /// When it is not JSON, not results, or has another schema.
    pub fn parse(text: &str, origin: &str) -> Result<Self, BadResults> {
        let shown = origin.to_owned();
        let malformed = |why: String| BadResults::Malformed { path: shown.clone(), why };
        let found = match serde_json::from_str::<Self>(text) {
            Ok(results) if results.schema == SCHEMA => {
                return match results.doubled() {
                    Some(which) => Err(malformed(which)),
                    None => Ok(results),
                };
            }
            Ok(results) => u64::from(results.schema),
            // Another schema has other fields: whether that is the reason is looked up only now,
            // so that a good file is read once.
            Err(error) => match serde_json::from_str::<Peek>(text) {
                Ok(Peek { schema: Some(found) }) if found != u64::from(SCHEMA) => found,
                Ok(Peek { schema: None }) => {
                    return Err(malformed("it has no schema number".to_owned()));
                }
                _ => return Err(malformed(error.to_string())),
            },
        };
        Err(BadResults::OtherSchema { path: shown, found })
    }

    /// Which run stands in it twice: counted as two repeats, it would make them look surer than they
    /// are.
    fn doubled(&self) -> Option<String> {
        let mut seen = BTreeSet::new();
        let again = self
            .runs
            .iter()
            .find(|run| !seen.insert((run.scenario.as_str(), run.backend.as_str(), run.repeat)))?;
        let (scenario, backend, repeat) = (&again.scenario, &again.backend, again.repeat);
        Some(format!(
            "repeat {repeat} of {backend:?} in {scenario:?} stands in it twice: use the file as it was written"
        ))
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

/// The one field that all schemas have.
#[derive(Deserialize)]
struct Peek {
    #[serde(default)]
    schema: Option<u64>,
}

/// The whole text of a file; `None` when it is larger than any results file.
fn read(path: &Path) -> io::Result<Option<String>> {
    let mut text = String::new();
    // The length of a device or pipe is known only after reading it.
    let read = fs::File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    Ok((read as u64 <= MOST_BYTES).then_some(text))
}
