//! The course of a scenario: response times in each tenth of a second, a panel for each backend.
//!
//! Of one repeat, because a stall is an event and not an average. Where a delivery waited for longer
//! than a slot, the time it waited is shaded.

use super::canvas::{Canvas, Point, Stroke, plain, sheet};
use super::charts::{Chart, cautions_of_latency, frame};
use super::lang::{Lang, clip};
use super::loops::name_of;
use super::plot::{Axis, Plot};
use super::style::{self, GRID, INK, Look, QUIET};
use crate::results::{Group, Results, Summary, Timeline};

/// How many panels a sheet has room for.
const PANELS: usize = 4;

/// One backend and the course of its first repeat that counts.
struct Course<'a> {
    backend: &'a str,
    look: Look,
    timeline: &'a Timeline,
}

/// A line of a panel: its name, its values, how it is drawn.
type Line<'a> = (&'static str, &'a [Option<u64>], Option<(f64, f64)>, u32);

impl Course<'_> {
    /// Slots that have a whole entry.
    fn slots(&self) -> usize {
        self.timeline.deliveries.len().min(self.timeline.max.len())
    }

    /// Seconds from the start to the middle of a slot.
    fn middle(&self, slot: usize) -> f64 {
        (slot as f64 + 0.5) * self.timeline.slot as f64 / 1e9
    }

    fn lines(&self) -> [Line<'_>; 3] {
        let Timeline { p50, p99, max, .. } = self.timeline;
        [
            ("p50", p50, None, 5),
            ("p99", p99, Some((14.0, 8.0)), 4),
            ("max", max, Some((3.0, 5.0)), 3),
        ]
    }

    fn longest(&self) -> Option<u64> {
        self.timeline.max.iter().flatten().max().copied()
    }

    /// From when to when, in seconds, deliveries waited for longer than a slot.
    fn waits(&self) -> Vec<(f64, f64)> {
        let slot = self.timeline.slot;
        let mut waits: Vec<(f64, f64)> = Vec::new();
        for (place, max) in self.timeline.max.iter().take(self.slots()).enumerate() {
            let Some(max) = max.filter(|max| slot > 0 && *max > slot) else { continue };
            let end = (place as f64 + 1.0) * slot as f64 / 1e9;
            let start = (end - max as f64 / 1e9).max(0.0);
            match waits.last_mut() {
                Some(last) if last.1 >= start => *last = (last.0.min(start), end),
                _ => waits.push((start, end)),
            }
        }
        waits
    }
}

fn courses<'a>(results: &'a Results, group: &'a Group) -> Vec<Course<'a>> {
    let of = |(place, backend): (usize, &'a str)| {
        let timeline =
            results.counted(&group.name, backend).find_map(|run| run.timeline.as_ref())?;
        Some(Course { backend, look: style::of(backend, place), timeline })
    };
    group.rows.iter().map(|row| row.backend.as_str()).enumerate().filter_map(of).collect()
}

/// The chart of that name; nothing where no course was recorded.
pub(super) fn chart(
    results: &Results,
    summary: &Summary,
    group: &Group,
    name: String,
    lang: Lang,
) -> Option<Chart> {
    let courses = courses(results, group);
    if courses.iter().all(|course| course.longest().is_none()) {
        return None;
    }
    let title = title(group, &courses, lang);
    let slot = courses.iter().map(|course| course.timeline.slot).max().unwrap_or(0) as f64;
    let slot = lang.tick_time(slot);
    let mut what = match lang {
        Lang::En => format!(
            "Response time per {slot} of one repeat, logarithmic; shaded: somebody waited for longer than {slot}"
        ),
        Lang::De => format!(
            "Antwortzeit je {slot} einer Wiederholung, logarithmisch; schattiert: jemand wartete länger als {slot}"
        ),
    };
    if courses.len() > PANELS {
        let more = courses.len() - PANELS;
        what.push_str(&format!(
            " ({more} {})",
            lang.say("more not shown", "weitere nicht gezeigt")
        ));
    }
    let svg = sheet(&title, |canvas| {
        frame(canvas, &title, &what, &cautions_of_latency(summary, group, lang));
        panels(canvas, &courses[..courses.len().min(PANELS)], lang);
    });
    Some(Chart { name, title, svg })
}

