//! A report as Markdown. Knows blocks, not results.

use super::charts::{Chart, named};
use super::content::Block;

/// The blocks as one document; charts are referred to as `charts/NAME.svg`, and one that there is not
/// is left out.
pub(super) fn render(blocks: &[Block], charts: &[Chart]) -> String {
    let mut out = String::new();
    for block in blocks {
        let text = one(block, charts);
        if !out.is_empty() && !text.is_empty() {
            out.push('\n');
        }
        out.push_str(&text);
    }
    out
}

fn one(block: &Block, charts: &[Chart]) -> String {
    match block {
        Block::Title(text) => format!("# {}\n", plain(text)),
        Block::Heading(text) => format!("## {}\n", plain(text)),
        Block::Subheading(text) => format!("### {}\n", plain(text)),
        Block::Paragraph(text) => format!("{}\n", plain(text)),
        Block::List(items) => items.iter().map(|item| format!("- {}\n", plain(item))).collect(),
        Block::Numbered(items) => {
            (1..).zip(items).map(|(number, item)| format!("{number}. {}\n", plain(item))).collect()
        }
        Block::Table { rows, numbers } => table(rows, *numbers),
        Block::Chart(name) => named(charts, name).map_or_else(String::new, |chart| {
            format!("![{}](charts/{}.svg)\n", plain(&chart.title), chart.name)
        }),
        // The text beside a drawing says the same.
        Block::Further | Block::Drawing { .. } => String::new(),
        // Indented code cannot be ended by anything that stands in it.
        Block::Code(text) => text.lines().map(|line| format!("    {line}\n")).collect(),
        // What only a page can carry has no place here.
        Block::Downloads(files) => {
            let beside = files.iter().filter(|file| !file.carried);
            let link = |name: &str, about: &str| format!("- [{0}]({0}): {1}\n", name, plain(about));
            beside.map(|file| link(&file.name, &file.about)).collect()
        }
    }
}

fn table(rows: &[Vec<String>], numbers: bool) -> String {
    let mut out = String::new();
    for (place, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
        if place == 0 {
            let right = if numbers { " ---: |" } else { " --- |" };
            out.push_str(&format!("| --- |{}\n", right.repeat(row.len().saturating_sub(1))));
        }
    }
    out
}

/// Text whose characters mean only themselves.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '[' | ']' | '*' | '_' | '\\' | '#' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}
