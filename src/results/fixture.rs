//! Made-up results for tests of everything right of the results file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{
    Account, Calls, Comebacks, Conditions, Contestant, Cost, FLOOR, Findings, Histogram, Ledger,
    Measured, Memory, MemoryPoint, Parts, Results, Run, SCHEMA, Settings, Timeline, Tool, WireUse,
};
use crate::scenario;

/// A histogram of these nanoseconds.
pub(crate) fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram {
    let mut inner = hdrhistogram::Histogram::new(3).unwrap();
    for value in values {
        inner.record(value).unwrap();
    }
    inner.into()
}

/// A spread of `count` values around `middle`, with a long tail, the same at every call.
pub(crate) fn spread(count: u64, middle: u64) -> Histogram {
    histogram((0..count).map(|i| {
        let share = (i as f64 + 0.5) / count as f64;
        (middle as f64 * 0.6 * (1.0 - share).powf(-0.45)) as u64 + 1
    }))
}

/// A good run that cost `cpu` nanoseconds per delivery.
pub(crate) fn measured(deliveries: u64, middle: u64, cpu: u64) -> Measured {
    Measured {
        seconds: 5.0,
        messages: deliveries,
        expected: deliveries,
        delivered: deliveries,
        delivered_in_time: deliveries,
        findings: Findings::default(),
        response: spread(deliveries, middle),
        service: spread(deliveries, middle),
        send_lag: spread(deliveries / 100, 9_000),
        server: Some(Cost {
            cpu_ns: cpu * deliveries,
            user_ns: cpu * deliveries / 3,
            system_ns: cpu * deliveries - cpu * deliveries / 3,
            voluntary_switches: deliveries / 20,
            involuntary_switches: deliveries / 900,
            threads: 3,
            slices: Some(deliveries / 20 + deliveries / 900),
            scheduled_ns: Some(cpu * deliveries),
        }),
        generator: Some(Cost { cpu_ns: 1_300_000_000, ..Cost::default() }),
        warm_up: Some(spread(deliveries / 5, middle * 3)),
        in_flight: None,
        timeline: Some(timeline(deliveries, middle)),
        calls: Some(Calls {
            reads: deliveries / 50,
            writes: deliveries / 4,
            says: deliveries / 100,
            deliveries,
            batches: deliveries / 4,
            wakes: deliveries / 5,
        }),
        memory: Some(memory(cpu * 80)),
        wire: Some(WireUse {
            received_bytes: deliveries * 160,
            sent_bytes: deliveries * 2,
            received_segments: deliveries,
            sent_segments: deliveries / 2,
            received_data_segments: deliveries / 4,
            sent_data_segments: deliveries / 100,
            retransmitted_bytes: 0,
        }),
        ledger: Some(ledger(deliveries)),
        conditions: Some(Conditions {
            wall_ns: 5_000_000_000,
            cpus: 2,
            busy_ns: cpu * deliveries + 1_300_000_000,
            ..Conditions::default()
        }),
        set_up_seconds: 0.02,
        comebacks: None,
    }
}

/// Ten slots of equal work, the fifth of which stood still.
fn timeline(deliveries: u64, middle: u64) -> Timeline {
    let slot = 100_000_000;
    let of = |place: u64, value: u64| (place != 4).then_some(value);
    Timeline {
        slot,
        deliveries: (0..10).map(|place| of(place, deliveries / 9).unwrap_or(0)).collect(),
        p50: (0..10).map(|place| of(place, middle)).collect(),
        p99: (0..10).map(|place| of(place, middle * 5).filter(|_| deliveries > 9000)).collect(),
        max: (0..10).map(|place| of(place, if place == 5 { slot } else { middle * 9 })).collect(),
    }
}

/// Lists of unequal lengths and odd values, as a damaged file may have them.
fn arbitrary_timeline(c: &[u64; 9]) -> Timeline {
    Timeline {
        slot: c[0],
        deliveries: c.to_vec(),
        p50: c.iter().skip(2).map(|value| Some(*value)).collect(),
        p99: c.iter().map(|value| (value % 2 == 0).then_some(*value)).collect(),
        max: c.iter().take(5).map(|value| Some(*value)).collect(),
    }
}

/// Readings of a server whose user memory grows by so many bytes over a hundred connections.
fn memory(growth: u64) -> Memory {
    let point = |connections: u64| MemoryPoint {
        connections,
        user: 5_000_000 + growth * connections / 100,
        stacks: Some(100_000 + growth * connections / 400),
        page_tables: Some(80_000 + 40 * connections),
        kernel_stacks: Some(3_000_000 + 32_768 * connections),
        kernel_objects: Some(90_000_000 + 8_000 * connections),
        threads: 3 + 2 * connections,
        handles: Some(9 + connections),
        maps: Some(60 + 8 * connections),
    };
    Memory { points: [0, 25, 50, 75, 100].map(point).to_vec() }
}

