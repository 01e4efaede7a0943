//! The knee of each backend: the load up to which it keeps a promise, as sentences, table and section.

mod law;
mod probes;

use super::content::{Block, heading, paragraph};
use super::curve;
use super::grid::{self, dress, grid, push};
use super::lang::{Lang, NOTHING, clip};
use crate::results::{Axis, Found, Histogram, Knee, Point, Purpose, Results, Summary};

/// What a report of searches is called; `None` when it is one of runs.
pub(super) fn title(results: &Results, lang: Lang) -> Option<&'static str> {
    let only = results.runs.is_empty() && !results.knees.is_empty();
    only.then(|| lang.say("Search for the knee", "Suche nach dem Knick"))
}

/// One sentence for each search.
pub(super) fn sentences(results: &Results, lang: Lang) -> Vec<String> {
    results.knees.iter().map(|knee| sentence(knee, lang)).collect()
}

/// The searches that vary the same thing under the same promise, together.
pub(super) fn groups(results: &Results) -> Vec<Vec<&Knee>> {
    let mut groups: Vec<Vec<&Knee>> = Vec::new();
    for knee in &results.knees {
        let same = |group: &&mut Vec<&Knee>| {
            let first = group[0];
            first.scenario == knee.scenario && first.axis == knee.axis && first.slo == knee.slo
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(knee),
            None => groups.push(vec![knee]),
        }
    }
    groups
}

/// For the terminal: a table, a sentence for each search, and the law where the loads carry one.
pub(super) fn text(results: &Results, _: &Summary, lang: Lang, width: usize) -> String {
    let mut out = String::new();
    for group in groups(results) {
        push(&mut out, &subject(group[0], lang), width);
        let block = grid::Block { rows: rows(&group, lang), optional: vec![9, 3] };
        let names: Vec<&str> = group.iter().map(|knee| knee.backend.as_str()).collect();
        dress(&mut out, &grid(&block, width), &names, false);
        out.push('\n');
        for knee in &group {
            push(&mut out, &sentence(knee, lang), width);
        }
        out.push('\n');
        for knee in &group {
            push(&mut out, &law::sentence(knee, lang), width);
        }
    }
    if !out.is_empty() {
        out.push('\n');
        push(&mut out, legend(lang), width);
    }
    out
}

/// For the report.
pub(super) fn blocks(results: &Results, _: &Summary, lang: Lang) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (place, group) in groups(results).iter().enumerate() {
        blocks.push(Block::Heading(subject(group[0], lang)));
        if title(results, lang).is_none() {
            blocks.push(Block::List(group.iter().map(|knee| sentence(knee, lang)).collect()));
        }
        blocks.push(Block::Chart(curve::name(place)));
        blocks.push(Block::Table { rows: rows(group, lang), numbers: true });
        blocks.push(Block::Paragraph(legend(lang).to_owned()));
        blocks.push(Block::List(group.iter().map(|knee| law::sentence(knee, lang)).collect()));
        blocks.push(law::legend(lang));
        blocks.push(heading("Every load that was probed", "Jede Last, die geprüft wurde", lang));
        blocks.push(Block::Table { rows: probes::rows(group, lang), numbers: true });
    }
    if !blocks.is_empty() {
        blocks.push(method(lang));
    }
    blocks
}

/// What was varied under which promise.
fn subject(knee: &Knee, lang: Lang) -> String {
    let name = clip(&knee.scenario, 40);
    let (promise, axis) = (promise(knee, lang), unit(knee.axis, lang));
    match lang {
        Lang::En => format!("{name}: how many {axis} until {promise} breaks"),
        Lang::De => format!("{name}: wie viele {axis}, bis {promise} bricht"),
    }
}

/// The promise in a few characters.
pub(super) fn promise(knee: &Knee, lang: Lang) -> String {
    let percentile = percentile(knee, lang);
    format!("{percentile} ≤ {}", lang.tick_time(knee.slo.within as f64))
}

pub(super) fn percentile(knee: &Knee, lang: Lang) -> String {
    let name = clip(&knee.slo.percentile(), 8);
    if lang == Lang::De { name.replace('.', ",") } else { name }
}

