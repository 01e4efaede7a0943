//! Blocks as markup, in one language: sections, tables with captions, charts with their values.
//!
//! Knows blocks, not results, and not what a page has besides.

use super::behind::Table;
use super::canvas::escape;
use super::charts::{Chart, named};
use super::content::{Block, Download};
use super::lang::Lang;
use crate::results::Export;

/// A cell of more characters than this makes a table one of words, whose columns are never narrow.
const SENTENCE: usize = 80;

/// Everything a report says in one language.
pub(super) struct Told {
    pub(super) lang: Lang,
    pub(super) blocks: Vec<Block>,
    pub(super) charts: Vec<Chart>,
    /// The numbers behind the charts.
    pub(super) tables: Vec<Table>,
}

/// The markup of a report while it grows.
struct Markup<'a> {
    told: &'a Told,
    carried: &'a [Export],
    out: String,
    /// The heading under which the next block stands.
    under: String,
    /// How many headings there have been.
    sections: usize,
}

/// The title, without markup.
pub(super) fn title(told: &Told) -> String {
    let title = |block: &Block| match block {
        Block::Title(text) => Some(escape(&text.replace('`', ""))),
        _ => None,
    };
    told.blocks.iter().find_map(title).unwrap_or_default()
}

/// All blocks; each heading opens a section, and what is before the first one comes first.
pub(super) fn body(told: &Told, carried: &[Export]) -> String {
    let mut markup = Markup { told, carried, out: String::new(), under: title(told), sections: 0 };
    for block in &told.blocks {
        markup.push(block);
    }
    if markup.sections > 0 {
        markup.out.push_str("</section>\n");
    }
    markup.out
}

impl Markup<'_> {
    fn push(&mut self, block: &Block) {
        match block {
            Block::Title(text) => self.add(&format!("<h1>{}</h1>\n", code(text))),
            Block::Heading(text) => self.heading(text),
            Block::Subheading(text) => self.add(&format!("<h3>{}</h3>\n", code(text))),
            Block::Paragraph(text) => self.add(&format!("<p>{}</p>\n", code(text))),
            Block::List(items) => self.add(&format!("<ul>\n{}</ul>\n", list(items))),
            Block::Numbered(items) => self.add(&format!("<ol>\n{}</ol>\n", list(items))),
            Block::Table { rows, numbers } => {
                let text = table(rows, *numbers, &self.under);
                self.add(&text);
            }
            Block::Chart(name) => {
                if let Some(chart) = named(&self.told.charts, name) {
                    self.figure(chart);
                }
            }
            Block::Drawing { title, svg } => {
                let title = escape(title);
                self.add(&format!(
                    "<figure>\n<div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"{title}\">\n{svg}</div>\n</figure>\n"
                ));
            }
            Block::Further => {}
            Block::Code(text) => self.add(&format!("<pre tabindex=\"0\">{}</pre>\n", escape(text))),
            Block::Downloads(files) => {
                let link = |file: &Download| download(file, self.carried);
                let items: String = files.iter().map(link).collect();
                self.add(&format!("<ul>\n{items}</ul>\n"));
            }
        }
    }

    fn add(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn heading(&mut self, text: &str) {
        if self.sections == 0 {
            self.contents();
        } else {
            self.add("</section>\n");
        }
        self.sections += 1;
        let id = format!("{}-{}", self.told.lang.code(), self.sections);
        self.add(&format!("<section>\n<h2 id=\"{id}\">{}</h2>\n", code(text)));
        self.under = escape(&text.replace('`', ""));
    }

    /// Where everything is, for a page that is long.
    fn contents(&mut self) {
        let lang = self.told.lang;
        let headings = self.told.blocks.iter().filter_map(|block| match block {
            Block::Heading(text) => Some(text),
            _ => None,
        });
        let link = |(number, text): (usize, &String)| {
            // Of a scenario the name is enough.
            let short = text.split(": ").next().unwrap_or(text);
            format!("<li><a href=\"#{}-{number}\">{}</a></li>\n", lang.code(), code(short))
        };
        let links: String = (1..).zip(headings).map(link).collect();
        let label = lang.say("On this page", "Auf dieser Seite");
        self.add(&format!("<nav aria-label=\"{label}\">\n<ul>\n{links}</ul>\n</nav>\n"));
    }

    /// The picture can be scrolled sideways on a narrow screen and walked through by arrow keys, so
    /// it takes the keyboard too.
    fn figure(&mut self, chart: &Chart) {
        let lang = self.told.lang;
        let name = escape(&chart.name);
        let id = format!("{}-{name}", lang.code());
        let label = lang.say("Chart", "Diagramm");
        let svg = chart.svg.replace(" opacity=\"1\"", "");
        self.add(&format!(
            "<figure id=\"{id}\">\n<div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"{label}: {name}\">\n{svg}</div>\n"
        ));
        let title = escape(&chart.title);
        let behind = self.told.tables.iter().filter(|table| table.chart == chart.name);
        let tables: String = behind.map(|behind| table(&behind.rows, true, &title)).collect();
        if !tables.is_empty() {
            let values = lang.say("Show the values", "Werte anzeigen");
            self.add(&format!(
                "<figcaption>\n<details>\n<summary>{values}</summary>\n{tables}</details>\n</figcaption>\n"
            ));
        }
        self.add("</figure>\n");
    }
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("<li>{}</li>\n", code(item))).collect()
}

/// A table that can be scrolled sideways; its caption is for those who hear it.
fn table(rows: &[Vec<String>], numbers: bool, under: &str) -> String {
    let wordy = || rows.iter().flatten().any(|cell| cell.chars().count() > SENTENCE);
    let kind = match numbers {
        true => " class=\"numbers\"",
        false if wordy() => " class=\"words\"",
        false => "",
    };
    let first = rows.first().and_then(|row| row.first()).map_or("", String::as_str);
    let caption = format!("{under} · {}", escape(first));
    let mut out = format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{caption}\">\n<table{kind}>\n<caption>{caption}</caption>\n"
    );
    for (place, row) in rows.iter().enumerate() {
        out.push_str(match place {
            0 => "<thead>\n<tr>",
            1 => "<tbody>\n<tr>",
            _ => "<tr>",
        });
        for (column, cell) in row.iter().enumerate() {
            let (open, close) = match (place, column) {
                (0, _) => ("<th scope=\"col\">", "</th>"),
                (_, 0) => ("<th scope=\"row\">", "</th>"),
                _ => ("<td>", "</td>"),
            };
            out.push_str(&format!("{open}{}{close}", code(cell)));
        }
        out.push_str(if place == 0 { "</tr>\n</thead>\n" } else { "</tr>\n" });
    }
    out.push_str(if rows.len() > 1 {
        "</tbody>\n</table>\n</div>\n"
    } else {
        "</table>\n</div>\n"
    });
    out
}

/// A file as a link: beside the page, or carried by the link itself.
fn download(file: &Download, carried: &[Export]) -> String {
    let (name, about) = (escape(&file.name), escape(&file.about));
    if !file.carried {
        return format!("<li><a href=\"{name}\">{name}</a>: {about}</li>\n");
    }
    let Some(data) = carried.iter().find(|one| one.name == file.name) else { return String::new() };
    let data = percent(&data.text);
    format!(
        "<li><a href=\"data:text/csv;charset=utf-8,{data}\" download=\"{name}\">{name}</a>: {about}</li>\n"
    )
}

/// Text as a part of an address: everything but letters, digits and a few signs by its bytes.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b',' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
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
