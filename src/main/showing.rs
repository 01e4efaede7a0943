//! The commands that show: results in, table and files out.

use std::path::Path;
use std::process::ExitCode;

use duplex_lab::cli::{self, Details, Show};
use duplex_lab::compare::Refused;
use duplex_lab::results::Results;
use duplex_lab::show::{self, Detail};

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

/// Prints the results and writes the report.
pub(super) fn present(results: &Results, out: Option<&Path>, how: &Show) -> anyhow::Result<()> {
    let lang = match how.lang {
        cli::Lang::De => show::Lang::De,
        cli::Lang::En => show::Lang::En,
    };
    // Files first: whoever reads the table may close the pipe after a line.
    if let Some(out) = out {
        show::write_report(results, out, lang).map_err(|error| Refused(error.to_string()))?;
    }
    if how.json {
        print(&format!("{}\n", serde_json::to_string(results)?))?;
    } else {
        let style = show::Style { color: colour() };
        let mut text = show::table_with(results, lang, COLUMNS, style);
        text.push_str(&show::details(results, lang, COLUMNS, style, &asked(&how.details)));
        print(&text)?;
    }
    if let Some(out) = out {
        eprintln!("report: {}", out.join("index.html").display());
    }
    Ok(())
}

/// The further tables that were asked for.
fn asked(details: &[Details]) -> Vec<Detail> {
    let each = details.iter().flat_map(|one| match one {
        Details::Cost => vec![Detail::Cost],
        Details::Bytes => vec![Detail::Bytes],
        Details::Memory => vec![Detail::Memory],
        Details::FourWays => vec![Detail::FourWays],
        Details::All => Detail::ALL.to_vec(),
    });
    each.collect()
}
