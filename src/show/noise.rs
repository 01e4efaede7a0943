//! The noise of a machine: a backend beside itself, as a table and as a chart.
//!
//! Each line is one figure of a twin as a multiple of its original's, so the truth is 1.

use super::canvas::{Canvas, Stroke, plain, sheet};
use super::charts::{Chart, cautions_of_cost, frame};
use super::content::Block;
use super::grid::push;
use super::lang::{Lang, clip};
use super::style::{self, GRID, INK, QUIET};
use crate::results::{Band, Figure, Results, Summary, TWIN, chance_allows, noise};

/// The chart's file name without its ending.
pub(super) const NAME: &str = "noise";

/// How many lines a sheet has room for.
const LINES: usize = 20;
/// The box the points are in, in pixels.
const LEFT: i32 = 640;
const RIGHT: i32 = 1440;
const TOP: i32 = 240;
const BOTTOM: i32 = 920;
/// The axis ends here at the latest, as a factor either way.
const WIDEST: f64 = 16.0;
/// A difference of less than a tenth is never claimed.
const UNCLAIMED: (f64, f64) = (0.9, 1.1);
/// Ticks that an axis may have above 1; below it their reciprocals.
const TICKS: [f64; 7] = [1.1, 1.25, 1.5, 2.0, 4.0, 8.0, 16.0];

/// Heading, chart and table; nothing when nobody was compared with itself.
pub(super) fn blocks(_: &Results, summary: &Summary, lang: Lang) -> Vec<Block> {
    let bands = noise(summary);
    if bands.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![
        Block::Heading(heading(lang).to_owned()),
        Block::Paragraph(format!("{}.", title(&bands, lang))),
    ];
    blocks.push(Block::Chart(NAME.to_owned()));
    let heads = match lang {
        Lang::En => ["compared", "shown", "interval", "median", "least – greatest", "claimed"],
        Lang::De => {
            ["verglichen", "gezeigt", "Intervall", "Median", "kleinste – größte", "behauptet"]
        }
    };
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(bands.iter().map(|band| row(band, lang).to_vec()));
    blocks.push(Block::Table { rows, numbers: true });
    blocks
}

/// The same for the terminal, one line for each comparison.
pub(super) fn text(out: &mut String, summary: &Summary, lang: Lang, width: usize) {
    let bands = noise(summary);
    if bands.is_empty() {
        return;
    }
    out.push_str(&format!("\n{}\n", heading(lang)));
    push(out, &format!("{}.", title(&bands, lang)), width);
    for band in &bands {
        let [what, shown, interval, median, range, claimed] = row(band, lang);
        let middle = lang.say("median", "Median");
        let repeats = lang.say("repeats", "Wiederholungen");
        let said = if band.fooled { format!("  ! {claimed}") } else { String::new() };
        let line =
            format!("{what}: {shown} {interval}, {middle} {median}, {repeats} {range}{said}");
        push(out, &line, width);
    }
}

fn heading(lang: Lang) -> &'static str {
    lang.say("Noise: backends beside themselves", "Rauschen: Backends neben sich selbst")
}

/// What the bands say, in one sentence without its full stop.
fn title(bands: &[Band], lang: Lang) -> String {
    let fooled: Vec<&Band> = bands.iter().filter(|band| band.fooled).collect();
    let all = bands.len();
    let Some(worst) = fooled.iter().map(|band| away(band.ratio.shown)).reduce(f64::max) else {
        let ends = bands.iter().flat_map(|band| [band.ratio.range.0, band.ratio.range.1]);
        let widest = lang.factor(ends.map(away).fold(1.0, f64::max));
        return match lang {
            Lang::En => format!(
                "No difference claimed where there is none; single repeats of the same differ by up to {widest}×"
            ),
            Lang::De => format!(
                "Kein Unterschied behauptet, wo keiner ist; einzelne Wiederholungen des Gleichen unterscheiden sich um bis zu {widest}×"
            ),
        };
    };
    let (count, worst) = (fooled.len(), lang.factor(worst));
    let allowed = chance_allows(all);
    if count <= allowed {
        return match lang {
            Lang::En => format!(
                "{count} of {all} comparisons of the same claim a difference, up to {worst}×; chance allows {allowed}"
            ),
            Lang::De => format!(
                "{count} von {all} Vergleichen des Gleichen behaupten einen Unterschied, bis zu {worst}×; der Zufall erlaubt {allowed}"
            ),
        };
    }
    match lang {
        Lang::En => format!(
            "This machine finds differences where there are none: {count} of {all} comparisons claim up to {worst}×"
        ),
        Lang::De => format!(
            "Diese Maschine findet Unterschiede, wo keine sind: {count} von {all} Vergleichen behaupten bis zu {worst}×"
        ),
    }
}

