//! The charts of a report, and what all of them share: their frame and the cautions below it.

use super::canvas::{Canvas, plain};
use super::curve;
use super::experiment;
use super::lang::{Lang, wrap};
use super::latency;
use super::loops::name_of;
use super::noise;
use super::style::QUIET;
use super::theme::{Theme, in_theme};
use super::verdict;
use super::{bytes, costs, counts, course, delivery, fan_out, gap, growth};
use crate::results::{Caution, Concern, Figure, Group, Results, Summary};

/// One chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The file name without its ending, such as `latency-rush`.
    pub name: String,
    /// Its takeaway in one sentence.
    pub title: String,
    /// The picture: SVG, 1920 × 1080, complete in itself.
    pub svg: String,
}

impl Chart {
    /// The picture in that theme.
    #[must_use]
    pub fn in_theme(&self, theme: Theme) -> String {
        in_theme(&self.svg, theme)
    }
}

/// All charts of the results. Whoever shows one asks for it by its name.
#[must_use]
pub fn charts(results: &Results, lang: Lang) -> Vec<Chart> {
    of(results, &Summary::of(results), lang)
}

pub(super) fn of(results: &Results, summary: &Summary, lang: Lang) -> Vec<Chart> {
    let mut all = Vec::new();
    for (place, group) in summary.groups.iter().enumerate() {
        let title = verdict::of_group(group, verdict::P99, lang).unwrap_or_else(|| {
            let what = lang.say("response time by percentile", "Antwortzeit nach Perzentil");
            format!("{}: {what}", name_of(group, lang))
        });
        let svg = latency::draw(results, summary, group, &title, lang);
        all.push(Chart { name: latency_name(&group.name, place), title, svg });
    }
    for (place, group) in summary.groups.iter().enumerate() {
        let name = course_name(&latency_name(&group.name, place));
        all.extend(course::chart(results, summary, group, name, lang));
    }
    if !summary.groups.is_empty() {
        all.extend(gap::chart(summary, lang));
        all.extend(costs::charts(summary, lang));
        all.extend(growth::chart(results, summary, lang));
        all.extend(bytes::charts(results, summary, lang));
        all.extend(counts::charts(summary, lang));
        all.extend(fan_out::chart(summary, lang));
        all.extend(delivery::chart(results, summary, lang));
    }
    all.extend(noise::chart(summary, lang));
    all.extend(experiment::charts(results, lang));
    all.extend(curve::charts(results, summary, lang));
    all
}

/// The chart of that name, when there is one.
pub(super) fn named<'a>(charts: &'a [Chart], name: &str) -> Option<&'a Chart> {
    charts.iter().find(|chart| chart.name == name)
}

/// The name of a scenario's latency chart, which is also its file name: it cannot leave its folder,
/// whatever the scenario is called. `place` is the scenario's place among the groups.
pub(super) fn latency_name(scenario: &str, place: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    // A name of digits could be the place of another scenario.
    let numeric = scenario.chars().all(|c| c.is_ascii_digit());
    if !numeric && scenario.len() <= 40 && scenario.chars().all(plain) {
        format!("latency-{scenario}")
    } else {
        format!("latency-{}", place + 1)
    }
}

/// The name of the chart of a scenario's course, given that of its latency chart.
pub(super) fn course_name(latency: &str) -> String {
    latency.replacen("latency", "time", 1)
}

/// The cautions that bear on the response times of a scenario, in a few words each.
pub(super) fn cautions_of_latency(summary: &Summary, group: &Group, lang: Lang) -> String {
    let here = |one: &Caution| {
        one.places.is_empty() || one.places.iter().any(|place| place.scenario == group.name)
    };
    let bears = |concern| {
        !matches!(
            concern,
            Concern::NoFloor
                | Concern::ServerBusy
                | Concern::BytesUnreconciled
                | Concern::CountersDisagree
        )
    };
    footer(summary, |one| here(one) && bears(one.concern), lang)
}

