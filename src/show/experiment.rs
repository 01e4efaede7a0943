//! The pictures of experiments, drawn from data alone: bars and lines with axes that fit, and cells.
//!
//! Knows what is long and what is far, not what it means.

use super::canvas::{Canvas, Point, Stroke, plain, sheet};
use super::cells;
use super::charts::{Chart, frame};
use super::lab::{sentence, value};
use super::lang::{Lang, wrap};
use super::names::{Name, beside, fits, stacked};
use super::style::{self, GRID, INK, Marker, QUIET};
use crate::results::{Bar, Experiment, LabOutcome, Line, Picture, Results, Scale, Text, Unit};

/// Where pictures are.
const LEFT: i32 = 240;
const RIGHT: i32 = 1820;
const TOP: i32 = 260;
const BOTTOM: i32 = 850;
/// Where bars begin, right of their names.
const BARS: i32 = 620;
/// Room for the figures beside the bars, and for most of the names beside lines.
const BESIDE: i32 = 300;
/// No more bars than this have room.
const MOST_BARS: usize = 16;
/// So many dashes on an axis at most.
const TICKS: f64 = 6.0;
/// The largest type of names and figures, and that of numbers at the axes.
const TYPE: i32 = 46;
const TICK: i32 = 38;

const AXIS: Stroke = Stroke { colour: INK, width: 2, dash: None };
const FAINT: Stroke = Stroke { colour: GRID, width: 2, dash: None };
const PREDICTED: Stroke = Stroke { colour: INK, width: 4, dash: Some((8.0, 8.0)) };

/// One chart of every experiment that has something to draw.
pub(super) fn charts(results: &Results, lang: Lang) -> Vec<Chart> {
    let experiments = results.lab.iter().flat_map(|sheet| &sheet.experiments);
    experiments.filter_map(|experiment| chart(experiment, lang)).collect()
}

fn chart(experiment: &Experiment, lang: Lang) -> Option<Chart> {
    let LabOutcome::Ran { pictures, .. } = &experiment.outcome else { return None };
    let title = sentence(experiment, lang);
    let drawn = pictures.iter().find_map(|picture| match picture {
        Picture::Bars { what, unit, log, bars } => {
            let axis = Axis::of(
                bars.iter().flat_map(|bar| [Some(bar.value), bar.predicted]).flatten(),
                *log,
            )?;
            Some(draw_bars(&title, (what, *unit), bars, &axis, lang))
        }
        Picture::Lines { x, y, lines } => draw_lines(&title, (x, y), lines, lang),
        Picture::Grid { .. } => None,
    });
    // Where there is nothing long or far, the cells are what there is to see.
    let cells = || {
        pictures.iter().find_map(|picture| match picture {
            Picture::Grid { columns, rows } => cells::draw(&title, columns, rows, lang),
            _ => None,
        })
    };
    let svg = drawn.or_else(cells)?;
    Some(Chart { name: format!("lab-{}", experiment.name), title, svg })
}

/// An axis from its low to its high end, in what is drawn: values, or their logarithms.
struct Axis {
    low: f64,
    high: f64,
    log: bool,
}

impl Axis {
    /// An axis on which all these values fit; `None` when there is none to draw.
    fn of(values: impl Iterator<Item = f64>, log: bool) -> Option<Self> {
        let usable = |value: &f64| value.is_finite() && (!log || *value > 0.0);
        let values: Vec<f64> = values.filter(usable).collect();
        let high = values.iter().copied().reduce(f64::max)?;
        let low = values.iter().copied().reduce(f64::min)?;
        if log {
            let (low, high) = (low.log10().floor(), high.log10().ceil());
            return Some(Axis { low, high: high.max(low + 1.0), log });
        }
        let step = step(high.max(0.0));
        Some(Axis { low: 0.0, high: ((high / step).ceil() * step).max(step), log })
    }

