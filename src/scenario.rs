//! A scenario: what we ask of a backend, as data.
//!
//! Five scenarios are embedded; anybody can write another in TOML and pass it with `--file`. A
//! scenario says nothing about backends or sockets: the same one drives all of them.

mod sizes;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units;

/// The embedded scenarios, in the order reports show them.
const EMBEDDED: [&str; 5] = [
    include_str!("scenario/ping.toml"),
    include_str!("scenario/lecture-hall.toml"),
    include_str!("scenario/rush.toml"),
    include_str!("scenario/crowd.toml"),
    include_str!("scenario/many-rooms.toml"),
];

/// One workload: who is there, how much is said, for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// A short name: letters, digits and `-`.
    pub name: String,
    /// What the scenario wants to know.
    pub question: Text,
    /// What one should expect, written down before the run.
    pub expect: Text,
    /// How many members are connected.
    pub members: u32,
    /// How many rooms they are spread over, evenly.
    #[serde(default = "one")]
    pub rooms: u32,
    /// How many of the members speak; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speakers: Option<u32>,
    /// Messages per second from all speakers together: the offered load.
    pub rate: f64,
    /// Length of each text in bytes, 1 to 4,096.
    #[serde(default = "eighty")]
    pub text_bytes: u32,
    /// How the sends are spread over time.
    #[serde(default)]
    pub arrivals: Arrivals,
    /// Whether a send waits for anything but its time.
    #[serde(default, rename = "loop", skip_serializing_if = "LoopKind::is_open")]
    pub loop_kind: LoopKind,
    /// Load before the measurement, not counted.
    #[serde(default = "one_second", with = "duration_text")]
    #[schemars(with = "String")]
    pub warm_up: Duration,
    /// The measured time.
    #[serde(default = "five_seconds", with = "duration_text")]
    #[schemars(with = "String")]
    pub duration: Duration,
    /// Whether members that lose their connection come back: the first time after a random part of
    /// this (RFC 6455 §7.2.3 says 5 s), then after twice as long each time. Never when absent.
    #[serde(default, with = "duration_text", skip_serializing_if = "Duration::is_zero")]
    #[schemars(with = "String")]
    pub reconnect: Duration,
    /// How long nothing may arrive before what is missing counts as lost.
    #[serde(default = "ten_seconds", with = "duration_text")]
    #[schemars(with = "String")]
    pub drain: Duration,
}

/// A sentence in the two languages of the lecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// German.
    pub de: String,
}

/// How the sends are spread over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Independent of each other, as people are: a Poisson process of the given rate with exactly
    /// rate × time arrivals.
    #[default]
    Random,
    /// One every 1/rate seconds.
    Even,
}

/// Whether a slow server slows the load (rule M1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoopKind {
    /// Sends happen at their planned times, whatever the server does.
    #[default]
    Open,
    /// A speaker's next message waits until the one before has come back to it: for teaching,
    /// because a stalled server then delays the very samples that would show the stall.
    ///
    /// Due times stay those of the plan, so one run shows both: the service time, counted from the
    /// send, holds one slow sample per speaker and stall, and the response time, counted from the
    /// intended start, holds what everybody waited. An open loop cannot show that from one run. A
    /// generator that does not wait hands its messages to the kernel of a stalled server, which
    /// takes them as if nothing had happened; so they count as sent, and the stall is in the
    /// service time too.
    Closed,
}

impl LoopKind {
    /// Whether sends wait for nothing but their time.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == LoopKind::Open
    }
}

/// Why a scenario cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScenario {
    /// No embedded scenario has this name.
    #[error("there is no scenario '{name}': choose one of {known}, or give your own with --file")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The text is not a scenario; says where and why.
    #[error("{place}: {why}")]
    Unreadable {
        /// File and line.
        place: String,
        /// The reason.
        why: String,
    },
    /// A field has a value no run could have.
    #[error("scenario '{name}': {field} {rule}")]
    OutOfRange {
        /// The scenario.
        name: String,
        /// The field.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
}

/// All embedded scenarios.
///
/// # Panics
/// Never in a tested build: a test reads each of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    EMBEDDED
        .iter()
        .map(|text| Scenario::from_toml(text, "embedded").expect("embedded scenarios are tested"))
        .collect()
}

/// The embedded scenario of that name.
///
/// # Errors
/// When there is none; the error names those that exist.
pub fn named(name: &str) -> Result<Scenario, BadScenario> {
    let all = all();
    let known = all.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
    all.into_iter()
        .find(|scenario| scenario.name == name)
        .ok_or_else(|| BadScenario::Unknown { name: name.to_owned(), known })
}

