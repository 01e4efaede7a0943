//! Where the bytes of a delivery go: the byte ledger as tables and as a chart.

use super::bars::{self, Bar, Bars, Panel};
use super::charts::{Chart, cautions_of_cost};
use super::costs::absent;
use super::details::{Section, Table, not_measured};
use super::grid::{Block, heading};
use super::lang::{Lang, clip};
use super::loops::name_of;
use super::verdict;
use crate::results::{Books, ByteCost, Figure, Group, Parts, Results, Row, Summary, Traffic};

/// The name of the chart.
pub(super) const CHART: &str = "bytes";

/// How strongly the parts of a bar are filled: text, envelope, framing, HTTP, TCP/IP headers.
const STRENGTH: [f64; 5] = [1.0, 0.62, 0.38, 0.2, 0.05];

/// How a part is read out of a direction.
type Part = fn(&Parts) -> u64;

/// The parts that have a column of their own.
const PARTS: [Part; 6] = [
    |parts| parts.payload,
    |parts| parts.envelope,
    |parts| parts.framing,
    |parts| parts.masking,
    |parts| parts.control,
    |parts| parts.http,
];

pub(super) fn section(results: &Results, summary: &Summary, lang: Lang) -> Section {
    let groups: Vec<(&Group, Known<'_>)> =
        summary.groups.iter().map(|group| (group, known(results, group))).collect();
    let mut told: Vec<String> = summary.groups.iter().map(|group| sentence(group, lang)).collect();
    let costs = groups.iter().flat_map(|(_, known)| known);
    told.push(reconciles(
        costs.map(|(_, cost)| cost.books).fold(Books::default(), Books::plus),
        lang,
    ));
    Section {
        title: lang.say("Byte ledger of a delivery", "Byte-Bilanz einer Zustellung"),
        told,
        chart: Some(CHART),
        tables: groups.iter().filter_map(|(group, known)| table(group, known, lang)).collect(),
        legend: lang.say(
            "Bytes per delivery, ↓ from and ↑ to the server. payload: the text that people wrote. envelope: the JSON around it. framing, masking, control: WebSocket frame headers, masking keys, and pings, pongs and closes with what they carry. HTTP: request and status lines, headers, chunk lines. TCP/IP, ACKs: headers of segments that carried bytes, and of those that only acknowledged, both estimated at 52 bytes each; on loopback segments are larger and fewer than in a network. share: payload ÷ total. set-up: bytes per member until everybody had joined, once per connection and not in the total.",
            "Bytes pro Zustellung, ↓ vom und ↑ zum Server. Nutzlast: der Text, den jemand schrieb. Hülle: das JSON darum. Rahmen, Maske, Steuer: Köpfe der WebSocket-Frames, Maskierungsschlüssel, und Pings, Pongs und Closes mit Inhalt. HTTP: Anfrage- und Statuszeilen, Header, Chunk-Zeilen. TCP/IP, ACKs: Header von Segmenten, die Bytes trugen, und von solchen, die nur bestätigten, beide mit 52 Bytes geschätzt; auf Loopback sind Segmente größer und weniger als im Netz. Anteil: Nutzlast ÷ Summe. Aufbau: Bytes pro Mitglied, bis alle beigetreten waren, einmal pro Verbindung und nicht in der Summe.",
        ),
    }
}

fn sentence(group: &Group, lang: Lang) -> String {
    verdict::of_group(group, verdict::WIRE, lang)
        .unwrap_or_else(|| not_measured(&name_of(group, lang), lang))
}

/// Rows and their bytes, as far as they are known.
type Known<'a> = Vec<(&'a Row, ByteCost)>;

fn known<'a>(results: &Results, group: &'a Group) -> Known<'a> {
    let of = |row: &'a Row| Some((row, ByteCost::of(results, &group.name, &row.backend)?));
    group.rows.iter().filter_map(of).collect()
}

/// Whether the books agree with the kernel, over everything that is shown.
fn reconciles(books: Books, lang: Lang) -> String {
    let count = |runs| lang.count(runs);
    let told = books.agree + books.differ;
    let mut text = match (books.differ, told, lang) {
        (_, 0, Lang::En) => "The ledger could not be held against the kernel's counters: not measured here.".to_owned(),
        (_, 0, Lang::De) => "Die Bilanz ließ sich nicht mit den Zählern des Kernels vergleichen: hier nicht gemessen.".to_owned(),
        (0, _, Lang::En) => format!("The ledger reconciles to the byte with TCP_INFO in all {} runs.", count(told)),
        (0, _, Lang::De) => format!("Die Bilanz stimmt in allen {} Läufen aufs Byte mit TCP_INFO überein.", count(told)),
        (_, _, Lang::En) => format!(
            "The ledger differs from TCP_INFO by {} bytes in {} of {} runs.",
            count(books.off), count(books.differ), count(told)
        ),
        (_, _, Lang::De) => format!(
            "Die Bilanz weicht in {} von {} Läufen von TCP_INFO ab, um {} Bytes.",
            count(books.differ), count(told), count(books.off)
        ),
    };
    if books.untold > 0 && told > 0 {
        let runs = count(books.untold);
        text.push_str(&match lang {
            Lang::En => format!(" In {runs} more the kernel did not count."),
            Lang::De => format!(" In {runs} weiteren zählte der Kernel nicht."),
        });
    }
    text
}