/// A ledger that agrees with the kernel of [`measured`].
fn ledger(deliveries: u64) -> Ledger {
    let down = Parts {
        payload: deliveries * 80,
        envelope: deliveries * 76,
        framing: deliveries * 4,
        ..Parts::default()
    };
    let up = Parts {
        payload: deliveries * 4 / 5,
        envelope: deliveries * 2 - deliveries * 4 / 5 - deliveries / 100 * 8,
        framing: deliveries / 100 * 4,
        masking: deliveries / 100 * 4,
        ..Parts::default()
    };
    let account = |up: Parts, down: Parts| Account {
        up,
        down,
        kernel_up: Some(up.total()),
        kernel_down: Some(down.total()),
    };
    let handshake = |bytes| Parts { handshake: bytes, ..Parts::default() };
    Ledger { set_up: account(handshake(20_000), handshake(13_000)), measured: account(up, down) }
}

/// A ledger whose HTTP is whatever else the kernel counted.
fn with_http(ledger: Ledger, wire: &WireUse) -> Ledger {
    let Account { mut up, mut down, .. } = ledger.measured;
    up.http = wire.sent_bytes - up.total();
    down.http = wire.received_bytes - down.total();
    let (kernel_up, kernel_down) = (Some(wire.sent_bytes), Some(wire.received_bytes));
    Ledger { measured: Account { up, down, kernel_up, kernel_down }, ..ledger }
}

/// Results with no runs.
pub(crate) fn empty() -> Results {
    let contestant =
        |(name, about): (&str, &str)| Contestant { name: name.into(), about: about.into() };
    Results {
        schema: SCHEMA,
        tool: Tool {
            version: "0.1.0".into(),
            revision: "abc1234".into(),
            profile: "release".into(),
        },
        started_at: 1_732_312_345_123,
        machine: BTreeMap::from([
            ("kernel".into(), "Linux 6.18".into()),
            ("cpu".into(), "2 × example".into()),
        ]),
        settings: Settings {
            command: "duplex compare --repeats 3".into(),
            seed: 1,
            repeats: 3,
            server_cpus: vec![0],
            generator_cpus: vec![1],
            limits: BTreeMap::from([("nodelay".into(), serde_json::Value::Bool(true))]),
            self_check: false,
            tls: false,
            thresholds: Vec::new(),
            generators: None,
        },
        scenarios: scenario::all(),
        backends: [
            ("blocking", "two threads per connection"),
            ("async", "a task per connection"),
            ("long-poll", "held HTTP requests"),
            (FLOOR, "the bare sends"),
        ]
        .map(contestant)
        .to_vec(),
        runs: Vec::new(),
        bounds: None,
        knees: Vec::new(),
        lab: None,
    }
}

/// One run.
pub(crate) fn run(scenario: &str, backend: &str, repeat: u32, measured: Measured) -> Run {
    Run {
        scenario: scenario.into(),
        backend: backend.into(),
        repeat,
        failure: None,
        measured: Some(measured),
    }
}

/// A whole good comparison: every embedded scenario, four backends, three repeats.
pub(crate) fn complete() -> Results {
    // Made once: recording two million values takes an unoptimised build a while.
    static COMPLETE: LazyLock<Results> = LazyLock::new(make_complete);
    COMPLETE.clone()
}

fn make_complete() -> Results {
    let mut results = empty();
    let costs = [("blocking", 21_000, 5), ("async", 10_500, 3), ("long-poll", 27_000, 9)];
    for repeat in 0..3 {
        for (place, scenario) in results.scenarios.iter().enumerate() {
            let weight = [3, 2, 1, 2, 3][place % 5];
            for (backend, cpu, slow) in costs.into_iter().chain([(FLOOR, 8_100, 2)]) {
                let cpu = cpu * weight + u64::from(repeat) * 130;
                let middle = 80_000 * slow * weight + u64::from(repeat) * 7_000;
                let mut measured = measured(10_000, middle, cpu);
                if let (Some(wire), "long-poll") = (&mut measured.wire, backend) {
                    wire.received_bytes *= 2;
                    wire.sent_bytes *= 90;
                    measured.ledger = Some(with_http(ledger(10_000), wire));
                }
                results.runs.push(run(&scenario.name, backend, repeat, measured));
            }
        }
    }
    results
}

