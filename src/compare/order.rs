//! The order of the runs: scenarios as given, backends shuffled anew for each scenario and repeat.

/// Runs that belong together: one scenario met by every contestant, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Which repeat, from 0.
    pub(super) repeat: u32,
    /// Which scenario.
    pub(super) scenario: usize,
    /// The contestants in the order of their runs.
    pub(super) contestants: Vec<usize>,
}

/// All blocks in the order they are run; the same seed gives the same order.
pub(super) fn blocks(repeats: u32, scenarios: usize, contestants: usize, seed: u64) -> Vec<Block> {
    let mut state = seed;
    let mut blocks = Vec::new();
    for repeat in 0..repeats {
        for scenario in 0..scenarios {
            let mut order: Vec<usize> = (0..contestants).collect();
            shuffle(&mut order, &mut state);
            blocks.push(Block { repeat, scenario, contestants: order });
        }
    }
    blocks
}

/// Fisher and Yates: every order equally likely.
fn shuffle(items: &mut [usize], state: &mut u64) {
    for last in (1..items.len()).rev() {
        // The modulus prefers small numbers by one part in 2⁶⁰: nobody will ever see it.
        let other = (next(state) % (last as u64 + 1)) as usize;
        items.swap(last, other);
    }
}

/// SplitMix64: a small generator that is good from the first number on, whatever the seed.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn everybody_meets_every_scenario_once_per_repeat(
            repeats in 1u32..6, scenarios in 1usize..6, contestants in 1usize..6, seed: u64,
        ) {
            let blocks = blocks(repeats, scenarios, contestants, seed);
            prop_assert_eq!(blocks.len(), repeats as usize * scenarios);
            for (place, block) in blocks.iter().enumerate() {
                prop_assert_eq!(block.repeat as usize, place / scenarios);
                prop_assert_eq!(block.scenario, place % scenarios);
                let mut sorted = block.contestants.clone();
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..contestants).collect::<Vec<_>>());
            }
        }

        #[test]
        fn a_seed_is_an_order(seed: u64) {
            prop_assert_eq!(blocks(3, 2, 4, seed), blocks(3, 2, 4, seed));
        }
    }

    #[test]
    fn everybody_is_first_about_equally_often() {
        let mut first = [0u32; 4];
        for block in blocks(1000, 4, 4, 7) {
            first[block.contestants[0]] += 1;
        }
        // 4,000 draws with probability 1/4: five standard deviations are 137.
        assert!(first.iter().all(|count| count.abs_diff(1000) < 137), "{first:?}");
    }

    #[test]
    fn another_seed_is_another_order() {
        assert_ne!(blocks(5, 5, 4, 1), blocks(5, 5, 4, 2));
    }
}
