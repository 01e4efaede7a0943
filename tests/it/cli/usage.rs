//! Help, version, and every refusal that can be known before anything runs.

use duplex_lab::backend::ALL;
use duplex_lab::scenario;

use super::{argument, duplex, refusal, refused, scenario_file, text};

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = text(&duplex(&["--help"]).stdout);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn version_is_one_line() {
    let output = duplex(&["--version"]);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), format!("duplex {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_lists_every_command_and_every_backend() {
    let commands = commands();
    for command in ["serve", "compare", "load", "report", "doctor"] {
        assert!(commands.iter().any(|known| known == command), "{command} not in {commands:?}");
    }
    for command in &commands {
        let output = duplex(&[command, "--help"]);
        assert!(output.status.success(), "{command} --help");
        assert!(!text(&output.stdout).contains('\u{1b}'), "colours in a pipe: {command} --help");
    }
    for command in ["serve", "compare", "load"] {
        let help = text(&duplex(&[command, "--help"]).stdout);
        for backend in ALL {
            assert!(help.contains(backend.name()), "{command} --help lacks {}", backend.name());
        }
    }
}

#[test]
fn the_readme_mentions_every_command_and_every_backend() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("there is a README.md");
    for command in commands() {
        let shown = ["cargo run --release -- ", "duplex "].map(|how| format!("{how}{command}"));
        let named = shown.iter().any(|shown| readme.contains(shown));
        assert!(named || readme.contains(&format!("`{command}`")), "README lacks {command}");
    }
    for backend in ALL {
        let name = backend.name();
        assert!(readme.contains(&format!("`{name}`")), "README lacks the backend `{name}`");
    }
}

#[test]
fn unknown_words_are_refused_with_the_known_ones() {
    let backends: Vec<&str> = ALL.iter().map(|backend| backend.name()).collect();
    refused(&["serve", "--backend", "fast"], &[&["fast"], backends.as_slice()].concat());
    refused(&["compare", "--backends", "async,fast"], &[&["fast"], backends.as_slice()].concat());
    let all = scenario::all();
    let scenarios: Vec<&str> = all.iter().map(|scenario| scenario.name.as_str()).collect();
    refused(&["compare", "--scenario", "lecture"], &[&["lecture"], scenarios.as_slice()].concat());
    let details = ["cost", "bytes", "memory", "four-ways", "all"];
    let unknown = ["report", "results.json", "--details", "cost,colour"];
    refused(&unknown, &[&["colour"], details.as_slice()].concat());
    refused(&["report", "results.json", "--details", "all", "--json"], &["--details", "--json"]);
    refused(&["serve"], &["--backend"]);
    refused(&["serve", "--backend", "async", "--fast"], &["--fast"]);
    refused(&["srve"], &["srve"]);
    refused(&["report"], &["RESULTS"]);
}

#[test]
fn values_no_run_could_have_are_refused() {
    refused(&["compare", "--repeats", "0"], &["--repeats", "0"]);
    refused(&["compare", "--repeats", "many"], &["--repeats", "many"]);
    refused(&["compare", "--seed", "-1"], &["-1"]);
    refused(&["serve", "--backend", "async", "--listen", "here"], &["--listen", "here"]);
    refused(&["serve", "--backend", "async", "--workers", "0"], &["--workers", "0"]);
    refused(&["load", "--backend", "async", "--url", "no url"], &["no url"]);
    refused(&["load", "--backend", "async", "--url", "ftp://127.0.0.1/"], &["ftp"]);
}

