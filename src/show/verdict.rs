//! What the numbers say, in one sentence: the title of a chart, the first lines of a report.
//!
//! A sentence claims a difference only when the interval of the repeats leaves out 1 (DESIGN M5).

use super::lang::{Lang, clip};
use crate::results::{Figure, Group, Ratio, Row, Summary};

/// The scenario a one-sentence verdict prefers, because everybody knows the situation.
const FAMILIAR: &str = "lecture-hall";

/// The thing, the verb, what follows the first factor, what follows the others.
type Words = (&'static str, &'static str, &'static str, &'static str);

/// What a sentence is about: the thing, and the claim around a factor, in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) figure: Figure,
    en: Words,
    de: Words,
}

impl Subject {
    fn words(&self, lang: Lang) -> Words {
        if lang == Lang::De { self.de } else { self.en }
    }
}

/// CPU per delivery.
pub(super) const CPU: Subject = Subject {
    figure: Figure::Cpu,
    en: ("CPU per delivery", "needs", "× the CPU per delivery of", "× that of"),
    de: ("CPU pro Zustellung", "braucht", "× so viel CPU pro Zustellung wie", "× so viel wie"),
};
/// All bytes on the wire per delivery.
pub(super) const WIRE: Subject = Subject {
    figure: Figure::Wire,
    en: ("wire bytes per delivery", "needs", "× the wire bytes per delivery of", "× that of"),
    de: (
        "Bytes pro Zustellung",
        "braucht",
        "× so viele Bytes pro Zustellung wie",
        "× so viele wie",
    ),
};
/// User memory per connection.
pub(super) const MEMORY: Subject = Subject {
    figure: Figure::Memory,
    en: ("memory per connection", "needs", "× the memory per connection of", "× that of"),
    de: (
        "Speicher pro Verbindung",
        "braucht",
        "× so viel Speicher pro Verbindung wie",
        "× so viel wie",
    ),
};
/// The 99th percentile of the response time.
pub(super) const P99: Subject = Subject {
    figure: Figure::P99,
    en: ("p99 response time", "has", "× the p99 response time of", "× that of"),
    de: ("p99-Antwortzeit", "hat", "× die p99-Antwortzeit von", "× die von"),
};

/// The sentence about one scenario: the backend with the least beside each of the others.
pub(super) fn of_group(group: &Group, subject: Subject, lang: Lang) -> Option<String> {
    let mut rows: Vec<(&Row, f64)> =
        group.contestants().filter_map(|row| Some((row, row.median(subject.figure)?))).collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let ((least, _), others) = rows.split_first()?;
    let ratio = |row: &Row| least.ratio(row, subject.figure).filter(Ratio::shows_difference);
    let clear: Vec<(&Row, Ratio)> =
        others.iter().filter_map(|(row, _)| Some((*row, ratio(row)?))).collect();
    let scenario = clip(&group.name, 40);
    if clear.is_empty() {
        return Some(format!("{scenario}: {}", undecided(&rows, subject, lang)));
    }
    let close: Vec<String> = others
        .iter()
        .filter(|(row, _)| ratio(row).is_none())
        .map(|(row, _)| clip(&row.backend, 20))
        .collect();
    let mut sentence = format!("{scenario}: {}", claim(least, &clear, subject, lang));
    if !close.is_empty() {
        let none = lang.say("no difference shown to", "kein Unterschied gezeigt zu");
        sentence.push_str(&format!(" ({none} {})", close.join(", ")));
    }
    Some(sentence)
}

/// The least as a multiple of each backend that it differs from.
fn claim(least: &Row, others: &[(&Row, Ratio)], subject: Subject, lang: Lang) -> String {
    let (_, verb, first, further) = subject.words(lang);
    let mut sentence = format!("{} {verb}", clip(&least.backend, 20));
    for (place, (row, ratio)) in others.iter().enumerate() {
        let link = match place {
            0 => "",
            last if last + 1 == others.len() => lang.say(" and", " und"),
            _ => ",",
        };
        let claim = if place == 0 { first } else { further };
        let factor = lang.factor(ratio.median);
        sentence.push_str(&format!("{link} {factor}{claim} {}", clip(&row.backend, 20)));
    }
    sentence
}

/// All values side by side, without a claim.
fn undecided(rows: &[(&Row, f64)], subject: Subject, lang: Lang) -> String {
    let (what, ..) = subject.words(lang);
    let mut values: Vec<String> = rows
        .iter()
        .take(4)
        .map(|(row, value)| {
            // The table shows the percentile of all repeats together, so the sentence does too.
            let merged = row.response.as_ref().and_then(|response| response.quantile(0.99));
            let value = match subject.figure {
                Figure::P99 => merged.unwrap_or(*value),
                _ => *value,
            };
            let value = shown(subject.figure, value, lang).replace(' ', "\u{a0}");
            format!("{}\u{a0}{value}", clip(&row.backend, 20))
        })
        .collect();
    if rows.len() > values.len() {
        values.push("…".to_owned());
    }
    let values = values.join(", ");
    if rows.len() == 1 {
        return format!("{what}: {values}");
    }
    let none = lang.say("no difference shown in", "kein Unterschied gezeigt bei");
    format!("{none} {what} ({values})")
}

/// The sentence about the scenario that says it best.
pub(super) fn of_all(summary: &Summary, subject: Subject, lang: Lang) -> String {
    let weight = |group: &&Group| match subject.figure {
        // Memory is a slope over connections: the more there were, the better it is known.
        Figure::Memory => group.scenario.as_ref().map_or(0, |scenario| scenario.members),
        _ => u32::from(group.name == FAMILIAR),
    };
    let mut groups: Vec<&Group> = summary.groups.iter().collect();
    let compares = |group: &&Group| {
        group.contestants().filter(|row| row.median(subject.figure).is_some()).count() > 1
    };
    groups.sort_by_key(|group| std::cmp::Reverse((compares(group), weight(group))));
    let best = groups.into_iter().find_map(|group| of_group(group, subject, lang));
    best.unwrap_or_else(|| {
        let (what, ..) = subject.words(lang);
        format!("{what}: {}", lang.say("nothing to compare", "nichts zu vergleichen"))
    })
}

fn shown(figure: Figure, value: f64, lang: Lang) -> String {
    match figure {
        Figure::Wire => format!("{} B", lang.number(value)),
        Figure::Memory => format!("{} KiB", lang.number(value / 1024.0)),
        _ => lang.time(value),
    }
}
