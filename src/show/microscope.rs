//! What a connection costs in memory, part by part, and how many connections fit into this machine.

use super::details::{Section, Table, not_measured};
use super::grid::{Block, heading};
use super::lang::{Lang, NOTHING, clip};
use super::loops::name_of;
use super::verdict;
use crate::results::{Ceiling, FLOOR, Group, MemoryCost, Results, Row, Slope, Summary};

/// What is known of a row.
struct Known<'a> {
    row: &'a Row,
    cost: MemoryCost,
    ceiling: Option<Ceiling>,
}

fn known<'a>(results: &Results, group: &'a Group) -> Vec<Known<'a>> {
    let bounds = results.bounds.as_ref();
    let of = |row: &'a Row| {
        let (scenario, backend) = (group.name.as_str(), row.backend.as_str());
        let cost = MemoryCost::of(results, scenario, backend)?;
        let ceiling = bounds.and_then(|bounds| Ceiling::of(results, scenario, backend, bounds));
        Some(Known { row, cost, ceiling })
    };
    group.rows.iter().filter_map(of).collect()
}

pub(super) fn section(results: &Results, summary: &Summary, lang: Lang) -> Section {
    let groups: Vec<(&Group, Vec<Known<'_>>)> =
        summary.groups.iter().map(|group| (group, known(results, group))).collect();
    Section {
        title: lang.say("Memory of a connection", "Speicher einer Verbindung"),
        told: groups.iter().flat_map(|(group, known)| told(group, known, lang)).collect(),
        chart: None,
        tables: groups.iter().filter_map(|(group, known)| table(group, known, lang)).collect(),
        legend: lang.say(
            "KiB on the server's side for one more idle connection: slopes over several numbers of connections, ± half their 95\u{a0}% interval where that is more than a hundredth. heap, stacks: memory of the server process. socket: half of what the kernel's objects grow by with the floor, which has nothing but sockets, for both ends are on this machine. objects: what they grow by beyond that, so the kernel's books on threads. k-stacks: kernel stacks, one for each thread. tables: page tables of the server. ceiling: how many connections a machine with these limits would bear; predicted, not tried. –: not measured, not told from nothing, or fewer than 50 connections.",
            "KiB auf der Seite des Servers für eine weitere ruhende Verbindung: Steigungen über mehrere Verbindungszahlen, ± das halbe 95-%-Intervall, wo es mehr als ein Hundertstel ist. Heap, Stacks: Speicher des Serverprozesses. Socket: die Hälfte dessen, was die Objekte des Kernels beim Floor wachsen, der nichts als Sockets hat, denn beide Enden sind auf dieser Maschine. Objekte: was sie darüber hinaus wachsen, also die Bücher des Kernels über Threads. K-Stacks: Stacks im Kernel, einer je Thread. Tabellen: Seitentabellen des Servers. Grenze: wie viele Verbindungen eine Maschine mit diesen Limits trüge; vorhergesagt, nicht ausprobiert. –: nicht gemessen, nicht von nichts zu unterscheiden oder unter 50 Verbindungen.",
        ),
    }
}

fn told(group: &Group, known: &[Known<'_>], lang: Lang) -> Vec<String> {
    let name = name_of(group, lang);
    let mut told = vec![
        verdict::of_group(group, verdict::MEMORY, lang)
            .unwrap_or_else(|| not_measured(&name, lang)),
    ];
    let contestants = known.iter().filter(|known| known.row.backend != FLOOR);
    let ceilings = contestants.filter_map(|known| {
        let ceiling = known.ceiling.as_ref()?;
        let (backend, because) = (clip(&known.row.backend, 20), clip(&ceiling.because, 60));
        Some(format!("{backend} {} ({because})", lang.count(ceiling.connections)))
    });
    let ceilings: Vec<String> = ceilings.collect();
    if !ceilings.is_empty() {
        let predicted = lang.say("predicted ceilings", "vorhergesagte Grenzen");
        told.push(format!("{name}: {predicted}: {}", ceilings.join(", ")));
    }
    told
}

fn table(group: &Group, known: &[Known<'_>], lang: Lang) -> Option<Table> {
    let mut rows = vec![heading(&[
        "KiB",
        lang.say("heap", "Heap"),
        lang.say("stacks", "Stacks"),
        lang.say("user", "Nutzer"),
        lang.say("socket", "Socket"),
        lang.say("objects", "Objekte"),
        lang.say("k-stacks", "K-Stacks"),
        lang.say("tables", "Tabellen"),
        lang.say("kernel", "Kernel"),
        lang.say("ceiling", "Grenze"),
    ])];
    let mut backends = Vec::new();
    for Known { row, cost, ceiling } in known {
        let sum = |bytes: Option<f64>| lang.maybe(bytes.map(|bytes| bytes / 1024.0));
        rows.push(vec![
            clip(&row.backend, 24),
            slope(cost.heap, lang),
            slope(cost.stacks, lang),
            sum(cost.user()),
            slope(cost.sockets, lang),
            slope(cost.objects, lang),
            slope(cost.kernel_stacks, lang),
            slope(cost.page_tables, lang),
            sum(cost.kernel()),
            ceiling
                .as_ref()
                .map_or_else(|| NOTHING.to_owned(), |ceiling| lang.count(ceiling.connections)),
        ]);
        backends.push(row.backend.clone());
    }
    let cells = Block { rows, optional: Vec::new() };
    (!backends.is_empty()).then(|| Table { title: name_of(group, lang), cells, backends })
}

/// KiB per connection, and how sure that is where the doubt is more than a hundredth of it.
fn slope(slope: Option<Slope>, lang: Lang) -> String {
    let Some(slope) = slope else { return NOTHING.to_owned() };
    let kib = slope.per_connection / 1024.0;
    // Hundredths of a KiB are ten bytes: nothing beyond that was measured.
    let small = kib.abs() < 0.995;
    let mut text = if small { lang.hundredths(kib) } else { lang.number(kib) };
    if let Some((low, high)) = slope.interval {
        let half = (high - low) / 2.0 / 1024.0;
        if half > 0.005 && half > kib.abs() / 100.0 {
            text.push_str(&format!(" ±{}", lang.doubt(half)));
        }
    }
    text
}