/// How far a ratio is from 1, either way.
fn away(ratio: f64) -> f64 {
    ratio.max(1.0 / ratio)
}

fn row(band: &Band, lang: Lang) -> [String; 6] {
    let (low, high) = band.ratio.range;
    let claimed = match band.fooled {
        true => lang.say("a difference that is not there", "ein Unterschied, der keiner ist"),
        false => lang.say("nothing", "nichts"),
    };
    [
        what(band, lang),
        format!("{}×", fine(band.ratio.shown, lang)),
        interval(band, lang),
        format!("{}×", fine(band.median, lang)),
        format!("{} – {}", fine(low, lang), fine(high, lang)),
        claimed.to_owned(),
    ]
}

fn what(band: &Band, lang: Lang) -> String {
    let figure = match band.figure {
        Figure::Cpu => "CPU",
        Figure::P50 => "p50",
        Figure::P99 => "p99",
        _ => lang.say("per second", "pro Sekunde"),
    };
    format!("{} {} {figure}", clip(&band.scenario, 16), clip(&band.backend, 12))
}

fn interval(band: &Band, lang: Lang) -> String {
    let between = lang.say(", ", "; ");
    band.ratio.interval.map_or_else(String::new, |(low, high)| {
        format!("[{}{between}{}]", fine(low, lang), fine(high, lang))
    })
}

/// A ratio near 1 with the digits that tell it from 1.
fn fine(ratio: f64, lang: Lang) -> String {
    lang.number((ratio * 1000.0).round() / 1000.0)
}

/// The chart; `None` when nobody was compared with itself.
pub(super) fn chart(summary: &Summary, lang: Lang) -> Option<Chart> {
    let bands = noise(summary);
    if bands.is_empty() {
        return None;
    }
    let title = title(&bands, lang);
    let svg = sheet(&title, |canvas| {
        let mut below = lang
            .say(
                "Twin / original: a point per repeat, a bar for the interval, a stroke for what is shown; grey: never claimed",
                "Zwilling / Original: ein Punkt je Wiederholung, ein Balken fürs Intervall, ein Strich fürs Gezeigte; grau: nie behauptet",
            )
            .to_owned();
        if let Some(more) = bands.len().checked_sub(LINES).filter(|more| *more > 0) {
            let rest = lang.say("more in the table", "weitere in der Tabelle");
            below.push_str(&format!(" ({more} {rest})"));
        }
        let shown = &bands[..bands.len().min(LINES)];
        let scale = Scale::of(shown);
        if scale.cuts {
            below.push_str(lang.say("; at the edge: further out", "; am Rand: noch weiter außen"));
        }
        frame(canvas, &title, &below, &cautions_of_cost(summary, Figure::Cpu, lang));
        axis(canvas, &scale, lang);
        let pitch = (BOTTOM - TOP) / i32::try_from(shown.len()).unwrap_or(1);
        for (y, band) in (0..).map(|place| TOP + pitch * place + pitch / 2).zip(shown) {
            line(canvas, y, band, &scale, lang);
        }
    });
    Some(Chart { name: NAME.to_owned(), title, svg })
}

/// Ratios on a logarithmic axis with 1 in the middle.
struct Scale {
    /// The logarithm of the ratio at the right edge.
    end: f64,
    /// Whether some ratios lie beyond the edges.
    cuts: bool,
}

impl Scale {
    fn of(bands: &[Band]) -> Self {
        let ratios = bands.iter().flat_map(|band| {
            let (low, high) = band.ratio.interval.unwrap_or(band.ratio.range);
            [band.ratio.range.0, band.ratio.range.1, low, high]
        });
        let end = ratios.map(away).fold(TICKS[1], f64::max);
        Scale { end: end.min(WIDEST).ln() * 1.05, cuts: end > WIDEST * 1.05 }
    }

    fn x(&self, ratio: f64) -> i32 {
        let share = (ratio.ln() / self.end).clamp(-1.0, 1.0);
        (LEFT + RIGHT) / 2 + (share * f64::from(RIGHT - LEFT) / 2.0).round() as i32
    }
}

