//! Medians, and how far a median of a few repeats can be trusted.
//!
//! Pure arithmetic on slices; knows neither runs nor backends. Values that are not finite are
//! left out, because they stand for something that was not measured.

/// How often the bootstrap draws: enough for two digits of a 95 % interval, and a millisecond.
const DRAWS: usize = 2000;

/// One thing as a multiple of another: the median over repeats, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The median of the ratios of each repeat.
    pub median: f64,
    /// The bootstrap 95 % interval of that median; `None` with a single repeat.
    pub interval: Option<(f64, f64)>,
    /// How many repeats had both values.
    pub repeats: usize,
}

impl Ratio {
    /// Whether the interval leaves out 1: a single repeat never shows a difference (DESIGN M5).
    #[must_use]
    pub fn shows_difference(&self) -> bool {
        self.interval.is_some_and(|(low, high)| high < 1.0 || low > 1.0)
    }

    /// The ratio of paired values; `None` when no pair has a positive, finite ratio.
    #[must_use]
    pub(super) fn of(pairs: &[(f64, f64)]) -> Option<Ratio> {
        let ratios: Vec<f64> = pairs
            .iter()
            .map(|(value, base)| value / base)
            .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
            .collect();
        let interval = (ratios.len() > 1).then(|| interval_of_median(&ratios));
        median(&ratios).map(|median| Ratio { median, interval, repeats: ratios.len() })
    }
}

/// The middle value, or the mean of the two in the middle; `None` of nothing.
#[must_use]
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    // Halved before adding, so that two huge values do not overflow.
    Some(lower / 2.0 + upper / 2.0)
}

/// The bootstrap percentile interval of the median. The draws are seeded, so that the same
/// results always print the same report.
fn interval_of_median(values: &[f64]) -> (f64, f64) {
    let mut state = 0x5EED_u64;
    let mut medians: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let drawn: Vec<f64> =
                values.iter().map(|_| values[next(&mut state) as usize % values.len()]).collect();
            median(&drawn)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    (medians[DRAWS / 40], medians[DRAWS - 1 - DRAWS / 40])
}

/// SplitMix64: the smallest generator that is good enough to draw repeats.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
    }

    #[test]
    fn one_repeat_shows_no_difference() {
        let ratio = Ratio::of(&[(9.0, 3.0)]).unwrap();
        assert_eq!((ratio.median, ratio.interval, ratio.repeats), (3.0, None, 1));
        assert!(!ratio.shows_difference());
    }

    #[test]
    fn a_difference_is_shown_when_every_repeat_agrees_and_not_when_they_disagree() {
        let clear = [(2.0, 1.0), (2.2, 1.0), (1.9, 1.0), (2.1, 1.0), (2.0, 1.0)];
        assert!(Ratio::of(&clear).unwrap().shows_difference());
        let mixed = [(0.9, 1.0), (1.1, 1.0), (1.2, 1.0), (0.8, 1.0), (1.0, 1.0)];
        assert!(!Ratio::of(&mixed).unwrap().shows_difference());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_interval_holds_the_median_and_stays_within_the_repeats(
            values in prop::collection::vec(0.001f64..1e6, 2..12)
        ) {
            let pairs: Vec<(f64, f64)> = values.iter().map(|&value| (value, 1.0)).collect();
            let ratio = Ratio::of(&pairs).unwrap();
            let (low, high) = ratio.interval.unwrap();
            prop_assert!(low <= ratio.median && ratio.median <= high);
            prop_assert!(values.iter().any(|&v| v <= low) && values.iter().any(|&v| v >= high));
        }
    }
}
