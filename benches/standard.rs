//! The standard comparison as one of the benches: not measured by Criterion but by `duplex
//! compare`, which needs processes of its own.
//!
//! `cargo bench` passes its arguments to every bench, so this one understands Criterion's: what
//! decides whether and how long to run is honoured, the rest is for the others.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

#[path = "support/wish.rs"]
mod wish;

use self::wish::Wish;

/// The name that filters see.
const NAME: &str = "standard";

/// A scenario that shows that everything fits together and nothing else.
const SMOKE: &str = r#"name = "smoke"
question = { en = "Does it run?", de = "Läuft es?" }
expect = { en = "Yes.", de = "Ja." }
members = 4
rate = 50.0
warm_up = "100ms"
duration = "300ms"
"#;

fn main() -> ExitCode {
    let wish = Wish::of(env::args().skip(1));
    if ["--help", "-h", "--version", "-V"].iter().any(|flag| wish.has(flag)) {
        println!("{NAME}: runs `duplex compare`; --quick, --test, --list and filters are honoured");
        return ExitCode::SUCCESS;
    }
    match wish.means(NAME) {
        Ok(true) if wish.has("--list") => {
            println!("{NAME}: benchmark");
            ExitCode::SUCCESS
        }
        Ok(true) => run(&wish),
        Ok(false) => ExitCode::SUCCESS,
        Err(_) => fail("the filter is not a regular expression: quote its special characters"),
    }
}

fn run(wish: &Wish) -> ExitCode {
    // Without `--bench` it is `cargo test --benches` that calls.
    if wish.has("--test") || !wish.has("--bench") {
        return smoke();
    }
    println!("\n{NAME}: the standard comparison");
    let quick: &[&str] = if wish.has("--quick") { &["--quick"] } else { &[] };
    compare(quick, Path::new("reports/latest"))
}

/// A comparison of half a second per backend that leaves nothing behind.
fn smoke() -> ExitCode {
    println!("Testing {NAME}");
    let prepared = tempfile::tempdir().and_then(|folder| {
        let file = folder.path().join("smoke.toml");
        fs::write(&file, SMOKE).map(|()| (folder, file))
    });
    let (folder, file) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return fail(&format!("cannot write a scenario to try: {error}")),
    };
    let file = file.to_string_lossy();
    compare(&["--quick", "--file", &file], &folder.path().join("report"))
}

/// Runs `duplex compare` on this terminal; its exit code is ours.
fn compare(options: &[&str], out: &Path) -> ExitCode {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duplex"));
    command.arg("compare").args(options).arg("--out").arg(out);
    match command.status() {
        Ok(status) => match status.code().map(u8::try_from) {
            Some(Ok(code)) => ExitCode::from(code),
            _ => fail(&format!("the comparison was ended: {status}")),
        },
        Err(error) => fail(&format!("cannot start {command:?}: {error}")),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("error: {NAME}: {why}");
    ExitCode::FAILURE
}
