//! Numbers and words of everything that is shown are those of its language.

use super::*;
use crate::results::Summary;
use crate::show::content::{self, Block};
use crate::show::{behind, redo};

/// Every text of a report but what is code or a fact of the machine, which have no language.
fn texts(results: &Results, lang: Lang) -> Vec<String> {
    let summary = Summary::of(results);
    let machine = redo::machine(results, &summary, lang).len();
    let mut found = Vec::new();
    let mut blocks = content::of(results, &summary, lang);
    // The table of facts is the block behind its heading.
    let facts = redo::machine(results, &summary, lang).into_iter().find_map(|block| match block {
        Block::Heading(text) => Some(text),
        _ => None,
    });
    let is_facts = |block: &Block| matches!((block, &facts), (Block::Heading(text), Some(facts)) if text == facts);
    let at = blocks.iter().position(is_facts).unwrap();
    blocks.drain(at..at + machine);
    for block in blocks {
        match block {
            Block::Title(text)
            | Block::Heading(text)
            | Block::Subheading(text)
            | Block::Paragraph(text) => found.push(text),
            Block::List(items) | Block::Numbered(items) => found.extend(items),
            Block::Table { rows, .. } => found.extend(rows.into_iter().flatten()),
            Block::Downloads(files) => found.extend(files.into_iter().map(|file| file.about)),
            Block::Chart(_) | Block::Further | Block::Drawing { .. } | Block::Code(_) => {}
        }
    }
    found
        .extend(behind::of(results, &summary, lang).into_iter().flat_map(|one| one.rows).flatten());
    for chart in charts(results, lang) {
        let inner = chart.svg.split('>').map(|part| part.split('<').next().unwrap_or(""));
        found.extend(inner.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned));
    }
    let style = Style::default();
    found.push(table_with(results, lang, 100, style));
    found.push(details(results, lang, 100, style, &Detail::ALL));
    found
}

/// Numbers that are written as another language writes them: a separator of thousands must have
/// three digits behind it and at most three before it, and one of decimals the other sign.
fn foreign(text: &str, lang: Lang) -> Vec<String> {
    let (group, decimal) = match lang {
        Lang::En => (',', '.'),
        Lang::De => ('.', ','),
    };
    let is_part = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_matches([',', '.']));
    let numbers = words.filter(|word| word.contains(group) || word.matches(decimal).count() > 1);
    let wrong = |number: &&str| {
        let (whole, fraction) = number.split_once(decimal).unwrap_or((number, ""));
        let mut parts = whole.split(group);
        let first = parts.next().unwrap_or("").len();
        !(1..=3).contains(&first)
            || parts.any(|part| part.len() != 3)
            || !fraction.bytes().all(|b| b.is_ascii_digit())
    };
    numbers.filter(wrong).map(str::to_owned).collect()
}

#[test]
fn a_foreign_number_is_seen() {
    assert!(foreign("1,234.5 µs and 20,000, then 0.04.", Lang::En).is_empty());
    assert!(foreign("1.234,5 µs und 20.000.", Lang::De).is_empty());
    assert_eq!(foreign("1.5 ms", Lang::De), ["1.5"]);
    assert_eq!(foreign("0,25×", Lang::En), ["0,25"]);
    assert_eq!(foreign("12345,678.9", Lang::En).len(), 1);
}

#[test]
fn every_number_that_is_shown_is_written_as_its_language_writes_it() {
    let mut results = two_scenarios();
    // The version and the revision of the program are names, not numbers.
    results.tool.version = "one".into();
    for lang in LANGS {
        for text in texts(&results, lang) {
            // The day of the measurement is a date.
            let wrong = foreign(&text.replace("22.11.2024", ""), lang);
            assert!(wrong.is_empty(), "{lang:?}: {wrong:?} in {text}");
        }
    }
}

#[test]
fn no_text_of_one_language_is_left_in_the_other() {
    let words = |lang| texts(&two_scenarios(), lang).join("\n");
    let (english, german) = (words(Lang::En), words(Lang::De));
    for word in [" the ", " and ", " of ", " with ", " not "] {
        assert!(english.contains(word) && !german.contains(word), "{word}");
    }
    for word in [" der ", " und ", " von ", " mit ", " nicht "] {
        assert!(german.contains(word) && !english.contains(word), "{word}");
    }
}
