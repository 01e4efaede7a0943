//! The lab: every statement of the lecture as an experiment that anybody can run.
//!
//! An experiment is one file with the same five parts: what is asked, what is predicted before the
//! run, the run, the verdict computed from its figures, and what there is to see. A verdict is a
//! pure function of the figures, so that it can come out against us; a test shows each of them data
//! that contradict the prediction. Another experiment is one more file and one more line in [`ALL`].

mod actor;
mod bench;
mod blocked_executor;
mod card;
mod census;
mod fan_out;
mod frozen_reader;
mod goodbye;
mod handshake;
mod herd;
mod law;
mod loaded;
mod masking;
mod memory;
mod nagle;
mod omission;
mod outage;
mod proxy;
mod same_bytes;
mod set_up;
mod statements;
mod wake_ups;
mod wires;

use std::time::Duration;

use crate::machine::Interrupt;
use crate::results::{Experiment as Record, FactSheet, LabOutcome as Outcome, Text};

pub use self::actor::act;
pub use self::card::{Card, Data, NoData};
pub use self::statements::statements;

/// One experiment.
pub trait Experiment: Sync {
    /// What is asked, predicted and explained.
    fn card(&self) -> Card;

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
}

impl How<'_> {
    /// One of two numbers, the first when in a hurry.
    #[must_use]
    pub fn choose<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
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
    &census::Census,
    &same_bytes::SameBytes,
    &masking::Masking,
    &nagle::Nagle,
    &set_up::SetUp,
    &law::Law,
    &outage::Outage,
    &herd::Herd,
    &goodbye::Goodbye,
    &frozen_reader::FrozenReader,
    &blocked_executor::BlockedExecutor,
    &wake_ups::WakeUps,
    &memory::Memory,
    &fan_out::FanOut,
    &omission::Omission,
];

/// The experiment of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Experiment> {
    ALL.iter().copied().find(|experiment| experiment.card().name == name)
}

/// Makes experiments one after the other, tells each as it is done, and gives them as a fact sheet.
/// An interrupt ends the series; what is done by then is kept.
pub fn run(
    experiments: &[&'static dyn Experiment],
    how: &How<'_>,
    mut told: impl FnMut(&Record),
) -> FactSheet {
    let mut sheet = FactSheet { statements: statements(), experiments: Vec::new() };
    for experiment in experiments {
        let outcome = match experiment.run(how) {
            Ok(data) => {
                let verdict = experiment.judge(&data);
                Outcome::Ran { figures: data.figures, pictures: data.pictures, verdict }
            }
            Err(NoData::Interrupted) => break,
            Err(NoData::NotHere(why)) => Outcome::Skipped(why),
            Err(NoData::Failed(error)) => Outcome::Failed(format!("{error:#}")),
        };
        let record = experiment.card().record(outcome);
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
