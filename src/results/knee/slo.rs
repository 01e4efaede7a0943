//! A promise as people write it: `p99=50ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Slo;
use crate::units;

/// Why a text is no promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no promise about response times: write a percentile and a time, such as p99=50ms or \
     p99.9=1s"
)]
pub struct BadSlo(String);

impl Default for Slo {
    /// What a chat needs to feel immediate: 99 of 100 deliveries within 50 ms.
    fn default() -> Self {
        Slo { share: 0.99, within: 50 * units::MILLISECOND }
    }
}

impl FromStr for Slo {
    type Err = BadSlo;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadSlo(text.to_owned());
        let (percentile, within) = text.split_once('=').ok_or_else(bad)?;
        let digits = percentile.trim().strip_prefix(['p', 'P']).ok_or_else(bad)?;
        let percent: f64 = digits.parse().map_err(|_| bad())?;
        let within = units::parse_duration(within).map_err(|_| bad())?;
        // No run has enough deliveries for a rarer one than 99.99 %.
        let is_usable = (50.0..=99.99).contains(&percent) && within > Duration::ZERO;
        // 99.9 / 100 is not exactly 0.999.
        let share = (percent * 1e4).round() / 1e6;
        let slo = Slo { share, within: units::nanos(within) };
        if is_usable { Ok(slo) } else { Err(bad()) }
    }
}

impl fmt::Display for Slo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = units::duration_text(Duration::from_nanos(self.within));
        write!(f, "{}={within}", self.percentile())
    }
}

impl Slo {
    /// The percentile by its name: `p99`, `p99.9`.
    #[must_use]
    pub fn percentile(&self) -> String {
        // 0.999 × 100 is not exactly 99.9.
        format!("p{}", (self.share * 1e6).round() / 1e4)
    }

    /// How many deliveries it takes until ten lie beyond the percentile (rule M2).
    #[must_use]
    pub fn deliveries_needed(&self) -> f64 {
        10.0 / (1.0 - self.share).max(1e-6)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_promise_is_read_as_it_is_written() {
        assert_eq!("p99=50ms".parse(), Ok(Slo::default()));
        assert_eq!("p99.9 = 1s".parse(), Ok(Slo { share: 0.999, within: units::SECOND }));
        assert_eq!(Slo::default().to_string(), "p99=50ms");
        for text in ["", "50ms", "p99", "p99<50ms", "p=1s", "p100=1s", "p10=1s", "p99=0s", "q9=1s"]
        {
            let message = text.parse::<Slo>().unwrap_err().to_string();
            assert!(message.contains("p99=50ms") && !message.contains('\n'), "{message}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(tenths in 500_u32..=999, millis in 1_u64..100_000) {
            let slo = Slo {
                share: f64::from(tenths) / 1000.0,
                within: millis * units::MILLISECOND,
            };
            prop_assert_eq!(slo.to_string().parse(), Ok(slo));
        }
    }
}
