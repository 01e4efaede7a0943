//! Rules of the exported files: nothing lost, nothing outside the folder.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use proptest::prelude::*;

use super::*;
use crate::results::fixture::{arbitrary, complete, empty, histogram, measured, run};
use crate::results::{Comebacks, Figure, Histogram, Measured, Results};

const ALL: [Format; 4] = [Format::Schema, Format::Csv, Format::Hlog, Format::Hgrm];

fn file(results: &Results, name: &str) -> String {
    let files = export(results, &ALL).unwrap();
    files.into_iter().find(|file| file.name == name).unwrap_or_else(|| panic!("{name}")).text
}

/// Tag, start and length in seconds, and histogram of each line of a log.
fn lines(log: &str) -> Vec<(String, f64, f64, hdrhistogram::Histogram<u64>)> {
    IntervalLogIterator::new(log.as_bytes())
        .filter_map(|entry| match entry.unwrap() {
            LogEntry::Interval(line) => {
                let bytes = STANDARD.decode(line.encoded_histogram()).unwrap();
                let histogram = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
                let (start, length) = (line.start_timestamp(), line.duration());
                let tag = line.tag().unwrap().as_str().to_owned();
                Some((tag, start.as_secs_f64(), length.as_secs_f64(), histogram))
            }
            _ => None,
        })
        .collect()
}

/// The four numbers of each line of a percentile text, as HistogramPlotter and hdr-plot take them.
fn table(text: &str) -> Vec<[f64; 4]> {
    let four = regex::Regex::new(r"^\s+([0-9.]+)\s+([0-9.]+)\s+([0-9.]+)\s+([0-9.]+)$").unwrap();
    let lines = text.lines().filter_map(|line| four.captures(line));
    lines.map(|found| [1, 2, 3, 4].map(|place| found[place].parse().unwrap())).collect()
}

#[test]
fn each_format_gives_its_files() {
    let results = complete();
    let names = |formats: &[Format]| {
        let files = export(&results, formats).unwrap();
        files.into_iter().map(|file| file.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[Format::Csv, Format::Hlog]), ["results.hlog", "runs.csv", "summary.csv"]);
    assert_eq!(names(&[Format::Schema, Format::Schema]), ["results.schema.json"]);
    let percentiles = names(&[Format::Hgrm]);
    assert_eq!(percentiles.len(), results.scenarios.len() * 4);
    assert!(percentiles.contains(&"lecture-hall--async.hgrm".to_owned()), "{percentiles:?}");
    assert!(names(&[]).is_empty());
}

#[test]
fn percentiles_are_those_of_the_merged_repeats_in_milliseconds() {
    let results = complete();
    let text = file(&results, "ping--async.hgrm");
    let row = Summary::of(&results).groups[0].row("async").unwrap().clone();
    let response = row.response.unwrap();
    let rows = table(&text);
    assert!(rows.len() > 20 && rows.is_sorted_by(|a, b| a[0] <= b[0] && a[1] <= b[1]), "{text}");
    let half = rows.iter().find(|row| row[1] >= 0.5).unwrap();
    assert!((half[0] - response.quantile(0.5).unwrap() / 1e6).abs() < 1e-6, "{half:?}");
    assert!(half[2] >= 15_000.0 && (half[3] - 2.0).abs() < 1e-9, "{half:?}");
    let last = text.lines().rfind(|line| line.starts_with(' ')).unwrap();
    let last: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(last[1..], ["1.000000000000", "30000"], "100 % has no 1/(1 - percentile)");
    assert_eq!(last[0].parse::<f64>().unwrap(), response.max().unwrap() / 1e6);
    assert!(text.contains(", Total count    =        30000]\n"), "{text}");
}

#[test]
fn the_ladder_is_the_one_of_hdrhistogram() {
    let text = hgrm::text(&histogram(1..=10));
    let rows: Vec<(f64, f64)> = table(&text).iter().map(|row| (row[1], row[2])).collect();
    let half = [(0.0, 1.0), (0.1, 1.0), (0.2, 2.0), (0.3, 3.0), (0.4, 4.0), (0.5, 5.0)];
    assert_eq!(rows[..6], half);
    let further = [(0.55, 6.0), (0.6, 6.0), (0.65, 7.0), (0.7, 7.0), (0.75, 8.0), (0.775, 8.0)];
    assert_eq!(rows[6..12], further);
    assert_eq!(rows.last(), Some(&(0.9125, 10.0)), "the first that takes the last value");
    assert!(text.contains("     0.000010 1.000000000000         10\n#[Mean"), "{text}");
}

#[test]
fn a_log_has_the_head_that_readers_look_for() {
    let text = file(&complete(), "results.hlog");
    let head: Vec<&str> = text.lines().filter(|line| !line.starts_with("Tag=")).collect();
    assert!(head.contains(&"#[Histogram log format version 1.3]"), "{head:?}");
    assert!(head.contains(&"#[StartTime: 1732312345.123 (seconds since epoch)]"), "{head:?}");
    assert!(head.iter().any(|line| line.starts_with("\"StartTimestamp\",\"Interval_Length\"")));
    // The Java tool reads on after 60 runs of 5 s: they stand end to end, each behind its warm-up.
    let warm_ups: f64 = complete().scenarios.iter().map(|one| one.warm_up.as_secs_f64()).sum();
    let lines = lines(&text);
    let warm_up = complete().scenarios[0].warm_up.as_secs_f64();
    assert!(lines[0].0.ends_with("--warm-up") && (lines[0].1, lines[0].2) == (0.0, warm_up));
    assert_eq!((lines[1].1, lines[1].2), (warm_up, 5.0));
    assert_eq!(lines.len(), 60 * 4);
    assert_eq!(lines.last().map(|line| (line.1, line.2)), Some((295.0 + 12.0 * warm_ups, 5.0)));
}