fn table(group: &Group, costs: &Known<'_>, lang: Lang) -> Option<Table> {
    // A join in the middle of the measured time is rare, but its bytes belong to the total.
    let is_there = |part: Part| {
        costs.iter().any(|(_, cost)| part(&cost.down.parts) > 0 || part(&cost.up.parts) > 0)
    };
    let mut more: Vec<(&str, Part)> =
        vec![("TLS", |parts| parts.tls), (lang.say("joins", "Beitritt"), |parts| parts.handshake)];
    more.retain(|(_, part)| is_there(*part));
    let mut rows = vec![titles(&more, lang)];
    let mut backends = Vec::new();
    for (row, cost) in costs {
        let members = group.scenario.as_ref().map(|scenario| scenario.members);
        let ways = [("↓", &cost.down, &cost.set_up_down), ("↑", &cost.up, &cost.set_up_up)];
        for (arrow, way, set_up) in ways {
            let name = format!("{} {arrow}", clip(&row.backend, 22));
            let mut cells = vec![name];
            cells.extend(numbers(cost, way, &more, lang));
            let once = members.and_then(|members| cost.per_connection(set_up.total(), members));
            cells.push(lang.maybe(once));
            rows.push(cells);
            backends.push(row.backend.clone());
        }
    }
    let cells = Block { rows, optional: Vec::new() };
    (!costs.is_empty()).then(|| Table { title: name_of(group, lang), cells, backends })
}

fn titles(more: &[(&str, Part)], lang: Lang) -> Vec<String> {
    let mut titles = heading(&[
        lang.say("bytes", "Bytes"),
        lang.say("payload", "Nutzlast"),
        lang.say("envelope", "Hülle"),
        lang.say("framing", "Rahmen"),
        lang.say("masking", "Maske"),
        lang.say("control", "Steuer"),
        "HTTP",
    ]);
    titles.extend(more.iter().map(|(title, _)| (*title).to_owned()));
    titles.extend(heading(&[
        "TCP/IP",
        "ACKs",
        lang.say("total", "Summe"),
        lang.say("share", "Anteil"),
        lang.say("set-up", "Aufbau"),
    ]));
    titles
}

fn numbers(cost: &ByteCost, way: &Traffic, more: &[(&str, Part)], lang: Lang) -> Vec<String> {
    let per = |bytes: Option<u64>| lang.maybe(bytes.and_then(|bytes| cost.per_delivery(bytes)));
    let mut cells: Vec<String> = PARTS.iter().map(|part| per(Some(part(&way.parts)))).collect();
    cells.extend(more.iter().map(|(_, part)| per(Some(part(&way.parts)))));
    cells.extend([per(way.data_headers()), per(way.acks), per(way.total())]);
    let share = way.payload_share();
    // Less than a hundredth is not nothing.
    let small = share.is_some_and(|share| share < 0.01);
    cells.push(if small { lang.share(share) } else { lang.percent(share) });
    cells
}

/// The chart: what goes to the server left of zero, what comes from it right of zero.
pub(super) fn charts(results: &Results, summary: &Summary, lang: Lang) -> Vec<Chart> {
    let what = lang.say(
        "Bytes per delivery, ← to and → from the server; the number is what TCP carried both ways",
        "Bytes pro Zustellung, ← zum und → vom Server; die Zahl ist, was TCP beidseits trug",
    );
    let names = [
        lang.say("payload", "Nutzlast"),
        lang.say("envelope", "Hülle"),
        lang.say("framing", "Rahmen"),
        "HTTP",
        lang.say("TCP/IP headers (estimate)", "TCP/IP-Header (Schätzung)"),
    ];
    let bars = Bars {
        what: what.to_owned(),
        unit: "B",
        parts: names.into_iter().zip(STRENGTH).collect(),
        unsplit: lang.say("not split", "nicht aufgeteilt"),
        labels: 160,
        panels: summary.groups.iter().map(|group| panel(results, group, lang)).collect(),
        footer: cautions_of_cost(summary, Figure::Payload, lang),
    };
    let title = verdict::of_all(summary, verdict::WIRE, lang);
    let svg = bars::draw(&bars, &title, lang);
    vec![Chart { name: CHART.to_owned(), title, svg }]
}

fn panel(results: &Results, group: &Group, lang: Lang) -> Panel {
    let bar = |row: &Row| {
        let cost = ByteCost::of(results, &group.name, &row.backend);
        let stack = |way: fn(&ByteCost) -> &Traffic| {
            cost.as_ref().map(|cost| stack(cost, way(cost))).unwrap_or_default()
        };
        let carried = row.value(Figure::Payload);
        Bar {
            backend: row.backend.clone(),
            right: stack(|cost| &cost.down),
            left: stack(|cost| &cost.up),
            whole: carried.filter(|_| cost.is_none()),
            label: carried.map_or_else(
                || absent(row, lang).to_owned(),
                |bytes| format!("{} B", clip(&lang.number(bytes), 12)),
            ),
        }
    };
    Panel { name: name_of(group, lang), bars: group.rows.iter().map(bar).collect(), floor: None }
}

/// The lengths of the parts of a bar: small ones that belong together are one part.
fn stack(cost: &ByteCost, way: &Traffic) -> Vec<f64> {
    let parts = &way.parts;
    let around = parts.framing.saturating_add(parts.masking).saturating_add(parts.control);
    let http = parts.http.saturating_add(parts.handshake).saturating_add(parts.tls);
    [parts.payload, parts.envelope, around, http, way.headers.unwrap_or(0)]
        .into_iter()
        .map(|bytes| cost.per_delivery(bytes).unwrap_or(0.0))
        .collect()
}
