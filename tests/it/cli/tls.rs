//! `serve --tls`, `load --ca` and `compare --tls`: from the certificate to the ledger.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use duplex_lab::backend::{ALL, Tls};
use duplex_lab::results::{FLOOR, Results};

use super::{BOUND, Running, argument, refused, scenario_file, text};
use crate::support::{Http, seal};

/// Runs the command with its certificate kept in that folder.
fn duplex_in(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_duplex"))
        .args(arguments)
        .env("XDG_DATA_HOME", data)
        .timeout(BOUND)
        .output()
        .unwrap_or_else(|error| panic!("duplex {arguments:?}: {error}"))
}

#[cfg(unix)]
#[test]
fn serve_with_a_certificate_is_https_and_can_be_loaded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tls = Tls::kept_in(folder.path()).expect("a certificate");
    let pem = folder.path().join("localhost.pem");
    let (pem, ca) = (argument(&pem), folder.path().join("localhost.crt"));
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    for backend in ALL {
        let name = backend.name();
        let mut server = Running::start(
            &["serve", "--backend", name, "--listen", "127.0.0.1:0", "--cert", pem, "--key", pem],
            "tls",
        );
        let line = server.line();
        let url = line.strip_prefix("listening on ").and_then(|rest| rest.split(' ').next());
        let url = url.unwrap_or_else(|| panic!("no address: {line}"));
        let at = url.strip_prefix("https://").and_then(|rest| rest.strip_suffix('/'));
        let at = at.and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("no https: {line}"));
        // Somebody who speaks plain HTTP is told.
        let told = Http::once(at, "GET", "/health", b"");
        assert_eq!((told.status, told.code().as_str()), (400, "tls-required"), "{name}");
        seal(at, &tls);
        assert_eq!(Http::once(at, "GET", "/health", b"").status, 200, "{name}");
        let load = |more: &[&str]| {
            let words = ["load", "--url", url, "--backend", name, "--file", argument(&scenario)];
            duplex_in(folder.path(), &[&words, more].concat())
        };
        for more in [&["--ca", argument(&ca)][..], &["--insecure"]] {
            let output = load(more);
            assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
            assert!(text(&output.stdout).contains("100 %"), "{name}: {}", text(&output.stdout));
        }
        assert_eq!(load(&[]).status.code(), Some(2), "{name}: nobody was named");
        let stranger = tempfile::tempdir().expect("a temporary folder");
        Tls::kept_in(stranger.path()).expect("another certificate");
        let other = load(&["--ca", argument(&stranger.path().join("localhost.crt"))]);
        assert_eq!(other.status.code(), Some(1), "{name} is trusted: {}", text(&other.stdout));
        server.signal("TERM");
        assert_eq!(server.ended().status.code(), Some(0), "{name}");
    }
}

#[test]
fn compare_tls_says_so_and_accounts_for_every_byte() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = scenario_file(&folder, "tiny", 4, 0.3);
    let out = folder.path().join("out");
    let words = ["compare", "--quick", "--tls", "--file", argument(&scenario), "--out"];
    let output = duplex_in(folder.path(), &[&words[..], &[argument(&out)]].concat());
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{table}{}", text(&output.stderr));
    assert!(table.contains("TLS was on"), "{table}");
    let results = Results::load(&out.join("results.json")).expect("results");
    assert!(results.settings.tls);
    for run in &results.runs {
        let measured = run.measured.as_ref().unwrap_or_else(|| panic!("{:?}", run.failure));
        assert_eq!((measured.expected, measured.delivered), (240, 240), "{}", run.backend);
        let ledger = measured.ledger.as_ref().expect("a ledger");
        let sealed = ledger.measured.down.tls > 0 && ledger.set_up.up.tls > 0;
        assert_eq!(sealed, run.backend != FLOOR, "{}: {ledger:?}", run.backend);
        assert_ne!(ledger.measured.reconciles(), Some(false), "{}: {ledger:?}", run.backend);
    }
}

#[test]
fn what_cannot_be_a_certificate_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Tls::kept_in(folder.path()).expect("a certificate");
    let other = tempfile::tempdir().expect("a temporary folder");
    Tls::kept_in(other.path()).expect("another certificate");
    let (cert, strange) = (folder.path().join("localhost.crt"), other.path().join("localhost.pem"));
    let (cert, strange) = (argument(&cert), argument(&strange));
    let serve = ["serve", "--backend", "async", "--listen", "127.0.0.1:0"];
    for (more, word) in [
        (&["--cert", "no/such.pem", "--key", strange][..], "no/such.pem"),
        (&["--cert", cert, "--key", cert], "no private key"),
        (&["--cert", cert, "--key", strange], "do not belong together"),
        (&["--cert", cert], "--key"),
        (&["--key", cert], "--cert"),
    ] {
        refused(&[&serve[..], more].concat(), &[word]);
    }
}
