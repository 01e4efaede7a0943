//! The lab: which experiments there are, and making them.

use std::path::Path;
use std::process::ExitCode;

use duplex_lab::cli;
use duplex_lab::compare::{self, Refused};
use duplex_lab::lab::{self, Experiment, How, Settings};
use duplex_lab::results::{Agreement, FactSheet, LabOutcome, Results};
use duplex_lab::show;

use super::Outcome;
use super::signals::interrupted_by_ctrl_c;
use super::words::{cannot_write, command_line, language, print};

/// Columns of a table when nobody knows how wide the terminal is.
const COLUMNS: usize = 100;

pub(super) fn lab(asked: &cli::Lab) -> Outcome {
    match &asked.what {
        cli::LabCommand::List { names, lang } if names.is_empty() => list(*lang),
        cli::LabCommand::List { names, lang } => describe(&chosen(names)?, language(*lang)),
        cli::LabCommand::Papers { results, lang, json } => {
            papers(results.as_deref(), language(*lang), *json)
        }
        cli::LabCommand::Run(run) => make(run),
    }
}

/// Plays a role in an experiment of whoever started this process.
pub(super) fn act(role: &[String]) -> Outcome {
    lab::act(role)?;
    Ok(ExitCode::SUCCESS)
}

fn list(lang: cli::Lang) -> Outcome {
    let lang = language(lang);
    let mut text = String::new();
    for experiment in lab::ALL {
        let card = experiment.card();
        let (en, de) = card.question;
        let question = if lang == show::Lang::De { de } else { en };
        text.push_str(&format!("{:<16} {question}\n", card.name));
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What others have reported, beside the figures of a results file.
fn papers(file: Option<&Path>, lang: show::Lang, json: bool) -> Outcome {
    const LATEST: &str = "reports/lab/results.json";
    let file = file.or_else(|| Some(Path::new(LATEST)).filter(|latest| latest.exists()));
    let found = file.map(Results::load).transpose();
    let found = found.map_err(|error| Refused(error.to_string()))?.and_then(|all| all.lab);
    let experiments = found.map(|sheet| sheet.experiments).unwrap_or_default();
    let sheet = FactSheet { statements: Vec::new(), experiments, papers: lab::papers() };
    if json {
        print(&format!("{}\n", serde_json::to_string(&sheet)?))?;
    } else {
        print(&show::papers(&sheet, lang, COLUMNS))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// All about some experiments that can be known before they run.
fn describe(experiments: &[&dyn Experiment], lang: show::Lang) -> Outcome {
    let say = |en, de| if lang == show::Lang::De { de } else { en };
    let mut text = String::new();
    for experiment in experiments {
        let card = experiment.card();
        let of = |(en, de)| say(en, de);
        text.push_str(&format!("{}: {}\n", card.name, of(card.question)));
        let mut line = |name: &str, what: &str| {
            text.push_str(&show::wrapped(&format!("  {name}: {what}"), COLUMNS));
        };
        line(say("set-up", "Aufbau"), of(card.setup));
        line(say("predicted", "vorhergesagt"), of(card.prediction));
        line(say("try next", "als Nächstes"), of(card.next));
        for knob in experiment.knobs() {
            let values = format!(
                "{} ({}; {} {})",
                of(knob.about),
                knob.values,
                say("default", "Standard"),
                knob.default
            );
            line(&format!("--{}", knob.name), &values);
        }
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn make(asked: &cli::LabRun) -> Outcome {
    let chosen = chosen(&asked.names)?;
    let settings = Settings::new(asked.turned.0.clone(), &chosen);
    let settings = settings.map_err(|error| Refused(error.to_string()))?;
    compare::check_folder(&asked.out, chosen.len())?;
    show::check_free(&asked.out).map_err(|error| Refused(error.to_string()))?;
    let interrupt = interrupted_by_ctrl_c()?;
    let how = How { settings: &settings, ..How::new(asked.quick, asked.seed, &interrupt) };
    let lang = language(asked.lang);
    let mut number = 0;
    let sheet = lab::run(&chosen, &how, |record| {
        number += 1;
        eprint!("[{number}/{}] {}", chosen.len(), show::told(record, lang, COLUMNS));
    });
    if sheet.experiments.is_empty() {
        eprintln!("interrupted: nothing was finished");
        return Ok(ExitCode::FAILURE);
    }
    let whole = sheet.experiments.len() == chosen.len();
    let failed = sheet.experiments.iter().any(|one| matches!(one.outcome, LabOutcome::Failed(_)));
    let results = compare::of_the_lab(sheet, command_line(), asked.seed);
    save(&results, asked)?;
    if asked.json {
        print(&format!("{}\n", serde_json::to_string(&results)?))?;
    } else {
        print(&show::fact_sheet(&results, lang, COLUMNS))?;
        print(&summary(&results, lang))?;
    }
    eprintln!("report: {}", asked.out.join("index.html").display());
    Ok(if whole && !failed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn save(results: &Results, asked: &cli::LabRun) -> anyhow::Result<()> {
    let file = asked.out.join("results.json");
    results.save(&file).map_err(|error| cannot_write(&file, &error))?;
    let written = show::write_report(results, &asked.out, language(asked.lang));
    written.map_err(|error| Refused(error.to_string()))?;
    Ok(())
}

/// How many came out how.
fn summary(results: &Results, lang: show::Lang) -> String {
    let experiments = results.lab.iter().flat_map(|sheet| &sheet.experiments);
    let mut counts = [0; 5];
    for experiment in experiments {
        let kind = match &experiment.outcome {
            LabOutcome::Ran { verdict, .. } => match verdict.agreement {
                Agreement::Agrees => 0,
                Agreement::Contradicts => 1,
                Agreement::Open => 2,
            },
            LabOutcome::Failed(_) => 3,
            LabOutcome::Skipped(_) => 4,
        };
        counts[kind] += 1;
    }
    let [agree, contradict, open, failed, skipped] = counts;
    match lang {
        show::Lang::En => format!(
            "\n{agree} as predicted, {contradict} not, {open} cannot be told, {failed} failed, {skipped} skipped\n"
        ),
        show::Lang::De => format!(
            "\n{agree} wie vorhergesagt, {contradict} nicht, {open} nicht zu sagen, {failed} gescheitert, {skipped} ausgelassen\n"
        ),
    }
}

/// The experiments of these names; `all` means every one.
fn chosen(names: &[String]) -> Result<Vec<&'static dyn Experiment>, Refused> {
    if names.iter().any(|name| name == "all") {
        return Ok(lab::ALL.to_vec());
    }
    let found = |name: &String| {
        lab::named(name).ok_or_else(|| {
            let known: Vec<&str> = lab::ALL.iter().map(|one| one.card().name).collect();
            let known = known.join(", ");
            Refused(format!("there is no experiment '{name}': choose of all, {known}"))
        })
    };
    names.iter().map(found).collect()
}