pub(super) fn unit(axis: Axis, lang: Lang) -> &'static str {
    match axis {
        Axis::Rate => lang.say("messages/s", "Nachrichten/s"),
        Axis::Members => lang.say("members", "Mitglieder"),
    }
}

/// A load as a number: as many digits as two loads 2 % apart need.
pub(super) fn load(at: f64, lang: Lang) -> String {
    if (10.0..1e15).contains(&at) { lang.count(at.round() as u64) } else { lang.number(at) }
}

/// What came of a search.
pub(super) fn sentence(knee: &Knee, lang: Lang) -> String {
    let (name, promise) = (clip(&knee.backend, 24), promise(knee, lang));
    let unit = unit(knee.axis, lang);
    let at = |load_at: f64| format!("{} {unit}", load(load_at, lang));
    let because = knee.found.because();
    let because = because.map_or(String::new(), |text| clip(lang.of(&text), 200));
    let told = match (&knee.found, lang) {
        (Found::Between { held, broken }, Lang::En) => {
            format!("keeps {promise} up to {} and breaks it at {}", at(*held), at(*broken))
        }
        (Found::Between { held, broken }, Lang::De) => {
            format!("hält {promise} bis {} und bricht es bei {}", at(*held), at(*broken))
        }
        (Found::NeverHeld { least }, Lang::En) => {
            format!("never keeps {promise}, not even at {}, the smallest load tried", at(*least))
        }
        (Found::NeverHeld { least }, Lang::De) => {
            format!("hält {promise} nie, auch nicht bei {}, der kleinsten Last", at(*least))
        }
        (Found::NeverBroken { held, .. }, Lang::En) => {
            format!("keeps {promise} up to {}; {because}", at(*held))
        }
        (Found::NeverBroken { held, .. }, Lang::De) => {
            format!("hält {promise} bis {}; {because}", at(*held))
        }
        (Found::Unfinished { held, broken, .. }, _) => {
            let none = lang.say("no answer", "keine Antwort");
            let kept = lang.say("kept at", "gehalten bei");
            let broke = lang.say("broken at", "gebrochen bei");
            let known = [(kept, held), (broke, broken)].into_iter();
            let known = known.filter_map(|(what, load)| Some(format!("{what} {}", at((*load)?))));
            let known = known.map(|part| format!(", {part}")).collect::<String>();
            format!("{none}: {because}{known}")
        }
    };
    format!("{name}: {told}{}.", seen_again(knee, lang))
}

/// What the replays at both sides of the knee say.
fn seen_again(knee: &Knee, lang: Lang) -> &'static str {
    let replays = knee.probes.iter().filter(|probe| probe.purpose == Purpose::Replay).count();
    match (&knee.found, replays, knee.contradictions().len()) {
        (Found::Between { .. }, 2.., 0) => {
            lang.say("; both seen again in the replay", "; beides im zweiten Anlauf ebenso")
        }
        (Found::Between { .. }, 1.., 1..) => lang.say(
            "; the replay ended otherwise, so the edge is not sharp",
            "; im zweiten Anlauf kam es anders, die Kante ist also unscharf",
        ),
        _ => "",
    }
}

/// The largest load that was kept, and the smallest that was not, as far as they are known.
pub(super) fn ends(found: &Found) -> (Option<f64>, Option<f64>) {
    match found {
        Found::Between { held, broken } => (Some(*held), Some(*broken)),
        Found::NeverHeld { least } => (None, Some(*least)),
        Found::NeverBroken { held, .. } => (Some(*held), None),
        Found::Unfinished { held, broken, .. } => (*held, *broken),
    }
}

fn rows(group: &[&Knee], lang: Lang) -> Vec<Vec<String>> {
    let percentile = percentile(group[0], lang);
    let mut rows = vec![vec![
        unit(group[0].axis, lang).to_owned(),
        lang.say("kept up to", "gehalten bis").to_owned(),
        lang.say("broken at", "gebrochen bei").to_owned(),
        lang.say("deliveries/s", "Zustellungen/s").to_owned(),
        format!("{percentile} {}", lang.say("kept", "davor")),
        format!("{percentile} {}", lang.say("broken", "danach")),
        lang.say("replay", "noch mal").to_owned(),
        lang.say("gen CPU", "Gen-CPU").to_owned(),
        lang.say("lag p99", "Verzug p99").to_owned(),
        lang.say("probes", "Proben").to_owned(),
    ]];
    rows.extend(group.iter().map(|knee| row(knee, lang)));
    rows
}

