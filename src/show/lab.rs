//! The fact sheet: what the lecture says, what the standards say of it, and what was just measured.
//!
//! The same texts on the terminal and in a report. Knows experiments only as data.

use super::content::Block;
use super::drawing;
use super::grid::push;
use super::lang::{Lang, NOTHING};
use super::papers;
use crate::results::{
    Agreement, Experiment, FactSheet, Judgement, LabOutcome, Picture, Reading, Results, Statement,
    Unit,
};

/// The fact sheet as plain text with lines of at most `width` characters; nothing where the results
/// have none.
#[must_use]
pub fn fact_sheet(results: &Results, lang: Lang, width: usize) -> String {
    let mut out = String::new();
    let Some(sheet) = &results.lab else { return out };
    for experiment in &sheet.experiments {
        out.push_str(&told(experiment, lang, width));
        out.push('\n');
    }
    for statement in tested(sheet) {
        push(
            &mut out,
            &format!("{}. {}", statement.number, lang.say(&statement.en, &statement.de)),
            width,
        );
        push(&mut out, &format!("   {}", judged(statement, lang)), width);
        for line in evidence(sheet, statement, lang) {
            push(&mut out, &format!("   {line}"), width);
        }
    }
    out
}

/// A line of text broken at `width` characters.
#[must_use]
pub fn wrapped(line: &str, width: usize) -> String {
    let mut out = String::new();
    push(&mut out, line, width);
    out
}

/// One experiment as plain text: question, prediction, figures, verdict.
#[must_use]
pub fn told(experiment: &Experiment, lang: Lang, width: usize) -> String {
    let mut out = format!("{}: ", experiment.name);
    out.push_str(lang.of(&experiment.question));
    let mut text = String::new();
    push(&mut text, &out, width);
    let predicted = lang.say("Predicted", "Vorhergesagt");
    push(&mut text, &format!("  {predicted}: {}", lang.of(&experiment.prediction.sentence)), width);
    if let LabOutcome::Ran { figures, .. } = &experiment.outcome {
        for figure in figures {
            push(&mut text, &format!("  {}", reading(figure, lang)), width);
        }
    }
    push(&mut text, &format!("  → {}", verdict(experiment, lang)), width);
    text
}

/// What a report of experiments alone begins with: how many came out how.
pub(super) fn opening(results: &Results, lang: Lang) -> Option<Vec<Block>> {
    let sheet = results.lab.as_ref().filter(|_| results.runs.is_empty())?;
    let agreed = sheet.experiments.iter().filter(|experiment| {
        matches!(&experiment.outcome, LabOutcome::Ran { verdict, .. } if verdict.agreement == Agreement::Agrees)
    });
    let (agreed, all) = (agreed.count(), sheet.experiments.len());
    let told = match lang {
        Lang::En => format!("{agreed} of {all} experiments came out as predicted."),
        Lang::De => format!("{agreed} von {all} Experimenten gingen aus wie vorhergesagt."),
    };
    let title = lang.say("The statements, as experiments", "Die Aussagen als Experimente");
    Some(vec![Block::Title(title.to_owned()), Block::List(vec![told])])
}

/// The fact sheet as a part of a report.
pub(super) fn blocks(results: &Results, lang: Lang) -> Vec<Block> {
    let Some(sheet) = &results.lab else { return Vec::new() };
    let mut blocks =
        vec![Block::Heading(lang.say("Fact sheet", "Faktenblatt").to_owned()), table(sheet, lang)];
    for experiment in &sheet.experiments {
        blocks.extend(page(experiment, lang));
    }
    blocks.extend(papers::blocks(sheet, lang));
    blocks
}

/// The statements that an experiment of this sheet tests, or all where none was left out.
fn tested(sheet: &FactSheet) -> impl Iterator<Item = &Statement> {
    sheet.statements.iter().filter(|statement| {
        statement.experiments.iter().any(|name| sheet.experiment(name).is_some())
    })
}

