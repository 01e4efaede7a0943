//! Thresholds, baselines and the comparison of a backend with itself: exit codes 0, 1, 2 and 3.

use std::path::{Path, PathBuf};

use duplex_lab::results::{Concern, Results, Summary};

use super::{argument, duplex, refused, scenario_file, text};

/// A comparison of `async` and the floor that takes half a second, made with more flags.
fn compare(folder: &tempfile::TempDir, out: &str, more: &[&str]) -> (Option<i32>, String, PathBuf) {
    let scenario = scenario_file(folder, "tiny", 4, 0.3);
    let out = folder.path().join(out);
    let fixed = ["compare", "--file", argument(&scenario), "--out", argument(&out)];
    let output = duplex(&[&fixed, more].concat());
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    (output.status.code(), said, out.join("results.json"))
}

fn page(results: &Path) -> String {
    std::fs::read_to_string(results.with_file_name("index.html")).expect("there is a report")
}

#[test]
fn thresholds_decide_the_exit_code_of_compare_and_report_alike() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = ["--backends", "async", "--repeats", "1"];
    let kept = ["--fail-if", "async.max > 1h", "--fail-if", "tiny/floor.delivered < 100%"];
    let (code, said, file) = compare(&folder, "kept", &[&one[..], &kept].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("async.max > 1h (tiny): kept"), "{said}");
    let saved = Results::load(&file).expect("results were saved");
    assert_eq!(saved.settings.thresholds, ["async.max > 1h", "tiny/floor.delivered < 100%"]);
    let again = duplex(&["report", argument(&file)]);
    assert_eq!(again.status.code(), Some(0), "saved ones are judged again");
    assert!(text(&again.stdout).contains("async.max > 1h (tiny): kept"));

    let crossed = ["report", argument(&file), "--fail-if", "async.max > 1ns"];
    let output = duplex(&crossed);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("CROSSED"), "{}", text(&output.stdout));
    assert!(page(&file).contains("CROSSED"));
    // Whoever sets a limit to what cannot be measured would never know whether it was kept.
    let p999 = ["report", argument(&file), "--fail-if", "async.p99.9 > 1h"];
    refused(&p999, &["tiny", "60 messages", "--repeats"]);
    let mut failed = saved.clone();
    failed.runs[0].failure = Some("the server is gone".into());
    let path = folder.path().join("failed.json");
    failed.save(&path).expect("a temporary folder can be written");
    let output = duplex(&["report", argument(&path)]);
    assert_eq!(output.status.code(), Some(1), "a failed run stays failed");

    let (code, said, file) =
        compare(&folder, "crossed", &[&one[..], &["--fail-if", "async.max > 1ns"]].concat());
    assert_eq!(code, Some(3), "{said}");
    let output = duplex(&["report", argument(&file)]);
    assert_eq!(output.status.code(), Some(3), "a saved threshold stays crossed");
}

#[test]
fn what_cannot_be_judged_is_refused_before_measuring() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let scenario = scenario_file(&folder, "slow", 4, 600.0);
    let compare = |more: &[&str], words: &[&str]| {
        let fixed = ["compare", "--file", argument(&scenario), "--out", argument(&out)];
        refused(&[&fixed, more].concat(), words);
    };
    compare(&["--fail-if", "async"], &["async", "BACKEND.FIGURE"]);
    compare(&["--fail-if", "async.p98 > 5ms"], &["p98", "p99.9", "throughput"]);
    compare(&["--fail-if", "async.p99 > soon"], &["soon", "5ms"]);
    compare(&["--fail-if", "asink.p99 > 5ms"], &["asink", "long-poll"]);
    compare(&["--fail-if", "fast/async.p99 > 5ms"], &["fast", "slow"]);
    compare(&["--backends", "async", "--fail-if", "blocking.p99 > 5ms"], &["blocking", "floor"]);
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{\"schema\":2,").expect("a temporary folder can be written");
    compare(&["--baseline", argument(&broken)], &["broken.json", "not a results file"]);
    compare(&["--baseline", "none.json"], &["none.json"]);
    compare(&["--self-check", "--fail-if", "floor.p99 > 1s"], &["floor", "async-again"]);
    compare(&["--self-check", "--fail-if", "async.cpu > 1.5x"], &["floor", "12us"]);
    assert!(!out.exists(), "nothing was begun");
    let url = "http://127.0.0.1:1";
    let load = ["load", "--url", url, "--backend", "async", "--fail-if", "blocking.max > 1s"];
    refused(&load, &["blocking", "async"]);
}

