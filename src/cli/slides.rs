//! `duplex slides`: the lecture's slides, filled from results.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Lang;

/// `duplex slides`.
#[derive(Debug, Args)]
pub struct Slides {
    /// Results files; where two of them know a name, the first one counts
    #[arg(required = true, value_name = "RESULTS.json")]
    pub results: Vec<PathBuf>,
    /// Language of the deck
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// The folder with websocket.de.md, websocket.en.md and diagrams; code is read from the project
    /// around it
    #[arg(long, value_name = "DIR", default_value = "slides")]
    pub source: PathBuf,
    /// Where the filled Markdown and its pictures go
    #[arg(long, value_name = "DIR", default_value = "slides/out")]
    pub out: PathBuf,
    /// Where stage pages are served
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub base: String,
    /// Only the slides of the path of so many minutes
    #[arg(long, value_enum)]
    pub path: Option<Minutes>,
}

/// A path through the deck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Minutes {
    /// One lesson
    #[value(name = "45")]
    Short,
    /// Two lessons
    #[value(name = "90")]
    Long,
}
