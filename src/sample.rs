//! Samples, histograms and the delivery oracle: what a load generator knows after a run.
//!
//! Pure: times and numbers come in, distributions and findings come out. Nothing here opens a
//! socket, reads a clock or knows a wire.

mod ids;
mod ledger;
mod oracle;
mod recorder;
mod tally;
mod timeline;
mod under_way;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::ids::MessageIds;
pub use self::ledger::{Account, Ledger, Parts};
pub use self::oracle::{Delivery, Oracle};
pub use self::recorder::{Recorder, Sample};
pub use self::tally::Tally;
pub use self::timeline::Timeline;

/// What the delivery oracle found wrong; all zero in a good run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came again.
    pub doubled: u64,
    /// Deliveries that came before an older one, or in another order than elsewhere.
    pub reordered: u64,
    /// Deliveries of another room's messages.
    pub leaked: u64,
    /// Deliveries whose text is not what was sent.
    pub corrupted: u64,
    /// The first few findings in words, with member, room and seq.
    pub examples: Vec<String>,
}

impl Findings {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let Findings { lost, doubled, reordered, leaked, corrupted, examples: _ } = self;
        [lost, doubled, reordered, leaked, corrupted].iter().all(|count| **count == 0)
    }
}
