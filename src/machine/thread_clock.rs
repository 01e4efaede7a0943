//! How much processor time the calling thread has used.

/// Processor time of the calling thread in nanoseconds, user and kernel together.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
#[must_use]
pub fn thread_cpu_ns() -> Option<u64> {
    use rustix::time::{ClockId, clock_gettime};

    let used = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(used.tv_sec).ok()?;
    let nanos = u64::try_from(used.tv_nsec).ok()?;
    Some(seconds * crate::units::SECOND + nanos)
}

/// Processor time of the calling thread: not available here.
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
#[must_use]
pub fn thread_cpu_ns() -> Option<u64> {
    None
}
