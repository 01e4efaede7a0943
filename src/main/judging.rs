//! What decides between the exit codes 0, 1 and 3: thresholds and a baseline.

use std::path::Path;
use std::process::ExitCode;

use duplex_lab::compare::Refused;
use duplex_lab::results::{Against, Kept, Results, Summary, Threshold};

/// A threshold was crossed or something became worse.
const CROSSED: u8 = 3;

/// What results are held against.
#[derive(Debug, Default)]
pub(super) struct Judge {
    /// Older results.
    pub(super) baseline: Option<Results>,
}

/// Refuses thresholds that name anybody who does not take part.
pub(super) fn fitting(
    thresholds: &[Threshold],
    scenarios: &[&str],
    backends: &[&str],
) -> Result<Vec<String>, Refused> {
    for threshold in thresholds {
        threshold.fits(scenarios, backends).map_err(|error| Refused(error.to_string()))?;
    }
    Ok(thresholds.iter().map(ToString::to_string).collect())
}

impl Judge {
    /// Reads the baseline, so that one that cannot be used is refused before anything is measured.
    pub(super) fn of(baseline: Option<&Path>, scenarios: &[&str]) -> Result<Self, Refused> {
        let Some(path) = baseline else { return Ok(Judge::default()) };
        let baseline = Results::load(path).map_err(|error| Refused(error.to_string()))?;
        let shared = |run: &str| scenarios.contains(&run);
        if !baseline.runs.iter().any(|run| shared(&run.scenario)) {
            return Err(Refused(format!(
                "{} has none of these scenarios: {}; give a baseline that has one",
                path.display(),
                scenarios.join(", ")
            )));
        }
        Ok(Judge { baseline: Some(baseline) })
    }

    /// The exit code: a failed run weighs more than a threshold, because it says less.
    pub(super) fn code(&self, results: &Results, whole: bool) -> Result<ExitCode, Refused> {
        let thresholds = Threshold::saved(results).map_err(|error| Refused(error.to_string()))?;
        let summary = Summary::of(results);
        let crossed = thresholds.iter().flat_map(|threshold| threshold.judge(&summary));
        let crossed = crossed.filter(Kept::fails).count();
        let against = self.baseline.as_ref().map(|baseline| Against::of(results, baseline));
        let worse = against.is_some_and(|against| against.has_regression());
        if crossed > 0 {
            let noun = if crossed == 1 { "threshold" } else { "thresholds" };
            eprintln!("{crossed} {noun} crossed or not measured: the list says which");
        }
        if worse {
            eprintln!("worse than the baseline: the list says what");
        }
        Ok(match (whole, crossed > 0 || worse) {
            (false, _) => ExitCode::FAILURE,
            (true, true) => ExitCode::from(CROSSED),
            (true, false) => ExitCode::SUCCESS,
        })
    }
}
