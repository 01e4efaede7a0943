//! S13 and S14: what the program is made of, and who can reach it.

use std::path::Path;

use duplex_lab::backend::ALL;

use crate::cli::duplex;

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn s13_no_known_hole_and_a_policy() {
    let lock: toml::Table = text("Cargo.lock").parse().expect("a lock file is TOML");
    let packages = lock["package"].as_array().expect("it has packages");
    let mut found = 0;
    for package in packages.iter().filter(|package| package["name"].as_str() == Some("tungstenite"))
    {
        let version = package["version"].as_str().expect("a version");
        let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
        // RUSTSEC-2023-0065: a handshake that costs much processor time.
        assert!(parts >= vec![0, 20, 1], "tungstenite {version}");
        found += 1;
    }
    assert!(found > 0, "tungstenite is not in the lock file");
    let policy: toml::Table = text("deny.toml").parse().expect("the policy is TOML");
    for part in ["advisories", "licenses", "bans", "sources"] {
        assert!(policy.contains_key(part), "deny.toml says nothing of {part}");
    }
    assert_eq!(policy["sources"]["unknown-registry"].as_str(), Some("deny"));
    assert_eq!(policy["sources"]["unknown-git"].as_str(), Some("deny"));
}

#[test]
fn s14_without_a_word_only_this_machine_gets_in() {
    let output = duplex(&["serve", "--help"]);
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[default: 127.0.0.1:"), "{help}");
}

#[cfg(unix)]
#[test]
fn s14_other_addresses_are_warned_of_loudly() {
    use crate::cli::running::Running;
    for (listen, warns) in [("0.0.0.0:0", true), ("[::]:0", true), ("127.0.0.1:0", false)] {
        for backend in ALL {
            let arguments = ["serve", "--backend", backend.name(), "--listen", listen];
            let mut server = Running::start(&arguments, "exposure");
            let line = server.line();
            if line.is_empty() && listen.starts_with('[') {
                continue; // a machine without IPv6
            }
            server.signal("TERM");
            let said = String::from_utf8_lossy(&server.ended().stderr).into_owned();
            let is_warned = said.starts_with("warning: ") && said.contains("other machines");
            assert_eq!(is_warned, warns, "{listen}: {said}");
        }
    }
}