fn axis(canvas: &Canvas<'_>, scale: &Scale, lang: Lang) {
    let (low, high) = UNCLAIMED;
    canvas.bar((scale.x(low), TOP - 10), (scale.x(high), BOTTOM + 4), GRID, 0.6);
    // As many as stand apart enough to be read.
    let mut last = scale.x(1.0);
    let mut ticks = vec![1.0];
    for tick in TICKS.into_iter().filter(|tick| tick.ln() < scale.end) {
        if scale.x(tick) - last >= 96 {
            last = scale.x(tick);
            ticks.extend([tick, 1.0 / tick]);
        }
    }
    for tick in ticks {
        let colour = if tick == 1.0 { INK } else { GRID };
        let stroke = Stroke { colour, width: 3, dash: None };
        canvas.line(&[(scale.x(tick), TOP - 10), (scale.x(tick), BOTTOM + 4)], stroke);
        let text = format!("{}×", lang.tick((tick * 100.0).round() / 100.0));
        canvas.text((scale.x(tick), BOTTOM + 28), &text, plain(34).colour(QUIET).centred());
    }
}

fn line(canvas: &Canvas<'_>, y: i32, band: &Band, scale: &Scale, lang: Lang) {
    let look = style::of(&format!("{}{TWIN}", band.backend), 0);
    canvas.text((LEFT - 24, y), &what(band, lang), plain(34).colour(look.colour).to_the_right());
    if let Some((low, high)) = band.ratio.interval {
        canvas.bar((scale.x(low), y - 6), (scale.x(high), y + 6), look.colour, 0.25);
    }
    for ratio in &band.repeats {
        canvas.mark((scale.x(*ratio), y), look.marker, look.colour);
    }
    let shown = scale.x(band.ratio.shown);
    canvas.line(&[(shown, y - 15), (shown, y + 15)], Stroke { colour: INK, width: 6, dash: None });
    let mut text = format!("{}× {}", fine(band.ratio.shown, lang), interval(band, lang));
    if band.fooled {
        text.push_str(" !");
    }
    let type_ = plain(34).colour(if band.fooled { INK } else { QUIET });
    canvas.text((RIGHT + 30, y), &text, if band.fooled { type_.bold() } else { type_ });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Results;
    use crate::results::trials::{Dice, compared};
    use crate::show::{charts, table};

    fn twins(factor: f64) -> Results {
        let backends = [("async", 1.0), ("async-again", factor)];
        let mut results = compared(&backends, 6, 0.01, &mut Dice::new(3));
        results.settings.self_check = true;
        results
    }

    #[test]
    fn a_quiet_machine_is_said_to_be_quiet_and_one_that_is_fooled_to_be_fooled() {
        for (lang, quiet, fooled) in [
            (
                Lang::En,
                "No difference claimed",
                "This machine finds differences where there are none: 3 of 4",
            ),
            (
                Lang::De,
                "Kein Unterschied behauptet",
                "Diese Maschine findet Unterschiede, wo keine sind: 3 von 4",
            ),
        ] {
            for (factor, words) in [(1.0, quiet), (1.4, fooled)] {
                let results = twins(factor);
                let all = charts(&results, lang);
                let chart = all.iter().find(|chart| chart.name == NAME).unwrap();
                assert!(chart.title.contains(words), "{}", chart.title);
                assert!(chart.svg.contains("lecture-hall async p99") && !chart.svg.contains("NaN"));
                let text = table(&results, lang, 100);
                let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    told.contains(words) && told.contains("lecture-hall async CPU: "),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn who_was_not_compared_with_himself_has_no_noise() {
        let results = compared(&[("async", 1.0), ("blocking", 1.0)], 3, 0.01, &mut Dice::new(3));
        assert!(charts(&results, Lang::En).iter().all(|chart| chart.name != NAME));
        assert!(!table(&results, Lang::En, 100).contains("Noise"));
    }

    #[test]
    fn a_chart_of_wild_and_many_ratios_stays_on_its_sheet() {
        let backends = [("async", 1.0), ("async-again", 90.0)];
        let mut results = compared(&backends, 2, 1.0, &mut Dice::new(3));
        let one = results.runs.clone();
        for place in 0..8 {
            results.runs.extend(one.iter().cloned().map(|mut run| {
                run.scenario = format!("s{place}");
                run
            }));
        }
        let chart = chart(&Summary::of(&results), Lang::En).unwrap();
        assert!(chart.svg.contains("further out") && chart.svg.contains("16 more in the table"));
        assert!(!chart.svg.contains("NaN"));
    }
}
