//! Figures as CSV (RFC 4180): units stand in the column names, what was not measured is empty.

use std::io;

use csv::Writer;

use crate::results::Failure;
use crate::results::digest::{FIGURES, Unit};
use crate::results::{Cost, FLOOR, Histogram, Measured, Memory, Results, Row, Run, Summary};

/// The percentiles that a run is shown with.
const SHARES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)];

/// One cell: its column and what stands in it.
type Cell = (String, String);

/// One line for each run, in the order they were made.
pub(super) fn runs(results: &Results) -> io::Result<String> {
    // The columns of a table without runs are those of a run without anything in it.
    let header = |line: &[Cell]| line.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let nothing = Run {
        scenario: String::new(),
        backend: String::new(),
        repeat: 0,
        failure: None,
        measured: None,
    };
    let lines = results.runs.iter().map(|one| run(one, results.settings.tls));
    table(&header(&run(&nothing, false)), lines)
}

/// One line for each scenario and backend: what tables and charts show.
pub(super) fn summary(summary: &Summary) -> io::Result<String> {
    let mut header: Vec<String> =
        ["scenario", "backend", "runs", "counted_runs", "expected_deliveries", "deliveries"]
            .map(str::to_owned)
            .to_vec();
    header.extend(FIGURES.iter().map(|shown| shown.name.to_owned()));
    header.push("cpu_to_floor_ratio".to_owned());
    let rows = summary
        .groups
        .iter()
        .flat_map(|group| group.rows.iter().map(|row| shown(&group.name, row)));
    table(&header, rows)
}

fn shown(scenario: &str, row: &Row) -> Vec<Cell> {
    let mut cells = vec![
        text("scenario", scenario),
        text("backend", &row.backend),
        count("runs", Some(row.runs as u64)),
        count("counted_runs", Some(row.counted() as u64)),
        count("expected_deliveries", Some(row.expected)),
        count("deliveries", Some(row.delivered)),
    ];
    for figure in FIGURES {
        cells.push(number(figure.name, figure.of(row)));
    }
    cells.push(number("cpu_to_floor_ratio", row.to_floor.map(|ratio| ratio.shown)));
    cells
}

fn run(run: &Run, tls: bool) -> Vec<Cell> {
    let measured = run.measured.as_ref();
    let failure = match (Failure::of(run), measured) {
        (None, None) => Some(Failure::NothingMeasured),
        (failure, _) => failure,
    };
    let mut cells = vec![
        text("scenario", &run.scenario),
        text("backend", &run.backend),
        count("repeat", Some(u64::from(run.repeat))),
        // The floor is a program of bare sends, whatever the backends speak.
        text("tls", if tls && run.backend != FLOOR { "yes" } else { "no" }),
        text("counts", if failure.is_none() { "yes" } else { "no" }),
        text("failure", &failure.map_or_else(String::new, |failure| failure.text().en)),
        number("seconds", measured.map(|m| m.seconds)),
        number("set_up_seconds", measured.map(|m| m.set_up_seconds)),
        count("messages", measured.map(|m| m.messages)),
        count("expected_deliveries", measured.map(|m| m.expected)),
        count("deliveries", measured.map(|m| m.delivered)),
        count("deliveries_in_time", measured.map(|m| m.delivered_in_time)),
        number("in_flight_deliveries", measured.and_then(|m| m.in_flight)),
        count("cut_connections", measured.map(|m| m.comebacks.unwrap_or_default().cuts)),
        count("reset_members", measured.map(|m| m.comebacks.unwrap_or_default().resets)),
    ];
    cells.extend(findings(measured));
    cells.extend(distribution("response", measured.map(|m| (&m.response, m.messages))));
    cells.extend(distribution("service", measured.map(|m| (&m.service, m.messages))));
    cells.extend(distribution("send_lag", measured.map(|m| (&m.send_lag, m.messages))));
    let warm_up = measured.and_then(|m| Some((m.warm_up.as_ref()?, m.warm_up_messages())));
    cells.extend(distribution("warm_up", warm_up));
    cells.extend(cost("server", measured.and_then(|m| m.server.as_ref())));
    cells.extend(cost("generator", measured.and_then(|m| m.generator.as_ref())));
    cells.extend(calls(measured));
    cells.extend(memory_and_wire(measured));
    cells.extend(conditions(measured));
    cells
}

fn findings(measured: Option<&Measured>) -> [Cell; 5] {
    let found = measured.map(|m| &m.findings);
    [
        count("lost_deliveries", found.map(|f| f.lost)),
        count("doubled_deliveries", found.map(|f| f.doubled)),
        count("reordered_deliveries", found.map(|f| f.reordered)),
        count("leaked_deliveries", found.map(|f| f.leaked)),
        count("corrupted_deliveries", found.map(|f| f.corrupted)),
    ]
}

