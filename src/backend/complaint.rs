//! What an accept loop says when it cannot go on, and when it says it.

use std::io;
use std::time::{Duration, Instant};

/// A server at its limit is at it again and again; one line in so much time is enough.
const QUIET: Duration = Duration::from_secs(60);

/// Says why nobody can be let in, once.
#[derive(Debug, Default)]
pub(super) struct Complaint(Option<Instant>);

impl Complaint {
    /// `accept` failed: out of handles, most likely. Whoever knocks waits in the kernel's queue.
    pub(super) fn about(&mut self, error: &io::Error) {
        if self.is_due(Instant::now()) {
            eprintln!(
                "cannot accept connections for now: {error}; those that wait are let in when \
                 others leave (duplex doctor says how to have more)"
            );
        }
    }

    fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.0.is_none_or(|said| now >= said + QUIET);
        if is_due {
            self.0 = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_said_once() {
        let mut complaint = Complaint::default();
        let start = Instant::now();
        assert!(complaint.is_due(start));
        assert!(!complaint.is_due(start + QUIET / 2));
        assert!(complaint.is_due(start + QUIET));
    }
}