fn title(group: &Group, courses: &[Course<'_>], lang: Lang) -> String {
    let name = name_of(group, lang);
    let mut waited: Vec<(&Course<'_>, u64)> = courses
        .iter()
        .filter(|one| !one.waits().is_empty())
        .filter_map(|one| Some((one, one.longest()?)))
        .collect();
    waited.sort_by_key(|(_, longest)| std::cmp::Reverse(*longest));
    let slot = courses.iter().map(|course| course.timeline.slot).max().unwrap_or(0);
    if waited.is_empty() {
        let slot = lang.tick_time(slot as f64);
        return match lang {
            Lang::En => format!(
                "{name}: no difference shown in stalls: no delivery of this repeat waited longer than {slot}"
            ),
            Lang::De => format!(
                "{name}: kein Unterschied nachweisbar bei Stockungen: Keine Zustellung dieser Wiederholung wartete länger als {slot}"
            ),
        };
    }
    let told: Vec<String> = waited
        .iter()
        .take(4)
        .map(|(one, longest)| format!("{} {}", clip(one.backend, 14), lang.time(*longest as f64)))
        .collect();
    let words =
        lang.say("longest waits in this repeat", "längste Wartezeiten in dieser Wiederholung");
    format!("{name}: {words}: {}", told.join(", "))
}

fn panels(canvas: &Canvas<'_>, courses: &[Course<'_>], lang: Lang) {
    let values = || courses.iter().flat_map(Course::lines).flat_map(|(_, values, _, _)| values);
    let up = Axis::log(values().flatten().map(|nanos| (*nanos as f64).max(100.0)));
    let seconds = courses.iter().map(|one| one.middle(one.slots()));
    let across = Axis::linear(seconds.map(|seconds| seconds.min(1e9)));
    let height = 690 / i32::try_from(courses.len().max(1)).unwrap_or(1);
    for (course, number) in courses.iter().zip(0..) {
        let top = 216 + height * number;
        let plot =
            Plot { left: 420, top: top + 14, right: 1700, bottom: top + height - 14, across, up };
        panel(canvas, course, &plot, lang);
        if number as usize + 1 == courses.len() {
            plot.ticks_across(canvas, |seconds| format!("{} s", lang.tick(seconds)));
        }
    }
}

fn panel(canvas: &Canvas<'_>, course: &Course<'_>, plot: &Plot, lang: Lang) {
    for (from, to) in course.waits() {
        let (from, to) = (plot.at(from, 0.0).0, plot.at(to, 0.0).0);
        canvas.bar((from, plot.top), (to.max(from + 3), plot.bottom), GRID, 0.7);
    }
    plot.ticks_up(canvas, |nanos| lang.tick_time(nanos));
    let middle = (plot.top + plot.bottom) / 2;
    canvas.text(
        (60, middle - 18),
        &clip(course.backend, 13),
        plain(40).bold().colour(course.look.colour),
    );
    if let Some(longest) = course.longest() {
        let text = format!("max {}", lang.time(longest as f64));
        canvas.text((60, middle + 28), &text, plain(34).colour(QUIET));
    }
    let mut ends: Vec<(Point, &str)> = Vec::new();
    for (name, values, dash, width) in course.lines() {
        let stroke = Stroke { colour: course.look.colour, width, dash };
        let mut last = None;
        for part in parts(course, values, plot) {
            last = part.last().copied();
            match part.as_slice() {
                [(x, y)] => canvas.line(&[(x - 4, *y), (x + 4, *y)], stroke),
                points => canvas.line(points, stroke),
            }
        }
        ends.extend(last.map(|end| (end, name)));
    }
    names(canvas, ends, plot);
}

/// The names of the lines beside their ends, moved apart where they would overlap.
fn names(canvas: &Canvas<'_>, mut ends: Vec<(Point, &str)>, plot: &Plot) {
    const PITCH: i32 = 36;
    // The greater stands above, also where its line ends in another slot than the others.
    ends.reverse();
    let right = ends.iter().map(|((x, _), _)| *x).max().unwrap_or(plot.right);
    let mut next = i32::MIN;
    for ((_, y), _) in &mut ends {
        *y = (*y).max(next);
        next = *y + PITCH;
    }
    let mut lowest = plot.bottom - 16;
    for ((_, y), _) in ends.iter_mut().rev() {
        *y = (*y).min(lowest);
        lowest = *y - PITCH;
    }
    for ((_, y), name) in ends {
        canvas.label((right + 20, y), name, plain(34).colour(INK));
    }
}

/// The pieces of a line between the slots that have no value.
fn parts(course: &Course<'_>, values: &[Option<u64>], plot: &Plot) -> Vec<Vec<Point>> {
    let mut parts = vec![Vec::new()];
    for (slot, value) in values.iter().take(course.slots()).enumerate() {
        match (value, parts.last_mut()) {
            (Some(nanos), Some(part)) => {
                part.push(plot.at(course.middle(slot), (*nanos as f64).max(100.0)));
            }
            (None, Some(part)) if !part.is_empty() => parts.push(Vec::new()),
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
