//! What is refused before anything is measured.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

use super::contest::Contestant;
use crate::machine;
use crate::message::Wire;
use crate::scenario::Scenario;
use crate::units::{Bytes, Count, KIB, MIB};

/// Handles a process needs besides its connections: standard streams, files, the poll itself.
const RESERVE: usize = 64;

/// Room one run takes in the results file; most of it are three histograms.
const RUN_BYTES: usize = 64 * KIB;

/// Refuses a comparison without runs or with rows nobody could tell apart.
pub(super) fn numbers(repeats: u32, scenarios: &[Scenario]) -> anyhow::Result<()> {
    ensure!(
        repeats >= 1,
        "--repeats must be at least 1: without a run there is nothing to compare"
    );
    ensure!(!scenarios.is_empty(), "there is no scenario to run: name at least one");
    for (place, scenario) in scenarios.iter().enumerate() {
        if scenarios[..place].iter().any(|other| other.name == scenario.name) {
            bail!("scenario '{}' is given twice: each needs a name of its own", scenario.name);
        }
    }
    Ok(())
}

/// Refuses a process whose costs cannot be read, or that is not the server: its figures would stand
/// in the row of another.
pub(super) fn process(pid: u32, port: u16) -> anyhow::Result<()> {
    machine::usage(pid).with_context(|| {
        format!("cannot measure process {pid}: give the number of the server's process with --pid")
    })?;
    match machine::listens(pid, port) {
        Ok(false) => bail!(
            "process {pid} does not listen on port {port}: give the one that does with --pid \
             (ss -ltnp shows it)"
        ),
        // Whose handles cannot be read is believed: its memory can be read all the same.
        Ok(true) | Err(_) => Ok(()),
    }
}

/// Raises the limit of file handles as far as it goes and refuses scenarios that need more.
pub(super) fn handles(scenarios: &[Scenario], contestants: &[Contestant]) -> anyhow::Result<()> {
    let raised = machine::raise_open_file_limit().or_else(|_| machine::open_file_limit());
    // Where the system does not tell, the run itself will.
    let Ok(limit) = raised else { return Ok(()) };
    for scenario in scenarios {
        for contestant in contestants {
            fits(scenario, contestant.wire, limit)?;
        }
    }
    Ok(())
}

fn fits(scenario: &Scenario, wire: Wire, limit: usize) -> anyhow::Result<()> {
    let needed = handles_of(scenario, wire) + RESERVE;
    if needed <= limit {
        return Ok(());
    }
    let count = |n: usize| Count(n as u64);
    bail!(
        "scenario '{}' with {} members needs {} file handles per process{}, but the limit is {}: \
         at most {} members fit, or raise it (ulimit -n {needed})",
        scenario.name,
        count(scenario.members as usize),
        count(needed),
        if wire == Wire::LongPoll { " over long-polling" } else { "" },
        count(limit),
        count(members_that_fit(scenario, wire, limit)),
    )
}

/// Connections of one side: long-polling speaks on a connection of its own.
fn handles_of(scenario: &Scenario, wire: Wire) -> usize {
    let speaking = if wire == Wire::LongPoll { scenario.speakers() } else { 0 };
    scenario.members as usize + speaking as usize
}

/// The largest number of members for which [`fits`] is content, everything else unchanged.
fn members_that_fit(scenario: &Scenario, wire: Wire, limit: usize) -> usize {
    let handles = limit.saturating_sub(RESERVE);
    match (wire, scenario.speakers) {
        (Wire::LongPoll, None) => handles / 2,
        // Not more can speak than are there: below twice the speakers everybody does.
        (Wire::LongPoll, Some(speakers)) => {
            handles.saturating_sub(speakers as usize).max(handles / 2)
        }
        (Wire::WebSocket | Wire::Bare, _) => handles,
    }
}

/// Makes the folder and writes as much into it as the results will need, then takes it away again:
/// a full or read-only disk is found now and not after an hour of measuring.
pub(super) fn folder(out: &Path, runs: usize) -> anyhow::Result<()> {
    let shown = out.display();
    if out.exists() && !out.is_dir() {
        bail!("{shown} is a file, not a folder: choose another with --out (nothing was measured)");
    }
    fs::create_dir_all(out)
        .with_context(|| format!("cannot make the folder {shown} (nothing was measured)"))?;
    let results = out.join("results.json");
    if results.is_dir() {
        bail!("{} is a folder: move it away (nothing was measured)", results.display());
    }
    // The file is written under another name first, so for a moment it is there twice.
    let bytes = (2 * runs.saturating_mul(RUN_BYTES)).clamp(MIB, 256 * MIB);
    let probe = out.join("results.json.probe");
    let written = fill(&probe, bytes);
    // If it was never made, there is nothing to remove.
    let _ = fs::remove_file(&probe);
    written.with_context(|| {
        format!("cannot write {} into {shown} (nothing was measured)", Bytes(bytes as f64))
    })
}

/// Writes that many bytes to a file and waits until they are on the disk.
fn fill(path: &Path, bytes: usize) -> io::Result<()> {
    let chunk = [0x5a; 64 * KIB];
    let mut file = fs::File::create(path)?;
    let mut left = bytes;
    while left > 0 {
        let now = left.min(chunk.len());
        file.write_all(&chunk[..now])?;
        left -= now;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario;

    fn scenario(members: u32, speakers: Option<u32>) -> Scenario {
        Scenario { members, speakers, ..scenario::named("crowd").unwrap() }
    }

    proptest! {
        #[test]
        fn the_number_said_to_fit_fits_and_one_more_does_not(
            limit in 200usize..3000, speakers in proptest::option::of(1u32..100),
        ) {
            for wire in [Wire::WebSocket, Wire::LongPoll, Wire::Bare] {
                let most = members_that_fit(&scenario(1_000_000, speakers), wire, limit);
                let with = |members: usize| {
                    let members = u32::try_from(members).unwrap();
                    scenario(members, speakers.map(|speakers| speakers.min(members)))
                };
                prop_assert!(fits(&with(most), wire, limit).is_ok());
                prop_assert!(fits(&with(most + 1), wire, limit).is_err());
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let message = fits(&scenario(20_000, None), Wire::LongPoll, 20_000).unwrap_err();
        let message = message.to_string();
        assert!(message.contains("9,968 members fit") && message.contains("40,064"), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn a_process_that_is_not_the_server_is_refused_in_one_line() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let us = std::process::id();
        if machine::usage(us).is_ok() {
            assert!(process(us, port).is_ok());
            drop(listener);
            let message = format!("{:#}", process(us, port).unwrap_err());
            assert!(message.contains("does not listen") && !message.contains('\n'), "{message}");
        }
        let message = format!("{:#}", process(u32::MAX, port).unwrap_err());
        assert!(message.contains("--pid") && !message.contains('\n'), "{message}");
    }

    #[test]
    fn nothing_to_run_is_refused() {
        let ping = scenario::named("ping").unwrap();
        assert!(numbers(0, std::slice::from_ref(&ping)).is_err());
        assert!(numbers(1, &[]).is_err());
        assert!(numbers(1, &[ping.clone(), ping.clone()]).is_err());
        assert!(numbers(1, &[ping]).is_ok());
    }

    #[test]
    fn a_good_folder_is_made_and_left_empty() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("a/b");
        folder(&out, 10).unwrap();
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("taken");
        fs::write(&file, "mine").unwrap();
        for out in [file.clone(), file.join("below")] {
            let message = format!("{:#}", folder(&out, 1).unwrap_err());
            assert!(message.contains("taken") && message.contains("nothing was measured"));
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}
