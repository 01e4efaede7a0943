//! A bar chart with one panel per scenario: what a delivery or a connection costs.
//!
//! Each panel has its own scale from zero, because a delivery in a quiet room and one in a rush
//! differ by more than a shared axis could show. Knows lengths and labels, not what they mean.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::frame;
use super::lang::{Lang, clip};
use super::style::{self, GRID, INK, QUIET};
use crate::results::FLOOR;

/// How many panels a sheet has room for.
pub(super) const PANELS: usize = 6;
/// How strongly a bar is filled whose parts are not known.
const WHOLE: f64 = 0.28;
/// Left of the bars: the names.
const NAMES: i32 = 206;
/// The type of names and values, as far as a row is high enough, and of numbers at the axis.
const TYPE: i32 = 40;
const TICK: i32 = 32;
/// A panel lower than this has no room for an axis: every bar says its value anyway.
const LOW: i32 = 300;

/// How far the floor reaches, through all bars of a panel.
const FLOOR_LINE: Stroke = Stroke { colour: QUIET, width: 3, dash: Some((8.0, 8.0)) };

/// Where bars begin.
const ZERO: Stroke = Stroke { colour: INK, width: 2, dash: None };

/// A sheet of bars.
pub(super) struct Bars {
    /// What they show, below the title.
    pub(super) what: String,
    pub(super) unit: &'static str,
    /// The parts a bar is stacked from: name and how strongly it is filled. An empty name has no
    /// place in the legend.
    pub(super) parts: Vec<(&'static str, f64)>,
    /// What a bar is called that is not split.
    pub(super) unsplit: &'static str,
    /// The room for the labels to the right of the bars, in pixels.
    pub(super) labels: i32,
    pub(super) panels: Vec<Panel>,
    /// What stands at the bottom.
    pub(super) footer: String,
}

/// The bars of one scenario, all lengths in the unit of the sheet.
pub(super) struct Panel {
    pub(super) name: String,
    pub(super) bars: Vec<Bar>,
    /// How far the floor reaches, where a line shows it.
    pub(super) floor: Option<f64>,
}

/// One backend.
pub(super) struct Bar {
    pub(super) backend: String,
    /// Its parts from zero to the right, in the order of the sheet.
    pub(super) right: Vec<f64>,
    /// Its parts from zero to the left.
    pub(super) left: Vec<f64>,
    /// Its length where the parts are not known.
    pub(super) whole: Option<f64>,
    /// What stands beside it.
    pub(super) label: String,
}

impl Bar {
    fn reach(&self) -> f64 {
        self.whole.unwrap_or_else(|| self.right.iter().sum())
    }
}

/// A box on the sheet.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// How lengths become pixels: `low` and `high` are the ends of the axis.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
    left: i32,
    room: i32,
}

impl Scale {
    fn x(&self, value: f64) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        self.left + (share * f64::from(self.room)).round() as i32
    }
}

pub(super) fn draw(bars: &Bars, title: &str, lang: Lang) -> String {
    sheet(title, |canvas| {
        let mut what = bars.what.clone();
        if bars.panels.len() > 1 {
            what.push_str(
                lang.say(", each panel on its own scale", ", jedes Teildiagramm mit eigener Skala"),
            );
        }
        if let Some(more) = bars.panels.len().checked_sub(PANELS).filter(|more| *more > 0) {
            let rest = lang.say("more in the table", "weitere in der Tabelle");
            what.push_str(&format!(" ({more} {rest})"));
        }
        frame(canvas, title, &what, &bars.footer);
        legend(canvas, bars);
        let shown = bars.panels.len().min(PANELS);
        for (place, one) in bars.panels.iter().take(PANELS).enumerate() {
            panel(canvas, place_of(place, shown), one, bars, lang);
        }
    })
}