#[test]
fn a_search_takes_no_flags_that_contradict_it_and_its_own_only_with_it() {
    let with = |more: &[&str], words: &[&str]| {
        refused(&[&["compare", "--find-knee"], more].concat(), words);
    };
    for flags in [
        &["--self-check"][..],
        &["--repeats", "3"],
        &["--baseline", "old.json"],
        &["--fail-if", "async.p99 > 5ms"],
        &["--closed"],
        &["--export", "csv"],
        &["--details", "all"],
    ] {
        with(flags, &["--find-knee", flags[0]]);
    }
    with(&["--scenario", "ping,rush"], &["--find-knee", "one scenario"]);
    for slo in ["50ms", "p99", "p99=50", "p100=1s", "p99=0ms"] {
        with(&["--slo", slo], &["--slo", slo, "p99=50ms"]);
    }
    with(&["--axis", "rooms"], &["rooms", "rate", "members"]);
    refused(&["compare", "--slo", "p99=50ms"], &["--find-knee"]);
    refused(&["compare", "--axis", "rate"], &["--find-knee"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_not_the_server_is_refused() {
    // Nobody accepts here, so the server cannot say what it is, and is believed.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    let with = |pid: &str, words: &[&str]| {
        refused(&["load", "--backend", "async", "--url", &url, "--pid", pid], words);
    };
    with("4294967295", &["4294967295", "--pid"]);
    with("1", &["--pid"]);
    with("many", &["--pid", "many"]);
}

#[test]
fn a_malformed_scenario_file_is_refused_with_line_and_field() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = std::fs::read_to_string(scenario_file(&folder, "good", 4, 0.3)).expect("readable");
    for (what, from, to, words) in [
        ("a word for a number", "members = 4", "members = \"four\"", ["mine.toml:2", "string"]),
        ("an unknown field", "rate = 200", "speed = 200", ["mine.toml:3", "speed"]),
        ("a missing field", "rate = 200\n", "", ["mine.toml", "rate"]),
        ("not even TOML", "rate = 200", "rate 200", ["mine.toml:3", "="]),
        ("no duration", "\"0.3s\"", "\"soon\"", ["mine.toml:5", "soon"]),
        ("out of range", "members = 4", "members = 0", ["good", "members"]),
    ] {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{what}");
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, changed).expect("a temporary folder can be written");
        refused(&["compare", "--file", argument(&path)], &words);
    }
    let nowhere = folder.path().join("nowhere.toml");
    refused(&["compare", "--file", argument(&nowhere)], &["nowhere.toml"]);
    let bytes = folder.path().join("bytes.toml");
    std::fs::write(&bytes, b"name = \"\xff\"").expect("a temporary folder can be written");
    refused(&["compare", "--file", argument(&bytes)], &["bytes.toml"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_measuring() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "slow", 4, 600.0);
    // Below a file no folder can be made, whoever asks.
    let out = scenario.join("reports");
    let arguments = ["compare", "--file", argument(&scenario), "--out", argument(&out)];
    refusal("an unwritable folder", &duplex(&arguments), &[1, 2], &["slow.toml/reports"]);
}

#[cfg(unix)]
#[test]
fn more_members_than_handles_are_refused_with_how_many_fit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "mass", 5000, 600.0);
    let out = folder.path().join("out");
    let command = format!(
        "ulimit -n 256; exec '{}' compare --file '{}' --out '{}'",
        env!("CARGO_BIN_EXE_duplex"),
        argument(&scenario),
        argument(&out)
    );
    let output = assert_cmd::Command::new("sh")
        .args(["-c", &command])
        .timeout(super::BOUND)
        .output()
        .expect("there is a shell");
    let said = text(&output.stderr);
    refusal("5,000 members with 256 handles", &output, &[1, 2], &["member"]);
    let numbers = said.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u32>().ok());
    assert!(numbers.into_iter().any(|n| (20..256).contains(&n)), "how many fit? {said}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_gone_is_no_panic() {
    for arguments in [&["--help"][..], &["--version"], &["completions", "bash"], &["doctor"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe can be had");
        drop(reader);
        let child = std::process::Command::new(env!("CARGO_BIN_EXE_duplex"))
            .args(arguments)
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the command can be started");
        let output = child.wait_with_output().expect("a child can be waited for");
        let said = text(&output.stderr);
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn doctor_and_completions_say_something() {
    let doctor = duplex(&["doctor"]);
    assert!(doctor.status.success(), "{}", text(&doctor.stderr));
    assert!(text(&doctor.stdout).lines().count() > 3, "{}", text(&doctor.stdout));
    let script = duplex(&["completions", "bash"]);
    assert!(script.status.success() && text(&script.stdout).contains("duplex"));
}

#[test]
fn a_knob_that_no_experiment_has_is_refused_with_those_there_are() {
    for (arguments, told) in [
        (["lab", "run", "nagle", "--speed", "1"], "--nodelay"),
        (["lab", "run", "nagle", "--payload", "9"], "they have --nodelay on|off|both"),
        (["lab", "run", "nagle", "--nodelay", "maybe"], "choose of on|off|both"),
    ] {
        let output = duplex(&arguments);
        refusal(&format!("{arguments:?}"), &output, &[2], &[told]);
    }
}
