//! What a connection costs in memory, part by part, and how many connections fit into this machine.

use super::details::{Section, Table, not_measured};
use super::grid::{Block, heading};
use super::lang::{Lang, NOTHING, clip};
use super::loops::name_of;
use super::verdict;
use crate::results::{Ceiling, Group, MemoryCost, Results, Row, Slope, Summary};

/// The one place that asks for the memory of a row.
fn cost_of(results: &Results, group: &Group, row: &Row) -> Option<MemoryCost> {
    MemoryCost::of(results, &group.name, &row.backend)
}

/// The one place that asks for the ceiling of a row.
fn ceiling_of(results: &Results, group: &Group, row: &Row) -> Option<Ceiling> {
    Ceiling::of(results, &group.name, &row.backend, results.bounds.as_ref()?)
}

pub(super) fn section(results: &Results, summary: &Summary, lang: Lang) -> Section {
    let groups = || summary.groups.iter();
    Section {
        title: lang.say("Memory of a connection", "Speicher einer Verbindung"),
        told: groups().flat_map(|group| told(results, group, lang)).collect(),
        chart: None,
        tables: groups().filter_map(|group| table(results, group, lang)).collect(),
        legend: lang.say(
            "KiB that one more idle connection adds: the slope over several numbers of connections, with its 95\u{a0}% interval in brackets where there are readings enough. heap, stacks: memory of the server process. sockets: kernel objects of the whole machine, so the sockets of both ends and whatever else happened meanwhile. kernel stacks: one for each thread. page tables: the server's. ceiling: how many connections this machine would bear by these slopes and its limits; predicted, not tried. –: not measured, or fewer than 50 connections.",
            "KiB, die eine weitere ruhende Verbindung kostet: die Steigung über mehrere Verbindungszahlen, in Klammern ihr 95-%-Intervall, wo die Messpunkte reichen. Heap, Stacks: Speicher des Serverprozesses. Sockets: Kernel-Objekte der ganzen Maschine, also die Sockets beider Enden und was sonst nebenher geschah. Kernel-Stacks: einer je Thread. Seitentab.: Seitentabellen des Servers. Grenze: wie viele Verbindungen diese Maschine nach Steigungen und Limits trüge; vorhergesagt, nicht ausprobiert. –: nicht gemessen oder unter 50 Verbindungen.",
        ),
    }
}

fn told(results: &Results, group: &Group, lang: Lang) -> Vec<String> {
    let name = name_of(group, lang);
    let mut told = vec![
        verdict::of_group(group, verdict::MEMORY, lang)
            .unwrap_or_else(|| not_measured(&name, lang)),
    ];
    let ceilings = group.contestants().filter_map(|row| {
        let ceiling = ceiling_of(results, group, row)?;
        let (backend, because) = (clip(&row.backend, 20), clip(&ceiling.because, 60));
        Some(format!("{backend} {} ({because})", lang.count(ceiling.connections)))
    });
    let ceilings: Vec<String> = ceilings.collect();
    if !ceilings.is_empty() {
        let predicted = lang.say("predicted ceilings", "vorhergesagte Grenzen");
        told.push(format!("{name}: {predicted}: {}", ceilings.join(", ")));
    }
    told
}

fn table(results: &Results, group: &Group, lang: Lang) -> Option<Table> {
    let mut rows = vec![heading(&[
        lang.say("KiB per connection", "KiB pro Verbindung"),
        lang.say("heap", "Heap"),
        lang.say("stacks", "Stacks"),
        lang.say("user", "Nutzer"),
        lang.say("sockets", "Sockets"),
        lang.say("kernel stacks", "Kernel-Stacks"),
        lang.say("page tables", "Seitentab."),
        lang.say("kernel", "Kernel"),
        lang.say("ceiling", "Grenze"),
    ])];
    let mut backends = Vec::new();
    for row in &group.rows {
        let Some(cost) = cost_of(results, group, row) else { continue };
        let sum = |bytes: Option<f64>| lang.maybe(bytes.map(|bytes| bytes / 1024.0));
        rows.push(vec![
            clip(&row.backend, 24),
            slope(cost.heap, lang),
            slope(cost.stacks, lang),
            sum(cost.user()),
            slope(cost.sockets, lang),
            slope(cost.kernel_stacks, lang),
            slope(cost.page_tables, lang),
            sum(cost.kernel()),
            ceiling_of(results, group, row)
                .map_or_else(|| NOTHING.to_owned(), |ceiling| lang.count(ceiling.connections)),
        ]);
        backends.push(row.backend.clone());
    }
    let cells = Block { rows, optional: Vec::new() };
    (!backends.is_empty()).then(|| Table { title: name_of(group, lang), cells, backends })
}

/// KiB per connection and how sure that is.
fn slope(slope: Option<Slope>, lang: Lang) -> String {
    let Some(slope) = slope else { return NOTHING.to_owned() };
    let mut text = lang.number(slope.per_connection / 1024.0);
    if let Some((low, high)) = slope.interval {
        let between = lang.say(", ", "; ");
        let (low, high) = (lang.number(low / 1024.0), lang.number(high / 1024.0));
        text.push_str(&format!(" [{low}{between}{high}]"));
    }
    text
}