/// The names of the parts, with a sample of each, and the line of the floor.
fn legend(canvas: &Canvas<'_>, bars: &Bars) {
    let named = |(name, _): &(&'static str, f64)| !name.is_empty();
    let mut samples: Vec<(&str, f64)> = bars.parts.iter().copied().filter(named).collect();
    if bars.panels.iter().flat_map(|panel| &panel.bars).any(|bar| bar.whole.is_some()) {
        samples.push((bars.unsplit, WHOLE));
    }
    let mut left = 70;
    for (name, strength) in samples {
        canvas.bar((left, 206), (left + 44, 232), QUIET, strength);
        canvas.text((left + 58, 220), name, plain(34));
        left += 112 + 16 * i32::try_from(name.chars().count()).unwrap_or(0);
    }
    if bars.panels.iter().any(|panel| panel.floor.is_some()) {
        canvas.line(&[(left + 22, 204), (left + 22, 236)], FLOOR_LINE);
        canvas.text((left + 40, 220), FLOOR, plain(34));
    }
}

/// Where a panel stands among so many.
pub(super) fn place_of(place: usize, shown: usize) -> Place {
    let columns = if shown <= 2 { 1 } else { 2 };
    let lines = shown.div_ceil(columns);
    let (columns, lines) = (columns as i32, lines as i32);
    let (line, column) = (place as i32 / columns, place as i32 % columns);
    let width = (1780 - 80 * (columns - 1)) / columns;
    let height = 712 / lines;
    Place { left: 70 + column * (width + 80), top: 252 + line * height, width, height }
}

fn panel(canvas: &Canvas<'_>, place: Place, panel: &Panel, bars: &Bars, lang: Lang) {
    canvas.text((place.left, place.top + 22), &panel.name, plain(36).bold());
    let top = place.top + 46;
    let is_low = place.height < LOW;
    let axis = if is_low { 10 } else { 50 };
    let pitch = ((place.height - 46 - axis) / panel.bars.len().max(1) as i32).max(1);
    let size = TYPE.min(pitch - 6).max(28);
    let bottom = top + pitch * panel.bars.len().max(1) as i32;
    let room = place.width - NAMES - bars.labels;
    let scale = scale(panel, place.left + NAMES, room);
    ticks(canvas, (top, bottom), &scale, (bars.unit, !is_low), lang);
    let middle = |row: usize| top + pitch * row as i32 + pitch / 2;
    let half = (pitch * 2 / 5).clamp(1, 44);
    for (row, bar) in panel.bars.iter().enumerate() {
        let look = style::of(&bar.backend, row);
        let name = clip(&bar.backend, 11);
        let at = (scale.left - 14, middle(row));
        canvas.text(at, &name, plain(size).colour(look.colour).to_the_right());
        let fill = |from: f64, to: f64, strength| {
            let (from, to) = (from.min(to), from.max(to));
            if to > from {
                let corners =
                    [(scale.x(from), middle(row) - half), (scale.x(to), middle(row) + half)];
                canvas.bar(corners[0], corners[1], look.colour, strength);
            }
        };
        for (parts, sign) in [(&bar.right, 1.0), (&bar.left, -1.0)] {
            let mut base = 0.0;
            for (length, (_, strength)) in parts.iter().zip(&bars.parts) {
                fill(base, base + sign * length, *strength);
                base += sign * length;
            }
        }
        fill(0.0, bar.whole.unwrap_or(0.0), WHOLE);
    }
    if panel.bars.iter().any(|bar| !bar.left.is_empty()) {
        // Zero runs through bars that go both ways.
        canvas.line(&[(scale.x(0.0), top), (scale.x(0.0), bottom)], ZERO);
    }
    if let Some(floor) = panel.floor {
        canvas.line(&[(scale.x(floor), top - 4), (scale.x(floor), bottom + 4)], FLOOR_LINE);
    }
    // Last, because the line of the floor runs through all rows.
    for (row, bar) in panel.bars.iter().enumerate() {
        canvas.label((scale.x(bar.reach()) + 16, middle(row)), &bar.label, plain(size));
        let box_of = |x: i32, down: i32| (x, middle(row) + down);
        let left = scale.x(-bar.left.iter().sum::<f64>());
        let told = format!("{}, {}: {}", panel.name, clip(&bar.backend, 24), bar.label);
        canvas.spots.area(box_of(left, -half), box_of(scale.x(bar.reach()), half), &told);
    }
}

fn ticks(
    canvas: &Canvas<'_>,
    (top, bottom): (i32, i32),
    scale: &Scale,
    (unit, told): (&str, bool),
    lang: Lang,
) {
    let first = (scale.low / scale.step).ceil() as i32;
    let last = (scale.high / scale.step).round() as i32;
    for number in first..=last {
        let tick = f64::from(number) * scale.step;
        let stroke = if number == 0 { ZERO } else { Stroke { colour: GRID, ..ZERO } };
        canvas.line(&[(scale.x(tick), top), (scale.x(tick), bottom)], stroke);
        if !told {
            continue;
        }
        let size = match unit {
            "/s" => format!("{}/s", lang.tick(tick.abs())),
            _ => format!("{} {unit}", lang.tick(tick.abs())).trim_end().to_owned(),
        };
        let text = if number == 0 { "0" } else { &size };
        canvas.text((scale.x(tick), bottom + 24), text, plain(TICK).colour(QUIET).centred());
    }
}

/// Round steps from zero, so that both directions fit in a few. To the right the axis ends on one.
fn scale(panel: &Panel, left: i32, room: i32) -> Scale {
    let longest = |length: fn(&Bar) -> f64| {
        panel.bars.iter().map(length).filter(|length| length.is_finite()).fold(0.0, f64::max)
    };
    let (low, high) = (longest(|bar| bar.left.iter().sum()), longest(Bar::reach));
    let steps = if room > 600 { 5.0 } else { 3.0 };
    let rough = (low + high) / steps;
    if !(rough.is_finite() && rough > 0.0) {
        return Scale { low: 0.0, high: 1.0, step: 1.0, left, room };
    }
    let decade = 10f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|nice| nice * decade);
    let step = nice.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough);
    let high = ((high / step).ceil() * step).max(step);
    Scale { low: -low, high, step, left, room }
}
