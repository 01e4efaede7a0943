//! How many members a broadcast carries, by the rule of a well-known shoot-out: four broadcasts at
//! a time, 95 of 100 deliveries within 500 ms.
//!
//! The loop is closed, as the rule wants it: each of four speakers waits for its own message. What
//! such a run tells is a throughput; the members that the promise allows follow from the law of
//! universal scalability, fitted through it, and no farther than twice the largest measured load.

use std::time::Duration;

use super::loaded::{self, Loaded, asked};
use super::{Card, Data, Experiment, How, NoData, Sketch, both, decimal, median};
use crate::backend::{self, Backend};
use crate::chat::Limits;
use crate::message::Wire;
use crate::results::{Agreement, Finding, Line, Picture, Reading, Scale, Unit, Usl};
use crate::scenario::{LoopKind, Scenario};
use crate::units::SECOND;

/// Broadcasts under way at a time.
const SPEAKERS: u32 = 4;
/// The promise.
const WITHIN: f64 = 0.5 * SECOND as f64;
/// How far threads and tasks may lie apart and still count as equal: no more than a factor of two.
const CLOSE: (f64, f64) = (0.5, 2.0);

pub(super) struct FanOut;

/// What one backend did with so many members.
struct Point {
    members: u32,
    rate: f64,
    p95: f64,
}

impl Experiment for FanOut {
    fn card(&self) -> Card {
        Card {
            name: "fan-out",
            question: (
                "How many members does a broadcast carry, with threads and with tasks?",
                "Wie viele Mitglieder trägt ein Rundruf, mit Threads und mit Tasks?",
            ),
            setup: (
                "Four members of one room speak, each as soon as its own message has come back, in rooms of growing size; server and generator share the machine. Hashrocket's rule of 2016 asks for 95 of 100 deliveries within 500 ms.",
                "Vier Mitglieder eines Raums sprechen, jedes, sobald seine eigene Nachricht zurück ist, in Räumen wachsender Größe; Server und Generator teilen sich die Maschine. Die Regel von Hashrocket (2016) verlangt 95 von 100 Zustellungen innerhalb von 500 ms.",
            ),
            options: &[
                ("Tasks carry ten times as many", "Tasks tragen zehnmal so viele"),
                (
                    "About as many: the sends cost the same",
                    "Etwa gleich viele: Das Senden kostet gleich viel",
                ),
                ("Threads carry more", "Threads tragen mehr"),
            ],
            expected: 1,
            prediction: (
                "Deliveries per second are within a factor of two of each other (the shoot-out had 17,000 members with a thread pool and 20,000 with an event loop), and all of them keep 500 ms at every size measured here.",
                "Die Zustellungen pro Sekunde liegen höchstens um den Faktor zwei auseinander (dort waren es 17.000 Mitglieder mit Thread-Pool und 20.000 mit Ereignisschleife), und alle halten die 500 ms bei jeder hier gemessenen Größe.",
            ),
            why: (
                "A broadcast is one send for every member, and a send costs the same whoever waits. What waiting costs comes on top. How much that is depends on how often somebody has to be woken, and so on the size of the room.",
                "Ein Rundruf ist ein Senden für jedes Mitglied, und das kostet gleich viel, wer auch wartet. Was das Warten kostet, kommt dazu; es ist ein Teil, kein Vielfaches.",
            ),
            hides: (
                "Count deliveries, not members: a room of 1,000 with one message a second each asks for a million a second. Where the law of scalability does not fit the points, no number of members is claimed.",
                "Zustellungen zählen, nicht Mitglieder: Ein Raum von 1.000 mit je einer Nachricht pro Sekunde verlangt eine Million pro Sekunde. Wo das Gesetz der Skalierbarkeit die Punkte nicht trifft, wird keine Zahl von Mitgliedern behauptet.",
            ),
            next: (
                "duplex compare --find-knee --axis members --slo p95=500ms asks the same of an open loop.",
                "duplex compare --find-knee --axis members --slo p95=500ms fragt dasselbe mit offener Schleife.",
            ),
        }
    }

    fn sketch(&self) -> Sketch {
        Sketch {
            nodes: &[
                (0, 0, "4 speakers", "4 Sprecher"),
                (1, 0, "server", "Server"),
                (2, 0, "all members", "alle Mitglieder"),
            ],
            links: &[
                (0, 1, "when it came back", "sobald zurück"),
                (1, 2, "one send each", "je ein Senden"),
            ],
        }
    }

