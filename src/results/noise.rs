//! A backend beside itself: how far apart two rows lie that are the same.
//!
//! What is left between a backend and its [`TWIN`] is the noise of this machine, and a difference
//! claimed between them is one that is not there. Knows rows and nothing of how they are shown.

use super::TWIN;
use super::figure::Figure;
use super::pairs::COMPARED;
use super::stats::{self, ERROR, Ratio};
use super::summary::{Group, Row, Summary};
use super::validity::Doubt;

/// One figure of a twin as a multiple of its original's, in one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The scenario's name.
    pub scenario: String,
    /// The name of the backend that was compared with itself.
    pub backend: String,
    /// What was compared.
    pub figure: Figure,
    /// Twin / original as it is shown and judged; its range are the least and the greatest repeat.
    pub ratio: Ratio,
    /// The ratio of each repeat, in their order.
    pub repeats: Vec<f64>,
    /// The median of the repeats' ratios.
    pub median: f64,
    /// Whether a difference was claimed, where there is none.
    pub fooled: bool,
    /// Why nothing would have been claimed anyway.
    pub doubt: Option<Doubt>,
}

/// The bands of every backend that has a twin, scenario by scenario.
#[must_use]
pub fn noise(summary: &Summary) -> Vec<Band> {
    summary.groups.iter().flat_map(bands).collect()
}

fn bands(group: &Group) -> impl Iterator<Item = Band> {
    let twins = Group::contestants(group).filter_map(move |row| Some((row, twin(group, row)?)));
    twins.flat_map(move |(row, twin)| {
        COMPARED.into_iter().filter_map(move |figure| band(group, twin, row, figure))
    })
}

/// How many of so many comparisons of equals may claim a difference by chance: each does so in one
/// of twenty cases at most, and more than this many do in one of twenty cases at most.
#[must_use]
pub fn chance_allows(comparisons: usize) -> usize {
    // The probability of exactly `claims` claims, and of at most so many.
    let n = comparisons as f64;
    let mut exactly = (1.0 - ERROR).powf(n);
    let mut at_most = exactly;
    let mut claims = 0;
    while at_most < 1.0 - ERROR && claims < comparisons {
        exactly *= (n - claims as f64) / (claims as f64 + 1.0) * ERROR / (1.0 - ERROR);
        at_most += exactly;
        claims += 1;
    }
    claims
}

/// Whether more differences were claimed than chance allows.
pub(super) fn is_too_loud(groups: &[Group]) -> bool {
    let bands: Vec<Band> = groups.iter().flat_map(bands).collect();
    bands.iter().filter(|band| band.fooled).count() > chance_allows(bands.len())
}

/// Whether the row is a twin for which a difference from its original was claimed.
pub(super) fn is_fooled(group: &Group, row: &Row) -> bool {
    let original = row.backend.strip_suffix(TWIN).and_then(|name| group.row(name));
    let claims = |original: &Row| {
        COMPARED.iter().any(|figure| Group::pair(row, original, *figure).claim().is_some())
    };
    original.is_some_and(claims)
}

fn twin<'a>(group: &'a Group, row: &Row) -> Option<&'a Row> {
    group.row(&format!("{}{TWIN}", row.backend))
}

fn band(group: &Group, twin: &Row, row: &Row, figure: Figure) -> Option<Band> {
    let pair = Group::pair(twin, row, figure);
    let repeats: Vec<f64> = twin.ratios(row, figure).into_iter().map(|(_, ratio)| ratio).collect();
    Some(Band {
        scenario: group.name.clone(),
        backend: row.backend.clone(),
        figure,
        ratio: pair.ratio?,
        median: stats::median(&repeats)?,
        repeats,
        fooled: pair.claim().is_some(),
        doubt: pair.doubt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_binomial_distribution() {
        // With four comparisons one claim is common (19 %) and two are rare (1 %).
        let allowed = [1, 2, 4, 8, 20, 60].map(chance_allows);
        assert_eq!(allowed, [0, 1, 1, 2, 3, 6]);
    }
}
