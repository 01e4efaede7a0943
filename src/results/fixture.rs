//! Made-up results for tests of everything right of the results file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{
    Contestant, Cost, FLOOR, Findings, Histogram, Measured, Memory, Results, Run, SCHEMA, Settings,
    Tool, WireUse,
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
        messages: deliveries / 100,
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
        }),
        generator: Some(Cost { cpu_ns: 1_300_000_000, ..Cost::default() }),
        memory: Some(Memory { connections: 100, before: 5_000_000, after: 5_000_000 + cpu * 80 }),
        wire: Some(WireUse {
            received_bytes: deliveries * 160,
            sent_bytes: deliveries * 2,
            received_segments: deliveries,
            sent_segments: deliveries / 2,
        }),
        set_up_seconds: 0.02,
    }
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
            }),
            generator: has[1].then(|| Cost { cpu_ns: c[4], ..Cost::default() }),
            memory: has[2].then(|| Memory { connections: c[0], before: c[5], after: c[6] }),
            wire: has[3].then(|| WireUse {
                received_bytes: c[5],
                sent_bytes: c[6],
                received_segments: c[7],
                sent_segments: c[8],
            }),
            set_up_seconds: seconds,
        }
    })
}
