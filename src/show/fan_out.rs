//! Fan-out: what a delivery costs when a room grows and nothing else changes.
//!
//! Drawn only where the results hold scenarios that differ in nothing but their members, three
//! sizes at least: anything else would compare scenarios, not sizes.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::{Chart, cautions_of_cost, frame};
use super::lang::{Lang, clip};
use super::plot::{Axis, Label, Plot, labels};
use super::style::{self, Look};
use crate::results::{Figure, Group, Scenario, Summary};

/// The chart's file name without its ending.
pub(super) const NAME: &str = "fan-out";
/// So many sizes make a line.
const ENOUGH: usize = 3;

/// Whether two scenarios differ in their members alone: either as many messages or as many
/// deliveries a second.
fn is_kin(one: &Scenario, other: &Scenario) -> bool {
    let shape = |of: &Scenario| (of.rooms, of.speakers, of.text_bytes, of.arrivals, of.loop_kind);
    let load = |of: &Scenario| of.rate * f64::from(of.members);
    let same = |a: f64, b: f64| (a - b).abs() <= 0.01 * a.abs().max(b.abs());
    shape(one) == shape(other) && (same(one.rate, other.rate) || same(load(one), load(other)))
}

/// Groups by members, of the kind with the most sizes.
fn family(summary: &Summary) -> Vec<(u32, &Group)> {
    let known =
        || summary.groups.iter().filter_map(|group| Some((group.scenario.as_ref()?, group)));
    let families = known().map(|(head, _)| {
        let kin = known().filter(|(one, _)| is_kin(head, one) && one.members > 0);
        let mut family: Vec<(u32, &Group)> = kin.map(|(one, group)| (one.members, group)).collect();
        family.sort_by_key(|(members, _)| *members);
        family.dedup_by_key(|(members, _)| *members);
        family
    });
    families.max_by_key(Vec::len).unwrap_or_default()
}

/// The line of one backend: members and microseconds per delivery.
struct Curve {
    name: String,
    look: Look,
    points: Vec<(f64, f64)>,
}

fn curves(family: &[(u32, &Group)]) -> Vec<Curve> {
    let Some((_, first)) = family.first() else { return Vec::new() };
    let names = first.rows.iter().map(|row| row.backend.as_str()).enumerate();
    let of = |(place, name): (usize, &str)| {
        let at = |(members, group): &(u32, &Group)| {
            Some((f64::from(*members), group.row(name)?.value(Figure::Cpu)?))
        };
        let points: Vec<(f64, f64)> = family.iter().filter_map(at).collect();
        (points.len() >= 2).then(|| Curve {
            name: name.to_owned(),
            look: style::of(name, place),
            points,
        })
    };
    names.filter_map(of).collect()
}

/// The chart; nothing with fewer than three sizes.
pub(super) fn chart(summary: &Summary, lang: Lang) -> Option<Chart> {
    let family = family(summary);
    let curves = curves(&family);
    if family.len() < ENOUGH || curves.is_empty() {
        return None;
    }
    let title = title(&curves, lang);
    let what = lang.say(
        "Server CPU per delivery against members of a room, both logarithmic",
        "Server-CPU pro Zustellung gegen Mitglieder eines Raums, beides logarithmisch",
    );
    let svg = sheet(&title, |canvas| {
        frame(canvas, &title, what, &cautions_of_cost(summary, Figure::Cpu, lang));
        draw(canvas, &curves, lang);
    });
    Some(Chart { name: NAME.to_owned(), title, svg })
}

/// What becomes of each backend from the smallest to the largest room.
fn title(curves: &[Curve], lang: Lang) -> String {
    let told = curves.iter().filter(|curve| curve.name != crate::results::FLOOR).take(4);
    let told: Vec<String> = told
        .filter_map(|curve| {
            let (first, last) = (curve.points.first()?, curve.points.last()?);
            Some(format!(
                "{} {} → {}",
                clip(&curve.name, 14),
                lang.time(first.1),
                lang.time(last.1)
            ))
        })
        .collect();
    let ends = |pick: fn(f64, f64) -> f64| {
        curves.iter().flat_map(|curve| &curve.points).map(|point| point.0).reduce(pick)
    };
    let (few, many) = (ends(f64::min).unwrap_or(0.0), ends(f64::max).unwrap_or(0.0));
    let (few, many, told) = (lang.tick(few), lang.tick(many), told.join(", "));
    match lang {
        Lang::En => format!("CPU per delivery from {few} to {many} members: {told}"),
        Lang::De => format!("CPU pro Zustellung von {few} bis {many} Mitglieder: {told}"),
    }
}

fn draw(canvas: &Canvas<'_>, curves: &[Curve], lang: Lang) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let plot = Plot {
        left: 240,
        top: 250,
        right: 1450,
        bottom: 860,
        across: Axis::log(points().map(|point| point.0)),
        up: Axis::log(points().map(|point| point.1)),
    };
    plot.ticks_up(canvas, |nanos| lang.tick_time(nanos));
    plot.ticks_across(canvas, |members| lang.tick(members));
    let below = lang.say("members of the room", "Mitglieder des Raums");
    canvas.text(((plot.left + plot.right) / 2, plot.bottom + 86), below, plain(36).centred());
    let mut names = Vec::new();
    for curve in curves {
        let pixels: Vec<_> = curve.points.iter().map(|point| plot.at(point.0, point.1)).collect();
        let stroke = Stroke { colour: curve.look.colour, width: 6, dash: curve.look.dash };
        canvas.line(&pixels, stroke);
        for at in &pixels {
            canvas.mark(*at, curve.look.marker, curve.look.colour);
        }
        if let (Some(end), Some(last)) = (pixels.last(), curve.points.last()) {
            let (name, below) = (clip(&curve.name, 14), lang.time(last.1));
            names.push(Label { end: *end, look: curve.look, name, below });
        }
    }
    labels(canvas, names, &plot);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Results;
    use crate::results::fixture::{empty, measured, run};
    use crate::scenario;

    fn of(members: &[u32], rate: impl Fn(u32) -> f64) -> Summary {
        let head = scenario::all().remove(1);
        let mut results = Results { scenarios: Vec::new(), ..empty() };
        for members in members {
            let name = format!("fan-{members}");
            let cpu = 20_000 / u64::from(*members) + 8_000;
            results.runs.push(run(&name, "async", 0, measured(1000, 9_000, cpu)));
            let (members, rate) = (*members, rate(*members));
            results.scenarios.push(Scenario { name, members, rate, ..head.clone() });
        }
        Summary::of(&results)
    }

    #[test]
    fn three_sizes_of_one_kind_make_a_chart_and_less_does_not() {
        for rate in [|_| 50.0, |members| 50_000.0 / f64::from(members)] {
            let chart = chart(&of(&[10, 100, 1000], rate), Lang::En).unwrap();
            let expected = "CPU per delivery from 10 to 1,000 members: async 10.0 µs → 8.02 µs";
            assert_eq!(chart.title, expected);
            assert!(chart.svg.contains("1,000") && !chart.svg.contains("NaN"));
            assert_eq!(super::chart(&of(&[10, 100], rate), Lang::En), None);
        }
        assert_eq!(chart(&of(&[10, 100, 1000], f64::from), Lang::En), None, "another load");
    }
}
