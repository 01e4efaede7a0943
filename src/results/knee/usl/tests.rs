//! Planted numbers are found again, and what is no such law is refused with its reason.

use proptest::prelude::*;

use super::*;

fn law(g: f64, s: f64, k: f64, n: f64) -> f64 {
    g * n / (1.0 + s * (n - 1.0) + k * n * (n - 1.0))
}

/// Points of a law at these loads, each off by up to that share of its value.
fn points(loads: &[f64], (g, s, k): (f64, f64, f64), off: f64, seed: u64) -> Vec<(f64, f64)> {
    let mut state = seed | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 2.0 * off
    };
    loads.iter().map(|&n| (n, law(g, s, k, n) * (1.0 + noise()))).collect()
}

const LOADS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0];

proptest! {
    #[test]
    fn planted_numbers_are_found_again(
        g in 0.1..1e6_f64, s in 0.0..0.5_f64, k in 1e-5..0.02_f64, unit in 1.0..100.0_f64,
    ) {
        let loads = LOADS.map(|n| n * unit);
        let found = Usl::fit(&points(&loads, (g, s, k), 0.0, 1)).unwrap();
        prop_assert!((found.gain.value / g - 1.0).abs() < 1e-3, "{found:?}");
        prop_assert!((found.contention.value - s).abs() < 1e-4 * (1.0 + s), "{found:?}");
        prop_assert!((found.coherency.value / k - 1.0).abs() < 1e-3, "{found:?}");
        prop_assert!(found.explained > 0.999_999);
    }

    #[test]
    fn nothing_is_said_of_more_than_twice_the_largest_load(
        s in 0.0..0.5_f64, k in 0.0..0.02_f64, beyond in 1.0..100.0_f64,
    ) {
        let found = Usl::fit(&points(&LOADS, (100.0, s, k), 0.0, 1)).unwrap();
        prop_assert_eq!(found.at(128.0 * 1.000_001 * beyond), None);
        prop_assert!(found.at(128.0).unwrap() > 0.0);
        let out = found.peak().is_none_or(|peak| (1.0..=128.0).contains(&peak));
        prop_assert!(out, "{:?}", found.peak());
    }

    #[test]
    fn nothing_makes_it_panic(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..12)) {
        if let Ok(law) = Usl::fit(&points) {
            prop_assert!(law.gain.value > 0.0 && law.explained >= ENOUGH_EXPLAINED);
            prop_assert!(law.contention.value >= 0.0 && law.coherency.value >= 0.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The true numbers lie in their intervals about as often as these say.
    #[test]
    fn the_intervals_cover_what_they_promise(seed in any::<u64>()) {
        let planted = (50.0, 0.1, 0.004);
        let covers = |one: Estimate, true_value: f64| {
            one.interval.is_some_and(|(low, high)| low <= true_value && true_value <= high)
        };
        let covered = (0..200_u64).filter(|trial| {
            let seed = seed.wrapping_add(trial.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let found = Usl::fit(&points(&LOADS, planted, 0.02, seed)).unwrap();
            covers(found.contention, planted.1) && covers(found.coherency, planted.2)
        });
        let covered = covered.count();
        // Both at once: a little less often than each by itself.
        prop_assert!(covered >= 165, "{covered} of 200");
    }
}

#[test]
fn the_peak_is_where_the_law_has_its_most() {
    let found = Usl::fit(&points(&LOADS, (10.0, 0.05, 0.001), 0.0, 1)).unwrap();
    let peak = found.peak().unwrap();
    assert!((peak - (0.95_f64 / 0.001).sqrt()).abs() < 0.01, "{peak}");
    let most = found.at(peak).unwrap();
    assert!(found.at(peak - 1.0).unwrap() < most && found.at(peak + 1.0).unwrap() < most);
}

#[test]
fn what_grows_in_proportion_has_neither_contention_nor_coherency() {
    let found = Usl::fit(&points(&LOADS, (7.0, 0.0, 0.0), 0.0, 1)).unwrap();
    assert!((found.gain.value - 7.0).abs() < 1e-6);
    assert!(found.contention.value < 1e-6 && found.coherency.value < 1e-6);
    assert_eq!(found.peak(), None);
}

#[test]
fn what_does_not_carry_the_law_is_refused_with_the_reason() {
    let good = points(&LOADS, (10.0, 0.1, 0.001), 0.0, 1);
    assert_eq!(Usl::fit(&good[..5]), Err(Useless::TooFew(5)));
    assert_eq!(Usl::fit(&[good[0]; 9]), Err(Useless::TooFew(1)));
    assert_eq!(Usl::fit(&[]), Err(Useless::TooFew(0)));
    let rates = [5.0, 90.0, 3.0, 70.0, 9.0, 80.0, 2.0, 60.0];
    let jagged: Vec<_> = LOADS.into_iter().zip(rates).collect();
    assert!(matches!(Usl::fit(&jagged), Err(Useless::PoorFit(_) | Useless::Unphysical)));
    // Better per head the more there are: no such system.
    let super_linear: Vec<_> = LOADS.iter().map(|&n| (n, n.powf(1.5))).collect();
    let found = Usl::fit(&super_linear);
    assert!(matches!(found, Err(Useless::Unphysical | Useless::PoorFit(_))), "{found:?}");
    let flat: Vec<_> = LOADS.iter().map(|&n| (n, 5.0)).collect();
    let found = Usl::fit(&flat);
    assert!(matches!(found, Err(Useless::PoorFit(_) | Useless::Unphysical)), "{found:?}");
}
