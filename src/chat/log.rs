//! The log of a room: entries lying one behind the other in one ring of bytes.
//!
//! A reader that is three messages behind finds them as three slices next to each other and copies
//! them out under a read lock: no allocation and no reference count per message and member.

use std::collections::VecDeque;
use std::ops::Range;

use crate::units::KIB;

/// What a fresh log takes: a room in which nobody speaks should cost next to nothing.
const FIRST_BYTES: usize = 4 * KIB;

/// A bounded sequence of byte strings, numbered from 1.
#[derive(Debug)]
pub(super) struct Log {
    ring: Vec<u8>,
    /// Where each retained entry lies, the oldest first. An entry never wraps around the end of
    /// the ring; the few bytes that do not suffice for it stay unused for one round.
    spans: VecDeque<Range<usize>>,
    /// The number of the oldest retained entry; of the next one, when there is none.
    first: u64,
    max_entries: usize,
    max_bytes: usize,
}

impl Log {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Log {
            ring: Vec::new(),
            spans: VecDeque::new(),
            first: 1,
            max_entries: max_entries.max(1),
            max_bytes,
        }
    }

    /// The number of the newest entry; 0 in a fresh log.
    pub(super) fn head(&self) -> u64 {
        self.first + self.spans.len() as u64 - 1
    }

    /// The number of the oldest retained entry; `head() + 1` when nothing is retained.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The entries from the given number on, oldest first.
    pub(super) fn from(&self, seq: u64) -> impl Iterator<Item = &[u8]> {
        let skip = usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let skip = skip.min(self.spans.len());
        self.spans.range(skip..).map(|span| &self.ring[span.clone()])
    }

    /// Appends an entry, at the expense of the oldest ones when a bound is reached.
    pub(super) fn push(&mut self, entry: &[u8]) {
        if self.spans.len() == self.max_entries {
            self.forget_oldest();
        }
        let start = loop {
            match self.place_for(entry.len()) {
                Some(start) => break start,
                None if self.ring.len() < self.max_bytes.max(entry.len()) => self.grow(entry.len()),
                None => self.forget_oldest(),
            }
        };
        let span = start..start + entry.len();
        self.ring[span.clone()].copy_from_slice(entry);
        self.spans.push_back(span);
    }

    fn forget_oldest(&mut self) {
        if self.spans.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// Where an entry of this length fits without touching another; `None` when nowhere.
    fn place_for(&self, len: usize) -> Option<usize> {
        let (Some(oldest), Some(newest)) = (self.spans.front(), self.spans.back()) else {
            return (len <= self.ring.len()).then_some(0);
        };
        if newest.start < oldest.start {
            // The newest has gone around: free is what lies between it and the oldest.
            return (oldest.start - newest.end >= len).then_some(newest.end);
        }
        if self.ring.len() - newest.end >= len {
            return Some(newest.end);
        }
        (oldest.start >= len).then_some(0)
    }

    /// Doubles the ring, up to its bound, and lays the entries out anew from its beginning.
    fn grow(&mut self, needed: usize) {
        let wanted = (self.ring.len() * 2).max(needed).max(FIRST_BYTES);
        let len = wanted.min(self.max_bytes.max(needed));
        let mut ring = Vec::with_capacity(len);
        for span in &mut self.spans {
            let start = ring.len();
            ring.extend_from_slice(&self.ring[span.clone()]);
            *span = start..ring.len();
        }
        ring.resize(len, 0);
        self.ring = ring;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is pushed, the log is the tail of the list of everything pushed: numbered
        /// without a gap, within its bounds, and never shorter than one entry.
        #[test]
        fn the_log_is_the_tail_of_everything_said(
            lengths in prop::collection::vec(1usize..700, 1..300),
            max_entries in 1usize..64,
            max_bytes in 1usize..6000,
        ) {
            let mut log = Log::new(max_entries, max_bytes);
            let mut model: Vec<Vec<u8>> = Vec::new();
            for (number, length) in lengths.into_iter().enumerate() {
                let entry = vec![u8::try_from(number % 251).unwrap(); length];
                log.push(&entry);
                model.push(entry);
                prop_assert_eq!(log.head(), model.len() as u64);
                let retained: Vec<&[u8]> = log.from(0).collect();
                prop_assert!(!retained.is_empty() && retained.len() <= max_entries);
                prop_assert_eq!(retained.len() as u64, log.head() - log.first() + 1);
                let tail = &model[model.len() - retained.len()..];
                prop_assert!(retained.iter().zip(tail).all(|(a, b)| *a == b.as_slice()));
                let bytes: usize = retained.iter().map(|entry| entry.len()).sum();
                let longest = model.iter().map(Vec::len).max().unwrap_or(0);
                prop_assert!(bytes <= max_bytes.max(longest));
            }
        }

        /// Reading from any number gives exactly the retained entries at or after it.
        #[test]
        fn reading_begins_where_it_is_asked_to(count in 1u64..100, from in 0u64..150) {
            let mut log = Log::new(40, 4096);
            for number in 1..=count {
                log.push(&number.to_be_bytes());
            }
            let read: Vec<u64> =
                log.from(from).map(|bytes| u64::from_be_bytes(bytes.try_into().unwrap())).collect();
            let expected: Vec<u64> = (log.first().max(from)..=count).collect();
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn a_fresh_log_is_empty_and_holds_no_memory() {
        let log = Log::new(10, 1000);
        assert_eq!(
            (log.head(), log.first(), log.from(0).count(), log.ring.capacity()),
            (0, 1, 0, 0)
        );
    }

    #[test]
    fn bytes_are_used_up_to_the_bound_before_anything_is_forgotten() {
        let mut log = Log::new(1000, 8192);
        for _ in 0..64 {
            log.push(&[7; 128]);
        }
        assert_eq!((log.first(), log.head()), (1, 64));
        log.push(&[7; 128]);
        assert_eq!((log.first(), log.head()), (2, 65));
    }
}
