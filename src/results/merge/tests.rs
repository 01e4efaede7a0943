//! Rules of putting results together.

use proptest::prelude::*;

use super::*;
use crate::results::fixture::{empty, histogram, measured, run};
use crate::results::{Comebacks, Contestant, Figure, Measured, Memory, Summary};
use crate::scenario;

/// Results of one `load`, with what was measured.
fn load(number: u64, measured: Measured) -> Results {
    let mut results = empty();
    results.started_at += number * 100;
    results.machine.insert("host".into(), format!("generator-{number}"));
    results.settings = Settings {
        command: format!("duplex load --generator {number}"),
        seed: number,
        repeats: 1,
        ..Settings::default()
    };
    results.scenarios = vec![scenario::named("ping").unwrap()];
    results.backends = vec![Contestant { name: "async".into(), about: "tasks".into() }];
    results.runs = vec![run("ping", "async", 0, measured)];
    results
}

/// What `load` measures: nothing of the server.
fn seen(deliveries: u64, middle: u64) -> Measured {
    Measured {
        server: None,
        calls: None,
        memory: None,
        conditions: None,
        ..measured(deliveries, middle, 5000)
    }
}

fn named(results: Vec<Results>) -> Vec<(String, Results)> {
    let name = |(results, number): (Results, u32)| (format!("{number}.json"), results);
    results.into_iter().zip(1..).map(name).collect()
}

fn only_run(merged: &Merged) -> &Measured {
    assert_eq!(merged.results.runs.len(), 1);
    merged.results.runs[0].measured.as_ref().unwrap()
}

#[test]
fn several_machines_become_one_with_all_their_members() {
    let parts =
        [load(1, seen(1000, 50_000)), load(2, Measured { seconds: 6.0, ..seen(3000, 90_000) })];
    let merged = merge(named(parts.to_vec())).unwrap();
    assert!(merged.notes.is_empty(), "{:?}", merged.notes);
    let (results, ping) = (&merged.results, scenario::named("ping").unwrap());
    let together = &results.scenarios[0];
    assert_eq!((together.members, together.rooms), (2 * ping.members, 2 * ping.rooms));
    assert!((together.offered_deliveries() - 2.0 * ping.offered_deliveries()).abs() < 1e-9);
    assert_eq!(results.settings.generators, Some(2));
    assert_eq!(results.machine["host"], "generator-1 | generator-2");
    assert_eq!(results.machine["kernel"], "Linux 6.18");
    assert!(results.settings.command.contains("--generator 1 & duplex load --generator 2"));
    let both = only_run(&merged);
    assert_eq!((both.delivered, both.messages, both.expected), (4000, 4000, 4000));
    assert!((both.seconds - 6.0).abs() < 1e-9);
    assert_eq!(both.wire.unwrap().received_bytes, 4000 * 160);
    assert_eq!(both.ledger.unwrap().measured.reconciles(), Some(true));
    let row = Summary::of(results).groups[0].row("async").unwrap().clone();
    assert_eq!(row.counted(), 1, "{:?}", row.failures);
    assert_eq!(row.value(Figure::Throughput), Some(4000.0 / 6.0));
}

#[test]
fn what_belongs_to_the_server_is_kept_when_one_machine_alone_knows_it() {
    let costs = measured(1000, 50_000, 5000);
    let one = merge(named(vec![load(1, costs.clone()), load(2, seen(1000, 9))])).unwrap();
    assert_eq!(only_run(&one).server, costs.server);
    assert_eq!(only_run(&one).memory, costs.memory);
    assert!(one.notes.is_empty(), "{:?}", one.notes);
    let two = merge(named(vec![load(1, costs.clone()), load(2, costs)])).unwrap();
    let both = only_run(&two);
    assert!(both.server.is_none() && both.calls.is_none() && both.memory.is_none());
    assert!(both.conditions.is_none() && both.generator.is_some());
    assert_eq!(two.notes.len(), 4, "{:?}", two.notes);
}

#[test]
fn a_failure_on_one_machine_is_one_of_the_whole() {
    let mut broken = load(2, seen(1000, 9));
    broken.runs[0].measured = None;
    let merged = merge(named(vec![load(1, seen(1000, 9)), broken])).unwrap();
    let run = &merged.results.runs[0];
    assert_eq!(run.failure.as_deref(), Some("generator 2: nothing was measured"));
    assert_eq!(run.measured, None);
    let mut lossy = seen(1000, 9);
    lossy.findings.lost = 3;
    lossy.findings.examples.push("member 4".into());
    let merged = merge(named(vec![load(1, lossy.clone()), load(2, lossy)])).unwrap();
    let found = &only_run(&merged).findings;
    assert_eq!((found.lost, &*found.examples[1]), (6, "generator 2: member 4"));
}

#[test]
fn connections_that_were_lost_are_added() {
    let lost = |comebacks| Measured { comebacks, ..seen(1000, 9) };
    let some = |cuts, resets| Some(Comebacks { cuts, resets });
    let of = |one, other| {
        only_run(&merge(named(vec![load(1, lost(one)), load(2, lost(other))])).unwrap()).comebacks
    };
    assert_eq!(of(some(3, 1), some(4, 0)), some(7, 1));
    assert_eq!(of(None, some(4, 0)), some(4, 0));
    assert_eq!(of(None, None), None);
}

