//! Response time against service time: what a measurement hides that counts from the send.
//!
//! Both are of the same deliveries. Where the generator had to send late, a user waited from the
//! plan on and the service time does not know it: that is coordinated omission, drawn as a line.

use super::bars::{PANELS, Place, place_of};
use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::{Chart, cautions_of_cost, frame};
use super::costs::absent;
use super::lang::{Lang, clip};
use super::loops::name_of;
use super::plot::{Axis, Plot};
use super::style::{self, Marker, QUIET};
use crate::results::{Figure, Group, Row, Summary};

/// The chart's file name without its ending.
pub(super) const NAME: &str = "gap";
/// The percentile that is compared.
const SHARE: f64 = 0.99;
/// Less than this is not called a gap, as no difference below a tenth is.
const CLOSE: f64 = 1.1;

/// Service time and response time of a row in nanoseconds, at the same percentile.
fn pair(row: &Row) -> Option<(f64, f64)> {
    let response = row.quantile(SHARE)?;
    let service = row.service.as_ref()?.quantile(SHARE)?;
    Some((service.max(100.0), response.max(100.0)))
}

/// How much longer the response is.
fn factor((service, response): (f64, f64)) -> f64 {
    response / service
}

/// The chart; nothing when there are no scenarios.
pub(super) fn chart(summary: &Summary, lang: Lang) -> Option<Chart> {
    if summary.groups.is_empty() {
        return None;
    }
    let title = title(summary, lang);
    let shown = summary.groups.len().min(PANELS);
    let what = lang.say(
        "99th percentile: hollow = service time (from the send), filled = response time (from the plan); logarithmic",
        "99. Perzentil: hohl = Bedienzeit (ab dem Senden), gefüllt = Antwortzeit (ab dem Plan); logarithmisch",
    );
    let svg = sheet(&title, |canvas| {
        frame(canvas, &title, what, &cautions_of_cost(summary, Figure::P99, lang));
        for (place, group) in summary.groups.iter().take(PANELS).enumerate() {
            panel(canvas, place_of(place, shown), group, lang);
        }
    });
    Some(Chart { name: NAME.to_owned(), title, svg })
}

/// The largest gap among the backends, in one sentence.
fn title(summary: &Summary, lang: Lang) -> String {
    let rows =
        summary.groups.iter().flat_map(|group| group.contestants().map(move |row| (group, row)));
    let gaps = rows.filter_map(|(group, row)| Some((group, row, factor(pair(row)?))));
    let Some((group, row, gap)) = gaps.max_by(|a, b| a.2.total_cmp(&b.2)) else {
        return lang
            .say(
                "Response and service time: nothing to compare",
                "Antwort- und Bedienzeit: nichts zu vergleichen",
            )
            .to_owned();
    };
    if gap < CLOSE {
        return lang
            .say(
                "No difference shown: nobody waited for a send, so p99 is the same from the plan and from the send",
                "Kein Unterschied nachweisbar: Niemand wartete aufs Senden, das p99 ist ab Plan und ab Senden gleich",
            )
            .to_owned();
    }
    let (name, backend, gap) = (name_of(group, lang), clip(&row.backend, 20), lang.factor(gap));
    match lang {
        Lang::En => format!(
            "{name}: whoever counts from the send misses part of the wait for {backend}: p99 is {gap}× as long from the plan"
        ),
        Lang::De => format!(
            "{name}: Wer ab dem Senden zählt, übersieht Wartezeit bei {backend}: Das p99 ist ab dem Plan {gap}× so lang"
        ),
    }
}

fn panel(canvas: &Canvas<'_>, place: Place, group: &Group, lang: Lang) {
    canvas.text((place.left, place.top + 22), &name_of(group, lang), plain(36).bold());
    let pairs = || group.rows.iter().filter_map(pair);
    let plot = Plot {
        left: place.left + 206,
        top: place.top + 46,
        right: place.left + place.width - 306,
        bottom: place.top + place.height - 50,
        across: Axis::log(pairs().flat_map(|(one, other)| [one, other])),
        up: Axis::linear(std::iter::empty()),
    };
    if pairs().next().is_some() {
        plot.ticks_across(canvas, |nanos| lang.tick_time(nanos));
    }
    let count = i32::try_from(group.rows.len().max(1)).unwrap_or(i32::MAX);
    let pitch = ((plot.bottom - plot.top) / count).max(1);
    for (row, number) in group.rows.iter().zip(0..) {
        let (look, y) =
            (style::of(&row.backend, number as usize), plot.top + pitch * number + pitch / 2);
        let size = 40.min(pitch - 1).max(28);
        let name = plain(size).colour(look.colour).to_the_right();
        canvas.text((plot.left - 16, y), &clip(&row.backend, 11), name);
        let Some((service, response)) = pair(row) else {
            canvas.text((plot.right + 24, y), absent(row, lang), plain(size).colour(QUIET));
            continue;
        };
        let (from, to) = (plot.at(service, 0.0).0, plot.at(response, 0.0).0);
        canvas.line(&[(from, y), (to, y)], Stroke { colour: look.colour, width: 6, dash: None });
        canvas.bar((from - 12, y - 12), (from + 12, y + 12), style::PAPER, 1.0);
        canvas.line(&square(from, y), Stroke { colour: look.colour, width: 4, dash: None });
        canvas.mark((to, y), Marker::Circle, look.colour);
        let text =
            format!("{} · {}×", lang.time(response), lang.factor(factor((service, response))));
        canvas.text((plot.right + 24, y), &text, plain(size));
    }
}

fn square(x: i32, y: i32) -> [(i32, i32); 5] {
    [(-12, -12), (12, -12), (12, 12), (-12, 12), (-12, -12)].map(|(dx, dy)| (x + dx, y + dy))
}
