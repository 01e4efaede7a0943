//! Medians, and when a few repeats are enough to speak of a difference.
//!
//! Pure arithmetic on slices; knows neither runs nor backends. Values that are not finite are
//! left out, because they stand for something that was not measured.
//!
//! Two rules, both free of any assumption about the shape of the noise, so that two equals are told
//! apart in one of twenty cases at most (three backends are three such pairs):
//!
//! - From six repeats on, the sign interval of the median must leave out 1.
//! - With fewer, no interval can hold the median in 95 % of all cases. Then all repeats of one side
//!   must lie above all of the other. Among 4 + 4 equals that happens by chance in 2 of 70 cases,
//!   which is enough; among 3 + 3 in 2 of 20, which is not, so the gap must also be at least half
//!   as wide as the wider side is spread: that leaves 1 to 3 cases of 100 whatever the noise, and
//!   still sees twice the cost in 9 of 10 cases with noise of 15 %. Fewer than three repeats
//!   claim nothing: their spread says nothing about the noise.

/// The smallest difference worth a sentence: less than a tenth is nothing to choose a backend by.
const WORTH_SAYING: f64 = 0.1;
/// From this many repeats on, an interval between two of them can hold the median in 95 % of all
/// cases: with fewer, even the whole range misses it more often.
pub(super) const ENOUGH_REPEATS: usize = 6;
/// With fewer repeats on a side its spread is no measure of the noise.
const LEAST_REPEATS: usize = 3;
/// How often equals may be told apart.
pub(super) const ERROR: f64 = 0.05;
/// How wide the gap must be, in widths of the wider side, where chance alone parts the two sides
/// too often.
const WIDE_GAP: f64 = 0.5;

/// One thing as a multiple of another: what is shown, and how sure the repeats are of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The quotient of the two values that are shown.
    pub shown: f64,
    /// The 95 % sign interval of the median of the repeats' own ratios, widened to what is shown
    /// where that lies outside; `None` with fewer than six.
    pub interval: Option<(f64, f64)>,
    /// How many repeats had both values.
    pub repeats: usize,
    /// The least and the greatest ratio of a repeat.
    pub range: (f64, f64),
    /// Whether the two sides lie apart, by the rule for few repeats.
    apart: bool,
}

impl Ratio {
    /// Whether a sentence may claim a difference: it is a tenth at least, and the repeats bear it
    /// out by the rules above (rule M5).
    #[must_use]
    pub fn shows_difference(&self) -> bool {
        let sure = match self.interval {
            Some((low, high)) => low > 1.0 || high < 1.0,
            None => self.apart,
        };
        sure && is_worth_saying(self.shown)
    }

    /// The ratio of two shown values, judged by the pairs of the repeats; `None` when it is not a
    /// positive, finite number or no pair has one.
    #[must_use]
    pub(super) fn of((value, base): (f64, f64), pairs: &[(f64, f64)]) -> Option<Ratio> {
        let shown = Some(value / base).filter(is_sound)?;
        let pairs: Vec<(f64, f64)> =
            pairs.iter().copied().filter(|(value, base)| is_sound(&(value / base))).collect();
        let mut ratios: Vec<f64> = pairs.iter().map(|(value, base)| value / base).collect();
        ratios.sort_by(f64::total_cmp);
        let range = (*ratios.first()?, *ratios.last()?);
        let interval = interval_of_median(&ratios).map(|interval| holding(interval, shown));
        let (values, bases): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let apart = are_apart(&values, &bases);
        Some(Ratio { shown, interval, repeats: ratios.len(), range, apart })
    }
}

fn is_sound(ratio: &f64) -> bool {
    ratio.is_finite() && *ratio > 0.0
}

/// Whether a ratio is far enough from 1 to be a difference that matters.
pub(super) fn is_worth_saying(ratio: f64) -> bool {
    ratio <= 1.0 - WORTH_SAYING || ratio >= 1.0 + WORTH_SAYING
}

/// Whether two sets of values that have nothing to do with each other differ: from six on each
/// side by their intervals, which must not meet, and else by the rule for few repeats.
pub(super) fn differ(ones: &[f64], others: &[f64]) -> bool {
    match (interval(ones, None), interval(others, None)) {
        (Some(one), Some(other)) => one.0 > other.1 || other.0 > one.1,
        _ => are_apart(ones, others),
    }
}

/// The rule for few repeats: all values of one side lie above all of the other, and where chance
/// parts equals too often, by a gap at least half as wide as the wider side is spread.
fn are_apart(ones: &[f64], others: &[f64]) -> bool {
    if ones.len().min(others.len()) < LEAST_REPEATS {
        return false;
    }
    let span = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        (low.ln(), values.iter().copied().fold(0.0, f64::max).ln())
    };
    let (one, other) = (span(ones), span(others));
    let gap = (one.0 - other.1).max(other.0 - one.1);
    let spread = (one.1 - one.0).max(other.1 - other.0);
    let needed = if parted_by_chance(ones.len(), others.len()) <= ERROR { 0.0 } else { WIDE_GAP };
    gap > 0.0 && gap >= needed * spread
}

/// How often all of one side lie above all of the other although both are the same: two orders of
/// all those in which the sides can be mixed.
fn parted_by_chance(ones: usize, others: usize) -> f64 {
    let mixes = (1..=ones).fold(1.0, |mixes, k| mixes * (others + k) as f64 / k as f64);
    2.0 / mixes
}

/// The 95 % interval of the median of these values, widened to hold the value that is shown;
/// `None` of fewer than six.
///
/// A percentile is shown of all repeats together, and one bad repeat can carry it past the median
/// of the repeats' own. A wider interval holds the median no less often, and never stands beside a
/// value that it denies.
#[must_use]
pub(super) fn interval(values: &[f64], shown: Option<f64>) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let found = interval_of_median(&sorted)?;
    Some(shown.map_or(found, |shown| holding(found, shown)))
}

