//! What a delivery costs, by mechanism: processor time, switches, system calls, wake-ups.

use super::details::{Section, Table, not_measured};
use super::grid::{Block, heading};
use super::lang::{Lang, clip};
use super::loops::name_of;
use super::verdict::{self, Subject, Words};
use crate::results::{Figure, Group, Results, Summary, Witnesses};

/// The writing system calls, of which batching saves the most.
const WRITES: Subject = Subject {
    figure: Figure::Writes,
    en: Words {
        what: "writes per delivery",
        within: "in writes per delivery",
        verb: "needs",
        first: "the writes per delivery of",
        further: "those of",
    },
    de: Words {
        what: "Schreibaufrufe pro Zustellung",
        within: "bei den Schreibaufrufen pro Zustellung",
        verb: "braucht",
        first: "so viele Schreibaufrufe pro Zustellung wie",
        further: "so viele wie",
    },
};

/// How often a thread had to be put on a CPU: what waiting costs.
const SLICES: Subject = Subject {
    figure: Figure::Slices,
    en: Words {
        what: "slices per delivery",
        within: "in slices per delivery",
        verb: "needs",
        first: "the slices per delivery of",
        further: "those of",
    },
    de: Words {
        what: "Einsätze pro Zustellung",
        within: "bei den Einsätzen pro Zustellung",
        verb: "braucht",
        first: "so viele Einsätze pro Zustellung wie",
        further: "so viele wie",
    },
};

/// The columns: a figure and what it is divided by.
const COLUMNS: [(Figure, f64); 9] = [
    (Figure::UserCpu, 1e3),
    (Figure::SystemCpu, 1e3),
    (Figure::Voluntary, 1.0),
    (Figure::Involuntary, 1.0),
    (Figure::Slices, 1.0),
    (Figure::Reads, 1.0),
    (Figure::Writes, 1.0),
    (Figure::Wakes, 1.0),
    (Figure::PerBatch, 1.0),
];

pub(super) fn section(results: &Results, summary: &Summary, lang: Lang) -> Section {
    let groups = || summary.groups.iter();
    let mut told: Vec<String> = groups().flat_map(|group| told(group, lang)).collect();
    told.extend(witnesses(&Witnesses::of(results, summary), lang));
    Section {
        title: lang.say("Cost of a delivery by mechanism", "Kosten einer Zustellung nach Mechanismus"),
        told,
        chart: None,
        tables: groups().filter(|group| is_measured(group)).map(|group| table(group, lang)).collect(),
        legend: lang.say(
            "All but the last column per delivery. user, system µs: processor time of the server. volunt., involunt.: context switches because there was nothing to do, and because the time slice was over. slices: how often a thread was put on a CPU, so wake-ups and interruptions. reads, writes: system calls on connections, by the server's own count. wakes: waiting members that a log woke. msgs/write: messages that one write or one poll answer carried. –: not measured, or too short to split.",
            "Alles außer der letzten Spalte pro Zustellung. Nutzer, Kernel µs: Prozessorzeit des Servers. freiw., unfreiw.: Kontextwechsel, weil es nichts zu tun gab, und weil die Zeitscheibe um war. Einsätze: wie oft ein Thread auf eine CPU kam, also geweckt oder unterbrochen war. Lesen, Schreiben: Systemaufrufe an Verbindungen, vom Server selbst gezählt. Wecken: wartende Mitglieder, die ein Log weckte. Nachr./Schr.: Nachrichten, die ein Schreibaufruf oder eine Poll-Antwort trug. –: nicht gemessen oder zu kurz zum Aufteilen.",
        ),
    }
}

fn is_measured(group: &Group) -> bool {
    group.rows.iter().any(|row| COLUMNS.iter().any(|(figure, _)| row.value(*figure).is_some()))
}

/// What the repeats say about waiting and about batching.
fn told(group: &Group, lang: Lang) -> Vec<String> {
    let name = name_of(group, lang);
    let subjects = [
        (SLICES, lang.say("slices", "Einsätze")),
        (WRITES, lang.say("system calls", "Systemaufrufe")),
    ];
    let sentence = |(subject, what): (Subject, &str)| {
        verdict::of_group(group, subject, lang)
            .unwrap_or_else(|| not_measured(&format!("{name}, {what}"), lang))
    };
    subjects.map(sentence).to_vec()
}

/// How well those agree who counted the same, and by how much they differ when they do not.
fn witnesses(heard: &Witnesses, lang: Lang) -> Option<String> {
    let cpu = (
        lang.say(
            "processor time by the process and by the scheduler's books",
            "Prozessorzeit nach dem Prozess und nach den Büchern des Schedulers",
        ),
        heard.cpu_runs,
    );
    let deliveries = (
        lang.say(
            "deliveries by the server's count and by the oracle's",
            "Zustellungen nach Server und nach Orakel",
        ),
        heard.delivery_runs,
    );
    let cpu_is_alike = |gap: f64| gap <= Witnesses::MOST_CPU_GAP;
    let cpu = heard.cpu_gap.map(|gap| agreement(cpu, gap, cpu_is_alike(gap), lang));
    let deliveries = heard.delivery_gap.map(|gap| agreement(deliveries, gap, gap == 0.0, lang));
    let heard: Vec<String> = cpu.into_iter().chain(deliveries).collect();
    let witnesses = lang.say("Witnesses", "Zeugen");
    (!heard.is_empty()).then(|| format!("{witnesses}: {}", heard.join("; ")))
}

/// What was counted twice in so many runs, and the widest gap between the counts.
fn agreement((what, runs): (&str, u64), gap: f64, is_alike: bool, lang: Lang) -> String {
    let share = lang.factor_or_nothing(gap * 100.0);
    let runs = lang.count(runs);
    match lang {
        Lang::En if !is_alike => format!("{what}: differ by up to {share}\u{a0}% in {runs} runs"),
        Lang::De if !is_alike => {
            format!("{what}: weichen in {runs} Läufen um bis zu {share}\u{a0}% voneinander ab")
        }
        Lang::En if gap == 0.0 => format!("{what}: agree exactly in all {runs} runs"),
        Lang::De if gap == 0.0 => format!("{what}: stimmen in allen {runs} Läufen genau überein"),
        Lang::En => format!("{what}: agree within {share}\u{a0}% in all {runs} runs"),
        Lang::De => format!("{what}: stimmen in allen {runs} Läufen auf {share}\u{a0}% überein"),
    }
}

fn table(group: &Group, lang: Lang) -> Table {
    let mut rows = vec![heading(&[
        lang.say("per delivery", "pro Zustellung"),
        lang.say("user µs", "Nutzer µs"),
        lang.say("system µs", "Kernel µs"),
        lang.say("volunt.", "freiw."),
        lang.say("involunt.", "unfreiw."),
        lang.say("slices", "Einsätze"),
        lang.say("reads", "Lesen"),
        lang.say("writes", "Schreiben"),
        lang.say("wakes", "Wecken"),
        lang.say("msgs/write", "Nachr./Schr."),
    ])];
    for row in &group.rows {
        let mut cells = vec![clip(&row.backend, 24)];
        cells.extend(
            COLUMNS
                .iter()
                .map(|(figure, by)| lang.maybe(row.value(*figure).map(|value| value / by))),
        );
        rows.push(cells);
    }
    let backends = group.rows.iter().map(|row| row.backend.clone()).collect();
    let title = name_of(group, lang);
    Table { title, cells: Block { rows, optional: Vec::new() }, backends }
}
