//! Results beside a baseline: what became worse or better, and what differs besides.

use super::content::Block;
use super::grid::push;
use super::lang::{Lang, clip};
use super::pairs::name;
use super::table;
use super::verdict;
use crate::results::{Against, Change, Figure, Results, Verdict};

/// Columns of the terminal's lines.
const WIDTH: usize = 100;

/// What changed since the baseline, as plain text for the terminal.
#[must_use]
pub fn beside(results: &Results, baseline: &Results, lang: Lang) -> String {
    let against = Against::of(results, baseline);
    let mut out = format!("\n{}\n", heading(lang));
    push(&mut out, &verdict_line(&against, lang), WIDTH);
    for change in against.changes.iter().filter(|change| is_news(change)) {
        push(&mut out, &format!("{}: {}", word(change, lang), line(change, lang)), WIDTH);
    }
    for caution in &against.cautions {
        push(&mut out, &format!("! {}", table::caution(caution, lang)), WIDTH);
    }
    out
}

/// The same with every figure for the report.
pub(super) fn blocks(results: &Results, baseline: &Results, lang: Lang) -> Vec<Block> {
    let against = Against::of(results, baseline);
    let mut blocks = vec![
        Block::Heading(heading(lang).to_owned()),
        Block::Paragraph(verdict_line(&against, lang)),
    ];
    if !against.changes.is_empty() {
        let first = ["backend", "figure", "before", "now", "ratio", "verdict"];
        let german = ["Backend", "Zahl", "vorher", "jetzt", "Verhältnis", "Urteil"];
        let heads = if lang == Lang::De { german } else { first };
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(against.changes.iter().map(|change| row(change, lang)));
        blocks.push(Block::Table { rows, numbers: true });
    }
    if !against.cautions.is_empty() {
        let told = against.cautions.iter().map(|one| table::caution(one, lang));
        blocks.push(Block::List(told.collect()));
    }
    blocks.push(Block::Paragraph(
        lang.say(
            "A change is named from a quarter on and only if the repeats of both sessions bear it out: six on each side at least, and two 95 % intervals that do not meet. CPU is compared in multiples of the floor where both sessions measured one.",
            "Eine Änderung wird ab einem Viertel genannt und nur, wenn die Wiederholungen beider Messungen sie tragen: mindestens sechs auf jeder Seite und zwei 95-%-Intervalle, die sich nicht berühren. CPU wird in Vielfachen des Floors verglichen, wo beide Messungen ihn haben.",
        )
        .to_owned(),
    ));
    blocks
}

fn heading(lang: Lang) -> &'static str {
    lang.say("Compared with the baseline", "Verglichen mit der Vergleichsbasis")
}

fn is_news(change: &Change) -> bool {
    matches!(change.verdict, Verdict::Regression | Verdict::Improvement | Verdict::NotMeasured)
}

fn verdict_line(against: &Against, lang: Lang) -> String {
    let count = |verdict| against.changes.iter().filter(|one| one.verdict == verdict).count();
    let (worse, better) = (count(Verdict::Regression), count(Verdict::Improvement));
    let same = count(Verdict::NoChange);
    let open = against.changes.len() - worse - better - same;
    match lang {
        Lang::En => format!(
            "{worse} worse, {better} better, {same} without a change shown, {open} not judged."
        ),
        Lang::De => format!(
            "{worse} schlechter, {better} besser, {same} ohne nachweisbare Änderung, {open} nicht beurteilt."
        ),
    }
}

fn word(change: &Change, lang: Lang) -> String {
    match change.verdict {
        Verdict::Regression => lang.say("worse", "schlechter").to_owned(),
        Verdict::Improvement => lang.say("better", "besser").to_owned(),
        Verdict::NoChange => lang.say("no change shown", "keine Änderung nachweisbar").to_owned(),
        Verdict::Doubtful(doubt) => verdict::reason(doubt, lang).to_owned(),
        Verdict::TooFew => lang.say("too few repeats", "zu wenige Wiederholungen").to_owned(),
        Verdict::NotMeasured => lang.say("not measured now", "jetzt nicht gemessen").to_owned(),
        Verdict::NotComparable => lang.say("not comparable", "nicht vergleichbar").to_owned(),
    }
}

fn place(change: &Change) -> String {
    format!("{}/{}", clip(&change.scenario, 40), clip(&change.backend, 24))
}

fn ratio(change: &Change, lang: Lang) -> String {
    format!("{}×", lang.factor(change.now / change.before))
}

fn line(change: &Change, lang: Lang) -> String {
    let (before, now) = (value(change, change.before, lang), value(change, change.now, lang));
    let what = name(change.figure, lang);
    format!("{} {what} {before} → {now} ({})", place(change), ratio(change, lang))
}

fn row(change: &Change, lang: Lang) -> Vec<String> {
    vec![
        place(change),
        name(change.figure, lang).to_owned(),
        value(change, change.before, lang),
        value(change, change.now, lang),
        ratio(change, lang),
        word(change, lang),
    ]
}

fn value(change: &Change, value: f64, lang: Lang) -> String {
    match change.figure {
        _ if change.in_floors => format!("{}× Floor", lang.number(value)),
        Figure::Throughput => format!("{}/s", lang.number(value)),
        Figure::Memory => format!("{} KiB", lang.number(value / 1024.0)),
        _ => lang.time(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::FLOOR;
    use crate::results::trials::{Dice, compared};

    #[test]
    fn what_became_worse_is_said_with_both_values_and_what_differs_stands_below() {
        let mut dice = Dice::new(3);
        let mut session = |cost| compared(&[(FLOOR, 0.5), ("async", cost)], 6, 0.01, &mut dice);
        let (old, mut new) = (session(1.0), session(2.0));
        new.settings.seed = 9;
        let text = beside(&new, &old, Lang::En);
        assert!(text.contains("3 worse, 0 better, 2 without a change shown"), "{text}");
        assert!(
            text.contains("worse: lecture-hall/async CPU per delivery 1.98× Floor → 3.98× Floor"),
            "{text}"
        );
        assert!(text.contains("(seed: 1 → 9)"), "{text}");
        let german = beside(&old, &new, Lang::De);
        assert!(
            german.contains("0 schlechter, 3 besser") && german.contains("× Floor →"),
            "{german}"
        );
        let rows = blocks(&new, &old, Lang::De).into_iter().find_map(|block| match block {
            Block::Table { rows, .. } => Some(rows),
            _ => None,
        });
        assert_eq!(rows.unwrap().len(), 1 + 5);
    }
}
