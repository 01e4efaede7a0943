//! The percentile text of HdrHistogram (`.hgrm`), in milliseconds.
//!
//! Columns are those of its `outputPercentileDistribution`: value, percentile, how many values are
//! not above it, 1/(1 − percentile). Plotting tools take lines of four numbers, some of them only
//! behind a space, and skip what begins with `#`.

use std::fmt::Write as _;

use super::Export;
use super::names::Names;
use crate::results::{Histogram, Summary};
use crate::units::MILLISECOND;

/// Lines for each halving of the distance to 100 %, as HdrHistogram writes them by default.
const LINES_PER_HALVING: u32 = 5;

/// One file for each scenario and backend that has response times.
pub(super) fn files(summary: &Summary, names: &Names) -> Vec<Export> {
    let mut files = Vec::new();
    for group in &summary.groups {
        for row in &group.rows {
            if let Some(response) = &row.response {
                let name = names.get(&group.name, &row.backend);
                files.push(Export::new(format!("{name}.hgrm"), text(response)));
            }
        }
    }
    files
}

/// The distribution in milliseconds.
pub(super) fn text(histogram: &Histogram) -> String {
    let inner = histogram.inner();
    let millis = |nanos: f64| nanos / MILLISECOND as f64;
    let mut out = String::from("       Value     Percentile TotalCount 1/(1-Percentile)\n\n");
    let (mut steps, mut count, all) = (shares().peekable(), 0, inner.len());
    for bin in inner.iter_recorded() {
        count += bin.count_at_value();
        let value = millis(bin.value_iterated_to() as f64);
        while let Some(share) = steps.next_if(|share| reaches(count, *share, all)) {
            let inverse = 1.0 / (1.0 - share);
            writeln!(out, " {value:12.6} {share:1.12} {count:10} {inverse:14.2}").expect(IN_MEMORY);
            if count == all {
                break;
            }
        }
        if count == all {
            writeln!(out, " {value:12.6} {:1.12} {count:10}", 1.0).expect(IN_MEMORY);
        }
    }
    let (mean, spread, most) = (inner.mean(), inner.stdev(), inner.max() as f64);
    let (mean, spread, most) = (millis(mean), millis(spread), millis(most));
    write!(
        out,
        "#[Mean    = {mean:12.6}, StdDeviation   = {spread:12.6}]\n\
         #[Max     = {most:12.6}, Total count    = {:12}]\n\
         #[Buckets = {:12}, SubBuckets     = {:12}]\n",
        inner.len(),
        inner.buckets(),
        SUB_BUCKETS,
    )
    .expect(IN_MEMORY);
    out
}

/// The shares of values that have a line: five up to a half, five up to three quarters, and so on.
fn shares() -> impl Iterator<Item = f64> {
    (0..64).flat_map(|halvings| {
        let distance = 0.5f64.powi(halvings);
        (0..LINES_PER_HALVING).map(move |line| {
            1.0 - distance + distance / 2.0 * f64::from(line) / f64::from(LINES_PER_HALVING)
        })
    })
}

/// Whether so many of all values are that share of them, give or take what floating point forgets.
fn reaches(count: u64, share: f64, all: u64) -> bool {
    count as f64 + 1e-6 >= share * all as f64
}

/// Writing to memory is the only writing here.
const IN_MEMORY: &str = "writing to memory cannot fail";
/// The least power of two that tells 2 × 10³ values apart: what three digits need.
const SUB_BUCKETS: u32 = 2048;
