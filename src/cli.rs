//! The command line as typed values. Knows flags, does nothing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub use self::lab::{Lab, LabActor, LabCommand, LabRun, Turned};
pub use self::lecture::{Lecture, RoomCode, Wire};
pub use self::policy::{Heartbeat, Policy};
pub use self::show::{Details, Format, Picture, Pictures, Show, Theme};
pub use self::slides::{Minutes, Slides};
use crate::results::{Slo, Threshold};
use crate::{backend, machine, scenario};

mod lab;
mod lecture;
mod policy;
mod show;
mod slides;

/// Sync, async and long-polling behind one chat, under one load generator.
#[derive(Debug, Parser)]
#[command(name = "duplex", version, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What scripts need to know.
const EXIT_CODES: &str = "Exit codes: 0 all is well, 1 a run failed, 2 wrong use, 3 a threshold was crossed \
(or its figure not measured) or something became worse than the baseline; a failed run comes first";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one chat server; open its address in a browser and chat
    Serve(Serve),
    /// Measure the backends against each other and write a report
    #[command(after_help = EXIT_CODES)]
    Compare(Compare),
    /// Run one scenario against a server that is already up
    #[command(after_help = EXIT_CODES)]
    Load(Load),
    /// Write table, charts and pages from a results file, without measuring
    #[command(after_help = EXIT_CODES)]
    Report(Report),
    /// Run the statements of the lecture as experiments
    #[command(after_help = EXIT_CODES)]
    Lab(Lab),
    /// Fill the slides of the lecture from results files, as Markdown for Marp
    Slides(Slides),
    /// Run all backends and the stage of the lecture; open its address in a browser
    Lecture(Lecture),
    /// Join a server and show every byte on the wire, coloured by what it is for
    Wire(Wire),
    /// Show what this machine allows and how to raise it
    Doctor(Doctor),
    /// Print the JSON Schema of results files
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// The floor: bare sends and nothing else (compare starts it by itself)
    #[command(hide = true)]
    Floor(Child),
    /// A process of an experiment (lab starts it by itself)
    #[command(hide = true)]
    LabActor(LabActor),
}

/// `duplex serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Which backend serves
    #[arg(long, value_name = "NAME", value_parser = backend_names())]
    pub backend: String,
    /// Where and how the process runs.
    #[command(flatten)]
    pub child: Child,
    /// Worker threads of async and long-poll [default: one per usable CPU]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Speak https:// and wss:// with a certificate for localhost that is made once and kept
    #[arg(long)]
    pub tls: bool,
    /// Speak https:// and wss:// with this certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "tls")]
    pub cert: Option<PathBuf>,
    /// The private key that belongs to --cert (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// What the server allows and how long it waits.
    #[command(flatten)]
    pub policy: Policy,
}

/// What every server process takes.
#[derive(Debug, Args)]
pub struct Child {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Run on these CPUs only, such as 0 or 0,2 or 0-3
    #[arg(long, value_name = "LIST")]
    pub cpus: Option<Cpus>,
    /// End when standard input is closed, and so with whoever holds its other end
    #[arg(long, hide = true)]
    pub exit_with_parent: bool,
}

/// A list of CPUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cpus(pub Vec<usize>);

impl FromStr for Cpus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        machine::parse_cpu_list(text).map(Cpus)
    }
}

/// Which scenarios.
#[derive(Debug, Args)]
pub struct Scenarios {
    /// Scenarios by name.
    #[arg(long, value_name = "NAMES", num_args = 1.., value_delimiter = ',', help = scenario_help())]
    pub scenario: Vec<String>,
    /// A scenario of your own
    #[arg(long, value_name = "FILE.toml")]
    pub file: Vec<PathBuf>,
    /// Closed loop: each speaker waits for its own message to come back before the next (for teaching)
    #[arg(long)]
    pub closed: bool,
    /// Members that lose their connection come back after a random part of SPREAD, 5s by default,
    /// and then after twice as long each time (RFC 6455 section 7.2.3)
    #[arg(long, value_name = "SPREAD", num_args = 0..=1, default_missing_value = "5s", value_parser = crate::units::parse_duration)]
    pub reconnect: Option<std::time::Duration>,
}

/// What makes no sense while the load is varied: every probe is a run of its own.
const NOT_WITH_KNEE: [&str; 8] =
    ["self_check", "repeats", "baseline", "fail_if", "closed", "export", "details", "fan_out"];

/// `duplex compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// Three scenarios, two seconds each, one repeat: under a minute
    #[arg(long)]
    pub quick: bool,
    /// Backends to compare [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = backend_names())]
    pub backends: Vec<String>,
    /// What to ask of them [default: all scenarios].
    #[command(flatten)]
    pub scenarios: Scenarios,
    /// Each scenario named, or lecture-hall, with so many members too and as many deliveries a second;
    /// three sizes make the chart of fan-out
    #[arg(long, value_name = "MEMBERS", num_args = 0.., value_delimiter = ',', default_missing_values = ["10", "1000"], value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub fan_out: Vec<u32>,
    /// How often each backend meets each scenario, in a fresh process [default: 3, quick: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeats: Option<u32>,
    /// Seed of the schedule and of the order of runs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Where results.json, index.html and charts go
    #[arg(long, value_name = "DIR", default_value = "reports/latest")]
    pub out: PathBuf,
    /// Worker threads of async and long-poll [default: one per CPU of the server]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Have the backends speak TLS and measure what it costs; the floor stays plain
    #[arg(long)]
    pub tls: bool,
    /// Compare each backend with itself and show the noise [default: async, 6 repeats]
    #[arg(long)]
    pub self_check: bool,
    /// Search the load at which each backend breaks a promise: double it, then close in to 2 %
    /// [default scenario: lecture-hall]
    #[arg(long, conflicts_with_all = NOT_WITH_KNEE)]
    pub find_knee: bool,
    /// The promise: so many of 100 deliveries within that time, and all of them arrive
    /// [default: p99=50ms]
    #[arg(long, value_name = "P=TIME", requires = "find_knee")]
    pub slo: Option<Slo>,
    /// What is raised until the promise breaks [default: rate]
    #[arg(long, value_enum, requires = "find_knee")]
    pub axis: Option<Axis>,
    /// What the results are held against.
    #[command(flatten)]
    pub judge: Judge,
    /// How results are shown.
    #[command(flatten)]
    pub show: Show,
}