fn row(knee: &Knee, lang: Lang) -> Vec<String> {
    let points = knee.points();
    let (held, broken) = ends(&knee.found);
    let point = |at: Option<f64>| points.iter().find(|one| at.is_some_and(|at| one.at == at));
    let quantile = |times: &Histogram| times.quantile(knee.slo.share);
    let kept = point(held).and_then(|point| point.response.as_ref().and_then(quantile));
    // Also where a replay kept it: the figure says what made the search stop there.
    let broke = broken.and_then(|at| knee.broken_at(at).as_ref().and_then(quantile));
    let shown = |at: Option<f64>| at.map_or_else(|| NOTHING.to_owned(), |at| load(at, lang));
    let replay =
        match (knee.probes.iter().any(|probe| probe.purpose == Purpose::Replay), &knee.found) {
            (true, Found::Between { .. }) if knee.contradictions().is_empty() => {
                lang.say("same", "ebenso")
            }
            (true, Found::Between { .. }) => lang.say("differs", "anders"),
            _ => NOTHING,
        };
    vec![
        clip(&knee.backend, 24),
        shown(held),
        shown(broken),
        lang.maybe(point(held).and_then(|point: &Point| point.throughput)),
        lang.maybe_time(kept),
        lang.maybe_time(broke),
        replay.to_owned(),
        lang.percent(held.and_then(|at| probes::generator_share(knee, at))),
        lang.maybe_time(point(held).and_then(probes::lag)),
        lang.count(knee.probes.len() as u64),
    ]
}

fn legend(lang: Lang) -> &'static str {
    lang.say(
        "kept up to, broken at: the knee lies between them, at most 2 % apart. deliveries/s, gen CPU, lag (how late the generator sent): at the load that was kept. \
         Times are those of the probes that kept the promise there, or broke it. \
         replay: whether a further probe at both ends said the same. –: not measured, or no such load.",
        "gehalten bis, gebrochen bei: Der Knick liegt dazwischen, höchstens 2 % auseinander. Zustellungen/s, Gen-CPU, Verzug (wie spät der Generator sendete): bei der gehaltenen Last. \
         Zeiten sind die der Proben, die das Versprechen dort hielten oder brachen. \
         noch mal: ob eine weitere Probe an beiden Enden dasselbe ergab. –: nicht gemessen oder keine solche Last.",
    )
}

fn method(lang: Lang) -> Block {
    paragraph(
        "Each probe is a fresh server and a few seconds of load; the backends take turns. The load is doubled until the promise breaks, then the gap is halved until its ends are 2 % apart, and both ends are probed once more. Noise makes a server slower and never faster: a promise that is kept once at a load is kept there, one that is broken has to be broken by a second probe too. A delivery that is missing breaks it too. Where the generator used more than 80 % of its CPU, or its own lateness makes up a tenth of the time, a broken promise counts as unknown, and no knee is claimed there.",
        "Jede Probe ist ein frischer Server und ein paar Sekunden Last; die Backends wechseln sich ab. Die Last wird verdoppelt, bis das Versprechen bricht, dann die Lücke halbiert, bis ihre Enden 2 % auseinanderliegen, und beide Enden werden noch einmal geprüft. Störungen machen einen Server langsamer und nie schneller: Ein Versprechen, das bei einer Last einmal gehalten wurde, gilt dort als gehalten; ein gebrochenes muss auch in einer zweiten Probe brechen. Auch eine fehlende Zustellung bricht es. Wo der Lastgenerator mehr als 80 % seiner CPU brauchte oder seine eigene Verspätung ein Zehntel der Zeit ausmacht, gilt ein gebrochenes Versprechen als unbekannt, und es wird kein Knick behauptet.",
        lang,
    )
}

#[cfg(test)]
mod tests;
