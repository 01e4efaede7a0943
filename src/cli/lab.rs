//! `duplex lab`: which experiments there are, and making them.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand};

use super::Lang;
use crate::lab::Knob;

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
    /// Show which experiments there are, or all about some of them
    List {
        /// Experiments by name, to be shown with their set-up, prediction and knobs
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Language of the list
        #[arg(long, value_enum, default_value_t = Lang::En)]
        lang: Lang,
    },
    /// Show what others have reported beside what the same work gives here
    Papers {
        /// Results of lab run [default: reports/lab/results.json, where there are some]
        #[arg(value_name = "RESULTS.json")]
        results: Option<PathBuf>,
        /// Language of the table
        #[arg(long, value_enum, default_value_t = Lang::En)]
        lang: Lang,
        /// Print JSON
        #[arg(long)]
        json: bool,
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
    /// What is to be made otherwise.
    #[command(flatten)]
    pub turned: Turned,
}

/// The knobs of experiments that were turned, by name: each is an option of its own.
#[derive(Debug, Clone, Default)]
pub struct Turned(pub Vec<(String, String)>);

impl Args for Turned {
    fn augment_args(command: Command) -> Command {
        Knob::all().into_iter().fold(command, |command, (name, help)| {
            let knob = Arg::new(name).long(name).value_name("VALUE").help(help);
            command.arg(knob.help_heading("One thing to change and try"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Turned::augment_args(command)
    }
}

impl FromArgMatches for Turned {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |name: &str| Some((name.to_owned(), matches.get_one::<String>(name)?.clone()));
        Ok(Turned(Knob::all().into_keys().filter_map(value).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Turned::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What to add to the refusal of an option that `lab run` does not know.
pub(super) fn known_knobs() -> String {
    let knobs: Vec<String> = Knob::all().into_keys().map(|name| format!("--{name}")).collect();
    format!("; knobs of experiments are {}", knobs.join(", "))
}

/// `duplex lab-actor`.
#[derive(Debug, Args)]
pub struct LabActor {
    /// The role and its arguments
    #[arg(required = true, value_name = "ROLE")]
    pub role: Vec<String>,
}
