//! The search for a knee as a state machine: it says where to probe next and hears what came of it.
//!
//! Double until the promise is broken (or halve until it is kept), then halve the gap until its ends
//! are 2 % apart, then probe both ends once more. Pure: it knows no server, no clock and no chance.
//!
//! Noise makes a server slower and never faster. So a promise that is kept once at a load is kept
//! there, and one that is broken is probed again: it counts as broken only when two probes break it
//! and none keeps it. A generator that cannot tell counts like a broken promise while searching, and
//! makes the answer one without a knee.

use crate::results::{End, Found, Outcome, Purpose};

/// The ends of a gap are close together when they are no further apart than this.
const CLOSE: f64 = 1.02;

/// Where a search may look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    /// Where it begins.
    pub(super) start: f64,
    /// The smallest load that says anything.
    pub(super) least: f64,
    /// The largest that can be asked for.
    pub(super) most: f64,
    /// What sets that.
    pub(super) because: End,
    /// Whether only whole numbers make sense.
    pub(super) is_whole: bool,
}

/// The next probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ask {
    /// The load.
    pub(super) at: f64,
    /// What for.
    pub(super) purpose: Purpose,
    /// How many probes there were at this load for the same purpose.
    pub(super) attempt: u32,
}

/// One search under way.
#[derive(Debug, Clone)]
pub(super) struct Search {
    range: Range,
    /// The load that is being probed, and what for.
    ask: Option<Ask>,
    votes: Votes,
    held: Option<f64>,
    wall: Option<Wall>,
}

/// The smallest load at which the promise was not seen to be kept.
#[derive(Debug, Clone, Copy)]
struct Wall {
    at: f64,
    /// Whether the generator was the reason.
    is_beyond: bool,
}

/// What the probes of one load said.
#[derive(Debug, Clone, Copy, Default)]
struct Votes {
    held: u32,
    broken: u32,
    beyond: u32,
}

/// What they amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Held,
    Broken,
    Beyond,
}

impl Votes {
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Held => self.held += 1,
            Outcome::Broken(_) => self.broken += 1,
            Outcome::Beyond(_) => self.beyond += 1,
        }
    }

    fn count(self) -> u32 {
        self.held + self.broken + self.beyond
    }

    fn verdict(self) -> Option<Verdict> {
        if self.held > 0 {
            return Some(Verdict::Held);
        }
        let seen = [(self.broken, Verdict::Broken), (self.beyond, Verdict::Beyond)];
        seen.into_iter().find(|(count, _)| *count > 1).map(|(_, verdict)| verdict)
    }
}

impl Search {
    /// A search that has not begun.
    pub(super) fn new(range: Range) -> Self {
        let start = range.start.clamp(range.least, range.most.max(range.least));
        let mut search =
            Search { range, ask: None, votes: Votes::default(), held: None, wall: None };
        search.go_to(start, Purpose::Search);
        search
    }

    /// Where to probe next; `None` when the search is over.
    pub(super) fn next(&self) -> Option<Ask> {
        self.ask.map(|ask| Ask { attempt: self.votes.count(), ..ask })
    }

    /// Hears how the probe ended that [`Search::next`] asked for.
    pub(super) fn hear(&mut self, outcome: &Outcome) {
        let Some(Ask { at, purpose, .. }) = self.ask else { return };
        if purpose == Purpose::Replay {
            // The replay is a second sight and no vote: whoever reads it sees both.
            match self.wall.filter(|wall| wall.at > at) {
                Some(wall) => self.go_to(wall.at, Purpose::Replay),
                None => self.ask = None,
            }
            return;
        }
        self.votes.add(outcome);
        match self.votes.verdict() {
            None => return,
            Some(Verdict::Held) => self.held = Some(at),
            Some(verdict) => {
                self.wall = Some(Wall { at, is_beyond: verdict == Verdict::Beyond });
            }
        }
        self.go_on();
    }

    /// What is known now.
    pub(super) fn found(&self) -> Found {
        let because = |end: End| end.text().en;
        if self.ask.is_some_and(|ask| ask.purpose == Purpose::Search) {
            let broken = self.wall.filter(|wall| !wall.is_beyond).map(|wall| wall.at);
            return Found::Unfinished {
                held: self.held,
                broken,
                because: because(End::Interrupted),
            };
        }
        match (self.held, self.wall) {
            (Some(held), Some(Wall { at, is_beyond: false })) => {
                Found::Between { held, broken: at }
            }
            (Some(held), Some(_)) => Found::NeverBroken { held, because: because(End::Generator) },
            (Some(held), None) => Found::NeverBroken { held, because: because(self.range.because) },
            (None, Some(Wall { at, is_beyond: false })) => Found::NeverHeld { least: at },
            (None, _) => {
                Found::Unfinished { held: None, broken: None, because: because(End::AtOnce) }
            }
        }
    }

    fn go_to(&mut self, at: f64, purpose: Purpose) {
        self.votes = Votes::default();
        self.ask = Some(Ask { at, purpose, attempt: 0 });
    }

    /// Chooses the next load after one is decided.
    fn go_on(&mut self) {
        let Range { least, most, .. } = self.range;
        let next = match (self.held, self.wall) {
            (None, Some(wall)) if wall.at > least => self.round(wall.at / 2.0).max(least),
            (Some(held), None) if held < most => self.round(held * 2.0).min(most),
            (Some(held), Some(wall)) => match self.between(held, wall.at) {
                Some(middle) => middle,
                None => return self.go_to(held, Purpose::Replay),
            },
            (Some(held), None) => return self.go_to(held, Purpose::Replay),
            (None, _) => {
                self.ask = None;
                return;
            }
        };
        self.go_to(next, Purpose::Search);
    }

    /// A load between two others; `None` when they are close together.
    fn between(&self, low: f64, high: f64) -> Option<f64> {
        if high <= low * CLOSE || (self.range.is_whole && high - low <= 1.0) {
            return None;
        }
        let middle = (low * high).sqrt();
        let rounded = self.round(middle);
        Some(if low < rounded && rounded < high { rounded } else { middle })
    }

    /// A load that people can read: four digits, or a whole number.
    fn round(&self, at: f64) -> f64 {
        if self.range.is_whole {
            return at.round();
        }
        let unit = 10f64.powf(at.log10().floor() - 3.0);
        let rounded = (at / unit).round() * unit;
        // A unit such as 0.1 is not exactly one.
        let clean = (rounded * 1e6).round() / 1e6;
        if clean > 0.0 && clean.is_finite() { clean } else { at }
    }
}

#[cfg(test)]
mod tests;