/// `duplex load`.
#[derive(Debug, Args)]
pub struct Load {
    /// The server, such as http://127.0.0.1:8080 or wss://localhost:8080
    #[arg(long)]
    pub url: String,
    /// The backend it runs, which says how to talk to it
    #[arg(long, value_name = "NAME", value_parser = backend_names())]
    pub backend: String,
    /// What to ask of it [default: lecture-hall].
    #[command(flatten)]
    pub scenarios: Scenarios,
    /// Seed of the schedule
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Which of several generators this is, so that each has rooms of its own; then merge their
    /// results with report --merge
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub generator: u32,
    /// Trust a server with this certificate, or one signed by it (PEM)
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub ca: Option<PathBuf>,
    /// Trust whoever answers
    #[arg(long)]
    pub insecure: bool,
    /// Save results.json and a report here
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Measure what the server costs, too: its process number, when it runs on this machine
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,
    /// Run the generator on these CPUs only, such as 0 or 0,2 or 0-3
    #[arg(long, value_name = "LIST")]
    pub cpus: Option<Cpus>,
    /// Fail (exit 3) if this holds, such as "lecture-hall/async.p99 > 5ms"; can be repeated
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Threshold>,
    /// How results are shown.
    #[command(flatten)]
    pub show: Show,
}

/// `duplex report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Write only these charts into DIR/charts, such as cpu or latency-rush, and no report
    #[arg(long, value_name = "NAMES", num_args = 1.., value_delimiter = ',', conflicts_with_all = ["json", "export"])]
    pub charts: Vec<String>,
    /// A results.json
    #[arg(value_name = "RESULTS.json", required_unless_present = "merge")]
    pub results: Option<PathBuf>,
    /// Results of several generator machines that drove the same server at the same time, put
    /// together; needs --out
    #[arg(long, value_name = "FILES", num_args = 2.., requires = "out", conflicts_with = "results")]
    pub merge: Vec<PathBuf>,
    /// Where the report goes [default: beside the results]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What the results are held against.
    #[command(flatten)]
    pub judge: Judge,
    /// How results are shown.
    #[command(flatten)]
    pub show: Show,
}

/// What results are held against.
#[derive(Debug, Args)]
pub struct Judge {
    /// Fail (exit 3) if this holds: [SCENARIO/]BACKEND.FIGURE OP VALUE, such as "async.p99 > 5ms";
    /// can be repeated
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Threshold>,
    /// An older results.json; what became worse is shown and fails (exit 3)
    #[arg(long, value_name = "OLD.json")]
    pub baseline: Option<PathBuf>,
}

/// What a search varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Axis {
    /// The offered load, in messages per second
    Rate,
    /// The number of members
    Members,
}

/// `duplex doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The languages of the lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Deutsch
    De,
    /// English
    En,
}

/// What became of the arguments.
#[derive(Debug)]
pub enum Parsed {
    /// Something to do.
    Run(Box<Cli>),
    /// Help or version was asked for; it is to be printed.
    Print(String),
    /// They make no sense; one line says why.
    Refuse(String),
}

/// Reads the process's arguments; `colour` says whether help may be coloured.
#[must_use]
pub fn parse(colour: bool) -> Parsed {
    match Cli::try_parse() {
        Ok(cli) => Parsed::Run(Box::new(cli)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                let text = error.render();
                Parsed::Print(if colour { text.ansi().to_string() } else { text.to_string() })
            }
            kind => {
                let told = error.render().to_string();
                let mut line = one_line(&told);
                if kind == ErrorKind::UnknownArgument && told.contains("duplex lab run") {
                    line.push_str(&lab::known_knobs());
                }
                Parsed::Refuse(line)
            }
        },
    }
}

/// Writes the completion script of a shell.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn std::io::Write) {
    clap_complete::generate(shell, &mut Cli::command(), "duplex", out);
}

/// clap explains itself in a paragraph; what went wrong is what stands before the usage.
fn one_line(explanation: &str) -> String {
    let lines = explanation.lines().map(str::trim);
    let told =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let told = told.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    told.trim_start_matches("error: ").to_owned()
}

fn scenario_help() -> String {
    let all = scenario::all();
    let names = all.iter().map(|scenario| scenario.name.as_str()).collect::<Vec<_>>();
    format!("Scenarios by name: {}", names.join(", "))
}

fn backend_names() -> PossibleValuesParser {
    PossibleValuesParser::new(backend::ALL.iter().map(|backend| backend.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_explanation_becomes_one_line() {
        let error = Cli::try_parse_from(["duplex", "serve", "--backend", "fast"]).unwrap_err();
        let line = one_line(&error.render().to_string());
        assert!(line.starts_with("invalid value 'fast'") && line.contains("long-poll"), "{line}");
        assert!(!line.contains('\n') && !line.contains("Usage"), "{line}");
    }
}
