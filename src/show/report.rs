//! A report on disk: charts, README.md and index.html.
//!
//! Files are written whole or not at all, and nothing is deleted: the folder may hold other things.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::content::Block;
use super::html::Told;
use super::lang::Lang;
use super::{baseline, behind, charts, content, markdown, page, placing, redo};
use crate::results::{Export, Results, Summary};

/// Writes a report: [`write_report_beside`] without a baseline.
///
/// # Errors
/// When a folder or file cannot be written; the message names it.
pub fn write_report(results: &Results, out: &Path, lang: Lang) -> io::Result<Vec<PathBuf>> {
    write_report_beside(results, None, out, lang)
}

/// Writes `charts/*.svg` and `README.md` in that language and `index.html` in all of them, which
/// shows that one first, and gives their paths in that order.
///
/// # Errors
/// When a folder or file cannot be written; the message names it. Files already written stay, each
/// of them whole.
pub fn write_report_beside(
    results: &Results,
    baseline: Option<&Results>,
    out: &Path,
    lang: Lang,
) -> io::Result<Vec<PathBuf>> {
    check_free(out)?;
    let summary = Summary::of(results);
    let mut told = vec![told(results, &summary, baseline, lang)];
    let charts = &told[0].charts;
    let folder = out.join("charts");
    fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
    let mut written = Vec::new();
    for chart in charts {
        let path = folder.join(format!("{}.svg", chart.name));
        written.push(write(path, &chart.svg)?);
    }
    let readme = format!("{}\n{MARK}\n", markdown::render(&told[0].blocks, charts));
    written.push(write(out.join("README.md"), &readme)?);
    let others = Lang::ALL.into_iter().filter(|other| *other != lang);
    told.extend(others.map(|other| self::told(results, &summary, baseline, other)));
    written.push(write(out.join("index.html"), &page::render(&told, &redo::carried(results)))?);
    Ok(written)
}

/// Stands at the end of each README.md that a report has written.
const MARK: &str = "<!-- A report of duplex: the next one here writes this file anew. -->";

/// Files that a report writes anew, and what all of its own have in them.
const OURS: [(&str, &[&str]); 3] = [
    ("README.md", &[MARK]),
    ("index.html", &["<div class=\"page\" id=\"", "<a class=\"skip\" href=\"#"]),
    ("results.json", &["\"schema\"", "\"tool\"", "\"settings\""]),
];

/// Checks that a report can be written into a folder without taking the place of a file that is none
/// of its own.
///
/// # Errors
/// When it would; the message names the file and says what to do.
pub fn check_free(out: &Path) -> io::Result<()> {
    for (name, marks) in OURS {
        let path = out.join(name);
        let is_ours = |bytes: Vec<u8>| {
            let text = String::from_utf8_lossy(&bytes);
            text.is_empty() || marks.iter().all(|mark| text.contains(mark))
        };
        if !fs::read(&path).map_or(true, is_ours) {
            let what = format!("{} is not of a report", path.display());
            let why = format!("{what}: choose another folder with --out");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
    }
    Ok(())
}

/// Everything a report says, in one language.
fn told(results: &Results, summary: &Summary, baseline: Option<&Results>, lang: Lang) -> Told {
    let charts = charts::of(results, summary, lang);
    let mut blocks = content::of(results, summary, lang);
    if let Some(baseline) = baseline {
        // Behind the verdicts, before everything that has a heading.
        let heading = |block: &Block| matches!(block, Block::Heading(_));
        let at = blocks.iter().position(heading).unwrap_or(blocks.len());
        blocks.splice(at..at, baseline::blocks(results, baseline, lang));
    }
    let blocks = placing::placed(blocks, &charts, lang);
    let tables = behind::of(results, summary, lang);
    Told { lang, blocks, charts, tables }
}

/// Writes files for other tools into a folder, all of them or none: under temporary names first.
///
/// # Errors
/// When the folder or a file cannot be written; the message names it.
pub fn write_raw(exports: &[Export], folder: &Path) -> io::Result<()> {
    if exports.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
    let places: Vec<(PathBuf, PathBuf)> = exports
        .iter()
        .map(|export| (folder.join(format!("{}.part", export.name)), folder.join(&export.name)))
        .collect();
    let written = exports.iter().zip(&places).try_for_each(|(export, (part, path))| {
        fs::write(part, &export.text).map_err(|error| named(path, &error))
    });
    let renamed = written.and_then(|()| {
        places.iter().try_for_each(|(part, path)| {
            fs::rename(part, path).map_err(|error| named(path, &error))
        })
    });
    if renamed.is_err() {
        // Parts are of no use; if one cannot be removed either, the first error counts.
        places.iter().for_each(|(part, _)| drop(fs::remove_file(part)));
    }
    renamed
}

/// Writes to a temporary name in the same folder and renames it.
pub(super) fn write(path: PathBuf, content: &(impl AsRef<[u8]> + ?Sized)) -> io::Result<PathBuf> {
    let mut temporary = path.clone().into_os_string();
    temporary.push(".part");
    let temporary = PathBuf::from(temporary);
    let whole = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(content.as_ref()))
        .and_then(|()| fs::rename(&temporary, &path));
    match whole {
        Ok(()) => Ok(path),
        Err(error) => {
            // Half a file is of no use; if it cannot be removed either, the first error counts.
            let _ = fs::remove_file(&temporary);
            Err(named(&path, &error))
        }
    }
}

pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
}
