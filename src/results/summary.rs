//! Repeats put together: one row per scenario and backend.

/// Placeholder until the rows are computed.
#[derive(Debug)]
pub struct Row;

/// Placeholder until the rows are computed.
#[derive(Debug)]
pub struct Summary;