    /// How far along the axis a value is, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        let at = if self.log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        ((at - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The values that get a dash.
    fn ticks(&self) -> Vec<f64> {
        if self.log {
            let skip = ((self.high - self.low) / TICKS).ceil().max(1.0);
            let count = ((self.high - self.low) / skip).floor() as i32;
            return (0..=count).map(|n| 10f64.powf(self.low + f64::from(n) * skip)).collect();
        }
        let step = step(self.high);
        let count = (self.high / step).round() as i32;
        (0..=count).map(|number| f64::from(number) * step).collect()
    }
}

/// A round distance of dashes.
fn step(high: f64) -> f64 {
    let rough = high / TICKS;
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let decade = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|nice| nice * decade)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * decade)
}

fn along(from: i32, to: i32, share: f64) -> i32 {
    from + (share * f64::from(to - from)).round() as i32
}

/// A round value at an axis: without digits that would claim a precision.
fn tick(value: f64, unit: Unit, lang: Lang) -> String {
    match unit {
        _ if value == 0.0 => "0".to_owned(),
        Unit::Time => lang.tick_time(value),
        Unit::Ratio => format!("{}×", lang.tick(value)),
        Unit::Bytes => match value {
            v if v >= 1e9 => format!("{} GB", lang.tick(v / 1e9)),
            v if v >= 1e6 => format!("{} MB", lang.tick(v / 1e6)),
            v if v >= 1e4 => format!("{} kB", lang.tick(v / 1e3)),
            v => format!("{} B", lang.tick(v)),
        },
        _ => self::value(value, unit, lang),
    }
}

fn draw_bars(
    title: &str,
    (what, unit): (&Text, Unit),
    bars: &[Bar],
    axis: &Axis,
    lang: Lang,
) -> String {
    sheet(title, |canvas| {
        let mut what = lang.of(what).to_owned();
        if axis.log {
            what.push_str(lang.say(", logarithmic", ", logarithmisch"));
        }
        frame(canvas, title, &what, "");
        let x = |value| along(BARS, RIGHT - BESIDE, axis.share(value));
        for at in axis.ticks() {
            canvas.line(&[(x(at), TOP), (x(at), BOTTOM)], FAINT);
            let place = (x(at), BOTTOM + 36);
            canvas.text(place, &tick(at, unit, lang), plain(TICK).colour(QUIET).centred());
        }
        let shown = &bars[..bars.len().min(MOST_BARS)];
        let pitch = (BOTTOM - TOP) / shown.len().max(1) as i32;
        for (row, bar) in (0..).zip(shown) {
            let middle = TOP + pitch * row + pitch / 2;
            one_bar(canvas, bar, (middle, pitch), &x, (unit, lang));
        }
        if shown.iter().any(|bar| bar.predicted.is_some()) {
            canvas.line(&[(LEFT, 940), (LEFT + 60, 940)], PREDICTED);
            canvas.text((LEFT + 80, 940), lang.say("predicted", "vorhergesagt"), plain(TICK));
        }
    })
}

/// One bar, its name to the left and its value to the right of it.
fn one_bar(
    canvas: &Canvas<'_>,
    bar: &Bar,
    (middle, pitch): (i32, i32),
    x: &impl Fn(f64) -> i32,
    (unit, lang): (Unit, Lang),
) {
    let half = (pitch * 2 / 5).min(44);
    let size = TYPE.min(pitch - 2).max(28);
    let lines = wrap(lang.of(&bar.label), fits(BARS - 70, size));
    let room = usize::try_from(pitch / size).unwrap_or(1).max(1);
    for (at, line) in stacked((BARS - 18, middle), &lines[..lines.len().min(room)], size) {
        canvas.text(at, line, plain(size).to_the_right());
    }
    let colour = style::of(&bar.label.en, 1).colour;
    if bar.value > 0.0 {
        canvas.bar((BARS, middle - half), (x(bar.value), middle + half), colour, 0.5);
    }
    if let Some(predicted) = bar.predicted {
        let at = x(predicted);
        canvas.line(&[(at, middle - half - 4), (at, middle + half + 4)], PREDICTED);
    }
    let end = x(bar.value).max(bar.predicted.map_or(0, x));
    canvas.label((end + 16, middle), &value(bar.value, unit, lang), plain(size));
}

