//! What the delivery oracle found: whether every message came to everybody, once and in order.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::{Chart, cautions_of_cost, frame};
use super::lang::{Lang, clip};
use super::loops::{self, name_of};
use super::names::{fits, stacked};
use super::style::{self, GRID, INK, QUIET};
use crate::results::{Figure, Findings, Group, Results, Row, Summary};

/// The chart's file name without its ending.
pub(super) const NAME: &str = "delivery";
/// How many scenarios and backends a sheet has room for.
const COLUMNS: usize = 6;
const ROWS: usize = 7;
/// The box the cells are in.
const LEFT: i32 = 330;
const RIGHT: i32 = 1850;
const TOP: i32 = 300;
const BOTTOM: i32 = 940;

/// What was found over all runs of a backend in a scenario, those that do not count included.
fn findings(results: &Results, scenario: &str, backend: &str) -> Findings {
    let same = results.runs.iter().filter(|run| run.scenario == scenario && run.backend == backend);
    let mut sum = Findings::default();
    for found in same.filter_map(|run| Some(&run.measured.as_ref()?.findings)) {
        sum.lost = sum.lost.saturating_add(found.lost);
        sum.doubled = sum.doubled.saturating_add(found.doubled);
        sum.reordered = sum.reordered.saturating_add(found.reordered);
        sum.leaked = sum.leaked.saturating_add(found.leaked);
        sum.corrupted = sum.corrupted.saturating_add(found.corrupted);
    }
    sum
}

/// The kinds of findings that there are, the gravest first, in words.
fn words(found: &Findings, lang: Lang) -> Vec<String> {
    let all = [
        (found.lost, lang.say("lost", "verloren")),
        (found.leaked, lang.say("leaked", "im falschen Raum")),
        (found.corrupted, lang.say("corrupted", "verfälscht")),
        (found.doubled, lang.say("doubled", "doppelt")),
        (found.reordered, lang.say("reordered", "vertauscht")),
    ];
    let some = all.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{} {what}", clip(&lang.count(count), 14))).collect()
}

/// The chart; nothing when there are no scenarios.
pub(super) fn chart(results: &Results, summary: &Summary, lang: Lang) -> Option<Chart> {
    let first = summary.groups.first()?;
    let title = title(results, summary, lang);
    let mut what = lang
        .say(
            "Deliveries that arrived of those asked for, over all repeats, and what the oracle found",
            "Angekommene von allen verlangten Zustellungen, über alle Wiederholungen, und was das Orakel fand",
        )
        .to_owned();
    let more = summary.groups.len().saturating_sub(COLUMNS) + first.rows.len().saturating_sub(ROWS);
    if more > 0 {
        what.push_str(&format!(
            " ({more} {})",
            lang.say("more in the table", "weitere in der Tabelle")
        ));
    }
    let svg = sheet(&title, |canvas| {
        frame(canvas, &title, &what, &cautions_of_cost(summary, Figure::Throughput, lang));
        grid(canvas, results, summary, lang);
    });
    Some(Chart { name: NAME.to_owned(), title, svg })
}

fn title(results: &Results, summary: &Summary, lang: Lang) -> String {
    let rows =
        || summary.groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)));
    let asked = rows().fold(0, |sum: u64, (_, row)| sum.saturating_add(row.expected));
    let spoiled: Vec<(&Group, &Row)> = rows()
        .filter(|(group, row)| {
            row.delivered != row.expected
                || !findings(results, &group.name, &row.backend).is_clean()
        })
        .collect();
    let count = clip(&lang.count(asked), 26);
    match (spoiled.first(), lang) {
        _ if asked == 0 => lang
            .say(
                "Nothing was delivered, so there was nothing to check",
                "Es wurde nichts zugestellt, also war nichts zu prüfen",
            )
            .to_owned(),
        (None, Lang::En) => format!(
            "No difference shown: all {count} deliveries arrived, each once, in order and unchanged"
        ),
        (None, Lang::De) => format!(
            "Kein Unterschied nachweisbar: Alle {count} Zustellungen kamen an, je einmal, in Ordnung und unverändert"
        ),
        (Some((group, row)), _) => {
            let (name, backend) = (name_of(group, lang), clip(&row.backend, 20));
            let mut told = words(&findings(results, &group.name, &row.backend), lang);
            if told.is_empty() {
                let share = lang.share(row.delivered_share());
                told.push(format!("{share} {}", lang.say("arrived", "angekommen")));
            }
            let others = spoiled.len() - 1;
            let more = match (others, lang) {
                (0, _) => String::new(),
                (_, Lang::En) => format!("; {others} more with findings"),
                (_, Lang::De) => format!("; {others} weitere mit Befund"),
            };
            format!("{name}, {backend}: {}{more}", told.join(", "))
        }
    }
}

