//! Counting values into buckets, fast: what a generator does three times per delivery.
//!
//! The buckets are those of an HDR histogram: exact up to a power of two, and from there on each
//! octave in the same number of steps. So a tally becomes a [`Histogram`] without losing anything,
//! and adding a value is a shift and an increment, a third of what the histogram takes for it.

use hdrhistogram::Histogram;

/// Steps per octave, as a power of two, for three digits: values below 2,048 are exact.
pub(super) const THREE_DIGITS: u32 = 10;
/// The same for two digits.
pub(super) const TWO_DIGITS: u32 = 6;
/// The same for a little more than one digit, in little memory.
pub(super) const ONE_DIGIT: u32 = 4;

/// Counts of values, each octave in 2 to the power of `STEPS` buckets.
#[derive(Debug, Clone)]
pub struct Tally<const STEPS: u32> {
    counts: Vec<u64>,
    /// Values above count as this one.
    longest: u64,
}

impl<const STEPS: u32> Tally<STEPS> {
    pub(super) fn new(longest: u64) -> Self {
        Tally { counts: vec![0; Self::bucket(longest) + 1], longest }
    }

    /// Counts a value.
    #[inline]
    pub(super) fn add(&mut self, value: u64) {
        self.counts[Self::bucket(value.min(self.longest))] += 1;
    }

    /// How many values were counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest value of the bucket in which that share of the values is reached; `None`
    /// when there are no values.
    pub(super) fn quantile(&self, share: f64) -> Option<u64> {
        let wanted = (self.len() as f64 * share).ceil() as u64;
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted.max(1)
        });
        reached.map(Self::smallest)
    }

    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
    }

    #[inline]
    fn bucket(value: u64) -> usize {
        // Below two octaves of steps the shift is 0 and every value has a bucket of its own.
        let exact = (2 << STEPS) - 1;
        let shift = (value | exact).ilog2() - STEPS;
        ((shift as usize) << STEPS) + (value >> shift) as usize
    }

    fn smallest(bucket: usize) -> u64 {
        let shift = (bucket >> STEPS).saturating_sub(1);
        ((bucket - (shift << STEPS)) as u64) << shift
    }
}

impl Tally<THREE_DIGITS> {
    /// The same as a histogram of three digits.
    #[must_use]
    pub fn histogram(&self) -> Histogram<u64> {
        // The only things that can be wrong are a range below 2 and more than 5 digits.
        let mut histogram = Histogram::new_with_bounds(1, self.longest.max(2), 3)
            .expect("bounds and digits are valid");
        for (bucket, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let value = Self::smallest(bucket).min(self.longest);
            histogram.saturating_record_n(value, count);
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::SECOND;

    const LONGEST: u64 = 120 * SECOND;

    proptest! {
        #[test]
        fn it_is_the_histogram(
            values in proptest::collection::vec((any::<u64>(), 0u32..64), 0..200),
        ) {
            let mut tally = Tally::<THREE_DIGITS>::new(LONGEST);
            let mut histogram = Histogram::<u64>::new_with_bounds(1, LONGEST, 3).unwrap();
            for (value, shift) in values {
                tally.add(value >> shift);
                // Longer ones count as the longest.
                histogram.saturating_record((value >> shift).min(LONGEST));
            }
            let told = tally.histogram();
            prop_assert_eq!(&told, &histogram);
            prop_assert_eq!((told.min(), told.max()), (histogram.min(), histogram.max()));
            prop_assert_eq!(told.mean(), histogram.mean());
            prop_assert_eq!(tally.len(), histogram.len());
        }

        #[test]
        fn a_quantile_is_a_value_to_one_digit(value in 0..LONGEST, others in 0usize..50) {
            let mut tally = Tally::<ONE_DIGIT>::new(LONGEST);
            prop_assert_eq!(tally.quantile(0.99), None);
            (0..others).for_each(|_| tally.add(0));
            tally.add(value);
            let told = tally.quantile(1.0).unwrap();
            prop_assert!(told <= value && value - told <= value / 16, "{} of {}", told, value);
            tally.clear();
            prop_assert!(tally.is_empty());
        }
    }
}