fn draw_lines(title: &str, (x, y): (&Scale, &Scale), lines: &[Line], lang: Lang) -> Option<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let across = Axis::of(points().map(|point| point.0), x.log)?;
    let up = Axis::of(points().map(|point| point.1), y.log)?;
    Some(sheet(title, |canvas| {
        frame(canvas, title, lang.of(&y.what), "");
        let at = |(a, b): (f64, f64)| -> Point {
            (along(LEFT, RIGHT - BESIDE, across.share(a)), along(BOTTOM, TOP, up.share(b)))
        };
        axes(canvas, (&across, x), (&up, y), lang);
        let named = lines.iter().enumerate();
        let named = named.filter_map(|(place, line)| one_line(canvas, line, place, at, lang));
        beside(canvas, named.collect(), (TOP, BOTTOM));
    }))
}

fn axes(canvas: &Canvas<'_>, (across, x): (&Axis, &Scale), (up, y): (&Axis, &Scale), lang: Lang) {
    for value in across.ticks() {
        let at = along(LEFT, RIGHT - BESIDE, across.share(value));
        canvas.line(&[(at, TOP), (at, BOTTOM)], FAINT);
        let text = tick(value, x.unit, lang);
        canvas.text((at, BOTTOM + 36), &text, plain(TICK).colour(QUIET).centred());
    }
    for value in up.ticks() {
        let at = along(BOTTOM, TOP, up.share(value));
        canvas.line(&[(LEFT, at), (RIGHT - BESIDE, at)], FAINT);
        let text = tick(value, y.unit, lang);
        canvas.text((LEFT - 16, at), &text, plain(TICK).colour(QUIET).to_the_right());
    }
    canvas.line(&[(LEFT, TOP), (LEFT, BOTTOM), (RIGHT - BESIDE, BOTTOM)], AXIS);
    let middle = (LEFT + RIGHT - BESIDE) / 2;
    canvas.text((middle, BOTTOM + 92), lang.of(&x.what), plain(42).centred());
}

/// Draws one line and gives the name that belongs to its end.
fn one_line(
    canvas: &Canvas<'_>,
    line: &Line,
    place: usize,
    at: impl Fn((f64, f64)) -> Point,
    lang: Lang,
) -> Option<Name> {
    const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Triangle, Marker::Square, Marker::Cross];
    let points: Vec<Point> = line.points.iter().map(|point| at(*point)).collect();
    let end = *points.last()?;
    let name = if line.theory { "" } else { line.label.en.as_str() };
    let colour = if line.theory { QUIET } else { style::of(name, place).colour };
    let dash = line.theory.then_some((14.0, 10.0));
    canvas.line(&points, Stroke { colour, width: 5, dash });
    if !line.theory {
        for point in &points {
            canvas.mark(*point, MARKERS[place % MARKERS.len()], colour);
        }
    }
    Some(Name { end, text: lang.of(&line.label).to_owned(), colour })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_its_values_and_has_round_dashes() {
        for log in [false, true] {
            for high in [0.003, 1.0, 44e6, 9.9e12] {
                let axis = Axis::of([high / 50.0, high].into_iter(), log).unwrap();
                assert!(axis.share(high) <= 1.0 && axis.share(high) > 0.3, "{high} {log}");
                let ticks = axis.ticks();
                assert!((2..=8).contains(&ticks.len()), "{high} {log}: {ticks:?}");
            }
        }
        assert!(Axis::of([f64::NAN].into_iter(), false).is_none());
        assert!(Axis::of([0.0].into_iter(), true).is_none());
        assert!(Axis::of([0.0].into_iter(), false).is_some());
    }
}
