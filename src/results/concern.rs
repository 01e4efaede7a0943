//! What can be wrong with a comparison: its code, and a few words where there is no room for more.
//!
//! Knows nothing of how it is found out or shown.

mod words;

use super::{Comebacks, Text};

/// What can be wrong with a comparison, with [advice](Concern::advice).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The program was built without optimisation.
    DebugBuild,
    /// Server and generator could take each other's CPU time.
    SharedCpus,
    /// The servers spoke TLS and the floor did not: a label of what was asked, not a doubt.
    Tls,
    /// There are too few repeats for an interval: this many.
    FewRepeats(usize),
    /// The floor was not measured, so nothing can be compared with other machines.
    NoFloor,
    /// Runs failed.
    Failed,
    /// Not every delivery arrived.
    NotDelivered,
    /// The server used more than 90 % of its CPUs.
    ServerBusy,
    /// Deliveries fell ever further behind the sends: the offered load was not sustained.
    Overloaded,
    /// The generator used more than 80 % of its CPU.
    GeneratorBusy,
    /// More than 1 % of the sends were over 1 ms late.
    SendsLate,
    /// There are too few messages for a 99th percentile.
    FewSamples,
    /// The loop was closed: a label of what was asked, not a doubt.
    ClosedLoop,
    /// Members lost their connections and came back: a label of what happened, not a doubt.
    CameBack(Comebacks),
    /// Others used more than 5 % of the CPUs that were measured on.
    ForeignLoad,
    /// The host of a virtual machine took more than 1 % of the CPU time.
    Steal,
    /// The processor was slowed down because of heat.
    Throttled,
    /// Deliveries under way differ by more than 5 % from their rate times their service time.
    LittleResidual,
    /// The byte ledger and the kernel's counters differ.
    BytesUnreconciled,
    /// Two counters of the same processor time differ by more than 2 %.
    CountersDisagree,
    /// The server handed out another number of deliveries than arrived.
    DeliveriesDisagree,
    /// A backend compared with itself seemed to differ.
    SelfCheckFailed,
    /// The baseline was measured on another machine.
    DifferentMachine,
    /// A scenario of the same name was another one in the baseline.
    DifferentScenario,
    /// The servers had other limits in the baseline.
    DifferentLimits,
    /// The baseline was asked for in another way: build, program, seed, CPUs.
    DifferentSettings,
}

impl Concern {
    /// Its name for programs, which never changes: kebab-case, without numbers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        words::of(self).code
    }

    /// What is wrong in a few words, for where there is no room for advice.
    #[must_use]
    pub fn brief(&self) -> Text {
        self.filled_in(words::of(self).brief)
    }

    /// What is wrong and what to do, in one or two sentences.
    #[must_use]
    pub fn advice(&self) -> Text {
        self.filled_in(words::of(self).advice)
    }

    fn filled_in(&self, (en, de): (&str, &str)) -> Text {
        let (number, second) = match self {
            Concern::FewRepeats(repeats) => (repeats.to_string(), String::new()),
            Concern::CameBack(Comebacks { cuts, resets }) => (cuts.to_string(), resets.to_string()),
            _ => (String::new(), String::new()),
        };
        let fill = |text: &str| text.replacen("{}", &number, 1).replace("{}", &second);
        Text { en: fill(en), de: fill(de) }
    }
}