fn grid(canvas: &Canvas<'_>, results: &Results, summary: &Summary, lang: Lang) {
    let columns = summary.groups.len().clamp(1, COLUMNS);
    let rows =
        summary.groups.iter().map(|group| group.rows.len()).max().unwrap_or(0).clamp(1, ROWS);
    let width = (RIGHT - LEFT) / columns as i32;
    let height = ((BOTTOM - TOP) / rows as i32).min(150);
    for (column, group) in (0..).zip(summary.groups.iter().take(COLUMNS)) {
        let left = LEFT + width * column;
        let mut head = split(&group.name, fits(width - 12, 34));
        head.extend(loops::is_closed(group).then(|| loops::label(lang).to_owned()));
        for (at, line) in stacked((left + width / 2, TOP - 44), &head, 34) {
            canvas.text(at, line, plain(34).bold().centred());
        }
        for (place, row) in group.rows.iter().take(ROWS).enumerate() {
            let (look, top) = (style::of(&row.backend, place), TOP + height * place as i32);
            if column == 0 {
                let name = plain(40).bold().colour(look.colour).to_the_right();
                canvas.text((LEFT - 24, top + height / 2), &clip(&row.backend, 13), name);
            }
            let found = findings(results, &group.name, &row.backend);
            let corners = ((left + 6, top + 6), (left + width - 6, top + height - 6));
            cell(canvas, corners, row, &found, lang);
        }
    }
}

/// A name over two lines where it is too long for one: broken at its last hyphen, cut if that does
/// not help.
fn split(name: &str, longest: usize) -> Vec<String> {
    let parts = match name.rsplit_once('-') {
        Some((head, tail)) if name.chars().count() > longest => {
            vec![head.to_owned(), format!("-{tail}")]
        }
        _ => vec![name.to_owned()],
    };
    parts.iter().map(|part| clip(part, longest)).collect()
}

fn cell(
    canvas: &Canvas<'_>,
    (from, to): ((i32, i32), (i32, i32)),
    row: &Row,
    found: &Findings,
    lang: Lang,
) {
    let whole = row.expected > 0 && row.delivered == row.expected && found.is_clean();
    let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
    canvas.bar(from, to, GRID, if whole { 0.35 } else { 0.0 });
    let failed = || match row.runs {
        0 => lang.say("not measured", "nicht gemessen").to_owned(),
        _ if row.is_failed() => lang.say("failed", "gescheitert").to_owned(),
        _ => lang.count(row.delivered),
    };
    let words = words(found, lang);
    let below = words.first().map_or_else(failed, |first| match words.len() {
        1 => first.clone(),
        more => format!("{first} +{}", more - 1),
    });
    if !whole {
        let edge = Stroke { colour: INK, width: 5, dash: None };
        canvas.line(&[from, (to.0, from.1), to, (from.0, to.1), from], edge);
    }
    canvas.text(
        (middle.0, middle.1 - 20),
        &lang.share(row.delivered_share()),
        plain(42).bold().centred(),
    );
    let longest = fits(to.0 - from.0 - 8, 34);
    canvas.text(
        (middle.0, middle.1 + 26),
        &clip(&below, longest),
        plain(34).colour(QUIET).centred(),
    );
}