impl Scenario {
    /// Reads a scenario from TOML; `origin` is the file name for error messages.
    ///
    /// # Errors
    /// When the text is not TOML, a field is missing, unknown or of the wrong type, or a value is
    /// out of range. The message is one line and names the line and the field.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, BadScenario> {
        let scenario: Scenario = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            let why = error.message().replace('\n', " ");
            BadScenario::Unreadable { place: format!("{origin}:{line}"), why }
        })?;
        scenario.check()?;
        Ok(scenario)
    }

    /// How many members speak.
    #[must_use]
    pub fn speakers(&self) -> u32 {
        self.speakers.unwrap_or(self.members)
    }

    /// The room of a member: members are dealt out like cards.
    #[must_use]
    pub fn room_of(&self, member: u32) -> u32 {
        member % self.rooms
    }

    /// How many members are in a room.
    #[must_use]
    pub fn members_in(&self, room: u32) -> u32 {
        self.members / self.rooms + u32::from(room < self.members % self.rooms)
    }

    /// Deliveries per second that the offered load asks for, when rooms are spoken in evenly.
    #[must_use]
    pub fn offered_deliveries(&self) -> f64 {
        self.rate * f64::from(self.members) / f64::from(self.rooms)
    }

    /// The same scenario for a shorter time: for `--quick` and for benches.
    #[must_use]
    pub fn shortened(mut self, warm_up: Duration, duration: Duration) -> Self {
        self.warm_up = self.warm_up.min(warm_up);
        self.duration = self.duration.min(duration);
        self
    }

    fn check(&self) -> Result<(), BadScenario> {
        const HOUR: Duration = Duration::from_secs(3600);
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let measured = self.rate * self.duration.as_secs_f64();
        let messages = measured + self.rate * self.warm_up.as_secs_f64();
        let rules = [
            (
                !self.name.is_empty() && self.name.len() <= 40 && self.name.chars().all(named),
                "name",
                "must be 1 to 40 letters, digits or '-'",
            ),
            ((1..=1_000_000).contains(&self.members), "members", "must be 1 to 1,000,000"),
            (
                (1..=self.members).contains(&self.rooms),
                "rooms",
                "must be at least 1 and at most members",
            ),
            (
                (1..=self.members).contains(&self.speakers()),
                "speakers",
                "must be at least 1 and at most members",
            ),
            (
                self.rate.is_finite() && self.rate > 0.0 && self.rate <= 1e6,
                "rate",
                "must be above 0 and at most 1,000,000 messages per second",
            ),
            ((1..=4096).contains(&self.text_bytes), "text_bytes", "must be 1 to 4,096"),
            (self.warm_up <= HOUR, "warm_up", "must be at most 1h"),
            (
                self.duration >= Duration::from_millis(100) && self.duration <= HOUR,
                "duration",
                "must be 100ms to 1h",
            ),
            (self.drain <= HOUR, "drain", "must be at most 1h"),
            (self.reconnect <= HOUR, "reconnect", "must be at most 1h"),
            (measured >= 1.0, "rate", "times duration must give at least one message"),
            (
                messages <= 1e7,
                "rate",
                "times warm_up and duration must give at most 10,000,000 messages",
            ),
            // The oracle keeps a bit for each of them.
            (
                messages * f64::from(self.members) <= 8e9,
                "members",
                "times messages must be at most 8,000,000,000: shorten the duration",
            ),
        ];
        match rules.into_iter().find(|(kept, _, _)| !kept) {
            None => Ok(()),
            Some((_, field, rule)) => {
                Err(BadScenario::OutOfRange { name: self.name.clone(), field, rule })
            }
        }
    }
}

fn one() -> u32 {
    1
}

fn eighty() -> u32 {
    80
}

fn one_second() -> Duration {
    Duration::from_secs(1)
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

/// Durations as people write them: `"250ms"`.
mod duration_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::units;

    pub(super) fn serialize<S: Serializer>(value: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&units::duration_text(*value))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(input)?;
        units::parse_duration(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_scenario_is_readable_and_known_by_name() {
        for scenario in all() {
            assert_eq!(named(&scenario.name), Ok(scenario.clone()));
            let text = toml::to_string(&scenario).unwrap();
            assert_eq!(Scenario::from_toml(&text, "again"), Ok(scenario));
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = named("lecture").unwrap_err().to_string();
        assert!(message.contains("lecture-hall") && message.contains("--file"), "{message}");
    }

    #[test]
    fn a_mistake_is_reported_with_its_line() {
        let text = "name = \"x\"\nquestion = { en = \"\", de = \"\" }\nexpect = { en = \"\", de = \"\" }\nmembers = \"many\"\nrate = 1\n";
        let message = Scenario::from_toml(text, "my.toml").unwrap_err().to_string();
        assert!(message.starts_with("my.toml:4: "), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn values_no_run_could_have_are_refused() {
        let base = named("ping").unwrap();
        for (change, field) in [
            ((|s| s.members = 0) as fn(&mut Scenario), "members"),
            (|s| s.rooms = s.members + 1, "rooms"),
            (|s| s.speakers = Some(0), "speakers"),
            (|s| s.rate = f64::NAN, "rate"),
            (|s| s.rate = 0.0, "rate"),
            (|s| s.text_bytes = 5000, "text_bytes"),
            (|s| (s.rate, s.warm_up) = (1e6, Duration::from_secs(3600)), "rate"),
            (|s| (s.rate, s.members) = (1e6, 9000), "members"),
            (|s| s.duration = Duration::ZERO, "duration"),
            (|s| s.name = "a b".into(), "name"),
        ] {
            let mut scenario = base.clone();
            change(&mut scenario);
            let text = toml::to_string(&scenario).unwrap();
            let message = Scenario::from_toml(&text, "x").unwrap_err().to_string();
            assert!(message.contains(field), "{field}: {message}");
        }
    }

    #[test]
    fn the_loop_is_open_unless_a_scenario_says_closed() {
        let open = named("ping").unwrap();
        let text = toml::to_string(&open).unwrap();
        assert!(open.loop_kind.is_open() && !text.contains("loop"), "{text}");
        let closed = Scenario::from_toml(&format!("loop = \"closed\"\n{text}"), "x").unwrap();
        assert_eq!(closed, Scenario { loop_kind: LoopKind::Closed, ..open });
        let error = Scenario::from_toml(&format!("loop = \"shut\"\n{text}"), "x").unwrap_err();
        assert!(error.to_string().starts_with("x:1: "), "{error}");
    }

    #[test]
    fn members_are_dealt_out_evenly() {
        let scenario = Scenario { members: 10, rooms: 4, ..named("ping").unwrap() };
        for room in 0..4 {
            let counted = (0..10).filter(|&m| scenario.room_of(m) == room).count();
            assert_eq!(counted, scenario.members_in(room) as usize);
        }
    }
}
