//! The lab: every statement of the lecture as an experiment that anybody can run.
//!
//! An experiment is one file with the same five parts: what is asked, what is predicted before the
//! run, the run, the verdict computed from its figures, and what there is to see. A verdict is a
//! pure function of the figures, so that it can come out against us; a test shows each of them data
//! that contradict the prediction. Another experiment is one more file and one more line in [`ALL`].

mod actor;
mod bench;
mod blocked_executor;
mod bulk;
mod card;
mod census;
mod coalescing;
mod compression;
mod connections;
mod delay_proxy;
mod duplex;
mod fan_out;
mod frozen_reader;
mod goodbye;
mod handshake;
mod head_of_line;
mod herd;
mod history;
mod hostile_proxy;
mod idle;
mod kink;
mod knobs;
mod law;
mod layers;
mod loaded;
mod masking;
mod member;
mod memory;
mod nagle;
mod omission;
mod outage;
mod papers;
mod proxy;
mod same_bytes;
mod segments;
mod set_up;
mod sketch;
mod statements;
mod unawaited;
mod vanish;
mod vectors;
mod wake_ups;
mod wires;

use std::time::Duration;

use crate::machine::Interrupt;
use crate::results::{Experiment as Record, FactSheet, LabOutcome as Outcome, Text};

pub use self::actor::act;
pub use self::card::{Card, Data, NoData};
pub use self::knobs::{BadKnob, Knob, Settings, Values};
pub use self::papers::papers;
pub use self::sketch::Sketch;
pub use self::statements::statements;
pub use self::vanish::{DETECTORS, Detector, Fault, Noticed, cut_is_possible, let_vanish};

/// One experiment.
pub trait Experiment: Sync {
    /// What is asked, predicted and explained.
    fn card(&self) -> Card;

    /// What can be made otherwise, for those who want to try; nothing by default.
    fn knobs(&self) -> &'static [Knob] {
        &[]
    }

    /// The set-up as boxes and what connects them; nothing by default.
    fn sketch(&self) -> Sketch {
        Sketch::NONE
    }

    /// Makes it, and answers with its figures.
    ///
    /// # Errors
    /// When it cannot run here, was interrupted, or went wrong.
    fn run(&self, how: &How<'_>) -> Result<Data, NoData>;

    /// What the figures say of the prediction.
    fn judge(&self, data: &Data) -> crate::results::Finding;
}

/// How an experiment is to be made.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// Fewer and shorter runs.
    pub quick: bool,
    /// The seed of everything random.
    pub seed: u64,
    /// Raised when somebody wants it to end.
    pub interrupt: &'a Interrupt,
    /// What is to be made otherwise than by default.
    pub settings: &'a Settings,
    /// As few and as short runs as can be: for tests of the machinery, which judge no figures.
    pub briefly: bool,
}

impl<'a> How<'a> {
    /// Quick or not, from that seed, until that interrupt, and everything else by default.
    #[must_use]
    pub fn new(quick: bool, seed: u64, interrupt: &'a Interrupt) -> Self {
        static UNTURNED: Settings = Settings::DEFAULT;
        How { quick, seed, interrupt, settings: &UNTURNED, briefly: false }
    }

    /// One of two numbers, the first when in a hurry.
    #[must_use]
    pub fn choose<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// One of three numbers: of a test, when in a hurry, and else.
    #[must_use]
    pub fn scale<T>(&self, brief: T, quick: T, full: T) -> T {
        if self.briefly { brief } else { self.choose(quick, full) }
    }

    /// What a knob of words is set to; `default` when it was left alone.
    #[must_use]
    pub fn word<'b>(&'b self, knob: &str, default: &'b str) -> &'b str {
        self.settings.get(knob).unwrap_or(default)
    }

    /// What a knob of numbers is set to; `default` when it was left alone.
    #[must_use]
    pub fn number(&self, knob: &str, default: u64) -> u64 {
        self.settings.get(knob).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// Gives up when somebody wants it to end.
    ///
    /// # Errors
    /// Then.
    pub fn go_on(&self) -> Result<(), NoData> {
        if self.interrupt.is_raised() { Err(NoData::Interrupted) } else { Ok(()) }
    }

    /// Waits for that long, or until somebody wants it to end.
    ///
    /// # Errors
    /// When somebody does.
    pub fn pause(&self, time: Duration) -> Result<(), NoData> {
        let end = std::time::Instant::now() + time;
        loop {
            self.go_on()?;
            let left = end.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(20)));
        }
    }
}

/// Every experiment there is, in the order of the lecture.
pub const ALL: &[&dyn Experiment] = &[
    &handshake::Handshake,
    &vectors::Vectors,
    &census::Census,
    &same_bytes::SameBytes,
    &masking::Masking,
    &nagle::Nagle,
    &set_up::SetUp,
    &delay_proxy::DelayProxy,
    &law::Law,
    &vanish::Vanish,
    &outage::Outage,
    &herd::Herd,
    &goodbye::Goodbye,
    &frozen_reader::FrozenReader,
    &blocked_executor::BlockedExecutor,
    &wake_ups::WakeUps,
    &memory::Memory,
    &fan_out::FanOut,
    &omission::Omission,
    &kink::Kink,
    &bulk::Bulk,
    &connections::Connections,
    &hostile_proxy::HostileProxy,
    &head_of_line::HeadOfLine,
    &duplex::Duplex,
    &compression::Deflate,
    &layers::Layers,
    &coalescing::Coalescing,
    &idle::Idle,
    &unawaited::Unawaited,
];

/// The experiment of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Experiment> {
    ALL.iter().copied().find(|experiment| experiment.card().name == name)
}

/// Makes experiments one after the other, tells each as it is done, and gives them as a fact sheet.
/// Each is given those settings that are its own. An interrupt ends the series; what is done by then is kept.
pub fn run(
    experiments: &[&'static dyn Experiment],
    how: &How<'_>,
    mut told: impl FnMut(&Record),
) -> FactSheet {
    let mut sheet =
        FactSheet { statements: statements(), experiments: Vec::new(), papers: papers() };
    for experiment in experiments {
        let settings = how.settings.of(*experiment);
        let outcome = match experiment.run(&How { settings: &settings, ..*how }) {
            Ok(data) => {
                let verdict = experiment.judge(&data);
                Outcome::Ran { figures: data.figures, pictures: data.pictures, verdict }
            }
            Err(NoData::Interrupted) => break,
            Err(NoData::NotHere(why)) => Outcome::Skipped(why),
            Err(NoData::Failed(error)) => Outcome::Failed(format!("{error:#}")),
        };
        let record = experiment.card().record(outcome, experiment.sketch(), &settings);
        told(&record);
        sheet.experiments.push(record);
    }
    sheet
}

/// A text in both languages.
fn both(en: &str, de: &str) -> Text {
    Text { en: en.to_owned(), de: de.to_owned() }
}

/// A number with so many decimals, as English and as German write it.
fn decimal(value: f64, decimals: usize) -> (String, String) {
    let en = format!("{value:.decimals$}");
    let de = en.replace('.', ",");
    (en, de)
}

/// A number from 0 up to 1 that a seed decides (SplitMix64).
fn random(seed: u64, number: u64) -> f64 {
    let mut mixed = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as f64 / 2f64.powi(64)
}

/// The middle of some values; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