    fn run(&self, how: &How<'_>) -> Result<Data, NoData> {
        let quick = vec![10, 25, 50, 100, 150, 200];
        let sizes = how.scale(vec![5, 10], quick, vec![25, 50, 100, 200, 400, 800, 1_600]);
        let (mut data, mut lines) = (Data::default(), Vec::new());
        let mut rates: Vec<(&str, Vec<f64>)> = Vec::new();
        for backend in backend::ALL {
            let points: Result<Vec<Point>, NoData> =
                sizes.iter().map(|members| point(*backend, *members, how)).collect();
            let points = points?;
            let top = points.iter().map(|point| point.rate).fold(0.0, f64::max);
            rates.push((backend.name(), points.iter().map(|point| point.rate).collect()));
            add(&mut data, *backend, &points, top);
            let name = backend.name();
            let at = |point: &Point| (f64::from(point.members), point.rate);
            let points = points.iter().map(at).collect();
            lines.push(Line { label: both(name, name), theory: false, points });
        }
        let rates_of = |name| rates.iter().find(|one| one.0 == name).map(|one| &one.1);
        if let (Some(threads), Some(tasks)) = (rates_of("blocking"), rates_of("async")) {
            add_ratio(&mut data, threads, tasks);
        }
        data.pictures.push(Picture::Lines {
            x: Scale { what: both("members", "Mitglieder"), unit: Unit::Count, log: true },
            y: Scale {
                what: both("deliveries per second", "Zustellungen pro Sekunde"),
                unit: Unit::PerSecond,
                log: false,
            },
            lines,
        });
        Ok(data)
    }

    fn judge(&self, data: &Data) -> Finding {
        let of = |key| data.value(key).unwrap_or(0.0);
        let (ratio, verhältnis) = decimal(of("tasks-to-threads"), 1);
        let (least, most) = (of("least-to-threads"), of("most-to-threads"));
        let ((from, von), (to, bis)) = (decimal(least, 1), decimal(most, 1));
        let promises = data.figures.iter().filter(|figure| figure.key.ends_with("-p95"));
        let are_kept = promises.filter_map(Reading::is_as_predicted).all(|kept| kept);
        if are_kept && [CLOSE.0, CLOSE.1].iter().any(|limit| (least..most).contains(limit)) {
            let en = format!(
                "Tasks deliver {from} to {to} times as many as threads, by the size of the room: the factor of two lies in between, and nothing is claimed."
            );
            let de = format!(
                "Tasks stellen je nach Größe des Raums das {von}- bis {bis}-Fache von Threads zu: Der Faktor zwei liegt dazwischen, und behauptet wird nichts."
            );
            return Finding { agreement: Agreement::Open, sentence: both(&en, &de) };
        }
        let best = data.figures.iter().filter(|figure| figure.key.ends_with("-rate"));
        let most = (best.map(|figure| figure.value).fold(0.0, f64::max) / 1_000.0).round();
        let finding = data.by_ranges(
            (
                format!("Tasks deliver {ratio} times as many as threads, up to {most} thousand a second, and every backend keeps 95 of 100 within 500 ms at every size."),
                format!("Tasks stellen das {verhältnis}-Fache von Threads zu, bis zu {most} Tausend pro Sekunde, und jedes Backend hält 95 von 100 innerhalb von 500 ms bei jeder Größe."),
            ),
            (
                format!("Not as predicted: tasks deliver {ratio} times as many as threads, up to {most} thousand a second, or a promise was broken."),
                format!("Nicht wie vorhergesagt: Tasks stellen das {verhältnis}-Fache von Threads zu, bis zu {most} Tausend pro Sekunde, oder ein Versprechen brach."),
            ),
        );
        debug_assert!(data.figures.is_empty() == (finding.agreement == Agreement::Open));
        finding
    }
}

/// Adds how many times as much tasks deliver in rooms of the same size: in the middle, at least and
/// at most. One size alone would say what the machine did in that second.
fn add_ratio(data: &mut Data, threads: &[f64], tasks: &[f64]) {
    let mut ratios: Vec<f64> =
        tasks.iter().zip(threads).map(|(tasks, threads)| tasks / threads).collect();
    let middle = median(&mut ratios);
    let (Some(&least), Some(&most)) = (ratios.first(), ratios.last()) else { return };
    let what = (
        "throughput, tasks ÷ threads, median of the sizes",
        "Durchsatz, Tasks ÷ Threads, Median der Größen",
    );
    data.add("tasks-to-threads", what, middle, Unit::Ratio, Some(CLOSE));
    let what = ("at least", "mindestens");
    data.add("least-to-threads", what, least, Unit::Ratio, None);
    let what = ("at most", "höchstens");
    data.add("most-to-threads", what, most, Unit::Ratio, None);
}

