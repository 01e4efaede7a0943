//! What must not happen, as it is written on a command line, and whether it did.
//!
//! `[SCENARIO/]BACKEND.FIGURE OP VALUE`, as in `lecture-hall/async.p99 > 5ms`: the condition under
//! which a comparison fails. Without a scenario it holds for each of them. A figure that was not
//! measured fails as well: whoever sets a limit wants to know that it was kept.

use std::fmt;
use std::str::FromStr;

use super::figure::Figure;
use super::histogram::ENOUGH_BEYOND;
use super::summary::{Row, Summary};
use super::{FLOOR, Results, Scenario};
use crate::units;

/// A condition under which a comparison fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The scenario, or all of them.
    pub scenario: Option<String>,
    /// The backend's name.
    pub backend: String,
    /// What is watched.
    pub watched: Watched,
    /// What about it fails.
    pub op: Op,
    /// The limit in the figure's own unit: nanoseconds, bytes, shares, multiples, deliveries per
    /// second.
    pub limit: f64,
    text: String,
}

/// What a threshold watches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Watched {
    /// The response time at a share of deliveries, in nanoseconds.
    Quantile(f64),
    /// The longest response time, in nanoseconds.
    Max,
    /// Server CPU as a multiple of the floor's.
    CpuInFloors,
    /// The share of deliveries that arrived, 0 to 1.
    Delivered,
    /// The 99th percentile of the generator's own lateness, in nanoseconds.
    Lag,
    /// Any other figure, in its own unit.
    Figure(Figure),
}

/// When a threshold is crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Above the limit.
    Above,
    /// At or above it.
    AtLeast,
    /// Below the limit.
    Below,
    /// At or below it.
    AtMost,
}

/// Whether a threshold was kept in one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The threshold.
    pub threshold: Threshold,
    /// The scenario's name; empty when there was none to judge.
    pub scenario: String,
    /// What was measured, in the unit of the limit; `None` when it was not.
    pub measured: Option<f64>,
}

impl Kept {
    /// Whether the limit was crossed, or cannot be said to have been kept.
    #[must_use]
    pub fn fails(&self) -> bool {
        let Threshold { op, limit, .. } = self.threshold;
        self.measured.is_none_or(|value| match op {
            Op::Above => value > limit,
            Op::AtLeast => value >= limit,
            Op::Below => value < limit,
            Op::AtMost => value <= limit,
        })
    }
}

/// Why a text is no threshold, or none for these results.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadThreshold {
    /// The text has another form.
    #[error(
        "'{0}' is no threshold: write [SCENARIO/]BACKEND.FIGURE OP VALUE, such as \"async.p99 > 5ms\""
    )]
    Form(String),
    /// There is no such figure.
    #[error(
        "there is no figure '{0}' to set a limit to: choose of p50, p90, p99, p99.9, max, lag, cpu, throughput, memory, delivered, bytes, generator"
    )]
    Figure(String),
    /// The value does not suit the figure.
    #[error("'{value}' is no value for {figure}: write {such_as}")]
    Value {
        /// What was written.
        value: String,
        /// The figure.
        figure: String,
        /// A value of the right kind.
        such_as: &'static str,
    },
    /// The floor is not measured.
    #[error(
        "'{0}' needs the floor, which is not measured here: give the limit as a time such as 12us"
    )]
    NoFloor(String),
    /// There will be too few messages for that percentile.
    #[error(
        "'{text}' cannot be measured in {scenario}: {messages} messages where {needed} are needed; name another scenario as in \"lecture-hall/async.p99 > 5ms\", or use --repeats {enough}"
    )]
    TooFew {
        /// The whole threshold.
        text: String,
        /// The scenario.
        scenario: String,
        /// So many messages will be sent.
        messages: f64,
        /// So many are needed.
        needed: f64,
        /// With so many repeats there would be enough.
        enough: f64,
    },
    /// Something it names does not take part.
    #[error("'{text}' names {what} that does not take part: choose of {known}")]
    Unknown {
        /// The whole threshold.
        text: String,
        /// `a scenario` or `a backend`.
        what: &'static str,
        /// The names that do.
        known: String,
    },
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Threshold {
    type Err = BadThreshold;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || BadThreshold::Form(text.to_owned());
        let at = text.find(['>', '<']).ok_or_else(form)?;
        let (left, right) = text.split_at(at);
        let (op, value) =
            [("<=", Op::AtMost), (">=", Op::AtLeast), ("<", Op::Below), (">", Op::Above)]
                .into_iter()
                .find_map(|(sign, op)| Some((op, right.strip_prefix(sign)?.trim())))
                .ok_or_else(form)?;
        let (scenario, rest) = match left.trim().split_once('/') {
            Some((scenario, rest)) => (Some(scenario.trim().to_owned()), rest),
            None => (None, left.trim()),
        };
        let (backend, figure) = rest.split_once('.').ok_or_else(form)?;
        let (backend, figure) = (backend.trim(), figure.trim());
        if backend.is_empty() || value.is_empty() || scenario.as_deref() == Some("") {
            return Err(form());
        }
        let (watched, limit) = limit(figure, value)?;
        let (backend, text) = (backend.to_owned(), text.trim().to_owned());
        Ok(Threshold { scenario, backend, watched, op, limit, text })
    }
}

