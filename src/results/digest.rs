//! What tables and charts show, for scripts: the `summary` that `--json` prints behind the results.
//!
//! Names carry their units and stay as they are. Nothing here is stored in a results file, because
//! all of it follows from what is.

mod figures;
mod judged;
mod knees;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use self::figures::figures_schema;
pub(super) use self::figures::{FIGURES, Unit};
use self::judged::{DigestChange, DigestThreshold};
use self::knees::DigestKnee;
use super::baseline::Against;
use super::{Caution, Figure, Group, Histogram, Place, Results, Row, Summary, Text};

/// A results file with what follows from it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Results of duplex")]
pub struct Document<'a> {
    /// What the file holds.
    #[serde(flatten)]
    results: &'a Results,
    /// What tables and charts show. Only `--json` prints it; no file holds it, and whoever reads
    /// results may leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Digest>,
}

impl<'a> Document<'a> {
    /// The results and their summary.
    #[must_use]
    pub fn of(results: &'a Results) -> Self {
        Document { results, summary: Some(Digest::of(results, &Summary::of(results))) }
    }

    /// The same with what changed since a baseline.
    #[must_use]
    pub fn beside(results: &'a Results, baseline: &Results) -> Self {
        let mut document = Self::of(results);
        if let Some(summary) = &mut document.summary {
            summary.changes = judged::changes(&Against::of(results, baseline));
        }
        document
    }

    /// The summary alone, when there is one.
    #[must_use]
    pub fn summary(&self) -> Option<&Digest> {
        self.summary.as_ref()
    }
}

/// The figures that are shown and what to keep in mind while reading them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Digest {
    /// One entry for each scenario and backend.
    rows: Vec<DigestRow>,
    /// What to keep in mind, most general first.
    cautions: Vec<DigestCaution>,
    /// What searches for a knee found, one entry for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    knees: Vec<DigestKnee>,
    /// What became of each threshold, in every scenario it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<DigestThreshold>,
    /// What changed since the baseline, where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<DigestChange>,
}

/// All repeats of one backend in one scenario.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestRow {
    /// The scenario's name.
    scenario: String,
    /// The backend's name.
    backend: String,
    /// How many runs there were.
    runs: usize,
    /// How many of them count.
    counted_runs: usize,
    /// Deliveries asked for, over all runs.
    expected_deliveries: u64,
    /// Deliveries that arrived, over all runs.
    deliveries: u64,
    /// What is shown: medians over the repeats, percentiles of all repeats together. What was not
    /// measured is absent.
    #[schemars(schema_with = "figures_schema")]
    figures: BTreeMap<&'static str, f64>,
    /// The server's processor time per delivery as a multiple of the floor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_to_floor: Option<DigestRatio>,
    /// Received − intended, all runs that count together.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Distribution>,
    /// Received − sent, all runs that count together.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Distribution>,
    /// Handed to the wire − intended, all runs that count together.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_lag: Option<Distribution>,
    /// Why runs do not count, one entry for each that does not.
    failures: Vec<Text>,
}

/// One thing as a multiple of another.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestRatio {
    /// The quotient of the two values that are shown.
    ratio: f64,
    /// The 95 % interval of the median of the repeats' own ratios, from and to; absent with fewer
    /// than six repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
    /// How many repeats had both values.
    repeats: usize,
    /// Whether the repeats allow to speak of a difference.
    shows_difference: bool,
}

/// A distribution by its percentiles, each of them absent when fewer than ten messages lie beyond it.
#[derive(Debug, Serialize, JsonSchema)]
struct Distribution {
    /// How many values there are.
    values: u64,
    /// The smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_seconds: Option<f64>,
    /// The mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_seconds: Option<f64>,
    /// The median.
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_seconds: Option<f64>,
    /// The 90th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    p90_seconds: Option<f64>,
    /// The 99th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_seconds: Option<f64>,
    /// The 99.9th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    p999_seconds: Option<f64>,
    /// The largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_seconds: Option<f64>,
}

/// Something to keep in mind when reading the results.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestCaution {
    /// A short name that stays as it is, such as `server-busy`.
    code: String,
    /// What is wrong, in a few words.
    brief: Text,
    /// What is wrong and what to do.
    advice: Text,
    /// What it is about; empty when it is about everything.
    places: Vec<DigestPlace>,
    /// What it is in particular.
    details: Vec<String>,
}

/// One scenario and backend.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestPlace {
    /// The scenario's name.
    scenario: String,
    /// The backend's name.
    backend: String,
}

impl Digest {
    fn of(results: &Results, summary: &Summary) -> Self {
        let rows = summary
            .groups
            .iter()
            .flat_map(|group| group.rows.iter().map(move |row| DigestRow::of(group, row)));
        Digest {
            rows: rows.collect(),
            cautions: summary.cautions.iter().map(DigestCaution::of).collect(),
            knees: results.knees.iter().map(DigestKnee::of).collect(),
            thresholds: judged::thresholds(results, summary),
            changes: Vec::new(),
        }
    }
}

