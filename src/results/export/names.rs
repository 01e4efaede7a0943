//! Names of files and tags for pairs of scenario and backend, whatever these are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::results::Summary;

/// The longest part of a name that comes from one scenario or backend.
const LONGEST: usize = 40;

/// A name for each pair, no two alike even where case makes no difference.
#[derive(Debug)]
pub(super) struct Names(BTreeMap<(String, String), String>);

impl Names {
    pub(super) fn of(summary: &Summary) -> Self {
        let mut names = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for group in &summary.groups {
            for row in &group.rows {
                let plain = format!("{}--{}", safe(&group.name), safe(&row.backend));
                let numbered = (2..).map(|number| format!("{plain}--{number}"));
                let mut candidates = std::iter::once(plain.clone()).chain(numbered);
                // There are more numbers than pairs, so one of them is free.
                let free = candidates.find(|name| !taken.contains(name)).unwrap_or(plain);
                taken.insert(free.clone());
                names.insert((group.name.clone(), row.backend.clone()), free);
            }
        }
        Names(names)
    }

    /// The name of a pair that the summary has.
    pub(super) fn get(&self, scenario: &str, backend: &str) -> &str {
        let known = self.0.get(&(scenario.to_owned(), backend.to_owned()));
        known.map_or("unknown", String::as_str)
    }
}

/// A text as part of a file name: small letters, digits, `-` and `_`, none of them a `-` at either
/// end. A whole name has two such parts and so is none that a system reserves, such as `con`.
fn safe(text: &str) -> String {
    let plain = |c: char| {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }
    };
    let short: String = text.chars().take(LONGEST).map(plain).collect();
    let trimmed = short.trim_matches('-');
    if trimmed.is_empty() { "_".to_owned() } else { trimmed.to_owned() }
}
