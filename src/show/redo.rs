//! The end of a report: what it was measured on, how to do it again, and the data behind it.

use super::content::{Block, Download, heading, paragraph};
use super::lang::{Lang, clip};
use crate::results::{Export, Format, Results, Summary, export};

/// The machine and every setting.
pub(super) fn machine(results: &Results, _: &Summary, lang: Lang) -> Vec<Block> {
    vec![heading("Machine and settings", "Maschine und Einstellungen", lang), facts(results, lang)]
}

/// The command, and what makes its schedule the same again.
pub(super) fn redo(results: &Results, _: &Summary, lang: Lang) -> Vec<Block> {
    let settings = &results.settings;
    let command = clip(&settings.command, 400);
    let revision = &results.tool.revision;
    // Anything but a bare commit, such as `unknown`, is nothing that could be checked out.
    let is_commit = revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut lines = Vec::new();
    if is_commit {
        lines.push(format!("git checkout {revision}"));
        lines.push("cargo install --locked --path .".to_owned());
    }
    lines.push(command);
    let seed = settings.seed;
    let tool = tool(results);
    let made = match lang {
        Lang::En => format!("Measured with duplex {tool} and seed {seed}."),
        Lang::De => format!("Gemessen mit duplex {tool} und Seed {seed}."),
    };
    let how = paragraph(
        "The same seed gives the same schedule and order. The raw histograms are in results.json; `duplex report results.json` writes this report again without measuring.",
        "Derselbe Seed ergibt denselben Plan und dieselbe Reihenfolge. Die ganzen Histogramme stehen in results.json; `duplex report results.json --lang de` schreibt diesen Bericht ohne Messung neu.",
        lang,
    );
    let title = heading("How to redo it", "So lässt es sich wiederholen", lang);
    vec![title, Block::Code(lines.join("\n")), Block::Paragraph(made), how]
}

/// The data behind the report. The figures travel in the page itself; the histograms lie beside it.
pub(super) fn downloads(_: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    if summary.groups.is_empty() {
        return Vec::new();
    }
    let file = |name: &str, carried, about: &str| Download {
        name: name.to_owned(),
        about: about.to_owned(),
        carried,
    };
    let whole = lang.say(
        "everything measured, with whole histograms; lies beside this page",
        "alles Gemessene, mit ganzen Histogrammen; liegt neben dieser Seite",
    );
    let runs = lang.say("the figures of each run", "die Zahlen jedes Laufs");
    let shown = lang.say(
        "the figures of each scenario and backend, as shown here",
        "die Zahlen jedes Szenarios und Backends, wie hier gezeigt",
    );
    let all = vec![
        file("results.json", false, whole),
        file("runs.csv", true, runs),
        file("summary.csv", true, shown),
    ];
    vec![heading("Raw data", "Rohdaten", lang), Block::Downloads(all)]
}

/// The files that a page carries, whatever its language.
pub(super) fn carried(results: &Results) -> Vec<Export> {
    // Results whose counts fit into no CSV still have their report.
    export(results, &[Format::Csv]).unwrap_or_default()
}

/// The program that measured.
pub(super) fn tool(results: &Results) -> String {
    let tool = &results.tool;
    clip(&format!("{} ({}, {})", tool.version, tool.revision, tool.profile), 120)
}

fn facts(results: &Results, lang: Lang) -> Block {
    let settings = &results.settings;
    let cpus = |list: &[usize]| {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        if list.is_empty() {
            lang.say("not pinned", "nicht angeheftet").to_owned()
        } else {
            list.join(", ")
        }
    };
    let row = |name: &str, value: String| vec![clip(name, 80), clip(&value, 200)];
    let mut rows = vec![row(lang.say("what", "was"), lang.say("value", "Wert").to_owned())];
    rows.push(row("duplex", tool(results)));
    rows.extend(results.machine.iter().map(|(name, value)| row(name, value.clone())));
    rows.push(row(lang.say("server CPUs", "CPUs des Servers"), cpus(&settings.server_cpus)));
    rows.push(row(
        lang.say("generator CPUs", "CPUs des Lastgenerators"),
        cpus(&settings.generator_cpus),
    ));
    rows.push(row("seed", settings.seed.to_string()));
    rows.push(row(lang.say("repeats", "Wiederholungen"), settings.repeats.to_string()));
    rows.extend(settings.limits.iter().map(|(name, value)| row(name, value.to_string())));
    Block::Table { rows, numbers: false }
}
