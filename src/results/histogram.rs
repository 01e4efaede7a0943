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
    /// `None` when fewer than ten values lie beyond it: such a percentile is an anecdote (DESIGN M2).
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
