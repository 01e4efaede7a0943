//! Bar charts of what is counted or timed once per run: context switches, threads, deliveries per
//! second, the set-up of connections.

use super::bars::{self, Bar, Bars, Panel};
use super::charts::{Chart, cautions_of_cost};
use super::costs::absent;
use super::lang::{Lang, clip};
use super::loops::name_of;
use super::verdict::{self, Subject, Words};
use crate::results::{Figure, Group, Row, Summary};

const SWITCHES: Subject = Subject {
    figure: Figure::Voluntary,
    en: Words {
        what: "voluntary context switches per delivery",
        within: "in voluntary context switches per delivery",
        verb: "needs",
        first: "the voluntary context switches per delivery of",
        further: "those of",
    },
    de: Words {
        what: "freiwillige Kontextwechsel pro Zustellung",
        within: "bei den freiwilligen Kontextwechseln pro Zustellung",
        verb: "braucht",
        first: "so viele freiwillige Kontextwechsel pro Zustellung wie",
        further: "so viele wie",
    },
};

const THREADS: Subject = Subject {
    figure: Figure::Threads,
    en: Words {
        what: "threads",
        within: "in threads",
        verb: "needs",
        first: "the threads of",
        further: "those of",
    },
    de: Words {
        what: "Threads",
        within: "bei den Threads",
        verb: "braucht",
        first: "so viele Threads wie",
        further: "so viele wie",
    },
};

const RATE: Subject = Subject {
    figure: Figure::Throughput,
    en: Words {
        what: "deliveries per second",
        within: "in deliveries per second",
        verb: "brings",
        first: "the deliveries per second of",
        further: "those of",
    },
    de: Words {
        what: "Zustellungen pro Sekunde",
        within: "bei den Zustellungen pro Sekunde",
        verb: "schafft",
        first: "so viele Zustellungen pro Sekunde wie",
        further: "so viele wie",
    },
};

const SET_UP: Subject = Subject {
    figure: Figure::SetUp,
    en: Words {
        what: "set-up time",
        within: "in set-up time",
        verb: "is set up in",
        first: "the time of",
        further: "that of",
    },
    de: Words {
        what: "Aufbauzeit",
        within: "bei der Aufbauzeit",
        verb: "ist aufgebaut in",
        first: "der Zeit von",
        further: "der von",
    },
};

/// What a chart shows.
struct Count {
    name: &'static str,
    subject: Subject,
    what: &'static str,
    unit: &'static str,
    /// What a figure is divided by to be in that unit.
    scale: f64,
    /// The parts a bar is stacked from, with their names.
    parts: Vec<(Figure, &'static str)>,
}

/// How strongly the parts of a bar are filled.
const STRENGTH: [f64; 2] = [1.0, 0.35];

/// The charts `switches`, `threads`, `rate` and `set-up`.
pub(super) fn charts(summary: &Summary, lang: Lang) -> Vec<Chart> {
    all(lang).iter().map(|count| chart(summary, count, lang)).collect()
}

fn all(lang: Lang) -> [Count; 4] {
    let single = |figure| vec![(figure, "")];
    [
        Count {
            name: "switches",
            subject: SWITCHES,
            what: lang.say(
                "Context switches of the server per delivery",
                "Kontextwechsel des Servers pro Zustellung",
            ),
            unit: "",
            scale: 1.0,
            parts: vec![
                (
                    Figure::Voluntary,
                    lang.say("voluntary: nothing to do", "freiwillig: nichts zu tun"),
                ),
                (
                    Figure::Involuntary,
                    lang.say("involuntary: time was up", "unfreiwillig: Zeit war um"),
                ),
            ],
        },
        Count {
            name: "threads",
            subject: THREADS,
            what: lang.say("Threads of the server", "Threads des Servers"),
            unit: "",
            scale: 1.0,
            parts: single(Figure::Threads),
        },
        Count {
            name: "rate",
            subject: RATE,
            what: lang.say(
                "Deliveries per second; the percentage is what arrived of what was asked for",
                "Zustellungen pro Sekunde; die Prozentzahl ist, was von allem Verlangten ankam",
            ),
            unit: "/s",
            scale: 1.0,
            parts: single(Figure::Throughput),
        },
        Count {
            name: "set-up",
            subject: SET_UP,
            what: lang.say(
                "Set-up: from the first connect until every member has joined",
                "Aufbau: vom ersten Verbinden, bis jedes Mitglied beigetreten ist",
            ),
            unit: "ms",
            scale: 1e6,
            parts: single(Figure::SetUp),
        },
    ]
}

fn chart(summary: &Summary, count: &Count, lang: Lang) -> Chart {
    let bars = Bars {
        what: count.what.to_owned(),
        unit: count.unit,
        parts: count.parts.iter().map(|(_, name)| *name).zip(STRENGTH).collect(),
        unsplit: "",
        labels: if count.subject.figure == Figure::Throughput { 350 } else { 210 },
        panels: summary.groups.iter().map(|group| panel(group, count, lang)).collect(),
        footer: cautions_of_cost(summary, count.subject.figure, lang),
    };
    let title = verdict::of_all(summary, count.subject, lang);
    let svg = bars::draw(&bars, &title, lang);
    Chart { name: count.name.to_owned(), title, svg }
}

fn panel(group: &Group, count: &Count, lang: Lang) -> Panel {
    let mut name = name_of(group, lang);
    if let Some(scenario) = &group.scenario {
        let members = lang.say("members", "Mitglieder");
        name.push_str(&format!(" ({} {members})", lang.count(u64::from(scenario.members))));
    }
    let bar = |row: &Row| {
        let parts: Option<Vec<f64>> =
            count.parts.iter().map(|(part, _)| Some(row.value(*part)? / count.scale)).collect();
        let label = match &parts {
            None => absent(row, lang).to_owned(),
            Some(parts) => label(row, parts.iter().sum(), count, lang),
        };
        Bar {
            backend: row.backend.clone(),
            right: parts.unwrap_or_default(),
            left: Vec::new(),
            whole: None,
            label,
        }
    };
    Panel { name, bars: group.rows.iter().map(bar).collect(), floor: None }
}

fn label(row: &Row, value: f64, count: &Count, lang: Lang) -> String {
    // Nobody has a third of a thread.
    let whole = count.subject.figure == Figure::Threads && value.fract() == 0.0;
    let number = clip(&if whole { lang.tick(value) } else { lang.number(value) }, 12);
    let text = match count.unit {
        "/s" => format!("{number}/s · {}", lang.share(row.delivered_share())),
        unit => format!("{number} {unit}"),
    };
    text.trim_end().to_owned()
}
