//! Gunther's universal scalability law through measured points: C(N) = gN / (1 + s(N−1) + kN(N−1)).
//!
//! g is what the first one brings, s (contention) what is shared and done one after the other, k
//! (coherency) what each has to settle with every other. N / C(N) is a parabola in N, so the fit is
//! one of least squares with errors that are shares of the values. Pure arithmetic; where the points
//! do not carry the law it says why instead of giving numbers.

mod squares;

use self::squares::Solution;
use super::super::slope::student;

/// So many loads at least: three numbers are fitted, and the interval needs some to spare.
const ENOUGH_POINTS: usize = 6;
/// A law that explains less than this share of the variation is not the law of these points.
const ENOUGH_EXPLAINED: f64 = 0.95;
/// Further than so many times the largest load nothing is predicted.
const REACH: f64 = 2.0;
/// What slows the largest load by less than this share is rounding.
const NOTHING: f64 = 1e-6;

/// A number of the law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// So much.
    pub value: f64,
    /// Where it lies with 95 % certainty; `None` for a number that the points give no reason for and
    /// that is therefore 0.
    pub interval: Option<(f64, f64)>,
}

/// The law with its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// g: what the first one brings, in deliveries per second.
    pub gain: Estimate,
    /// s: the share that is done one after the other.
    pub contention: Estimate,
    /// k: what each has to settle with every other.
    pub coherency: Estimate,
    /// The share of the variation that the law explains, R².
    pub explained: f64,
    /// The largest load that was measured.
    pub largest: f64,
    /// Through how many loads it goes.
    pub points: usize,
}

/// Why points do not carry the law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Useless {
    /// There are too few loads.
    TooFew(usize),
    /// The law explains only this share of the variation.
    PoorFit(f64),
    /// The best numbers are ones no system has: it would do better the more there are.
    Unphysical,
}

impl Usl {
    /// The law through points `(N, throughput)`.
    ///
    /// # Errors
    /// With the reason why the points do not carry it.
    pub fn fit(points: &[(f64, f64)]) -> Result<Usl, Useless> {
        let usable =
            |(n, rate): &&(f64, f64)| n.is_finite() && rate.is_finite() && *n >= 1.0 && *rate > 0.0;
        let points: Vec<(f64, f64)> = points.iter().filter(usable).copied().collect();
        let mut loads: Vec<f64> = points.iter().map(|point| point.0).collect();
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        let Some(largest) = loads.last().copied().filter(|_| loads.len() >= ENOUGH_POINTS) else {
            return Err(Useless::TooFew(loads.len()));
        };
        let law = physical(&points, largest)?;
        let explained = law.explained_of(&points);
        if explained.is_nan() || explained < ENOUGH_EXPLAINED {
            return Err(Useless::PoorFit(explained.max(0.0)));
        }
        Ok(Usl { explained, points: loads.len(), ..law })
    }

    /// What the law says of a load; nothing further than twice the largest that was measured.
    #[must_use]
    pub fn at(&self, n: f64) -> Option<f64> {
        (n > 0.0 && n <= REACH * self.largest).then(|| self.predict(n))
    }

    /// The load at which there is the most throughput; `None` where the law knows no such load or
    /// it lies too far out.
    #[must_use]
    pub fn peak(&self) -> Option<f64> {
        let square = (1.0 - self.contention.value) / self.coherency.value;
        let peak = square.sqrt();
        (peak.is_finite() && peak >= 1.0 && peak <= REACH * self.largest).then_some(peak)
    }

    fn predict(&self, n: f64) -> f64 {
        let (s, k) = (self.contention.value, self.coherency.value);
        self.gain.value * n / (1.0 + s * (n - 1.0) + k * n * (n - 1.0))
    }

    /// R² of the throughput itself, not of the parabola.
    fn explained_of(&self, points: &[(f64, f64)]) -> f64 {
        let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64;
        let sum = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let rest = sum(&|point| (point.1 - self.predict(point.0)).powi(2));
        1.0 - rest / sum(&|point| (point.1 - mean).powi(2))
    }
}

/// The fit in which neither s nor k is below 0: one that is, and may as well be 0, becomes 0.
fn physical(points: &[(f64, f64)], largest: f64) -> Result<Usl, Useless> {
    let full = law(points, largest, [true, true]).ok_or(Useless::Unphysical)?;
    // What it does at the largest load is what counts: less than a millionth is rounding.
    let clearly_below =
        |one: Estimate, weight: f64| one.interval.is_some_and(|(_, high)| high * weight < -1e-6);
    if clearly_below(full.contention, largest) || clearly_below(full.coherency, largest * largest) {
        return Err(Useless::Unphysical);
    }
    let parts =
        [[true, true], [full.contention.value >= 0.0, full.coherency.value >= 0.0], [false, false]];
    let mut laws = parts.into_iter().filter_map(|parts| law(points, largest, parts));
    let is_physical = |law: &Usl| {
        law.gain.value > 0.0 && law.contention.value >= 0.0 && law.coherency.value >= 0.0
    };
    let found = laws.find(is_physical).ok_or(Useless::Unphysical)?;
    let shown = |one: Estimate, weight: f64| {
        let is_nothing = one.value * weight < NOTHING;
        if is_nothing { Estimate { value: 0.0, interval: None } } else { one }
    };
    let (contention, coherency) = (found.contention, found.coherency);
    Ok(Usl {
        contention: shown(contention, largest),
        coherency: shown(coherency, largest * largest),
        ..found
    })
}

/// The law with or without contention and coherency, whatever its numbers.
fn law(points: &[(f64, f64)], largest: f64, [has_s, has_k]: [bool; 2]) -> Option<Usl> {
    let rows = points.iter().map(|&(n, rate)| {
        // An error that is a share of the value weighs as much at every load: divide by the value.
        let weight = rate / n;
        let of = |is_there: bool, value: f64| if is_there { value * weight } else { 0.0 };
        [weight, of(has_s, n - 1.0), of(has_k, n * (n - 1.0))]
    });
    let Solution { values, covariance, freedom } = squares::solve(&rows.collect::<Vec<_>>())?;
    let [a, b, c] = values;
    let margin = student(freedom);
    let estimate = |value: f64, variance: f64| {
        let margin = margin * variance.max(0.0).sqrt();
        Estimate { value, interval: Some((value - margin, value + margin)) }
    };
    // s = b / a and k = c / a: their errors are those of both.
    let ratio = |is_there: bool, value: f64, place: usize| {
        let share = value / a;
        let variance = covariance[place][place] - 2.0 * share * covariance[0][place]
            + share * share * covariance[0][0];
        if is_there {
            estimate(share, variance / (a * a))
        } else {
            Estimate { value: 0.0, interval: None }
        }
    };
    let law = Usl {
        gain: estimate(1.0 / a, covariance[0][0] / a.powi(4)),
        contention: ratio(has_s, b, 1),
        coherency: ratio(has_k, c, 2),
        explained: 0.0,
        largest,
        points: points.len(),
    };
    let numbers = [law.gain.value, law.contention.value, law.coherency.value];
    numbers.iter().all(|number| number.is_finite()).then_some(law)
}

#[cfg(test)]
mod tests;
