//! What came out of a scenario, in sentences computed from its numbers.
//!
//! One sentence for each figure that was compared, and one for what was delivered; where the
//! repeats do not bear a difference out the sentence says so (rule M5).

use super::lang::{Lang, clip};
use super::verdict::{self, Subject};
use crate::results::{Group, Row};

/// What a scenario is compared by, in the order it is told.
const SUBJECTS: [Subject; 4] = [verdict::CPU, verdict::P99, verdict::WIRE, verdict::MEMORY];

/// The sentences about one scenario; at least the one about what was delivered.
pub(super) fn of(group: &Group, lang: Lang) -> Vec<String> {
    let mut told = vec![delivered(group, lang)];
    told.extend(SUBJECTS.iter().filter_map(|subject| verdict::sentence(group, *subject, lang)));
    told.extend(floor(group, lang));
    told
}

/// Whether everything arrived, and where not, how much did.
fn delivered(group: &Group, lang: Lang) -> String {
    let rows: Vec<&Row> = group.rows.iter().filter(|row| row.runs > 0).collect();
    let whole = |row: &&Row| !row.is_failed() && row.delivered_share() == Some(1.0);
    let expected: u64 = rows.iter().fold(0, |sum, row| sum.saturating_add(row.expected));
    if !rows.is_empty() && rows.iter().all(whole) {
        let count = lang.count(expected);
        return match lang {
            Lang::En => format!("delivered: all of {count} deliveries, in order and once each"),
            Lang::De => {
                format!("zugestellt: alle {count} Zustellungen, in Reihenfolge und je einmal")
            }
        };
    }
    let told: Vec<String> = rows.iter().map(|row| share(row, lang)).collect();
    match told.is_empty() {
        true => lang.say("delivered: not measured", "zugestellt: nicht gemessen").to_owned(),
        false => format!("{}: {}", lang.say("delivered", "zugestellt"), told.join(", ")),
    }
}

fn share(row: &Row, lang: Lang) -> String {
    let what = match row.is_failed() {
        true => lang.say("failed", "gescheitert").to_owned(),
        false => lang.share(row.delivered_share()),
    };
    format!("{} {what}", clip(&row.backend, 24))
}

/// How far each backend is from what the machine needs for the bytes alone.
fn floor(group: &Group, lang: Lang) -> Option<String> {
    let of = |row: &Row| {
        let ratio = row.to_floor?;
        Some(format!("{}\u{a0}{}×", clip(&row.backend, 24), lang.factor(ratio.shown)))
    };
    let told: Vec<String> = group.contestants().filter_map(of).collect();
    let what = lang.say("CPU as a multiple of the floor", "CPU als Vielfaches des Floors");
    (!told.is_empty()).then(|| format!("{what}: {}", told.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Summary;
    use crate::results::fixture::complete;

    fn told(spoil: impl Fn(&mut crate::results::Run), lang: Lang) -> Vec<String> {
        let mut results = complete();
        results.runs.retain(|run| run.scenario == "ping");
        results.runs.iter_mut().for_each(spoil);
        of(&Summary::of(&results).groups[0], lang)
    }

    #[test]
    fn each_figure_has_its_sentence_without_the_name_of_the_scenario() {
        let told = told(|_| (), Lang::En);
        assert_eq!(told[0], "delivered: all of 120,000 deliveries, in order and once each");
        assert!(told[1].starts_with("async needs 0.50× the CPU per delivery of blocking"));
        assert!(told[3].contains("(no difference shown to async)"), "{told:?}");
        let floor = told.last().unwrap();
        assert!(floor.starts_with("CPU as a multiple of the floor: blocking\u{a0}2.6×"), "{floor}");
    }

    #[test]
    fn what_did_not_arrive_is_said_with_its_share() {
        let told = told(
            |run| {
                let measured = run.measured.as_mut().unwrap();
                match run.backend.as_str() {
                    "async" => measured.expected *= 2,
                    "blocking" => run.failure = Some("gone".to_owned()),
                    _ => {}
                }
            },
            Lang::De,
        );
        assert!(told[0].contains("async 50,00 %") && told[0].contains("blocking gescheitert"));
    }
}
