//! The lecture as a deck of slides: Markdown in which numbers, pictures and code are filled in.
//!
//! A deck is Markdown for Marp, one slide between two lines `---`. A slide begins with a comment that
//! names it and says how many minutes it takes in the path of 45 and in that of 90 minutes; what has
//! neither is for those who read on. What is not typed but filled in stands in double braces:
//!
//! | placeholder | becomes |
//! |---|---|
//! | `SCENARIO.BACKEND.FIGURE` | a figure of a comparison, under the names of `report --json` |
//! | `A / B` | one of them as a multiple of the other |
//! | `lab.EXPERIMENT.KEY` | a figure of the lab; `.predicted` behind it gives where it was expected |
//! | `lab.EXPERIMENT.verdict` | a text of it: also `question`, `setup`, `prediction`, `why`, `hides`, `next` |
//! | `scenario.NAME.question` | what a scenario asks; also `expect` and `members` |
//! | `limits.NAME` | a limit that all backends were given, such as `ping_interval` |
//! | `statements.wrong` | how many statements are judged so; also `right`, `half-right`, `imprecise` |
//! | `machine.KEY` | a fact about the machine that measured |
//! | `chart NAME` | a chart of a report, written beside the deck |
//! | `chart lab-NAME or diagram NAME` | the chart of an experiment, or a drawing until it has been made |
//! | `diagram NAME` | a drawing of `diagrams/NAME.svg`, in which placeholders are filled in, too |
//! | `say ENGLISH \| DEUTSCH` | one of two wordings, for drawings |
//! | `code PATH#ANCHOR` | the lines between `// slide: ANCHOR` and `// slide: end` of a source file |
//! | `statement N` | a statement of the lecture, its verdict, its source, and what was measured |
//! | `predict EXPERIMENT` | its question and the answers to choose of |
//! | `live PAGE` | a link to a stage page |
//!
//! Whatever is unknown is an error that names the slide. Where two results files know a name, the
//! first one given counts. Knows results and how they are shown; opens nothing.

mod blocks;
mod code;
mod fill;
mod known;
mod slide;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::fill::fill;
pub use self::slide::Minutes;
use crate::show::Lang;

/// What a deck is made of, besides results.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The Markdown.
    pub text: &'a str,
    /// The language it is written in.
    pub lang: Lang,
    /// Only the slides of one path; all of them where none is given.
    pub path: Option<Path>,
    /// Where stage pages are, such as `http://127.0.0.1:8080`; without a slash at its end.
    pub base: &'a str,
    /// The folder pictures go to, as the deck calls it.
    pub pictures: &'a str,
}

/// A way through the deck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// One lesson of 45 minutes.
    Short,
    /// Two of them.
    Long,
}

/// Reads a file of the project by its path in it, such as `src/plan.rs`.
pub type Reader<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// A deck with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deck {
    /// Markdown for Marp.
    pub markdown: String,
    /// Pictures it shows: where they belong, as the deck calls it, and their SVG.
    pub pictures: Vec<(String, String)>,
    /// Its slides in order.
    pub slides: Vec<Shown>,
}

/// One slide of a deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// How long it takes.
    pub minutes: Minutes,
    /// The text with everything filled in, notes included.
    pub text: String,
}

/// What is wrong with a deck, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDeck {
    /// The slide, by name, or what stands before the first.
    pub slide: String,
    /// The line of the Markdown, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub why: String,
}

impl fmt::Display for BadDeck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slide '{}' (line {}): {}", self.slide, self.line, self.why)
    }
}

impl std::error::Error for BadDeck {}
