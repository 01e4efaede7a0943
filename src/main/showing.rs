//! The commands that show: results in, table and files out.

use std::path::Path;
use std::process::ExitCode;

use duplex_lab::cli::{self, Show};
use duplex_lab::compare::Refused;
use duplex_lab::results::{self, Document, Format, Results};
use duplex_lab::show;

use super::Outcome;
use super::words::{colour, print};

/// Columns of a table when nobody knows how wide the terminal is.
const COLUMNS: usize = 100;

pub(super) fn report(asked: &cli::Report) -> Outcome {
    let results = Results::load(&asked.results).map_err(|error| Refused(error.to_string()))?;
    let beside = asked.results.parent().unwrap_or(Path::new("."));
    present(&results, Some(asked.out.as_deref().unwrap_or(beside)), &asked.show)?;
    Ok(ExitCode::SUCCESS)
}

/// The formats asked for, in the words of the results.
fn formats(show: &Show) -> Vec<Format> {
    let format = |format: &cli::Format| match format {
        cli::Format::Hgrm => Format::Hgrm,
        cli::Format::Hlog => Format::Hlog,
        cli::Format::Csv => Format::Csv,
        cli::Format::Schema => Format::Schema,
    };
    show.export.iter().map(format).collect()
}

/// Prints the results and writes the report.
pub(super) fn present(results: &Results, out: Option<&Path>, show: &Show) -> anyhow::Result<()> {
    let lang = match show.lang {
        cli::Lang::De => show::Lang::De,
        cli::Lang::En => show::Lang::En,
    };
    // Files first: whoever reads the table may close the pipe after a line.
    if let Some(out) = out {
        let exports = results::export(results, &formats(show))?;
        let written = show::write_report(results, out, lang)
            .and_then(|_| show::write_raw(&exports, &out.join("raw")));
        written.map_err(|error| Refused(error.to_string()))?;
    }
    if show.json {
        print(&format!("{}\n", serde_json::to_string(&Document::of(results))?))?;
    } else {
        let style = show::Style { color: colour() };
        print(&show::table_with(results, lang, COLUMNS, style))?;
    }
    if let Some(out) = out {
        eprintln!("report: {}", out.join("index.html").display());
    }
    Ok(())
}
