//! How much one connection may say: a bucket of tokens, of which each message takes one.
//!
//! The bucket holds enough for a burst and fills at the rate that is allowed in the long run. It is
//! the connection's and not the name's, for names need not be unique: whoever floods under
//! somebody's name must not silence them.

use std::time::{Duration, Instant};

use crate::chat::Limits;
use crate::message::Refusal;

/// How long somebody is not listened to after a message too many. To refuse messages as fast as
/// they come would cost as much as to accept them; so the rest waits where it came from.
pub(super) const PENALTY: Duration = Duration::from_millis(10);

const FLOOD: &str = "flood";

/// Whether a message was refused because there were too many.
pub(super) fn is_flood(refusal: &Refusal<'_>) -> bool {
    refusal.code == FLOOD
}

/// The tokens of one connection.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: f64,
    size: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// Full, or of no meaning where the limits have no rate.
    pub(super) fn new(limits: &Limits) -> Self {
        let size = f64::from(limits.say_burst.max(1));
        Bucket { rate: f64::from(limits.say_rate), size, tokens: size, at: Instant::now() }
    }

    /// Takes a token for one message; a refusal when there is none.
    pub(super) fn take(&mut self) -> Result<(), Refusal<'static>> {
        self.take_at(Instant::now())
    }

    fn take_at(&mut self, now: Instant) -> Result<(), Refusal<'static>> {
        if self.rate == 0.0 {
            return Ok(());
        }
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.size);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let message =
            format!("you say more than {} messages a second: this one is lost", self.rate);
        Err(Refusal { code: FLOOD.into(), message: message.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let limits = Limits { say_rate: 10, say_burst: 3, ..Limits::default() };
        let mut bucket = Bucket::new(&limits);
        let start = bucket.at;
        let said = |bucket: &mut Bucket, ms: u64| {
            let now = start + Duration::from_millis(ms);
            (0..10).take_while(|_| bucket.take_at(now).is_ok()).count()
        };
        assert_eq!(said(&mut bucket, 0), 3);
        assert_eq!(said(&mut bucket, 99), 0);
        assert_eq!(said(&mut bucket, 200), 2);
        assert_eq!(said(&mut bucket, 60_000), 3, "nobody saves up more than a burst");
    }

    #[test]
    fn without_a_rate_there_is_no_limit() {
        let limits = Limits { say_rate: 0, say_burst: 0, ..Limits::default() };
        let mut bucket = Bucket::new(&limits);
        assert!((0..100_000).all(|_| bucket.take().is_ok()));
    }
}
