//! Every backend beside every other: one table per scenario with the ratios of all pairs.
//!
//! The same ratios that sentences are made of, with those a sentence has no room for.

use super::content::Block;
use super::lang::{Lang, NOTHING, clip};
use crate::results::{COMPARED, Figure, Group, Pair, Row};

/// What the repeats say of each backend, and of each two of them; the words below say how to read
/// it. Nothing where there is nothing to compare or no interval.
pub(super) fn blocks(group: &Group, lang: Lang) -> Vec<Block> {
    let mut blocks = intervals(group, lang);
    blocks.extend(table(group, lang));
    blocks
}

/// Each backend's figures with the interval of the median over its repeats.
fn intervals(group: &Group, lang: Lang) -> Vec<Block> {
    let has = |row: &Row| COMPARED.iter().any(|figure| row.interval(*figure).is_some());
    if !group.rows.iter().any(has) {
        return Vec::new();
    }
    let mut rows = vec![heading(lang.say("95 % intervals", "95-%-Intervalle"), lang)];
    for row in &group.rows {
        let mut cells = vec![clip(&row.backend, 24)];
        cells.extend(COMPARED.map(|figure| with_interval(row, figure, lang)));
        rows.push(cells);
    }
    vec![Block::Table { rows, numbers: true }]
}

fn with_interval(row: &Row, figure: Figure, lang: Lang) -> String {
    let Some(value) = row.value(figure) else { return NOTHING.to_owned() };
    let shown = |value| match figure {
        Figure::Throughput => lang.number(value),
        _ => lang.time(value),
    };
    let between = lang.say(", ", "; ");
    let sure = row
        .interval(figure)
        .map(|(low, high)| format!(" [{}{between}{}]", shown(low), shown(high)));
    format!("{}{}", shown(value), sure.unwrap_or_default())
}

/// Every two backends of the scenario.
fn table(group: &Group, lang: Lang) -> Vec<Block> {
    let columns = COMPARED.map(|figure| group.pairs(figure));
    let count = columns[0].len();
    if count == 0 {
        return Vec::new();
    }
    let mut rows = vec![heading(lang.say("pair (A / B)", "Paar (A / B)"), lang)];
    for place in 0..count {
        let pair = &columns[0][place];
        let mut row = vec![format!("{} / {}", clip(&pair.backend, 24), clip(&pair.base, 24))];
        row.extend(columns.iter().map(|pairs| cell(&pairs[place], lang)));
        rows.push(row);
    }
    vec![Block::Table { rows, numbers: true }]
}

/// How the tables are read; once is enough for all of them.
pub(super) fn legend(lang: Lang) -> String {
    lang.say(
        "A / B: the value of A as a multiple of that of B, with the 95 % interval where there are six repeats. “=”: no difference shown; “?”: no verdict, because server or generator was saturated or late.",
        "A / B: der Wert von A als Vielfaches dessen von B, mit dem 95-%-Intervall ab sechs Wiederholungen. „=“: kein Unterschied nachweisbar; „?“: kein Urteil, weil Server oder Lastgenerator ausgelastet oder verspätet war.",
    )
    .to_owned()
}

fn heading(first: &str, lang: Lang) -> Vec<String> {
    let mut cells = vec![first.to_owned()];
    cells.extend(COMPARED.map(|figure| name(figure, lang).to_owned()));
    cells
}

/// What a figure is called in a table.
pub(super) fn name(figure: Figure, lang: Lang) -> &'static str {
    match figure {
        Figure::Cpu => lang.say("CPU per delivery", "CPU pro Zustellung"),
        Figure::P50 => "p50",
        Figure::P99 => "p99",
        Figure::Throughput => lang.say("deliveries per second", "Zustellungen pro Sekunde"),
        Figure::Memory => lang.say("memory per connection", "Speicher pro Verbindung"),
        _ => NOTHING,
    }
}

/// A ratio with its interval; what no sentence would claim is marked as such.
fn cell(pair: &Pair, lang: Lang) -> String {
    let Some(ratio) = pair.ratio else { return NOTHING.to_owned() };
    let mut text = format!("{}×", lang.factor(ratio.shown));
    if let Some(interval) = ratio.interval {
        text.push_str(&format!(" {}", lang.interval(interval)));
    }
    if pair.claim().is_none() {
        text.push_str(if pair.doubt.is_some() { " ?" } else { " =" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Summary;
    use crate::results::trials::{Dice, compared};

    fn tables(repeats: u32, lang: Lang) -> Vec<Vec<Vec<String>>> {
        let backends = [("async", 1.0), ("blocking", 2.0), ("long-poll", 1.01)];
        let results = compared(&backends, repeats, 0.01, &mut Dice::new(3));
        let found = blocks(&Summary::of(&results).groups[0], lang);
        let rows = |block| match block {
            Block::Table { rows, .. } => rows,
            _ => Vec::new(),
        };
        found.into_iter().map(rows).collect()
    }

    #[test]
    fn every_pair_has_its_ratio_or_no_difference_shown() {
        let [intervals, pairs] = tables(6, Lang::En).try_into().unwrap();
        let names: Vec<&str> = pairs.iter().map(|row| row[0].as_str()).collect();
        let expected =
            ["pair (A / B)", "blocking / async", "blocking / long-poll", "async / long-poll"];
        assert_eq!(names, expected);
        assert!(pairs[1][1].starts_with("2.0× [") && pairs[1][1].ends_with(']'), "{:?}", pairs[1]);
        assert!(pairs[3][1].ends_with(" ="), "{:?}", pairs[3]);
        assert_eq!(intervals.len(), 1 + 4, "the heading, three backends, the missing floor");
        assert!(intervals[2][1].contains(" µs [") && intervals[1][1] == NOTHING, "{intervals:?}");
    }

    #[test]
    fn few_repeats_have_pairs_and_no_intervals() {
        let [pairs] = tables(3, Lang::De).try_into().unwrap();
        assert!(pairs[1][1].starts_with("2,0×") && !pairs[1][1].contains('['), "{:?}", pairs[1]);
        assert!(tables(1, Lang::De)[0][1][1].ends_with(" ="), "one repeat shows nothing");
    }
}
