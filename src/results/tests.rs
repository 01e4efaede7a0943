//! Rules of the results file and of putting repeats together.

use std::fs;

use proptest::prelude::*;

use super::fixture::{arbitrary, complete, empty, histogram, measured, run};
use super::*;

fn with_runs(runs: Vec<Run>) -> Results {
    Results { runs, ..empty() }
}

#[test]
fn what_was_saved_is_what_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    let mut results = complete();
    results.runs.truncate(4);
    results.runs[1].failure = Some("the server died".into());
    results.runs[2].measured = None;
    results.save(&path).unwrap();
    assert_eq!(Results::load(&path).unwrap(), results);
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "the temporary file is gone");
}

#[test]
fn a_file_that_cannot_be_used_says_why_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    let message = || {
        let text = Results::load(&path).unwrap_err().to_string();
        assert!(!text.contains('\n') && text.contains("results.json"), "{text}");
        text
    };
    assert!(message().contains("cannot read"));
    complete().save(&path).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 3] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(message().contains("not a results file"));
    }
    fs::write(&path, [0xFF, 0xFE, 0x00]).unwrap();
    assert!(message().contains("cannot read"));
    let ours = format!("\"schema\":{SCHEMA}");
    for other in [SCHEMA - 1, SCHEMA + 1] {
        fs::write(&path, whole.replacen(&ours, &format!("\"schema\":{other}"), 1)).unwrap();
        assert!(message().contains(&format!("schema {other}, this program reads schema {SCHEMA}")));
    }
    fs::write(&path, format!("{{{ours}}}")).unwrap();
    assert!(message().contains("missing field"));
}

#[test]
fn a_run_that_stands_there_twice_is_no_second_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    let mut results = with_runs(vec![run("ping", "async", 0, measured(100, 5000, 5)); 2]);
    results.save(&path).unwrap();
    let error = Results::load(&path).unwrap_err().to_string();
    let expected = "is not a results file: repeat 0 of \"async\" in \"ping\" stands in it twice";
    assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    results.runs[1].repeat = 1;
    results.save(&path).unwrap();
    assert_eq!(Results::load(&path).unwrap(), results);
}

#[test]
fn the_bytes_of_the_kernel_are_the_same_in_both_places() {
    let fails = |change: fn(&mut WireUse)| {
        let mut one = measured(1000, 5000, 5);
        change(one.wire.as_mut().unwrap());
        let summary = Summary::of(&with_runs(vec![run("ping", "async", 0, one)]));
        summary.groups[0].row("async").unwrap().is_failed()
    };
    assert!(!fails(|_| {}));
    assert!(fails(|wire| wire.sent_bytes += 1));
    assert!(fails(|wire| wire.received_bytes -= 1));
    // What was sent again crossed the wire twice and is in the ledger once.
    assert!(!fails(|wire| (wire.sent_bytes, wire.retransmitted_bytes) = (wire.sent_bytes + 9, 9)));
}

#[test]
fn a_broken_histogram_is_refused_and_not_guessed_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    with_runs(vec![run("ping", "async", 0, measured(100, 5000, 5))]).save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find("\"response\":\"").unwrap() + 12;
    for damage in ["", "!!!", "AAAA", &text[start..start + 20]] {
        let end = start + text[start..].find('"').unwrap();
        fs::write(&path, format!("{}{damage}{}", &text[..start], &text[end..])).unwrap();
        let error = Results::load(&path).unwrap_err();
        assert!(matches!(error, BadResults::Malformed { .. }), "{damage}: {error}");
    }
}

#[test]
fn percentiles_come_from_merged_histograms_and_costs_from_medians() {
    let low = Measured { response: histogram(vec![10; 100]), ..measured(100, 5, 7) };
    let high = Measured { response: histogram(vec![1000; 100]), ..measured(100, 5, 9) };
    let odd = Measured { response: histogram(vec![1000; 100]), ..measured(100, 5, 5000) };
    let runs = [low, high, odd].into_iter().zip(0..).map(|(m, r)| run("ping", "async", r, m));
    let summary = Summary::of(&with_runs(runs.collect()));
    let row = summary.groups[0].row("async").unwrap();
    let response = row.response.as_ref().unwrap();
    assert_eq!(response.len(), 300);
    assert_eq!(response.quantile(0.3), Some(10.0));
    assert_eq!(response.quantile(0.9), Some(1000.0));
    assert_eq!(row.value(Figure::Cpu), Some(9.0));
}