/// A histogram and how many messages its values come from.
fn distribution(name: &str, values: Option<(&Histogram, u64)>) -> Vec<Cell> {
    let histogram = values.map(|(histogram, _)| histogram);
    let cell = |what: &str, value: Option<f64>| {
        number(&format!("{name}_{what}_seconds"), value.map(|nanos| Unit::Nanoseconds.to_si(nanos)))
    };
    let mut cells = vec![
        count(&format!("{name}_values"), histogram.map(Histogram::len)),
        cell("min", histogram.and_then(Histogram::min)),
        cell("mean", histogram.and_then(Histogram::mean)),
    ];
    for (what, share) in SHARES {
        let at = values.and_then(|(values, messages)| values.quantile_among(share, messages));
        cells.push(cell(what, at));
    }
    cells.push(cell("max", histogram.and_then(Histogram::max)));
    cells
}

fn cost(who: &str, cost: Option<&Cost>) -> Vec<Cell> {
    let seconds = |what: &str, field: fn(&Cost) -> u64| {
        let nanos = cost.map(|cost| field(cost) as f64);
        number(&format!("{who}_{what}_seconds"), nanos.map(|nanos| Unit::Nanoseconds.to_si(nanos)))
    };
    let so_many = |what: &str, field: fn(&Cost) -> Option<u64>| {
        count(&format!("{who}_{what}"), cost.and_then(field))
    };
    vec![
        seconds("cpu", |cost| cost.cpu_ns),
        seconds("user_cpu", |cost| cost.user_ns),
        seconds("system_cpu", |cost| cost.system_ns),
        so_many("voluntary_switches", |cost| Some(cost.voluntary_switches)),
        so_many("involuntary_switches", |cost| Some(cost.involuntary_switches)),
        so_many("slices", |cost| cost.slices),
        so_many("threads", |cost| Some(cost.threads)),
    ]
}

fn calls(measured: Option<&Measured>) -> [Cell; 6] {
    let calls = measured.and_then(|m| m.calls.as_ref());
    [
        count("server_reads", calls.map(|c| c.reads)),
        count("server_writes", calls.map(|c| c.writes)),
        count("server_says", calls.map(|c| c.says)),
        count("server_deliveries", calls.map(|c| c.deliveries)),
        count("server_batches", calls.map(|c| c.batches)),
        count("server_wakes", calls.map(|c| c.wakes)),
    ]
}

fn memory_and_wire(measured: Option<&Measured>) -> Vec<Cell> {
    let memory = measured.and_then(|m| m.memory.as_ref());
    let wire = measured.and_then(|m| m.wire.as_ref());
    let ledger = measured.and_then(|m| m.ledger.as_ref());
    let mut cells = vec![
        number("memory_per_connection_bytes", memory.and_then(Memory::user_per_connection)),
        count("wire_received_bytes", wire.map(|w| w.received_bytes)),
        count("wire_sent_bytes", wire.map(|w| w.sent_bytes)),
        count("wire_received_segments", wire.map(|w| w.received_segments)),
        count("wire_sent_segments", wire.map(|w| w.sent_segments)),
        count("wire_retransmitted_bytes", wire.map(|w| w.retransmitted_bytes)),
    ];
    for (direction, parts) in
        [("up", ledger.map(|l| l.measured.up)), ("down", ledger.map(|l| l.measured.down))]
    {
        let mut part = |what: &str, bytes: Option<u64>| {
            cells.push(count(&format!("ledger_{direction}_{what}_bytes"), bytes));
        };
        part("payload", parts.map(|p| p.payload));
        part("envelope", parts.map(|p| p.envelope));
        part("framing", parts.map(|p| p.framing));
        part("masking", parts.map(|p| p.masking));
        part("control", parts.map(|p| p.control));
        part("http", parts.map(|p| p.http));
        part("handshake", parts.map(|p| p.handshake));
        part("tls", parts.map(|p| p.tls));
    }
    cells
}

fn conditions(measured: Option<&Measured>) -> [Cell; 3] {
    let conditions = measured.and_then(|m| m.conditions.as_ref());
    let seconds = |nanos: u64| Unit::Nanoseconds.to_si(nanos as f64);
    [
        number("machine_busy_seconds", conditions.map(|c| seconds(c.busy_ns))),
        number("machine_foreign_seconds", conditions.map(|c| seconds(c.foreign_ns))),
        number("machine_steal_seconds", conditions.map(|c| seconds(c.steal_ns))),
    ]
}

fn count(name: &str, value: Option<u64>) -> Cell {
    (name.to_owned(), value.map_or_else(String::new, |value| value.to_string()))
}

fn number(name: &str, value: Option<f64>) -> Cell {
    let known = value.filter(|value| value.is_finite());
    (name.to_owned(), known.map_or_else(String::new, |value| value.to_string()))
}

/// A text that a spreadsheet does not take for a formula: names may come from a stranger.
fn text(name: &str, value: &str) -> Cell {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    (name.to_owned(), if formula { format!("'{value}") } else { value.to_owned() })
}

fn table(header: &[String], lines: impl Iterator<Item = Vec<Cell>>) -> io::Result<String> {
    let mut out = Writer::from_writer(Vec::new());
    out.write_record(header)?;
    for line in lines {
        out.write_record(line.iter().map(|(_, value)| value))?;
    }
    let bytes = out.into_inner().map_err(|error| io::Error::other(error.to_string()));
    bytes.and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other))
}
