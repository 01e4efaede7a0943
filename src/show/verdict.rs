//! What the numbers say, in one sentence: the title of a chart, the first lines of a report.
//!
//! Every factor is the quotient of the two values that stand in the tables and charts; the repeats
//! decide only whether it is said (rule M5).

use super::lang::{Lang, clip};
use super::loops::name_of;
use crate::results::{Doubt, Figure, Group, Ratio, Row, Summary};

/// The scenario a one-sentence verdict prefers, because everybody knows the situation.
const FAMILIAR: &str = "lecture-hall";

/// How a language speaks of a figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// The thing.
    pub(super) what: &'static str,
    /// The thing as that in which there is no difference.
    pub(super) within: &'static str,
    pub(super) verb: &'static str,
    /// What follows the first factor and its ×, up to the name.
    pub(super) first: &'static str,
    /// What follows the others.
    pub(super) further: &'static str,
}

/// What a sentence is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) figure: Figure,
    pub(super) en: Words,
    pub(super) de: Words,
}

impl Subject {
    /// How the language speaks of the figure.
    pub(super) fn words(&self, lang: Lang) -> Words {
        if lang == Lang::De { self.de } else { self.en }
    }
}

/// CPU per delivery.
pub(super) const CPU: Subject = Subject {
    figure: Figure::Cpu,
    en: Words {
        what: "CPU per delivery",
        within: "in CPU per delivery",
        verb: "needs",
        first: "the CPU per delivery of",
        further: "that of",
    },
    de: Words {
        what: "CPU pro Zustellung",
        within: "bei der CPU pro Zustellung",
        verb: "braucht",
        first: "so viel CPU pro Zustellung wie",
        further: "so viel wie",
    },
};
/// What TCP carried in both directions per delivery: what was measured, without any estimate.
pub(super) const WIRE: Subject = Subject {
    figure: Figure::Payload,
    en: Words {
        what: "TCP bytes per delivery",
        within: "in TCP bytes per delivery",
        verb: "needs",
        first: "the TCP bytes per delivery of",
        further: "those of",
    },
    de: Words {
        what: "TCP-Bytes pro Zustellung",
        within: "bei den TCP-Bytes pro Zustellung",
        verb: "braucht",
        first: "so viele TCP-Bytes pro Zustellung wie",
        further: "so viele wie",
    },
};
/// User memory per connection.
pub(super) const MEMORY: Subject = Subject {
    figure: Figure::Memory,
    en: Words {
        what: "memory per connection",
        within: "in memory per connection",
        verb: "needs",
        first: "the memory per connection of",
        further: "that of",
    },
    de: Words {
        what: "Speicher pro Verbindung",
        within: "beim Speicher pro Verbindung",
        verb: "braucht",
        first: "so viel Speicher pro Verbindung wie",
        further: "so viel wie",
    },
};
/// The 99th percentile of the response time.
pub(super) const P99: Subject = Subject {
    figure: Figure::P99,
    en: Words {
        what: "p99 response time",
        within: "in p99 response time",
        verb: "has",
        first: "the p99 response time of",
        further: "that of",
    },
    de: Words {
        what: "p99-Antwortzeit",
        within: "bei der p99-Antwortzeit",
        verb: "braucht im p99",
        first: "so lange wie",
        further: "so lange wie",
    },
};

/// The sentence about one scenario, with its name in front.
pub(super) fn of_group(group: &Group, subject: Subject, lang: Lang) -> Option<String> {
    Some(format!("{}: {}", name_of(group, lang), sentence(group, subject, lang)?))
}

/// Who has the least of a figure, and who stands how beside it.
pub(super) struct Standing<'a> {
    /// Every row that has the figure, least first.
    pub(super) rows: Vec<(&'a Row, f64)>,
    /// Those the least differs from, with it as a multiple of them.
    pub(super) clear: Vec<(&'a Row, Ratio)>,
    /// Those to whom no difference is shown.
    pub(super) close: Vec<&'a Row>,
}

/// The standing in one scenario; `None` where nobody has the figure.
pub(super) fn standing(group: &Group, figure: Figure) -> Option<Standing<'_>> {
    let mut rows: Vec<(&Row, f64)> =
        group.contestants().filter_map(|row| Some((row, row.value(figure)?))).collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let ((least, _), others) = rows.split_first()?;
    let ratio = |row: &Row| least.ratio(row, figure).filter(Ratio::shows_difference);
    let clear = others.iter().filter_map(|(row, _)| Some((*row, ratio(row)?))).collect();
    let close = others.iter().map(|(row, _)| *row).filter(|row| ratio(row).is_none()).collect();
    Some(Standing { rows, clear, close })
}

