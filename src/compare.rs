//! The experiment runner.

pub mod floor;
