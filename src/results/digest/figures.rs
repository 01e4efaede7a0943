//! Figures as they are called outside this program: in CSV files and for scripts.
//!
//! Names carry their units, which are those of the SI, and stay as they are.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::results::{Figure, Row};
use crate::units::SECOND;

/// A figure as it is called outside this program.
#[derive(Debug)]
pub(in crate::results) struct Named {
    pub(in crate::results) figure: Figure,
    /// Its name, which ends with its unit where it has one.
    pub(in crate::results) name: &'static str,
    pub(super) unit: Unit,
    about: &'static str,
}

/// What a figure is counted in inside this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::results) enum Unit {
    /// What it is counted in outside, too.
    Itself,
    /// Nanoseconds, which are seconds outside.
    Nanoseconds,
}

/// Every figure that is shown.
pub(in crate::results) const FIGURES: [Named; 22] = [
    named(Figure::P50, "response_p50_seconds", Unit::Nanoseconds, "Median response time."),
    named(Figure::P99, "response_p99_seconds", Unit::Nanoseconds, "99th percentile of it."),
    named(
        Figure::Throughput,
        "deliveries_per_second",
        Unit::Itself,
        "Deliveries per second of the planned time, or of the time it took when that was longer.",
    ),
    named(
        Figure::Cpu,
        "cpu_seconds_per_delivery",
        Unit::Nanoseconds,
        "The server's processor time per delivery.",
    ),
    named(
        Figure::UserCpu,
        "user_cpu_seconds_per_delivery",
        Unit::Nanoseconds,
        "The part of it in user mode.",
    ),
    named(
        Figure::SystemCpu,
        "system_cpu_seconds_per_delivery",
        Unit::Nanoseconds,
        "The part of it in the kernel.",
    ),
    named(
        Figure::Voluntary,
        "voluntary_switches_per_delivery",
        Unit::Itself,
        "The server's voluntary context switches per delivery.",
    ),
    named(
        Figure::Involuntary,
        "involuntary_switches_per_delivery",
        Unit::Itself,
        "The server's involuntary context switches per delivery.",
    ),
    named(
        Figure::Slices,
        "slices_per_delivery",
        Unit::Itself,
        "How often a thread of the server was put on a CPU, per delivery.",
    ),
    named(Figure::Reads, "reads_per_delivery", Unit::Itself, "The server's reading system calls."),
    named(Figure::Writes, "writes_per_delivery", Unit::Itself, "Its writing system calls."),
    named(Figure::Wakes, "wakes_per_delivery", Unit::Itself, "Waiting members that a log woke."),
    named(
        Figure::PerBatch,
        "deliveries_per_batch",
        Unit::Itself,
        "Messages that one write or one poll answer carried.",
    ),
    named(Figure::Threads, "threads", Unit::Itself, "The server's threads at the end."),
    named(
        Figure::Memory,
        "memory_per_connection_bytes",
        Unit::Itself,
        "The server's user memory per connection.",
    ),
    named(
        Figure::WireDown,
        "bytes_down_per_delivery",
        Unit::Itself,
        "TCP payload bytes from the server per delivery.",
    ),
    named(
        Figure::WireUp,
        "bytes_up_per_delivery",
        Unit::Itself,
        "TCP payload bytes to the server per delivery.",
    ),
    named(
        Figure::Payload,
        "bytes_per_delivery",
        Unit::Itself,
        "TCP payload bytes of both directions per delivery.",
    ),
    named(
        Figure::WireHeaders,
        "tcp_ip_header_bytes_per_delivery",
        Unit::Itself,
        "TCP/IP header bytes of both directions per delivery, an estimate.",
    ),
    named(
        Figure::Wire,
        "wire_bytes_per_delivery",
        Unit::Itself,
        "All bytes on the wire per delivery, an estimate.",
    ),
    named(
        Figure::GeneratorCpu,
        "generator_cpu_share",
        Unit::Itself,
        "The generator's share of one CPU, 0 to 1.",
    ),
    named(
        Figure::ServerCpu,
        "server_cpu_share",
        Unit::Itself,
        "The server's share of the CPUs it had, 0 to 1.",
    ),
];

const fn named(figure: Figure, name: &'static str, unit: Unit, about: &'static str) -> Named {
    Named { figure, name, unit, about }
}

impl Named {
    /// Its value in a row, in the unit of its name.
    pub(in crate::results) fn of(&self, row: &Row) -> Option<f64> {
        row.value(self.figure).map(|value| self.unit.to_si(value))
    }
}

impl Unit {
    /// A value as it is outside.
    pub(in crate::results) fn to_si(self, value: f64) -> f64 {
        match self {
            Unit::Itself => value,
            Unit::Nanoseconds => value / SECOND as f64,
        }
    }
}

/// The figures by name, each with what it is.
pub(super) fn figures_schema(_: &mut SchemaGenerator) -> Schema {
    let property = |named: &Named| {
        let about = json!({ "type": "number", "description": named.about });
        (named.name.to_owned(), about)
    };
    let properties: Map<String, Value> = FIGURES.iter().map(property).collect();
    let mut schema = Schema::default();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), json!({ "type": "number" }));
    schema
}
