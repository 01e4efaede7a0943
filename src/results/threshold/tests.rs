//! Thresholds: what is understood, what refused, and when one is crossed.

use proptest::prelude::*;

use super::*;
use crate::results::fixture::complete;
use crate::scenario;

fn parsed(text: &str) -> Threshold {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_threshold_is_read_with_the_unit_of_its_figure() {
    let p99 = parsed("lecture-hall/async.p99 > 5ms");
    assert_eq!((p99.scenario.as_deref(), p99.backend.as_str()), (Some("lecture-hall"), "async"));
    assert_eq!((p99.watched, p99.op, p99.limit), (Watched::Quantile(0.99), Op::Above, 5e6));
    assert_eq!(p99.to_string(), "lecture-hall/async.p99 > 5ms");
    for (text, watched, op, limit) in [
        ("async.p99.9>=250us", Watched::Quantile(0.999), Op::AtLeast, 250_000.0),
        ("async.max > 1s", Watched::Max, Op::Above, 1e9),
        ("long-poll.cpu > 1.5x", Watched::CpuInFloors, Op::Above, 1.5),
        ("async.cpu>12µs", Watched::Figure(Figure::Cpu), Op::Above, 12_000.0),
        ("async.delivered < 100%", Watched::Delivered, Op::Below, 1.0),
        ("async.memory > 20 KiB", Watched::Figure(Figure::Memory), Op::Above, 20_480.0),
        ("async.bytes > 180", Watched::Figure(Figure::Payload), Op::Above, 180.0),
        ("async.throughput <= 19900/s", Watched::Figure(Figure::Throughput), Op::AtMost, 19_900.0),
        ("async.generator > 80 %", Watched::Figure(Figure::GeneratorCpu), Op::Above, 0.8),
    ] {
        let read = parsed(text);
        assert_eq!((read.scenario, read.watched, read.op), (None, watched, op), "{text}");
        assert!((read.limit - limit).abs() < 1e-6, "{text}: {}", read.limit);
    }
}

#[test]
fn what_is_no_threshold_is_refused_in_one_line_with_what_is_known() {
    for (text, words) in [
        ("", "SCENARIO"),
        ("async.p99", "SCENARIO"),
        ("p99 > 5ms", "SCENARIO"),
        (".p99 > 5ms", "SCENARIO"),
        ("/async.p99 > 5ms", "SCENARIO"),
        ("async.p99 >", "SCENARIO"),
        ("async.p98 > 5ms", "p99.9"),
        ("async.p99 > 5", "5ms"),
        ("async.p99 => 5ms", "p99.9"),
        ("async.cpu > 5", "1.5x"),
        ("async.cpu > -1x", "1.5x"),
        ("async.delivered < 1", "99.9%"),
        ("async.memory > many", "20KiB"),
        ("async.throughput < NaN", "19000"),
    ] {
        let error = text.parse::<Threshold>().unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    }
}

#[test]
fn what_does_not_take_part_or_cannot_be_measured_is_refused() {
    let crowd = [scenario::named("crowd").unwrap()];
    let refusal = |text: &str, backends: &[&str], repeats, words: &str| {
        let error = parsed(text).fits(&crowd, backends, repeats).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    };
    refusal(
        "crowd/b.max > 1s",
        &["async"],
        3,
        "a backend that does not take part: choose of async",
    );
    refusal("a/b.max > 1s", &["b"], 3, "a scenario that does not take part: choose of crowd");
    refusal("b.cpu > 2x", &["b"], 3, "needs the floor");
    // 250 messages in each repeat, and a p99 needs ten of a hundred times as many beyond it.
    refusal("b.p99 > 1s", &["b"], 3, "750 messages where 1000 are needed");
    refusal("b.p99 > 1s", &["b"], 3, "--repeats 4");
    for text in ["b.max > 1s", "b.p90 > 1s"] {
        assert_eq!(parsed(text).fits(&crowd, &["b"], 1), Ok(()));
    }
    assert_eq!(parsed("b.p99 > 1s").fits(&crowd, &["b"], 4), Ok(()));
    assert_eq!(parsed("b.cpu > 2x").fits(&crowd, &["b", FLOOR], 1), Ok(()));
}

#[test]
fn a_threshold_is_judged_in_every_scenario_it_names() {
    let summary = Summary::of(&complete());
    let everywhere = parsed("async.delivered < 100%").judge(&summary);
    assert_eq!(everywhere.len(), summary.groups.len());
    assert!(everywhere.iter().all(|kept| kept.measured == Some(1.0) && !kept.fails()));
    let [one] = parsed("rush/async.delivered <= 100%").judge(&summary).try_into().unwrap();
    assert!(one.scenario == "rush" && one.fails());
    let row = summary.groups.iter().find(|group| group.name == "rush").unwrap().row("async");
    let floors = row.unwrap().to_floor.unwrap().shown;
    for (text, fails) in [
        (format!("rush/async.cpu > {}x", floors + 0.01), false),
        (format!("rush/async.cpu > {}x", floors - 0.01), true),
        (format!("rush/async.cpu < {}x", floors + 0.01), true),
        ("rush/async.p50 > 1h".to_owned(), false),
        ("rush/async.p50 < 1h".to_owned(), true),
        ("rush/async.max < 1ns".to_owned(), false),
    ] {
        let [kept] = parsed(&text).judge(&summary).try_into().unwrap();
        assert_eq!(kept.fails(), fails, "{text}: {:?}", kept.measured);
    }
}

#[test]
fn what_was_not_measured_was_not_kept() {
    let mut results = complete();
    for run in results.runs.iter_mut().filter(|run| run.backend == "async") {
        if let Some(measured) = &mut run.measured {
            measured.server = None;
        }
    }
    let summary = Summary::of(&results);
    for text in [
        "rush/async.cpu > 1h",
        "rush/async.lag > 1h",
        "nowhere/async.max > 1h",
        "rush/nobody.max > 1h",
    ] {
        let [kept] = parsed(text).judge(&summary).try_into().unwrap();
        assert!(kept.measured.is_none() && kept.fails(), "{text}");
    }
    for run in &mut results.runs {
        run.failure = Some("died".into());
    }
    let kept = parsed("rush/async.delivered < 1%").judge(&Summary::of(&results));
    assert!(kept[0].fails(), "a failed row keeps no promise");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".*", figure in "[a-z0-9.]{0,6}", value in ".{0,8}") {
        let _ = text.parse::<Threshold>();
        let _ = format!("async.{figure} > {value}").parse::<Threshold>();
    }
}
