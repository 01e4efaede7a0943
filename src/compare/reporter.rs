//! What the runner tells while it works; who shows it, and how, is not its business.

use std::time::Duration;

use crate::load::Progress;
use crate::results::Run;

/// Hears how a comparison goes on.
pub trait Reporter {
    /// Something a reader of the results should know: a caution, in one line.
    fn note(&mut self, text: &str);
    /// A run begins.
    fn started(&mut self, run: &Upcoming<'_>);
    /// A run goes on; about ten times a second.
    fn progress(&mut self, progress: &Progress);
    /// A run is over.
    fn finished(&mut self, run: &Run);
}

/// The run about to begin.
#[derive(Debug, Clone, Copy)]
pub struct Upcoming<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// How many runs there are.
    pub of: usize,
    /// The scenario's name.
    pub scenario: &'a str,
    /// The backend's name.
    pub backend: &'a str,
    /// What this run and all after it will probably take.
    pub left: Duration,
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn note(&mut self, _text: &str) {}
    fn started(&mut self, _run: &Upcoming<'_>) {}
    fn progress(&mut self, _progress: &Progress) {}
    fn finished(&mut self, _run: &Run) {}
}
