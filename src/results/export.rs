//! Results in formats that other tools read: HdrHistogram's two, CSV, and the schema of the file.
//!
//! Pure: files are made here and written elsewhere. Their names are safe for any scenario and
//! backend name, because a results file may come from a stranger.

mod csv;
mod hgrm;
mod hlog;
mod names;
#[cfg(test)]
mod tests;

use std::io;

use self::names::Names;
use super::{Results, Summary, schema};

/// A format that results can be exported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `SCENARIO--BACKEND.hgrm`: the percentiles of the response time as text, in milliseconds, as
    /// HistogramPlotter and hdr-plot read them; repeats merged.
    Hgrm,
    /// `results.hlog`: every histogram of every run as an HdrHistogram log, in nanoseconds.
    Hlog,
    /// `runs.csv` and `summary.csv`: the figures of each run and those that are shown, in SI base
    /// units.
    Csv,
    /// `results.schema.json`: the JSON Schema of the results file.
    Schema,
}

/// A file to be written: nothing but letters, digits, `-`, `_` and one dot in its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name, unlike that of any other even where case makes no difference.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Export {
    fn new(name: impl Into<String>, text: String) -> Self {
        Export { name: name.into(), text }
    }
}

/// The files of these formats, each format once.
///
/// # Errors
/// When a histogram has counts that its format cannot hold, which no run has.
pub fn export(results: &Results, formats: &[Format]) -> io::Result<Vec<Export>> {
    if formats.is_empty() {
        return Ok(Vec::new());
    }
    let summary = Summary::of(results);
    let names = Names::of(&summary);
    let mut files = Vec::new();
    for format in [Format::Hgrm, Format::Hlog, Format::Csv, Format::Schema] {
        if !formats.contains(&format) {
            continue;
        }
        match format {
            Format::Hgrm => files.extend(hgrm::files(&summary, &names)),
            Format::Hlog => files.push(Export::new("results.hlog", hlog::text(results, &names)?)),
            Format::Csv => {
                files.push(Export::new("runs.csv", csv::runs(results)?));
                files.push(Export::new("summary.csv", csv::summary(&summary)?));
            }
            Format::Schema => files.push(Export::new("results.schema.json", schema::text())),
        }
    }
    Ok(files)
}
