//! Axes: from zero or logarithmic, with round ticks and units, and names at the ends of lines.
//!
//! Knows numbers and pixels, not what they mean.

use super::canvas::{Canvas, Point, Stroke, plain};
use super::style::{GRID, INK, Look, QUIET};

/// Numbers on a line from one end to the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
}

/// The type of numbers at the axes.
const TICK: i32 = 34;
/// The least that a logarithmic axis shows: what is smaller stands there.
const LEAST: f64 = 1e-9;

impl Axis {
    /// From zero to a round number at or above the largest value.
    pub(super) fn linear(values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let step = step(most);
        let high = (most / step).ceil() * step;
        Axis { low: 0.0, high: if high > 0.0 { high } else { 1.0 }, is_log: false }
    }

    /// From a round number below the least value to one above the largest, a decade at least.
    pub(super) fn log(values: impl Iterator<Item = f64>) -> Self {
        let powers = values.filter(|value| value.is_finite()).map(|value| value.max(LEAST).log10());
        let (low, high) = powers
            .fold((f64::MAX, f64::MIN), |(low, high), power| (low.min(power), high.max(power)));
        if low > high {
            return Axis { low: 0.0, high: 1.0, is_log: true };
        }
        let low = round_powers(low.floor() - 1.0, 2).rev().find(|step| *step <= low + 1e-9);
        let low = low.unwrap_or(0.0);
        let above = round_powers(high.floor(), 2).find(|step| *step >= high - 1e-9);
        Axis { low, high: above.unwrap_or(high).max(low + 1.0), is_log: true }
    }

    /// Where a value lies, from 0 to 1; what lies beyond the ends stands at them.
    pub(super) fn share(self, value: f64) -> f64 {
        let value = if self.is_log { value.max(LEAST).log10() } else { value };
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Round values, at most about ten.
    pub(super) fn ticks(self) -> Vec<f64> {
        if !self.is_log {
            let step = step(self.high);
            return (0..=10)
                .map(|n| f64::from(n) * step)
                .filter(|t| *t <= self.high * 1.001)
                .collect();
        }
        let decades = self.high - self.low;
        let inside = |power: &f64| (self.low - 1e-9..=self.high + 1e-9).contains(power);
        let all = round_powers(self.low.floor(), decades.ceil() as i32 + 2).filter(inside);
        let every = (decades / 6.0).ceil().max(1.0);
        let kept = |power: &f64| {
            decades < 2.5 || (power.fract().abs() < 1e-9 && (power / every).fract().abs() < 1e-9)
        };
        all.filter(kept).map(|power| 10f64.powf(power)).collect()
    }
}

/// 1, 2 and 5 of so many decades as powers of ten.
fn round_powers(from: f64, decades: i32) -> impl DoubleEndedIterator<Item = f64> {
    (0..decades).flat_map(move |decade| {
        [0.0, 2f64.log10(), 5f64.log10()].map(|part| from + f64::from(decade) + part)
    })
}

/// A round step of which about five make the whole.
fn step(most: f64) -> f64 {
    let rough = most / 5.0;
    if !(rough.is_finite() && rough > 1e-300) {
        return 1.0;
    }
    let decade = 10f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|nice| nice * decade);
    nice.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough)
}

/// A box with two axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
    pub(super) across: Axis,
    pub(super) up: Axis,
}

impl Plot {
    /// The pixel of a pair of values.
    pub(super) fn at(&self, across: f64, up: f64) -> Point {
        let width = f64::from(self.right - self.left);
        let height = f64::from(self.bottom - self.top);
        let x = self.left + (self.across.share(across) * width).round() as i32;
        (x, self.bottom - (self.up.share(up) * height).round() as i32)
    }

    /// Grid and numbers of the axis that goes up.
    pub(super) fn ticks_up(&self, canvas: &Canvas<'_>, text: impl Fn(f64) -> String) {
        let mut last = i32::MAX;
        for tick in self.up.ticks() {
            let y = self.at(0.0, tick).1;
            canvas.line(&[(self.left, y), (self.right, y)], thin(GRID));
            // Low boxes have no room for every number.
            if last - y >= TICK + 4 {
                canvas.text((self.left - 16, y), &text(tick), plain(TICK).to_the_right());
                last = y;
            }
        }
        canvas.line(
            &[(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)],
            thin(INK),
        );
    }

    /// Grid and numbers of the axis that goes across.
    pub(super) fn ticks_across(&self, canvas: &Canvas<'_>, text: impl Fn(f64) -> String) {
        let mut free = i32::MIN;
        for tick in self.across.ticks() {
            let x = self.at(tick, 0.0).0;
            canvas.line(&[(x, self.top), (x, self.bottom)], thin(GRID));
            let text = text(tick);
            let half = i32::try_from(text.chars().count()).unwrap_or(0) * TICK / 4;
            // Narrow boxes have no room for every number.
            if x - half >= free {
                canvas.text((x, self.bottom + 30), &text, plain(TICK).centred());
                free = x + half + TICK / 2;
            }
        }
    }
}

fn thin(colour: plotters::style::RGBColor) -> Stroke {
    Stroke { colour, width: 2, dash: None }
}

/// What stands at the end of a line.
pub(super) struct Label {
    /// Where the line ends.
    pub(super) end: Point,
    pub(super) look: Look,
    pub(super) name: String,
    /// A second line below the name.
    pub(super) below: String,
}

/// The names of lines to the right of them, moved apart where they would overlap.
pub(super) fn labels(canvas: &Canvas<'_>, mut all: Vec<Label>, plot: &Plot) {
    all.sort_by_key(|label| label.end.1);
    let pitch = if all.iter().any(|label| !label.below.is_empty()) { 98 } else { 50 };
    let mut places: Vec<i32> = Vec::new();
    for label in &all {
        let next = places.last().map_or(plot.top, |last| last + pitch);
        places.push(label.end.1.max(next));
    }
    let mut last = plot.bottom;
    for place in places.iter_mut().rev() {
        *place = (*place).min(last);
        last = *place - pitch;
    }
    for (label, y) in all.iter().zip(places) {
        let x = plot.right;
        canvas.line(&[label.end, (x + 26, y)], thin(label.look.colour));
        canvas.mark((x + 42, y), label.look.marker, label.look.colour);
        canvas.text((x + 64, y), &label.name, plain(38).bold().colour(label.look.colour));
        canvas.text((x + 64, y + 42), &label.below, plain(34).colour(QUIET));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        let axis = Axis::linear([3.0, 87.0, f64::NAN].into_iter());
        assert_eq!(axis.ticks(), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let axis = Axis::log([30.0, 900.0].into_iter());
        let ticks: Vec<f64> = axis.ticks().into_iter().map(f64::round).collect();
        assert_eq!(ticks, [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        assert_eq!((axis.share(20.0), axis.share(1e9), axis.share(0.0)), (0.0, 1.0, 0.0));
    }

    proptest! {
        #[test]
        fn every_value_lies_on_its_axis(values in prop::collection::vec(any::<f64>(), 0..8)) {
            for axis in [Axis::linear(values.iter().copied()), Axis::log(values.iter().copied())] {
                let ticks = axis.ticks();
                prop_assert!(ticks.len() <= 13, "{ticks:?}");
                let finite = values.iter().filter(|value| value.is_finite());
                for value in finite {
                    prop_assert!((0.0..=1.0).contains(&axis.share(*value)));
                }
            }
        }
    }
}
