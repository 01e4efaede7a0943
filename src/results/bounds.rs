//! What the measuring machine allows one process: the ceilings that connections run into.

use serde::{Deserialize, Serialize};

/// The bounds of the machine at the time of measuring; absent where it did not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Memory that programs could still get without swapping, in bytes.
    pub memory: Option<Bound>,
    /// Open file handles of one process.
    pub handles: Option<Bound>,
    /// Threads of one process, as far as a server uses them up (nine tenths).
    pub threads: Option<Bound>,
    /// Memory maps of one process, as far as a server uses them up for threads (nine tenths).
    pub maps: Option<Bound>,
    /// Connections from one address to one server.
    pub ports: Option<Bound>,
    /// Connections that the servers' own policy allows.
    #[serde(default)]
    pub connections: Option<Bound>,
}

/// A bound and what sets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// So much or so many.
    pub most: u64,
    /// What sets it, by the name under which it can be raised.
    pub because: String,
}
