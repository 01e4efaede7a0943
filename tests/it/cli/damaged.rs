//! Files that are no results, or no longer: each is refused in one line, and nothing is written.

use std::fs::File;
use std::path::{Path, PathBuf};

use duplex_lab::results::SCHEMA;

use super::{argument, refused};

/// Two runs of a small comparison, as this version writes them.
const WHOLE: &str = include_str!("two-runs.json");

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(format!("{name}.json"));
    std::fs::write(&path, bytes).expect("a temporary folder can be written");
    path
}

/// That the file is refused with these words, as the only one and among others, and that no report
/// is begun.
fn refuses(path: &Path, words: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let (file, place) = (argument(path), argument(&out));
    refused(&["report", file, "--out", place, "--export", "csv"], words);
    refused(&["report", "--merge", file, file, "--out", place], words);
    assert!(!out.exists(), "{words:?}: a refused file leaves something behind");
}

#[test]
fn a_file_that_holds_no_results_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ours = format!("\"schema\":{SCHEMA}");
    let schema = |number: u32| WHOLE.replacen(&ours, &format!("\"schema\":{number}"), 1);
    let nested = format!("{{{ours},\"machine\":{}", "[".repeat(200_000));
    let deep =
        WHOLE.replacen("\"limits\":{", &format!("\"limits\":{{\"a\":{}", "[".repeat(9999)), 1);
    assert!(WHOLE.contains(&ours) && deep != WHOLE, "the sample is as this test knows it");
    let endless = format!("{WHOLE}{{");
    let hollow = format!("{{{ours}}}");
    let (older, later) = (schema(SCHEMA - 1), schema(SCHEMA + 1));
    let cases: [(&str, &[u8], &str); 12] = [
        ("empty", b"", "not a results file"),
        ("truncated", &WHOLE.as_bytes()[..WHOLE.len() / 2], "not a results file"),
        ("endless", endless.as_bytes(), "not a results file"),
        ("other", b"[1,2,3]", "not a results file"),
        ("hollow", hollow.as_bytes(), "missing field"),
        ("nameless", b"{\"runs\":[]}", "no schema"),
        ("odd", b"{\"schema\":\"two\"}", "not a results file"),
        ("older", older.as_bytes(), "measure again"),
        ("later", later.as_bytes(), "the version that wrote it"),
        ("bytes", b"\xff\xfe\x00", "cannot read"),
        ("nested", nested.as_bytes(), "not a results file"),
        ("deep", deep.as_bytes(), "recursion limit"),
    ];
    for (name, bytes, word) in cases {
        refuses(&write(folder.path(), name, bytes), &[&format!("{name}.json"), word]);
    }
    refuses(&folder.path().join("none.json"), &["none.json", "cannot read"]);
    refuses(folder.path(), &["cannot read"]);
}

#[test]
fn a_huge_file_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("huge.json");
    let file = File::create(&path).expect("a temporary folder can be written");
    // A hole in the file: nothing is stored, and it reads as 200 MB of zeros.
    file.set_len(200 << 20).expect("a file can be extended");
    refuses(&path, &["huge.json", "larger than 128 MiB"]);
}

#[test]
fn a_histogram_that_cannot_be_one_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = "\"response\":\"";
    let start = WHOLE.find(key).expect("a response") + key.len();
    let end = start + WHOLE[start..].find('"').expect("its end");
    // A header that promises 4 GB of counts of five digits, from 1 to 2⁶⁴.
    let vast = "HISTFAAAABt4nJNpmSz8HwgYIIAVSjP+hwL7DxABACdsDnA=";
    for (name, text) in
        [("cut", &WHOLE[start..start + 24]), ("none", ""), ("vast", vast), ("not", "no!")]
    {
        let changed = format!("{}{text}{}", &WHOLE[..start], &WHOLE[end..]);
        let path = write(folder.path(), name, changed.as_bytes());
        refuses(&path, &[&format!("{name}.json"), "not a results file", "histogram"]);
    }
}
