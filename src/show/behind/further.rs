//! The numbers behind the further charts: the course of a run, gaps, counts, deliveries.

use super::super::charts::{course_name, latency_name};
use super::super::lang::{Lang, clip};
use super::super::{delivery, fan_out, gap};
use super::{Table, each};
use crate::results::{Figure, Group, Histogram, Results, Row, Run, Summary, Timeline};

/// The tables of these charts.
pub(super) fn of(results: &Results, summary: &Summary, lang: Lang) -> Vec<Table> {
    let table = |chart: &str, rows| Table { chart: chart.to_owned(), rows };
    let courses = summary.groups.iter().enumerate().map(|(place, group)| {
        table(&course_name(&latency_name(&group.name, place)), course(results, group, lang))
    });
    let mut all: Vec<Table> = courses.collect();
    all.extend([
        table(gap::NAME, gaps(summary, lang)),
        table("switches", switches(summary, lang)),
        table("threads", threads(summary, lang)),
        table("rate", rates(summary, lang)),
        table("set-up", set_up(summary, lang)),
        table(delivery::NAME, deliveries(summary, lang)),
        table(fan_out::NAME, costs(summary, lang)),
    ]);
    all
}

/// The first run of a backend that counts and has a course.
fn timeline<'a>(results: &'a Results, group: &Group, row: &Row) -> Option<&'a Timeline> {
    let is_of = |run: &&Run| run.scenario == group.name && run.backend == row.backend;
    let mut runs = results.runs.iter().filter(is_of).filter(|run| run.failure.is_none());
    runs.find_map(|run| run.measured.as_ref()?.timeline.as_ref())
}

fn course(results: &Results, group: &Group, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("worst slot", "schlechtester Abschnitt"),
        "p50",
        "p99",
        "max",
        lang.say("slots", "Abschnitte"),
        lang.say("without a delivery", "ohne Zustellung"),
    ];
    let mut rows = vec![first.map(str::to_owned).to_vec()];
    for row in &group.rows {
        let Some(told) = timeline(results, group, row) else { continue };
        let worst = |values: &[Option<u64>]| {
            let most = values.iter().flatten().max();
            lang.maybe_time(most.map(|nanos| *nanos as f64))
        };
        let empty = told.deliveries.iter().filter(|count| **count == 0).count() as u64;
        rows.push(vec![
            clip(&row.backend, 24),
            worst(&told.p50),
            worst(&told.p99),
            worst(&told.max),
            lang.count(told.deliveries.len() as u64),
            lang.count(empty),
        ]);
    }
    rows
}

fn gaps(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("99th percentile", "99. Perzentil"),
        lang.say("service time", "Bedienzeit"),
        lang.say("response time", "Antwortzeit"),
        lang.say("send lag", "Verzug"),
    ];
    let cells = |row: &Row| {
        let p99 = |of: Option<&Histogram>| {
            lang.maybe_time(of.and_then(|times| times.quantile_among(0.99, row.messages)))
        };
        let (service, lag) = (row.service.as_ref(), row.send_lag.as_ref());
        vec![p99(service), p99(row.response.as_ref()), p99(lag)]
    };
    each(summary, &first, cells, lang)
}

fn switches(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("context switches per delivery", "Kontextwechsel pro Zustellung"),
        lang.say("voluntary", "freiwillig"),
        lang.say("involuntary", "unfreiwillig"),
    ];
    let cells = |row: &Row| {
        [Figure::Voluntary, Figure::Involuntary].map(|f| lang.maybe(row.value(f))).to_vec()
    };
    each(summary, &first, cells, lang)
}

fn threads(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [lang.say("server", "Server"), "Threads"];
    each(summary, &first, |row| vec![lang.maybe(row.value(Figure::Threads))], lang)
}

fn rates(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("deliveries", "Zustellungen"),
        lang.say("per second", "pro Sekunde"),
        lang.say("arrived", "angekommen"),
    ];
    let cells = |row: &Row| {
        vec![lang.maybe(row.value(Figure::Throughput)), lang.share(row.delivered_share())]
    };
    each(summary, &first, cells, lang)
}

fn set_up(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("set-up", "Aufbau"),
        lang.say("until all had joined", "bis alle beigetreten waren"),
    ];
    each(summary, &first, |row| vec![lang.maybe_time(row.value(Figure::SetUp))], lang)
}

fn deliveries(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("oracle", "Orakel"),
        lang.say("asked for", "verlangt"),
        lang.say("arrived", "angekommen"),
        lang.say("runs that count", "gültige Läufe"),
    ];
    let cells = |row: &Row| {
        vec![
            lang.count(row.expected),
            lang.count(row.delivered),
            format!("{} / {}", lang.count(row.counted() as u64), lang.count(row.runs as u64)),
        ]
    };
    each(summary, &first, cells, lang)
}

fn costs(summary: &Summary, lang: Lang) -> Vec<Vec<String>> {
    let first = [
        lang.say("scenario and backend", "Szenario und Backend"),
        lang.say("CPU per delivery", "CPU pro Zustellung"),
        lang.say("p99 response time", "p99 der Antwortzeit"),
    ];
    let cells =
        |row: &Row| [Figure::Cpu, Figure::P99].map(|f| lang.maybe_time(row.value(f))).to_vec();
    each(summary, &first, cells, lang)
}
