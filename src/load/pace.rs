//! Time: the one clock of a run, and the schedule of what is due next.

use std::time::{Duration, Instant};

use crate::plan::Due;
use crate::units::MICROSECOND;

/// The one monotonic clock of a run, in nanoseconds since the run began (rule M2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Clock(Instant::now())
    }

    pub(super) fn now(self) -> u64 {
        self.since_start().as_nanos() as u64
    }

    fn since_start(self) -> Duration {
        self.0.elapsed()
    }
}

/// The sends of one phase, oldest first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule<'p> {
    dues: &'p [Due],
    start: u64,
    /// Index of the phase's first message among all messages of the run.
    first: u32,
    /// Nanoseconds between two sends, on average.
    mean_gap: u64,
}

/// How long before a send the loop stops sleeping, because an idle processor takes its time to
/// wake up.
///
/// It follows the 99.9th percentile of how late wake-ups were: up a step when one was later than
/// that, down a thousandth of a step when not. So a machine that wakes fast spends nothing on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead(u64);

impl Lead {
    const STEP: u64 = 10 * MICROSECOND;
    const MOST: u64 = 250 * MICROSECOND;

    pub(super) fn new() -> Self {
        Lead(100 * MICROSECOND)
    }

    /// The lead before a send of this schedule: at most a tenth of the time between sends, because
    /// what is spent awake is in the generator's CPU time.
    pub(super) fn before(self, schedule: &Schedule<'_>) -> u64 {
        self.0.min(schedule.mean_gap / 10)
    }

    /// The loop was alone with its alarm and woke so many nanoseconds late.
    pub(super) fn woke_late(&mut self, nanos: u64) {
        self.0 = if nanos > self.0 {
            (self.0 + Self::STEP).min(Self::MOST)
        } else {
            self.0.saturating_sub(Self::STEP / 1000)
        };
    }
}

/// One send whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DueNow {
    pub(super) member: u32,
    /// Index among all messages of the run.
    pub(super) message: u32,
    /// The intended start on the run's clock.
    pub(super) intended: u64,
}

impl<'p> Schedule<'p> {
    /// Nothing is ever due.
    pub(super) fn empty() -> Self {
        Schedule { dues: &[], start: 0, first: 0, mean_gap: 0 }
    }

    pub(super) fn new(dues: &'p [Due], start: u64, first: u32) -> Self {
        let span = dues.last().map_or(0, |due| due.at);
        let mean_gap = span / (dues.len() as u64).max(1);
        Schedule { dues, start, first, mean_gap }
    }

    /// When the next send is intended; `u64::MAX` when all are done.
    pub(super) fn next_at(&self) -> u64 {
        self.dues.first().map_or(u64::MAX, |due| self.start + due.at)
    }

    /// Takes the next send if it is due. However late it is, it is never skipped.
    pub(super) fn take(&mut self, now: u64) -> Option<DueNow> {
        let (due, rest) = self.dues.split_first()?;
        let intended = self.start + due.at;
        (intended <= now).then(|| {
            self.dues = rest;
            DueNow { member: due.member, message: self.first + due.number, intended }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_follows_the_lateness_of_wake_ups() {
        let dues = [Due { at: 1_000_000_000, member: 0, number: 0 }];
        let schedule = Schedule::new(&dues, 0, 0);
        let mut lead = Lead::new();
        // One wake-up in fifteen hundred is 200 µs late, the others 100 µs.
        for wake_up in 0..100_000 {
            lead.woke_late(if wake_up % 1500 == 0 { 200_000 } else { 100_000 });
        }
        assert!((90_000..120_000).contains(&lead.before(&schedule)), "{lead:?}");
        (0..100).for_each(|_| lead.woke_late(u64::MAX));
        assert_eq!(lead.before(&schedule), Lead::MOST);
        let crowded = [Due { at: 10_000, member: 0, number: 0 }];
        assert_eq!(lead.before(&Schedule::new(&crowded, 0, 0)), 1_000);
        (0..100_000).for_each(|_| lead.woke_late(0));
        assert_eq!(lead.before(&schedule), 0);
    }

    #[test]
    fn what_is_overdue_is_sent_oldest_first_and_never_skipped() {
        let dues: Vec<Due> =
            (0..4).map(|number| Due { at: u64::from(number) * 10, member: 0, number }).collect();
        let mut schedule = Schedule::new(&dues, 100, 7);
        assert_eq!(schedule.next_at(), 100);
        assert_eq!(schedule.take(99), None);
        let taken: Vec<_> = std::iter::from_fn(|| schedule.take(125)).collect();
        let told: Vec<_> = taken.iter().map(|due| (due.message, due.intended)).collect();
        assert_eq!(told, [(7, 100), (8, 110), (9, 120)]);
        assert_eq!(schedule.next_at(), 130);
        assert!(schedule.take(u64::MAX).is_some());
        assert_eq!(schedule.next_at(), u64::MAX);
        assert_eq!(schedule.take(u64::MAX), None);
    }
}
