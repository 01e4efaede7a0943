//! Cells set in columns for a terminal: names to the left, numbers to the right.
//!
//! Knows how wide things are, not what they mean.

use super::lang::{clip, wrap};
use super::style;

/// The least width blocks can be set in.
pub(super) const NARROWEST: usize = 80;

/// A block of cells: the first row is the heading, the first column the name.
pub(super) struct Block {
    pub(super) rows: Vec<Vec<String>>,
    /// Columns that may be left out when there is no room for them, first to go first.
    pub(super) optional: Vec<usize>,
}

/// The first row of a block.
pub(super) fn heading(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// Sets a block in columns: names to the left, numbers to the right.
pub(super) fn grid(block: &Block, width: usize) -> Vec<String> {
    let columns = block.rows[0].len();
    let mut kept: Vec<usize> = (0..columns).collect();
    let needed = |kept: &[usize], gap: usize| {
        let cells: usize = kept.iter().map(|column| widest(block, *column)).sum();
        cells + gap * (kept.len() - 1)
    };
    for column in &block.optional {
        if needed(&kept, 2) > width {
            kept.retain(|other| other != column);
        }
    }
    let gap = if needed(&kept, 2) > width { 1 } else { 2 };
    let overflow = needed(&kept, gap).saturating_sub(width);
    let first = widest(block, 0).saturating_sub(overflow).max(6);
    block
        .rows
        .iter()
        .map(|row| {
            let mut line = format!("{:<first$}", clip(&row[0], first));
            for column in kept.iter().skip(1) {
                let room = gap + widest(block, *column);
                line.push_str(&format!("{:>room$}", row[*column]));
            }
            line
        })
        .collect()
}

fn widest(block: &Block, column: usize) -> usize {
    block.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
}

/// Adds the lines of a block with a rule below its heading, in the colours of the backends if asked.
pub(super) fn dress(out: &mut String, lines: &[String], names: &[&str], color: bool) {
    let rule = "─".repeat(lines[0].chars().count());
    out.push_str(&format!("{}\n{rule}\n", lines[0]));
    for (place, (line, name)) in lines[1..].iter().zip(names).enumerate() {
        if color {
            let colour = style::of(name, place).terminal;
            out.push_str(&format!("\u{1b}[38;5;{colour}m{line}\u{1b}[0m\n"));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
}

/// Adds a text in lines of at most that width; all but the first are indented.
pub(super) fn push(out: &mut String, text: &str, width: usize) {
    for (place, line) in wrap(text, width - 2).iter().enumerate() {
        out.push_str(if place > 0 { "  " } else { "" });
        out.push_str(line);
        out.push('\n');
    }
}
