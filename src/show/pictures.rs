//! Charts as files of their own: which ones, in which theme, size and format.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::charts::{Chart, charts};
use super::lang::{Lang, clip};
use super::raster::{self, Size};
use super::report::{named, write};
use super::theme::{Theme, in_theme};
use crate::results::Results;

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Sharp at any size, with text that can be searched.
    Svg,
    /// For programs that show no SVG.
    Png,
}

/// Which pictures to write.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// The charts by name; all of them when empty.
    pub names: Vec<String>,
    /// The kinds of files.
    pub formats: Vec<Picture>,
    /// On which ground.
    pub theme: Theme,
    /// How large.
    pub size: Size,
}

/// More painters at a time than this would only take memory.
const PAINTERS: usize = 4;
/// A picture with more pixels than this is painted alone.
const LARGE: u64 = 4096 * 2160;

/// Writes pictures into a folder and gives their paths: `NAME.svg`, `NAME.png`. All are painted
/// before the first is written.
///
/// # Errors
/// When there is no chart of a name (the message names those there are), or when a file cannot be
/// written.
pub fn write_pictures(
    results: &Results,
    asked: &Pictures,
    folder: &Path,
    lang: Lang,
) -> io::Result<Vec<PathBuf>> {
    let charts = chosen(charts(results, lang), &asked.names)?;
    let mut jobs: Vec<(&Chart, Picture)> = Vec::new();
    for chart in &charts {
        jobs.extend(asked.formats.iter().map(|format| (chart, *format)));
    }
    let painted = all_painted(&jobs, asked)?;
    fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
    let mut written = Vec::new();
    for ((chart, format), content) in jobs.into_iter().zip(painted) {
        let ending = if format == Picture::Svg { "svg" } else { "png" };
        written.push(write(folder.join(format!("{}.{ending}", chart.name)), &content)?);
    }
    Ok(written)
}

/// The charts of those names, in the order they were asked for.
fn chosen(all: Vec<Chart>, names: &[String]) -> io::Result<Vec<Chart>> {
    if names.is_empty() {
        return Ok(all);
    }
    let find = |name: &String| {
        all.iter().find(|chart| chart.name == *name).cloned().ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|chart| chart.name.as_str()).collect();
            let known = if known.is_empty() {
                "these results have none".to_owned()
            } else {
                format!("choose of {}", known.join(", "))
            };
            let why = format!("there is no chart '{}': {known}", clip(name, 60));
            io::Error::new(io::ErrorKind::InvalidInput, why)
        })
    };
    names.iter().map(find).collect()
}

/// The contents of all files, in the order of the jobs, painted by several threads.
fn all_painted(jobs: &[(&Chart, Picture)], asked: &Pictures) -> io::Result<Vec<Vec<u8>>> {
    let pixels = u64::from(asked.size.width()) * u64::from(asked.size.height());
    let cpus = thread::available_parallelism().map_or(1, usize::from);
    let painters = if pixels > LARGE { 1 } else { cpus.min(PAINTERS) };
    let next = AtomicUsize::new(0);
    let paint = || {
        let mut done = Vec::new();
        while let Some((place, job)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            jobs.get(place).map(|job| (place, job))
        } {
            done.push((place, painted(job.0, job.1, asked)));
        }
        done
    };
    let mut all = thread::scope(|scope| {
        let workers: Vec<_> = (1..painters).map(|_| scope.spawn(paint)).collect();
        let mut all = paint();
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, content)| content).collect()
}

fn painted(chart: &Chart, format: Picture, asked: &Pictures) -> io::Result<Vec<u8>> {
    let svg = in_theme(&chart.svg, asked.theme);
    match format {
        Picture::Svg => Ok(raster::resized(&svg, asked.size).into_bytes()),
        Picture::Png => raster::png(&svg, asked.size),
    }
}
