//! Whether a run kept a promise, and whether the generator is one to ask.

use super::super::validity::{GENERATOR_LIMIT, LAG_THAT_COUNTS};
use super::super::{Failure, Measured, Run};
use super::{Outcome, Slo};
use crate::units::Nanos;

impl Outcome {
    /// Judges one probe. The promise is kept when every delivery arrived, each of them once and in
    /// order, and the share of the promise in time; a generator that was late all the same does not
    /// matter then, because response times count from the intended start.
    ///
    /// A delivery that is missing is the server's doing. One that is late may be the generator's:
    /// when that was above 80 % of its CPU, or its own lateness makes up a tenth of the time, nobody
    /// can tell.
    #[must_use]
    pub fn judge(run: &Run, slo: &Slo) -> Outcome {
        if let Some(failure) = Failure::of(run) {
            return Outcome::Broken(failure.text().en);
        }
        let Some(measured) = &run.measured else {
            return Outcome::Broken(Failure::NothingMeasured.text().en);
        };
        if measured.delivered != measured.expected {
            return Outcome::Broken("not every delivery arrived".to_owned());
        }
        let late = measured.response.share_above(slo.within).unwrap_or(0.0);
        // Shares are sums of floating point numbers: one in a million is no reason.
        if late <= 1.0 - slo.share + 1e-6 {
            return Outcome::Held;
        }
        let time = measured.response.inner().value_at_quantile(slo.share) as f64;
        if let Some(excuse) = excuse(measured, slo, time) {
            return Outcome::Beyond(excuse);
        }
        Outcome::Broken(format!("{} {}", slo.percentile(), Nanos(time)))
    }
}

/// Why the generator may have been what was slow.
fn excuse(measured: &Measured, slo: &Slo, time: f64) -> Option<String> {
    let busy = measured.generator.filter(|_| measured.seconds > 0.0);
    let share = busy.map_or(0.0, |cost| cost.cpu_ns as f64 / 1e9 / measured.seconds);
    if share > GENERATOR_LIMIT {
        return Some(format!("the generator used {:.0} % of its CPU", share * 100.0));
    }
    let lag = measured.send_lag.inner().value_at_quantile(slo.share) as f64;
    (lag > LAG_THAT_COUNTS * time)
        .then(|| format!("the generator sent late itself, {} {}", slo.percentile(), Nanos(lag)))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{histogram, measured, run};
    use super::super::super::{Cost, Findings};
    use super::*;
    use crate::units::MILLISECOND;

    fn judged(change: impl FnOnce(&mut Run)) -> Outcome {
        let mut run = run("ping", "async", 0, measured(2000, 1_000_000, 10_000));
        change(&mut run);
        Outcome::judge(&run, &Slo { share: 0.99, within: 50 * MILLISECOND })
    }

    fn slow(measured: &mut Measured, slow: u64) {
        let time = |n| if n < slow { 80 * MILLISECOND } else { MILLISECOND };
        measured.response = histogram((0..2000).map(time));
    }

    fn of(change: impl FnOnce(&mut Measured)) -> Outcome {
        judged(|run| change(run.measured.as_mut().unwrap()))
    }

    #[test]
    fn a_promise_is_kept_up_to_its_share_and_not_beyond() {
        assert_eq!(of(|_| ()), Outcome::Held);
        assert_eq!(of(|m| slow(m, 20)), Outcome::Held);
        assert_eq!(of(|m| slow(m, 21)), Outcome::Broken("p99 80.0 ms".to_owned()));
    }

    #[test]
    fn a_delivery_that_is_missing_breaks_it_whoever_was_busy() {
        let lost = of(|m| {
            m.findings = Findings { lost: 1, ..Findings::default() };
            m.generator = Some(Cost { cpu_ns: 5_000_000_000, ..Cost::default() });
        });
        assert!(matches!(lost, Outcome::Broken(why) if why.contains("1 lost")));
        assert!(matches!(of(|m| m.expected += 1), Outcome::Broken(_)));
        assert!(matches!(judged(|run| run.failure = Some("died".into())), Outcome::Broken(_)));
        assert!(matches!(judged(|run| run.measured = None), Outcome::Broken(_)));
    }

    #[test]
    fn a_generator_that_was_slow_itself_cannot_tell() {
        let busy = of(|m| {
            slow(m, 100);
            m.generator = Some(Cost { cpu_ns: 4_100_000_000, ..Cost::default() });
        });
        assert_eq!(busy, Outcome::Beyond("the generator used 82 % of its CPU".to_owned()));
        let late = of(|m| {
            slow(m, 100);
            m.send_lag = histogram([9 * MILLISECOND; 20]);
        });
        assert!(matches!(late, Outcome::Beyond(why) if why.contains("late")));
        // A promise that was kept was kept, whatever the generator did.
        let busy = |m: &mut Measured| {
            m.generator = Some(Cost { cpu_ns: 5_000_000_000, ..Cost::default() });
        };
        assert_eq!(of(busy), Outcome::Held);
    }
}
