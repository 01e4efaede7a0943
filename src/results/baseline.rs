//! Results beside older ones: what became worse, what better, what cannot be told.
//!
//! The repeats of two sessions have nothing to do with each other, so no repeat is paired with
//! another. A change is claimed from six repeats on each side on, when the two 95 % intervals do not
//! meet and the change is a quarter at least. The first keeps dozens of comparisons from naming one
//! by chance; the second is for what no repeat can see, a machine that was in another state on another
//! day. Multiples of the floor, measured both times, take most of that out.

mod difference;

use super::caution::Caution;
use super::figure::Figure;
use super::stats::{self, ENOUGH_REPEATS};
use super::summary::{Group, Row, Summary};
use super::validity::Doubt;
use super::{Results, Scenario};

/// What is compared, in the order it is shown.
const FIGURES: [Figure; 5] =
    [Figure::Cpu, Figure::P50, Figure::P99, Figure::Throughput, Figure::Memory];

/// The smallest change between two sessions worth a sentence: machines are a few percent faster or
/// slower from day to day, and with a tenth one of dozens of figures would always have changed.
const WORTH_SAYING: f64 = 0.25;

/// How many repeats both sides need.
pub const REPEATS: usize = ENOUGH_REPEATS;

/// Results beside a baseline.
#[derive(Debug, Clone)]
pub struct Against {
    /// Every figure that both have, scenario by scenario.
    pub changes: Vec<Change>,
    /// What differs besides what is compared.
    pub cautions: Vec<Caution>,
}

/// One figure of one backend in one scenario, before and now.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The scenario's name.
    pub scenario: String,
    /// The backend's name.
    pub backend: String,
    /// What is compared.
    pub figure: Figure,
    /// Whether the values are multiples of the floor of their own session, and not nanoseconds.
    pub in_floors: bool,
    /// The value of the baseline.
    pub before: f64,
    /// The value of the results.
    pub now: f64,
    /// What can be said.
    pub verdict: Verdict,
}

/// What can be said of a figure before and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It became worse.
    Regression,
    /// It became better.
    Improvement,
    /// No change is shown.
    NoChange,
    /// One of the sides has fewer than six repeats.
    TooFew,
    /// It was measured before and is not now.
    NotMeasured,
    /// Something else than the backend may have been measured, before or now.
    Doubtful(Doubt),
    /// The two were not asked the same, or not on the same machine.
    NotComparable,
}

impl Against {
    /// Puts results beside a baseline.
    #[must_use]
    pub fn of(results: &Results, baseline: &Results) -> Self {
        let (now, before) = (Summary::of(results), Summary::of(baseline));
        let elsewhere = difference::is_elsewhere(results, baseline);
        let mut changes = Vec::new();
        for group in &now.groups {
            let Some(old) = before.groups.iter().find(|old| old.name == group.name) else {
                continue;
            };
            let same = asks_the_same(group.scenario.as_ref(), old.scenario.as_ref());
            for (row, then) in
                group.contestants().filter_map(|row| Some((row, old.row(&row.backend)?)))
            {
                let sides = Sides { now: (group, row), before: (old, then), same, elsewhere };
                changes.extend(FIGURES.iter().filter_map(|figure| sides.change(*figure)));
            }
        }
        Against { changes, cautions: difference::cautions(results, baseline) }
    }

    /// Whether anything became worse.
    #[must_use]
    pub fn has_regression(&self) -> bool {
        self.changes.iter().any(|change| change.verdict == Verdict::Regression)
    }
}

/// Whether the load was the same; how long it lasted and what was written about it is not part of it.
fn asks_the_same(one: Option<&Scenario>, other: Option<&Scenario>) -> bool {
    let load = |scenario: &Scenario| {
        let speakers = (scenario.members, scenario.rooms, scenario.speakers());
        let text = (scenario.text_bytes, scenario.rate.to_bits());
        (speakers, text, scenario.arrivals, scenario.loop_kind)
    };
    one.map(load) == other.map(load)
}

