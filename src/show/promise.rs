//! What was promised about response times: thresholds and SLOs as heights on a latency chart.

use super::lang::{Lang, clip};
use crate::results::{Group, Results, Threshold, Watched};

/// A limit in nanoseconds and what it is called.
pub(super) type Limit = (f64, String);

/// More lines than this would hide the curves.
const MOST: usize = 4;

/// The limits of a scenario, the lowest first, each once.
pub(super) fn limits(results: &Results, group: &Group, lang: Lang) -> Vec<Limit> {
    let parsed = results.settings.thresholds.iter().filter_map(|text| text.parse().ok());
    let here = |one: &Threshold| one.scenario.as_ref().is_none_or(|name| *name == group.name);
    let mut limits: Vec<Limit> = parsed.filter(here).filter_map(|one| of_threshold(&one)).collect();
    for knee in results.knees.iter().filter(|knee| knee.scenario == group.name) {
        let within = knee.slo.within as f64;
        let share = lang.tick(knee.slo.share * 100.0);
        limits.push((within, format!("SLO: {share} % ≤ {}", lang.tick_time(within))));
    }
    limits.retain(|(nanos, _)| nanos.is_finite() && *nanos > 0.0);
    limits.sort_by(|one, other| one.0.total_cmp(&other.0));
    limits.dedup();
    limits.truncate(MOST);
    limits
}

fn of_threshold(threshold: &Threshold) -> Option<Limit> {
    let is_time = matches!(threshold.watched, Watched::Quantile(_) | Watched::Max);
    is_time.then(|| (threshold.limit, clip(&threshold.to_string(), 40)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::complete;
    use crate::results::{Axis, Found, Knee, Slo, Summary};

    #[test]
    fn limits_of_this_scenario_and_of_times_are_drawn_and_no_others() {
        let mut results = complete();
        results.settings.thresholds = [
            "async.p99 > 5ms",
            "rush/async.p50 > 1ms",
            "ping/async.max > 1s",
            "async.cpu > 2x",
            "odd",
        ]
        .map(str::to_owned)
        .to_vec();
        results.knees.push(Knee {
            scenario: "rush".into(),
            backend: "async".into(),
            axis: Axis::Rate,
            slo: Slo { share: 0.99, within: 2_000_000 },
            probes: Vec::new(),
            found: Found::NeverHeld { least: 1.0 },
        });
        let summary = Summary::of(&results);
        let of = |name: &str| {
            let group = summary.groups.iter().find(|group| group.name == name).unwrap();
            limits(&results, group, Lang::De)
        };
        let names = |name: &str| of(name).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(names("rush"), ["rush/async.p50 > 1ms", "SLO: 99 % ≤ 2 ms", "async.p99 > 5ms"]);
        assert_eq!(
            of("ping"),
            [(5e6, "async.p99 > 5ms".into()), (1e9, "ping/async.max > 1s".into())]
        );
    }
}
