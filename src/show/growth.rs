//! Memory against connections: the readings, the line through them, and where the machine ends it.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::{Chart, cautions_of_cost, frame};
use super::lang::{Lang, clip};
use super::loops::name_of;
use super::plot::{Axis, Label, Plot, labels};
use super::style::{self, Look, QUIET};
use super::verdict;
use crate::results::{Ceiling, Figure, Group, Results, Row, Summary};

/// The chart's file name without its ending.
pub(super) const NAME: &str = "memory-growth";
/// Bytes in a mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// The readings of one backend in MiB, and the slope that is shown everywhere.
struct Growth<'a> {
    row: &'a Row,
    look: Look,
    points: Vec<(f64, f64)>,
    /// Bytes per connection.
    slope: Option<f64>,
    ceiling: Option<Ceiling>,
}

impl Growth<'_> {
    /// The ends of the line: it has the slope that is shown and runs through the middle of the points.
    fn line(&self) -> Option<[(f64, f64); 2]> {
        let slope = self.slope? / MIB;
        let count = self.points.len() as f64;
        let x = self.points.iter().map(|point| point.0).sum::<f64>() / count;
        let y = self.points.iter().map(|point| point.1).sum::<f64>() / count;
        let most = self.points.iter().map(|point| point.0).fold(0.0, f64::max);
        let at = |members: f64| (members, y + slope * (members - x));
        Some([at(0.0), at(most)])
    }
}

fn growth<'a>(results: &Results, group: &'a Group) -> Vec<Growth<'a>> {
    let of = |(place, row): (usize, &'a Row)| {
        let memory =
            results.counted(&group.name, &row.backend).filter_map(|run| run.memory.as_ref());
        let points: Vec<(f64, f64)> = memory
            .flat_map(|memory| &memory.points)
            .take(400)
            .map(|point| (point.connections as f64, point.user as f64 / MIB))
            .collect();
        let bounds = results.bounds.as_ref();
        let ceiling =
            bounds.and_then(|bounds| Ceiling::of(results, &group.name, &row.backend, bounds));
        let (look, slope) = (style::of(&row.backend, place), row.value(Figure::Memory));
        (!points.is_empty()).then_some(Growth { row, look, points, slope, ceiling })
    };
    group.rows.iter().enumerate().filter_map(of).collect()
}

/// The scenario with the most connections of which a slope is known.
fn best<'a>(results: &Results, summary: &'a Summary) -> Option<(&'a Group, Vec<Growth<'a>>)> {
    let all = summary.groups.iter().map(|group| (group, growth(results, group)));
    let known = all.filter(|(_, growth)| growth.iter().any(|one| one.slope.is_some()));
    known.max_by_key(|(group, _)| group.scenario.as_ref().map_or(0, |scenario| scenario.members))
}

/// The chart; nothing where no slope of memory was measured.
pub(super) fn chart(results: &Results, summary: &Summary, lang: Lang) -> Option<Chart> {
    let (group, growth) = best(results, summary)?;
    let title =
        verdict::of_group(group, verdict::MEMORY, lang).unwrap_or_else(|| name_of(group, lang));
    let what = lang.say(
        "User memory of the server against idle connections, all repeats; lines: fitted slope; ceiling: predicted, not tried",
        "Nutzerspeicher des Servers gegen ruhende Verbindungen, alle Wiederholungen; Linien: Steigung; Grenze: vorhergesagt",
    );
    let svg = sheet(&title, |canvas| {
        frame(canvas, &title, what, &cautions_of_cost(summary, Figure::Memory, lang));
        draw(canvas, &growth, lang);
    });
    Some(Chart { name: NAME.to_owned(), title, svg })
}

fn draw(canvas: &Canvas<'_>, growth: &[Growth<'_>], lang: Lang) {
    let points = || growth.iter().flat_map(|one| &one.points);
    let plot = Plot {
        left: 240,
        top: 250,
        right: 1330,
        bottom: 860,
        across: Axis::linear(points().map(|point| point.0)),
        up: Axis::linear(points().map(|point| point.1)),
    };
    plot.ticks_up(canvas, |mib| format!("{} MiB", lang.tick(mib)));
    plot.ticks_across(canvas, |members| lang.tick(members));
    let below = lang.say("idle connections", "ruhende Verbindungen");
    canvas.text(((plot.left + plot.right) / 2, plot.bottom + 86), below, plain(36).centred());
    let mut names = Vec::new();
    for one in growth {
        if let Some([from, to]) = one.line() {
            let stroke = Stroke { colour: one.look.colour, width: 5, dash: one.look.dash };
            canvas.line(&[plot.at(from.0, from.1), plot.at(to.0, to.1)], stroke);
        }
        for point in &one.points {
            canvas.mark(plot.at(point.0, point.1), one.look.marker, one.look.colour);
        }
        let end = one.points.iter().copied().reduce(|a, b| if b.0 >= a.0 { b } else { a });
        let Some(end) = end else { continue };
        names.push(Label {
            end: plot.at(end.0, end.1),
            look: one.look,
            name: format!("{} {}", clip(&one.row.backend, 12), slope(one, lang)),
            below: ceiling(one, lang),
        });
    }
    labels(canvas, names, &plot);
    let missing = growth.iter().all(|one| one.ceiling.is_none());
    if missing {
        let none = lang.say("no ceiling known", "keine Grenze bekannt");
        canvas.text((plot.left + 24, plot.top + 20), none, plain(34).colour(QUIET));
    }
}

fn slope(one: &Growth<'_>, lang: Lang) -> String {
    let Some(bytes) = one.slope else {
        return lang.say("no slope", "keine Steigung").to_owned();
    };
    format!("{} KiB", clip(&lang.number(bytes / 1024.0), 10))
}

fn ceiling(one: &Growth<'_>, lang: Lang) -> String {
    one.ceiling.as_ref().map_or_else(String::new, |ceiling| {
        let (most, because) = (lang.count(ceiling.connections), clip(&ceiling.because, 18));
        format!("{} {most} ({because})", lang.say("ceiling", "Grenze"))
    })
}
