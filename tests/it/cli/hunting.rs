//! `duplex compare --find-knee`: every way to end has its words, and what is found is left behind.

use std::path::Path;

use duplex_lab::results::{FLOOR, Found, Results};

use super::{Running, argument, duplex, scenario_file, text};
use crate::support::until;

fn results(folder: &Path) -> Results {
    Results::load(&folder.join("results.json")).unwrap_or_else(|error| panic!("{error}"))
}

/// Half of all deliveries within a nanosecond: a promise that nobody keeps.
#[test]
fn a_promise_nobody_keeps_is_a_result_and_not_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.2);
    let out = folder.path().join("out");
    let (file, out_text) = (argument(&scenario), argument(&out));
    let search = ["compare", "--find-knee", "--slo", "p50=1ns", "--backends", "async", "--file"];
    let output = duplex(&[search.as_slice(), &[file, "--out", out_text]].concat());
    let (table, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{table}{said}");
    assert!(table.contains("async: ") && table.contains("p50 ≤ 1 ns"), "{table}");
    let found = results(&out);
    let names: Vec<&str> = found.knees.iter().map(|knee| knee.backend.as_str()).collect();
    assert_eq!(names, ["async", FLOOR]);
    for knee in &found.knees {
        // A busy machine may make the generator late, which is no answer but not a knee either.
        let is_none = matches!(knee.found, Found::NeverHeld { .. } | Found::Unfinished { .. });
        assert!(is_none && knee.probes.len() >= 2, "{knee:?}");
    }
    let page = std::fs::read_to_string(out.join("index.html")).expect("an index.html");
    assert!(page.contains("id=\"en-knee\"") && out.join("charts/knee.svg").exists());
    let again = duplex(&["report", argument(&out.join("results.json")), "--lang", "de", "--json"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    let json: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(json["summary"]["knees"][0]["slo"], "p50=1ns");
    let page = std::fs::read_to_string(out.join("index.html")).expect("an index.html");
    assert!(page.contains("Suche nach dem Knick"));
}

#[cfg(unix)]
#[test]
fn a_search_that_is_interrupted_keeps_its_probes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.2);
    let out = folder.path().join("out");
    let search = ["compare", "--find-knee", "--backends", "async", "--slo", "p50=10s", "--file"];
    let arguments = [search.as_slice(), &[argument(&scenario), "--out", argument(&out)]].concat();
    let running = Running::start(&arguments, "knee-interrupted");
    until("a probe is saved", || out.join("results.json").exists().then_some(()));
    running.signal("INT");
    let output = running.ended();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    let found = results(&out);
    assert!(found.knees.iter().any(|knee| !knee.probes.is_empty()));
    let unfinished = |found: &Found| matches!(found, Found::Unfinished { .. });
    assert!(found.knees.iter().any(|knee| unfinished(&knee.found)), "{:?}", found.knees[0].found);
}
