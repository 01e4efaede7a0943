//! The log of HdrHistogram (`.hlog`, version 1.3): every histogram of every run, whole.
//!
//! Tools add up the lines that have one tag, and so the repeats; a run that does not count has a
//! tag of its own. When each run began is not known, so they stand end to end, in their order.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogWriter, IntervalLogWriterBuilder, IntervalLogWriterError, Tag,
};

use super::names::Names;
use crate::results::Failure;
use crate::results::{Histogram, Measured, Results, Run};
use crate::units::MILLISECOND;

/// What a reader must know that the format does not say.
const ABOUT: [&str; 4] = [
    "[Values are nanoseconds, the maximum in each line is milliseconds]",
    "[Tags are SCENARIO--BACKEND--KIND; lines of one tag are repeats, those of runs that do not \
     count end with --failed]",
    "[Kinds: response = received - intended, service = received - sent, send-lag = handed over - \
     intended, warm-up = response before the measured time]",
    "[Runs stand end to end in the order they were made, each behind its warm-up; when each began is \
     not known]",
];
/// The line that the Java tools write above the first histogram; readers skip it.
const LEGEND: &str =
    "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";

/// A log that is written into memory.
type Log<'a> = IntervalLogWriter<'a, 'a, Vec<u8>, V2DeflateSerializer>;

/// The whole log.
pub(super) fn text(results: &Results, names: &Names) -> io::Result<String> {
    let mut out = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut header = IntervalLogWriterBuilder::new();
    for line in ABOUT {
        header.add_comment(line);
    }
    let since_1970 = Duration::from_millis(results.started_at);
    header
        .add_comment("[Histogram log format version 1.3]")
        .with_start_time(UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH))
        .begin_log_with(&mut out, &mut serializer)?;
    out.extend_from_slice(LEGEND.as_bytes());
    let mut log = IntervalLogWriterBuilder::new()
        .with_max_value_divisor(MILLISECOND as f64)
        .begin_log_with(&mut out, &mut serializer)?;
    let mut start = Duration::ZERO;
    for run in &results.runs {
        let Some(measured) = &run.measured else { continue };
        let length = Duration::try_from_secs_f64(measured.seconds).unwrap_or_default();
        let name = names.get(&run.scenario, &run.backend);
        let failed = if Failure::of(run).is_some() { "--failed" } else { "" };
        let mut write = |kind: &str, histogram, time| {
            let tag = format!("{name}--{kind}{failed}");
            line(&mut log, histogram, time, &tag).map_err(|error| named(run, &error))
        };
        if let Some(warm_up) = &measured.warm_up {
            let scenario = results.scenarios.iter().find(|one| one.name == run.scenario);
            let length = scenario.map_or(Duration::ZERO, |scenario| scenario.warm_up);
            write("warm-up", warm_up, (start, length))?;
            start = start.saturating_add(length);
        }
        for (kind, histogram) in kinds(measured) {
            write(kind, histogram, (start, length))?;
        }
        start = start.saturating_add(length);
    }
    String::from_utf8(out).map_err(io::Error::other)
}

fn kinds(measured: &Measured) -> [(&'static str, &Histogram); 3] {
    [
        ("response", &measured.response),
        ("service", &measured.service),
        ("send-lag", &measured.send_lag),
    ]
}

fn line(
    log: &mut Log<'_>,
    histogram: &Histogram,
    (start, length): (Duration, Duration),
    tag: &str,
) -> Result<(), String> {
    log.write_histogram(histogram.inner(), start, length, Tag::new(tag)).map_err(
        |error| match error {
            IntervalLogWriterError::SerializeError(error) => error.to_string(),
            IntervalLogWriterError::IoError(error) => error.to_string(),
        },
    )
}

fn named(run: &Run, why: &str) -> io::Error {
    io::Error::other(format!("a histogram of {} in {}: {why}", run.backend, run.scenario))
}
