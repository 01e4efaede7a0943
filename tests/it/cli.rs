//! The `duplex` command as a lecturer and as scripts meet it: what it prints where, how it ends,
//! and how it refuses what makes no sense: one line on stderr, before anything is measured.

mod comparing;
mod damaged;
mod hunting;
mod interchange;
mod judging;
mod pictures;
pub(crate) mod running;
mod serving;
mod tls;
mod usage;

use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;

use self::running::{BOUND, Running};
pub(crate) use self::serving::address;

/// Runs the command to its end.
pub(crate) fn duplex(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_duplex"))
        .args(arguments)
        .timeout(BOUND)
        .output()
        .unwrap_or_else(|error| panic!("duplex {arguments:?}: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what is printed is UTF-8")
}

/// Runs a command that must be refused: exit 2, nothing on stdout, and on stderr exactly one line
/// that begins with `error: ` and has all of `words` in it.
pub(crate) fn refused(arguments: &[&str], words: &[&str]) {
    let output = duplex(arguments);
    refusal(&format!("{arguments:?}"), &output, &[2], words);
}

/// That the output is a refusal in one line with one of these exit codes.
fn refusal(what: &str, output: &Output, codes: &[i32], words: &[&str]) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let code = output.status.code();
    assert!(code.is_some_and(|code| codes.contains(&code)), "{what} ended with {code:?}: {err}");
    assert_eq!(out, "", "{what} prints results although it was refused");
    assert_eq!(err.lines().count(), 1, "{what} is not refused in one line: {err}");
    assert!(err.starts_with("error: ") && err.ends_with('\n'), "{what}: {err}");
    for word in words {
        assert!(err.contains(word), "{what}: '{word}' is missing in: {err}");
    }
}

/// A small scenario as a file: its name, how many members, how long.
pub(crate) fn scenario_file(
    folder: &tempfile::TempDir,
    name: &str,
    members: u32,
    seconds: f64,
) -> PathBuf {
    let path = folder.path().join(format!("{name}.toml"));
    let text = format!(
        "name = \"{name}\"\nmembers = {members}\nrate = 200\nwarm_up = \"100ms\"\n\
         duration = \"{seconds}s\"\ndrain = \"5s\"\n\
         [question]\nen = \"Does it run?\"\nde = \"Läuft es?\"\n\
         [expect]\nen = \"Yes.\"\nde = \"Ja.\"\n"
    );
    std::fs::write(&path, text).expect("a temporary folder can be written");
    path
}

/// A path as an argument.
pub(crate) fn argument(path: &std::path::Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
