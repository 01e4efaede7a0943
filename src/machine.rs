//! What the operating system knows: limits, counters and timers, behind one small interface.

/// CPUs.
#[must_use]
pub fn available_cpus() -> Vec<usize> {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (0..count).collect()
}

/// How many threads.
pub struct ThreadLimit {
    /// Threads.
    pub threads: usize,
}

/// Threads.
#[must_use]
pub fn thread_limit() -> Option<ThreadLimit> {
    Some(ThreadLimit { threads: 16_000 })
}
