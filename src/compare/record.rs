//! Filling in the results: circumstances, cautions, and one run's outcome in the schema's words.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::bounds;
use super::contest::Contestant;
use crate::load::Outcome;
use crate::machine::{self, Split};
use crate::results::{
    self, Calls, Comebacks, Conditions, Cost, Measured, Memory, Results, Run, SCHEMA, Settings,
    Tool, WireUse,
};
use crate::scenario::Scenario;
use crate::units::Count;

/// Results without a run yet.
pub(super) fn blank(
    settings: Settings,
    scenarios: Vec<Scenario>,
    contestants: &[Contestant],
) -> Results {
    let shown = |contestant: &Contestant| results::Contestant {
        name: contestant.name.clone(),
        about: contestant.about.clone(),
    };
    let bounds = bounds::of_this_machine(&settings);
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Results {
        schema: SCHEMA,
        tool: tool(),
        started_at: u64::try_from(since_1970.as_millis()).unwrap_or(0),
        machine: machine::facts(),
        settings,
        scenarios,
        backends: contestants.iter().map(shown).collect(),
        runs: Vec::new(),
        bounds,
        knees: Vec::new(),
        lab: None,
    }
}

/// A run of which nothing is known yet.
pub(super) fn empty_run(scenario: &Scenario, contestant: &Contestant, repeat: u32) -> Run {
    Run {
        scenario: scenario.name.clone(),
        backend: contestant.name.clone(),
        repeat,
        failure: None,
        measured: None,
    }
}

/// What makes every figure of this comparison doubtful, each with what to do.
pub(super) fn cautions(cpus: &Split) -> Vec<String> {
    let mut cautions = Vec::new();
    if cfg!(debug_assertions) {
        cautions.push("this is a debug build, its figures mean nothing: use --release".to_owned());
    }
    if !cpus.is_pinned() {
        cautions.push(
            "server and generator share their CPUs here: on two or more CPUs of a Linux machine \
             each gets its own"
                .to_owned(),
        );
    }
    cautions
}

fn tool() -> Tool {
    let built_from = option_env!("DUPLEX_REVISION").map(str::to_owned);
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: built_from.or_else(|| revision(source)).unwrap_or_else(|| "unknown".to_owned()),
        profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
    }
}

/// The revision of the source tree as it is now, with `-dirty` when something in it was changed.
/// The repository is given by name, so that one further up is never mistaken for it.
fn revision(source: &Path) -> Option<String> {
    let output = Command::new("git")
        .arg("--git-dir")
        .arg(source.join(".git"))
        .arg("--work-tree")
        .arg(source)
        .args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        .output()
        .ok()?;
    let text = one_line(&String::from_utf8_lossy(&output.stdout));
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// What was read beside the load, as far as it could be.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) server: Option<Cost>,
    pub(super) generator: Option<Cost>,
    pub(super) calls: Option<Calls>,
    pub(super) memory: Option<Memory>,
    pub(super) conditions: Option<Conditions>,
}

/// An outcome and what was read beside it, in the schema's words.
pub(super) fn measured(outcome: Outcome, beside: Beside) -> Measured {
    Measured {
        seconds: outcome.seconds,
        messages: outcome.messages,
        expected: outcome.expected,
        delivered: outcome.delivered,
        delivered_in_time: outcome.delivered_in_time,
        findings: outcome.findings,
        response: outcome.response.into(),
        service: outcome.service.into(),
        send_lag: outcome.send_lag.into(),
        warm_up: outcome.warm_up.map(Into::into),
        in_flight: outcome.in_flight,
        timeline: outcome.timeline,
        server: beside.server,
        generator: beside.generator,
        calls: beside.calls,
        memory: beside.memory,
        wire: outcome.wire.map(|wire| WireUse {
            received_bytes: wire.bytes_received,
            sent_bytes: wire.bytes_sent,
            received_segments: wire.segments_received,
            sent_segments: wire.segments_sent,
            received_data_segments: wire.data_segments_received,
            sent_data_segments: wire.data_segments_sent,
            retransmitted_bytes: wire.bytes_retransmitted,
        }),
        ledger: outcome.ledger,
        conditions: beside.conditions,
        set_up_seconds: outcome.set_up_seconds,
        comebacks: (outcome.cuts > 0)
            .then_some(Comebacks { cuts: outcome.cuts, resets: outcome.resets }),
    }
}