/// Results of any kind, possible or not: nothing may panic on them.
pub(crate) fn arbitrary() -> impl Strategy<Value = Results> {
    prop::collection::vec(arbitrary_run(), 0..8).prop_map(|runs| Results { runs, ..empty() })
}

fn arbitrary_run() -> impl Strategy<Value = Run> {
    let name = prop_oneof![
        Just("async".to_owned()),
        Just("blocking".to_owned()),
        Just(FLOOR.to_owned()),
        any::<String>(),
    ];
    let scenario = prop_oneof![Just("ping".to_owned()), Just("rush".to_owned()), any::<String>()];
    let failure = prop::option::of(any::<String>());
    (scenario, name, 0u32..3, failure, prop::option::of(arbitrary_measured())).prop_map(
        |(scenario, backend, repeat, failure, measured)| Run {
            scenario,
            backend,
            repeat,
            failure,
            measured,
        },
    )
}

fn arbitrary_measured() -> impl Strategy<Value = Measured> {
    let values = prop::collection::vec(prop_oneof![0u64..10, 0..1_000_000_000_000u64], 0..40);
    let seconds = prop_oneof![Just(0.0), 0.0..1e9, Just(f64::NAN), Just(f64::INFINITY)];
    let counters = prop::array::uniform9(prop_oneof![Just(0), 0..1000u64, any::<u64>()]);
    (values, seconds, counters, any::<[bool; 5]>()).prop_map(|(values, seconds, c, has)| {
        let count = if has[4] { values.len() as u64 } else { c[0] };
        Measured {
            seconds,
            messages: c[1].max(count),
            expected: count.saturating_add(if has[4] { 0 } else { c[2] }),
            delivered: count,
            delivered_in_time: count,
            findings: Findings { lost: if has[4] { 0 } else { c[3] }, ..Findings::default() },
            response: histogram(values.iter().copied()),
            service: histogram(values.iter().copied()),
            send_lag: histogram(values.iter().copied()),
            server: has[0].then(|| Cost {
                cpu_ns: c[4],
                user_ns: c[5],
                system_ns: c[6],
                voluntary_switches: c[7],
                involuntary_switches: c[8],
                threads: c[0],
                slices: has[4].then_some(c[7]),
                scheduled_ns: has[4].then_some(c[4]),
            }),
            generator: has[1].then(|| Cost { cpu_ns: c[4], ..Cost::default() }),
            warm_up: has[0].then(|| histogram(values.iter().copied())),
            in_flight: has[1].then_some(seconds),
            timeline: has[3].then(|| arbitrary_timeline(&c)),
            calls: has[2].then(|| Calls {
                reads: c[4],
                writes: c[5],
                says: c[6],
                deliveries: c[7],
                batches: c[8],
                wakes: c[0],
            }),
            memory: has[2].then(|| arbitrary_memory(&c)),
            wire: has[3].then(|| arbitrary_wire(&c)),
            ledger: has[3].then(|| arbitrary_ledger(&c)),
            conditions: has[1].then(|| Conditions {
                wall_ns: c[0],
                cpus: c[1],
                busy_ns: c[4],
                foreign_ns: c[5],
                steal_ns: c[6],
                throttled: has[4].then_some(c[7]),
            }),
            set_up_seconds: seconds,
            comebacks: has[4].then_some(Comebacks { cuts: c[5], resets: c[6] }),
        }
    })
}

fn arbitrary_wire(c: &[u64; 9]) -> WireUse {
    WireUse {
        received_bytes: c[5],
        sent_bytes: c[6],
        received_segments: c[7],
        sent_segments: c[8],
        received_data_segments: c[7],
        sent_data_segments: c[8],
        retransmitted_bytes: c[0],
    }
}

fn arbitrary_memory(c: &[u64; 9]) -> Memory {
    let point = |(connections, user): (u64, u64)| MemoryPoint {
        connections,
        user,
        stacks: Some(c[1]),
        kernel_stacks: Some(c[2]),
        threads: c[3],
        ..MemoryPoint::default()
    };
    Memory { points: [(0, c[5]), (c[0], c[6])].map(point).to_vec() }
}

fn arbitrary_ledger(c: &[u64; 9]) -> Ledger {
    let parts = Parts { payload: c[4], envelope: c[5], http: c[6], ..Parts::default() };
    let account =
        Account { up: parts, down: parts, kernel_up: Some(c[7]), kernel_down: Some(c[8]) };
    Ledger { set_up: account, measured: account }
}
