//! The charts of what a figure costs: processor time per delivery, memory per connection.

use super::bars::{self, Bar, Bars, Panel};
use super::charts::{Chart, cautions_of_cost};
use super::lang::{Lang, NOTHING, clip};
use super::loops::name_of;
use super::verdict::{self, Subject};
use crate::results::{FLOOR, Figure, Group, Row, Summary};

/// What a chart shows of a figure.
struct Cost {
    name: &'static str,
    subject: Subject,
    what: &'static str,
    unit: &'static str,
    /// What a figure is divided by to be in that unit.
    scale: f64,
    /// The parts a bar is stacked from, with their names.
    parts: Vec<(Figure, &'static str)>,
}

/// How strongly the parts of a bar are filled, first to last.
const STRENGTH: [f64; 3] = [1.0, 0.5, 0.12];

/// Both charts, named `cpu` and `memory`.
pub(super) fn charts(summary: &Summary, lang: Lang) -> Vec<Chart> {
    let cpu = Cost {
        name: "cpu",
        subject: verdict::CPU,
        what: lang.say(
            "Server CPU per delivery, × = multiple of the floor",
            "Server-CPU pro Zustellung, × = Vielfaches des Floors",
        ),
        unit: "µs",
        scale: 1e3,
        parts: vec![
            (Figure::UserCpu, lang.say("user", "Nutzer")),
            (Figure::SystemCpu, lang.say("system", "Kernel")),
        ],
    };
    let memory = Cost {
        name: "memory",
        subject: verdict::MEMORY,
        what: lang.say("User memory per idle connection", "Nutzerspeicher pro ruhender Verbindung"),
        unit: "KiB",
        scale: 1024.0,
        parts: vec![(Figure::Memory, "")],
    };
    [cpu, memory].map(|cost| chart(summary, &cost, lang)).to_vec()
}

fn chart(summary: &Summary, cost: &Cost, lang: Lang) -> Chart {
    let figure = cost.subject.figure;
    let bars = Bars {
        what: cost.what.to_owned(),
        unit: cost.unit,
        parts: cost.parts.iter().map(|(_, name)| *name).zip(STRENGTH).collect(),
        unsplit: lang.say("run too short to split", "Lauf zu kurz zum Aufteilen"),
        labels: 310,
        panels: summary.groups.iter().map(|group| panel(group, cost, lang)).collect(),
        footer: cautions_of_cost(summary, figure, lang),
    };
    let title = verdict::of_all(summary, cost.subject, lang);
    let svg = bars::draw(&bars, &title, lang);
    Chart { name: cost.name.to_owned(), title, svg }
}

fn panel(group: &Group, cost: &Cost, lang: Lang) -> Panel {
    let figure = cost.subject.figure;
    let mut name = name_of(group, lang);
    if figure == Figure::Cpu && group.contestants().any(Row::server_was_saturated) {
        name.push_str(lang.say(" (server saturated)", " (Server ausgelastet)"));
    }
    let value = |row: &Row, figure| row.value(figure).map(|value| value / cost.scale);
    let bar = |row: &Row| {
        let parts: Option<Vec<f64>> =
            cost.parts.iter().map(|(part, _)| value(row, *part)).collect();
        let whole = value(row, figure).filter(|_| parts.is_none());
        Bar {
            backend: row.backend.clone(),
            right: parts.unwrap_or_default(),
            left: Vec::new(),
            whole,
            label: label(row, cost, lang),
        }
    };
    Panel {
        name,
        bars: group.rows.iter().map(bar).collect(),
        floor: group.floor().and_then(|row| value(row, figure)),
    }
}

fn label(row: &Row, cost: &Cost, lang: Lang) -> String {
    let Some(value) = row.value(cost.subject.figure).map(|value| value / cost.scale) else {
        return absent(row, lang).to_owned();
    };
    let mut text = format!("{} {}", clip(&lang.number(value), 12), cost.unit);
    let of_floor = row.backend != FLOOR && cost.subject.figure == Figure::Cpu;
    if let Some(ratio) = row.to_floor.filter(|_| of_floor) {
        text.push_str(&format!(" · {}×", lang.number(ratio.shown)));
    }
    text
}

/// What stands where a row has no value: why, when it failed.
pub(super) fn absent(row: &Row, lang: Lang) -> &'static str {
    if row.is_failed() { lang.say("failed", "gescheitert") } else { NOTHING }
}