/// The sentence itself: the backend with the least beside each of the others.
pub(super) fn sentence(group: &Group, subject: Subject, lang: Lang) -> Option<String> {
    let Standing { rows, clear, close } = standing(group, subject.figure)?;
    if rows.len() > 1
        && let Some(reason) = withheld(group, subject, lang)
    {
        return Some(reason);
    }
    if clear.is_empty() {
        return Some(undecided(&rows, subject, lang));
    }
    let mut sentence = claim(rows[0].0, &clear, subject, lang);
    if !close.is_empty() {
        let close: Vec<String> = close.iter().map(|row| clip(&row.backend, 20)).collect();
        let close = close.join(", ");
        sentence.push_str(&match lang {
            Lang::En => format!(" (no difference shown to {close})"),
            Lang::De => format!(" (gegenüber {close} kein Unterschied nachweisbar)"),
        });
    }
    Some(sentence)
}

/// Why there is no verdict, when something else than the backends may have been measured.
pub(super) fn withheld(group: &Group, subject: Subject, lang: Lang) -> Option<String> {
    let doubts = group.contestants().filter_map(|row| Some((row, row.doubt(subject.figure)?)));
    let doubts: Vec<(&Row, Doubt)> = doubts.collect();
    let (_, first) = doubts.first()?;
    let same = doubts.iter().filter(|(_, doubt)| doubt == first);
    let names: Vec<String> = same.map(|(row, _)| clip(&row.backend, 20)).collect();
    let words = subject.words(lang);
    let why = reason(*first, lang);
    Some(match lang {
        Lang::En => format!("no verdict on {}: {why} ({})", words.what, names.join(", ")),
        Lang::De => format!("kein Urteil über die {}: {why} ({})", words.what, names.join(", ")),
    })
}

/// Why a row bears no verdict, in a few words.
pub(super) fn reason(doubt: Doubt, lang: Lang) -> &'static str {
    match doubt {
        Doubt::ServerSaturated => {
            lang.say("the server was saturated", "Der Server war ausgelastet")
        }
        Doubt::Overloaded => lang
            .say("the offered load was not sustained", "Die angebotene Last wurde nicht getragen"),
        Doubt::Disturbed => lang.say(
            "other programs or heat took part in it",
            "Andere Programme oder Hitze wirkten mit",
        ),
        Doubt::GeneratorSaturated => {
            lang.say("the generator was saturated", "Der Lastgenerator war ausgelastet")
        }
        Doubt::SentLate => lang.say(
            "the generator sent too late to tell",
            "Der Lastgenerator sendete zu spät für ein Urteil",
        ),
    }
}

/// The least as a multiple of each backend that it differs from, and how the repeats bear it out.
fn claim(least: &Row, others: &[(&Row, Ratio)], subject: Subject, lang: Lang) -> String {
    let words = subject.words(lang);
    let mut sentence = format!("{} {}", clip(&least.backend, 20), words.verb);
    for (place, (row, ratio)) in others.iter().enumerate() {
        let link = match place {
            0 => "",
            last if last + 1 == others.len() => lang.say(" and", " und"),
            _ => ",",
        };
        let claim = if place == 0 { words.first } else { words.further };
        let factor = lang.factor(ratio.shown);
        let sure = ratio.interval.map(|interval| format!(" {}", lang.interval(interval)));
        let sure = sure.unwrap_or_default();
        sentence.push_str(&format!("{link} {factor}×{sure} {claim} {}", clip(&row.backend, 20)));
    }
    let without = others.iter().filter(|(_, ratio)| ratio.interval.is_none());
    let mut repeats: Vec<usize> = without.map(|(_, ratio)| ratio.repeats).collect();
    repeats.dedup();
    match (repeats.as_slice(), lang) {
        ([], _) => {}
        ([2], Lang::De) => sentence.push_str(", in beiden Wiederholungen"),
        ([n], Lang::De) => sentence.push_str(&format!(", in jeder der {n} Wiederholungen")),
        ([n], Lang::En) => sentence.push_str(&format!(", in each of {n} repeats")),
        _ => sentence.push_str(lang.say(", in each repeat", ", in jeder Wiederholung")),
    }
    sentence
}

/// All values side by side, without a claim.
fn undecided(rows: &[(&Row, f64)], subject: Subject, lang: Lang) -> String {
    let words = subject.words(lang);
    let mut values: Vec<String> = rows
        .iter()
        .take(4)
        .map(|(row, value)| {
            let value = shown(subject.figure, *value, lang).replace(' ', "\u{a0}");
            format!("{}\u{a0}{value}", clip(&row.backend, 20))
        })
        .collect();
    if rows.len() > values.len() {
        values.push("…".to_owned());
    }
    let values = values.join(", ");
    if rows.len() == 1 {
        return format!("{}: {values}", words.what);
    }
    let none = lang.say("no difference shown", "kein Unterschied nachweisbar");
    format!("{none} {} ({values})", words.within)
}

