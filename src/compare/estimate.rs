//! How long the rest of a comparison will take.

use std::time::Duration;

use crate::scenario::Scenario;

/// Starting and stopping a server and connecting its members, until runs have shown better.
const OVERHEAD: Duration = Duration::from_secs(1);

/// The time left, corrected by how the runs so far compared with what was expected of them.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    expected_left: Duration,
    expected_done: Duration,
    took: Duration,
}

impl Estimate {
    /// Each scenario is run `times` times.
    pub(super) fn new(scenarios: &[Scenario], times: usize) -> Self {
        let once: Duration = scenarios.iter().map(expected).sum();
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        Estimate {
            expected_left: once.saturating_mul(times),
            expected_done: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    /// A run of this scenario is over.
    pub(super) fn took(&mut self, scenario: &Scenario, took: Duration) {
        let expected = expected(scenario);
        self.expected_left = self.expected_left.saturating_sub(expected);
        self.expected_done += expected;
        self.took += took;
    }

    /// What the runs not yet over will take.
    pub(super) fn left(&self) -> Duration {
        let done = self.expected_done.as_secs_f64();
        let factor = if done > 0.0 { self.took.as_secs_f64() / done } else { 1.0 };
        let left = self.expected_left.as_secs_f64() * factor;
        Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX)
    }
}

fn expected(scenario: &Scenario) -> Duration {
    scenario.warm_up + scenario.duration + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn it_ends_at_nothing_and_learns_on_the_way() {
        let ping = scenario::named("ping").unwrap();
        let once = expected(&ping);
        let mut estimate = Estimate::new(std::slice::from_ref(&ping), 4);
        assert_eq!(estimate.left(), once * 4);
        estimate.took(&ping, once * 2);
        let left = estimate.left().as_secs_f64();
        assert!((left - (once * 6).as_secs_f64()).abs() < 1e-6, "{left}");
        for _ in 0..3 {
            estimate.took(&ping, once);
        }
        assert_eq!(estimate.left(), Duration::ZERO);
    }
}
