//! One recorded run looked at in four ways, three of which flatter (rule M1).
//!
//! Nothing is measured twice and nothing is made up: each way is another choice among the same
//! samples. Knows nothing of how it is shown.

use super::{Histogram, Results};

/// A way of looking at response times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// From the actual send, as a closed loop reports it: service time.
    Sent,
    /// From the planned send: response time, which is what this program reports.
    Intended,
    /// The mean of the response times and nothing else.
    Mean,
    /// From the planned send, with the warm-up counted in.
    WarmUp,
}

impl View {
    /// Every way, in the order they are shown.
    pub const ALL: [View; 4] = [View::Sent, View::Intended, View::Mean, View::WarmUp];
}

/// What one sees in one way, in nanoseconds; absent is what this way does not show.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    /// The median.
    pub p50: Option<f64>,
    /// The 90th percentile.
    pub p90: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
}

/// The runs of one backend in one scenario that count, ready to be looked at.
#[derive(Debug, Clone)]
pub struct Views {
    response: Histogram,
    service: Histogram,
    with_warm_up: Option<Histogram>,
    messages: u64,
    messages_with_warm_up: u64,
}

impl Views {
    /// The merged runs; `None` when none counts.
    #[must_use]
    pub fn of(results: &Results, scenario: &str, backend: &str) -> Option<Self> {
        let mut all: Option<Views> = None;
        for run in results.counted(scenario, backend) {
            let one = Views {
                response: run.response.clone(),
                service: run.service.clone(),
                with_warm_up: run.warm_up.as_ref().map(|warm| run.response.merged(warm)),
                messages: run.messages,
                messages_with_warm_up: run.messages.saturating_add(run.warm_up_messages()),
            };
            all = Some(match all {
                Some(before) => before.plus(&one),
                None => one,
            });
        }
        all
    }

    /// The warm-up counts in all runs or in none.
    fn plus(self, other: &Self) -> Self {
        let with_warm_up = match (&self.with_warm_up, &other.with_warm_up) {
            (Some(one), Some(another)) => Some(one.merged(another)),
            _ => None,
        };
        Views {
            response: self.response.merged(&other.response),
            service: self.service.merged(&other.service),
            with_warm_up,
            messages: self.messages.saturating_add(other.messages),
            messages_with_warm_up: self
                .messages_with_warm_up
                .saturating_add(other.messages_with_warm_up),
        }
    }

    /// What one sees in that way.
    #[must_use]
    pub fn seen(&self, view: View) -> Seen {
        let ladder = |histogram: &Histogram, messages: u64| Seen {
            p50: histogram.quantile_among(0.5, messages),
            p90: histogram.quantile_among(0.9, messages),
            p99: histogram.quantile_among(0.99, messages),
            max: histogram.max(),
            mean: None,
        };
        match view {
            View::Sent => ladder(&self.service, self.messages),
            View::Intended => ladder(&self.response, self.messages),
            View::Mean => Seen { mean: self.response.mean(), ..Seen::default() },
            View::WarmUp => {
                let all = self.with_warm_up.as_ref();
                all.map(|all| ladder(all, self.messages_with_warm_up)).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{empty, histogram, measured, run};
    use crate::results::{Measured, Run};

    const MS: u64 = 1_000_000;

    /// A thousand planned sends, one every 10 ms, and a server that answers in 1 ms but stands still
    /// for 1.4 s in the middle; the generator waits for each answer. So one send is answered late,
    /// and the 140 planned while it was waiting go out as soon as it is answered.
    fn stalled() -> Measured {
        let (mut response, mut service) = (Vec::new(), Vec::new());
        let mut free_at = 0;
        for i in 0..1000u64 {
            let intended = i * 10 * MS;
            let sent = intended.max(free_at);
            let received = sent + if i == 500 { 1400 * MS } else { MS };
            response.push(received - intended);
            service.push(received - sent);
            free_at = received;
        }
        // Cold for a second: a hundred sends that took 50 ms each.
        Measured {
            response: histogram(response),
            service: histogram(service),
            warm_up: Some(histogram(vec![50 * MS; 100])),
            ..measured(1000, 9000, 100)
        }
    }

    fn of(runs: Vec<Run>) -> Option<Views> {
        Views::of(&Results { runs, ..empty() }, "ping", "async")
    }

    fn about(value: Option<f64>, millis: f64) -> bool {
        value.is_some_and(|value| (value / 1e6 - millis).abs() <= millis * 0.002)
    }

    #[test]
    fn a_stall_looks_different_in_each_way() {
        let views = of(vec![run("ping", "async", 0, stalled())]).unwrap();
        let sent = views.seen(View::Sent);
        assert!(
            about(sent.p50, 1.0) && about(sent.p99, 1.0) && about(sent.max, 1400.0),
            "{sent:?}"
        );
        let intended = views.seen(View::Intended);
        assert!(about(intended.p50, 1.0) && about(intended.max, 1400.0), "{intended:?}");
        assert!(intended.p99.unwrap() > 1e9, "one in a hundred waited over a second: {intended:?}");
        let mean = views.seen(View::Mean);
        assert_eq!((mean.p50, mean.p99, mean.max), (None, None, None));
        // The sends waited 1,400, 1,391, 1,382 … ms: 156 of them, 109 s together.
        assert!(mean.mean.is_some_and(|mean| (100e6..120e6).contains(&mean)), "{mean:?}");
        let cold = views.seen(View::WarmUp);
        let share_over = |of: &Histogram| of.share_above(40 * MS).unwrap();
        assert!(cold.p99 < intended.p99, "a tenth of fast samples more: {cold:?}");
        assert!(
            share_over(views.with_warm_up.as_ref().unwrap()) > share_over(&views.response) + 0.05
        );
    }

    #[test]
    fn a_percentile_needs_messages_in_every_way() {
        // A hundred messages, each to ten members.
        let few = Measured { messages: 100, ..stalled() };
        let views = of(vec![run("ping", "async", 0, few)]).unwrap();
        for view in [View::Sent, View::Intended, View::WarmUp] {
            let seen = views.seen(view);
            assert!(seen.p90.is_some() && seen.p99.is_none(), "{view:?}: {seen:?}");
        }
    }

    #[test]
    fn a_quiet_run_looks_the_same_by_send_and_by_plan() {
        let quiet = measured(1000, 9 * MS, 100);
        let views = of(vec![run("ping", "async", 0, quiet)]).unwrap();
        assert_eq!(views.seen(View::Sent), views.seen(View::Intended));
    }

    #[test]
    fn repeats_are_merged_and_a_missing_warm_up_is_not_half_counted() {
        let cold = Measured { warm_up: None, ..stalled() };
        let both =
            of(vec![run("ping", "async", 0, stalled()), run("ping", "async", 1, cold)]).unwrap();
        assert_eq!(both.response.len(), 2000);
        assert_eq!(both.seen(View::WarmUp), Seen::default());
        assert!(of(Vec::new()).is_none());
    }
}
