//! What became of thresholds and of a baseline, for scripts.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::baseline::{Against, Change, Verdict};
use super::super::threshold::{Kept, Threshold};
use super::super::{Results, Summary};
use super::figures::{FIGURES, Unit};

/// A threshold in one scenario.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DigestThreshold {
    /// As it was written.
    threshold: String,
    /// The scenario's name; empty when there was none to judge.
    scenario: String,
    /// What was measured, in the unit of the limit (nanoseconds for times); absent when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<f64>,
    /// Whether it fails the results; what was not measured does.
    fails: bool,
}

/// A figure before and now.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DigestChange {
    /// The scenario's name.
    scenario: String,
    /// The backend's name.
    backend: String,
    /// The name of the figure, as in `rows`.
    figure: &'static str,
    /// Whether both values are multiples of the floor of their own session.
    in_floors: bool,
    /// The value of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<f64>,
    /// The value of the results; absent when it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<f64>,
    /// `regression`, `improvement`, `no-change`, `too-few-repeats`, `not-measured`, `doubtful` or
    /// `not-comparable`.
    verdict: &'static str,
}

/// Every threshold in every scenario it names.
pub(super) fn thresholds(results: &Results, summary: &Summary) -> Vec<DigestThreshold> {
    let saved = Threshold::saved(results).unwrap_or_default();
    let judged = saved.iter().flat_map(|threshold| threshold.judge(summary));
    judged.map(|kept| DigestThreshold::of(&kept)).collect()
}

/// Every figure that the results and a baseline have.
pub(super) fn changes(against: &Against) -> Vec<DigestChange> {
    against.changes.iter().map(DigestChange::of).collect()
}

impl DigestThreshold {
    fn of(kept: &Kept) -> Self {
        DigestThreshold {
            threshold: kept.threshold.to_string(),
            scenario: kept.scenario.clone(),
            measured: kept.measured,
            fails: kept.fails(),
        }
    }
}

impl DigestChange {
    fn of(change: &Change) -> Self {
        let named = FIGURES.iter().find(|named| named.figure == change.figure);
        let seconds = named.is_some_and(|named| named.unit == Unit::Nanoseconds);
        let unit = if seconds && !change.in_floors { 1e-9 } else { 1.0 };
        let value = |value: f64| Some(value * unit).filter(|value| value.is_finite());
        DigestChange {
            scenario: change.scenario.clone(),
            backend: change.backend.clone(),
            figure: named.map_or("", |named| named.name),
            in_floors: change.in_floors,
            before: value(change.before),
            now: value(change.now),
            verdict: match change.verdict {
                Verdict::Regression => "regression",
                Verdict::Improvement => "improvement",
                Verdict::NoChange => "no-change",
                Verdict::TooFew => "too-few-repeats",
                Verdict::NotMeasured => "not-measured",
                Verdict::Doubtful(_) => "doubtful",
                Verdict::NotComparable => "not-comparable",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Document;
    use super::super::super::fixture::complete;

    #[test]
    fn scripts_read_what_became_of_thresholds_and_of_a_baseline() {
        let mut results = complete();
        let written = ["async.p99 > 1us", "async.p99 > 60s"];
        results.settings.thresholds = written.map(str::to_owned).to_vec();
        let alone = serde_json::to_value(Document::of(&results)).unwrap();
        let judged = alone["summary"]["thresholds"].as_array().unwrap();
        let fails = |at: usize| judged[at]["fails"].as_bool().unwrap();
        assert!(judged.len() >= 2 && fails(0) && !fails(judged.len() - 1), "{judged:?}");
        assert!(alone["summary"].get("changes").is_none(), "there was no baseline");
        let beside = Document::beside(&results, &results);
        let beside = serde_json::to_value(beside).unwrap();
        let changes = beside["summary"]["changes"].as_array().unwrap();
        assert!(!changes.is_empty());
        for change in changes {
            assert!(change["figure"].as_str().is_some_and(|name| !name.is_empty()), "{change}");
            assert_ne!(change["verdict"], "regression", "it is its own baseline: {change}");
        }
    }
}
