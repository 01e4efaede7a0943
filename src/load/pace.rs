//! Time: the one clock of a run, and the schedule of what is due next.

use std::time::{Duration, Instant};

use crate::plan::Due;

/// The one monotonic clock of a run, in nanoseconds since the run began (DESIGN M2).
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
        Schedule { dues: &[], start: 0, first: 0 }
    }

    pub(super) fn new(dues: &'p [Due], start: u64, first: u32) -> Self {
        Schedule { dues, start, first }
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
