//! Counters of a running server, read at `/stats`.
//!
//! They are added to once per system call, batch or connection, never once per delivery, so that
//! counting costs nothing one could measure. The kernel keeps no such count itself: what
//! `/proc/PID/io` calls `syscr` and `syscw` leaves out `recv` and `send`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::room::Batch;

/// A number that several threads add to, and take from where it counts what is there now.
///
/// Relaxed ordering is enough: nobody draws conclusions about other memory from a counter.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Adds.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Subtracts what was added before.
    pub fn sub(&self, amount: u64) {
        self.0.fetch_sub(amount, Ordering::Relaxed);
    }

    /// The number now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of one server.
#[derive(Debug, Default)]
pub struct Stats {
    /// Connections open now.
    pub connections: Gauge,
    /// Connections accepted since the start.
    pub accepted: Gauge,
    /// Connections turned away with 503.
    pub refused: Gauge,
    /// Messages accepted.
    pub says: Gauge,
    /// Messages handed to members, each member counted.
    pub deliveries: Gauge,
    /// Writes that carried deliveries: deliveries / batches is how much one wake-up carries.
    pub batches: Gauge,
    /// Messages that members missed because they read too slowly.
    pub missed: Gauge,
    /// System calls that read from a connection and came back, those that found nothing included.
    pub reads: Gauge,
    /// System calls that wrote to a connection.
    pub writes: Gauge,
    /// Waiting members that a new message woke.
    pub wakes: Gauge,
}

/// [`Stats`] at one moment, as `/stats` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// See [`Stats::connections`].
    pub connections: u64,
    /// See [`Stats::accepted`].
    pub accepted: u64,
    /// See [`Stats::refused`].
    pub refused: u64,
    /// See [`Stats::says`].
    pub says: u64,
    /// See [`Stats::deliveries`].
    pub deliveries: u64,
    /// See [`Stats::batches`].
    pub batches: u64,
    /// See [`Stats::missed`].
    pub missed: u64,
    /// See [`Stats::reads`].
    pub reads: u64,
    /// See [`Stats::writes`].
    pub writes: u64,
    /// See [`Stats::wakes`].
    pub wakes: u64,
}

impl Stats {
    /// Counts one batch that is about to be written to a member.
    pub fn delivered(&self, batch: &Batch) {
        if batch.entries > 0 {
            self.deliveries.add(batch.entries);
            self.batches.add(1);
        }
        if batch.missed > 0 {
            self.missed.add(batch.missed);
        }
    }

    /// All counters now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            connections: self.connections.get(),
            accepted: self.accepted.get(),
            refused: self.refused.get(),
            says: self.says.get(),
            deliveries: self.deliveries.get(),
            batches: self.batches.get(),
            missed: self.missed.get(),
            reads: self.reads.get(),
            writes: self.writes.get(),
            wakes: self.wakes.get(),
        }
    }
}