#[test]
fn a_ratio_is_the_quotient_of_the_two_values_shown() {
    let mut runs = Vec::new();
    for (repeat, (floor, cpu)) in [(10, 20), (100, 300), (1000, 1000)].into_iter().enumerate() {
        let repeat = u32::try_from(repeat).unwrap();
        runs.push(run("ping", FLOOR, repeat, measured(5000, floor, floor)));
        runs.push(run("ping", "async", repeat, measured(5000, cpu, cpu)));
    }
    let summary = Summary::of(&with_runs(runs));
    let (floor, row) = (&summary.groups[0].rows[0], summary.groups[0].row("async").unwrap());
    assert_eq!(floor.backend, FLOOR, "the floor comes first");
    assert_eq!(row.to_floor.unwrap().shown, 3.0, "not the median 2 of the repeats' ratios");
    for figure in [Figure::Cpu, Figure::P99, Figure::Payload, Figure::Wire, Figure::Memory] {
        let quotient = row.value(figure).unwrap() / floor.value(figure).unwrap();
        assert_eq!(row.ratio(floor, figure).unwrap().shown, quotient, "{figure:?}");
    }
    let merged = row.response.as_ref().unwrap().quantile(0.99);
    assert_eq!(row.value(Figure::P99), merged, "a percentile is that of all repeats");
}

#[test]
fn what_was_not_measured_is_absent_and_never_zero() {
    let bare =
        Measured { server: None, generator: None, memory: None, wire: None, ..measured(100, 5, 5) };
    let summary = Summary::of(&with_runs(vec![run("ping", "async", 0, bare)]));
    let row = summary.groups[0].row("async").unwrap();
    for figure in [Figure::Cpu, Figure::Memory, Figure::WireDown, Figure::GeneratorCpu] {
        assert_eq!(row.value(figure), None, "{figure:?}");
    }
    assert_eq!(row.to_floor, None);
    assert_eq!(summary.groups[0].row("blocking").unwrap().runs, 0);
}

#[test]
fn a_run_with_a_finding_or_a_contradiction_does_not_count() {
    let lost = Findings { lost: 3, ..Findings::default() };
    let good = measured(100, 5, 5);
    let bad = [
        Measured { findings: lost, ..good.clone() },
        Measured { delivered: 101, ..good.clone() },
        Measured { response: histogram([1]), ..good.clone() },
        Measured { messages: 0, ..good.clone() },
        Measured { seconds: f64::NAN, ..good.clone() },
    ];
    for measured in bad {
        let summary = Summary::of(&with_runs(vec![run("ping", "async", 0, measured)]));
        let row = summary.groups[0].row("async").unwrap();
        assert!(row.is_failed() && row.response.is_none(), "{:?}", row.failures);
    }
    let mut runs = vec![run("ping", "async", 0, good)];
    runs.push(Run { failure: Some("died".into()), measured: None, ..runs[0].clone() });
    let summary = Summary::of(&with_runs(runs));
    let row = summary.groups[0].row("async").unwrap();
    assert_eq!((row.runs, row.counted(), row.is_failed()), (2, 1, false));
}

#[test]
fn user_and_kernel_time_are_told_apart_only_when_every_run_was_long_enough() {
    let split = |costs: [u64; 3]| {
        let runs =
            costs.into_iter().zip(0..).map(|(c, r)| run("ping", "async", r, measured(1000, 5, c)));
        let summary = Summary::of(&with_runs(runs.collect()));
        let row = summary.groups[0].row("async").unwrap().clone();
        assert!(row.value(Figure::Cpu).is_some());
        Some((row.value(Figure::UserCpu)? + row.value(Figure::SystemCpu)?, row.value(Figure::Cpu)?))
    };
    let (parts, whole) = split([300_000, 330_000, 360_000]).unwrap();
    assert!((parts - whole).abs() < 1e-6);
    assert_eq!(split([300_000, 299_000, 360_000]), None);
}

#[test]
fn a_server_that_keeps_up_has_the_planned_rate_and_one_that_does_not_a_lower_one() {
    let rate = |seconds| {
        let run = run("ping", "async", 0, Measured { seconds, ..measured(2500, 5, 5) });
        Summary::of(&with_runs(vec![run])).groups[0].row("async").unwrap().value(Figure::Throughput)
    };
    assert_eq!(rate(4.99), Some(500.0), "ping plans 500 deliveries a second for 5 s");
    assert_eq!(rate(10.0), Some(250.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_results_can_be_summed_up(results in arbitrary()) {
        let summary = Summary::of(&results);
        for row in summary.groups.iter().flat_map(|group| &group.rows) {
            prop_assert!(row.counted() <= row.runs);
            if let Some(cpu) = row.value(Figure::Cpu) {
                prop_assert!(cpu.is_finite());
            }
        }
    }
}
