//! A logarithmic axis: values to pixels, and the round values that get a tick.

/// More decades than this have a tick at a power of ten only.
const MANY: f64 = 2.2;

/// One axis.
pub(super) struct Scale {
    /// Powers of ten at its ends.
    low: f64,
    high: f64,
    from: i32,
    to: i32,
}

impl Scale {
    /// An axis that reaches over all values, at least that many decades, between two pixels; `None`
    /// when there are no values.
    pub(super) fn of(
        values: impl Iterator<Item = f64>,
        (from, to): (i32, i32),
        decades: f64,
    ) -> Option<Self> {
        let powers = values.map(f64::log10).filter(|power| power.is_finite());
        let ends = powers.fold(None, |ends: Option<(f64, f64)>, power| match ends {
            None => Some((power, power)),
            Some((low, high)) => Some((low.min(power), high.max(power))),
        });
        let (low, high) = ends?;
        // A little room, so that no mark lies on the frame.
        let room = ((high - low) * 0.04).max(0.02);
        let missing = (decades - (high - low)).max(0.0) / 2.0;
        Some(Scale { low: low - room - missing, high: high + room + missing, from, to })
    }

    pub(super) fn at(&self, value: f64) -> i32 {
        let share = ((value.log10() - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    /// Where it begins and ends, in pixels.
    pub(super) fn pixels(&self) -> (i32, i32) {
        (self.from, self.to)
    }

    /// The round values between its ends, each with the number that is written there.
    pub(super) fn ticks(&self) -> Vec<(f64, f64)> {
        let decades = self.high - self.low;
        let parts: &[f64] = match decades {
            few if few < 0.5 => &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            some if some < MANY => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        // Files may hold anything: no more ticks than a sheet has room for.
        let step = ((decades / 12.0).ceil() as i32).max(1);
        let mut ticks = Vec::new();
        let first = self.low.floor() as i32;
        for decade in (first..=self.high.ceil() as i32).filter(|d| (d - first) % step == 0) {
            for part in parts {
                let value = part * 10f64.powi(decade);
                if (self.low..=self.high).contains(&value.log10()) {
                    ticks.push((value, value));
                }
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_axis_of_nothing_is_none() {
        assert!(Scale::of([].into_iter(), (0, 100), 1.0).is_none());
        assert!(Scale::of([0.0, -1.0, f64::NAN].into_iter(), (0, 100), 1.0).is_none());
    }

    proptest! {
        #[test]
        fn every_value_lies_on_the_axis_and_it_has_a_few_ticks(
            values in prop::collection::vec(1e-300..1e300_f64, 1..9),
        ) {
            let scale = Scale::of(values.iter().copied(), (900, 200), 1.0).unwrap();
            let ticks = scale.ticks();
            prop_assert!((1..=14).contains(&ticks.len()), "{}", ticks.len());
            let on_axis = values.iter().all(|value| (200..=900).contains(&scale.at(*value)));
            prop_assert!(on_axis);
        }
    }
}
