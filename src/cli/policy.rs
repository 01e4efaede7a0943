//! What a server allows and how long it waits, as flags of `serve`.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::chat::{Limits, Origin};
use crate::units;

/// Connections from one address where other machines can come and nobody says.
const USUAL_PER_ADDRESS: usize = 1_024;

/// The policy of a server, as far as it can be chosen.
#[derive(Debug, Default, Args)]
pub struct Policy {
    /// Let pages of this origin talk to the server, such as `http://laptop.local:8080`; its own pages
    /// always may; can be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<Origin>,
    /// Connections at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: Option<u32>,
    /// Connections at a time from one address [default: all of them on loopback, 1024 elsewhere]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_per_address: Option<u32>,
    /// Messages a second from one connection in the long run, 0 for no limit [default: 1000]
    #[arg(long, value_name = "N")]
    pub max_say_rate: Option<u32>,
    /// Ping members that are silent for INTERVAL, drop those that then say nothing for DEADLINE; or a
    /// preset (socket.io, centrifugo, signalr, websockets, gorilla), or off
    #[arg(long, value_name = "INTERVAL/DEADLINE", default_value = "25s/8s")]
    pub heartbeat: Heartbeat,
}

/// When silence is asked about, and when it is taken for absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// How long a member may be silent; zero for as long as it likes.
    pub interval: Duration,
    /// How long it then has to answer.
    pub deadline: Duration,
}

/// What other systems do (docs of socket.io 4, centrifugo 6, SignalR, Python's websockets, and the
/// chat example of gorilla).
const PRESETS: &[(&str, u64, u64)] = &[
    ("socket.io", 25, 20),
    ("centrifugo", 25, 8),
    ("signalr", 15, 15),
    ("websockets", 20, 20),
    ("gorilla", 54, 6),
];

impl Default for Heartbeat {
    fn default() -> Self {
        let Limits { ping_interval, pong_deadline, .. } = Limits::default();
        Heartbeat { interval: ping_interval, deadline: pong_deadline }
    }
}

impl FromStr for Heartbeat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Heartbeat { interval: Duration::ZERO, ..Heartbeat::default() });
        }
        if let Some((_, interval, deadline)) = PRESETS.iter().find(|(name, ..)| *name == text) {
            let [interval, deadline] = [*interval, *deadline].map(Duration::from_secs);
            return Ok(Heartbeat { interval, deadline });
        }
        let parts = text.split_once('/').and_then(|(interval, deadline)| {
            let parts = [interval, deadline].map(|part| units::parse_duration(part).ok());
            parts[0].zip(parts[1])
        });
        let fits = |part: Duration| (Duration::from_millis(10)..=HOUR).contains(&part);
        match parts {
            Some((interval, deadline)) if fits(interval) && fits(deadline) => {
                Ok(Heartbeat { interval, deadline })
            }
            _ => Err("give two times from 10ms to 1h such as 25s/8s, a preset, or off".to_owned()),
        }
    }
}

const HOUR: Duration = Duration::from_secs(3600);

impl Policy {
    /// The limits of a server that listens on loopback, or not.
    #[must_use]
    pub fn limits(&self, on_loopback: bool) -> Limits {
        let usual = Limits::default();
        let number = |given: Option<u32>, usual| given.map_or(usual, |given| given as usize);
        let connections = number(self.max_connections, usual.connections);
        let per_address = if on_loopback { connections } else { USUAL_PER_ADDRESS };
        let Heartbeat { interval, deadline } = self.heartbeat;
        // Over long-polling the held poll is the heartbeat: it ends and must be followed.
        let most = if interval.is_zero() { usual.poll_wait_max } else { interval + deadline };
        let held = if interval.is_zero() { usual.poll_wait } else { interval };
        Limits {
            allow_origins: self.allow_origin.clone(),
            connections,
            per_address: number(self.max_per_address, per_address),
            say_rate: self.max_say_rate.unwrap_or(usual.say_rate),
            ping_interval: interval,
            pong_deadline: deadline,
            poll_wait: usual.poll_wait.min(held),
            poll_wait_max: usual.poll_wait_max.min(most),
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_chose_is_as_usual() {
        let limits = Policy::default().limits(true);
        let usual = Limits::default();
        assert_eq!(limits, usual);
        assert!(Policy::default().limits(false).per_address < usual.per_address);
    }

    #[test]
    fn a_heartbeat_is_two_times_or_a_word() {
        let read = |text: &str| text.parse::<Heartbeat>();
        let seconds = |interval, deadline| Heartbeat {
            interval: Duration::from_secs(interval),
            deadline: Duration::from_secs(deadline),
        };
        assert_eq!(read("25s/8s"), Ok(Heartbeat::default()));
        assert_eq!(read("centrifugo"), Ok(seconds(25, 8)));
        assert_eq!(read("1m/2s"), Ok(seconds(60, 2)));
        assert!(read("off").is_ok_and(|off| off.interval.is_zero()));
        for text in ["", "25s", "25/8", "0s/8s", "25s/0s", "2h/8s", "on", "25s/8s/1s"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
