//! The chart of a search: response time and throughput over the load, and where the knee is.
//!
//! Both axes are logarithmic, because the load was doubled. A point is all probes of one load
//! together; where the generator could not tell, a black cross stands beside the curve.

mod scale;

use super::canvas::{Canvas, Point, Stroke, plain, sheet};
use super::charts::{Chart, footer, frame};
use super::knee::{ends, groups, load, percentile, promise, unit};
use super::lang::{Lang, NOTHING, clip};
use super::style::{self, GRID, INK, Look, Marker, QUIET};
use crate::results::{Concern, FLOOR, Found, Knee, Results, Summary, Usl};

use self::scale::Scale;

const LEFT: i32 = 220;
const RIGHT: i32 = 1500;
/// Top and bottom of the two panels: response time above, throughput below.
const TIMES: (i32, i32) = (250, 610);
const RATES: (i32, i32) = (670, 870);

/// One search, as far as it can be drawn: load and value, both above 0.
struct Curve<'a> {
    knee: &'a Knee,
    look: Look,
    times: Vec<(f64, f64)>,
    rates: Vec<(f64, f64)>,
    /// Points the generator could not tell.
    unknown: Vec<(f64, f64)>,
    law: Option<Usl>,
}

/// The charts' file names without their endings.
pub(super) fn name(place: usize) -> String {
    if place == 0 { "knee".to_owned() } else { format!("knee-{}", place + 1) }
}

/// A chart for each thing that was varied.
pub(super) fn charts(results: &Results, summary: &Summary, lang: Lang) -> Vec<Chart> {
    let chart = |(place, group): (usize, &Vec<&Knee>)| {
        let title = title(group, lang);
        let svg = draw(results, summary, group, &title, lang);
        Chart { name: name(place), title, svg }
    };
    groups(results).iter().enumerate().map(chart).collect()
}

/// Who bears how much, the most first.
fn title(group: &[&Knee], lang: Lang) -> String {
    let mut found: Vec<(&str, f64, &str)> = group
        .iter()
        .filter(|knee| knee.backend != FLOOR)
        .filter_map(|knee| match knee.found {
            Found::Between { held, .. } => Some((knee.backend.as_str(), held, "")),
            Found::NeverBroken { held, .. } => {
                Some((knee.backend.as_str(), held, lang.say("at least ", "mindestens ")))
            }
            _ => None,
        })
        .collect();
    found.sort_by(|one, other| other.1.total_cmp(&one.1));
    let (scenario, promise) = (clip(&group[0].scenario, 40), promise(group[0], lang));
    if found.is_empty() {
        return format!(
            "{scenario}: {promise}, {}",
            lang.say("no knee found", "kein Knick gefunden")
        );
    }
    let unit = unit(group[0].axis, lang);
    let each = found
        .iter()
        .map(|(name, held, sign)| format!("{} {sign}{}", clip(name, 24), load(*held, lang)));
    let each = each.collect::<Vec<_>>().join(", ");
    match lang {
        Lang::En => format!("{scenario}: {promise} holds up to … {unit}: {each}"),
        Lang::De => format!("{scenario}: {promise} hält bis … {unit}: {each}"),
    }
}

fn draw(results: &Results, summary: &Summary, group: &[&Knee], title: &str, lang: Lang) -> String {
    sheet(title, |canvas| {
        let (percentile, unit) = (percentile(group[0], lang), unit(group[0].axis, lang));
        let what = match lang {
            Lang::En => format!(
                "Above: response time {percentile}; below: deliveries per second; both over {unit}, logarithmic"
            ),
            Lang::De => format!(
                "Oben: Antwortzeit {percentile}; unten: Zustellungen pro Sekunde; beides über {unit}, logarithmisch"
            ),
        };
        let bears = |concern| matches!(concern, Concern::DebugBuild | Concern::SharedCpus);
        frame(canvas, title, &what, &footer(summary, |one| bears(one.concern), lang));
        let curves: Vec<Curve<'_>> = group.iter().map(|knee| curve(results, knee)).collect();
        let Some(across) = Scale::of(loads(&curves), (LEFT, RIGHT), 0.3) else {
            let none = lang.say("no probes to show", "keine Proben zu zeigen");
            canvas.text((960, 540), none, plain(44).colour(QUIET).centred());
            return;
        };
        times(canvas, &curves, &across, lang);
        rates(canvas, &curves, &across, lang);
        names(canvas, &curves, lang);
        canvas.text(((LEFT + RIGHT) / 2, RATES.1 + 82), unit, plain(36).centred());
    })
}

