//! What one more of something adds, and how well that is known: a straight line through readings of
//! several repeats. Pure arithmetic; it knows nothing of memory.

/// What one more connection adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// So much.
    pub per_connection: f64,
    /// Where it lies with 95 % certainty if the readings scatter evenly around a line; `None` where
    /// there are too few of them to tell.
    pub interval: Option<(f64, f64)>,
}

/// A straight line: what there is without any connection, and what each one adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) base: f64,
    pub(super) slope: Slope,
}

impl Slope {
    /// What does not grow, known without a doubt.
    pub(super) const NONE: Slope = Slope { per_connection: 0.0, interval: Some((0.0, 0.0)) };

    /// What is left of it beyond another one. The two are measured apart from each other, so their
    /// errors add up as squares do.
    #[must_use]
    pub(super) fn minus(self, other: Slope) -> Self {
        let rest = self.per_connection - other.per_connection;
        let margin = |(low, high): (f64, f64)| (high - low) / 2.0;
        let interval = self.interval.zip(other.interval).map(|(one, other)| {
            let margin = margin(one).hypot(margin(other));
            (rest - margin, rest + margin)
        });
        Slope { per_connection: rest, interval }
    }

    /// A part of it.
    #[must_use]
    pub(super) fn times(self, factor: f64) -> Self {
        let interval = self.interval.map(|(low, high)| (low * factor, high * factor));
        Slope { per_connection: self.per_connection * factor, interval }
    }
}

impl Line {
    /// The line of least squares through the readings `(connections, amount)` of each repeat. All
    /// repeats have one slope, and each has a base of its own: a fresh process on a machine that has
    /// changed a little since the last one. `None` when no repeat has two numbers of connections.
    pub(super) fn through(repeats: &[Vec<(f64, f64)>]) -> Option<Line> {
        let repeats: Vec<&Vec<(f64, f64)>> = repeats.iter().filter(|one| !one.is_empty()).collect();
        let centres: Vec<(f64, f64)> = repeats.iter().map(|one| centre(one)).collect();
        let (mut squares, mut products, mut amounts) = (0.0, 0.0, 0.0);
        for (repeat, (x, y)) in repeats.iter().zip(&centres) {
            for reading in *repeat {
                let (dx, dy) = (reading.0 - x, reading.1 - y);
                squares += dx * dx;
                products += dx * dy;
                amounts += dy * dy;
            }
        }
        let slope = products / squares;
        if squares <= 0.0 || !slope.is_finite() {
            return None;
        }
        let bases: Vec<f64> = centres.iter().map(|(x, y)| y - slope * x).collect();
        let base = bases.iter().sum::<f64>() / bases.len() as f64;
        // One is taken for the slope and one for the base of each repeat.
        let readings: usize = repeats.iter().map(|one| one.len()).sum();
        let freedom = readings.saturating_sub(repeats.len() + 1);
        let interval = (freedom > 0).then(|| {
            // What the line leaves unexplained; rounding may make it a little less than nothing.
            let rest = (amounts - slope * products).max(0.0) / freedom as f64;
            let margin = student(freedom) * (rest / squares).sqrt();
            (slope - margin, slope + margin)
        });
        Some(Line { base, slope: Slope { per_connection: slope, interval } })
    }
}

fn centre(readings: &[(f64, f64)]) -> (f64, f64) {
    let count = readings.len() as f64;
    let sum = |pick: fn(&(f64, f64)) -> f64| readings.iter().map(pick).sum::<f64>();
    (sum(|reading| reading.0) / count, sum(|reading| reading.1) / count)
}