/// The figure of that name and the value in its own unit.
fn limit(figure: &str, value: &str) -> Result<(Watched, f64), BadThreshold> {
    let bad = |such_as| BadThreshold::Value {
        value: value.to_owned(),
        figure: figure.to_owned(),
        such_as,
    };
    let time = |watched| {
        let nanos = units::parse_duration(value).map_err(|_| bad("a time such as 5ms or 250us"))?;
        Ok((watched, units::nanos(nanos) as f64))
    };
    let number = |text: &str| text.trim().parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0);
    let share = |watched| {
        let of_100 = value.strip_suffix('%').and_then(number);
        Ok((watched, of_100.ok_or_else(|| bad("a percentage such as 99.9%"))? / 100.0))
    };
    let size = |figure| {
        let factors = [("MiB", 1_048_576.0), ("KiB", 1024.0), ("B", 1.0), ("", 1.0)];
        let found = factors
            .into_iter()
            .find_map(|(unit, factor)| Some(number(value.strip_suffix(unit)?)? * factor));
        Ok((Watched::Figure(figure), found.ok_or_else(|| bad("a size such as 20KiB or 180B"))?))
    };
    match figure {
        "p50" => time(Watched::Quantile(0.5)),
        "p90" => time(Watched::Quantile(0.9)),
        "p99" => time(Watched::Quantile(0.99)),
        "p99.9" => time(Watched::Quantile(0.999)),
        "max" => time(Watched::Max),
        "lag" => time(Watched::Lag),
        "cpu" => match value.strip_suffix(['x', '×']) {
            Some(floors) => number(floors)
                .map(|floors| (Watched::CpuInFloors, floors))
                .ok_or_else(|| bad("a multiple of the floor such as 1.5x")),
            None => time(Watched::Figure(Figure::Cpu))
                .map_err(|_| bad("a time such as 12us or a multiple of the floor such as 1.5x")),
        },
        "throughput" => number(value.trim_end_matches("/s"))
            .map(|rate| (Watched::Figure(Figure::Throughput), rate))
            .ok_or_else(|| bad("deliveries per second such as 19000; what comes right after the end is not in it")),
        "memory" => size(Figure::Memory),
        "bytes" => size(Figure::Payload),
        "delivered" => share(Watched::Delivered),
        "generator" => share(Watched::Figure(Figure::GeneratorCpu)),
        _ => Err(BadThreshold::Figure(figure.to_owned())),
    }
}

impl Threshold {
    /// Refuses what names somebody who does not take part, and what so many repeats cannot measure.
    ///
    /// # Errors
    /// With the names that do take part, or with what would be needed.
    pub fn fits(
        &self,
        scenarios: &[Scenario],
        backends: &[&str],
        repeats: u32,
    ) -> Result<(), BadThreshold> {
        let unknown = |what, known: Vec<&str>| BadThreshold::Unknown {
            text: self.text.clone(),
            what,
            known: known.join(", "),
        };
        if !backends.contains(&self.backend.as_str()) {
            return Err(unknown("a backend", backends.to_vec()));
        }
        let watches = |scenario: &&Scenario| {
            self.scenario.as_deref().is_none_or(|name| name == scenario.name)
        };
        if !scenarios.iter().any(|scenario| watches(&scenario)) {
            let names = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
            return Err(unknown("a scenario", names));
        }
        if self.watched == Watched::CpuInFloors && !backends.contains(&FLOOR) {
            return Err(BadThreshold::NoFloor(self.text.clone()));
        }
        let Watched::Quantile(share) = self.watched else { return Ok(()) };
        let needed = (ENOUGH_BEYOND / (1.0 - share)).ceil();
        for scenario in scenarios.iter().filter(watches) {
            let planned = (scenario.rate * scenario.duration.as_secs_f64()).round();
            let messages = planned * f64::from(repeats);
            if messages < needed {
                let scenario = scenario.name.clone();
                let text = self.text.clone();
                let enough = (needed / planned.max(1.0)).ceil();
                return Err(BadThreshold::TooFew { text, scenario, messages, needed, enough });
            }
        }
        Ok(())
    }

    /// The thresholds that are saved with results.
    ///
    /// # Errors
    /// When a saved text is no threshold.
    pub fn saved(results: &Results) -> Result<Vec<Threshold>, BadThreshold> {
        results.settings.thresholds.iter().map(|text| text.parse()).collect()
    }

    /// Whether it was kept, scenario by scenario.
    #[must_use]
    pub fn judge(&self, summary: &Summary) -> Vec<Kept> {
        let asked = |name: &str| self.scenario.as_deref().is_none_or(|scenario| scenario == name);
        let kept = |scenario: &str, measured| Kept {
            threshold: self.clone(),
            scenario: scenario.to_owned(),
            measured,
        };
        let groups = summary.groups.iter().filter(|group| asked(&group.name));
        let judged: Vec<Kept> = groups
            .map(|group| {
                let row = group.row(&self.backend).filter(|row| row.counted() > 0);
                kept(&group.name, row.and_then(|row| self.watched.of(row)))
            })
            .collect();
        if judged.is_empty() {
            return vec![kept(self.scenario.as_deref().unwrap_or(""), None)];
        }
        judged
    }
}

impl Watched {
    fn of(self, row: &Row) -> Option<f64> {
        match self {
            Watched::Quantile(share) => row.quantile(share),
            Watched::Max => row.response.as_ref()?.max(),
            Watched::CpuInFloors => Some(row.to_floor?.shown),
            Watched::Delivered => row.delivered_share(),
            Watched::Lag => row.send_lag.as_ref()?.quantile(0.99),
            Watched::Figure(figure) => row.value(figure),
        }
    }
}

#[cfg(test)]
mod tests;
