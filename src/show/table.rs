//! The table on the terminal: two blocks per scenario, latency above, cost below.
//!
//! Plain text, readable on a projector and in a pipe; colour only when asked for. Knows how wide
//! things are, not where they are printed.

use super::ascii::ascii;
use super::grid::{Block, NARROWEST, dress, grid, heading, push};
use super::knee;
use super::lang::{Lang, NOTHING, clip};
use super::loops::name_of;
use super::noise;
use super::scoreboard;
use super::threshold;
use crate::results::{Caution, Figure, Group, Results, Row, Summary};

/// Where a cost block has the ratio to the floor.
pub(super) const RATIO_COLUMN: usize = 2;

/// A part of the text below the tables: lines of at most that width, empty where there is nothing to say.
type Section = fn(&Summary, Lang, usize, Style) -> String;

/// What stands between the tables and their legend, in this order.
const SECTIONS: &[Section] = &[scoreboard::verdicts, scoreboard::bars];

/// How the table is dressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Backends in their colours, for a terminal with 256 of them.
    pub color: bool,
    /// Nothing but ASCII, for a terminal that knows no more.
    pub ascii: bool,
}

/// The results as plain text with lines of at most `width` characters (but at least 80).
#[must_use]
pub fn table(results: &Results, lang: Lang, width: usize) -> String {
    table_with(results, lang, width, Style::default())
}

/// The same, dressed as asked.
#[must_use]
pub fn table_with(results: &Results, lang: Lang, width: usize, style: Style) -> String {
    let width = width.max(NARROWEST);
    let summary = Summary::of(results);
    if summary.groups.is_empty() && results.knees.is_empty() {
        return format!("{}\n", lang.say("There are no runs to show.", "Es gibt keine Läufe."));
    }
    let mut out = String::new();
    for group in &summary.groups {
        push(&mut out, &title(group, lang), width);
        for (place, block) in [latency_block, cost_block].into_iter().enumerate() {
            if place > 0 {
                out.push('\n');
            }
            let lines = grid(&block(group, &summary.cautions, lang), width);
            let names: Vec<&str> = group.rows.iter().map(|row| row.backend.as_str()).collect();
            dress(&mut out, &lines, &names, style.color);
        }
        failures(&mut out, group, lang, width);
        out.push('\n');
    }
    for section in SECTIONS {
        out.push_str(&section(&summary, lang, width, style));
    }
    out.push_str(&knee::text(results, &summary, lang, width));
    if !summary.groups.is_empty() {
        push(&mut out, legend(lang), width);
    }
    threshold::text(&mut out, results, &summary, lang, width);
    noise::text(&mut out, &summary, lang, width);
    cautions(&mut out, &summary.cautions, lang, width);
    if style.ascii { ascii(&out) } else { out }
}

/// What a scenario is, in one line.
pub(super) fn title(group: &Group, lang: Lang) -> String {
    let name = name_of(group, lang);
    let Some(scenario) = &group.scenario else { return name };
    let counts = [
        (u64::from(scenario.members), lang.say("members", "Mitglieder")),
        (u64::from(scenario.rooms), lang.say("rooms", "Räume")),
    ];
    let mut parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 1)
        .map(|(count, what)| format!("{} {what}", lang.count(count)))
        .collect();
    parts.push(format!("{} {}", lang.tick(scenario.rate), lang.say("messages/s", "Nachrichten/s")));
    let deliveries = lang.say("deliveries/s", "Zustellungen/s");
    parts.push(format!("{} {deliveries}", lang.tick(scenario.offered_deliveries())));
    let repeats = group.rows.iter().map(|row| row.runs).max().unwrap_or(0);
    parts.push(match repeats {
        1 => lang.say("1 repeat", "1 Wiederholung").to_owned(),
        n => format!("{n} {}", lang.say("repeats", "Wiederholungen")),
    });
    format!("{name}: {}", parts.join(" · "))
}

/// Response times and what arrived.
pub(super) fn latency_block(group: &Group, cautions: &[Caution], lang: Lang) -> Block {
    let mut rows = vec![heading(&[
        lang.say("response time", "Antwortzeit"),
        lang.say("delivered", "zugestellt"),
        "p50",
        "p90",
        "p99",
        lang.say("p99.9", "p99,9"),
        "max",
        lang.say("per second", "pro Sekunde"),
        lang.say("lag p99", "Verzug p99"),
    ])];
    for row in &group.rows {
        let at = |share| lang.maybe_time(row.quantile(share));
        let delivered = match row.is_failed() {
            true => lang.say("failed", "gescheitert").to_owned(),
            false => lang.share(row.delivered_share()),
        };
        rows.push(vec![
            name(row, &group.name, cautions),
            delivered,
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            lang.maybe_time(row.response.as_ref().and_then(crate::results::Histogram::max)),
            lang.maybe(row.value(Figure::Throughput)),
            lang.maybe_time(row.send_lag.as_ref().and_then(|lag| lag.quantile(0.99))),
        ]);
    }
    Block { rows, optional: Vec::new() }
}

