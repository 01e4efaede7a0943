//! What decides between the exit codes 0, 1 and 3: thresholds and a baseline.

use std::path::Path;
use std::process::ExitCode;

use duplex_lab::compare::Refused;
use duplex_lab::results::{
    Against, BASELINE_REPEATS, FLOOR, Kept, Results, Run, Scenario, Summary, Threshold,
};

/// A threshold was crossed or something became worse.
const CROSSED: u8 = 3;

/// What results are held against.
#[derive(Debug, Default)]
pub(super) struct Judge {
    /// Older results.
    pub(super) baseline: Option<Results>,
}

/// Refuses thresholds that name anybody who does not take part, and those that so many repeats
/// cannot measure.
pub(super) fn fitting(
    thresholds: &[Threshold],
    scenarios: &[Scenario],
    backends: &[&str],
    repeats: u32,
) -> Result<Vec<String>, Refused> {
    for threshold in thresholds {
        let fits = threshold.fits(scenarios, backends, repeats);
        fits.map_err(|error| Refused(error.to_string()))?;
    }
    Ok(thresholds.iter().map(ToString::to_string).collect())
}

impl Judge {
    /// Reads the baseline, so that one that cannot be used is refused before anything is measured.
    /// `repeats` is how many the results have or will have.
    pub(super) fn of(
        baseline: Option<&Path>,
        scenarios: &[&str],
        backends: &[&str],
        repeats: u32,
    ) -> Result<Self, Refused> {
        let Some(path) = baseline else { return Ok(Judge::default()) };
        let baseline = Results::load(path).map_err(|error| Refused(error.to_string()))?;
        let shown = path.display();
        let has = |name: &dyn Fn(&Run) -> bool| baseline.runs.iter().any(name);
        if !has(&|run| scenarios.contains(&run.scenario.as_str())) {
            let names = scenarios.join(", ");
            let why = format!("{shown} has none of these scenarios: {names}");
            return Err(Refused(format!("{why}; give a baseline that has one")));
        }
        if !has(&|run| backends.contains(&run.backend.as_str()) && run.backend != FLOOR) {
            let names = backends.join(", ");
            let why = format!("{shown} has none of these backends: {names}");
            return Err(Refused(format!("{why}; give a baseline that has one")));
        }
        for (whose, has) in
            [("the results have", repeats), (&format!("{shown} has"), baseline.settings.repeats)]
        {
            if (has as usize) < BASELINE_REPEATS {
                return Err(Refused(format!(
                    "a baseline is judged from {BASELINE_REPEATS} repeats on and {whose} {has}: \
                     measure with --repeats {BASELINE_REPEATS}"
                )));
            }
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
