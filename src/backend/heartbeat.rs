//! When to ping a silent member and when to give it up (R10).
//!
//! TCP alone does not notice a peer that vanished without a word: a cut cable or a frozen program
//! looks like somebody who has nothing to say. An answer that must come within a deadline is the
//! only thing that tells them apart (RFC 6455 §5.5.2).

use std::time::{Duration, Instant};

use crate::chat::Limits;

/// A wait that outlasts every lecture.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// The heartbeat of one connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    deadline: Duration,
    pinged: Option<Instant>,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Nothing until then.
    Wait(Instant),
    /// Send a ping and ask again.
    Ping,
    /// Nobody is there any more.
    Gone,
}

impl Heartbeat {
    pub(super) fn new(limits: &Limits) -> Self {
        Heartbeat { interval: limits.ping_interval, deadline: limits.pong_deadline, pinged: None }
    }

    /// Decides, given when the member was last heard. Anything it sends counts, not only pongs.
    pub(super) fn check(&mut self, now: Instant, heard: Instant) -> Beat {
        if self.interval.is_zero() {
            return Beat::Wait(now + NEVER);
        }
        if self.pinged.is_some_and(|pinged| heard > pinged) {
            self.pinged = None;
        }
        // Pings may be closer than the deadline: an answer is looked for by then.
        let next_look = |pinged: Instant| {
            let soon = pinged + self.interval.min(self.deadline);
            if now < soon { soon } else { pinged + self.deadline }
        };
        // slide: decide
        match self.pinged {
            Some(pinged) if now >= pinged + self.deadline => Beat::Gone,
            Some(pinged) => Beat::Wait(next_look(pinged)),
            None if now >= heard + self.interval => {
                self.pinged = Some(now);
                Beat::Ping
            }
            None => Beat::Wait(heard + self.interval),
        }
        // slide: end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_pinged_and_then_given_up() {
        let limits = Limits::default();
        let (interval, deadline) = (limits.ping_interval, limits.pong_deadline);
        let mut heartbeat = Heartbeat::new(&limits);
        let start = Instant::now();
        let ping = start + interval;
        assert_eq!(heartbeat.check(start, start), Beat::Wait(ping));
        assert_eq!(heartbeat.check(ping, start), Beat::Ping);
        assert_eq!(heartbeat.check(ping, start), Beat::Wait(ping + deadline));
        assert_eq!(heartbeat.check(ping + deadline, start), Beat::Gone);
    }

    #[test]
    fn without_a_heartbeat_nobody_is_asked() {
        let limits = Limits { ping_interval: Duration::ZERO, ..Limits::default() };
        let mut heartbeat = Heartbeat::new(&limits);
        let start = Instant::now();
        let later = start + Duration::from_secs(3600);
        assert_eq!(heartbeat.check(later, start), Beat::Wait(later + NEVER));
    }

    #[test]
    fn any_sign_of_life_starts_over() {
        let limits = Limits::default();
        let mut heartbeat = Heartbeat::new(&limits);
        let start = Instant::now();
        let ping = start + limits.ping_interval;
        assert_eq!(heartbeat.check(ping, start), Beat::Ping);
        let heard = ping + Duration::from_millis(1);
        let late = ping + limits.pong_deadline;
        assert_eq!(heartbeat.check(late, heard), Beat::Wait(heard + limits.ping_interval));
    }
    #[test]
    fn pings_come_in_their_interval_however_long_the_deadline() {
        let seconds = Duration::from_secs;
        let limits =
            Limits { ping_interval: seconds(2), pong_deadline: seconds(8), ..Limits::default() };
        let mut heartbeat = Heartbeat::new(&limits);
        let start = Instant::now();
        let (ping, pong) = (start + seconds(2), start + seconds(3));
        assert_eq!(heartbeat.check(ping, start), Beat::Ping);
        assert_eq!(heartbeat.check(ping, start), Beat::Wait(start + seconds(4)));
        assert_eq!(heartbeat.check(start + seconds(4), pong), Beat::Wait(start + seconds(5)));
        assert_eq!(heartbeat.check(start + seconds(5), pong), Beat::Ping);
        // It has vanished now, and is missed one interval and one deadline after its last word.
        assert_eq!(heartbeat.check(start + seconds(5), pong), Beat::Wait(start + seconds(7)));
        assert_eq!(heartbeat.check(start + seconds(7), pong), Beat::Wait(start + seconds(13)));
        assert_eq!(heartbeat.check(start + seconds(13), pong), Beat::Gone);
    }
}