#[test]
fn generators_are_as_busy_as_the_busiest_of_them() {
    let busy = |cpu_ns| {
        let mut measured = seen(1000, 9);
        measured.generator.as_mut().unwrap().cpu_ns = cpu_ns;
        measured
    };
    let parts = vec![load(1, busy(3_000_000_000)), load(2, busy(2_000_000_000))];
    let merged = merge(named(parts)).unwrap();
    assert_eq!(only_run(&merged).generator.unwrap().cpu_ns, 3_000_000_000);
}

#[test]
fn what_is_not_one_measurement_is_refused_with_what_differs() {
    type Change = fn(&mut Results);
    let cases: [(&str, Change); 12] = [
        ("backends", |r| r.backends[0].name = "blocking".into()),
        ("the rate of scenario 'ping'", |r| r.scenarios[0].rate += 1.0),
        ("the loop of scenario", |r| r.scenarios[0].loop_kind = crate::results::LoopKind::Closed),
        ("number of scenarios", |r| r.scenarios.clear()),
        ("repeats", |r| r.settings.repeats = 2),
        ("limits", |r| drop(r.settings.limits.insert("x".into(), true.into()))),
        ("only one of them spoke TLS", |r| r.settings.tls = true),
        ("profile", |r| r.tool.profile = "debug".into()),
        (" of async in ping", |r| r.runs[0].repeat = 1),
        ("3600s apart", |r| r.started_at += 3_600_000),
        ("merged already", |r| r.settings.generators = Some(2)),
        ("no runs", |r| r.runs.clear()),
    ];
    for (word, change) in cases {
        let mut other = load(2, seen(100, 9));
        change(&mut other);
        let why = merge(named(vec![load(1, seen(100, 9)), other])).unwrap_err().to_string();
        assert!(
            why.contains(word) && !why.contains('\n') && why.contains(".json"),
            "{word}: {why}"
        );
    }
    let twice = merge(named(vec![load(1, seen(100, 9)), load(1, seen(200, 9))])).unwrap_err();
    assert!(twice.to_string().contains("twice"), "{twice}");
    let alone = merge(named(vec![load(1, seen(100, 9))])).unwrap_err();
    assert!(alone.to_string().contains("at least two"), "{alone}");
    let mut doubled = load(2, seen(100, 9));
    doubled.runs.push(doubled.runs[0].clone());
    let why = merge(named(vec![load(1, seen(100, 9)), doubled])).unwrap_err().to_string();
    assert!(why.contains("2.json cannot be merged: it has run 1 of async in ping twice"), "{why}");
    let mut crowd = load(2, seen(100, 9));
    crowd.scenarios[0].members = u32::MAX;
    let mut other = load(1, seen(100, 9));
    other.scenarios[0].members = u32::MAX;
    assert!(merge(named(vec![crowd, other])).is_err());
}

#[test]
fn generators_that_met_for_a_part_of_the_time_have_no_common_costs() {
    let costs = measured(1000, 50_000, 5000);
    let mut late = load(2, seen(1000, 9));
    late.started_at += 1_000;
    let merged = merge(named(vec![load(1, costs.clone()), late.clone()])).unwrap();
    assert!(merged.notes[0].contains("78 % of the time"), "{:?}", merged.notes);
    assert_eq!((only_run(&merged).server, only_run(&merged).calls), (None, None));
    late.started_at += 2_000;
    let why = merge(named(vec![load(1, costs), late])).unwrap_err().to_string();
    assert!(why.contains("38 % of the time"), "{why}");
}

#[test]
fn the_same_seed_is_noted() {
    let mut other = load(2, seen(100, 9));
    other.settings.seed = 1;
    let merged = merge(named(vec![load(1, seen(100, 9)), other])).unwrap();
    assert!(merged.notes[0].contains("--seed"), "{:?}", merged.notes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn merging_is_the_union_in_any_order(
        machines in prop::collection::vec(
            (prop::collection::vec(0..7_200_000_000_000u64, 0..60), 0.0..9.0f64, any::<bool>()), 2..5
        ),
        turn in 0usize..4,
    ) {
        let part = |(number, (values, seconds, warm)): (u64, &(Vec<u64>, f64, bool))| {
            let all = || histogram(values.iter().copied());
            let count = values.len() as u64;
            load(number, Measured {
                seconds: *seconds, messages: count, expected: count, delivered: count,
                delivered_in_time: count / 2, response: all(), service: all(), send_lag: all(),
                warm_up: warm.then(all), in_flight: Some(*seconds), memory: Some(Memory::default()),
                ..seen(100, 9)
            })
        };
        let parts: Vec<Results> = (1..).zip(&machines).map(part).collect();
        let merged = merge(named(parts.clone())).unwrap();
        let mut turned = parts.clone();
        turned.rotate_left(turn % parts.len());
        turned[1..].reverse();
        prop_assert_eq!(&merge(named(turned)).unwrap(), &merged);
        let both = only_run(&merged);
        let every = |warm_only: bool| histogram(
            machines.iter().filter(|(_, _, warm)| *warm || !warm_only)
                .flat_map(|(values, _, _)| values.iter().copied())
        );
        let count = machines.iter().map(|(values, _, _)| values.len() as u64).sum::<u64>();
        for values in [&both.response, &both.service, &both.send_lag] {
            prop_assert_eq!(values, &every(false));
        }
        prop_assert_eq!(both.warm_up.clone().unwrap_or_else(|| histogram([])), every(true));
        prop_assert_eq!((both.messages, both.expected, both.delivered), (count, count, count));
        prop_assert!(both.delivered_in_time <= both.delivered);
    }
}
