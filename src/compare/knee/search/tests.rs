//! Made-up servers of known capacity: the knee is found within 2 %, noise or not, and what cannot
//! be found is said.

use proptest::prelude::*;

use super::*;

const RANGE: Range =
    Range { start: 200.0, least: 1.0, most: 1e6, because: End::Plan, is_whole: false };

fn broken() -> Outcome {
    Outcome::Broken("p99 80 ms".to_owned())
}

fn beyond() -> Outcome {
    Outcome::Beyond("busy".to_owned())
}

fn server(capacity: f64) -> impl FnMut(Ask) -> Outcome {
    move |ask| if ask.at <= capacity { Outcome::Held } else { broken() }
}

/// Plays a search to its end and gives what it found and every probe.
fn play(range: Range, mut server: impl FnMut(Ask) -> Outcome) -> (Found, Vec<(Ask, Outcome)>) {
    let mut search = Search::new(range);
    let mut probes = Vec::new();
    while let Some(ask) = search.next() {
        let outcome = server(ask);
        search.hear(&outcome);
        probes.push((ask, outcome));
        assert!(probes.len() < 120, "it does not end: {search:?}");
        assert!((range.least..=range.most).contains(&ask.at), "{ask:?}");
    }
    (search.found(), probes)
}

fn replayed(probes: &[(Ask, Outcome)]) -> Vec<f64> {
    let replays = probes.iter().filter(|(ask, _)| ask.purpose == Purpose::Replay);
    replays.map(|(ask, _)| ask.at).collect()
}

