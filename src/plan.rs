//! A scenario as the list of every send with its due time, fixed before the run begins (rule M1).
//!
//! Pure: the same scenario and seed give the same plan on every machine. It knows members and
//! times; it knows no texts, sockets or clocks.

use std::time::Duration;

use crate::scenario::{Arrivals, Scenario};
use crate::units;

/// Every send of one run, whatever the loop: nothing here depends on what the server answers. A
/// closed loop sends later than planned when it has to wait, and never changes what was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Load before the measurement, so that caches, buffers and threads are warm. Not counted.
    pub warm_up: Vec<Due>,
    /// What is measured.
    pub measured: Vec<Due>,
}

/// One send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The intended start, in nanoseconds from the start of its phase.
    pub at: u64,
    /// Who speaks.
    pub member: u32,
    /// The number of the message in its phase, from 0.
    pub number: u32,
}

impl Plan {
    /// Plans the warm-up and the measured phase.
    ///
    /// Each phase has exactly `rate × time` messages, rounded, and at least one when its time is
    /// not zero. Random arrivals are sorted uniform instants, which is a Poisson process given how
    /// many arrivals it had: independent like people, and still the same amount of work every time.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64) -> Plan {
        let mut random = Random::new(seed);
        Plan {
            warm_up: phase(scenario, scenario.warm_up, &mut random),
            measured: phase(scenario, scenario.duration, &mut random),
        }
    }
}

fn phase(scenario: &Scenario, time: Duration, random: &mut Random) -> Vec<Due> {
    let length = units::nanos(time);
    if length == 0 {
        return Vec::new();
    }
    // Within bounds: a scenario is at most an hour long and asks for at most 10,000,000 messages.
    let count = ((scenario.rate * time.as_secs_f64()).round() as u32).max(1);
    let mut instants: Vec<u64> = match scenario.arrivals {
        Arrivals::Random => (0..count).map(|_| random.below(length)).collect(),
        Arrivals::Even => (0..count)
            .map(|number| (f64::from(number) * units::SECOND as f64 / scenario.rate) as u64)
            .collect(),
    };
    instants.sort_unstable();
    // Members are dealt to rooms like cards, so the first so many are spread evenly over them.
    let speakers = u64::from(scenario.speakers());
    let due = |(number, at)| Due { at, member: random.below(speakers) as u32, number };
    (0..count).zip(instants).map(due).collect()
}

/// `SplitMix64`: ten lines, good enough to choose speakers, and the same on every platform.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit` − 1. The bias is below `limit` / 2⁶⁴, which no run can notice.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario;

    fn asked(members: u32, speakers: u32, rate: f64, millis: u64, even: bool) -> Scenario {
        Scenario {
            members,
            speakers: Some(speakers),
            rate,
            duration: Duration::from_millis(millis),
            warm_up: Duration::from_millis(millis / 3),
            arrivals: if even { Arrivals::Even } else { Arrivals::Random },
            ..scenario::named("ping").unwrap()
        }
    }

    proptest! {
        #[test]
        fn a_plan_keeps_what_it_promises(
            (members, speakers) in (1u32..500).prop_flat_map(|m| (Just(m), 1..=m)),
            rate in 10.0f64..5000.0, millis in 100u64..3000, even: bool, seed: u64,
        ) {
            let scenario = asked(members, speakers, rate, millis, even);
            let plan = Plan::new(&scenario, seed);
            prop_assert_eq!(&plan, &Plan::new(&scenario, seed));
            for (dues, time) in
                [(&plan.warm_up, scenario.warm_up), (&plan.measured, scenario.duration)]
            {
                let count = ((rate * time.as_secs_f64()).round() as usize).max(1);
                prop_assert_eq!(dues.len(), count);
                prop_assert!(dues.is_sorted_by_key(|due| due.at), "not monotone");
                prop_assert!(dues.iter().all(|due| due.at < units::nanos(time)), "out of time");
                prop_assert!(dues.iter().all(|due| due.member < speakers), "a listener speaks");
                prop_assert!(dues.iter().enumerate().all(|(n, due)| due.number as usize == n));
            }
        }
    }

    #[test]
    fn even_arrivals_are_one_period_apart() {
        let plan = Plan::new(&asked(2, 2, 1000.0, 100, true), 1);
        assert!(plan.measured.windows(2).all(|two| two[1].at - two[0].at == 1_000_000));
    }

    #[test]
    fn seeds_differ_and_everybody_speaks() {
        let scenario = asked(10, 10, 1000.0, 1000, false);
        let plan = Plan::new(&scenario, 1);
        assert_ne!(plan, Plan::new(&scenario, 2));
        for member in 0..10 {
            let said = plan.measured.iter().filter(|due| due.member == member).count();
            // 100 each on average; 40 is six standard deviations away.
            assert!((40..=160).contains(&said), "member {member} says {said}");
        }
    }

    #[test]
    fn the_plan_of_a_seed_never_changes() {
        // Results name their seed, so that a run can be redone years later.
        let plan = Plan::new(&asked(100, 100, 10.0, 300, false), 7);
        let told: Vec<_> = plan.measured.iter().map(|due| (due.at, due.member)).collect();
        assert_eq!(told, [(135_732_568, 24), (174_879_087, 46), (270_228_204, 32)]);
    }

    #[test]
    fn no_warm_up_means_no_sends() {
        let scenario = Scenario { warm_up: Duration::ZERO, ..asked(2, 2, 10.0, 1000, false) };
        assert!(Plan::new(&scenario, 1).warm_up.is_empty());
    }
}