fn holding((low, high): (f64, f64), shown: f64) -> (f64, f64) {
    (low.min(shown), high.max(shown))
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

    /// Noise of one kind, drawn by inverting its distribution.
    type Noise = fn(f64) -> f64;

    /// SplitMix64 as a number between 0 and 1: the same at every call.
    fn draw(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    #[test]
    fn the_rule_for_few_repeats_holds_whatever_the_noise() {
        let noises: [(&str, Noise); 4] = [
            ("even", |u| u),
            ("one long tail", |u| -(1.0 - u).ln()),
            ("two long tails", |u| (u / (1.0 - u)).ln()),
            ("quiet or loud", |u| if u < 0.2 { 5.0 } else { u }),
        ];
        for repeats in [3, 4, 5] {
            for (name, noise) in noises {
                let mut state = 1;
                let mut side = || -> Vec<f64> {
                    (0..repeats).map(|_| noise(draw(&mut state)).exp()).collect()
                };
                let claims = (0..1000).filter(|_| are_apart(&side(), &side())).count();
                assert!(claims <= 50, "{name}: {claims} of 1000 with {repeats} repeats");
            }
        }
    }

    #[test]
    fn three_repeats_see_twice_the_cost_through_the_noise_of_a_machine() {
        let mut state = 1;
        // The sum of a few draws is near enough to a bell curve, here with a width of 0.12.
        let mut noise = || (0..4).map(|_| draw(&mut state) - 0.5).sum::<f64>() * 0.2;
        let mut side = |cost: f64| -> Vec<f64> { (0..3).map(|_| cost * noise().exp()).collect() };
        let seen = (0..500).filter(|_| ratio(&side(2.0), &side(1.0)).shows_difference()).count();
        assert!(seen >= 450, "{seen} of 500");
    }

    /// The percentile bootstrap of the median: medians of values drawn anew with replacement.
    fn bootstrap(values: &[f64], state: &mut u64) -> (f64, f64) {
        let mut again = || -> Vec<f64> {
            let place = |at: f64| values[(at * values.len() as f64) as usize];
            (0..values.len()).map(|_| place(draw(state))).collect()
        };
        let mut medians: Vec<f64> = (0..100).filter_map(|_| median(&again())).collect();
        medians.sort_by(f64::total_cmp);
        (medians[2], medians[97])
    }

    #[test]
    fn a_bootstrap_of_so_few_repeats_covers_too_little_where_order_statistics_keep_their_word() {
        let trials = 300;
        for repeats in [3, 6, 8] {
            let mut state = 7;
            let (mut resampled, mut ordered) = (0, 0);
            for _ in 0..trials {
                // Log-logistic noise with a median of 1: skewed, as times are.
                let one = |state: &mut u64| {
                    let u = draw(state);
                    (u / (1.0 - u)).powf(0.3)
                };
                let values: Vec<f64> = (0..repeats).map(|_| one(&mut state)).collect();
                let holds = |(low, high): (f64, f64)| usize::from(low <= 1.0 && 1.0 <= high);
                resampled += holds(bootstrap(&values, &mut state));
                ordered += interval(&values, None).map_or(0, holds);
            }
            assert!(resampled * 100 < 95 * trials, "{repeats}: {resampled} of {trials}");
            if repeats < ENOUGH_REPEATS {
                assert_eq!(ordered, 0, "no interval rather than one that covers too little");
            } else {
                assert!(ordered * 100 >= 95 * trials, "{repeats}: {ordered} of {trials}");
                assert!(ordered > resampled);
            }
        }
    }

    #[test]
    fn few_repeats_have_no_interval_and_must_lie_apart_by_a_tenth_at_least() {
        let base = [1.0; 3];
        let claims = |values: &[f64], bases: &[f64]| ratio(values, bases).shows_difference();
        assert_eq!(ratio(&[2.0, 2.2, 1.9], &base).interval, None);
        assert!(claims(&[2.0, 2.2, 1.9], &base) && claims(&base, &[2.0, 2.2, 1.9]));
        assert!(!claims(&[2.0, 2.2, 0.9], &base));
        assert!(!claims(&[1.05, 1.06, 1.07], &base), "too small to matter");
        assert!(!claims(&[1.2, 1.5, 1.9], &[0.8, 1.0, 1.1]), "as wide apart as chance may part 3");
        assert!(claims(&[1.2, 1.5, 1.9, 1.6], &[0.8, 1.0, 1.1, 0.9]), "which it seldom does to 4");
        assert!(!claims(&[9.0, 9.1], &[1.0, 1.1]), "two say nothing about the noise");
    }

    #[test]
    fn chance_parts_as_many_as_can_be_counted() {
        for (ones, others, mixes) in [(3, 3, 20.0), (4, 4, 70.0), (5, 3, 56.0), (6, 6, 924.0)] {
            assert!((parted_by_chance(ones, others) * mixes - 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn unrelated_repeats_differ_when_their_intervals_do_not_meet() {
        let low = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5];
        let high = low.map(|value| value + 1.0);
        assert!(differ(&low, &high) && differ(&high, &low));
        assert!(!differ(&low, &low.map(|value| value + 0.4)));
        assert!(differ(&low[..3], &high[..3]) && !differ(&low[..2], &high));
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
        for repeats in [2, 3, 4, 5, 6, 8] {
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
            let own = interval(&values, Some(3.0)).unwrap();
            prop_assert!(own.0 <= 3.0 && 3.0 <= own.1 && own.0 <= low && high <= own.1);
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
