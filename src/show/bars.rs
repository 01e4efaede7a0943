//! A bar chart with one panel per scenario: what a delivery or a connection costs.
//!
//! Each panel has its own scale from zero, because a delivery in a quiet room and one in a rush
//! differ by more than a shared axis could show.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::{cautions_of_cost, frame};
use super::lang::{Lang, NOTHING, clip};
use super::style::{self, GRID, INK, QUIET};
use crate::results::{FLOOR, Figure, Group, Row, Summary};

/// How many panels a sheet has room for.
const PANELS: usize = 6;
/// How strongly the parts of a bar are filled, first to last.
const STRENGTH: [f64; 3] = [1.0, 0.5, 0.12];
/// How strongly a bar is filled whose parts are not known.
const WHOLE: f64 = 0.28;
/// Left of the bars: the names. Right of them: the values.
const NAMES: i32 = 190;
const VALUES: i32 = 290;

/// How far the floor reaches, through all bars of a panel.
const FLOOR_LINE: Stroke = Stroke { colour: QUIET, width: 3, dash: Some((8.0, 8.0)) };

/// What the bars show.
pub(super) struct Bars<'a> {
    pub(super) what: &'a str,
    pub(super) unit: &'a str,
    /// What a figure is divided by to be in that unit.
    pub(super) scale: f64,
    /// Whether the multiple of the floor stands beside the value.
    pub(super) ratio: bool,
    /// The parts a bar is stacked from, with their names.
    pub(super) parts: Vec<(Figure, &'a str)>,
    /// What the parts add up to: the length of a bar.
    pub(super) total: Figure,
    /// The number beside it, which is what the title speaks of.
    pub(super) number: Figure,
}