#[test]
fn what_became_worse_than_a_baseline_ends_with_3() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said, file) = compare(&folder, "old", &["--backends", "async", "--repeats", "6"]);
    assert_eq!(code, Some(0), "{said}");
    let old = Results::load(&file).expect("results were saved");
    let same = duplex(&["report", argument(&file), "--baseline", argument(&file)]);
    assert_eq!(same.status.code(), Some(0), "nothing is worse than itself");
    assert!(text(&same.stdout).contains("0 worse, 0 better"), "{}", text(&same.stdout));

    // The same runs as if each had taken ten times as long.
    let mut slow = old.clone();
    for measured in slow.runs.iter_mut().filter_map(|run| run.measured.as_mut()) {
        measured.seconds *= 10.0;
    }
    let path = folder.path().join("slow.json");
    slow.save(&path).expect("a temporary folder can be written");
    let baseline = ["--baseline", argument(&file)];
    let worse = duplex(&[&["report", argument(&path)], &baseline[..]].concat());
    let table = text(&worse.stdout);
    assert_eq!(worse.status.code(), Some(3), "{table}");
    assert!(table.contains("worse: tiny/async deliveries per second"), "{table}");
    let report = std::fs::read_to_string(folder.path().join("index.html")).expect("a report");
    assert!(report.contains("Compared with the baseline") && report.contains("worse"));

    let other = scenario_file(&folder, "other", 4, 0.3);
    let out = folder.path().join("other");
    let arguments = ["compare", "--file", argument(&other), "--out", argument(&out)];
    refused(&[&arguments, &baseline[..]].concat(), &["other", "baseline"]);

    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    let arguments = ["compare", "--file", argument(&scenario), "--out", argument(&out)];
    let few = [&arguments[..], &["--repeats", "3"], &baseline].concat();
    refused(&few, &["6 repeats", "--repeats 6"]);
    let another =
        [&arguments[..], &["--repeats", "6", "--backends", "long-poll"], &baseline].concat();
    refused(&another, &["long-poll", "baseline"]);
}

#[test]
fn a_backend_compared_with_itself_shows_the_noise() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said, file) = compare(&folder, "noise", &["--self-check"]);
    assert_eq!(code, Some(0), "{said}");
    let results = Results::load(&file).expect("results were saved");
    assert!(results.settings.self_check);
    let names: Vec<&str> = results.backends.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names.as_slice(), results.runs.len()), (&["async", "async-again"][..], 12));
    assert!(
        said.contains("backends beside themselves") && said.contains("tiny async CPU"),
        "{said}"
    );
    let chart = file.with_file_name("charts").join("noise.svg");
    let svg = std::fs::read_to_string(chart).expect("there is a chart of the noise");
    assert!(svg.contains("tiny async p50") && page(&file).contains("id=\"en-noise\""));
    let cautions = Summary::of(&results).cautions;
    assert!(!cautions.iter().any(|one| one.concern == Concern::NoFloor));
}

#[test]
fn help_tells_the_exit_codes() {
    for command in ["compare", "load", "report"] {
        let help = text(&duplex(&[command, "--help"]).stdout);
        for words in ["Exit codes: 0 ", " 1 ", " 2 ", " 3 ", "--fail-if"] {
            assert!(help.contains(words), "{command} --help lacks {words}: {help}");
        }
    }
}
