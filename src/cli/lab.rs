//! `duplex lab`: which experiments there are, and making them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Lang;

/// `duplex lab`.
#[derive(Debug, Args)]
pub struct Lab {
    /// What to do.
    #[command(subcommand)]
    pub what: LabCommand,
}

/// What to do in the lab.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Show which experiments there are
    List {
        /// Language of the list
        #[arg(long, value_enum, default_value_t = Lang::En)]
        lang: Lang,
    },
    /// Make experiments and print what the lecture's statements are worth
    Run(LabRun),
}

/// `duplex lab run`.
#[derive(Debug, Args)]
pub struct LabRun {
    /// Experiments by name, or all
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Fewer and shorter runs
    #[arg(long)]
    pub quick: bool,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Where results.json, index.html and charts go
    #[arg(long, value_name = "DIR", default_value = "reports/lab")]
    pub out: PathBuf,
    /// Language of fact sheet and report
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// Print the results as JSON instead of the fact sheet
    #[arg(long)]
    pub json: bool,
}

/// `duplex lab-actor`.
#[derive(Debug, Args)]
pub struct LabActor {
    /// The role and its arguments
    #[arg(required = true, value_name = "ROLE")]
    pub role: Vec<String>,
}
