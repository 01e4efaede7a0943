//! The course of a run: what came in each tenth of a second, and how long it took.
//!
//! A delivery counts in the slot in which it was received, so a slot is done when a later delivery
//! comes and nothing but the present one is kept in full. Percentiles are to within a hundredth,
//! and absent where too few deliveries would bear them (rule M2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tally::{TWO_DIGITS, Tally};
use crate::units::MILLISECOND;

/// The length of a slot in a run of up to a minute.
const SLOT: u64 = 100 * MILLISECOND;
/// Longer runs have longer slots, so that there are never many more of them than this.
const MOST_SLOTS: u64 = 600;
/// A last delivery this far behind the plan ends the course; whatever comes later is in the
/// distributions.
const MOST_EVER: usize = 2 * MOST_SLOTS as usize;

/// The course of a run in slots of equal length, from the first planned send on. All lists have one
/// entry per slot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// The length of a slot in nanoseconds.
    pub slot: u64,
    /// Deliveries received in the slot.
    pub deliveries: Vec<u64>,
    /// Their median response time in nanoseconds; absent with fewer than twenty deliveries.
    pub p50: Vec<Option<u64>>,
    /// The 99th percentile; absent with fewer than a thousand deliveries.
    pub p99: Vec<Option<u64>>,
    /// The longest; absent where nothing came.
    pub max: Vec<Option<u64>>,
}

/// Writes a [`Timeline`].
#[derive(Debug)]
pub(super) struct Course {
    /// When the first slot begins.
    start: u64,
    /// When the present slot ends; 0 before anything has begun.
    end: u64,
    /// Whether there may be further slots.
    is_full: bool,
    present: Tally<TWO_DIGITS>,
    longest: u64,
    timeline: Timeline,
}

impl Course {
    pub(super) fn new(longest: u64) -> Self {
        Course {
            start: 0,
            end: 0,
            is_full: true,
            present: Tally::new(longest),
            longest: 0,
            timeline: Timeline::default(),
        }
    }

    /// The measured time reaches from `start` to `end`.
    pub(super) fn begin(&mut self, start: u64, end: u64) {
        let slots = end.saturating_sub(start).div_ceil(SLOT);
        let slot = SLOT * slots.div_ceil(MOST_SLOTS).max(1);
        self.timeline.slot = slot;
        self.start = start;
        self.end = start + slot;
        self.is_full = false;
    }

    /// A delivery has come.
    #[inline]
    pub(super) fn add(&mut self, received: u64, response: u64) {
        while received >= self.end && !self.is_full {
            self.close();
        }
        if !self.is_full {
            self.present.add(response);
            self.longest = self.longest.max(response);
        }
    }

    /// The present slot is over.
    #[cold]
    fn close(&mut self) {
        let count = self.present.len();
        let at = |share: f64, least: u64| {
            self.present
                .quantile(share)
                .filter(|_| count >= least)
                .map(|value| value.min(self.longest))
        };
        let (p50, p99) = (at(0.5, 20), at(0.99, 1000));
        self.timeline.deliveries.push(count);
        self.timeline.p50.push(p50);
        self.timeline.p99.push(p99);
        self.timeline.max.push((count > 0).then_some(self.longest));
        self.present.clear();
        self.longest = 0;
        self.end += self.timeline.slot;
        self.is_full = self.timeline.deliveries.len() >= MOST_EVER;
    }

    /// What came; `None` when nothing did.
    pub(super) fn finish(mut self) -> Option<Timeline> {
        if !self.is_full && !self.present.is_empty() {
            self.close();
        }
        self.timeline.max.iter().any(Option::is_some).then_some(self.timeline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    fn course(length: u64, deliveries: impl IntoIterator<Item = (u64, u64)>) -> Option<Timeline> {
        let mut course = Course::new(120 * SECOND);
        course.begin(1000, 1000 + length);
        for (received, response) in deliveries {
            course.add(1000 + received, response);
        }
        course.finish()
    }

    #[test]
    fn a_delivery_counts_in_the_slot_it_came_in_and_a_stall_leaves_a_gap() {
        let busy = (0..1000).map(|i| (i * 90_000, 5_000 + i));
        let after_a_stall = (0..30).map(|i| (350 * MILLISECOND + i, 300 * MILLISECOND));
        let told = course(SECOND, busy.chain(after_a_stall)).unwrap();
        assert_eq!((told.slot, told.deliveries), (SLOT, vec![1000, 0, 0, 30]));
        let near = |value: Option<u64>, truth: u64| {
            value.is_some_and(|v| v <= truth && truth - v <= truth / 60)
        };
        assert!(near(told.p50[0], 5_499) && near(told.p99[0], 5_989), "{:?}", told.p99);
        assert_eq!(told.max, [Some(5_999), None, None, Some(300 * MILLISECOND)]);
        assert_eq!((told.p50[1], told.p99[3]), (None, None), "too few to tell");
        assert!(near(told.p50[3], 300 * MILLISECOND));
    }

    #[test]
    fn a_long_run_has_long_slots_and_an_endless_one_ends() {
        let told = course(3600 * SECOND, [(3599 * SECOND, 1)]).unwrap();
        assert_eq!((told.slot, told.deliveries.len()), (6 * SECOND, 600));
        let told = course(SECOND, [(1, 1), (1 << 60, 1)]).unwrap();
        assert_eq!(told.deliveries.len(), MOST_EVER);
        assert_eq!(told.deliveries.iter().sum::<u64>(), 1);
    }

    #[test]
    fn nothing_measured_is_no_course() {
        assert_eq!(course(SECOND, []), None);
        let mut idle = Course::new(120 * SECOND);
        idle.add(5, 5);
        assert_eq!(idle.finish(), None, "it never began");
    }
}
