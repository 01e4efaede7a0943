//! `duplex compare`, `load` and `report`: what they leave behind, also when something goes wrong.

use std::path::Path;

use duplex_lab::backend::ALL;
use duplex_lab::results::{FLOOR, LoopKind, Results};

use super::{Running, argument, duplex, scenario_file, text};
use crate::support::{Http, until};

fn results(folder: &Path) -> Results {
    Results::load(&folder.join("results.json")).unwrap_or_else(|error| panic!("{error}"))
}

/// That the folder holds a whole report in this language.
fn report_in(folder: &Path, language: &str) {
    let page = std::fs::read_to_string(folder.join("index.html")).expect("an index.html");
    assert!(page.contains(&format!("<html lang=\"{language}\"")), "not in '{language}'");
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("a README.md");
    let charts: Vec<_> =
        std::fs::read_dir(folder.join("charts")).expect("charts").flatten().collect();
    let svgs = charts.iter().filter(|entry| entry.path().extension().is_some_and(|e| e == "svg"));
    assert!(svgs.clone().count() >= 4, "four charts: {charts:?}");
    for chart in svgs {
        let name = chart.file_name().to_string_lossy().into_owned();
        assert!(readme.contains(&format!("charts/{name}")), "README.md does not show {name}");
        let svg = std::fs::read_to_string(chart.path()).expect("a chart is text");
        assert!(svg.trim_start().starts_with("<svg") && svg.contains("</svg>"), "{name}");
    }
}

