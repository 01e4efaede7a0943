//! What a search varies: a scenario with another load, and between which loads that makes sense.

use anyhow::ensure;

use super::search::Range;
use crate::machine;
use crate::message::Wire;
use crate::results::{Axis, End, Slo};
use crate::scenario::Scenario;
use crate::units::Count;

/// The most messages per second, the most messages in a plan, and the most deliveries of one
/// message after the other that the oracle can keep: the limits of a scenario.
const MOST_RATE: f64 = 1e6;
const MOST_MESSAGES: f64 = 1e7;
const MOST_BITS: f64 = 8e9;
const MOST_MEMBERS: f64 = 1e6;
/// Handles and ports that are left to others.
const SPARE: usize = 500;

/// The scenario with that load.
pub(super) fn at(base: &Scenario, axis: Axis, load: f64) -> Scenario {
    match axis {
        Axis::Rate => Scenario { rate: load, ..base.clone() },
        Axis::Members => {
            let members = (load.round() as u32).max(1);
            let speakers = base.speakers.map(|speakers| speakers.min(members));
            Scenario { members, speakers, ..base.clone() }
        }
    }
}

/// How a load is written, for progress.
pub(super) fn written(axis: Axis, load: f64) -> String {
    match axis {
        Axis::Rate if load < 100.0 => format!("{load:.2}/s"),
        Axis::Rate => format!("{}/s", Count(load.round() as u64)),
        Axis::Members => format!("{} members", Count(load.round() as u64)),
    }
}

/// Where to look, for a contestant on that wire.
///
/// # Errors
/// When no load makes sense. One line.
pub(super) fn range(base: &Scenario, axis: Axis, slo: &Slo, wire: Wire) -> anyhow::Result<Range> {
    let (time, measured) =
        ((base.warm_up + base.duration).as_secs_f64(), base.duration.as_secs_f64());
    let members = f64::from(base.members);
    let in_a_room = members / f64::from(base.rooms);
    let deliveries = slo.deliveries_needed();
    let range = match axis {
        Axis::Rate => Range {
            start: base.rate,
            // Fewer messages would not fill the percentile (rule M2).
            least: (deliveries / in_a_room).ceil().max(1.0) / measured,
            most: MOST_RATE.min(MOST_MESSAGES / time).min(MOST_BITS / members / time).floor(),
            because: End::Plan,
            is_whole: false,
        },
        Axis::Members => {
            let messages = base.rate * time;
            let plan = MOST_MEMBERS.min((MOST_BITS / messages.max(1.0)).floor());
            let machine = members_for(base, wire) as f64;
            let enough = (deliveries / (base.rate * measured) * f64::from(base.rooms)).ceil();
            Range {
                start: members,
                least: enough.max(f64::from(base.rooms)).max(1.0),
                most: plan.min(machine),
                because: if machine < plan { End::Machine } else { End::Plan },
                is_whole: true,
            }
        }
    };
    ensure!(
        range.least <= range.most,
        "scenario '{}' has no load with enough deliveries for {}: ask for a less rare percentile \
         with --slo, or give more members, rate or duration",
        base.name,
        slo.percentile(),
    );
    Ok(range)
}

/// For how many members the generator has handles and ports.
fn members_for(base: &Scenario, wire: Wire) -> usize {
    let handles = machine::open_files().map_or(usize::MAX, |files| files.ceiling);
    let ports = machine::ephemeral_ports().unwrap_or(usize::MAX);
    let connections = handles.min(ports).saturating_sub(SPARE);
    match (wire, base.speakers) {
        (Wire::LongPoll, None) => connections / 2,
        (Wire::LongPoll, Some(speakers)) => connections.saturating_sub(speakers as usize),
        (Wire::WebSocket | Wire::Bare, _) => connections,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn only_what_is_varied_changes() {
        let base = Scenario { speakers: Some(50), ..scenario::named("lecture-hall").unwrap() };
        assert_eq!(at(&base, Axis::Rate, 7.5), Scenario { rate: 7.5, ..base.clone() });
        let few = at(&base, Axis::Members, 12.0);
        assert_eq!(few, Scenario { members: 12, speakers: Some(12), ..base.clone() });
        assert_eq!(at(&base, Axis::Members, 400.0).speakers, Some(50));
    }

    #[test]
    fn every_load_in_a_range_is_one_that_a_scenario_may_have() {
        for base in scenario::all() {
            for axis in [Axis::Rate, Axis::Members] {
                let range = range(&base, axis, &Slo::default(), Wire::LongPoll).unwrap();
                for load in [range.least, range.start.clamp(range.least, range.most), range.most] {
                    let text = toml::to_string(&at(&base, axis, load)).unwrap();
                    let read = Scenario::from_toml(&text, "x");
                    assert!(read.is_ok(), "{} {axis:?} {load}: {read:?}", base.name);
                }
            }
        }
    }

    #[test]
    fn the_least_load_fills_the_percentile() {
        for base in scenario::all() {
            for axis in [Axis::Rate, Axis::Members] {
                let slo = Slo::default();
                let least = range(&base, axis, &slo, Wire::WebSocket).unwrap().least;
                let scenario = at(&base, axis, least);
                let deliveries = scenario.offered_deliveries() * base.duration.as_secs_f64();
                assert!(deliveries >= slo.deliveries_needed() * 0.999, "{} {axis:?}", base.name);
            }
        }
    }

    #[test]
    fn a_percentile_that_no_load_fills_is_refused() {
        let base = scenario::named("ping").unwrap();
        let base = Scenario { members: 1, rate: 1.0, warm_up: base.duration * 700, ..base };
        let slo = Slo { share: 0.9999, within: 1 };
        let message = range(&base, Axis::Rate, &slo, Wire::WebSocket).unwrap_err().to_string();
        assert!(message.contains("--slo") && !message.contains('\n'), "{message}");
    }

    #[test]
    fn loads_are_written_for_people() {
        assert_eq!(written(Axis::Rate, 12_800.0), "12,800/s");
        assert_eq!(written(Axis::Rate, 2.5), "2.50/s");
        assert_eq!(written(Axis::Members, 1000.0), "1,000 members");
    }
}
