//! Results on disk: read with a reason when they cannot be, written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::{Results, SCHEMA};

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