/// The sentence about the scenario that says it best.
pub(super) fn of_all(summary: &Summary, subject: Subject, lang: Lang) -> String {
    let weight = |group: &&Group| match subject.figure {
        // Memory is a slope over connections: the more there were, the better it is known.
        Figure::Memory => group.scenario.as_ref().map_or(0, |scenario| scenario.members),
        _ => u32::from(group.name == FAMILIAR),
    };
    let mut groups: Vec<&Group> = summary.groups.iter().collect();
    let compares = |group: &&Group| {
        group.contestants().filter(|row| row.value(subject.figure).is_some()).count() > 1
    };
    let judges = |group: &&Group| withheld(group, subject, lang).is_none();
    groups.sort_by_key(|group| std::cmp::Reverse((compares(group), judges(group), weight(group))));
    let best = groups.into_iter().find_map(|group| of_group(group, subject, lang));
    best.unwrap_or_else(|| {
        let what = subject.words(lang).what;
        format!("{what}: {}", lang.say("nothing to compare", "nichts zu vergleichen"))
    })
}

/// The value of a figure that sentences are about, with its unit.
pub(super) fn shown(figure: Figure, value: f64, lang: Lang) -> String {
    match figure {
        Figure::Payload => format!("{} B", lang.number(value)),
        Figure::Memory => format!("{} KiB", lang.number(value / 1024.0)),
        Figure::Writes
        | Figure::Slices
        | Figure::Threads
        | Figure::Voluntary
        | Figure::Throughput => lang.number(value),
        _ => lang.time(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::trials::{Dice, LOUD, USUAL, compared};
    use crate::results::{COMPARED, Results};

    const TRIALS: usize = 200;

    fn summaries(backends: &[(&str, f64)], repeats: u32, noise: f64) -> Vec<Summary> {
        trials(TRIALS, backends, repeats, noise)
    }

    fn trials(count: usize, backends: &[(&str, f64)], repeats: u32, noise: f64) -> Vec<Summary> {
        let mut dice = Dice::new(u64::from(repeats));
        let made = |_| Summary::of(&compared(backends, repeats, noise, &mut dice));
        (0..count).map(made).collect()
    }

    fn claims(summaries: &[Summary], subject: Subject) -> usize {
        let sentences = summaries.iter().map(|one| of_all(one, subject, Lang::En));
        sentences.filter(|sentence| sentence.contains('×')).count()
    }

    #[test]
    fn of_two_equals_a_winner_is_declared_in_one_of_twenty_trials_at_most() {
        let equals = [("async", 1.0), ("blocking", 1.0)];
        for repeats in [3, 6] {
            let trials = summaries(&equals, repeats, LOUD);
            for subject in [CPU, P99] {
                let wrong = claims(&trials, subject);
                assert!(wrong * 20 <= TRIALS, "{wrong} of {TRIALS} with {repeats} repeats");
            }
            for figure in COMPARED {
                let claimed = |one: &&Summary| one.groups[0].pairs(figure)[0].claim().is_some();
                let wrong = trials.iter().filter(claimed).count();
                assert!(wrong * 20 <= TRIALS, "{figure:?}: {wrong} with {repeats} repeats");
            }
        }
    }

    #[test]
    fn twice_the_cost_is_seen_by_three_repeats_on_a_usual_machine_and_by_six_on_a_loud_one() {
        let unequal = [("async", 1.0), ("blocking", 2.0)];
        for (repeats, noise) in [(3, USUAL), (6, LOUD)] {
            let seen = claims(&summaries(&unequal, repeats, noise), CPU);
            assert!(seen * 10 >= TRIALS * 9, "{seen} of {TRIALS} with {repeats} repeats");
        }
    }

    #[test]
    fn what_is_shown_never_lies_outside_its_interval() {
        let unequal = [("async", 1.0), ("blocking", 1.3)];
        for summary in trials(30, &unequal, 6, LOUD) {
            let group = &summary.groups[0];
            for figure in COMPARED {
                for row in group.contestants().filter(|row| row.counted() > 0) {
                    let (low, high) = row.interval(figure).unwrap();
                    let shown = row.value(figure).unwrap();
                    assert!(low <= shown && shown <= high, "{figure:?}");
                }
                let ratio = group.pairs(figure)[0].ratio;
                let (ratio, (low, high)) = (ratio.unwrap(), ratio.unwrap().interval.unwrap());
                assert!(low <= ratio.shown && ratio.shown <= high, "{figure:?}");
            }
        }
        let three: Results = compared(&unequal, 3, LOUD, &mut Dice::new(1));
        assert_eq!(Summary::of(&three).groups[0].row("async").unwrap().interval(Figure::P99), None);
    }
}
