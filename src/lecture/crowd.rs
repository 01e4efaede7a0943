//! The crowd of the race: the load generator itself, sent through the lanes.
//!
//! Each lane gets as many members as the others, who say as many messages a second between them, all
//! for the same few seconds and evenly as the page does. What the generator measured stands beside what
//! the page measured, so that the two can be held against each other.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::lane::Lane;
use crate::load::{self, Observer, Phase, Progress, Target};
use crate::machine::Interrupt;
use crate::plan::Plan;
use crate::scenario::{Arrivals, LoopKind, Scenario, Text};

/// Members of a lane at most.
pub(super) const MOST: u32 = 200;
/// Messages a second in a lane, as long as nobody says otherwise.
pub(super) const RATE: f64 = 10.0;
/// Messages a second in a lane that can be asked for.
pub(super) const RATES: RangeInclusive<f64> = 1.0..=50.0;
/// How long they speak at least, and how many messages they say at least.
const SPEECH: f64 = 5.0;
const MESSAGES: f64 = 20.0;

/// What became of the crowds, by lane.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<BTreeMap<&'static str, Value>>);

impl Crowd {
    /// Sends a crowd into every lane; `false` while there is one.
    pub(super) fn play(self: &Arc<Self>, members: u32, rate: f64, lanes: &[Arc<Lane>]) -> bool {
        let mut lanes_told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes_told.values().any(|told| told == "underWay") {
            return false;
        }
        for lane in lanes {
            let (crowd, lane) = (Arc::clone(self), Arc::clone(lane));
            let name = lane.name;
            let started = thread::Builder::new().name(format!("crowd {name}")).spawn(move || {
                let told = play(members, rate, &lane);
                crowd.0.lock().unwrap_or_else(PoisonError::into_inner).insert(lane.name, told);
            });
            let told = if started.is_ok() { json!("underWay") } else { Value::Null };
            lanes_told.insert(name, told);
        }
        true
    }

    /// A lane's figures; `underWay` while they are being measured.
    pub(super) fn to_json(&self) -> Value {
        json!(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One crowd in one lane; nothing where it was cut.
fn play(members: u32, rate: f64, lane: &Lane) -> Value {
    let text = || Text { en: "crowd".to_owned(), de: "Menge".to_owned() };
    let scenario = Scenario {
        name: "race".to_owned(),
        question: text(),
        expect: text(),
        members,
        rooms: 1,
        speakers: None,
        rate,
        text_bytes: 80,
        arrivals: Arrivals::Even,
        loop_kind: LoopKind::default(),
        warm_up: Duration::from_millis(500),
        duration: Duration::from_secs_f64(SPEECH.max(MESSAGES / rate)),
        reconnect: Duration::ZERO,
        drain: Duration::from_secs(5),
    };
    let target = Target { addr: lane.begin, wire: lane.wire, first_room: 0, tls: None };
    let plan = Plan::new(&scenario, 1);
    let Ok(outcome) = load::run(&scenario, &plan, &target, &mut Nobody, &Interrupt::new()) else {
        return Value::Null;
    };
    let at = |quantile: f64| outcome.response.value_at_quantile(quantile) as f64 / 1e6;
    json!({ "p50_ms": at(0.5), "p99_ms": at(0.99), "deliveries": outcome.response.len() })
}

/// Nobody watches: the page asks for the end.
struct Nobody;

impl Observer for Nobody {
    fn phase(&mut self, _: Phase) {}

    fn progress(&mut self, _: &Progress) {}
}
