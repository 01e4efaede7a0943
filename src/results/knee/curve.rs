//! What the probes of one search show together: a point for each load.
//!
//! Histograms of the same load are merged, never averaged; those that kept the promise are not
//! merged with those that broke it, or a load that was kept would be shown as broken.

use super::super::{Histogram, Measured};
use super::{Axis, Found, Knee, Outcome, Probe, Purpose, Useless, Usl};

/// All probes at one load.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The load: messages per second, or members.
    pub at: f64,
    /// How many probes there were.
    pub probes: usize,
    /// How many of them kept the promise.
    pub held: usize,
    /// How many of them the generator could not tell.
    pub beyond: usize,
    /// The response times of the probes that count (see [`Knee::points`]); `None` when none arrived.
    pub response: Option<Histogram>,
    /// How late the generator sent in those, in ns.
    pub send_lag: Option<Histogram>,
    /// Deliveries per second, the median of the probes in which every delivery arrived.
    pub throughput: Option<f64>,
}

impl Knee {
    /// A point for each load, from the smallest to the largest.
    ///
    /// Noise makes a server slower and never faster. So the response times of a load are those of
    /// the probes that kept the promise, and of all probes where none did.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let mut loads: Vec<f64> = self.probes.iter().map(|probe| probe.at).collect();
        loads.retain(|at| at.is_finite());
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        loads.into_iter().map(|at| self.point(at)).collect()
    }

    fn point(&self, at: f64) -> Point {
        let here = || self.probes.iter().filter(|probe| probe.at.total_cmp(&at).is_eq());
        let held = here().filter(|probe| probe.outcome == Outcome::Held).count();
        let counts = |probe: &&Probe| held == 0 || probe.outcome == Outcome::Held;
        let measured = || here().filter(counts).filter_map(|probe| probe.measured.as_ref());
        let merged = |times: fn(&Measured) -> &Histogram| {
            let all = measured().map(|one| times(one).clone());
            all.reduce(|sum, one| sum.merged(&one)).filter(|times| !times.is_empty())
        };
        Point {
            at,
            probes: here().count(),
            held,
            beyond: here().filter(|probe| matches!(probe.outcome, Outcome::Beyond(_))).count(),
            response: merged(|one| &one.response),
            send_lag: merged(|one| &one.send_lag),
            throughput: median(here().filter_map(throughput).collect()),
        }
    }

    /// The response times in ns of the probes at this load that broke the promise, merged; `None`
    /// when none did or nothing arrived.
    #[must_use]
    pub fn broken_at(&self, at: f64) -> Option<Histogram> {
        let here = self.probes.iter().filter(|probe| probe.at.total_cmp(&at).is_eq());
        let broken = here.filter(|probe| matches!(probe.outcome, Outcome::Broken(_)));
        let times = broken.filter_map(|probe| Some(probe.measured.as_ref()?.response.clone()));
        times.reduce(|sum, one| sum.merged(&one)).filter(|times| !times.is_empty())
    }

    /// The replays that ended otherwise than the search: the edge is not a sharp one.
    #[must_use]
    pub fn contradictions(&self) -> Vec<&Probe> {
        let Found::Between { held, broken } = self.found else { return Vec::new() };
        let is = |at: f64, other: f64| at.total_cmp(&other).is_eq();
        let contradicts = |probe: &&Probe| match probe.outcome {
            Outcome::Held => is(probe.at, broken),
            Outcome::Broken(_) | Outcome::Beyond(_) => is(probe.at, held),
        };
        let replays = self.probes.iter().filter(|probe| probe.purpose == Purpose::Replay);
        replays.filter(contradicts).collect()
    }

    /// The universal scalability law through the points at which the generator could tell.
    ///
    /// # Errors
    /// With the reason why the points do not carry it.
    pub fn usl(&self) -> Result<Usl, Useless> {
        let points = self.points();
        let usable = points.iter().filter(|point| point.beyond == 0);
        let pairs: Vec<(f64, f64)> =
            usable.filter_map(|point| Some((point.at, point.throughput?))).collect();
        Usl::fit(&pairs)
    }
}

impl Axis {
    /// The short name that the command line and scripts know.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Axis::Rate => "rate",
            Axis::Members => "members",
        }
    }
}

/// Deliveries per second over all the time that it took until the last one, so that a backlog does
/// not count as served.
fn throughput(probe: &Probe) -> Option<f64> {
    let measured = probe.measured.as_ref()?;
    let whole = measured.delivered == measured.expected && measured.seconds > 0.0;
    let rate = measured.delivered as f64 / measured.seconds;
    (whole && rate.is_finite()).then_some(rate)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count.is_multiple_of(2) => Some((values[middle - 1] + values[middle]) / 2.0),
        _ => Some(values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::measured;
    use super::super::Slo;
    use super::*;

    fn probe(at: f64, purpose: Purpose, outcome: Outcome, deliveries: u64) -> Probe {
        let measured = (deliveries > 0).then(|| measured(deliveries, 1_000_000, 10_000));
        Probe { at, purpose, outcome, measured }
    }

    fn knee(probes: Vec<Probe>) -> Knee {
        Knee {
            scenario: "ping".to_owned(),
            backend: "async".to_owned(),
            axis: Axis::Rate,
            slo: Slo::default(),
            probes,
            found: Found::Between { held: 100.0, broken: 102.0 },
        }
    }

    #[test]
    fn probes_of_one_load_become_one_point() {
        let broken = || Outcome::Broken("p99 60 ms".to_owned());
        let knee = knee(vec![
            probe(102.0, Purpose::Search, broken(), 2000),
            probe(100.0, Purpose::Search, Outcome::Held, 1000),
            probe(102.0, Purpose::Search, Outcome::Held, 1000),
            probe(102.0, Purpose::Search, broken(), 0),
            probe(100.0, Purpose::Replay, Outcome::Held, 1000),
            probe(102.0, Purpose::Replay, Outcome::Beyond("busy".to_owned()), 1000),
        ]);
        let points = knee.points();
        assert_eq!(points.iter().map(|point| point.at).collect::<Vec<_>>(), [100.0, 102.0]);
        assert_eq!((points[1].probes, points[1].held, points[1].beyond), (4, 1, 1));
        assert_eq!(points[1].response.as_ref().unwrap().len(), 1000, "the one that kept it");
        assert_eq!(points[0].response.as_ref().unwrap().len(), 2000, "both kept it");
        assert_eq!(knee.broken_at(102.0).unwrap().len(), 2000, "the one that broke it");
        assert_eq!(knee.broken_at(100.0), None);
        assert!(points[1].send_lag.is_some());
        assert_eq!((points[0].throughput, points[1].throughput), (Some(200.0), Some(200.0)));
        assert!(knee.contradictions().is_empty());
        assert!(knee.usl().is_err());
    }

    #[test]
    fn a_replay_that_ends_otherwise_is_told() {
        let replay = |at, outcome| probe(at, Purpose::Replay, outcome, 100);
        let knee = knee(vec![
            replay(100.0, Outcome::Broken("late".to_owned())),
            replay(102.0, Outcome::Held),
            replay(102.0, Outcome::Broken("late".to_owned())),
        ]);
        assert_eq!(knee.contradictions().len(), 2);
    }
}
