//! The rules every backend must keep (R1 to R10) and the wire it must speak, tested against every
//! backend in the registry: a new one is tested from its first line on.
//!
//! `cargo test --test it conformance -- --nocapture` prints the table of rule × backend.

mod caps;
mod delivery;
mod endings;
mod frames;
mod handshakes;
mod heartbeat;
mod lagging;
mod patience;
mod refusals;
mod same_bytes;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};

use duplex_lab::backend::{ALL, Backend};

use crate::support::over_tls;

/// What came of a rule on one backend; when it does not hold, the check panics.
pub(crate) enum Verdict {
    /// It holds.
    Kept,
    /// It says nothing about this wire, and why.
    NoMeaning(&'static str),
}

use Verdict::{Kept, NoMeaning};

/// Checks a rule on every backend, as it is and over TLS.
fn plain_and_tls(rule: &str, check: fn(&'static dyn Backend) -> Verdict) {
    every_backend(rule, check);
    over_tls(|| every_backend(&format!("TLS: {rule}"), check));
}

/// Checks a rule on every backend, prints its row, and fails naming those that break it.
pub(crate) fn every_backend(rule: &str, check: fn(&'static dyn Backend) -> Verdict) {
    let mut row = format!("{rule:<77}");
    let mut broken = Vec::new();
    for backend in ALL {
        let cell = match catch_unwind(AssertUnwindSafe(|| check(*backend))) {
            Ok(Kept) => "kept".to_owned(),
            Ok(NoMeaning(why)) => format!("– ({why})"),
            Err(panic) => {
                broken.push(format!("{}: {}", backend.name(), said(panic.as_ref())));
                "BROKEN".to_owned()
            }
        };
        row.push_str(&format!(" | {} {cell}", backend.name()));
    }
    println!("{row}");
    assert!(broken.is_empty(), "{rule}\n  {}", broken.join("\n  "));
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
}

#[test]
fn names_are_unique_and_say_something() {
    for (at, backend) in ALL.iter().enumerate() {
        assert!(ALL[..at].iter().all(|other| other.name() != backend.name()));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(backend.name().chars().all(plain), "{}", backend.name());
        assert!(!backend.about().is_empty() && !backend.about().contains('\n'));
    }
}
