//! The latency chart: response time over percentiles, with room for the rare ones.
//!
//! The axis counts nines: 90 %, 99 % and 99.9 % are equally far apart, because the rare and slow
//! deliveries are what people notice. A curve ends where fewer than ten samples lie beyond.

use super::canvas::{Canvas, Point, Stroke, plain, sheet};
use super::charts::{cautions_of_latency, frame};
use super::lang::{Lang, clip};
use super::loops;
use super::promise::{self, Limit};
use super::style::{self, GRID, INK, Look, QUIET};
use crate::results::{Group, Measured, Results, Row, Summary};

/// Where the curves are.
const LEFT: i32 = 220;
const RIGHT: i32 = 1560;
const TOP: i32 = 248;
const BOTTOM: i32 = 860;
/// The percentiles that get a tick and a marker, in nines: 0, 50, 90, 99, 99.9, 99.99 %.
const TICKS: [(f64, &str); 6] = [
    (0.0, "0 %"),
    (0.301, "50 %"),
    (1.0, "90 %"),
    (2.0, "99 %"),
    (3.0, "99.9 %"),
    (4.0, "99.99 %"),
];

/// One curve: nines and nanoseconds.
struct Curve {
    name: String,
    look: Look,
    points: Vec<(f64, f64)>,
    marks: Vec<(f64, f64)>,
    /// Nines, and the least and the greatest time among the repeats.
    band: Vec<(f64, f64, f64)>,
}

/// How percentiles and times become pixels.
struct Scale {
    nines: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn x(&self, nines: f64) -> i32 {
        LEFT + (nines / self.nines * f64::from(RIGHT - LEFT)).round() as i32
    }

    fn y(&self, nanos: f64) -> i32 {
        let nanos = nanos.clamp(100.0, 1e13);
        let share = (nanos.log10() - self.low) / (self.high - self.low);
        BOTTOM - (share * f64::from(BOTTOM - TOP)).round() as i32
    }
}

pub(super) fn draw(
    results: &Results,
    summary: &Summary,
    group: &Group,
    title: &str,
    lang: Lang,
) -> String {
    sheet(title, |canvas| {
        let mut what = lang
            .say(
                "Response time (received − intended), logarithmic",
                "Antwortzeit (empfangen − geplant), logarithmisch",
            )
            .to_owned();
        if loops::is_closed(group) {
            what.push_str(&format!(", {}", loops::label(lang)));
        }
        let curves = curves(results, group);
        if curves.iter().any(|curve| !curve.band.is_empty()) {
            what.push_str(lang.say(
                "; shaded: from the least to the greatest repeat",
                "; schattiert: von der kleinsten bis zur größten Wiederholung",
            ));
        }
        frame(canvas, title, &what, &cautions_of_latency(summary, group, lang));
        let limits = promise::limits(results, group, lang);
        let Some(scale) = scale(&curves, &limits) else {
            let none = lang.say("no response times to show", "keine Antwortzeiten zu zeigen");
            canvas.text((960, 540), none, plain(44).colour(QUIET).centred());
            return;
        };
        axes(canvas, &scale, lang);
        for curve in &curves {
            band(canvas, curve, &scale);
        }
        for (nanos, name) in &limits {
            limit(canvas, scale.y(*nanos), name);
        }
        for curve in &curves {
            line(canvas, curve, &scale, lang);
        }
        labels(canvas, &curves, &scale, lang);
        gaps(canvas, group, lang);
    })
}

fn curves(results: &Results, group: &Group) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (place, row) in group.rows.iter().enumerate() {
        let at = |nines: f64| Some((nines, quantile(row, nines)?));
        let points: Vec<_> = (0..=4 * 25).map_while(|step| at(f64::from(step) / 25.0)).collect();
        let marks = TICKS.iter().skip(1).map_while(|(nines, _)| at(*nines)).collect();
        if !points.is_empty() {
            let name = clip(&row.backend, 14);
            let band = spread(results, group, row);
            curves.push(Curve { name, look: style::of(&row.backend, place), points, marks, band });
        }
    }
    curves
}

/// The time at a percentile; less than 100 ns is no time a generator could tell apart.
fn quantile(row: &Row, nines: f64) -> Option<f64> {
    row.quantile(1.0 - 10f64.powf(-nines)).map(|nanos| nanos.max(100.0))
}

