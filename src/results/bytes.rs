//! What a delivery costs in bytes, by what they were for, and whether the books agree with the kernel.
//!
//! Sums over runs are divided by sums of deliveries; ratios are never averaged. Knows nothing of how
//! it is shown.

use super::{Account, Ledger, Parts, Results, SEGMENT_OVERHEAD, WireUse};

/// The bytes of one backend in one scenario, summed over the runs that count and have a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteCost {
    /// How many runs that is.
    pub runs: u64,
    /// Their deliveries.
    pub deliveries: u64,
    /// From the server, in the measured time.
    pub down: Traffic,
    /// To the server, in the measured time.
    pub up: Traffic,
    /// From the server until everybody had joined.
    pub set_up_down: Parts,
    /// To the server until everybody had joined.
    pub set_up_up: Parts,
    /// How the ledger compares with the kernel's counters.
    pub books: Books,
}

/// One direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes that TCP carried.
    pub parts: Parts,
    /// An estimate of the TCP/IP headers around them, acknowledgements included:
    /// segments × [`SEGMENT_OVERHEAD`]. `None` where the kernel did not count segments.
    pub headers: Option<u64>,
    /// The part of the headers whose segments carried nothing: pure acknowledgements. `None` where
    /// the kernel does not tell them apart.
    pub acks: Option<u64>,
}

/// How ledgers compare with the kernel's counters, run by run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Books {
    /// Runs whose ledger agrees with the kernel to the byte.
    pub agree: u64,
    /// Runs whose ledger does not.
    pub differ: u64,
    /// Runs whose kernel did not count.
    pub untold: u64,
    /// Bytes that only one of the two has, over all runs and directions.
    pub off: u64,
}

impl ByteCost {
    /// The bytes of that backend in that scenario; `None` when no run that counts has a ledger.
    #[must_use]
    pub fn of(results: &Results, scenario: &str, backend: &str) -> Option<Self> {
        let mut sum: Option<ByteCost> = None;
        for run in results.counted(scenario, backend) {
            let Some(ledger) = &run.ledger else { continue };
            let one = ByteCost::of_run(run.delivered, ledger, run.wire.as_ref());
            sum = Some(match sum {
                Some(before) => before.plus(one),
                None => one,
            });
        }
        sum
    }

    fn of_run(deliveries: u64, ledger: &Ledger, wire: Option<&WireUse>) -> Self {
        let measured = &ledger.measured;
        let down = wire
            .map(|wire| (wire.received_bytes, wire.received_segments, wire.received_data_segments));
        let up = wire.map(|wire| (wire.sent_bytes, wire.sent_segments, wire.sent_data_segments));
        ByteCost {
            runs: 1,
            deliveries,
            down: Traffic::of(measured.down, down),
            up: Traffic::of(measured.up, up),
            set_up_down: ledger.set_up.down,
            set_up_up: ledger.set_up.up,
            books: Books::of(ledger),
        }
    }

    fn plus(self, other: Self) -> Self {
        ByteCost {
            runs: self.runs + other.runs,
            deliveries: self.deliveries.saturating_add(other.deliveries),
            down: self.down.plus(other.down),
            up: self.up.plus(other.up),
            set_up_down: self.set_up_down + other.set_up_down,
            set_up_up: self.set_up_up + other.set_up_up,
            books: self.books.plus(other.books),
        }
    }

    /// Bytes divided by the deliveries they were spent on; `None` when there were none.
    #[must_use]
    pub fn per_delivery(&self, bytes: u64) -> Option<f64> {
        (self.deliveries > 0).then(|| bytes as f64 / self.deliveries as f64)
    }

    /// Bytes of the set-up divided by the connections they opened; `None` without any.
    #[must_use]
    pub fn per_connection(&self, bytes: u64, members: u32) -> Option<f64> {
        let connections = f64::from(members) * self.runs as f64;
        (connections > 0.0).then(|| bytes as f64 / connections)
    }
}

impl Traffic {
    /// What the ledger says, with the kernel's bytes, segments, and segments that carried bytes.
    fn of(parts: Parts, counted: Option<(u64, u64, u64)>) -> Self {
        let headers = |segments: u64| segments.saturating_mul(SEGMENT_OVERHEAD);
        let acks = counted.and_then(|(bytes, all, carrying)| {
            // Bytes without a segment that carried them: an old kernel does not tell.
            (bytes == 0 || carrying > 0).then(|| headers(all.saturating_sub(carrying)))
        });
        Traffic { parts, headers: counted.map(|(_, all, _)| headers(all)), acks }
    }

    /// A sum is known when both of its parts are.
    fn plus(self, other: Self) -> Self {
        let both = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        Traffic {
            parts: self.parts + other.parts,
            headers: both(self.headers, other.headers),
            acks: both(self.acks, other.acks),
        }
    }

    /// Everything that crossed the wire, headers included; `None` where those are not known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        Some(self.parts.total().saturating_add(self.headers?))
    }

    /// Headers of segments that carried bytes; all headers where the kernel tells none apart.
    #[must_use]
    pub fn data_headers(&self) -> Option<u64> {
        Some(self.headers?.saturating_sub(self.acks.unwrap_or(0)))
    }

    /// The share of all bytes that is text people wrote, 0 to 1.
    #[must_use]
    pub fn payload_share(&self) -> Option<f64> {
        let total = self.total().filter(|total| *total > 0)?;
        Some(self.parts.payload as f64 / total as f64)
    }
}

