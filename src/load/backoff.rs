//! When a member that lost its connection tries again (RFC 6455 §7.2.3): first after a random part
//! of a spread, five seconds by the RFC, then each time after twice as long, and a random part again.
//! So a server that restarts is not met by everybody at the same moment.
//!
//! It knows members and times; it knows no sockets and no clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Twelve spreads: a minute, by the RFC's five seconds.
const LONGEST: u64 = 12;

/// Who tries again, and when.
#[derive(Debug)]
pub(super) struct Backoff {
    spread: u64,
    /// How often each member has tried since it was last joined.
    attempts: Vec<u32>,
    due: BinaryHeap<Reverse<(u64, u32)>>,
    /// State of a splitmix64 generator.
    random: u64,
}

impl Backoff {
    /// For so many members, with a spread in nanoseconds.
    pub(super) fn new(members: u32, spread: u64) -> Self {
        let attempts = vec![0; members as usize];
        Backoff { spread: spread.max(1), attempts, due: BinaryHeap::new(), random: spread }
    }

    /// A member has lost its connection, or did not get one.
    pub(super) fn lost(&mut self, member: u32, now: u64) {
        let attempts = &mut self.attempts[member as usize];
        let doublings = *attempts;
        *attempts = doublings.saturating_add(1);
        let base = match doublings {
            0 => 0,
            more => 1_u64.checked_shl(more - 1).map_or(LONGEST, |times| times.min(LONGEST)),
        };
        let jitter = self.next_random() % self.spread;
        self.due.push(Reverse((now + base * self.spread + jitter, member)));
    }

    /// A member has joined again.
    pub(super) fn joined(&mut self, member: u32) {
        self.attempts[member as usize] = 0;
    }

    /// When the next member is due; `u64::MAX` when none is.
    pub(super) fn next_at(&self) -> u64 {
        self.due.peek().map_or(u64::MAX, |Reverse((at, _))| *at)
    }

    /// The next member that is due by now.
    pub(super) fn take(&mut self, now: u64) -> Option<u32> {
        if self.next_at() > now {
            return None;
        }
        self.due.pop().map(|Reverse((_, member))| member)
    }

    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_are_never_the_same() {
        let spread = 5_000;
        let mut backoff = Backoff::new(1, spread);
        let mut waits = Vec::new();
        for doubled in [0, 1, 2, 4, 8, 12, 12, 12] {
            backoff.lost(0, 0);
            let wait = backoff.next_at();
            assert!(
                (doubled * spread..(doubled + 1) * spread).contains(&wait),
                "{doubled}: {wait}"
            );
            assert_eq!((backoff.take(wait - 1), backoff.take(wait)), (None, Some(0)));
            waits.push(wait % spread);
        }
        waits.sort_unstable();
        waits.dedup();
        assert!(waits.len() > 4, "no jitter: {waits:?}");
        backoff.joined(0);
        backoff.lost(0, 0);
        assert!(backoff.next_at() < spread, "who had joined begins again");
    }

    #[test]
    fn a_herd_is_spread_out() {
        let mut backoff = Backoff::new(1_000, 5_000);
        (0..1_000).for_each(|member| backoff.lost(member, 0));
        let bins =
            (0..10).map(|bin| std::iter::from_fn(|| backoff.take((bin + 1) * 500 - 1)).count());
        let bins: Vec<usize> = bins.collect();
        assert!(bins.iter().all(|count| (60..140).contains(count)), "{bins:?}");
    }
}
