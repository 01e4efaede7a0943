//! Whether what a server counts of itself agrees with what others counted of it.
//!
//! Two pairs of witnesses: the process's processor time and the scheduler's books on its threads;
//! the server's count of what it handed out and the oracle's count of what arrived.

use super::validity::COUNTER_LIMIT;
use super::{Measured, Results, Summary};

/// How far witnesses are apart at most, as a share; absent where one of them was silent everywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Witnesses {
    /// Runs in which both counted processor time.
    pub cpu_runs: u64,
    /// The largest gap between them, above [`Witnesses::MOST_CPU_GAP`] a disagreement.
    pub cpu_gap: Option<f64>,
    /// Runs in which both counted deliveries.
    pub delivery_runs: u64,
    /// The largest gap between them, of which any is a disagreement.
    pub delivery_gap: Option<f64>,
}

impl Witnesses {
    /// What two clocks that tick apart may differ by.
    pub const MOST_CPU_GAP: f64 = COUNTER_LIMIT;

    /// All runs that count.
    #[must_use]
    pub fn of(results: &Results, summary: &Summary) -> Self {
        let mut all = Witnesses::default();
        for group in &summary.groups {
            for row in &group.rows {
                results.counted(&group.name, &row.backend).for_each(|run| all.hear(run));
            }
        }
        all
    }

    fn hear(&mut self, run: &Measured) {
        let server = run.server.as_ref();
        let cpu = server.and_then(|cost| gap(cost.scheduled_ns?, cost.cpu_ns));
        let deliveries = run.calls.as_ref().and_then(|calls| gap(calls.deliveries, run.delivered));
        for (gap, runs, widest) in [
            (cpu, &mut self.cpu_runs, &mut self.cpu_gap),
            (deliveries, &mut self.delivery_runs, &mut self.delivery_gap),
        ] {
            let Some(gap) = gap else { continue };
            *runs += 1;
            *widest = Some(widest.map_or(gap, |before: f64| before.max(gap)));
        }
    }
}

/// How far one count is from the other, as a share of the other; `None` of nothing.
fn gap(one: u64, other: u64) -> Option<f64> {
    (other > 0).then(|| one.abs_diff(other) as f64 / other as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{empty, measured, run};

    #[test]
    fn the_widest_gap_counts_and_silence_is_no_agreement() {
        let mut off = measured(1000, 9000, 100);
        off.server.as_mut().unwrap().scheduled_ns = Some(103_000);
        off.calls.as_mut().unwrap().deliveries = 990;
        let mut silent = measured(1000, 9000, 100);
        silent.calls = None;
        silent.server.as_mut().unwrap().scheduled_ns = None;
        let runs = [measured(1000, 9000, 100), off, silent.clone()];
        let runs = (0..).zip(runs).map(|(repeat, one)| run("ping", "async", repeat, one));
        let of = |results: &Results| Witnesses::of(results, &Summary::of(results));
        let heard = of(&Results { runs: runs.collect(), ..empty() });
        assert_eq!((heard.cpu_runs, heard.delivery_runs), (2, 2));
        assert_eq!((heard.cpu_gap, heard.delivery_gap), (Some(0.03), Some(0.01)));
        let none = of(&Results { runs: vec![run("ping", "async", 0, silent)], ..empty() });
        assert_eq!(none, Witnesses::default());
    }
}