fn table(sheet: &FactSheet, lang: Lang) -> Block {
    let head = [
        "",
        lang.say("statement", "Aussage"),
        lang.say("verdict", "Urteil"),
        lang.say("measured", "gemessen"),
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for statement in &sheet.statements {
        let measured = evidence(sheet, statement, lang).join(" ");
        let measured = if measured.is_empty() { NOTHING.to_owned() } else { measured };
        let text = lang.say(&statement.en, &statement.de).to_owned();
        rows.push(vec![statement.number.to_string(), text, judged(statement, lang), measured]);
    }
    Block::Table { rows, numbers: false }
}

/// Judgement, source and reason.
fn judged(statement: &Statement, lang: Lang) -> String {
    let word = judgement(statement.judgement, lang);
    format!("{word} ({}). {}", statement.source, lang.of(&statement.why))
}

/// How true a statement is, in a word or two.
#[must_use]
pub fn judgement(judgement: Judgement, lang: Lang) -> &'static str {
    match judgement {
        Judgement::Right => lang.say("right", "richtig"),
        Judgement::HalfRight => lang.say("half right", "halb richtig"),
        Judgement::Imprecise => lang.say("imprecise", "ungenau"),
        Judgement::Wrong => lang.say("wrong", "falsch"),
    }
}

/// What the experiments about a statement found.
fn evidence(sheet: &FactSheet, statement: &Statement, lang: Lang) -> Vec<String> {
    let made = statement.experiments.iter().filter_map(|name| sheet.experiment(name));
    made.map(|experiment| format!("{}: {}", experiment.name, verdict(experiment, lang))).collect()
}

/// What an experiment found, in a sentence without its judgement.
pub(super) fn sentence(experiment: &Experiment, lang: Lang) -> String {
    match &experiment.outcome {
        LabOutcome::Ran { verdict, .. } => lang.of(&verdict.sentence).to_owned(),
        _ => verdict(experiment, lang),
    }
}

/// How an experiment came out, in a sentence.
#[must_use]
pub fn verdict(experiment: &Experiment, lang: Lang) -> String {
    match &experiment.outcome {
        LabOutcome::Ran { verdict, .. } => {
            let word = match verdict.agreement {
                Agreement::Agrees => lang.say("as predicted", "wie vorhergesagt"),
                Agreement::Contradicts => lang.say("NOT as predicted", "NICHT wie vorhergesagt"),
                Agreement::Open => lang.say("cannot be told", "nicht zu sagen"),
            };
            let sentence = lang.of(&verdict.sentence);
            // Some sentences say it themselves.
            let told = sentence.to_lowercase().starts_with(&word.to_lowercase());
            if told { sentence.to_owned() } else { format!("{sentence} ({word})") }
        }
        LabOutcome::Skipped(why) => {
            format!("{}: {}", lang.say("skipped", "ausgelassen"), lang.of(why))
        }
        LabOutcome::Failed(why) => format!("{}: {why}", lang.say("failed", "fehlgeschlagen")),
    }
}

/// A figure with where it was predicted to lie.
pub(super) fn reading(figure: &Reading, lang: Lang) -> String {
    let value = value(figure.value, figure.unit, lang);
    let what = lang.of(&figure.what);
    let Some((low, high)) = figure.predicted else { return format!("{what}: {value}") };
    let predicted = lang.say("predicted", "vorhergesagt");
    let range = match low == high {
        true => self::value(low, figure.unit, lang),
        false if low == 0.0 => format!("≤ {}", self::value(high, figure.unit, lang)),
        // Wider than anything that is measured: there is no upper end.
        false if high >= 1e9 && figure.unit == Unit::Ratio => {
            format!("≥ {}", self::value(low, figure.unit, lang))
        }
        false => format!(
            "{} – {}",
            self::value(low, figure.unit, lang),
            self::value(high, figure.unit, lang)
        ),
    };
    let mark = if figure.is_as_predicted() == Some(true) { "✓" } else { "✗" };
    format!("{mark} {what}: {value} ({predicted} {range})")
}

