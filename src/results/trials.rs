//! Made-up comparisons with the noise of a machine, for tests of what is claimed from them.
//!
//! Noise is of three kinds at once: a machine that drifts from repeat to repeat and takes all along,
//! each run's own, and now and then a run that is disturbed by twice as much.

use super::fixture::{empty, measured};
use super::{Histogram, Measured, Results, Run};

/// A small generator of numbers between 0 and 1 (SplitMix64): the same at every call.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A factor around 1 that is spread by about so much.
    pub(crate) fn noise(&mut self, width: f64) -> f64 {
        // The sum of twelve draws is near enough to a bell curve of width 1.
        let bell = (0..12).map(|_| self.draw()).sum::<f64>() - 6.0;
        let disturbed = if self.draw() < 0.1 { 2.0 } else { 1.0 };
        (bell * width * disturbed).exp()
    }
}

/// How much the runs of a loud machine differ, as the width of a factor.
pub(crate) const LOUD: f64 = 0.2;
/// How much those of a usual one do.
pub(crate) const USUAL: f64 = 0.07;

/// Backends with their cost as a factor, compared in one scenario on a machine of that noise.
pub(crate) fn compared(
    backends: &[(&str, f64)],
    repeats: u32,
    noise: f64,
    dice: &mut Dice,
) -> Results {
    let mut results = empty();
    results.settings.repeats = repeats;
    for repeat in 0..repeats {
        let machine = dice.noise(noise);
        for (backend, factor) in backends {
            let [cpu, time] = [(); 2].map(|()| factor * machine * dice.noise(noise));
            let measured = noisy(cpu, time, dice.noise(noise).max(1.0));
            results.runs.push(Run {
                scenario: "lecture-hall".into(),
                backend: (*backend).into(),
                repeat,
                failure: None,
                measured: Some(measured),
            });
        }
    }
    results
}

fn noisy(cpu: f64, time: f64, delay: f64) -> Measured {
    let deliveries = 10_000;
    let response = few_bins(deliveries, 300.0 * time);
    let mut run = Measured {
        service: response.clone(),
        response,
        messages: deliveries,
        expected: deliveries,
        delivered: deliveries,
        delivered_in_time: deliveries,
        seconds: 5.0 * delay,
        ledger: None,
        wire: None,
        ..measured(100, 300, 10)
    };
    if let Some(server) = &mut run.server {
        server.cpu_ns = (cpu * 1e9) as u64;
        server.scheduled_ns = None;
    }
    run
}

/// A long-tailed distribution of few different values: to record many takes a debug build long.
fn few_bins(count: u64, middle: f64) -> Histogram {
    let mut inner = hdrhistogram::Histogram::<u64>::new(3).unwrap();
    for (share, factor) in [(50, 0.8), (40, 1.2), (8, 2.0), (2, 4.0)] {
        inner.record_n((middle * factor) as u64, count * share / 100).unwrap();
    }
    inner.into()
}