#[test]
fn a_run_that_does_not_count_has_a_tag_of_its_own() {
    let mut lost = measured(1000, 5000, 5);
    lost.findings.lost = 1;
    let runs = vec![
        run("ping", "async", 0, measured(1000, 5000, 5)),
        run("ping", "async", 1, lost),
        run("ping", "async", 2, Measured { seconds: f64::MAX, ..measured(1000, 5000, 5) }),
    ];
    let results = Results { runs, ..empty() };
    let lines = lines(&file(&results, "results.hlog"));
    let response = |tag: &str| lines.iter().filter(|line| line.0 == tag).count();
    assert_eq!(response("ping--async--response"), 2);
    assert_eq!(response("ping--async--response--failed"), 1);
    assert!(table(&file(&results, "ping--async.hgrm")).iter().all(|row| row[2] <= 2000.0));
}

#[test]
fn tables_have_a_line_for_each_run_and_each_row() {
    let mut results = complete();
    results.runs.truncate(7);
    results.runs[0].failure = Some("it \"broke\",\nbadly".into());
    results.runs[1].measured = None;
    results.settings.tls = true;
    results.runs[3].measured.as_mut().unwrap().comebacks = Some(Comebacks { cuts: 5, resets: 2 });
    results.runs[2].backend = "=HYPERLINK(\"x\")".into();
    let read = |name: &str| {
        let text = file(&results, name);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let records = reader.records().map(|record| {
            let record = record.unwrap();
            let pairs = header.iter().zip(record.iter());
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        });
        records.collect::<Vec<std::collections::BTreeMap<String, String>>>()
    };
    let runs = read("runs.csv");
    assert_eq!(runs.len(), 7);
    let number = |line: usize, name: &str| runs[line][name].parse::<f64>().unwrap();
    assert_eq!((&*runs[0]["counts"], &*runs[0]["failure"]), ("no", "it \"broke\",\nbadly"));
    assert_eq!((&*runs[1]["counts"], &*runs[1]["seconds"]), ("no", ""));
    assert_eq!((&*runs[2]["counts"], &*runs[2]["backend"]), ("yes", "'=HYPERLINK(\"x\")"));
    let third = results.runs[3].measured.as_ref().unwrap();
    assert_eq!(number(3, "response_p99_seconds"), third.response.quantile(0.99).unwrap() / 1e9);
    assert_eq!(number(3, "server_cpu_seconds"), third.server.unwrap().cpu_ns as f64 / 1e9);
    assert_eq!(number(3, "response_values"), number(3, "deliveries"));
    assert!(runs.iter().all(|run| (run["tls"] == "yes") == (run["backend"] != "floor")));
    assert_eq!((&*runs[3]["cut_connections"], &*runs[3]["reset_members"]), ("5", "2"));
    assert_eq!((&*runs[0]["cut_connections"], &*runs[1]["cut_connections"]), ("0", ""));
    assert_eq!(&*runs[3]["ledger_up_tls_bytes"], "0");
    let summary = Summary::of(&results);
    let shown = read("summary.csv");
    assert_eq!(shown.len(), summary.groups.iter().map(|group| group.rows.len()).sum::<usize>());
    let floor = shown.iter().find(|line| line["backend"] == "floor").unwrap();
    let cpu = summary.groups[0].floor().unwrap().value(Figure::Cpu).unwrap();
    assert_eq!(floor["cpu_seconds_per_delivery"].parse::<f64>().unwrap(), cpu / 1e9);
}

#[test]
fn no_name_leads_out_of_the_folder_or_to_another_file() {
    let names = [
        ("../../etc/passwd", ".."),
        ("con", "nul"),
        ("Rush", "async"),
        ("rush", "Async"),
        ("rush", "async"),
        ("rush--async", ""),
        ("-rf", "--"),
        ("a/b", "a\\b"),
        ("a_b", "a_b"),
        ("ü\0\n", "x"),
    ];
    let runs =
        names.iter().map(|(scenario, backend)| run(scenario, backend, 0, measured(100, 5000, 5)));
    let results = Results { runs: runs.collect(), ..empty() };
    let files = export(&results, &ALL).unwrap();
    let distinct: BTreeSet<String> = files.iter().map(|file| file.name.to_lowercase()).collect();
    assert_eq!(distinct.len(), files.len(), "{distinct:?}");
    let plain =
        regex::Regex::new(r"^[a-z0-9_][a-z0-9_-]*(\.schema)?\.(hgrm|hlog|csv|json)$").unwrap();
    assert!(distinct.iter().all(|name| plain.is_match(name)), "{distinct:?}");
    assert_eq!(files.iter().filter(|file| file.name.ends_with(".hgrm")).count(), names.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_log_holds_what_was_recorded(values in prop::collection::vec(0..7_200_000_000_000u64, 0..200)) {
        let response = histogram(values);
        let one = Measured { response: response.clone(), ..measured(100, 5000, 5) };
        let results = Results { runs: vec![run("ping", "async", 0, one)], ..empty() };
        let lines = lines(&file(&results, "results.hlog"));
        let read = lines.into_iter().find(|line| line.0.contains("--response"));
        prop_assert_eq!(Histogram::from(read.unwrap().3), response);
    }

    #[test]
    fn any_results_can_be_exported(results in arbitrary()) {
        let files = export(&results, &ALL[1..]).unwrap();
        for file in files {
            prop_assert!(file.text.ends_with('\n'), "{}", file.name);
        }
    }
}
