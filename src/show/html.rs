//! A report as one HTML page that needs nothing else: style and charts are part of it.
//!
//! Knows blocks, not results.

use super::canvas::escape;
use super::charts::{Chart, named};
use super::content::Block;
use super::lang::Lang;

const STYLE: &str = include_str!("report.css");

/// The blocks as one page; a chart that there is not is left out.
pub(super) fn render(blocks: &[Block], charts: &[Chart], lang: Lang) -> String {
    let title = blocks.iter().find_map(|block| match block {
        Block::Title(text) => Some(escape(text)),
        _ => None,
    });
    let body: String = blocks.iter().map(|block| one(block, charts)).collect();
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        lang.code(),
        title.unwrap_or_default(),
    )
}

fn one(block: &Block, charts: &[Chart]) -> String {
    match block {
        Block::Title(text) => format!("<h1>{}</h1>\n", code(text)),
        Block::Heading(text) => format!("<h2>{}</h2>\n", code(text)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", code(text)),
        Block::List(items) => format!("<ul>\n{}</ul>\n", list(items)),
        Block::Numbered(items) => format!("<ol>\n{}</ol>\n", list(items)),
        Block::Table { rows, numbers } => table(rows, *numbers),
        Block::Chart(name) => named(charts, name).map_or_else(String::new, figure),
        Block::Code(text) => format!("<pre>{}</pre>\n", escape(text)),
    }
}

/// The region can be scrolled sideways on a narrow screen, so it takes the keyboard too.
fn figure(chart: &Chart) -> String {
    let name = escape(&chart.name);
    format!("<figure id=\"{name}\" tabindex=\"0\">\n{}</figure>\n", chart.svg)
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("<li>{}</li>\n", code(item))).collect()
}

fn table(rows: &[Vec<String>], numbers: bool) -> String {
    let kind = if numbers { " class=\"numbers\"" } else { "" };
    let mut out = format!("<div class=\"wide\" tabindex=\"0\"><table{kind}>\n");
    for (place, row) in rows.iter().enumerate() {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let (open, close) = match (place, column) {
                (0, _) => ("<th scope=\"col\">", "</th>"),
                (_, 0) => ("<th scope=\"row\">", "</th>"),
                _ => ("<td>", "</td>"),
            };
            out.push_str(&format!("{open}{}{close}", escape(cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
    out
}

/// Text in which what stands between two backticks is code.
fn code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let set = |(place, part): (usize, &&str)| match place % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    };
    parts.iter().enumerate().map(set).collect()
}
