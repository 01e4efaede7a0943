//! The `duplex` command: parse, dispatch, exit code. The one place that prints `error: …`.

use std::process::ExitCode;

use duplex_lab::cli::{self, Cli, Command, Parsed};
use duplex_lab::compare::Refused;
use duplex_lab::{doctor, results};

use self::words::{colour, one_line, print};

#[path = "main/hunting.rs"]
mod hunting;
#[path = "main/judging.rs"]
mod judging;
#[path = "main/lab.rs"]
mod lab;
#[path = "main/lecturing.rs"]
mod lecturing;
#[path = "main/measuring.rs"]
mod measuring;
#[path = "main/serving.rs"]
mod serving;
#[path = "main/showing.rs"]
mod showing;
#[path = "main/signals.rs"]
mod signals;
#[path = "main/slides.rs"]
mod slides;
#[path = "main/words.rs"]
mod words;

/// How a command ended that did not go wrong in its use.
type Outcome = anyhow::Result<ExitCode>;

fn main() -> ExitCode {
    let outcome: Outcome = match cli::parse(colour()) {
        Parsed::Print(text) => print(&text).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Parsed::Refuse(why) => Err(Refused(why).into()),
        Parsed::Run(cli) => run(*cli),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {}", one_line(&format!("{error:#}")));
        ExitCode::from(if error.is::<Refused>() { 2 } else { 1 })
    })
}

fn run(cli: Cli) -> Outcome {
    match cli.command {
        Command::Serve(options) => serving::serve(&options),
        Command::Compare(options) if options.find_knee => hunting::find_knee(&options),
        Command::Compare(options) => measuring::compare(&options),
        Command::Load(options) => measuring::load(&options),
        Command::Report(options) => showing::report(&options),
        Command::Lab(options) => lab::lab(&options),
        Command::Slides(options) => slides::slides(&options),
        Command::Lecture(options) => lecturing::lecture(&options),
        Command::Wire(options) => lecturing::wire(&options),
        Command::Doctor(options) => {
            let report = doctor::report();
            print(&if options.json { report.to_json() } else { report.to_string() })?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Schema => {
            print(&results::schema_text())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            cli::completions(shell, &mut script);
            print(&String::from_utf8(script)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Floor(child) => serving::run_floor(&child),
        Command::LabActor(actor) => lab::act(&actor.role),
    }
}