/// The cautions that bear on a cost, in a few words each.
pub(super) fn cautions_of_cost(summary: &Summary, cost: Figure, lang: Lang) -> String {
    let bears = |concern| match concern {
        Concern::FewRepeats(_) | Concern::Failed => true,
        Concern::DebugBuild => cost != Figure::Payload,
        Concern::NotDelivered => cost != Figure::Memory,
        Concern::SharedCpus | Concern::NoFloor | Concern::ServerBusy => cost == Figure::Cpu,
        Concern::ForeignLoad | Concern::Steal | Concern::Throttled | Concern::CountersDisagree => {
            cost == Figure::Cpu
        }
        Concern::BytesUnreconciled => cost == Figure::Payload,
        Concern::ClosedLoop | Concern::CameBack(_) | Concern::SelfCheckFailed => true,
        // Times only, or what stands beside a baseline.
        _ => false,
    };
    footer(summary, |one| bears(one.concern), lang)
}

pub(super) fn footer(summary: &Summary, bears: impl Fn(&Caution) -> bool, lang: Lang) -> String {
    let bearing = summary.cautions.iter().filter(|one| bears(one));
    let brief: Vec<String> = bearing.map(|one| lang.of(&one.concern.brief()).to_owned()).collect();
    match brief.as_slice() {
        [] => String::new(),
        _ => format!("{}: {}", lang.say("Cautions", "Vorbehalte"), brief.join(" · ")),
    }
}

/// A line of more characters than this below the title needs smaller type.
const LONG: usize = 112;

/// The frame every chart has: title on top, what it shows below, cautions at the bottom.
pub(super) fn frame(canvas: &Canvas<'_>, title: &str, what: &str, cautions: &str) {
    // The longer the sentence the smaller the type, so that all of it fits on two lines.
    let title = &bound(title);
    let sizes = [(64, 62), (56, 76), (46, 94), (38, 112)];
    let fits = |(size, width): (i32, usize)| {
        Some((size, wrap(title, width)))
            .filter(|(_, lines)| lines.len() < 2 || (lines.len() == 2 && size < 64))
    };
    let (size, mut lines) =
        sizes.into_iter().find_map(fits).unwrap_or_else(|| (38, wrap(title, 112)));
    if lines.len() > 2 {
        lines[1].push_str(" …");
    }
    let top = if lines.len() > 1 { 52 } else { 88 };
    for (place, line) in (0..).zip(lines.iter().take(2)) {
        canvas.text((70, top + place * 60), line, plain(size).bold());
    }
    let size = if what.chars().count() <= LONG { 36 } else { 32 };
    canvas.text((70, 170), what, plain(size).colour(QUIET));
    // The more there are the smaller the type, so that none is cut.
    let lines = wrap(cautions, 130);
    let (size, pitch, lines) =
        if lines.len() > 3 { (24, 22, wrap(cautions, 165)) } else { (32, 36, lines) };
    for (place, line) in (0..).zip(&lines) {
        canvas.text((70, 988 + place * pitch), line, plain(size).colour(QUIET));
    }
}

/// The same text, in which no line may end between a number and its unit.
fn bound(text: &str) -> String {
    const UNITS: [&str; 10] = ["ns", "µs", "ms", "s", "B", "KiB", "MiB", "kB", "MB", "%"];
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        let unit = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let number = out.ends_with(|c: char| c.is_ascii_digit());
        if !out.is_empty() {
            out.push(if number && UNITS.contains(&unit) { '\u{a0}' } else { ' ' });
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit_stay_together() {
        let bound = bound("floor 7.62 s, blocking 105 ms in 3 repeats (5 %)");
        assert_eq!(bound, "floor 7.62\u{a0}s, blocking 105\u{a0}ms in 3 repeats (5\u{a0}%)");
        assert_eq!(super::bound(""), "");
    }
}