/// The same backend in the same scenario, before and now.
struct Sides<'a> {
    now: (&'a Group, &'a Row),
    before: (&'a Group, &'a Row),
    /// Whether the load was the same.
    same: bool,
    /// Whether the machine was another.
    elsewhere: bool,
}

impl Sides<'_> {
    fn change(&self, figure: Figure) -> Option<Change> {
        let floors =
            self.now.0.floor().zip(self.before.0.floor()).filter(|_| figure == Figure::Cpu);
        let in_floors = floors.and_then(|(floor, old)| {
            Some((in_floors(self.now.1, floor)?, in_floors(self.before.1, old)?))
        });
        let (now, before) = match &in_floors {
            Some((now, before)) => (now.clone(), before.clone()),
            None => {
                let missing = Side { shown: f64::NAN, repeats: Vec::new() };
                let now = plain(self.now.1, figure);
                (now.unwrap_or(missing), plain(self.before.1, figure)?)
            }
        };
        let row = self.now.1;
        let verdict = if !self.same || (self.elsewhere && in_floors.is_none()) {
            Verdict::NotComparable
        } else if now.shown.is_nan() {
            Verdict::NotMeasured
        } else if let Some(doubt) = self.doubt(figure, in_floors.is_some()) {
            Verdict::Doubtful(doubt)
        } else if now.repeats.len().min(before.repeats.len()) < REPEATS {
            Verdict::TooFew
        } else {
            judged(&now, &before, figure)
        };
        Some(Change {
            scenario: self.now.0.name.clone(),
            backend: row.backend.clone(),
            figure,
            in_floors: in_floors.is_some(),
            before: before.shown,
            now: now.shown,
            verdict,
        })
    }
}

impl Sides<'_> {
    /// Why neither side can be trusted; a multiple of the floor is no better than the floor.
    fn doubt(&self, figure: Figure, in_floors: bool) -> Option<Doubt> {
        let of = |(group, row): (&Group, &Row)| {
            let floor = || group.floor().filter(|_| in_floors)?.doubt(figure);
            row.doubt(figure).or_else(floor)
        };
        of(self.now).or_else(|| of(self.before))
    }
}

/// What is shown, and what each repeat has.
#[derive(Clone)]
struct Side {
    shown: f64,
    repeats: Vec<f64>,
}

fn plain(row: &Row, figure: Figure) -> Option<Side> {
    let repeats = row.values(figure).into_iter().map(|(_, value)| value).collect();
    Some(Side { shown: row.value(figure)?, repeats })
}

fn in_floors(row: &Row, floor: &Row) -> Option<Side> {
    let repeats = row.ratios(floor, Figure::Cpu).into_iter().map(|(_, ratio)| ratio).collect();
    Some(Side { shown: row.ratio(floor, Figure::Cpu)?.shown, repeats })
}

