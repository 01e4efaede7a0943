//! The committed sample: README shows it, so it must be what README says it is.

use std::fs;
use std::path::Path;

use duplex_lab::results::Results;
use duplex_lab::show::{self, Lang};

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn sample() -> Results {
    Results::load(&root("reports/sample/results.json")).expect("the sample is a results file")
}

#[test]
fn the_table_in_the_readme_is_the_sample() {
    let readme = fs::read_to_string(root("README.md")).expect("there is a README.md");
    // README has room for one scenario.
    let table = show::table(&sample(), Lang::En, 100);
    let start = table.find("lecture-hall:").expect("the sample has lecture-hall");
    let end = table.find("rush:").expect("the sample has rush");
    let table = &table[start..end];
    let lines = |text: &str| text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(lines(&readme).contains(&lines(table)), "run scripts/sample");
}

/// Renders results and holds what comes out against what is committed in that folder, but for the
/// pages that are not.
fn renders_to(results: &Results, folder: &str, is_committed: impl Fn(&Path) -> bool) {
    let out = tempfile::tempdir().expect("a temporary folder");
    let written = show::write_report(results, out.path(), Lang::En).expect("it renders");
    assert!(written.len() > 6, "{written:?}");
    for path in written {
        let name = path.strip_prefix(out.path()).expect("it is in the folder");
        let committed = fs::read(root(folder).join(name));
        let rendered = fs::read(&path).expect("it was written");
        let is_same = committed.is_ok_and(|bytes| bytes == rendered);
        assert!(is_same || !is_committed(name), "{name:?}: run scripts/sample");
    }
}

#[test]
fn the_sample_renders_to_the_bytes_that_are_committed() {
    renders_to(&sample(), "reports/sample", |_| true);
}

#[test]
fn the_fact_sheet_renders_to_the_bytes_that_are_committed() {
    let lab = Results::load(&root("reports/sample/lab.json")).expect("the lab is a results file");
    assert_eq!(lab.tool.profile, "release");
    assert!(!lab.settings.command.contains("--quick"), "it is a full run");
    renders_to(&lab, "reports/sample/lab", |name| name != Path::new("index.html"));
}

#[test]
fn every_run_of_the_sample_counts() {
    let results = sample();
    assert_eq!(results.tool.profile, "release");
    let planned = results.settings.repeats as usize * results.scenarios.len();
    assert_eq!(results.runs.len(), planned * results.backends.len());
    assert!(results.runs.iter().all(|run| run.failure.is_none()));
}
