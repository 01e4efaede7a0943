//! A histogram as it stands in a results file: HdrHistogram V2, deflated, in base64.
//!
//! Files may come from strangers: what claims an absurd size or content is refused before any
//! memory is spent on it.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::io::Read as _;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize};

/// How a deflated histogram begins.
const DEFLATED: [u8; 4] = 0x1C84_9314_u32.to_be_bytes();
/// How it begins before deflation.
const PLAIN: [u8; 4] = 0x1C84_9313_u32.to_be_bytes();
/// The header of a histogram before deflation: cookie, length, offset, digits, range, ratio.
const HEADER: usize = 40;
/// The most bytes a histogram of three digits has before deflation: nine for each of its bins, of
/// which there are fewer than 58,000 even when it reaches from 1 to 2⁶⁴.
const MOST_BYTES: u64 = 9 * 58_000 + HEADER as u64;
/// More values than a run can have, and few enough that no sum of several histograms overflows.
const MOST_VALUES: u64 = 1 << 48;
/// Three significant digits, as every histogram here has them.
const DIGITS: u32 = 3;

/// So many messages must lie beyond a percentile (rule M2), less what rounding takes: 1 − 0.99 is
/// not exactly 0.01.
pub(super) const ENOUGH_BEYOND: f64 = 10.0 - 1e-6;

/// A distribution of nanoseconds with three significant digits.
#[derive(Clone)]
pub struct Histogram(hdrhistogram::Histogram<u64>, OnceLock<Counted>);

/// What is counted once, because whoever shows results asks for it many times and all bins take long.
#[derive(Clone)]
struct Counted {
    /// The bins that hold something, in the order of their values.
    steps: Vec<Step>,
    /// The smallest value that is not told from the others of the first of them.
    lowest: u64,
    is_sound: bool,
}

/// A bin that holds something.
#[derive(Clone)]
struct Step {
    /// The largest value that is not told from the others of the bin.
    value: u64,
    /// How many values there are up to here.
    reached: u64,
}

impl Counted {
    fn of(inner: &hdrhistogram::Histogram<u64>) -> Self {
        let mut reached: u64 = 0;
        let steps = inner.iter_recorded().map(|bin| {
            reached = reached.saturating_add(bin.count_at_value());
            Step { value: bin.value_iterated_to(), reached }
        });
        let steps: Vec<Step> = steps.collect();
        let lowest = steps.first().map_or(0, |first| inner.lowest_equivalent(first.value));
        let mut counted = Counted { steps, lowest, is_sound: false };
        let ladder = [0.5, 0.9, 0.99, 0.999].map(|share| counted.value(share, inner.len()));
        // A value stands for its whole bin, so the ends may differ from it by the bin's width.
        let low = inner.lowest_equivalent(inner.min());
        let high = inner.highest_equivalent(inner.max());
        counted.is_sound = reached == inner.len()
            && ladder.is_sorted()
            && (inner.is_empty() || (low <= ladder[0] && ladder[3] <= high));
        counted
    }

    /// The value that so large a share of so many lies at or below, as HdrHistogram defines it: that
    /// of the first bin with which the count reaches the share, and one at least; without a share the
    /// lower end of it.
    fn value(&self, share: f64, all: u64) -> u64 {
        if share == 0.0 {
            return self.lowest;
        }
        let target = ((share.min(1.0) * all as f64).ceil() as u64).max(1);
        let place = self.steps.partition_point(|step| step.reached < target);
        self.steps.get(place).map_or(0, |step| step.value)
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Histogram {
    /// The value below which the given share (0 to 1) of all values lies, in nanoseconds, each of
    /// them from a message of its own; otherwise see [`Histogram::quantile_among`].
    ///
    /// `None` when fewer than ten values lie beyond it: such a percentile is an anecdote (rule M2).
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.quantile_among(share, self.0.len())
    }

    /// The same of values that come from so many messages: the one rule for every percentile that
    /// is shown.
    ///
    /// `None` when what lies beyond may come from fewer than ten messages. One message becomes a
    /// delivery to every member of its room, and those are late together: a thousand deliveries of
    /// one message are one witness, not a thousand.
    #[must_use]
    pub fn quantile_among(&self, share: f64, messages: u64) -> Option<f64> {
        let beyond = (1.0 - share) * messages.min(self.0.len()) as f64;
        (beyond >= ENOUGH_BEYOND).then(|| self.counted().value(share, self.0.len()) as f64)
    }

    /// The histogram itself, for whoever writes it in another format.
    pub(super) fn inner(&self) -> &hdrhistogram::Histogram<u64> {
        &self.0
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
        self.counted().is_sound
    }

    fn counted(&self) -> &Counted {
        self.1.get_or_init(|| Counted::of(&self.0))
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
            Ok(()) => Histogram::from(sum),
            Err(_) => unreachable!("an auto-resizing histogram takes every value"),
        }
    }
}

impl From<hdrhistogram::Histogram<u64>> for Histogram {
    fn from(inner: hdrhistogram::Histogram<u64>) -> Self {
        Histogram(inner, OnceLock::new())
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
        let text = Cow::<str>::deserialize(input)?;
        decoded(&text).map_err(|why| D::Error::custom(format!("histogram: {why}")))
    }
}

impl JsonSchema for Histogram {
    fn schema_name() -> Cow<'static, str> {
        "Histogram".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "description": "A distribution of nanoseconds with three significant digits: \
                            HdrHistogram, V2 encoding, compressed, in base64 (RFC 4648 §4), as in \
                            the lines of an HdrHistogram log."
        })
    }
}

/// What a results file says of a histogram, or why it cannot be one.
fn decoded(text: &str) -> Result<Histogram, String> {
    let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
    let plain = inflated(&bytes)?;
    let inner: hdrhistogram::Histogram<u64> = Deserializer::new()
        .deserialize(&mut plain.as_slice())
        .map_err(|error| error.to_string())?;
    // Counts are added up with saturation, so a sum at the limit may be any sum beyond it.
    if inner.len() > MOST_VALUES {
        return Err(format!("{} values are more than a run can have", inner.len()));
    }
    Ok(Histogram::from(inner))
}

/// The histogram before deflation, with a header that does not promise more than there is.
fn inflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let body = bytes.strip_prefix(&DEFLATED).and_then(|rest| rest.get(4..));
    let body = body.ok_or("it is not in the compressed V2 encoding")?;
    let mut plain = Vec::new();
    ZlibDecoder::new(body)
        .take(MOST_BYTES + 1)
        .read_to_end(&mut plain)
        .map_err(|error| error.to_string())?;
    let at = |place: usize| plain.get(place..place + 4)?.try_into().ok().map(u32::from_be_bytes);
    let [Some(length), Some(digits), Some(high)] = [at(4), at(12), at(24)] else {
        return Err("it is cut off".to_owned());
    };
    if !plain.starts_with(&PLAIN) {
        return Err("what was compressed is no histogram".to_owned());
    }
    if digits != DIGITS {
        return Err(format!("it has {digits} digits, not {DIGITS}"));
    }
    if plain.get(16..24) != Some(&1_u64.to_be_bytes()[..]) || high > i32::MAX as u32 {
        return Err("its range is absurd".to_owned());
    }
    if plain.len() as u64 > MOST_BYTES || HEADER as u64 + u64::from(length) != plain.len() as u64 {
        return Err("its length is not what it says".to_owned());
    }
    Ok(plain)
}