fn judged(now: &Side, before: &Side, figure: Figure) -> Verdict {
    let ratio = now.shown / before.shown;
    let is_worth_saying = ratio >= 1.0 + WORTH_SAYING || ratio <= 1.0 / (1.0 + WORTH_SAYING);
    let claimed =
        ratio.is_finite() && is_worth_saying && stats::differ(&now.repeats, &before.repeats);
    // Of everything but the throughput, more is worse.
    match (claimed, (ratio > 1.0) == (figure == Figure::Throughput)) {
        (false, _) => Verdict::NoChange,
        (true, true) => Verdict::Improvement,
        (true, false) => Verdict::Regression,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::trials::{Dice, LOUD, USUAL, compared};
    use crate::results::{Concern, FLOOR};

    const BACKENDS: [(&str, f64); 3] = [(FLOOR, 0.5), ("async", 1.0), ("blocking", 1.5)];

    fn concerns(against: &Against) -> Vec<Concern> {
        against.cautions.iter().map(|caution| caution.concern).collect()
    }

    /// How often a figure changed between two sessions, of 500 pairs of them.
    fn claims(repeats: usize, noise: f64, factor: f64) -> usize {
        let mut dice = Dice::new(5);
        let mut session = |cost: f64| {
            let repeats: Vec<f64> = (0..repeats).map(|_| cost * dice.noise(noise)).collect();
            Side { shown: stats::median(&repeats).unwrap(), repeats }
        };
        let mut changes = || judged(&session(factor), &session(1.0), Figure::Cpu);
        (0..500).filter(|_| changes() != Verdict::NoChange).count()
    }

    #[test]
    fn nothing_seems_to_have_changed_where_nothing_has_and_what_doubled_is_seen() {
        for repeats in [6, 8, 12] {
            let wrong = claims(repeats, LOUD, 1.0);
            assert!(wrong <= 25, "{wrong} of 500 with {repeats} repeats");
        }
        assert!(claims(6, USUAL, 2.0) >= 450 && claims(6, LOUD, 2.0) >= 250);
    }

    #[test]
    fn a_change_has_a_direction() {
        let mut dice = Dice::new(1);
        let before = compared(&BACKENDS, 6, 0.01, &mut dice);
        let slower = compared(&BACKENDS.map(|(n, c)| (n, c * 2.0)), 6, 0.01, &mut dice);
        let verdict = |now: &Results, then: &Results, figure| {
            let against = Against::of(now, then);
            let of = |one: &&Change| one.backend == "async" && one.figure == figure;
            against.changes.iter().find(of).unwrap().verdict
        };
        assert_eq!(verdict(&slower, &before, Figure::P50), Verdict::Regression);
        assert_eq!(verdict(&before, &slower, Figure::P50), Verdict::Improvement);
        assert_eq!(verdict(&slower, &before, Figure::Cpu), Verdict::NoChange, "so did the floor");
        assert!(Against::of(&slower, &before).has_regression());
        let mut fewer = before.clone();
        for measured in fewer.runs.iter_mut().filter_map(|run| run.measured.as_mut()) {
            measured.seconds *= 2.0;
        }
        assert_eq!(verdict(&fewer, &before, Figure::Throughput), Verdict::Regression);
        assert_eq!(verdict(&before, &fewer, Figure::Throughput), Verdict::Improvement);
        let none = Results { runs: Vec::new(), ..before.clone() };
        assert!(Against::of(&before, &none).changes.is_empty());
    }

    #[test]
    fn what_differs_is_said_and_what_cannot_be_compared_is_not_judged() {
        let mut dice = Dice::new(1);
        let before = compared(&BACKENDS, 6, 0.01, &mut dice);
        let now = compared(&BACKENDS.map(|(n, c)| (n, c * 2.0)), 6, 0.01, &mut dice);
        assert_eq!(concerns(&Against::of(&now, &before)), []);
        type Spoil = fn(&mut Results);
        let cases: [(Spoil, Concern, &str); 7] = [
            (
                |r| r.machine.insert("cpu model".into(), "other".into()).map_or((), drop),
                Concern::DifferentMachine,
                "cpu model: – → other",
            ),
            (|r| r.scenarios[1].rate *= 2.0, Concern::DifferentScenario, "lecture-hall: rate"),
            (|r| r.settings.limits.clear(), Concern::DifferentLimits, "nodelay: true → –"),
            (|r| r.settings.seed = 9, Concern::DifferentSettings, "seed: 1 → 9"),
            (|r| r.settings.tls = true, Concern::DifferentSettings, "TLS: false → true"),
            (|r| r.tool.profile = "debug".into(), Concern::DifferentSettings, "profile"),
            (|r| r.settings.server_cpus = vec![3], Concern::DifferentSettings, "server CPUs"),
        ];
        for (spoil, concern, words) in cases {
            let mut other = now.clone();
            spoil(&mut other);
            let against = Against::of(&other, &before);
            assert_eq!(concerns(&against), [concern]);
            let details = against.cautions[0].details.join("; ");
            assert!(details.contains(words), "{details}");
            let judged =
                against.changes.iter().filter(|c| c.verdict != Verdict::NotComparable).count();
            let expected = match concern {
                Concern::DifferentMachine => 2,
                Concern::DifferentScenario => 0,
                _ => against.changes.len(),
            };
            assert_eq!(judged, expected, "{concern:?}");
        }
    }
}