fn curve<'a>(results: &Results, knee: &'a Knee) -> Curve<'a> {
    let place = results.backends.iter().position(|one| one.name == knee.backend).unwrap_or(0);
    let (mut times, mut rates, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for point in knee.points().iter().filter(|point| point.at > 0.0) {
        let time = point.response.as_ref().and_then(|all| all.quantile(knee.slo.share));
        if let Some(time) = time.map(|time| time.max(100.0)) {
            let to = if point.beyond > 0 { &mut unknown } else { &mut times };
            to.push((point.at, time));
        }
        let rate = point.throughput.filter(|rate| *rate > 0.0 && point.beyond == 0);
        rates.extend(rate.map(|rate| (point.at, rate)));
    }
    let look = style::of(&knee.backend, place);
    Curve { knee, look, times, rates, unknown, law: knee.usl().ok() }
}

fn loads<'a>(curves: &'a [Curve<'_>]) -> impl Iterator<Item = f64> + 'a {
    let points =
        |curve: &'a Curve<'_>| curve.times.iter().chain(&curve.rates).chain(&curve.unknown);
    curves.iter().flat_map(points).map(|point| point.0)
}

/// The upper panel: response times, the promise across, the knees down.
fn times(canvas: &Canvas<'_>, curves: &[Curve<'_>], across: &Scale, lang: Lang) {
    let slo = curves.first().map_or(0.0, |curve| curve.knee.slo.within as f64);
    let values = curves.iter().flat_map(|curve| curve.times.iter().chain(&curve.unknown));
    let values = values.map(|point| point.1).chain((slo > 0.0).then_some(slo));
    let Some(up) = Scale::of(values, (TIMES.1, TIMES.0), 1.0) else { return };
    axes(canvas, across, &up, |value| lang.tick_time(value));
    let above = lang.say("response time", "Antwortzeit");
    canvas.text((LEFT - 18, TIMES.0 - 32), above, plain(30).to_the_right());
    let thick = Stroke { colour: INK, width: 3, dash: Some((18.0, 10.0)) };
    let y = up.at(slo.max(100.0));
    canvas.line(&[(LEFT, y), (RIGHT, y)], thick);
    for curve in curves {
        let pixels = |points: &[(f64, f64)]| -> Vec<Point> {
            points.iter().map(|(x, time)| (across.at(*x), up.at(*time))).collect()
        };
        if let (Some(held), Some(_)) = ends(&curve.knee.found) {
            let down = Stroke { colour: curve.look.colour, width: 3, dash: Some((6.0, 8.0)) };
            canvas.line(&[(across.at(held), y), (across.at(held), TIMES.1)], down);
        }
        line(canvas, &pixels(&curve.times), curve.look);
        for at in pixels(&curve.unknown) {
            canvas.mark(at, Marker::Cross, INK);
        }
    }
    if let Some(curve) = curves.first() {
        let text = format!("{}: {}", lang.say("promise", "Versprechen"), promise(curve.knee, lang));
        canvas.label((LEFT + 16, y - 28), &text, plain(30).bold());
    }
}

