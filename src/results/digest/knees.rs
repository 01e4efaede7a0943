//! What searches found, for scripts.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::{Estimate, Found, Histogram, Knee, Point, Text, Useless, Usl};

/// One search: one backend.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DigestKnee {
    /// The scenario that was varied.
    scenario: String,
    /// The backend's name.
    backend: String,
    /// What was varied: `rate` in messages per second, or `members`.
    axis: &'static str,
    /// The promise, such as `p99=50ms`.
    slo: String,
    /// How it ended: `between`, `never-held`, `never-broken` or `unfinished`.
    found: &'static str,
    /// The largest load at which the promise was kept, when there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<f64>,
    /// The smallest load at which it was broken, when there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<f64>,
    /// Why there is no knee, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Text>,
    /// How many replays at the two ends ended otherwise than the search.
    contradicting_replays: usize,
    /// All probes of each load together, from the smallest load to the largest.
    points: Vec<DigestPoint>,
    /// Gunther's universal scalability law through these points, where they carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    usl: Option<DigestUsl>,
    /// Why there is no law, when there is none: `too-few-loads`, `poor-fit` or `unphysical`.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_usl: Option<&'static str>,
}

/// All probes of one load.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestPoint {
    /// The load.
    at: f64,
    /// How many probes there were.
    probes: usize,
    /// How many of them kept the promise.
    held: usize,
    /// How many of them the generator could not tell.
    beyond: usize,
    /// The response time at the share of the promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_seconds: Option<f64>,
    /// How late the generator itself sent, p99.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_lag_p99_seconds: Option<f64>,
    /// Deliveries per second, the median of the probes in which every delivery arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries_per_second: Option<f64>,
}

/// C(N) = gN / (1 + s(N−1) + kN(N−1)).
#[derive(Debug, Serialize, JsonSchema)]
struct DigestUsl {
    /// g, in deliveries per second.
    gain: DigestEstimate,
    /// s.
    contention: DigestEstimate,
    /// k.
    coherency: DigestEstimate,
    /// The share of the variation that it explains, R².
    r_squared: f64,
    /// The load of the most throughput, unless it lies beyond twice the largest load.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak: Option<f64>,
}

/// A fitted number.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestEstimate {
    /// So much.
    value: f64,
    /// Its 95 % interval, from and to; absent for a number that is 0 because the points give no
    /// reason for another.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
}

impl DigestKnee {
    pub(super) fn of(knee: &Knee) -> Self {
        let (found, held, broken) = match &knee.found {
            Found::Between { held, broken } => ("between", Some(*held), Some(*broken)),
            Found::NeverHeld { least } => ("never-held", None, Some(*least)),
            Found::NeverBroken { held, .. } => ("never-broken", Some(*held), None),
            Found::Unfinished { held, broken, .. } => ("unfinished", *held, *broken),
        };
        let usl = knee.usl();
        DigestKnee {
            scenario: knee.scenario.clone(),
            backend: knee.backend.clone(),
            axis: knee.axis.code(),
            slo: knee.slo.to_string(),
            found,
            held,
            broken,
            because: knee.found.because(),
            contradicting_replays: knee.contradictions().len(),
            points: knee.points().iter().map(|point| DigestPoint::of(knee, point)).collect(),
            usl: usl.as_ref().ok().map(DigestUsl::of),
            no_usl: usl.err().map(|why| match why {
                Useless::TooFew(_) => "too-few-loads",
                Useless::PoorFit(_) => "poor-fit",
                Useless::Unphysical => "unphysical",
            }),
        }
    }
}

impl DigestPoint {
    fn of(knee: &Knee, point: &Point) -> Self {
        let Point { at, probes, held, beyond, response, send_lag, throughput } = point;
        let seconds = |times: &Option<Histogram>, share| {
            times.as_ref().and_then(|all| all.quantile(share)).map(|nanos| nanos / 1e9)
        };
        DigestPoint {
            at: *at,
            probes: *probes,
            held: *held,
            beyond: *beyond,
            response_seconds: seconds(response, knee.slo.share),
            send_lag_p99_seconds: seconds(send_lag, 0.99),
            deliveries_per_second: *throughput,
        }
    }
}

impl DigestUsl {
    fn of(law: &Usl) -> Self {
        let estimate = |one: Estimate| DigestEstimate {
            value: one.value,
            interval: one.interval.map(|(low, high)| [low, high]),
        };
        DigestUsl {
            gain: estimate(law.gain),
            contention: estimate(law.contention),
            coherency: estimate(law.coherency),
            r_squared: law.explained,
            peak: law.peak(),
        }
    }
}
