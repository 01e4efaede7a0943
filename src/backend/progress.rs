//! How long the rest of a message may be waited for.
//!
//! The heartbeat finds who is silent. Who sends one byte of a frame now and then is not silent, and
//! would hold what has come of it for as long as they like.

use std::io;
use std::time::{Duration, Instant};

/// What of a message has come without its end.
#[derive(Debug)]
pub(super) struct Progress {
    deadline: Duration,
    began: Option<Instant>,
}

impl Progress {
    pub(super) fn new(deadline: Duration) -> Self {
        Progress { deadline, began: None }
    }

    /// Bytes have come, perhaps of a message that is not whole yet.
    ///
    /// # Errors
    /// When the message they belong to began too long ago.
    pub(super) fn bytes(&mut self) -> io::Result<()> {
        self.bytes_at(Instant::now())
    }

    fn bytes_at(&mut self, now: Instant) -> io::Result<()> {
        match self.began {
            Some(began) if now >= began + self.deadline => Err(io::ErrorKind::TimedOut.into()),
            Some(_) => Ok(()),
            None => {
                self.began = Some(now);
                Ok(())
            }
        }
    }

    /// A message is whole.
    pub(super) fn done(&mut self) {
        self.began = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_come_in_pieces_but_not_for_ever() {
        let second = Duration::from_secs(1);
        let mut progress = Progress::new(10 * second);
        let start = Instant::now();
        assert!((0..10).all(|at| progress.bytes_at(start + at * second).is_ok()));
        progress.done();
        assert!((9..19).all(|at| progress.bytes_at(start + at * second).is_ok()));
        assert!(progress.bytes_at(start + 19 * second).is_err());
    }
}
