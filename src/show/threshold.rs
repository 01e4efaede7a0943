//! Thresholds: which were kept, which were crossed, and what was measured.

use super::content::Block;
use super::grid::push;
use super::lang::{Lang, NOTHING, clip};
use crate::results::{Figure, Kept, Results, Summary, Threshold, Watched};

/// What became of the thresholds that are saved with the results; nothing when there are none.
pub(super) fn blocks(results: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    let lines = lines(results, summary, lang);
    if lines.is_empty() {
        return Vec::new();
    }
    vec![Block::Heading(heading(lang).to_owned()), Block::List(lines)]
}

/// The same for the terminal.
pub(super) fn text(
    out: &mut String,
    results: &Results,
    summary: &Summary,
    lang: Lang,
    width: usize,
) {
    let lines = lines(results, summary, lang);
    if !lines.is_empty() {
        out.push_str(&format!("\n{}\n", heading(lang)));
    }
    for line in lines {
        push(out, &line, width);
    }
}

fn heading(lang: Lang) -> &'static str {
    lang.say("Thresholds", "Schwellen")
}

fn lines(results: &Results, summary: &Summary, lang: Lang) -> Vec<String> {
    let parsed = results.settings.thresholds.iter().filter_map(|text| text.parse().ok());
    let kept = parsed.flat_map(|threshold: Threshold| threshold.judge(summary));
    kept.map(|kept| line(&kept, lang)).collect()
}

fn line(kept: &Kept, lang: Lang) -> String {
    let asked = clip(&kept.threshold.to_string(), 100);
    let place = match (&kept.threshold.scenario, kept.scenario.as_str()) {
        (None, scenario) if !scenario.is_empty() => format!(" ({})", clip(scenario, 40)),
        _ => String::new(),
    };
    let outcome = match (kept.measured, kept.fails()) {
        (None, _) => lang
            .say(
                "NOT MEASURED, so it cannot be said to have been kept",
                "NICHT GEMESSEN, gilt also nicht als eingehalten",
            )
            .to_owned(),
        (Some(value), true) => {
            let crossed = lang.say("CROSSED", "ÜBERSCHRITTEN");
            format!("{crossed}: {}", shown(kept.threshold.watched, value, lang))
        }
        (Some(value), false) => {
            let kept_word = lang.say("kept", "eingehalten");
            format!("{kept_word}: {}", shown(kept.threshold.watched, value, lang))
        }
    };
    format!("{asked}{place}: {outcome}")
}

fn shown(watched: Watched, value: f64, lang: Lang) -> String {
    match watched {
        Watched::Quantile(_) | Watched::Max | Watched::Lag => lang.time(value),
        Watched::CpuInFloors => format!("{}× Floor", lang.number(value)),
        Watched::Delivered => lang.share(Some(value)),
        Watched::Figure(Figure::Cpu) => lang.time(value),
        Watched::Figure(Figure::GeneratorCpu) => lang.percent(Some(value)),
        Watched::Figure(Figure::Memory) => format!("{} KiB", lang.number(value / 1024.0)),
        Watched::Figure(Figure::Payload) => format!("{} B", lang.number(value)),
        Watched::Figure(Figure::Throughput) => format!("{}/s", lang.number(value)),
        Watched::Figure(_) => NOTHING.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::complete;
    use crate::show::table;

    #[test]
    fn each_threshold_is_shown_with_what_became_of_it() {
        let mut results = complete();
        results.settings.thresholds = vec![
            "rush/async.cpu > 9x".into(),
            "rush/async.p99 > 1us".into(),
            "rush/async.lag > 1s".into(),
            "nonsense".into(),
        ];
        for (lang, words) in [
            (Lang::En, ["cpu > 9x: kept: 1.", "> 1us: CROSSED: ", "lag > 1s: NOT MEASURED"]),
            (Lang::De, ["9x: eingehalten: 1,", "1us: ÜBERSCHRITTEN: ", "1s: NICHT GEMESSEN"]),
        ] {
            let text = table(&results, lang, 100);
            for word in words {
                assert!(text.contains(word), "{word}: {text}");
            }
        }
        results.settings.thresholds.clear();
        assert!(!table(&results, Lang::En, 100).contains("Thresholds"));
    }
}