#[test]
fn a_comparison_leaves_results_and_a_report_in_either_language() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    let out = folder.path().join("out");
    let output = duplex(&[
        "compare",
        "--quick",
        "--file",
        argument(&scenario),
        "--out",
        argument(&out),
        "--seed",
        "7",
    ]);
    let (table, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{table}{said}");
    let results = results(&out);
    assert_eq!((results.settings.seed, results.scenarios.len()), (7, 1));
    for name in ALL.iter().map(|backend| backend.name()).chain([FLOOR]) {
        assert!(table.contains(name), "{name} is not in the table:\n{table}");
        let runs: Vec<_> = results.runs.iter().filter(|run| run.backend == name).collect();
        assert_eq!(runs.len(), 1, "one run of {name}");
        assert_eq!(runs[0].failure, None, "{name}");
        let measured = runs[0].measured.as_ref().expect("a run that counts was measured");
        assert_eq!(measured.messages, 60, "200 a second for 0.3 s");
        assert_eq!((measured.expected, measured.delivered), (240, 240), "{name}");
        assert!(measured.findings.is_clean(), "{name}: {:?}", measured.findings);
    }
    report_in(&out, "en");
    for language in ["de", "en"] {
        let again = folder.path().join(language);
        let file = out.join("results.json");
        let report = ["report", argument(&file), "--lang", language, "--out", argument(&again)];
        let output = duplex(&[report.as_slice(), &["--details", "bytes,four-ways"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let (bytes, ways) = match language {
            "de" => ("Byte-Bilanz", "vier Arten"),
            _ => ("Byte ledger", "four ways"),
        };
        let table = text(&output.stdout);
        assert!(table.contains(bytes) && table.contains(ways), "{table}");
        report_in(&again, language);
    }
}

#[cfg(unix)]
#[test]
fn a_room_in_three_sizes_makes_a_chart_of_fan_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    let out = folder.path().join("out");
    let asked = ["compare", "--quick", "--backends", "async", "--file", argument(&scenario)];
    let sizes = ["--fan-out", "2,8,4,8", "--out", argument(&out)];
    let output = duplex(&[asked.as_slice(), &sizes].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let results = results(&out);
    let names: Vec<&str> = results.scenarios.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["tiny", "tiny-2", "tiny-8"], "the size it has is there already");
    assert!(results.scenarios.iter().all(|one| one.offered_deliveries() == 800.0));
    assert!(out.join("charts/fan-out.svg").exists());
}

#[test]
fn load_measures_a_server_that_is_already_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    for backend in ALL {
        let arguments = ["serve", "--backend", backend.name(), "--listen", "127.0.0.1:0"];
        let mut server = Running::start(&arguments, "load");
        let line = server.line();
        let url = line.split_whitespace().nth(2).expect("the first line has the address");
        let file = argument(&scenario);
        let output = duplex(&["load", "--url", url, "--backend", backend.name(), "--file", file]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("tiny"), "{}", text(&output.stdout));
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let answer = Http::once(host.parse().expect("an address"), "GET", "/health", b"");
        assert_eq!(answer.status, 200, "the server goes on after the load");
    }
}

#[test]
fn a_closed_loop_is_played_and_told_in_the_results() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    let out = folder.path().join("out");
    let name = ALL[0].name();
    let mut server =
        Running::start(&["serve", "--backend", name, "--listen", "127.0.0.1:0"], "closed");
    let line = server.line();
    let url = line.split_whitespace().nth(2).expect("the address is the third word");
    let load = ["load", "--url", url, "--backend", name, "--file", argument(&scenario)];
    let output = duplex(&[&load[..], &["--closed", "--out", argument(&out)]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let results = results(&out);
    assert_eq!(results.scenarios[0].loop_kind, LoopKind::Closed);
    assert_eq!(results.runs[0].failure, None);
    assert!(results.runs[0].measured.as_ref().is_some_and(|run| run.in_flight.is_some()));
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_finished_runs_and_no_process_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "long", 4, 1.0);
    let out = folder.path().join("out");
    let mark = folder.path().to_string_lossy().into_owned();
    let (file, place) = (argument(&scenario), argument(&out));
    let arguments =
        ["compare", "--backends", "async", "--file", file, "--repeats", "50", "--out", place];
    let comparison = Running::start(&arguments, &mark);
    until("the first run is saved and another one is going on", || {
        let saved = Results::load(&out.join("results.json")).ok()?;
        let busy = super::running::marked(&mark).len() > 1;
        (!saved.runs.is_empty() && busy).then_some(())
    });
    comparison.signal("INT");
    let output = comparison.ended();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "not all runs were made: {said}");
    assert!(!said.contains("panicked"), "{said}");
    let results = results(&out);
    assert!((1..100).contains(&results.runs.len()), "{} runs", results.runs.len());
    let whole = results.runs.iter().filter(|run| run.failure.is_none()).count();
    assert!(whole >= 1, "the finished runs are there");
    // The last child may need a moment to be collected by whoever inherits it.
    until("all children are gone", || super::running::marked(&mark).is_empty().then_some(()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_dies_mid_run_is_a_failed_row_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "mortal", 40, 2.0);
    let out = folder.path().join("out");
    let mark = folder.path().to_string_lossy().into_owned();
    let (file, place) = (argument(&scenario), argument(&out));
    let fixed = ["compare", "--backends", "async", "--file", file, "--repeats", "1"];
    // What was not measured crosses its threshold, but a failed run comes first.
    let arguments = [&fixed[..], &["--out", place, "--fail-if", "async.max > 1ns"]].concat();
    let comparison = Running::start(&arguments, &mark);
    let victim = until("a server with all its members", || {
        let processes = super::running::marked(&mark);
        let (pid, _) = processes.iter().find(|(_, words)| words.iter().any(|w| w == "serve"))?;
        let handles = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
        (handles > 40).then_some(*pid)
    });
    super::running::signal(victim, "KILL");
    let output = comparison.ended();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "a run failed: {said}");
    let results = results(&out);
    let failed: Vec<_> = results.runs.iter().filter(|run| run.failure.is_some()).collect();
    assert_eq!(failed.len(), 1, "{said}");
    assert_eq!(failed[0].backend, "async");
    assert!(results.runs.iter().any(|run| run.backend == FLOOR && run.failure.is_none()));
    report_in(&out, "en");
    assert!(text(&output.stdout).contains("async"), "a failed row is shown, not dropped");
}