/// A number from 0 to 1 that looks like chance and is the same every time.
fn chance(seed: u64, number: u64) -> f64 {
    let mut mixed = seed.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

proptest! {
    #[test]
    fn the_capacity_is_found_within_two_per_cent(capacity in 1.0..9e5_f64, start in 1.0..1e6_f64) {
        let (found, probes) = play(Range { start, ..RANGE }, server(capacity));
        let Found::Between { held, broken } = found else { panic!("{found:?}") };
        prop_assert!(held <= capacity && capacity < broken, "{held} {capacity} {broken}");
        prop_assert!(broken <= held * 1.02 * 1.000_001, "{held} {broken}");
        prop_assert_eq!(replayed(&probes), vec![held, broken]);
    }

    #[test]
    fn whole_numbers_stay_whole(capacity in 2.0..20_000.0_f64) {
        let range = Range { start: 100.0, least: 2.0, is_whole: true, ..RANGE };
        let (found, probes) = play(range, server(capacity));
        let Found::Between { held, broken } = found else { panic!("{found:?}") };
        prop_assert!(held <= capacity && capacity < broken);
        prop_assert!(broken <= held * 1.02 || broken - held <= 1.0);
        prop_assert!(probes.iter().all(|(ask, _)| ask.at.fract() == 0.0));
    }

    /// Within 1 % of the edge every probe is a toss; elsewhere noise breaks a promise now and then,
    /// though never two times in a row.
    #[test]
    fn a_noisy_edge_is_found_within_two_per_cent(
        capacity in 10.0..9e5_f64, seed in any::<u64>(), noise in 0.0..0.5_f64,
    ) {
        let (mut number, mut was_noise) = (0, false);
        let (found, _) = play(RANGE, |ask| {
            number += 1;
            let toss = chance(seed, number);
            if (ask.at / capacity - 1.0).abs() < 0.01 {
                return if toss < 0.5 { Outcome::Held } else { broken() };
            }
            was_noise = toss < noise && !was_noise;
            if ask.at < capacity && !was_noise { Outcome::Held } else { broken() }
        });
        let Found::Between { held, broken } = found else { panic!("{found:?}") };
        prop_assert!(held <= capacity * 1.01 && broken >= capacity * 0.99, "{held} {broken}");
        prop_assert!(broken <= held * 1.020_001);
        prop_assert!((held / capacity - 1.0).abs() < 0.031, "{held} {capacity}");
    }

    #[test]
    fn what_the_generator_cannot_offer_is_no_knee(limit in 10.0..9e5_f64, factor in 1.0..10.0_f64) {
        let (found, _) = play(RANGE, |ask| match ask.at {
            at if at <= limit => Outcome::Held,
            // A server that would break further up is never known.
            at if at <= limit * factor.max(1.03) => beyond(),
            _ => beyond(),
        });
        let Found::NeverBroken { held, because } = found else { panic!("{found:?}") };
        prop_assert_eq!(because, End::Generator.text().en);
        prop_assert!(held <= limit && limit <= held * 1.021, "{held} {limit}");
    }

    #[test]
    fn a_knee_below_the_generators_limit_is_found_all_the_same(
        capacity in 10.0..2e5_f64, factor in 1.0..4.0_f64,
    ) {
        let (found, _) = play(RANGE, |ask| match ask.at {
            at if at <= capacity => Outcome::Held,
            at if at <= capacity * factor.max(1.05) => broken(),
            _ => beyond(),
        });
        let Found::Between { held, broken } = found else { panic!("{found:?}") };
        prop_assert!(held <= capacity && capacity < broken && broken <= held * 1.020_001);
    }

    #[test]
    fn whatever_it_hears_it_ends_and_says_so(outcomes in prop::collection::vec(0..3_u8, 120)) {
        let mut next = outcomes.into_iter();
        let (found, _) = play(RANGE, |_| match next.next() {
            Some(0) => Outcome::Held,
            Some(1) => broken(),
            _ => beyond(),
        });
        if let Found::Between { held, broken } = found {
            prop_assert!(held < broken);
        }
    }
}

#[test]
fn a_promise_that_is_never_kept_is_broken_at_the_least_load() {
    let (found, probes) = play(RANGE, |_| broken());
    assert_eq!(found, Found::NeverHeld { least: 1.0 });
    assert!(replayed(&probes).is_empty());
    let last_two = probes.iter().rev().take(2).filter(|(ask, _)| ask.at == 1.0);
    assert_eq!(last_two.count(), 2, "it is seen twice");
}

#[test]
fn a_promise_that_is_never_broken_is_kept_at_the_most() {
    let (found, probes) = play(Range { because: End::Machine, ..RANGE }, |_| Outcome::Held);
    assert_eq!(found, Found::NeverBroken { held: 1e6, because: End::Machine.text().en });
    assert_eq!(replayed(&probes), [1e6]);
}

#[test]
fn a_generator_that_can_never_tell_gives_no_answer() {
    let (found, _) = play(RANGE, |_| beyond());
    let because = End::AtOnce.text().en;
    assert_eq!(found, Found::Unfinished { held: None, broken: None, because });
}

#[test]
fn a_search_that_was_cut_short_keeps_what_it_knows() {
    let mut search = Search::new(RANGE);
    let mut server = server(700.0);
    for _ in 0..4 {
        let outcome = server(search.next().unwrap());
        search.hear(&outcome);
    }
    let because = End::Interrupted.text().en;
    let expected = Found::Unfinished { held: Some(400.0), broken: Some(800.0), because };
    assert_eq!(search.found(), expected);
}

#[test]
fn a_broken_promise_is_probed_again_and_a_kept_one_is_not() {
    let mut search = Search::new(RANGE);
    search.hear(&Outcome::Held);
    assert_eq!(search.next().map(|ask| (ask.at, ask.attempt)), Some((400.0, 0)));
    search.hear(&broken());
    assert_eq!(search.next().map(|ask| (ask.at, ask.attempt)), Some((400.0, 1)));
    search.hear(&Outcome::Held);
    assert_eq!(search.next().map(|ask| (ask.at, ask.attempt)), Some((800.0, 0)));
    search.hear(&broken());
    search.hear(&beyond());
    assert_eq!(search.next().map(|ask| (ask.at, ask.attempt)), Some((800.0, 2)));
    search.hear(&broken());
    assert!((400.0..800.0).contains(&search.next().unwrap().at));
}
