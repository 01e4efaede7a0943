//! The same recorded runs in four ways, and what each of them hides.

use super::details::{Section, Table, not_measured};
use super::grid::{Block, heading};
use super::lang::{Lang, clip};
use super::loops::name_of;
use crate::results::{Group, Results, Row, Seen, Summary, View, Views};

/// Two percentiles closer than this are said to be alike.
const ALIKE: f64 = 1.1;

pub(super) fn section(results: &Results, summary: &Summary, lang: Lang) -> Section {
    let groups: Vec<(&Group, Vec<(&Row, Views)>)> = summary
        .groups
        .iter()
        .map(|group| {
            let seen = group
                .contestants()
                .filter_map(|row| Some((row, Views::of(results, &group.name, &row.backend)?)));
            (group, seen.collect())
        })
        .collect();
    let shown = groups.iter().filter(|(_, rows)| !rows.is_empty());
    Section {
        title: lang.say("The same runs, looked at in four ways", "Dieselben Läufe, auf vier Arten betrachtet"),
        told: groups.iter().flat_map(|(group, rows)| told(group, rows, lang)).collect(),
        chart: None,
        tables: shown.map(|(group, rows)| table(group, rows, lang)).collect(),
        legend: lang.say(
            "from the send: service time, which is all that a tool with a closed loop sees; it hides how long a message waited to be sent, most of all behind a stall (coordinated omission). from the plan: response time, what this program reports; it hides whether the server or the queue before it was slow. mean only: hides that the slow ones are slow, and that nobody got the mean. warm-up included: hides what a settled server does behind the start, or the start behind many settled answers.",
            "ab Senden: Bedienzeit, mehr sieht ein Werkzeug mit geschlossener Schleife nicht; verbirgt, wie lange eine Nachricht auf das Senden wartete, vor allem hinter einem Stocken (coordinated omission). ab Plan: Antwortzeit, was dieses Programm berichtet; verbirgt, ob der Server langsam war oder die Schlange davor. nur Mittelwert: verbirgt, wie langsam die langsamen sind und dass den Mittelwert niemand bekam. mit Aufwärmen: verbirgt hinter dem Anlauf, was ein eingeschwungener Server tut, oder den Anlauf hinter vielen späteren Antworten.",
        ),
    }
}

fn way(view: View, lang: Lang) -> &'static str {
    match view {
        View::Sent => lang.say("from the send", "ab Senden"),
        View::Intended => lang.say("from the plan", "ab Plan"),
        View::Mean => lang.say("mean only", "nur Mittelwert"),
        View::WarmUp => lang.say("warm-up included", "mit Aufwärmen"),
    }
}

fn table(group: &Group, rows: &[(&Row, Views)], lang: Lang) -> Table {
    let mean = lang.say("mean", "Mittelwert");
    let mut lines = vec![heading(&[lang.say("counted", "gezählt"), "p50", "p99", "max", mean])];
    let mut backends = Vec::new();
    for (row, views) in rows {
        for view in View::ALL {
            let seen = views.seen(view);
            let mut line = vec![format!("{} · {}", clip(&row.backend, 24), way(view, lang))];
            // What a way does not show stays empty: a dash would say that it was not measured.
            let ladder = [seen.p50, seen.p99, seen.max].map(|value| lang.maybe_time(value));
            line.extend(match view {
                View::Mean => [const { String::new() }; 3],
                _ => ladder,
            });
            line.push(if view == View::Mean { lang.maybe_time(seen.mean) } else { String::new() });
            lines.push(line);
            backends.push(row.backend.clone());
        }
    }
    let title = name_of(group, lang);
    Table { title, cells: Block { rows: lines, optional: Vec::new() }, backends }
}

/// What the choice makes of the backend for which it makes the most: of counting from the send at
/// the percentile where it shows most, of the warm-up at the 99th.
fn told(group: &Group, rows: &[(&Row, Views)], lang: Lang) -> Vec<String> {
    let name = name_of(group, lang);
    if rows.is_empty() {
        return vec![not_measured(&name, lang)];
    }
    let from_send = most(rows, View::Sent, &LADDER).map(|change| by_send(&name, &change, lang));
    let cold =
        most(rows, View::WarmUp, &LADDER[..1]).map(|change| by_warm_up(&name, &change, lang));
    let few = || {
        let few = lang.say("too few samples for a p99", "zu wenige Werte für ein p99");
        format!("{name}: {few}")
    };
    let told: Vec<String> = from_send.into_iter().chain(cold).collect();
    if told.is_empty() { vec![few()] } else { told }
}

/// A percentile by its name.
type Rung = (&'static str, fn(&Seen) -> Option<f64>);

/// The percentiles at which two ways are held against each other.
const LADDER: [Rung; 3] =
    [("p99", |seen| seen.p99), ("p90", |seen| seen.p90), ("p50", |seen| seen.p50)];

/// A percentile of a backend from the plan, and in another way.
struct Change<'a> {
    backend: &'a str,
    percentile: &'static str,
    planned: f64,
    other: f64,
}

impl Change<'_> {
    /// How many times the larger is the smaller.
    fn factor(&self) -> f64 {
        self.planned.max(self.other) / self.planned.min(self.other).max(1.0)
    }
}

fn most<'a>(rows: &'a [(&Row, Views)], view: View, ladder: &[Rung]) -> Option<Change<'a>> {
    let changes = rows.iter().flat_map(|(row, views)| {
        let (planned, other) = (views.seen(View::Intended), views.seen(view));
        ladder.iter().filter_map(move |(percentile, at)| {
            let (planned, other) = (at(&planned)?, at(&other)?);
            Some(Change { backend: &row.backend, percentile, planned, other })
        })
    });
    changes.max_by(|a, b| a.factor().total_cmp(&b.factor()))
}

fn by_send(name: &str, change: &Change<'_>, lang: Lang) -> String {
    if change.factor() < ALIKE {
        return match lang {
            Lang::En => format!(
                "{name}: counted from the send or from the plan, each p50, p90 and p99 is the same within 10 %, so hardly a message waited to be sent"
            ),
            Lang::De => format!(
                "{name}: Ab Senden oder ab Plan gezählt, jedes p50, p90 und p99 ist auf 10 % gleich; kaum eine Nachricht wartete also auf das Senden"
            ),
        };
    }
    let backend = clip(change.backend, 20);
    let (planned, sent) = (lang.time(change.planned), lang.time(change.other));
    let factor = lang.factor(change.factor());
    let percentile = change.percentile;
    match lang {
        Lang::En => format!(
            "{name}: {backend} has a {percentile} of {planned} from the plan and of {sent} from the send, which hides a factor of {factor}"
        ),
        Lang::De => format!(
            "{name}: {backend} hat ein {percentile} von {planned} ab Plan und von {sent} ab Senden, was einen Faktor {factor} verbirgt"
        ),
    }
}

fn by_warm_up(name: &str, change: &Change<'_>, lang: Lang) -> String {
    if change.factor() < ALIKE {
        return match lang {
            Lang::En => {
                format!("{name}: with or without the warm-up, each p99 is the same within 10 %")
            }
            Lang::De => format!("{name}: Mit oder ohne Aufwärmen, jedes p99 ist auf 10 % gleich"),
        };
    }
    let backend = clip(change.backend, 20);
    let (planned, cold) = (lang.time(change.planned), lang.time(change.other));
    match lang {
        Lang::En => {
            format!("{name}: with the warm-up the p99 of {backend} is {cold} instead of {planned}")
        }
        Lang::De => {
            format!("{name}: mit dem Aufwärmen ist das p99 von {backend} {cold} statt {planned}")
        }
    }
}
