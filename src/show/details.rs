//! The further tables: the same sections on the terminal, where they are asked for, and in a report.
//!
//! A section says what its numbers mean in sentences, shows them in one table per scenario, and
//! explains its headings. Knows nothing of what the numbers are.

use super::ascii::ascii;
use super::content::Block;
use super::grid::{self, dress, push};
use super::lang::Lang;
use super::table::Style;
use super::{bytes, four_ways, mechanism, microscope};
use crate::results::{Results, Summary};

/// A section that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What a delivery costs, by mechanism.
    Cost,
    /// Where the bytes of a delivery go.
    Bytes,
    /// What a connection costs in memory, and how many fit.
    Memory,
    /// The same runs, looked at in four ways.
    FourWays,
}

impl Detail {
    /// Every section, in the order they are shown.
    pub const ALL: [Detail; 4] = [Detail::Cost, Detail::Bytes, Detail::Memory, Detail::FourWays];

    fn section(self, results: &Results, summary: &Summary, lang: Lang) -> Section {
        match self {
            Detail::Cost => mechanism::section(results, summary, lang),
            Detail::Bytes => bytes::section(results, summary, lang),
            Detail::Memory => microscope::section(results, summary, lang),
            Detail::FourWays => four_ways::section(results, summary, lang),
        }
    }
}

/// One section, in one language.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// What the numbers say, one sentence each.
    pub(super) told: Vec<String>,
    /// The chart that goes with it, by its name.
    pub(super) chart: Option<&'static str>,
    pub(super) tables: Vec<Table>,
    /// What the words in the headings mean.
    pub(super) legend: &'static str,
}

/// One table of a section.
pub(super) struct Table {
    /// The scenario.
    pub(super) title: String,
    pub(super) cells: grid::Block,
    /// The backend of each row but the heading, which gives it its colour.
    pub(super) backends: Vec<String>,
}

/// The least width the further tables can be set in: they have more columns than the main ones.
const NARROWEST: usize = 100;

/// The sections as plain text with lines of at most `width` characters (but at least 100), in the
/// order of [`Detail::ALL`]; nothing where there are no runs.
#[must_use]
pub fn details(
    results: &Results,
    lang: Lang,
    width: usize,
    style: Style,
    asked: &[Detail],
) -> String {
    let summary = Summary::of(results);
    if summary.groups.is_empty() {
        return String::new();
    }
    let asked = Detail::ALL.into_iter().filter(|one| asked.contains(one));
    let text: String =
        asked.map(|one| text(&one.section(results, &summary, lang), width, style)).collect();
    if style.ascii { ascii(&text) } else { text }
}

fn text(section: &Section, width: usize, style: Style) -> String {
    let width = width.max(NARROWEST);
    let mut out = format!("\n{}\n", section.title);
    for table in &section.tables {
        out.push('\n');
        push(&mut out, &table.title, width);
        let names: Vec<&str> = table.backends.iter().map(String::as_str).collect();
        dress(&mut out, &grid::grid(&table.cells, width), &names, style.color);
    }
    out.push('\n');
    for sentence in &section.told {
        push(&mut out, &format!("· {sentence}"), width);
    }
    push(&mut out, section.legend, width);
    out
}

/// All sections for a report; nothing where there are no runs.
pub(super) fn blocks(results: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    if summary.groups.is_empty() {
        return Vec::new();
    }
    let sections = Detail::ALL.into_iter().map(|one| one.section(results, summary, lang));
    sections.flat_map(blocks_of).collect()
}

fn blocks_of(section: Section) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(section.title.to_owned()), Block::List(section.told)];
    blocks.extend(section.chart.map(|name| Block::Chart(name.to_owned())));
    blocks.extend(section.tables.into_iter().map(|table| {
        let mut rows = table.cells.rows;
        // Beside the name of the scenario there is no need to say what the columns are of.
        rows[0][0] = table.title;
        Block::Table { rows, numbers: true }
    }));
    blocks.push(Block::Paragraph(section.legend.to_owned()));
    blocks
}

/// What is said of a scenario for which there is nothing to say.
pub(super) fn not_measured(name: &str, lang: Lang) -> String {
    format!("{name}: {}", lang.say("not measured here", "hier nicht gemessen"))
}
