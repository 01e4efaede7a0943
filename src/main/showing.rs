//! The commands that show: results in, table and files out.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;

use duplex_lab::cli::{self, Details, Show};
use duplex_lab::compare::Refused;
use duplex_lab::results::{self, Document, Format, Results};
use duplex_lab::show::{self, Detail, Picture, Pictures, Size, Theme};

use super::Outcome;
use super::judging::{Judge, fitting};
use super::words::{cannot_write, colour, knows_unicode, language, print};

/// Columns of a table when nobody knows how wide the terminal is.
const COLUMNS: usize = 100;

pub(super) fn report(asked: &cli::Report) -> Outcome {
    let mut results = match &asked.results {
        Some(path) => read(path)?,
        None => merged(asked)?,
    };
    let scenarios: Vec<&str> = results.scenarios.iter().map(|one| one.name.as_str()).collect();
    let backends: Vec<&str> = results.backends.iter().map(|one| one.name.as_str()).collect();
    let baseline = asked.judge.baseline.as_deref();
    let judge = Judge::of(baseline, &scenarios, &backends, results.settings.repeats)?;
    let repeats = results.settings.repeats;
    let thresholds = fitting(&asked.judge.fail_if, &results.scenarios, &backends, repeats)?;
    results.settings.thresholds.extend(thresholds);
    let code = judge.code(&results, results.is_whole())?;
    let folder = asked.results.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
    let out = asked.out.as_deref().unwrap_or(folder);
    if !asked.charts.is_empty() {
        let lang = language(asked.show.lang);
        let pictures = pictures(&asked.show.pictures, &asked.charts);
        let written = show::write_pictures(&results, &pictures, &out.join("charts"), lang)
            .map_err(|error| Refused(error.to_string()))?;
        let lines: Vec<String> =
            written.iter().map(|path| format!("{}\n", path.display())).collect();
        print(&lines.concat())?;
        return Ok(code);
    }
    show::check_free(out).map_err(|error| Refused(error.to_string()))?;
    if let Some(path) = &asked.results {
        keep_beside(path, out)?;
    }
    // Where the report goes was the request; after a measurement it is a run that failed.
    present_beside(&results, judge.baseline.as_ref(), Some(out), &asked.show).map_err(refusal)?;
    Ok(code)
}

/// A folder that cannot be written, as a refusal.
fn refusal(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<io::Error>() {
        Ok(error) => Refused(error.to_string()).into(),
        Err(other) => other,
    }
}

fn read(path: &Path) -> Result<Results, Refused> {
    Results::load(path).map_err(|error| Refused(error.to_string()))
}

/// The results of several machines in one, saved where the report goes.
fn merged(asked: &cli::Report) -> anyhow::Result<Results> {
    let mut parts = Vec::new();
    for path in &asked.merge {
        parts.push((path.display().to_string(), read(path)?));
    }
    let merged = results::merge(parts).map_err(|error| Refused(error.to_string()))?;
    if let Some(out) = &asked.out {
        let file = out.join("results.json");
        if let Some(part) = asked.merge.iter().find(|part| is_same(part, &file)) {
            let why = format!("{} would be overwritten: choose another --out", part.display());
            return Err(Refused(why).into());
        }
        let saved = fs::create_dir_all(out).and_then(|()| merged.results.save(&file));
        saved.map_err(|error| cannot_write(&file, &error))?;
    }
    for note in &merged.notes {
        eprintln!("note: {note}");
    }
    Ok(merged.results)
}

/// Puts the results where the page looks for them. Those of another comparison are never replaced.
fn keep_beside(results: &Path, out: &Path) -> Result<(), Refused> {
    let file = out.join("results.json");
    if is_same(results, &file) {
        return Ok(());
    }
    let cannot = |error: &dyn Display| cannot_write(&file, error);
    let bytes = fs::read(results).map_err(|error| cannot(&error))?;
    match fs::read(&file) {
        Ok(there) if there == bytes => Ok(()),
        Ok(_) => Err(Refused(format!(
            "{} holds another comparison: choose another --out",
            file.display()
        ))),
        Err(_) => {
            let part = out.join("results.json.part");
            let kept = fs::create_dir_all(out)
                .and_then(|()| fs::write(&part, bytes))
                .and_then(|()| fs::rename(&part, &file));
            kept.map_err(|error| cannot(&error))
        }
    }
}

/// Whether both are the same file, by whatever names.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
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

/// The pictures asked for, in the words of what shows them.
fn pictures(asked: &cli::Pictures, names: &[String]) -> Pictures {
    let format = |format: &cli::Picture| match format {
        cli::Picture::Svg => Picture::Svg,
        cli::Picture::Png => Picture::Png,
    };
    let mut formats: Vec<Picture> = asked.format.iter().map(format).collect();
    if formats.is_empty() {
        formats.push(Picture::Svg);
    }
    let theme = match asked.theme {
        cli::Theme::Light => Theme::Light,
        cli::Theme::Dark => Theme::Dark,
    };
    Pictures { names: names.to_vec(), formats, theme, size: asked.size }
}

/// A report has its charts as light SVG of the usual size; whatever else was asked for is written
/// over them or beside them.
fn also_pictures(results: &Results, how: &Show, out: &Path, lang: show::Lang) -> io::Result<()> {
    let wanted = pictures(&how.pictures, &[]);
    let usual = wanted.theme == Theme::Light && wanted.size == Size::DRAWN;
    if usual && wanted.formats == [Picture::Svg] {
        return Ok(());
    }
    show::write_pictures(results, &wanted, &out.join("charts"), lang).map(drop)
}

/// Prints the results and writes the report.
pub(super) fn present(results: &Results, out: Option<&Path>, how: &Show) -> anyhow::Result<()> {
    present_beside(results, None, out, how)
}

/// The same beside a baseline, where there is one.
pub(super) fn present_beside(
    results: &Results,
    baseline: Option<&Results>,
    out: Option<&Path>,
    how: &Show,
) -> anyhow::Result<()> {
    let lang = language(how.lang);
    // Files first: whoever reads the table may close the pipe after a line.
    if let Some(out) = out {
        let exports = results::export(results, &formats(how))?;
        let written = show::write_report_beside(results, baseline, out, lang)
            .and_then(|_| show::write_raw(&exports, &out.join("raw")))
            .and_then(|()| also_pictures(results, how, out, lang));
        written?;
    }
    if how.json {
        let document =
            baseline.map_or_else(|| Document::of(results), |old| Document::beside(results, old));
        print(&format!("{}\n", serde_json::to_string(&document)?))?;
    } else {
        let style = show::Style { color: colour(), ascii: !knows_unicode() };
        let mut text = show::table_with(results, lang, COLUMNS, style);
        text.push_str(&show::details(results, lang, COLUMNS, style, &asked(&how.details)));
        print(&text)?;
        if let Some(baseline) = baseline {
            print(&show::beside(results, baseline, lang))?;
        }
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