/// Why a run does not count although it came to its end: the deliveries were not what was sent.
/// Findings are of the warm-up too, so they are told of all `checked` deliveries and not of those
/// that the measured phase asked for.
pub(super) fn complaint(measured: &Measured, checked: u64) -> Option<String> {
    let findings = &measured.findings;
    let counts = [
        ("lost", findings.lost),
        ("doubled", findings.doubled),
        ("reordered", findings.reordered),
        ("leaked", findings.leaked),
        ("corrupted", findings.corrupted),
    ];
    let mut found: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{} {what}", Count(*count)))
        .collect();
    let mut total = checked;
    if found.is_empty() {
        if measured.delivered == measured.expected {
            return None;
        }
        found.push(format!("{} arrived", Count(measured.delivered)));
        total = measured.expected;
    }
    let example = findings.examples.first().map_or(String::new(), |text| format!("; {text}"));
    let total = Count(total);
    Some(one_line(&format!("of {total} deliveries {}{example}", found.join(", "))))
}

/// A text without line ends.
pub(super) fn one_line(text: &str) -> String {
    // What a foreign server says must not steer the terminal it is shown on.
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Findings, Histogram};

    #[test]
    fn words_of_a_foreign_server_do_not_steer_the_terminal() {
        assert_eq!(one_line("refused:\n\u{1b}[2J\u{7}gone \u{9b}x"), "refused: [2J gone x");
    }

    fn clean() -> Measured {
        let empty: Histogram = hdrhistogram::Histogram::new(3).unwrap().into();
        Measured {
            seconds: 1.0,
            messages: 10,
            expected: 1000,
            delivered: 1000,
            delivered_in_time: 1000,
            findings: Findings::default(),
            response: empty.clone(),
            service: empty.clone(),
            send_lag: empty,
            warm_up: None,
            in_flight: None,
            timeline: None,
            server: None,
            generator: None,
            calls: None,
            memory: None,
            wire: None,
            ledger: None,
            conditions: None,
            set_up_seconds: 0.0,
            comebacks: None,
        }
    }

    #[test]
    fn a_clean_run_has_no_complaint() {
        assert_eq!(complaint(&clean(), 1200), None);
    }

    #[test]
    fn every_kind_of_finding_is_a_complaint() {
        for spoil in [
            (|f| f.lost = 1) as fn(&mut Findings),
            |f| f.doubled = 1,
            |f| f.reordered = 1,
            |f| f.leaked = 1,
            |f| f.corrupted = 1,
        ] {
            let mut measured = clean();
            spoil(&mut measured.findings);
            assert!(complaint(&measured, 1200).is_some_and(|why| why.contains(" 1 ")));
        }
        let short = Measured { delivered: 999, ..clean() };
        assert_eq!(complaint(&short, 1200).as_deref(), Some("of 1,000 deliveries 999 arrived"));
    }

    #[test]
    fn a_complaint_is_one_line() {
        let mut measured = clean();
        measured.findings.lost = 2;
        measured.findings.examples.push("member 3\nroom 0".to_owned());
        let expected = "of 1,200 deliveries 2 lost; member 3 room 0";
        assert_eq!(complaint(&measured, 1200).as_deref(), Some(expected));
    }

    #[test]
    fn a_folder_without_a_repository_has_no_revision() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(revision(folder.path()), None);
        assert!(!tool().revision.is_empty());
    }
}