/// What a delivery costs.
pub(super) fn cost_block(group: &Group, cautions: &[Caution], lang: Lang) -> Block {
    let mut rows = vec![heading(&[
        lang.say("per delivery", "pro Zustellung"),
        "CPU µs",
        lang.say("× floor", "× Floor"),
        lang.say("user", "Nutzer"),
        lang.say("system", "Kernel"),
        lang.say("switches", "Wechsel"),
        "B ↓",
        "B ↑",
        lang.say("threads", "Threads"),
        lang.say("KiB/conn", "KiB/Verb"),
        lang.say("gen CPU", "Gen-CPU"),
    ])];
    for row in &group.rows {
        let scaled = |figure, by: f64| lang.maybe(row.value(figure).map(|value| value / by));
        let switches = match (row.value(Figure::Voluntary), row.value(Figure::Involuntary)) {
            (None, None) => NOTHING.to_owned(),
            (voluntary, involuntary) => {
                format!("{}+{}", lang.maybe(voluntary), lang.maybe(involuntary))
            }
        };
        rows.push(vec![
            name(row, &group.name, cautions),
            scaled(Figure::Cpu, 1e3),
            lang.maybe(row.to_floor.map(|ratio| ratio.shown)),
            scaled(Figure::UserCpu, 1e3),
            scaled(Figure::SystemCpu, 1e3),
            switches,
            scaled(Figure::WireDown, 1.0),
            scaled(Figure::WireUp, 1.0),
            row.value(Figure::Threads).map_or_else(|| NOTHING.to_owned(), |count| lang.tick(count)),
            scaled(Figure::Memory, 1024.0),
            lang.percent(row.value(Figure::GeneratorCpu)),
        ]);
    }
    Block { rows, optional: vec![3, 4] }
}

/// What the short headings mean.
pub(super) fn legend(lang: Lang) -> &'static str {
    lang.say(
        "Response time: received − intended. lag: how late the generator itself sent. × floor: CPU as a multiple of the bare sends. switches: \
         voluntary + involuntary context switches. B ↓ B ↑: bytes that TCP carried from and to the server. \
         KiB/conn: user memory per connection. gen CPU: the generator's share of its CPU. \
         –: not measured, or too few samples.",
        "Antwortzeit: empfangen − geplant. Verzug: wie spät der Lastgenerator selbst sendete. × Floor: CPU als Vielfaches der bloßen Sendeaufrufe. Wechsel: \
         freiwillige + unfreiwillige Kontextwechsel. B ↓ B ↑: Bytes, die TCP vom und zum Server trug. \
         KiB/Verb: Nutzerspeicher pro Verbindung. Gen-CPU: wie viel seiner CPU der Lastgenerator brauchte. \
         –: nicht gemessen oder zu wenige Werte.",
    )
}

/// A caution in one sentence with the rows it is about.
pub(super) fn caution(caution: &Caution, lang: Lang) -> String {
    let advice = caution.concern.advice();
    let mut text = lang.of(&advice).to_owned();
    let mut scenarios: Vec<(&str, Vec<String>)> = Vec::new();
    for place in &caution.places {
        let backend = clip(&place.backend, 24);
        match scenarios.iter_mut().find(|(name, _)| *name == place.scenario) {
            Some((_, backends)) => backends.push(backend),
            None => scenarios.push((&place.scenario, vec![backend])),
        }
    }
    if !scenarios.is_empty() {
        let listed = scenarios
            .iter()
            .map(|(name, backends)| format!("{}: {}", clip(name, 40), backends.join(", ")));
        text.push_str(&format!(" ({})", listed.collect::<Vec<_>>().join("; ")));
    }
    if !caution.details.is_empty() {
        text.push_str(&format!(" ({})", clip(&caution.details.join("; "), 400)));
    }
    text
}

/// Why the runs of a row do not count; every reason once.
pub(super) fn reasons(row: &Row, lang: Lang) -> Option<String> {
    let mut reasons: Vec<String> = Vec::new();
    for failure in &row.failures {
        let text = clip(lang.of(&failure.text()), 300);
        if !reasons.contains(&text) {
            reasons.push(text);
        }
    }
    let failed = lang.say("failed", "gescheitert");
    let of = lang.say("of", "von");
    (!reasons.is_empty()).then(|| {
        let name = clip(&row.backend, 40);
        let (bad, all) = (row.failures.len(), row.runs);
        format!("{name}: {bad} {of} {all} {failed}: {}", reasons.join("; "))
    })
}

/// The backend's name with the numbers of the cautions about it, raised.
fn name(row: &Row, scenario: &str, cautions: &[Caution]) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let marks: Vec<String> = cautions
        .iter()
        .zip(1usize..)
        .filter(|(caution, _)| caution.is_about(scenario, &row.backend))
        .map(|(_, number)| {
            let digits = number.to_string();
            digits.bytes().map(|digit| RAISED[usize::from(digit - b'0')]).collect()
        })
        .collect();
    format!("{}{}", clip(&row.backend, 24), marks.join(" "))
}

fn failures(out: &mut String, group: &Group, lang: Lang, width: usize) {
    for reason in group.rows.iter().filter_map(|row| reasons(row, lang)) {
        push(out, &format!("! {reason}"), width);
    }
}

fn cautions(out: &mut String, cautions: &[Caution], lang: Lang, width: usize) {
    if cautions.is_empty() {
        return;
    }
    out.push_str(lang.say("\nCautions\n", "\nVorbehalte\n"));
    for (number, one) in (1..).zip(cautions) {
        push(out, &format!("{number} {}", caution(one, lang)), width);
    }
}
