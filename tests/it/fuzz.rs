//! The corpus of the fuzz targets and what chance makes of it, as ordinary tests: `scripts/fuzz`
//! looks for longer and with a map of the code.

#[path = "../../fuzz/checks.rs"]
mod checks;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Tries every seed, then seeds with bytes changed, cut and joined, then noise.
fn survives(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).expect("there is a corpus");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("a seed")).collect();
    assert!(seeds.len() > 3, "{} has hardly any seeds", folder.display());
    seeds.iter().for_each(|seed| check(seed));
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    let inputs =
        (prop::sample::select(seeds), changes, any::<prop::sample::Index>(), any::<bool>());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&inputs, |(mut bytes, changes, cut, is_cut)| {
        if !bytes.is_empty() {
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
        }
        check(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{target}: {error}"));
    let noise = runner.run(&prop::collection::vec(any::<u8>(), 0..300), |bytes| {
        check(&bytes);
        Ok(())
    });
    noise.unwrap_or_else(|error| panic!("{target}: {error}"));
}

#[test]
fn messages_survive() {
    survives("message", checks::message);
}

#[test]
fn heads_survive() {
    survives("head", checks::head);
}

#[test]
fn tickets_survive() {
    survives("ticket", checks::ticket);
}

#[test]
fn scenarios_survive() {
    survives("scenario", checks::scenario);
}

#[test]
fn results_survive() {
    survives("results", checks::results);
}
