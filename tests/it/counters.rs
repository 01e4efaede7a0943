//! Counters agree with a second witness: what the servers count of themselves with the delivery
//! oracle and with the kernel, and the process clock with the scheduler's books, thread by thread.
//!
//! One comparison at a low rate, so that each write is one segment; every backend and the floor.

use duplex_lab::backend::ALL;
use duplex_lab::results::{Calls, Cost, FLOOR, Measured, Results, WireUse};

/// What all backends measured, by name.
fn measured() -> Vec<(String, Measured)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = folder.path().join("calm.toml");
    let text = "name = \"calm\"\nmembers = 40\nrate = 50\nwarm_up = \"0.1s\"\nduration = \"1s\"\n\
                drain = \"10s\"\n[question]\nen = \"?\"\nde = \"?\"\n[expect]\nen = \".\"\nde = \".\"\n";
    std::fs::write(&scenario, text).expect("a temporary folder can be written");
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_duplex"))
        .args(["compare", "--repeats", "1", "--file"])
        .arg(&scenario)
        .arg("--out")
        .arg(folder.path())
        .timeout(std::time::Duration::from_secs(120))
        .output()
        .expect("the command can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = Results::load(&folder.path().join("results.json")).expect("results were saved");
    let runs = results.runs.into_iter();
    runs.map(|run| (run.backend, run.measured.expect("every run was measured"))).collect()
}

/// That two counts differ by at most 2 %, or by so few that a per cent has no meaning.
fn agree(what: &str, one: u64, other: u64) {
    agree_but_for(4, what, one, other);
}

fn agree_but_for(few: u64, what: &str, one: u64, other: u64) {
    let off = one.abs_diff(other);
    assert!(off <= one.max(other) / 50 + few, "{what}: {one} and {other}");
}

#[test]
fn what_a_server_counts_is_what_others_saw() {
    let all = measured();
    assert_eq!(all.len(), ALL.len() + 1);
    for (name, measured) in &all {
        let calls = measured.calls.unwrap_or_else(|| panic!("{name} tells no calls"));
        let Calls { reads, writes, says, deliveries, batches, wakes } = calls;
        assert_eq!(deliveries, measured.delivered, "{name}: deliveries");
        assert_eq!(says, measured.messages, "{name}: messages accepted");
        assert!(batches > 0 && batches <= deliveries && batches <= writes, "{name}: {calls:?}");
        // Every message came with a read. Over HTTP every poll did, too, and each was written an
        // answer, as was each message; where nothing is read but messages, one read may find two.
        // Behind each that finds something comes one that finds nothing, now and then a second.
        let polls = writes.saturating_sub(says);
        let least = if name == "long-poll" { says + polls } else { says };
        assert!(reads + 4 >= least - least / 10 && reads <= 3 * least + 4, "{name}: {calls:?}");
        assert!(wakes <= says * 40, "{name}: {calls:?}");
        assert_eq!(wakes == 0, name == FLOOR, "{name}: only the floor has no log: {calls:?}");
        if let Some(wire) = &measured.wire {
            writes_are_segments(name, &calls, wire);
        }
        if let Some(cost) = &measured.server {
            two_clocks_agree(name, cost);
        }
    }
}

/// A write of less than a segment, made when nothing waits to be sent, is a segment with data.
/// `/proc/PID/io` would be no witness: its `syscw` leaves out sends to sockets.
fn writes_are_segments(name: &str, calls: &Calls, wire: &WireUse) {
    match wire.received_data_segments {
        // This kernel does not tell data from acknowledgements, of which there is at most one for
        // each segment that was sent.
        0 => {
            let all = wire.received_segments;
            assert!(calls.writes <= all + 4, "{name}: {} writes, {all} segments", calls.writes);
            assert!(all <= calls.writes + wire.sent_segments, "{name}: {all} segments");
        }
        data => agree(&format!("{name}: writes and data segments"), calls.writes, data),
    }
}

fn two_clocks_agree(name: &str, cost: &Cost) {
    let scheduled = cost.scheduled_ns.unwrap_or_else(|| panic!("{name}: no books"));
    // The books are read one after the other, and a busy machine may let the server run for a slice
    // of 4 ms in between.
    let what = format!("{name}: clock of the process and of its threads");
    agree_but_for(4_000_000, &what, cost.cpu_ns, scheduled);
    let switches = cost.voluntary_switches + cost.involuntary_switches;
    let slices = cost.slices.unwrap_or_else(|| panic!("{name}: no slices"));
    agree(&format!("{name}: slices and switches"), slices, switches);
}