/// Adds the figures of one backend.
fn add(data: &mut Data, backend: &dyn Backend, points: &[Point], top: f64) {
    let name = backend.name();
    let what = (
        format!("deliveries per second with four broadcasts at a time, {name}"),
        format!("Zustellungen pro Sekunde bei vier Rundsprüchen zugleich, {name}"),
    );
    data.add(&format!("{name}-rate"), (&what.0, &what.1), top, Unit::PerSecond, None);
    let slowest = points.iter().map(|point| point.p95).fold(0.0, f64::max);
    let what = (format!("p95 at worst, {name}"), format!("p95 schlimmstenfalls, {name}"));
    // A held poll is answered with everything there is, so its loop is not comparable in rate; its
    // promise is.
    let key = format!("{name}-p95");
    data.add(&key, (&what.0, &what.1), slowest, Unit::Time, Some((0.0, WITHIN)));
    if let Some(members) = carried(points).filter(|_| backend.wire() != Wire::Bare) {
        let what = (
            format!("members that would take 500 ms, by the law, {name}"),
            format!("Mitglieder, die 500 ms brauchten, nach dem Gesetz, {name}"),
        );
        data.add(&format!("{name}-members"), (&what.0, &what.1), members, Unit::Count, None);
    }
}

/// Members at which four broadcasts take as long as promised, by the law through the points; nothing
/// where the law does not carry them, or where it would have to be stretched too far.
fn carried(points: &[Point]) -> Option<f64> {
    let measured: Vec<(f64, f64)> =
        points.iter().map(|point| (f64::from(point.members), point.rate)).collect();
    let law = Usl::fit(&measured).ok()?;
    let longest = WITHIN / SECOND as f64;
    let takes = |members: f64| Some(f64::from(SPEAKERS) * members / law.at(members)?);
    let mut members = law.largest;
    while takes(members)? < longest {
        members *= 1.05;
    }
    Some(members.round())
}

/// Four speakers in a closed loop, in a room of that size.
fn point(backend: &'static dyn Backend, members: u32, how: &How<'_>) -> Result<Point, NoData> {
    // As many messages as make the deliveries worth counting, all of them due at once.
    let deliveries = how.scale(500, 4_000, 300_000);
    // No speaker says more than is let through at once: faster than that would be a flood.
    let burst = Limits::default().say_burst * 9 / 10;
    let messages = (deliveries / members).clamp(5 * SPEAKERS, burst * SPEAKERS);
    let time = Duration::from_millis(100);
    let closed = Scenario {
        speakers: Some(SPEAKERS),
        loop_kind: LoopKind::Closed,
        ..asked(members, f64::from(messages) / time.as_secs_f64(), time)?
    };
    let Loaded { outcome, .. } = loaded::play(backend, &closed, how, &mut |_| {})?;
    if outcome.delivered < outcome.expected {
        let lost = outcome.expected - outcome.delivered;
        return Err(NoData::Failed(anyhow::anyhow!("{}: {lost} deliveries lost", backend.name())));
    }
    let p95 = outcome.service.value_at_quantile(0.95) as f64;
    Ok(Point { members, rate: outcome.delivered as f64 / outcome.seconds.max(1e-9), p95 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_claimed_only_where_the_law_carries_them() {
        let at = |members: u32, rate: f64| Point { members, rate, p95: 1.0 };
        // 10,000 deliveries a second whatever the size: four broadcasts to 1,250 take 500 ms.
        let flat: Vec<Point> = [50, 100, 200, 400, 800, 1_000]
            .map(|n| at(n, 10_000.0 * f64::from(n) / (f64::from(n) + 1.0)))
            .into();
        let carried_by_flat = carried(&flat).unwrap();
        assert!((1_200.0..1_350.0).contains(&carried_by_flat), "{carried_by_flat}");
        // A hundred times as fast it would lie far beyond what was measured.
        let fast: Vec<Point> = flat.iter().map(|one| at(one.members, one.rate * 100.0)).collect();
        assert_eq!(carried(&fast), None);
        assert_eq!(carried(&flat[..3]), None);
    }
    #[test]
    fn a_factor_on_both_sides_of_the_predicted_one_is_left_open() {
        let judged = |tasks: &[f64]| {
            let mut data = Data::default();
            add_ratio(&mut data, &[100.0; 4], tasks);
            FanOut.judge(&data)
        };
        assert_eq!(judged(&[150.0, 160.0, 170.0, 190.0]).agreement, Agreement::Agrees);
        assert_eq!(judged(&[250.0, 260.0, 270.0, 290.0]).agreement, Agreement::Contradicts);
        let open = judged(&[160.0, 230.0, 170.0, 190.0]);
        assert_eq!(open.agreement, Agreement::Open);
        assert!(open.sentence.en.starts_with("Tasks deliver 1.6 to 2.3 times"), "{open:?}");
        assert_eq!(judged(&[40.0, 60.0, 70.0, 90.0]).agreement, Agreement::Open);
    }
}