/// The lower panel: deliveries per second, and the law where the loads carry one.
fn rates(canvas: &Canvas<'_>, curves: &[Curve<'_>], across: &Scale, lang: Lang) {
    let values = curves.iter().flat_map(|curve| &curve.rates).map(|point| point.1);
    let Some(up) = Scale::of(values, (RATES.1, RATES.0), 1.0) else { return };
    axes(canvas, across, &up, |value| lang.tick(value));
    for (x, text) in across.ticks() {
        canvas.text((across.at(x), RATES.1 + 32), &lang.tick(text), plain(34).centred());
    }
    let above = lang.say("deliveries/s", "Zustellungen/s");
    canvas.text((LEFT - 18, RATES.0 - 32), above, plain(30).to_the_right());
    for curve in curves {
        let points: Vec<Point> =
            curve.rates.iter().map(|(x, rate)| (across.at(*x), up.at(*rate))).collect();
        line(canvas, &points, curve.look);
        let Some(law) = &curve.law else { continue };
        let least = curve.rates.first().map_or(law.largest, |point| point.0);
        let step = |n: i32| least * (law.largest / least).powf(f64::from(n) / 60.0);
        let fitted = (0..=60).filter_map(|n| Some((across.at(step(n)), up.at(law.at(step(n))?))));
        let fitted: Vec<Point> = fitted.filter(|(_, y)| (RATES.0..=RATES.1).contains(y)).collect();
        let thin = Stroke { colour: INK, width: 2, dash: Some((3.0, 7.0)) };
        canvas.line(&fitted, thin);
    }
    if curves.iter().any(|curve| curve.law.is_some()) {
        let dotted = lang.say("dotted: USL", "gepunktet: USL");
        canvas.text((RIGHT - 16, RATES.1 - 26), dotted, plain(28).colour(QUIET).to_the_right());
    }
}

fn axes(canvas: &Canvas<'_>, across: &Scale, up: &Scale, text: impl Fn(f64) -> String) {
    let grid = Stroke { colour: GRID, width: 2, dash: None };
    let ink = Stroke { colour: INK, width: 3, dash: None };
    let (bottom, top) = up.pixels();
    for (value, shown) in up.ticks() {
        let y = up.at(value);
        canvas.line(&[(LEFT, y), (RIGHT, y)], grid);
        canvas.text((LEFT - 18, y), &text(shown), plain(34).to_the_right());
    }
    for (value, _) in across.ticks() {
        let x = across.at(value);
        canvas.line(&[(x, top), (x, bottom)], grid);
    }
    canvas.line(&[(LEFT, top), (LEFT, bottom), (RIGHT, bottom)], ink);
}

fn line(canvas: &Canvas<'_>, points: &[Point], look: Look) {
    canvas.line(points, Stroke { colour: look.colour, width: 5, dash: look.dash });
    for at in points {
        canvas.mark(*at, look.marker, look.colour);
    }
}

/// The names at the right, each with the load it bears.
fn names(canvas: &Canvas<'_>, curves: &[Curve<'_>], lang: Lang) {
    for (place, curve) in (0..).zip(curves.iter().take(7)) {
        let (x, y) = (RIGHT + 50, TIMES.0 + 10 + place * 92);
        canvas.mark((x, y), curve.look.marker, curve.look.colour);
        let name = clip(&curve.knee.backend, 14);
        canvas.text((x + 24, y), &name, plain(38).bold().colour(curve.look.colour));
        let text = match curve.knee.found {
            Found::Between { held, broken } => {
                format!("{} – {}", load(held, lang), load(broken, lang))
            }
            Found::NeverBroken { held, .. } => format!("> {}", load(held, lang)),
            Found::NeverHeld { least } => format!("< {}", load(least, lang)),
            Found::Unfinished { .. } => NOTHING.to_owned(),
        };
        canvas.text((x + 24, y + 42), &text, plain(34).colour(QUIET));
    }
    if curves.iter().any(|curve| !curve.unknown.is_empty()) {
        let (x, y) = (RIGHT + 50, RATES.1 - 60);
        canvas.mark((x, y), Marker::Cross, INK);
        let busy = lang.say("generator too", "Lastgenerator zu");
        canvas.text((x + 24, y), busy, plain(28).colour(QUIET));
        let slow = lang.say("busy or late", "beschäftigt oder spät");
        canvas.text((x + 24, y + 34), slow, plain(28).colour(QUIET));
    }
}