/// How far the repeats lie apart at each percentile; nothing when there is only one.
fn spread(results: &Results, group: &Group, row: &Row) -> Vec<(f64, f64, f64)> {
    let runs: Vec<&Measured> = results.counted(&group.name, &row.backend).collect();
    if runs.len() < 2 {
        return Vec::new();
    }
    let at = |nines: f64| {
        let share = 10f64.powf(-nines);
        // As for all repeats together: ten messages must lie beyond (rule M2).
        let told = runs.iter().filter(|run| share * run.messages as f64 >= 9.9);
        let times: Vec<f64> = told
            .filter_map(|run| run.response.quantile(1.0 - share))
            .map(|time| time.max(100.0))
            .collect();
        let ends = |pick: fn(f64, f64) -> f64| times.iter().copied().reduce(pick);
        (times.len() == runs.len()).then_some(())?;
        Some((nines, ends(f64::min)?, ends(f64::max)?))
    };
    (0..=4 * 25).map_while(|step| at(f64::from(step) / 25.0)).collect()
}

fn band(canvas: &Canvas<'_>, curve: &Curve, scale: &Scale) {
    let low = curve.band.iter().map(|(nines, low, _)| (scale.x(*nines), scale.y(*low)));
    let high = curve.band.iter().rev().map(|(nines, _, high)| (scale.x(*nines), scale.y(*high)));
    canvas.area(&low.chain(high).collect::<Vec<_>>(), curve.look.colour, 0.16);
}

fn limit(canvas: &Canvas<'_>, y: i32, name: &str) {
    let stroke = Stroke { colour: INK, width: 3, dash: Some((16.0, 10.0)) };
    canvas.line(&[(LEFT, y), (RIGHT, y)], stroke);
    canvas.text((LEFT + 16, y - 22), name, plain(32).bold());
}

fn scale(curves: &[Curve], limits: &[Limit]) -> Option<Scale> {
    let values = || curves.iter().flat_map(|curve| &curve.points);
    let bands =
        curves.iter().flat_map(|curve| &curve.band).flat_map(|(_, low, high)| [*low, *high]);
    let drawn = bands.chain(limits.iter().map(|(nanos, _)| nanos.clamp(100.0, 1e13)));
    let times: Vec<f64> = values().map(|point| point.1).chain(drawn).collect();
    let low = values().map(|point| point.1).reduce(f64::min)?.log10();
    let low = times.iter().fold(low, |low, time| low.min(time.log10()));
    let high = times.iter().fold(low, |high, time| high.max(time.log10()));
    let nines = values().map(|point| point.0).fold(0.0, f64::max);
    // To the next 1, 2 or 5 below and above.
    let low = steps(low.floor() as i32).into_iter().rev().find(|step| *step <= low + 1e-9);
    let above = steps(high.floor() as i32).into_iter().find(|step| *step >= high - 1e-9);
    let (low, high) = (low.unwrap_or(0.0), above.unwrap_or(high));
    // A chart of one decade at least: a difference of a tenth should not look like a cliff.
    Some(Scale { nines: nines.max(2.0), low, high: high.max(low + 1.0) })
}

/// 1, 2, 5 and 10 of a decade, as powers of ten.
fn steps(decade: i32) -> [f64; 4] {
    [0.0, 2f64.log10(), 5f64.log10(), 1.0].map(|part| f64::from(decade) + part)
}

