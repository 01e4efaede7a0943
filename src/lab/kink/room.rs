//! One room with a sensor near the server and a listener far away, and what theory says of it.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::super::member::enter;
use super::super::proxy::Proxy;
use crate::message::Wire;

/// How often somebody asks who asks again and again: a fraction of the interval that never falls in
/// step with it.
const PERIOD: f64 = 0.618;

/// A way to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By WebSocket.
    Pushed,
    /// By a poll that is held.
    Held,
    /// By a poll that is answered at once.
    Asked,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Pushed, Kind::Held, Kind::Asked];

    pub(super) fn key(self) -> &'static str {
        match self {
            Kind::Pushed => "pushed",
            Kind::Held => "held",
            Kind::Asked => "asked",
        }
    }

    pub(super) fn label(self) -> (&'static str, &'static str) {
        match self {
            Kind::Pushed => ("WebSocket", "WebSocket"),
            Kind::Held => ("long-poll", "Long-Polling"),
            Kind::Asked => ("short poll", "Short-Polling"),
        }
    }

    /// The mean time of so many messages as a multiple of one way, when one way takes `distance`
    /// intervals. Every question reaches the server a round trip after the last answer left, the
    /// short one no sooner than its period.
    pub(super) fn theory(self, distance: f64, messages: usize) -> f64 {
        let trip = 2.0 * distance;
        let wait = match self {
            Kind::Pushed => 0.0,
            Kind::Held => held(trip, messages),
            // Questions and messages are never in step: on average one waits half a period.
            Kind::Asked => trip.max(PERIOD) / 2.0,
        };
        1.0 + wait / distance
    }
}

/// How long a message waits for the next poll on average, in intervals, if the first one finds it
/// waiting: played through, for it depends on how many there are.
fn held(trip: f64, messages: usize) -> f64 {
    let (mut waited, mut back, mut number) = (0.0, 0.0_f64, 0);
    while number < messages {
        // The answer leaves when both are there, and takes along whatever has come by then.
        let leaves = back.max(number as f64);
        while number < messages && number as f64 <= leaves {
            waited += leaves - number as f64;
            number += 1;
        }
        back = leaves + trip;
    }
    waited / messages.max(1) as f64
}

/// What a listener is to do.
pub(super) struct Visit {
    pub(super) kind: Kind,
    pub(super) server: SocketAddr,
    pub(super) room: String,
    /// One way.
    pub(super) delay: Duration,
    /// Between two messages.
    pub(super) interval: Duration,
    pub(super) messages: usize,
}

/// Hears everything and gives the time that each message took, in nanoseconds.
///
/// # Errors
/// When a connection breaks.
pub(super) fn listen(visit: &Visit) -> io::Result<Vec<f64>> {
    let wire = if visit.kind == Kind::Pushed { Wire::WebSocket } else { Wire::LongPoll };
    let proxy = Proxy::start(visit.server, visit.delay)?;
    let (_, mut ear) = enter(wire, proxy.addr(), &visit.room, "far")?;
    ear.patience(Duration::from_secs(20))?;
    if visit.kind == Kind::Asked {
        ear.answer_at_once();
    }
    let sent: Mutex<Vec<Instant>> = Mutex::new(Vec::new());
    let lock = || sent.lock().map_err(|_| io::Error::other("a member panicked"));
    thread::scope(|scope| {
        let speak = || -> io::Result<()> {
            let (mut mouth, _ear) = enter(wire, visit.server, &visit.room, "near")?;
            // Until the first poll is certainly there.
            let begun = Instant::now() + 4 * visit.delay + visit.interval;
            for number in 0..visit.messages {
                let due = begun + visit.interval * number as u32;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                lock()?.push(Instant::now());
                mouth.say(&number.to_string())?;
            }
            Ok(())
        };
        let speaker = thread::Builder::new().spawn_scoped(scope, speak)?;
        let mut times = Vec::with_capacity(visit.messages);
        while times.len() < visit.messages {
            let asked = Instant::now();
            let texts = ear.hear()?;
            let now = Instant::now();
            for text in texts {
                let at =
                    text.parse::<usize>().ok().and_then(|number| lock().ok()?.get(number).copied());
                let at = at.ok_or_else(|| io::Error::other(format!("a foreign text: {text}")))?;
                times.push(now.duration_since(at).as_nanos() as f64);
            }
            if visit.kind == Kind::Asked {
                let due = asked + visit.interval.mul_f64(PERIOD);
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        speaker.join().map_err(|_| io::Error::other("the speaker panicked"))??;
        Ok(times)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theory_has_its_kink_where_a_round_trip_is_an_interval() {
        assert_eq!(Kind::Held.theory(0.49, 100), 1.0);
        assert!(Kind::Held.theory(0.65, 1000) > 1.8);
        assert!((Kind::Held.theory(1.2, 1000) - 1.9).abs() < 0.15);
        assert!((Kind::Asked.theory(0.1, 10) - (1.0 + PERIOD / 0.2)).abs() < 1e-9);
        assert_eq!(Kind::Pushed.theory(3.0, 10), 1.0);
    }
}
