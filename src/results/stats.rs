//! Medians, and when a few repeats are enough to speak of a difference.
//!
//! Pure arithmetic on slices; knows neither runs nor backends. Values that are not finite are
//! left out, because they stand for something that was not measured.

/// The smallest difference worth a sentence: less than a tenth is nothing to choose a backend by.
const WORTH_SAYING: f64 = 0.1;
/// From this many repeats on, an interval between two of them can hold the median in 95 % of all
/// cases: with fewer, even the whole range misses it more often.
pub(super) const ENOUGH_REPEATS: usize = 6;

/// One thing as a multiple of another: what is shown, and how sure the repeats are of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The quotient of the two values that are shown.
    pub shown: f64,
    /// The 95 % sign interval of the median of the repeats' own ratios; `None` with fewer than six.
    pub interval: Option<(f64, f64)>,
    /// How many repeats had both values.
    pub repeats: usize,
    /// The least and the greatest ratio of a repeat.
    range: (f64, f64),
}

impl Ratio {
    /// Whether a sentence may claim a difference: it is a tenth at least, and with fewer than six
    /// repeats every one points the same way, with more their interval leaves out 1. A single
    /// repeat never shows a difference (rule M5).
    #[must_use]
    pub fn shows_difference(&self) -> bool {
        let (low, high) = self.interval.unwrap_or(self.range);
        let below = self.shown <= 1.0 - WORTH_SAYING && high < 1.0;
        let above = self.shown >= 1.0 + WORTH_SAYING && low > 1.0;
        self.repeats > 1 && (below || above)
    }

    /// The ratio of two shown values, judged by the pairs of the repeats; `None` when it is not a
    /// positive, finite number or no pair has one.
    #[must_use]
    pub(super) fn of((value, base): (f64, f64), pairs: &[(f64, f64)]) -> Option<Ratio> {
        let sound = |ratio: &f64| ratio.is_finite() && *ratio > 0.0;
        let shown = Some(value / base).filter(sound)?;
        let mut ratios: Vec<f64> =
            pairs.iter().map(|(value, base)| value / base).filter(sound).collect();
        ratios.sort_by(f64::total_cmp);
        let range = (*ratios.first()?, *ratios.last()?);
        Some(Ratio { shown, interval: interval_of_median(&ratios), repeats: ratios.len(), range })
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

/// The narrowest pair of sorted values, equally far from both ends, that holds the true median
/// with at least 95 %. It asks nothing of the distribution: each value lies below the true median
/// with probability ½, so the pair misses it as often as so many fair coins come out so unequal.
fn interval_of_median(sorted: &[f64]) -> Option<(f64, f64)> {
    if sorted.len() < ENOUGH_REPEATS {
        return None;
    }
    // The probability of exactly `heads` heads, and of at most so many.
    let mut exactly = 0.5f64.powf(sorted.len() as f64);
    let mut at_most = exactly;
    let mut heads = 0;
    loop {
        exactly *= (sorted.len() - heads) as f64 / (heads + 1) as f64;
        if heads + 1 >= sorted.len() / 2 || 2.0 * (at_most + exactly) > 0.05 {
            return Some((sorted[heads], sorted[sorted.len() - 1 - heads]));
        }
        at_most += exactly;
        heads += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    /// A ratio of repeats that are shown by their medians, as a row does it.
    fn ratio(values: &[f64], bases: &[f64]) -> Ratio {
        let pairs: Vec<(f64, f64)> = values.iter().copied().zip(bases.iter().copied()).collect();
        Ratio::of((median(values).unwrap(), median(bases).unwrap()), &pairs).unwrap()
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
    }

    #[test]
    fn one_repeat_shows_no_difference() {
        let ratio = ratio(&[9.0], &[3.0]);
        assert_eq!((ratio.shown, ratio.interval, ratio.repeats), (3.0, None, 1));
        assert!(!ratio.shows_difference());
    }

    #[test]
    fn few_repeats_have_no_interval_and_must_all_agree_on_a_tenth_at_least() {
        let base = [1.0; 3];
        assert_eq!(ratio(&[2.0, 2.2, 1.9], &base).interval, None);
        assert!(ratio(&[2.0, 2.2, 1.9], &base).shows_difference());
        assert!(ratio(&[0.5, 0.4, 0.9], &base).shows_difference());
        assert!(!ratio(&[2.0, 2.2, 0.9], &base).shows_difference());
        assert!(!ratio(&[1.05, 1.06, 1.07], &base).shows_difference(), "too small to matter");
    }

    #[test]
    fn the_interval_is_the_one_of_the_textbook() {
        // The tables of the sign test: n, and which value from either end is the bound.
        for (n, rank) in [(6, 1), (7, 1), (8, 1), (9, 2), (12, 3), (15, 4), (20, 6), (25, 8)] {
            let sorted: Vec<f64> = (1..=n).map(f64::from).collect();
            let expected = (f64::from(rank), f64::from(n + 1 - rank));
            assert_eq!(interval_of_median(&sorted), Some(expected), "{n}");
        }
        assert_eq!(interval_of_median(&[1.0; 5]), None);
        assert!(interval_of_median(&vec![1.0; 5000]).is_some(), "½ⁿ is then 0");
    }

    #[test]
    fn equals_are_told_apart_in_one_comparison_of_twenty_at_most() {
        // Noise of a factor of up to two either way, so that a tenth alone forgives nothing.
        let mut runner = TestRunner::deterministic();
        for repeats in [6, 8] {
            let noise = prop::collection::vec(-1.0f64..1.0, 2 * repeats);
            let trials = 1000;
            let claims = (0..trials)
                .filter(|_| {
                    let drawn = noise.new_tree(&mut runner).unwrap().current();
                    let values: Vec<f64> = drawn.iter().map(|power| power.exp2()).collect();
                    let (ones, others) = values.split_at(repeats);
                    ratio(ones, others).shows_difference()
                })
                .count();
            assert!(claims * 20 <= trials, "{claims} of {trials} with {repeats} repeats");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_interval_holds_the_median_and_stays_within_the_repeats(
            values in prop::collection::vec(0.001f64..1e6, 6..40)
        ) {
            let ratio = ratio(&values, &vec![1.0; values.len()]);
            let (low, high) = ratio.interval.unwrap();
            prop_assert!(low <= ratio.shown && ratio.shown <= high);
            prop_assert!(values.iter().any(|&v| v <= low) && values.iter().any(|&v| v >= high));
        }

        #[test]
        fn a_claim_is_the_same_from_both_sides_when_it_is_large(
            pairs in prop::collection::vec((1.0f64..100.0, 1.0f64..100.0), 2..12)
        ) {
            let (ones, others): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let (there, back) = (ratio(&ones, &others), ratio(&others, &ones));
            prop_assume!(!(0.88..1.14).contains(&there.shown));
            prop_assert_eq!(there.shows_difference(), back.shows_difference());
        }
    }
}
