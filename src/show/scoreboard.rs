//! The verdicts on the terminal: who has the least of what, as a table, and the same as bars.
//!
//! The verdicts are those of the sentences in a report; the bars start at zero, and each scenario
//! has its own scale.

use super::lang::{Lang, NOTHING, clip};
use super::loops::name_of;
use super::style;
use super::table::Style;
use super::verdict::{self, Standing, Subject};
use crate::results::{Group, Row, Summary};

/// What is judged, in the order of the report.
const SUBJECTS: [Subject; 4] = [verdict::CPU, verdict::P99, verdict::WIRE, verdict::MEMORY];
/// What is drawn: two figures beside each other have room.
const DRAWN: [Subject; 2] = [verdict::CPU, verdict::P99];

/// Columns for a scenario or backend, for what is judged, for a bar, and for its value.
const NAME: usize = 14;
const WHAT: usize = 25;
const BAR: usize = 22;
const VALUE: usize = 10;

/// Who has the least of each figure in each scenario; nothing where nobody is compared.
pub(super) fn verdicts(summary: &Summary, lang: Lang, width: usize, _: Style) -> String {
    let mut lines = Vec::new();
    for group in summary.groups.iter().filter(|group| group.contestants().count() > 1) {
        let mut name = clip(&name_of(group, lang), NAME - 2);
        for subject in SUBJECTS {
            let what = subject.words(lang).what;
            let line = format!("{name:<NAME$}{what:<WHAT$}{}", said(group, subject, lang));
            lines.push(clip(&line, width));
            name.clear();
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let (scenario, figure) = (lang.say("verdicts", "Urteile"), lang.say("figure", "Zahl"));
    let least = lang.say("the least, beside the others", "das kleinste, neben den anderen");
    lines.insert(0, format!("{scenario:<NAME$}{figure:<WHAT$}{least}"));
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    lines.insert(1, "─".repeat(longest));
    format!("{}\n\n", lines.join("\n"))
}

/// The verdict on one figure: `async 0.50× blocking, = long-poll`.
fn said(group: &Group, subject: Subject, lang: Lang) -> String {
    let Some(Standing { rows, clear, close }) = verdict::standing(group, subject.figure) else {
        return NOTHING.to_owned();
    };
    let none = lang.say("no difference shown", "kein Unterschied nachweisbar");
    if let Some(reason) = verdict::withheld(group, subject, lang).filter(|_| rows.len() > 1) {
        // What it is about stands in the column before.
        return reason.split_once(": ").map_or(reason.clone(), |(_, why)| format!("? {why}"));
    }
    let least = clip(&rows[0].0.backend, 20);
    match (clear.is_empty(), rows.len()) {
        (true, 1) => format!("{least} {}", verdict::shown(subject.figure, rows[0].1, lang)),
        (true, _) => none.to_owned(),
        (false, _) => {
            let beside = clear.iter().map(|(row, ratio)| {
                format!("{}× {}", lang.factor(ratio.shown), clip(&row.backend, 20))
            });
            let equal = close.iter().map(|row| format!("= {}", clip(&row.backend, 20)));
            let others: Vec<String> = beside.chain(equal).collect();
            format!("{least} {}", others.join(", "))
        }
    }
}

/// The cost and the slowness of each backend as bars; nothing where neither was measured.
pub(super) fn bars(summary: &Summary, lang: Lang, _: usize, how: Style) -> String {
    let mut out = String::new();
    for group in &summary.groups {
        let most = DRAWN.map(|subject| most(group, subject));
        if most.iter().all(Option::is_none) {
            continue;
        }
        let titles = DRAWN.map(|subject| subject.words(lang).what);
        let name = clip(&name_of(group, lang), NAME - 2);
        let room = BAR + VALUE + 2;
        out.push_str(&format!("{name:<NAME$}{:<room$}{}\n", titles[0], titles[1]));
        for (place, row) in group.rows.iter().enumerate() {
            out.push_str(&line(row, place, &most, lang, how));
        }
        out.push('\n');
    }
    out
}

fn most(group: &Group, subject: Subject) -> Option<f64> {
    let values = group.rows.iter().filter_map(|row| row.value(subject.figure));
    values.filter(|value| value.is_finite() && *value > 0.0).reduce(f64::max)
}

fn line(row: &Row, place: usize, most: &[Option<f64>; 2], lang: Lang, how: Style) -> String {
    let mut out = format!("{:<NAME$}", clip(&row.backend, NAME - 2));
    for (subject, most) in DRAWN.iter().zip(most) {
        let value = row.value(subject.figure);
        let share = value.zip(*most).map_or(0.0, |(value, most)| value / most);
        let drawn = bar(share);
        let pad = " ".repeat(BAR.saturating_sub(drawn.chars().count()));
        let drawn = match how.color {
            true => {
                let colour = style::of(&row.backend, place).terminal;
                format!("\u{1b}[38;5;{colour}m{drawn}\u{1b}[0m")
            }
            false => drawn,
        };
        let value = lang.maybe_time(value);
        out.push_str(&format!("{drawn}{pad}{value:>VALUE$}  "));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A bar of that share of its room, to an eighth of a column.
fn bar(share: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * (BAR * 8) as f64).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::complete;
    use crate::show::table;

    #[test]
    fn the_table_has_a_verdict_for_each_figure_and_bars_in_proportion() {
        let mut results = complete();
        results.runs.retain(|run| run.scenario == "ping");
        let text = table(&results, Lang::En, 100);
        for line in [
            "ping          CPU per delivery         async 0.50× blocking, 0.39× long-poll",
            "              TCP bytes per delivery   blocking 0.32× long-poll, = async",
        ] {
            assert!(text.lines().any(|one| one.starts_with(line)), "{line}\n{text}");
        }
        let length = |backend: &str| {
            let line = text.lines().rfind(|line| line.starts_with(backend)).unwrap();
            line[NAME..].chars().take_while(|c| *c == '█').count()
        };
        assert_eq!((length("long-poll"), length("async")), (BAR, 8));
    }

    #[test]
    fn a_bar_never_leaves_its_room() {
        for share in [f64::NAN, -1.0, 0.0, 0.004, 0.5, 1.0, 9.0, f64::INFINITY] {
            assert!(bar(share).chars().count() <= BAR, "{share}");
        }
        assert_eq!(bar(0.5).chars().count(), BAR / 2);
    }
}
