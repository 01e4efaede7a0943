//! How it was measured, told from the settings of this very comparison.

use super::content::{Block, heading};
use super::lang::Lang;
use crate::results::{FLOOR, LoopKind, Results, Scenario, Summary};
use crate::units::nanos;

/// Heading and list; nothing where nothing was run.
pub(super) fn blocks(results: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    if summary.groups.is_empty() {
        return Vec::new();
    }
    let told = [
        runs(results, lang),
        order(results, lang),
        open(summary, lang),
        clock(lang),
        pinned(results, lang),
    ];
    let mut told: Vec<String> = told.to_vec();
    if results.backends.iter().any(|backend| backend.name == FLOOR) {
        told.push(floor(lang));
    }
    let mut blocks = vec![heading("How it was measured", "So wurde gemessen", lang)];
    blocks.push(Block::List(told));
    blocks.extend(plans(summary, lang));
    blocks
}

fn runs(results: &Results, lang: Lang) -> String {
    let (all, scenarios) = (results.runs.len() as u64, results.scenarios.len() as u64);
    let bad = results.runs.iter().filter(|run| run.failure.is_some()).count() as u64;
    let (all, bad) = (lang.count(all), lang.count(bad));
    let (scenarios, repeats) = (lang.count(scenarios), lang.count(results.settings.repeats.into()));
    match lang {
        Lang::En => format!(
            "{all} runs, each against a fresh server process; {bad} of them failed. Scenarios: {scenarios}, repeats of each: {repeats}."
        ),
        Lang::De => format!(
            "{all} Läufe, jeder gegen einen frischen Serverprozess; {bad} davon gescheitert. Szenarien: {scenarios}, Wiederholungen von jedem: {repeats}."
        ),
    }
}

fn order(results: &Results, lang: Lang) -> String {
    let seed = results.settings.seed;
    match lang {
        Lang::En => format!(
            "The order of the runs was shuffled, and within a repeat all backends got the same schedule; the seed {seed} decides both."
        ),
        Lang::De => format!(
            "Die Reihenfolge der Läufe war gemischt, und in einer Wiederholung bekamen alle Backends denselben Plan; der Seed {seed} bestimmt beides."
        ),
    }
}

fn open(summary: &Summary, lang: Lang) -> String {
    let closed = |scenario: &Scenario| scenario.loop_kind == LoopKind::Closed;
    let any = summary.groups.iter().filter_map(|group| group.scenario.as_ref()).any(closed);
    let text = match any {
        false => lang.say(
            "Open loop: the plan fixed every moment of sending beforehand, and no message waited for an answer. Response time counts from that moment, so a server that stalls cannot hide it.",
            "Offene Schleife: Der Plan legte jeden Sendezeitpunkt vorher fest, und keine Nachricht wartete auf eine Antwort. Die Antwortzeit zählt ab diesem Zeitpunkt; ein Server, der stockt, kann das also nicht verbergen.",
        ),
        true => lang.say(
            "Closed loop in at least one scenario: there a message waited for the one before it. Response time still counts from the plan.",
            "Geschlossene Schleife in mindestens einem Szenario: Dort wartete eine Nachricht auf die vorige. Die Antwortzeit zählt trotzdem ab dem Plan.",
        ),
    };
    text.to_owned()
}

fn clock(lang: Lang) -> String {
    lang.say(
        "Both ends of every time were read from one clock in one process. Histograms are whole; percentiles are of all repeats together, everything else is the median of the repeats. Every delivery was checked: lost, doubled, out of order, in the wrong room, changed.",
        "Beide Enden jeder Zeit stammen von einer Uhr in einem Prozess. Histogramme sind vollständig; Perzentile gelten für alle Wiederholungen zusammen, alles andere ist der Median der Wiederholungen. Jede Zustellung wurde geprüft: verloren, doppelt, vertauscht, im falschen Raum, verändert.",
    )
    .to_owned()
}

fn pinned(results: &Results, lang: Lang) -> String {
    let settings = &results.settings;
    let (server, generator) = (&settings.server_cpus, &settings.generator_cpus);
    let apart = !server.is_empty()
        && !generator.is_empty()
        && server.iter().all(|cpu| !generator.contains(cpu));
    let text = match apart {
        true => lang.say(
            "Server and generator ran on CPUs of their own.",
            "Server und Lastgenerator liefen auf je eigenen CPUs.",
        ),
        false => lang.say(
            "Server and generator were not kept apart on CPUs of their own.",
            "Server und Lastgenerator waren nicht auf eigene CPUs getrennt.",
        ),
    };
    text.to_owned()
}

fn floor(lang: Lang) -> String {
    lang.say(
        "The floor ran in between as one more row: the same connections and the same schedule, one bare send per delivery and nothing else.",
        "Der Floor lief als weitere Zeile dazwischen mit: dieselben Verbindungen, derselbe Plan, ein bloßer Sendeaufruf pro Zustellung und sonst nichts.",
    )
    .to_owned()
}

/// What each scenario asked for.
fn plans(summary: &Summary, lang: Lang) -> Option<Block> {
    let mut rows = vec![
        [
            lang.say("plan", "Plan"),
            lang.say("members", "Mitglieder"),
            lang.say("rooms", "Räume"),
            lang.say("messages/s", "Nachrichten/s"),
            lang.say("deliveries/s", "Zustellungen/s"),
            lang.say("warm-up", "Aufwärmen"),
            lang.say("duration", "Dauer"),
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(summary.groups.iter().filter_map(|group| group.scenario.as_ref()).map(
        |scenario| {
            vec![
                super::lang::clip(&scenario.name, 40),
                lang.count(scenario.members.into()),
                lang.count(scenario.rooms.into()),
                lang.tick(scenario.rate),
                lang.tick(scenario.offered_deliveries()),
                lang.tick_time(nanos(scenario.warm_up) as f64),
                lang.tick_time(nanos(scenario.duration) as f64),
            ]
        },
    ));
    (rows.len() > 1).then_some(Block::Table { rows, numbers: true })
}
