//! The numbers behind each chart, as tables: for those who cannot see it, and to look things up.

mod further;

use super::charts::latency_name;
use super::content::Block;
use super::lang::{Lang, NOTHING, clip};
use super::loops::name_of;
use super::{bytes, growth, noise};
use crate::results::{Figure, Group, Histogram, Results, Row, Summary};

/// One table and the name of the chart it is behind.
pub(super) struct Table {
    pub(super) chart: String,
    pub(super) rows: Vec<Vec<String>>,
}

/// The shares of deliveries that the table behind a latency chart tells the time of.
const SHARES: [f64; 9] = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999];

/// The tables of all charts.
pub(super) fn of(results: &Results, summary: &Summary, lang: Lang) -> Vec<Table> {
    let mut all: Vec<Table> = (0..)
        .zip(&summary.groups)
        .map(|(place, group)| Table {
            chart: latency_name(&group.name, place),
            rows: latency(group, lang),
        })
        .collect();
    all.push(Table { chart: "cpu".to_owned(), rows: cpu(summary, lang) });
    for chart in ["memory", growth::NAME] {
        all.push(Table { chart: chart.to_owned(), rows: memory(summary, lang) });
    }
    all.extend(further::of(results, summary, lang));
    for table in bytes::section(results, summary, lang).tables {
        let mut rows = table.cells.rows;
        rows[0][0] = table.title;
        all.push(Table { chart: bytes::CHART.to_owned(), rows });
    }
    let bands = noise::blocks(results, summary, lang).into_iter().filter_map(|block| match block {
        Block::Table { rows, .. } => Some(Table { chart: noise::NAME.to_owned(), rows }),
        _ => None,
    });
    all.extend(bands);
    all
}

/// Percentiles of the response time.
fn latency(group: &Group, lang: Lang) -> Vec<Vec<String>> {
    let mut first = vec![lang.say("response time", "Antwortzeit").to_owned()];
    first.extend(SHARES.iter().map(|share| percentile(*share, lang)));
    first.push("max".to_owned());
    first.push(lang.say("deliveries", "Zustellungen").to_owned());
    let mut rows = vec![first];
    rows.extend(group.rows.iter().map(|row| {
        let mut cells = vec![clip(&row.backend, 24)];
        cells.extend(SHARES.iter().map(|share| lang.maybe_time(row.quantile(*share))));
        let response = row.response.as_ref();
        cells.push(lang.maybe_time(response.and_then(Histogram::max)));
        cells.push(lang.count(response.map_or(0, Histogram::len)));
        cells
    }));
    rows
}

/// `p99.9`, as the language writes it.
fn percentile(share: f64, lang: Lang) -> String {
    // 0.999 × 100 is not exactly 99.9.
    let hundredths = (share * 1e4).round() / 100.0;
    let text = format!("p{hundredths}");
    if lang == Lang::De { text.replace('.', ",") } else { text }
}

fn cpu(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("µs per delivery", "µs pro Zustellung"),
        lang.say("user", "Nutzer"),
        lang.say("system", "Kernel"),
        lang.say("together", "zusammen"),
        lang.say("× floor", "× Floor"),
        lang.say("of the server's CPUs", "von den CPUs des Servers"),
    ];
    let cells = |row: &Row| {
        let micros = |figure| lang.maybe(row.value(figure).map(|nanos| nanos / 1e3));
        vec![
            micros(Figure::UserCpu),
            micros(Figure::SystemCpu),
            micros(Figure::Cpu),
            row.to_floor.map_or_else(|| NOTHING.to_owned(), |ratio| lang.number(ratio.shown)),
            lang.percent(row.value(Figure::ServerCpu)),
        ]
    };
    each(summary, &first, cells, lang)
}

fn memory(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("per idle connection", "pro ruhender Verbindung"),
        lang.say("user memory, KiB", "Nutzerspeicher, KiB"),
        lang.say("threads of the server", "Threads des Servers"),
    ];
    let cells = |row: &Row| {
        let threads = row.value(Figure::Threads);
        vec![
            lang.maybe(row.value(Figure::Memory).map(|bytes| bytes / 1024.0)),
            threads.map_or_else(|| NOTHING.to_owned(), |count| lang.tick(count)),
        ]
    };
    each(summary, &first, cells, lang)
}

/// One line for each scenario and backend.
pub(super) fn each(
    summary: &Summary,
    first: &[&str],
    cells: impl Fn(&Row) -> Vec<String>,
    lang: Lang,
) -> Vec<Vec<String>> {
    let mut rows = vec![first.iter().map(|cell| (*cell).to_owned()).collect()];
    for group in &summary.groups {
        for row in &group.rows {
            let mut line = vec![format!("{} · {}", name_of(group, lang), clip(&row.backend, 24))];
            line.extend(cells(row));
            rows.push(line);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::TWIN;
    use crate::results::fixture::complete;
    use crate::results::trials::{Dice, compared};
    use crate::show::charts;

    #[test]
    fn every_chart_has_its_numbers_behind_it() {
        let twin = format!("async{TWIN}");
        let mut twins = compared(&[("async", 1.0), (&twin, 1.0)], 6, 0.01, &mut Dice::new(1));
        twins.settings.self_check = true;
        for (results, asked) in [(complete(), ""), (twins, noise::NAME)] {
            for lang in Lang::ALL {
                let tables = of(&results, &Summary::of(&results), lang);
                let charts = charts(&results, lang);
                assert!(charts.iter().any(|chart| chart.name.contains(asked)), "{asked}");
                for chart in charts.iter().filter(|chart| chart.name.contains(asked)) {
                    let behind: Vec<&Table> =
                        tables.iter().filter(|table| table.chart == chart.name).collect();
                    assert!(!behind.is_empty(), "{} has no table", chart.name);
                    for table in behind {
                        assert!(table.rows.len() > 1, "{}", chart.name);
                        let width = table.rows[0].len();
                        assert!(table.rows.iter().all(|row| row.len() == width), "{}", chart.name);
                    }
                }
            }
        }
    }

    #[test]
    fn percentiles_are_called_as_the_language_calls_them() {
        assert_eq!(percentile(0.999, Lang::De), "p99,9");
        assert_eq!(percentile(0.5, Lang::En), "p50");
        assert_eq!(percentile(0.9999, Lang::En), "p99.99");
    }
}
