//! What others have reported and what the same work gives here, side by side: on the terminal and
//! in a report.

use super::content::Block;
use super::grid::push;
use super::lab::{reading, sentence};
use super::lang::{Lang, wrap};
use crate::results::{FactSheet, LabOutcome, Paper, Repeated};

/// The two columns and what stands between them take less than that.
const NARROWEST: usize = 60;

/// All papers as plain text with lines of at most `width` characters.
#[must_use]
pub fn papers(sheet: &FactSheet, lang: Lang, width: usize) -> String {
    let width = width.max(NARROWEST);
    let column = (width - 3) / 2;
    let mut out = String::new();
    for paper in &sheet.papers {
        push(&mut out, &format!("{}. {}", paper.number, paper.source), width);
        push(&mut out, &format!("  {}", lang.of(&paper.conditions)), width);
        let line = |left: &str, right: &str| format!("{left:<column$} │ {right}");
        let heads = (lang.say("reported", "berichtet"), lang.say("here", "hier"));
        out.push_str(&format!("{}\n", line(heads.0, heads.1)));
        out.push_str(&format!("{}─┼─{}\n", "─".repeat(column), "─".repeat(column)));
        let left: Vec<String> = cell(&reported(paper, lang), column);
        let right: Vec<String> = cell(&here(sheet, paper, lang), column);
        for row in 0..left.len().max(right.len()) {
            let text = |side: &[String]| side.get(row).cloned().unwrap_or_default();
            out.push_str(&format!("{}\n", line(&text(&left), &text(&right)).trim_end()));
        }
        out.push('\n');
    }
    if !sheet.papers.is_empty() {
        push(&mut out, unverified(lang), width);
    }
    out
}

/// All papers as a part of a report.
pub(super) fn blocks(sheet: &FactSheet, lang: Lang) -> Vec<Block> {
    if sheet.papers.is_empty() {
        return Vec::new();
    }
    let head = [
        "",
        lang.say("source and conditions", "Quelle und Bedingungen"),
        lang.say("reported", "berichtet"),
        lang.say("the same work here", "dieselbe Arbeit hier"),
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for paper in &sheet.papers {
        let source = format!("{}. {}", paper.source, lang.of(&paper.conditions));
        let (reported, here) = (reported(paper, lang), here(sheet, paper, lang));
        rows.push(vec![paper.number.clone(), source, reported.join("; "), here.join("; ")]);
    }
    vec![
        Block::Heading(lang.say("Beside the papers", "Neben den Arbeiten anderer").to_owned()),
        Block::Table { rows, numbers: false },
        Block::Paragraph(unverified(lang).to_owned()),
    ]
}

fn unverified(lang: Lang) -> &'static str {
    lang.say(
        "* Not read in the source itself: quoted second-hand, to be checked before it is shown.",
        "* Nicht in der Quelle selbst gelesen: aus zweiter Hand, vor dem Zeigen zu prüfen.",
    )
}

/// Lines of a cell.
fn cell(texts: &[String], width: usize) -> Vec<String> {
    let lines = |text: &String| {
        let lines = wrap(text, width - 2).into_iter().enumerate();
        lines.map(|(place, line)| format!("{}{line}", if place == 0 { "• " } else { "  " }))
    };
    texts.iter().flat_map(|text| lines(text).collect::<Vec<_>>()).collect()
}

fn reported(paper: &Paper, lang: Lang) -> Vec<String> {
    let mark = |verified| if verified { "" } else { " *" };
    let told = paper.reported.iter();
    told.map(|one| format!("{}{}", lang.of(&one.what), mark(one.verified))).collect()
}

/// What the same work gave here, and what was not repeated.
fn here(sheet: &FactSheet, paper: &Paper, lang: Lang) -> Vec<String> {
    let mut told: Vec<String> =
        paper.here.iter().flat_map(|repeated| found(sheet, repeated, lang)).collect();
    if let Some(why) = &paper.not_repeated {
        let not = lang.say("not repeated", "nicht wiederholt");
        let part = lang.say("with a difference", "mit einem Unterschied");
        let word = if paper.here.is_empty() { not } else { part };
        told.push(format!("{word}: {}", lang.of(why)));
    }
    told
}

/// The figures of an experiment that answer a paper; its verdict where none is named.
fn found(sheet: &FactSheet, repeated: &Repeated, lang: Lang) -> Vec<String> {
    let name = &repeated.experiment;
    let Some(experiment) = sheet.experiment(name) else {
        let run = lang.say("not run yet", "noch nicht gelaufen");
        return vec![format!("{run}: duplex lab run {name}")];
    };
    let LabOutcome::Ran { figures, .. } = &experiment.outcome else {
        return vec![format!("{name}: {}", sentence(experiment, lang))];
    };
    if repeated.keys.is_empty() {
        return vec![format!("{name}: {}", sentence(experiment, lang))];
    }
    let named = |key: &String| figures.iter().find(|figure| figure.key == *key);
    let figures = repeated.keys.iter().filter_map(named);
    figures.map(|figure| format!("{name}: {}", reading(figure, lang))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Reported, Text};

    fn text(en: &str, de: &str) -> Text {
        Text { en: en.to_owned(), de: de.to_owned() }
    }

    fn sheet() -> FactSheet {
        let reported = |verified| Reported { what: text("much less", "viel weniger"), verified };
        let paper = Paper {
            number: "T1".to_owned(),
            source: "Somebody: a long title that goes on and on until it has to be broken, 2012"
                .to_owned(),
            conditions: text("two machines", "zwei Maschinen"),
            reported: vec![reported(true), reported(false)],
            here: vec![Repeated { experiment: "kink".to_owned(), keys: Vec::new() }],
            not_repeated: Some(text("no third machine", "keine dritte Maschine")),
        };
        FactSheet { papers: vec![paper], ..FactSheet::default() }
    }

    #[test]
    fn columns_fit_and_what_was_not_verified_is_marked() {
        for lang in Lang::ALL {
            for width in [60, 100] {
                let told = papers(&sheet(), lang, width);
                assert!(told.lines().all(|line| line.chars().count() <= width), "{told}");
                let of = |verified: &str| told.matches(verified).count();
                assert_eq!(of(lang.say("much less *", "viel weniger *")), 1, "{told}");
                assert_eq!(of(lang.say("much less", "viel weniger")), 2, "{told}");
                let one_line: Vec<&str> = told.split_whitespace().collect();
                assert!(one_line.contains(&"lab") && one_line.contains(&"kink"), "{told}");
                assert!(told.contains(lang.say("third", "dritte")), "{told}");
            }
        }
        assert_eq!(papers(&FactSheet::default(), Lang::En, 100), "");
    }

    #[test]
    fn a_report_has_them_where_there_are_some() {
        assert!(blocks(&FactSheet::default(), Lang::En).is_empty());
        let [Block::Heading(_), Block::Table { rows, .. }, Block::Paragraph(note)] =
            &*blocks(&sheet(), Lang::De)
        else {
            panic!("three blocks")
        };
        assert_eq!(rows.len(), 2);
        assert!(note.starts_with('*'));
    }
}
