//! A histogram as it stands in a results file: HdrHistogram V2, deflated, in base64.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize};

/// A distribution of nanoseconds with three significant digits.
#[derive(Clone, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

impl Histogram {
    /// The value below which the given share (0 to 1) of all values lies, in nanoseconds.
    ///
    /// `None` when fewer than ten values lie beyond it: such a percentile is an anecdote (rule M2).
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let beyond = (1.0 - share) * self.0.len() as f64;
        // A tenth of a sample of tolerance: 1 − 0.99 is not exactly 0.01.
        (beyond >= 9.9).then(|| self.0.value_at_quantile(share) as f64)
    }

    /// The largest value in nanoseconds; `None` when there is none.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.max() as f64)
    }

    /// The smallest value in nanoseconds; `None` when there is none.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.min() as f64)
    }

    /// The arithmetic mean in nanoseconds; `None` when there are no values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.mean())
    }

    /// The share (0 to 1) of values above the given number of nanoseconds, to three digits of it;
    /// `None` when there are no values.
    #[must_use]
    pub fn share_above(&self, nanos: u64) -> Option<f64> {
        let below = self.0.count_between(0, nanos) as f64;
        (!self.0.is_empty()).then(|| 1.0 - below / self.0.len() as f64)
    }

    /// Whether the bins add up to the count and the percentiles ascend from smallest to largest
    /// (rule M9).
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let bins: u64 = self.0.iter_recorded().map(|bin| bin.count_at_value()).sum();
        let shares = [0.5, 0.9, 0.99, 0.999];
        let ladder = shares.map(|share| self.0.value_at_quantile(share));
        // A value stands for its whole bin, so the ends may differ from it by the bin's width.
        let low = self.0.lowest_equivalent(self.0.min());
        let high = self.0.highest_equivalent(self.0.max());
        bins == self.0.len()
            && ladder.is_sorted()
            && (self.0.is_empty() || (low <= ladder[0] && ladder[3] <= high))
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are no values at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both distributions in one: counts are added, nothing is averaged.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut sum = self.0.clone();
        // Both sides resize themselves, so addition has no range to fail at.
        sum.auto(true);
        match sum.add(&other.0) {
            Ok(()) => Histogram(sum),
            Err(_) => unreachable!("an auto-resizing histogram takes every value"),
        }
    }
}

impl From<hdrhistogram::Histogram<u64>> for Histogram {
    fn from(inner: hdrhistogram::Histogram<u64>) -> Self {
        Histogram(inner)
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram({} values, max {})", self.0.len(), self.0.max())
    }
}

impl Serialize for Histogram {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.0, &mut bytes).map_err(S::Error::custom)?;
        out.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        let inner = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| D::Error::custom(format!("histogram: {error:?}")))?;
        Ok(Histogram(inner))
    }
}
