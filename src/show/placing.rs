//! Where a chart goes that no section asked for by its name.
//!
//! A chart of one scenario goes behind that scenario's latency; any other goes where
//! [`Block::Further`] stands. So whoever draws a new chart need not touch the report.

use super::charts::Chart;
use super::content::{Block, heading};
use super::lang::Lang;

/// How the name of a scenario's latency chart begins.
const LATENCY: &str = "latency-";

/// The same blocks with every chart in its place, and without [`Block::Further`].
pub(super) fn placed(blocks: Vec<Block>, charts: &[Chart], lang: Lang) -> Vec<Block> {
    let mut left: Vec<String> = charts.iter().map(|chart| chart.name.clone()).collect();
    left.retain(|name| !blocks.iter().any(|block| asked(block) == Some(name)));
    let scenarios: Vec<String> =
        blocks.iter().filter_map(scenario_of).map(|name| format!("-{name}")).collect();
    let (of_scenarios, others): (Vec<String>, Vec<String>) =
        left.into_iter().partition(|name| scenarios.iter().any(|ending| name.ends_with(ending)));
    let mut out = Vec::new();
    for block in blocks {
        let behind = scenario_of(&block).map(|name| format!("-{name}"));
        match block {
            Block::Further if others.is_empty() => {}
            Block::Further => {
                out.push(heading("Further charts", "Weitere Diagramme", lang));
                out.extend(others.iter().cloned().map(Block::Chart));
            }
            block => out.push(block),
        }
        if let Some(ending) = behind {
            // The longest ending wins: `rush` must not get the charts of `morning-rush`.
            let longer = |name: &str| {
                scenarios.iter().any(|one| one.len() > ending.len() && name.ends_with(one))
            };
            let here = of_scenarios.iter().filter(|name| name.ends_with(&ending) && !longer(name));
            out.extend(here.cloned().map(Block::Chart));
        }
    }
    out
}

/// The chart that a block asks for.
fn asked(block: &Block) -> Option<&str> {
    match block {
        Block::Chart(name) => Some(name),
        _ => None,
    }
}

/// What a scenario is called in the names of its charts.
fn scenario_of(block: &Block) -> Option<&str> {
    asked(block)?.strip_prefix(LATENCY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(blocks: &[Block]) -> Vec<&str> {
        fn name(block: &Block) -> &str {
            match block {
                Block::Heading(text) => text,
                other => asked(other).unwrap_or("?"),
            }
        }
        blocks.iter().map(name).collect()
    }

    #[test]
    fn every_chart_is_shown_once_and_beside_its_scenario() {
        let all = ["latency-rush", "latency-morning-rush", "cpu", "time-rush", "time-morning-rush"]
            .into_iter()
            .chain(["threads"]);
        let chart =
            |name: &str| Chart { name: name.to_owned(), title: String::new(), svg: String::new() };
        let charts: Vec<Chart> = all.map(chart).collect();
        let ask = |name: &str| Block::Chart(name.to_owned());
        let asked = || vec![ask("cpu"), ask("latency-rush"), ask("latency-morning-rush")];
        let mut blocks = asked();
        blocks.push(Block::Further);
        let placed = placed(blocks, &charts, Lang::En);
        let expected = [
            "cpu",
            "latency-rush",
            "time-rush",
            "latency-morning-rush",
            "time-morning-rush",
            "Further charts",
            "threads",
        ];
        assert_eq!(names(&placed), expected);
        let mut none_left = asked();
        none_left.push(Block::Further);
        assert_eq!(names(&super::placed(none_left, &charts[..3], Lang::De)).len(), 3);
    }
}
