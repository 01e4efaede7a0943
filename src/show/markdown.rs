//! A report as Markdown. Knows blocks, not results.

use super::content::Block;

/// The blocks as one document; charts are referred to as `charts/NAME.svg`.
pub(super) fn render(blocks: &[Block<'_>]) -> String {
    let mut out = String::new();
    for block in blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&one(block));
    }
    out
}

fn one(block: &Block<'_>) -> String {
    match block {
        Block::Title(text) => format!("# {}\n", plain(text)),
        Block::Heading(text) => format!("## {}\n", plain(text)),
        Block::Paragraph(text) => format!("{}\n", plain(text)),
        Block::List(items) => items.iter().map(|item| format!("- {}\n", plain(item))).collect(),
        Block::Numbered(items) => {
            (1..).zip(items).map(|(number, item)| format!("{number}. {}\n", plain(item))).collect()
        }
        Block::Table { rows, numbers } => table(rows, *numbers),
        Block::Chart(chart) => format!("![{}](charts/{}.svg)\n", plain(&chart.title), chart.name),
        // Indented code cannot be ended by anything that stands in it.
        Block::Code(text) => format!("    {text}\n"),
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
