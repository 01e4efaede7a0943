//! What the numbers say, in one sentence: the title of a chart, the first lines of a report.
//!
//! A sentence claims a difference only when the interval of the repeats leaves out 1 (DESIGN M5).

use super::lang::{Lang, clip};
use crate::results::{Figure, Group, Row, Summary};

/// The scenario a one-sentence verdict prefers, because everybody knows the situation.
const FAMILIAR: &str = "lecture-hall";

/// What a sentence is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) figure: Figure,
    en: &'static str,
    de: &'static str,
}

/// CPU per delivery.
pub(super) const CPU: Subject =
    Subject { figure: Figure::Cpu, en: "CPU per delivery", de: "CPU pro Zustellung" };
/// All bytes on the wire per delivery.
pub(super) const WIRE: Subject =
    Subject { figure: Figure::Wire, en: "wire bytes per delivery", de: "Bytes pro Zustellung" };
/// User memory per connection.
pub(super) const MEMORY: Subject =
    Subject { figure: Figure::Memory, en: "memory per connection", de: "Speicher pro Verbindung" };
/// The 99th percentile of the response time.
pub(super) const P99: Subject =
    Subject { figure: Figure::P99, en: "p99 response time", de: "p99-Antwortzeit" };

/// The sentence about one scenario.
pub(super) fn of_group(group: &Group, subject: Subject, lang: Lang) -> Option<String> {
    let name = clip(&group.name, 40);
    let what = lang.say(subject.en, subject.de);
    let (low, high) = extremes(group, subject.figure)?;
    let value =
        |row: &Row| row.median(subject.figure).map(|value| shown(subject.figure, value, lang));
    let (first, last) = (clip(&low.backend, 20), clip(&high.backend, 20));
    let (least, most) = (value(low)?, value(high)?);
    if first == last {
        return Some(format!("{name}: {first} {least} {what}"));
    }
    let ratio = low.ratio(high, subject.figure);
    Some(match ratio.filter(crate::results::Ratio::shows_difference) {
        Some(ratio) => {
            let times = lang.number(ratio.median);
            match lang {
                Lang::En => format!("{name}: {first} has {times}× the {what} of {last}"),
                Lang::De => format!("{name}: {first} hat {times}× so viel {what} wie {last}"),
            }
        }
        None => match lang {
            Lang::En => {
                format!("{name}: no difference shown in {what} ({first} {least}, {last} {most})")
            }
            Lang::De => {
                format!(
                    "{name}: kein Unterschied gezeigt bei {what} ({first} {least}, {last} {most})"
                )
            }
        },
    })
}

/// The sentence about the scenario that says it best.
pub(super) fn of_all(summary: &Summary, subject: Subject, lang: Lang) -> String {
    let weight = |group: &&Group| match subject.figure {
        // Memory is a slope over connections: the more there were, the better it is known.
        Figure::Memory => group.scenario.as_ref().map_or(0, |scenario| scenario.members),
        _ => u32::from(group.name == FAMILIAR),
    };
    let mut groups: Vec<&Group> = summary.groups.iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(weight(group)));
    let best = groups.into_iter().find_map(|group| of_group(group, subject, lang));
    best.unwrap_or_else(|| {
        let what = lang.say(subject.en, subject.de);
        format!("{what}: {}", lang.say("nothing to compare", "nichts zu vergleichen"))
    })
}

/// The backends with the least and the most; the floor is no contestant.
fn extremes(group: &Group, figure: Figure) -> Option<(&Row, &Row)> {
    let mut rows: Vec<(&Row, f64)> =
        group.contestants().filter_map(|row| Some((row, row.median(figure)?))).collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    Some((rows.first()?.0, rows.last()?.0))
}

fn shown(figure: Figure, value: f64, lang: Lang) -> String {
    match figure {
        Figure::Wire => format!("{} B", lang.number(value)),
        Figure::Memory => format!("{} KiB", lang.number(value / 1024.0)),
        _ => lang.time(value),
    }
}
