//! Durations, byte counts and rates: reading them from text and printing them for people.
//!
//! Every module may use this one; it uses none of them. Times inside the program are whole
//! nanoseconds in a `u64` (584 years, so no overflow to think of); a unit appears only where a
//! person types or reads it.

use std::fmt;
use std::time::Duration;

/// Nanoseconds in one second.
pub const SECOND: u64 = 1_000_000_000;
/// Nanoseconds in one millisecond.
pub const MILLISECOND: u64 = 1_000_000;
/// Nanoseconds in one microsecond.
pub const MICROSECOND: u64 = 1_000;
/// Bytes in one kibibyte.
pub const KIB: usize = 1024;
/// Bytes in one mebibyte.
pub const MIB: usize = 1024 * KIB;

/// What is wrong with a text that should have been a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a duration: write a number and a unit, such as 250ms, 2s or 1m")]
pub struct BadDuration {
    text: String,
}

/// Reads a duration such as `500ns`, `250us`, `250ms`, `1.5s`, `2m` or `1h`.
///
/// # Errors
/// When there is no number, no known unit, or the duration does not fit.
pub fn parse_duration(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration { text: text.to_owned() };
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| c.is_ascii_alphabetic() || c == 'µ').ok_or_else(bad)?;
    let (number, unit) = trimmed.split_at(split);
    let number: f64 = number.trim().parse().map_err(|_| bad())?;
    let seconds = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(bad()),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| bad())
}

/// A duration as whole nanoseconds.
#[must_use]
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A duration in nanoseconds, printed with three significant digits and the unit that suits it.
#[derive(Debug, Clone, Copy)]
pub struct Nanos(pub f64);

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            n if n < 1e3 => (n, "ns"),
            n if n < 1e6 => (n / 1e3, "µs"),
            n if n < 1e9 => (n / 1e6, "ms"),
            n => (n / 1e9, "s"),
        };
        f.pad(&format!("{} {unit}", three_digits(value)))
    }
}

/// A count of bytes, printed with three significant digits in B, KiB, MiB or GiB.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub f64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEP: f64 = 1024.0;
        let (value, unit) = match self.0 {
            n if n < STEP => (n, "B"),
            n if n < STEP * STEP => (n / STEP, "KiB"),
            n if n < STEP * STEP * STEP => (n / (STEP * STEP), "MiB"),
            n => (n / (STEP * STEP * STEP), "GiB"),
        };
        f.pad(&format!("{} {unit}", three_digits(value)))
    }
}

/// A count, printed with a thin grouping by thousands: `12,345`.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

/// Three significant digits, never in scientific notation: `0.123`, `1.23`, `12.3`, `123`.
#[must_use]
pub fn three_digits(value: f64) -> String {
    match value.abs() {
        v if v < 0.0005 => "0".to_owned(),
        v if v < 0.9995 => format!("{value:.3}"),
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, expected) in [
            ("250ms", Duration::from_millis(250)),
            ("1.5s", Duration::from_millis(1500)),
            ("2m", Duration::from_secs(120)),
            ("30us", Duration::from_micros(30)),
            (" 7 s ", Duration::from_secs(7)),
        ] {
            assert_eq!(parse_duration(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "5", "ms", "-1s", "1 parsec", "1e400s", "NaNs"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn people_read_three_digits() {
        assert_eq!(Nanos(1_234.0).to_string(), "1.23 µs");
        assert_eq!(Nanos(45_600_000.0).to_string(), "45.6 ms");
        assert_eq!(Bytes(1536.0).to_string(), "1.50 KiB");
        assert_eq!(Count(1_234_567).to_string(), "1,234,567");
        assert_eq!(three_digits(99.96), "100");
    }
}