/// A box on the sheet.
#[derive(Clone, Copy)]
struct Panel {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

pub(super) fn draw(summary: &Summary, bars: &Bars<'_>, title: &str, lang: Lang) -> String {
    sheet(title, |canvas| {
        let mut what = bars.what.to_owned();
        if summary.groups.len() > 1 {
            what.push_str(
                lang.say(", each panel on its own scale", ", jedes Teildiagramm mit eigener Skala"),
            );
        }
        if let Some(more) = summary.groups.len().checked_sub(PANELS).filter(|more| *more > 0) {
            let rest = lang.say("more in the table", "weitere in der Tabelle");
            what.push_str(&format!(" ({more} {rest})"));
        }
        frame(canvas, title, &what, &cautions_of_cost(summary, bars.total, lang));
        legend(canvas, bars, summary, lang);
        let shown = summary.groups.len().min(PANELS);
        for (place, group) in summary.groups.iter().take(PANELS).enumerate() {
            panel(canvas, place_of(place, shown), group, bars, lang);
        }
    })
}

/// The names of the parts, with a sample of each, and the line of the floor.
fn legend(canvas: &Canvas<'_>, bars: &Bars<'_>, summary: &Summary, lang: Lang) {
    let floor = summary.groups.iter().any(|group| group.floor().is_some());
    let parts = bars.parts.iter().zip(STRENGTH).map(|((_, name), strength)| (*name, strength));
    let mut samples: Vec<(&str, f64)> = parts.filter(|(name, _)| !name.is_empty()).collect();
    if summary.groups.iter().flat_map(|group| &group.rows).any(|row| is_whole(row, bars)) {
        samples.push((lang.say("run too short to split", "Lauf zu kurz zum Aufteilen"), WHOLE));
    }
    let mut left = 70;
    for (name, strength) in samples {
        canvas.bar((left, 206), (left + 44, 232), QUIET, strength);
        canvas.text((left + 58, 220), name, plain(30));
        left += 120 + 17 * i32::try_from(name.chars().count()).unwrap_or(0);
    }
    if floor {
        canvas.line(&[(left + 22, 204), (left + 22, 236)], FLOOR_LINE);
        canvas.text((left + 40, 220), FLOOR, plain(30));
    }
}

/// Whether the total of a row is known and its parts are not.
fn is_whole(row: &Row, bars: &Bars<'_>) -> bool {
    row.value(bars.total).is_some() && bars.parts.iter().all(|part| row.value(part.0).is_none())
}

fn place_of(place: usize, shown: usize) -> Panel {
    let columns = if shown <= 2 { 1 } else { 2 };
    let lines = shown.div_ceil(columns);
    let (columns, lines) = (columns as i32, lines as i32);
    let (line, column) = (place as i32 / columns, place as i32 % columns);
    let width = (1780 - 80 * (columns - 1)) / columns;
    let height = 712 / lines;
    Panel { left: 70 + column * (width + 80), top: 252 + line * height, width, height }
}

fn panel(canvas: &Canvas<'_>, panel: Panel, group: &Group, bars: &Bars<'_>, lang: Lang) {
    let mut name = clip(&group.name, 40);
    if bars.total == Figure::Cpu && group.contestants().any(Row::server_was_saturated) {
        name.push_str(lang.say(" (server saturated)", " (Server ausgelastet)"));
    }
    canvas.text((panel.left, panel.top + 22), &name, plain(32).bold());
    let top = panel.top + 44;
    let count = group.rows.len().max(1) as i32;
    let pitch = ((panel.height - 44 - 44) / count).max(1);
    let left = panel.left + NAMES;
    let room = panel.width - NAMES - VALUES;
    let value = |row: &Row| row.value(bars.total).map(|value| value / bars.scale);
    let most = group.rows.iter().filter_map(value).fold(0.0, f64::max);
    let (step, end) = axis(most, if room > 600 { 5.0 } else { 3.0 });
    let x = |value: f64| left + (value / end * f64::from(room)).round() as i32;
    let bottom = top + pitch * count;
    ticks(canvas, (top, bottom), (step, end), &x, bars.unit, lang);
    for (place, row) in group.rows.iter().enumerate() {
        let middle = top + pitch * place as i32 + pitch / 2;
        let half = (pitch * 2 / 5).clamp(1, 44);
        let look = style::of(&row.backend, place);
        let name = clip(&row.backend, 11);
        canvas.text((left - 14, middle), &name, plain(30).colour(look.colour).to_the_right());
        let span = |from, to| [(x(from), middle - half), (x(to), middle + half)];
        let mut base = 0.0;
        for ((figure, _), strength) in bars.parts.iter().zip(STRENGTH) {
            let Some(part) = row.value(*figure).map(|value| value / bars.scale) else { continue };
            if part > 0.0 {
                let [from, to] = span(base, base + part);
                canvas.bar(from, to, look.colour, strength);
            }
            base += part;
        }
        if let Some(whole) = value(row).filter(|whole| *whole > 0.0 && is_whole(row, bars)) {
            let [from, to] = span(0.0, whole);
            canvas.bar(from, to, look.colour, WHOLE);
        }
    }
    if let Some(floor) = group.floor().and_then(value) {
        canvas.line(&[(x(floor), top - 4), (x(floor), bottom + 4)], FLOOR_LINE);
    }
    // Last, because the line of the floor runs through all rows.
    for (place, row) in group.rows.iter().enumerate() {
        let at = (value(row).map_or(left, &x) + 16, top + pitch * place as i32 + pitch / 2);
        canvas.label(at, &label(row, bars, lang), plain(30));
    }
}

fn label(row: &Row, bars: &Bars<'_>, lang: Lang) -> String {
    let Some(value) = row.value(bars.number).map(|value| value / bars.scale) else {
        return if row.is_failed() { lang.say("failed", "gescheitert") } else { NOTHING }
            .to_owned();
    };
    let mut text = format!("{} {}", clip(&lang.number(value), 12), bars.unit);
    let contestant = row.backend != FLOOR;
    if let Some(ratio) = row.to_floor.filter(|_| bars.ratio && contestant) {
        text.push_str(&format!(" · {}×", lang.number(ratio.shown)));
    }
    text
}

fn ticks(
    canvas: &Canvas<'_>,
    (top, bottom): (i32, i32),
    (step, end): (f64, f64),
    x: &dyn Fn(f64) -> i32,
    unit: &str,
    lang: Lang,
) {
    for tick in (0..=(end / step).round() as i32).map(|tick| f64::from(tick) * step) {
        let stroke = Stroke { colour: if tick > 0.0 { GRID } else { INK }, width: 2, dash: None };
        canvas.line(&[(x(tick), top), (x(tick), bottom)], stroke);
        let text = if tick > 0.0 { format!("{} {unit}", lang.tick(tick)) } else { "0".to_owned() };
        canvas.text((x(tick), bottom + 20), &text, plain(28).colour(QUIET).centred());
    }
}

/// A round step and the end of the axis, so that `most` fits in at most so many steps.
fn axis(most: f64, steps: f64) -> (f64, f64) {
    if !(most.is_finite() && most > 0.0) {
        return (1.0, 1.0);
    }
    let rough = most / steps;
    let decade = 10f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|nice| nice * decade);
    let step = nice.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough);
    (step, (most / step).ceil().max(1.0) * step)
}
