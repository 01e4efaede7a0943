//! Every backend beside every other: one figure of each pair as a ratio.
//!
//! A sentence has room for the winner only; whoever wants to know about the others looks here.
//! Knows rows and nothing of how a pair is shown.

use super::figure::Figure;
use super::stats::Ratio;
use super::summary::{Group, Row};
use super::validity::Doubt;

/// The figures that pairs are compared in, in the order they are shown.
pub const COMPARED: [Figure; 4] = [Figure::Cpu, Figure::P50, Figure::P99, Figure::Throughput];

/// One backend beside another.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The backend that is compared.
    pub backend: String,
    /// The backend it is compared with.
    pub base: String,
    /// The first as a multiple of the second; `None` when one of them lacks the figure.
    pub ratio: Option<Ratio>,
    /// Why there is no verdict, when something else may have been measured.
    pub doubt: Option<Doubt>,
}

impl Pair {
    /// The ratio if a sentence may claim it.
    #[must_use]
    pub fn claim(&self) -> Option<Ratio> {
        self.ratio.filter(|ratio| self.doubt.is_none() && ratio.shows_difference())
    }
}

impl Group {
    /// One row beside another, the floor left to [`Row::to_floor`].
    #[must_use]
    pub fn pair(row: &Row, base: &Row, figure: Figure) -> Pair {
        Pair {
            backend: row.backend.clone(),
            base: base.backend.clone(),
            ratio: row.ratio(base, figure),
            doubt: row.doubt(figure).or_else(|| base.doubt(figure)),
        }
    }

    /// Every two backends of this scenario, each two once, in the order of the rows.
    #[must_use]
    pub fn pairs(&self, figure: Figure) -> Vec<Pair> {
        let rows: Vec<&Row> = self.contestants().collect();
        let mut pairs = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            pairs.extend(rows[place + 1..].iter().map(|base| Group::pair(row, base, figure)));
        }
        pairs
    }
}
