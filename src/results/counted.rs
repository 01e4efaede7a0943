//! The runs that count: what a row is made of, for whoever needs more of them than its figures.

use super::{Failure, Measured, Results};

impl Results {
    /// What was measured in the runs of one backend in one scenario that count.
    pub fn counted<'a>(
        &'a self,
        scenario: &'a str,
        backend: &'a str,
    ) -> impl Iterator<Item = &'a Measured> {
        self.runs
            .iter()
            .filter(move |run| run.scenario == scenario && run.backend == backend)
            .filter(|run| Failure::of(run).is_none())
            .filter_map(|run| run.measured.as_ref())
    }
}