/// A value in its unit.
#[must_use]
pub fn value(value: f64, unit: Unit, lang: Lang) -> String {
    match unit {
        Unit::Time => lang.time(value),
        // Below a million every byte may matter; above it nobody can read so many digits.
        Unit::Bytes if value.abs() >= 1e9 => format!("{} GB", lang.tick(value / 1e9)),
        Unit::Bytes if value.abs() >= 1e6 => format!("{} MB", lang.tick(value / 1e6)),
        Unit::Bytes => format!("{} B", lang.tick(value)),
        Unit::Count => lang.tick(value),
        Unit::PerSecond => format!("{}/s", lang.number(value)),
        Unit::Ratio => format!("{}×", lang.factor(value)),
        Unit::Share => format!("{} %", lang.tick((value * 1000.0).round() / 10.0)),
    }
}

/// The page of one experiment: a student should understand it alone.
fn page(experiment: &Experiment, lang: Lang) -> Vec<Block> {
    let part = |en, de, text: &str| {
        let title = Block::Subheading(lang.say(en, de).to_owned());
        [title, Block::Paragraph(text.to_owned())]
    };
    let title = format!("{}: {}", experiment.name, lang.of(&experiment.question));
    let mut blocks = vec![Block::Heading(title)];
    blocks.extend(part("Set-up", "Aufbau", lang.of(&experiment.setup)));
    blocks.extend(experiment.drawing.as_ref().map(|drawing| Block::Drawing {
        title: lang.of(&experiment.setup).to_owned(),
        svg: drawing::draw(drawing, lang),
    }));
    blocks.extend(turned(experiment, lang));
    blocks.extend(part("Before the run", "Vor dem Lauf", lang.of(&experiment.prediction.sentence)));
    blocks.push(Block::Numbered(options(experiment, lang)));
    blocks.extend(part("What you see", "Was man sieht", &verdict(experiment, lang)));
    if let LabOutcome::Ran { figures, pictures, .. } = &experiment.outcome {
        blocks.push(Block::Chart(format!("lab-{}", experiment.name)));
        blocks.extend(pictures.iter().filter_map(|picture| grid(picture, lang)));
        blocks.push(Block::List(figures.iter().map(|figure| reading(figure, lang)).collect()));
    }
    blocks.extend(part("Why", "Warum", lang.of(&experiment.why)));
    blocks.extend(part("What it does not show", "Was es nicht zeigt", lang.of(&experiment.hides)));
    blocks.extend(part(
        "One thing to change and try",
        "Zum Ändern und Ausprobieren",
        lang.of(&experiment.next),
    ));
    blocks
}

/// The answers to choose of, the expected one marked.
fn options(experiment: &Experiment, lang: Lang) -> Vec<String> {
    let options = experiment.prediction.options.iter().enumerate().map(|(place, option)| {
        let mark = if place == experiment.prediction.expected {
            lang.say(" ← expected", " ← erwartet")
        } else {
            ""
        };
        format!("{}{mark}", lang.of(option))
    });
    options.collect()
}

/// What was made otherwise than by default.
fn turned(experiment: &Experiment, lang: Lang) -> Option<Block> {
    if experiment.knobs.is_empty() {
        return None;
    }
    let knobs = experiment.knobs.iter().map(|(name, value)| format!("`--{name} {value}`"));
    let knobs = knobs.collect::<Vec<_>>().join(", ");
    let changed = lang.say("Changed for this run", "Für diesen Lauf geändert");
    Some(Block::Paragraph(format!("{changed}: {knobs}")))
}

fn grid(picture: &Picture, lang: Lang) -> Option<Block> {
    let Picture::Grid { columns, rows } = picture else { return None };
    let mut cells = vec![vec![String::new()]];
    cells[0].extend(columns.iter().map(|column| lang.of(column).to_owned()));
    for row in rows {
        let mut line = vec![lang.of(&row.label).to_owned()];
        line.extend(row.cells.iter().map(|cell| {
            let mark = match cell.as_predicted {
                Some(true) => " ✓",
                Some(false) => " ✗",
                None => "",
            };
            format!("{}{mark}", lang.of(&cell.text))
        }));
        cells.push(line);
    }
    Some(Block::Table { rows: cells, numbers: false })
}
