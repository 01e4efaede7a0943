//! Why a run does not count: its own reason, what the oracle found, numbers that contradict each other.

use super::{Findings, Measured, Results, Run, Text};

/// Why a run does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// What the run itself gave as its reason.
    Reported(String),
    /// The delivery oracle found something.
    Findings(Findings),
    /// The numbers contradict each other (rule M9), in the words of the rule that is broken.
    Contradiction(&'static str),
    /// There is neither a measurement nor a reason.
    NothingMeasured,
}

impl Run {
    /// Whether it counts: it was measured, and nothing speaks against it.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.measured.is_some() && Failure::of(self).is_none()
    }
}

impl Results {
    /// Whether every run that was asked for is there and counts. Searches for a knee and experiments
    /// have no such runs.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let asked = self.settings.repeats as usize * self.scenarios.len() * self.backends.len();
        let others = !self.knees.is_empty() || self.lab.is_some();
        let made = self.runs.len() >= asked.max(1) || others;
        made && self.runs.iter().all(Run::counts)
    }
}

impl Failure {
    /// The first reason why a run does not count; `None` when it does.
    #[must_use]
    pub(super) fn of(run: &Run) -> Option<Failure> {
        if let Some(reason) = &run.failure {
            return Some(Failure::Reported(reason.clone()));
        }
        let measured = run.measured.as_ref()?;
        if !measured.findings.is_clean() {
            return Some(Failure::Findings(measured.findings.clone()));
        }
        contradiction(measured).map(Failure::Contradiction)
    }

    /// The reason in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Failure::Reported(reason) => Text { en: reason.clone(), de: reason.clone() },
            Failure::Findings(found) => {
                let Findings { lost, doubled, reordered, leaked, corrupted, examples: _ } = found;
                Text {
                    en: format!(
                        "{lost} lost, {doubled} doubled, {reordered} reordered, {leaked} leaked, {corrupted} corrupted"
                    ),
                    de: format!(
                        "{lost} verloren, {doubled} doppelt, {reordered} vertauscht, {leaked} in fremdem Raum, {corrupted} verfälscht"
                    ),
                }
            }
            Failure::Contradiction(rule) => Text {
                en: format!("the numbers contradict each other: {rule}"),
                de: format!("die Zahlen widersprechen einander: {rule}"),
            },
            Failure::NothingMeasured => {
                Text { en: "nothing was measured".into(), de: "nichts gemessen".into() }
            }
        }
    }
}

/// The first rule of M9 that a measurement breaks.
fn contradiction(run: &Measured) -> Option<&'static str> {
    let rules = [
        (run.seconds.is_finite() && run.seconds >= 0.0, "seconds ≥ 0"),
        (run.delivered <= run.expected, "delivered ≤ expected"),
        (run.delivered_in_time <= run.delivered, "in time ≤ delivered"),
        (run.response.len() == run.delivered, "response times = deliveries"),
        (run.service.len() == run.delivered, "service times = deliveries"),
        (run.send_lag.len() <= run.messages, "sends ≤ messages"),
        (agrees_with_the_ledger(run), "bytes on the wire = the ledger's count of the kernel"),
        ([&run.response, &run.service, &run.send_lag].iter().all(|h| h.is_sound()), "Σ bins = n"),
    ];
    rules.into_iter().find(|(kept, _)| !kept).map(|(_, rule)| rule)
}

/// The kernel's bytes stand in two places, in one of which those that were sent again count once
/// more.
fn agrees_with_the_ledger(run: &Measured) -> bool {
    let (Some(wire), Some(ledger)) = (&run.wire, &run.ledger) else { return true };
    let once = wire.sent_bytes.saturating_sub(wire.retransmitted_bytes);
    let up = ledger.measured.kernel_up;
    up.is_none_or(|up| (once..=wire.sent_bytes).contains(&up))
        && ledger.measured.kernel_down.is_none_or(|down| down == wire.received_bytes)
}