fn axes(canvas: &Canvas<'_>, scale: &Scale, lang: Lang) {
    let grid = Stroke { colour: GRID, width: 2, dash: None };
    let ink = Stroke { colour: INK, width: 3, dash: None };
    let few = scale.high - scale.low < 2.5;
    for decade in scale.low.floor() as i32..=scale.high.ceil() as i32 {
        for (place, power) in steps(decade).into_iter().take(3).enumerate() {
            let inside = (scale.low - 1e-9..=scale.high + 1e-9).contains(&power);
            if inside && (few || place == 0) {
                let nanos = 10f64.powf(power);
                let y = scale.y(nanos);
                canvas.line(&[(LEFT, y), (RIGHT, y)], grid);
                let text = lang.tick_time(nanos);
                canvas.text((LEFT - 18, y), &text, plain(36).to_the_right());
            }
        }
    }
    for (nines, text) in TICKS.iter().filter(|(nines, _)| *nines <= scale.nines + 1e-9) {
        let x = scale.x(*nines);
        canvas.line(&[(x, TOP), (x, BOTTOM)], grid);
        let text = if lang == Lang::De { text.replace('.', ",") } else { (*text).to_owned() };
        canvas.text((x, BOTTOM + 34), &text, plain(36).centred());
    }
    canvas.line(&[(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], ink);
    let below = lang.say(
        "share of deliveries that took at most so long",
        "Anteil der Zustellungen, die höchstens so lange brauchten",
    );
    let above = lang.say("response time", "Antwortzeit");
    canvas.text((LEFT - 18, TOP - 40), above, plain(34).to_the_right());
    canvas.text(((LEFT + RIGHT) / 2, BOTTOM + 88), below, plain(36).centred());
}

fn line(canvas: &Canvas<'_>, curve: &Curve, scale: &Scale, lang: Lang) {
    let pixel = |&(nines, nanos): &(f64, f64)| (scale.x(nines), scale.y(nanos));
    let points: Vec<Point> = curve.points.iter().map(pixel).collect();
    let stroke = Stroke { colour: curve.look.colour, width: 6, dash: curve.look.dash };
    canvas.line(&points, stroke);
    for (mark, (_, share)) in curve.marks.iter().zip(TICKS.iter().skip(1)) {
        canvas.mark(pixel(mark), curve.look.marker, curve.look.colour);
        let share = if lang == Lang::De { share.replace('.', ",") } else { (*share).to_owned() };
        let told = format!("{}, {share}: {}", curve.name, lang.time(mark.1));
        canvas.spots.point(pixel(mark), &told);
    }
}

/// The names beside the ends of their curves, moved apart where they would overlap.
fn labels(canvas: &Canvas<'_>, curves: &[Curve], scale: &Scale, lang: Lang) {
    // With few curves there is room for the 99th percentile below each name.
    let values = curves.len() <= 6;
    let pitch = if values { 88 } else { 46 };
    let mut ends: Vec<(Point, &Curve)> = curves
        .iter()
        .filter_map(|curve| Some((curve.points.last()?, curve)))
        .map(|(&(nines, nanos), curve)| ((scale.x(nines), scale.y(nanos)), curve))
        .collect();
    ends.sort_by_key(|((_, y), _)| *y);
    let mut next = TOP;
    let mut places: Vec<i32> = Vec::new();
    for ((_, y), _) in &ends {
        places.push((*y).max(next));
        next = places[places.len() - 1] + pitch;
    }
    let mut last = BOTTOM;
    for place in places.iter_mut().rev() {
        *place = (*place).min(last);
        last = *place - pitch;
    }
    for (((x, y), curve), place) in ends.into_iter().zip(places) {
        let thin = Stroke { colour: curve.look.colour, width: 2, dash: None };
        canvas.line(&[(x, y), (RIGHT + 26, place)], thin);
        canvas.mark((RIGHT + 42, place), curve.look.marker, curve.look.colour);
        canvas.text((RIGHT + 64, place), &curve.name, plain(40).bold().colour(curve.look.colour));
        if let Some((_, p99)) = curve.marks.get(2).filter(|_| values) {
            let text = format!("p99 {}", lang.time(*p99));
            canvas.text((RIGHT + 64, place + 42), &text, plain(36).colour(QUIET));
        }
    }
}

/// Backends without a curve, so that nobody takes a gap for a backend that was never asked.
fn gaps(canvas: &Canvas<'_>, group: &Group, lang: Lang) {
    let missing = group.rows.iter().filter(|row| row.response.is_none());
    for (line, row) in (0..).zip(missing.take(5)) {
        let what = match row.is_failed() {
            true => lang.say("failed", "gescheitert"),
            false => lang.say("not measured", "nicht gemessen"),
        };
        let text = format!("{}: {what}", clip(&row.backend, 20));
        canvas.text((LEFT + 30, TOP + 30 + line * 42), &text, plain(32).colour(QUIET));
    }
}
