//! A set-up as boxes and what connects them, as an experiment writes it down.

use crate::results::{Drawing, Link, Node};

use super::both;

/// A box: column, row, and what it is in English and German.
type Box = (u32, u32, &'static str, &'static str);
/// A connection: two boxes by their places in the list, and what goes over it.
type Tie = (usize, usize, &'static str, &'static str);

/// A set-up as boxes and what connects them.
#[derive(Debug, Clone, Copy)]
pub struct Sketch {
    /// The boxes.
    pub nodes: &'static [Box],
    /// What connects them.
    pub links: &'static [Tie],
}

impl Sketch {
    /// No drawing.
    pub const NONE: Sketch = Sketch { nodes: &[], links: &[] };

    /// The drawing, when there is one.
    pub(super) fn drawing(self) -> Option<Drawing> {
        if self.nodes.is_empty() {
            return None;
        }
        let node =
            |&(column, row, en, de): &Box| Node { place: (column, row), label: both(en, de) };
        let link = |&(from, to, en, de): &Tie| Link { ends: (from, to), label: both(en, de) };
        let (nodes, links) =
            (self.nodes.iter().map(node).collect(), self.links.iter().map(link).collect());
        Some(Drawing { nodes, links })
    }
}