/// The 97.5 % quantile of Student's t distribution: how many standard errors a 95 % interval
/// reaches to either side.
pub(super) fn student(freedom: usize) -> f64 {
    const TABLE: [f64; 10] =
        [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    if let Some(known) = freedom.checked_sub(1).and_then(|at| TABLE.get(at)) {
        return *known;
    }
    // The expansion around the normal distribution's (Abramowitz and Stegun, 26.7.5), which errs
    // by less than 0.001 from eleven on.
    let (z, n) = (1.959_964_f64, freedom as f64);
    let first = (z.powi(3) + z) / (4.0 * n);
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n);
    let third =
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * n.powi(3));
    z + first + second + third
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_textbook() {
        // y = 2x with residuals +1, -2, +1 around it: s² = 6 / 1, Sxx = 2.
        let line = Line::through(&[vec![(0.0, 1.0), (1.0, 0.0), (2.0, 5.0)]]).unwrap();
        assert!((line.slope.per_connection - 2.0).abs() < 1e-12 && line.base.abs() < 1e-12);
        let margin = 12.706 * (6.0_f64 / 2.0).sqrt();
        let (low, high) = line.slope.interval.unwrap();
        assert!((low - (2.0 - margin)).abs() < 1e-9 && (high - (2.0 + margin)).abs() < 1e-9);
    }

    #[test]
    fn errors_of_a_difference_add_up_as_squares() {
        let slope = |value: f64, margin: f64| Slope {
            per_connection: value,
            interval: Some((value - margin, value + margin)),
        };
        assert_eq!(slope(10.0, 3.0).minus(slope(4.0, 4.0)), slope(6.0, 5.0));
        assert_eq!(
            slope(10.0, 3.0).minus(Slope { interval: None, ..slope(4.0, 0.0) }).interval,
            None
        );
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, quantile) in [(1, 12.706), (3, 3.182), (11, 2.201), (30, 2.042), (120, 1.980)]
        {
            assert!((student(freedom) - quantile).abs() < 0.001, "{freedom}");
        }
    }

    #[test]
    fn two_readings_make_a_slope_and_no_interval_and_one_makes_neither() {
        let line = Line::through(&[vec![(0.0, 5.0), (10.0, 25.0)]]).unwrap();
        assert_eq!((line.base, line.slope.per_connection, line.slope.interval), (5.0, 2.0, None));
        for few in
            [vec![], vec![vec![]], vec![vec![(3.0, 4.0)]], vec![vec![(3.0, 4.0), (3.0, 5.0)]]]
        {
            assert_eq!(Line::through(&few), None, "{few:?}");
        }
    }

    proptest! {
        /// Whatever base each repeat has: readings on a line give the line back, and the interval
        /// is the slope itself.
        #[test]
        fn a_line_is_found_again(
            slope in -1e4..1e5_f64,
            bases in prop::collection::vec(0.0..1e7_f64, 1..6),
            steps in prop::collection::btree_set(0_u32..20_000, 3..7),
        ) {
            let repeat = |base: &f64| -> Vec<(f64, f64)> {
                steps.iter().map(|x| (f64::from(*x), base + slope * f64::from(*x))).collect()
            };
            let line = Line::through(&bases.iter().map(repeat).collect::<Vec<_>>()).unwrap();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-5 * b.abs() + 1e-2;
            prop_assert!(close(line.slope.per_connection, slope), "{line:?}");
            prop_assert!((line.base - bases.iter().sum::<f64>() / bases.len() as f64).abs() < 200.0);
            let (low, high) = line.slope.interval.unwrap();
            prop_assert!(low <= line.slope.per_connection && line.slope.per_connection <= high);
        }

        #[test]
        fn nothing_makes_it_panic(
            repeats in prop::collection::vec(
                prop::collection::vec((any::<f64>(), any::<f64>()), 0..5), 0..4),
        ) {
            if let Some(line) = Line::through(&repeats) {
                prop_assert!(line.slope.per_connection.is_finite());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// The true slope lies in the interval about as often as it says. With even scatter the
        /// share is a little above 95 %; here it is only bounded from below, over many lines.
        #[test]
        fn the_interval_covers_what_it_promises(seed in any::<u64>()) {
            let mut state = seed | 1;
            let mut noise = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
            };
            let covered = (0..200).filter(|_| {
                let repeat = |_| (0..5).map(|x| (f64::from(x), 3.0 * f64::from(x) + noise())).collect();
                let repeats: Vec<Vec<(f64, f64)>> = (0..3).map(repeat).collect();
                let (low, high) = Line::through(&repeats).unwrap().slope.interval.unwrap();
                low <= 3.0 && 3.0 <= high
            });
            prop_assert!(covered.count() >= 175);
        }
    }
}