impl Books {
    fn of(ledger: &Ledger) -> Self {
        let off = |account: &Account| {
            let (up, down) = account.unassigned().unwrap_or_default();
            up.unsigned_abs().saturating_add(down.unsigned_abs())
        };
        let off = off(&ledger.set_up).saturating_add(off(&ledger.measured));
        let told = ledger.measured.reconciles().is_some();
        Books {
            agree: u64::from(told && off == 0),
            differ: u64::from(off > 0),
            untold: u64::from(!told && off == 0),
            off,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Books {
            agree: self.agree + other.agree,
            differ: self.differ + other.differ,
            untold: self.untold + other.untold,
            off: self.off.saturating_add(other.off),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::fixture::{arbitrary, complete, empty, measured, run};
    use crate::results::{Measured, Run};

    fn of(runs: Vec<Run>) -> Option<ByteCost> {
        ByteCost::of(&Results { runs, ..empty() }, "ping", "async")
    }

    /// A run whose text took that share of its bytes.
    fn plain(deliveries: u64, payload: u64, envelope: u64) -> Measured {
        let down = Parts { payload, envelope, ..Parts::default() };
        let kernel = Some(down.total());
        let account =
            Account { down, kernel_down: kernel, kernel_up: Some(0), ..Account::default() };
        let ledger = Ledger { measured: account, ..Ledger::default() };
        Measured { ledger: Some(ledger), wire: None, ..measured(deliveries, 9000, 100) }
    }

    #[test]
    fn sums_are_divided_by_sums_and_ratios_are_never_averaged() {
        let runs = vec![
            run("ping", "async", 0, plain(100, 1000, 0)),
            run("ping", "async", 1, plain(900, 1000, 7000)),
        ];
        let cost = of(runs).unwrap();
        // The mean of the ratios would be (10 + 1.1) / 2.
        assert_eq!(cost.per_delivery(cost.down.parts.payload), Some(2.0));
        assert_eq!(cost.per_delivery(cost.down.parts.total()), Some(9.0));
        assert_eq!((cost.runs, cost.books.agree), (2, 2));
    }

    #[test]
    fn headers_are_split_into_those_that_carried_and_those_that_only_acknowledged() {
        let cost = of(vec![run("ping", "async", 0, measured(1000, 9000, 100))]).unwrap();
        assert_eq!(cost.down.headers, Some(1000 * SEGMENT_OVERHEAD));
        assert_eq!(cost.down.acks, Some(750 * SEGMENT_OVERHEAD));
        assert_eq!(cost.down.data_headers(), Some(250 * SEGMENT_OVERHEAD));
        assert_eq!(cost.down.total(), Some(1000 * 160 + 1000 * SEGMENT_OVERHEAD));
        let share = cost.down.payload_share().unwrap();
        assert!((share - 80.0 / 212.0).abs() < 1e-12, "{share}");
    }

    #[test]
    fn what_the_kernel_does_not_tell_is_absent() {
        let mut old = measured(1000, 9000, 100);
        old.wire.as_mut().unwrap().received_data_segments = 0;
        let cost = of(vec![run("ping", "async", 0, old.clone())]).unwrap();
        assert!(cost.down.acks.is_none() && cost.down.headers.is_some() && cost.up.acks.is_some());
        old.wire = None;
        let cost = of(vec![run("ping", "async", 0, old.clone())]).unwrap();
        assert_eq!((cost.down.total(), cost.down.payload_share()), (None, None));
        old.ledger = None;
        assert_eq!(of(vec![run("ping", "async", 0, old)]), None);
    }

    #[test]
    fn a_byte_that_nobody_assigned_shows() {
        let mut wrong = measured(1000, 9000, 100);
        let ledger = wrong.ledger.as_mut().unwrap();
        ledger.measured.up.payload += 3;
        ledger.set_up.down.http += 4;
        let mut silent = measured(1000, 9000, 100);
        silent.ledger.as_mut().unwrap().measured.kernel_up = None;
        let runs = [measured(1000, 9000, 100), wrong, silent];
        let runs = (0..).zip(runs).map(|(repeat, one)| run("ping", "async", repeat, one));
        let books = of(runs.collect()).unwrap().books;
        assert_eq!(books, Books { agree: 1, differ: 1, untold: 1, off: 7 });
    }

    #[test]
    fn a_failed_run_does_not_count() {
        let mut failed = run("ping", "async", 0, measured(1000, 9000, 100));
        failed.failure = Some("it died".into());
        assert_eq!(of(vec![failed]), None);
    }

    #[test]
    fn a_whole_comparison_reconciles() {
        let results = complete();
        for backend in ["async", "blocking", "long-poll"] {
            let cost = ByteCost::of(&results, "rush", backend).unwrap();
            assert_eq!(cost.books, Books { agree: 3, ..Books::default() });
            assert_eq!(cost.per_connection(cost.set_up_down.handshake, 100), Some(130.0));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_results_have_bytes_or_none(results in arbitrary()) {
            for one in &results.runs {
                if let Some(cost) = ByteCost::of(&results, &one.scenario, &one.backend) {
                    let books = cost.books;
                    prop_assert_eq!(books.agree + books.differ + books.untold, cost.runs);
                    for way in [&cost.down, &cost.up] {
                        prop_assert!(way.payload_share().is_none_or(|share| (0.0..=1.0).contains(&share)));
                    }
                }
            }
        }
    }
}