impl DigestRow {
    fn of(group: &Group, row: &Row) -> Self {
        let rows = [Some(row), group.floor()];
        let doubtful = rows.into_iter().flatten().any(|row| row.doubt(Figure::Cpu).is_some());
        let figures = FIGURES.iter().filter_map(|figure| Some((figure.name, figure.of(row)?)));
        let by_messages = |times: &Histogram| Distribution::of(times, row.messages);
        DigestRow {
            scenario: group.name.clone(),
            backend: row.backend.clone(),
            runs: row.runs,
            counted_runs: row.counted(),
            expected_deliveries: row.expected,
            deliveries: row.delivered,
            figures: figures.filter(|(_, value)| value.is_finite()).collect(),
            cpu_to_floor: row.to_floor.map(|ratio| DigestRatio {
                ratio: ratio.shown,
                interval: ratio.interval.map(|(low, high)| [low, high]),
                repeats: ratio.repeats,
                shows_difference: ratio.shows_difference() && !doubtful,
            }),
            response: row.response.as_ref().map(by_messages),
            service: row.service.as_ref().map(by_messages),
            send_lag: row.send_lag.as_ref().map(|lag| Distribution::of(lag, lag.len())),
            failures: row.failures.iter().map(super::Failure::text).collect(),
        }
    }
}

impl Distribution {
    /// Of values that come from so many messages.
    fn of(histogram: &Histogram, messages: u64) -> Self {
        let seconds = |nanos: Option<f64>| nanos.map(|nanos| Unit::Nanoseconds.to_si(nanos));
        let at = |share: f64| seconds(histogram.quantile_among(share, messages));
        Distribution {
            values: histogram.len(),
            min_seconds: seconds(histogram.min()),
            mean_seconds: seconds(histogram.mean()),
            p50_seconds: at(0.5),
            p90_seconds: at(0.9),
            p99_seconds: at(0.99),
            p999_seconds: at(0.999),
            max_seconds: seconds(histogram.max()),
        }
    }
}

impl DigestCaution {
    fn of(caution: &Caution) -> Self {
        let place = |place: &Place| DigestPlace {
            scenario: place.scenario.clone(),
            backend: place.backend.clone(),
        };
        DigestCaution {
            code: caution.concern.code().to_owned(),
            brief: caution.concern.brief(),
            advice: caution.concern.advice(),
            places: caution.places.iter().map(place).collect(),
            details: caution.details.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Concern;
    use super::super::fixture::complete;
    use super::*;

    #[test]
    fn what_scripts_read_is_what_tables_show() {
        let results = complete();
        let document = serde_json::to_value(Document::of(&results)).unwrap();
        let summary = Summary::of(&results);
        let rows = document["summary"]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), summary.groups.iter().map(|group| group.rows.len()).sum::<usize>());
        for row in rows {
            let name = |key: &str| row[key].as_str().unwrap();
            let group = summary.groups.iter().find(|g| g.name == name("scenario")).unwrap();
            let shown = group.row(name("backend")).unwrap();
            let figures = row["figures"].as_object().unwrap();
            let known = FIGURES.iter().filter(|figure| figure.of(shown).is_some()).count();
            assert_eq!(figures.len(), known);
            assert!(known >= 20, "short runs lack the split of their CPU at most");
            assert_eq!(
                figures["cpu_seconds_per_delivery"],
                shown.value(Figure::Cpu).unwrap() / 1e9
            );
            assert_eq!(row["response"]["p99_seconds"], figures["response_p99_seconds"]);
            assert_eq!(row["response"]["values"], 30_000);
            assert_eq!(row["cpu_to_floor"]["ratio"], shown.to_floor.unwrap().shown);
        }
    }

    #[test]
    fn scripts_read_no_percentile_that_tables_withhold() {
        let mut results = complete();
        for run in &mut results.runs {
            // Three runs of 100 messages, each to a hundred members.
            run.measured.as_mut().unwrap().messages = 100;
        }
        let document = serde_json::to_value(Document::of(&results)).unwrap();
        for row in document["summary"]["rows"].as_array().unwrap() {
            for times in ["response", "service"] {
                assert!(row[times]["p90_seconds"].is_f64(), "{row}");
                assert!(row[times].get("p99_seconds").is_none(), "{row}");
            }
        }
    }

    #[test]
    fn what_is_printed_can_be_loaded_again() {
        let results = complete();
        let text = serde_json::to_string(&Document::of(&results)).unwrap();
        assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), results);
    }

    #[test]
    fn names_and_codes_stay_as_they_are() {
        assert_eq!(Concern::FewRepeats(3).code(), "few-repeats");
        assert_eq!(Concern::ServerBusy.code(), "server-busy");
        let mut names: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FIGURES.len());
        for figure in FIGURES.iter().filter(|figure| figure.unit == Unit::Nanoseconds) {
            assert!(figure.name.contains("seconds"), "{}", figure.name);
        }
    }
}
