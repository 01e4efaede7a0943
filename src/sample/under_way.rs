//! How many deliveries are under way, counted while they are.
//!
//! By Little's law the average number N is the rate of deliveries λ times the mean time W that one
//! takes (rule M9). Here N is counted event by event: up by the number of receivers at every send,
//! down by one at every delivery, the area below the curve added up in between. It shares the
//! clock readings with the distributions of times, so this proves the books and not the server: the
//! two disagree when something was added up wrongly or a file was changed.

/// A count that changes, and the area below it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UnderWay {
    count: u64,
    /// The last change.
    since: u64,
    /// Deliveries × nanoseconds; wider than 64 bits, which a full hour of a full server exceeds.
    area: u128,
}

impl UnderWay {
    /// So many deliveries have been asked for.
    pub(super) fn depart(&mut self, count: u32, now: u64) {
        self.pass_time(now);
        self.count += u64::from(count);
    }

    /// One of them has come.
    pub(super) fn arrive(&mut self, now: u64) {
        self.pass_time(now);
        self.count = self.count.saturating_sub(1);
    }

    /// The average over so many nanoseconds; `None` when there are none.
    pub(super) fn average(&self, length: u64) -> Option<f64> {
        (length > 0).then(|| self.area as f64 / length as f64)
    }

    fn pass_time(&mut self, now: u64) {
        self.area += u128::from(self.count) * u128::from(now.saturating_sub(self.since));
        self.since = self.since.max(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_area_is_what_was_under_way_times_how_long() {
        let mut under_way = UnderWay::default();
        under_way.depart(3, 100);
        under_way.arrive(110);
        under_way.arrive(110);
        under_way.arrive(200);
        under_way.depart(1, 1000);
        under_way.arrive(1010);
        assert_eq!(under_way.area, 3 * 10 + 90 + 10);
        assert_eq!(under_way.average(1000), Some(0.13));
        assert_eq!(under_way.average(0), None);
    }

    proptest! {
        #[test]
        fn it_is_littles_law_when_everything_comes(
            sends in proptest::collection::vec((0u64..1_000_000, 1u64..500_000), 1..100),
        ) {
            let mut events: Vec<(u64, bool)> = Vec::new();
            for &(sent, time) in &sends {
                events.extend([(sent, true), (sent + time, false)]);
            }
            events.sort_unstable();
            let mut under_way = UnderWay::default();
            for (now, is_send) in events {
                if is_send { under_way.depart(1, now) } else { under_way.arrive(now) }
            }
            let times: u64 = sends.iter().map(|(_, time)| time).sum();
            prop_assert_eq!(under_way.area, u128::from(times));
        }
    }
}
