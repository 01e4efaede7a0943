//! What other programs read and write: exports, the schema, `--json`, and merged results.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use duplex_lab::backend::ALL;
use duplex_lab::results::{Histogram, Measured, Results};
use serde_json::Value;

use super::{Running, argument, duplex, refused, scenario_file, text};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// That a document is what the schema of this very program allows.
fn valid(document: &Value) {
    let schema = duplex(&["schema"]);
    assert!(schema.status.success(), "{}", text(&schema.stderr));
    let validator = jsonschema::validator_for(&json(&text(&schema.stdout))).expect("a schema");
    let complaints: Vec<String> =
        validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The results of one `load`, saved in a folder of that name.
fn load(folder: &Path, url: &str, backend: &str, scenario: &Path, generator: &str) -> PathBuf {
    let out = folder.join(generator);
    let file = argument(scenario);
    let output = duplex(&[
        "load",
        "--url",
        url,
        "--backend",
        backend,
        "--file",
        file,
        "--generator",
        generator,
        "--seed",
        generator,
        "--out",
        argument(&out),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    out.join("results.json")
}

fn measured(file: &Path) -> Measured {
    let results = Results::load(file).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(results.runs[0].failure, None);
    results.runs[0].measured.clone().expect("a run that counts was measured")
}

#[test]
fn a_comparison_is_exported_and_described_by_its_schema() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    let out = folder.path().join("out");
    let output = duplex(&[
        "compare",
        "--quick",
        "--backends",
        "async",
        "--file",
        argument(&scenario),
        "--out",
        argument(&out),
        "--json",
        "--export",
        "hgrm,hlog,csv,schema",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = json(&text(&output.stdout));
    valid(&printed);
    let saved = std::fs::read_to_string(out.join("results.json")).expect("results.json");
    assert!(json(&saved).get("summary").is_none(), "what follows from the rest is not stored");
    valid(&json(&saved));
    let rows = printed["summary"]["rows"].as_array().expect("rows");
    let shown: Vec<_> = rows.iter().filter_map(|row| row["backend"].as_str()).collect();
    assert_eq!(shown, ["floor", "async"]);
    let mut expected: BTreeSet<String> =
        ["results.hlog", "runs.csv", "summary.csv", "results.schema.json"].map(Into::into).into();
    expected.extend(["tiny--async.hgrm", "tiny--floor.hgrm"].map(Into::into));
    assert_eq!(names(&out.join("raw")), expected);
    let runs = std::fs::read_to_string(out.join("raw/runs.csv")).expect("runs.csv");
    assert_eq!(runs.lines().count(), 3, "{runs}");
}

#[test]
fn a_printed_document_makes_a_report_like_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/two-runs.json");
    let report = |file: &Path, out: &str| {
        let out = folder.path().join(out);
        let output = duplex(&["report", argument(file), "--json", "--out", argument(&out)]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), std::fs::read_to_string(out.join("index.html")).expect("a page"))
    };
    let (printed, page) = report(&sample, "first");
    let again = folder.path().join("printed.json");
    std::fs::write(&again, &printed).expect("a temporary folder can be written");
    assert_eq!(report(&again, "second"), (printed, page));
}

#[cfg(unix)]
#[test]
fn two_generators_of_one_server_become_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 2.0);
    let backend = ALL[0].name();
    let arguments = ["serve", "--backend", backend, "--listen", "127.0.0.1:0"];
    let mut server = Running::start(&arguments, "merge");
    let line = server.line();
    let url = line.split_whitespace().nth(2).expect("the first line has the address");
    let files = thread::scope(|scope| {
        let start = |number| {
            let (folder, scenario) = (folder.path(), &scenario);
            scope.spawn(move || load(folder, url, backend, scenario, number))
        };
        ["1", "2"].map(start).map(|load| load.join().expect("a load ends"))
    });
    let out = folder.path().join("both");
    let [one, two] = files.each_ref().map(|file| argument(file));
    let output = duplex(&["report", "--merge", one, two, "--out", argument(&out), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    valid(&json(&text(&output.stdout)));
    assert!(out.join("index.html").exists());
    let both = Results::load(&out.join("results.json")).expect("merged results");
    assert_eq!((both.settings.generators, both.scenarios[0].members), (Some(2), 8));
    let parts = files.each_ref().map(|file| measured(file));
    let whole = measured(&out.join("results.json"));
    assert_eq!(whole.delivered, parts[0].delivered + parts[1].delivered);
    let union = |field: fn(&Measured) -> &Histogram| {
        assert_eq!(field(&whole), &field(&parts[0]).merged(field(&parts[1])));
    };
    union(|run| &run.response);
    union(|run| &run.service);
    union(|run| &run.send_lag);
    let first = argument(&folder.path().join("1")).to_owned();
    refused(&["report", "--merge", one, two, "--out", &first], &["overwritten"]);
    refused(&["report", "--merge", one, one, "--out", argument(&out)], &["twice"]);
    let merged = out.join("results.json");
    refused(&["report", "--merge", one, argument(&merged), "--out", argument(&out)], &["already"]);
    refused(&["report", "--merge", one, two], &["--out"]);
    refused(&["report", "--merge", one, "--out", argument(&out)], &["--merge"]);
    refused(&["report", one, "--merge", one, two, "--out", argument(&out)], &["--merge"]);
}

#[test]
fn exports_need_a_folder_and_a_format_that_exists() {
    refused(
        &["load", "--url", "http://127.0.0.1:9", "--backend", "async", "--export", "csv"],
        &["--out"],
    );
    refused(&["report", "results.json", "--export", "xml"], &["xml", "hgrm", "hlog", "csv"]);
    refused(&["report"], &["RESULTS.json"]);
}

#[test]
fn exports_that_cannot_be_written_leave_none_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/two-runs.json");
    // Where the last file is to go, there is a folder.
    let raw = folder.path().join("raw");
    std::fs::create_dir_all(raw.join("summary.csv.part")).expect("a temporary folder");
    let arguments =
        ["report", argument(&sample), "--out", argument(folder.path()), "--export", "hlog,csv"];
    refused(&arguments, &["summary.csv"]);
    assert_eq!(names(&raw), BTreeSet::from(["summary.csv.part".to_owned()]));
}

#[test]
fn a_report_elsewhere_takes_its_results_along_and_replaces_nobody_elses() {
    let sample_text = include_str!("two-runs.json");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sample = folder.path().join("mine.json");
    std::fs::write(&sample, sample_text).expect("it can be written");
    let out = folder.path().join("out");
    std::fs::create_dir_all(&out).expect("it can be made");
    std::fs::write(out.join("notes.txt"), "mine").expect("it can be written");
    let report = ["report", argument(&sample), "--out", argument(&out)];
    // Twice: the second time it is there already.
    for _ in 0..2 {
        assert!(duplex(&report).status.success());
        let kept = std::fs::read_to_string(out.join("results.json")).expect("it was taken along");
        assert_eq!(kept, sample_text);
    }
    let another = sample_text.replacen("\"seed\"", " \"seed\"", 1);
    for (text, why) in [(another.as_str(), "another comparison"), ("{}", "not of a report")] {
        std::fs::write(out.join("results.json"), text).expect("it can be written");
        refused(&report, &["results.json", why, "--out"]);
    }
    let kept = |name: &str| std::fs::read_to_string(out.join(name)).expect("it is still there");
    assert_eq!((kept("results.json").as_str(), kept("notes.txt").as_str()), ("{}", "mine"));
    refused(&["report", argument(&sample), "--lang", "fr"], &["fr", "de", "en"]);
}
