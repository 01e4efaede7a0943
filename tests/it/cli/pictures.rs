//! Single charts by name, in the format, theme and size asked for.

use std::path::Path;

use super::{argument, duplex, refused, text};

#[test]
fn single_charts_are_written_where_they_are_said_to_be_and_nothing_else() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/two-runs.json");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, out) = (argument(&sample), argument(folder.path()));
    let shape = ["--format", "svg,png", "--theme", "dark", "--size", "640x360", "--lang", "de"];
    let asked = ["report", file, "--out", out, "--charts", "cpu", "delivery"];
    let output = duplex(&[asked.as_slice(), &shape].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    let names: Vec<&str> = told.lines().filter_map(|line| line.rsplit('/').next()).collect();
    assert_eq!(names, ["cpu.svg", "cpu.png", "delivery.svg", "delivery.png"]);
    let files = std::fs::read_dir(folder.path().join("charts")).expect("the folder is there");
    assert_eq!(files.count(), 4);
    let png = std::fs::read(folder.path().join("charts/cpu.png")).expect("it was written");
    assert_eq!(png[16..24], [0, 0, 2, 128, 0, 0, 1, 104], "640 by 360");
    assert!(!folder.path().join("index.html").exists());
}

#[test]
fn what_cannot_be_drawn_is_refused_with_what_can() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/two-runs.json");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, out) = (argument(&sample), argument(folder.path()));
    let report = ["report", file, "--out", out];
    for (more, words) in [
        (["--charts", "cpi"], ["'cpi'", "cpu"]),
        (["--format", "gif"], ["'gif'", "png"]),
        (["--theme", "pink"], ["'pink'", "dark"]),
        (["--size", "99999x99999"], ["99999x99999", "1920x1080"]),
    ] {
        refused(&[report.as_slice(), &more].concat(), &words);
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}
