//! What connections cost in memory: readings at several numbers of connections, so that the cost of
//! one is a slope and not a division.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Readings of one run, ascending by connections, each taken while nobody speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// The readings; the first one is without any connection.
    pub points: Vec<MemoryPoint>,
}

/// One reading. Sizes are in bytes; what the system does not tell is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryPoint {
    /// Members connected.
    pub connections: u64,
    /// Anonymous resident memory of the server: stacks and heap.
    pub user: u64,
    /// The part of it that is stacks of threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacks: Option<u64>,
    /// The server's page tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_tables: Option<u64>,
    /// Kernel stacks of all threads of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_stacks: Option<u64>,
    /// Kernel objects of the whole machine that cannot be given back (slab), in which the sockets of
    /// both ends are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_objects: Option<u64>,
    /// Threads of the server.
    pub threads: u64,
    /// Open file handles of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handles: Option<u64>,
    /// Memory maps of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps: Option<u64>,
}

impl Memory {
    /// Bytes of user memory per connection: the slope of the least-squares line through the
    /// readings. `None` with fewer than two numbers of connections.
    #[must_use]
    pub fn user_per_connection(&self) -> Option<f64> {
        self.slope(|point| Some(point.user as f64))
    }

    /// The slope of any part of the readings, per connection.
    #[must_use]
    pub fn slope(&self, part: impl Fn(&MemoryPoint) -> Option<f64>) -> Option<f64> {
        let points: Vec<(f64, f64)> = self
            .points
            .iter()
            .filter_map(|point| Some((point.connections as f64, part(point)?)))
            .collect();
        let count = points.len() as f64;
        let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        (spread > 0.0).then(|| together / spread)
    }

    /// The largest number of connections at which memory was read.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.points.iter().map(|point| point.connections).max().unwrap_or(0)
    }
}
