//! What is shown of searches, on made-up ones.

use proptest::prelude::*;

use super::*;
use crate::results::fixture::{complete, empty, measured};
use crate::results::{Cost, End, Outcome, Probe, Slo};
use crate::show::{charts, table};

fn probe(at: f64, purpose: Purpose, outcome: Outcome) -> Probe {
    let middle = if outcome == Outcome::Held { 2_000_000 } else { 200_000_000 };
    let mut measured = measured(2000, middle, 10_000);
    measured.seconds = 2000.0 / (100.0 * at.min(5000.0));
    measured.generator = Some(Cost { cpu_ns: 100_000_000, ..Cost::default() });
    Probe { at, purpose, outcome, measured: Some(measured) }
}

fn broken() -> Outcome {
    Outcome::Broken("p99 900 ms".to_owned())
}

fn knee(backend: &str, found: Found) -> Knee {
    let loads = [200.0, 400.0, 800.0, 1600.0, 3200.0, 4800.0];
    let mut probes: Vec<Probe> =
        loads.iter().map(|at| probe(*at, Purpose::Search, Outcome::Held)).collect();
    if let Found::Between { held, broken: above } = found {
        probes.extend([held, above].map(|at| {
            probe(at, Purpose::Search, if at > held { broken() } else { Outcome::Held })
        }));
        probes.push(probe(held, Purpose::Replay, Outcome::Held));
        probes.push(probe(above, Purpose::Replay, broken()));
    }
    Knee {
        scenario: "lecture-hall".to_owned(),
        backend: backend.to_owned(),
        axis: Axis::Rate,
        slo: Slo::default(),
        probes,
        found,
    }
}

/// One of each kind.
fn results() -> Results {
    let mut results = empty();
    results.knees = vec![
        knee("blocking", Found::Between { held: 5000.0, broken: 5090.0 }),
        knee("async", Found::NeverBroken { held: 6400.0, because: End::Generator.text().en }),
        knee("long-poll", Found::NeverHeld { least: 10.0 }),
        knee(
            "floor",
            Found::Unfinished {
                held: Some(400.0),
                broken: None,
                because: End::Interrupted.text().en,
            },
        ),
    ];
    results
}

#[test]
fn every_way_to_end_has_its_own_sentence_in_both_languages() {
    let results = results();
    let told = |lang| sentences(&results, lang);
    let english = [
        "blocking: keeps p99 ≤ 50 ms up to 5,000 messages/s and breaks it at 5,090 messages/s; both seen again in the replay.",
        "async: keeps p99 ≤ 50 ms up to 6,400 messages/s; the knee lies beyond what the generator can offer.",
        "long-poll: never keeps p99 ≤ 50 ms, not even at 10 messages/s, the smallest load tried.",
        "floor: no answer: the search was interrupted, kept at 400 messages/s.",
    ];
    assert_eq!(told(Lang::En), english);
    let german = told(Lang::De);
    assert!(german[0].contains("hält p99 ≤ 50 ms bis 5.000 Nachrichten/s"), "{}", german[0]);
    assert!(german.iter().zip(english).all(|(de, en)| de != en));
}

#[test]
fn a_replay_that_differs_is_told() {
    let mut one = knee("async", Found::Between { held: 5000.0, broken: 5090.0 });
    let last = one.probes.len() - 1;
    one.probes[last].outcome = Outcome::Held;
    assert!(sentence(&one, Lang::En).contains("not sharp"));
    assert_eq!(row(&one, Lang::De)[6], "anders");
}

#[test]
fn the_table_fits_its_width_and_shows_cautions() {
    let mut results = results();
    results.tool.profile = "debug".to_owned();
    for lang in [Lang::En, Lang::De] {
        let text = table(&results, lang, 100);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{widest}\n{text}");
        assert!(text.contains("USL blocking") && text.contains(&lang.count(5090)), "{text}");
    }
    assert!(table(&results, Lang::En, 100).contains("--release"));
}

#[test]
fn a_law_is_shown_with_its_numbers_or_the_reason_why_there_is_none() {
    let results = results();
    let told = |place: usize, lang| law::sentence(&results.knees[place], lang);
    assert!(told(0, Lang::En).contains("R² = "), "{}", told(0, Lang::En));
    let mut few = knee("async", Found::NeverHeld { least: 1.0 });
    few.probes.truncate(3);
    assert!(law::sentence(&few, Lang::En).contains("there are 3"));
    assert!(law::sentence(&few, Lang::De).contains("es gibt 3"));
}

#[test]
fn there_is_a_chart_with_a_takeaway_and_results_without_searches_have_none() {
    for lang in [Lang::En, Lang::De] {
        let all = charts(&results(), lang);
        let chart = all.iter().find(|chart| chart.name == "knee").unwrap();
        assert!(chart.title.contains("async"), "{}", chart.title);
        assert!(chart.svg.contains(">blocking<") || chart.svg.contains("blocking"));
    }
    assert!(charts(&complete(), Lang::En).iter().all(|chart| chart.name != "knee"));
    assert!(!table(&complete(), Lang::En, 100).contains("USL"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Files may come from anywhere.
    #[test]
    fn nothing_makes_it_panic(
        at in any::<f64>(), held in any::<f64>(), broken in any::<f64>(), share in any::<f64>(),
        within in any::<u64>(), backend in any::<String>(), because in any::<String>(),
    ) {
        let mut results = empty();
        let mut odd = knee(&backend, Found::Between { held, broken });
        odd.probes[0].at = at;
        odd.slo = Slo { share, within };
        results.knees = vec![odd, knee("async", Found::NeverBroken { held, because })];
        for lang in [Lang::En, Lang::De] {
            let text = table(&results, lang, 100);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            prop_assert!(widest <= 100, "{}", text);
            prop_assert!(!charts(&results, lang).is_empty());
            let blocks = blocks(&results, &Summary::of(&results), lang);
            prop_assert!(!blocks.is_empty());
        }
    }
}
