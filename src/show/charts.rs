//! The charts of a report: one latency chart per scenario, three cost charts over all of them.

use super::bars::{self, Bars};
use super::canvas::{Canvas, plain};
use super::lang::{Lang, clip, wrap};
use super::latency;
use super::style::QUIET;
use super::table::caution;
use super::verdict::{self, Subject};
use crate::results::{Figure, Results, Summary};

/// One chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The file name without its ending, such as `latency-rush`.
    pub name: String,
    /// Its takeaway in one sentence.
    pub title: String,
    /// The picture: SVG, 1920 × 1080, complete in itself.
    pub svg: String,
}

/// All charts of the results, in the order a report shows them.
#[must_use]
pub fn charts(results: &Results, lang: Lang) -> Vec<Chart> {
    of(&Summary::of(results), lang)
}

pub(super) fn of(summary: &Summary, lang: Lang) -> Vec<Chart> {
    let mut all = Vec::new();
    for (place, group) in summary.groups.iter().enumerate() {
        let title = verdict::of_group(group, verdict::P99, lang).unwrap_or_else(|| {
            let what = lang.say("response time by percentile", "Antwortzeit nach Perzentil");
            format!("{}: {what}", clip(&group.name, 40))
        });
        let svg = latency::draw(summary, group, &title, lang);
        all.push(Chart { name: file_name(&group.name, place), title, svg });
    }
    for (name, subject, bars) in costs(lang) {
        let title = verdict::of_all(summary, subject, lang);
        let svg = bars::draw(summary, &bars, &title, lang);
        all.push(Chart { name: name.to_owned(), title, svg });
    }
    all
}

fn costs(lang: Lang) -> [(&'static str, Subject, Bars<'static>); 3] {
    [
        (
            "cpu",
            verdict::CPU,
            Bars {
                what: lang.say(
                    "Server CPU per delivery, × = multiple of the floor",
                    "Server-CPU pro Zustellung, × = Vielfaches des Floors",
                ),
                unit: "µs",
                scale: 1e3,
                ratio: true,
                parts: vec![
                    (Figure::UserCpu, lang.say("user", "User")),
                    (Figure::SystemCpu, lang.say("system", "System")),
                ],
                total: Figure::Cpu,
            },
        ),
        (
            "wire",
            verdict::WIRE,
            Bars {
                what: lang
                    .say("Bytes on the wire per delivery", "Bytes auf der Leitung pro Zustellung"),
                unit: "B",
                scale: 1.0,
                ratio: false,
                parts: vec![
                    (Figure::WireDown, lang.say("from server", "vom Server")),
                    (Figure::WireUp, lang.say("to server", "zum Server")),
                    (
                        Figure::WireHeaders,
                        lang.say("TCP/IP headers (estimate)", "TCP/IP-Köpfe (Schätzung)"),
                    ),
                ],
                total: Figure::Wire,
            },
        ),
        (
            "memory",
            verdict::MEMORY,
            Bars {
                what: lang.say(
                    "User memory per idle connection",
                    "Nutzerspeicher pro ruhender Verbindung",
                ),
                unit: "KiB",
                scale: 1024.0,
                ratio: false,
                parts: vec![(Figure::Memory, "")],
                total: Figure::Memory,
            },
        ),
    ]
}

/// A file name that cannot leave its folder, whatever the scenario is called.
fn file_name(scenario: &str, place: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !scenario.is_empty() && scenario.len() <= 40 && scenario.chars().all(plain) {
        format!("latency-{scenario}")
    } else {
        format!("latency-{}", place + 1)
    }
}

/// The frame every chart has: title on top, what it shows below, cautions at the bottom.
pub(super) fn frame(canvas: &Canvas<'_>, title: &str, what: &str, summary: &Summary, lang: Lang) {
    let size = if title.chars().count() > 62 { 44 } else { 54 };
    let width = if size == 44 { 76 } else { 62 };
    let mut lines = wrap(title, width);
    if lines.len() > 2 {
        lines[1].push_str(" …");
    }
    let top = if lines.len() > 1 { 52 } else { 88 };
    for (place, line) in (0..).zip(lines.iter().take(2)) {
        canvas.text((70, top + place * 60), line, plain(size).bold());
    }
    canvas.text((70, 170), what, plain(32).colour(QUIET));
    let cautions = summary.cautions.iter().zip(1..);
    let told: Vec<String> =
        cautions.map(|(one, number)| format!("{number} {}", caution(one, lang))).collect();
    let mut lines = wrap(&told.join("  ·  "), 145);
    if lines.len() > 3 {
        lines.truncate(3);
        lines[2] = clip(&format!("{} …", lines[2]), 145);
    }
    for (place, line) in (0..).zip(&lines) {
        canvas.text((70, 990 + place * 30), line, plain(24).colour(QUIET));
    }
}
