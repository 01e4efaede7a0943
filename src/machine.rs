//! What the operating system knows: limits, counters and timers, behind one small interface.
//!
//! Everything that only Linux can answer is asked here and nowhere else. On other systems, and
//! under Linux with the cargo feature `portable`, the same functions answer [`Unavailable`]; whoever
//! asks shows "not available here" and goes on. This module knows no server, client or scenario.

use std::fmt;

mod affinity;
pub mod alarm;
mod busy;
pub mod cable;
mod facts;
mod footprint;
mod interrupt;
mod limits;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod linux_cable;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod linux_tcp;
mod process;
mod smaps;
mod split;
pub mod tcp;
pub mod thread_clock;
mod usage;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod linux;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
use self::linux as os;
#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
mod portable;
#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
use self::portable as os;

pub use self::affinity::{
    PinnedThread, available_cpus, cpu_list, parse_cpu_list, pin_this_process, pin_this_thread,
};
pub use self::busy::{CpuTimes, cpu_times, throttle_count};
pub use self::facts::{MachineMemory, ephemeral_ports, facts, memory, setting};
pub use self::footprint::{Footprint, KernelMemory, footprint, kernel_memory, listens};
pub use self::interrupt::Interrupt;
pub use self::limits::{
    MAPS_PER_THREAD, MemoryLimit, OpenFiles, ThreadLimit, available_memory, open_file_limit,
    open_files, raise_open_file_limit, safe_part, thread_limit, thread_limits,
};
pub use self::process::{ask_to_stop, freeze, thaw};
pub use self::split::Split;
pub use self::usage::{Usage, cpu_ns, usage, usage_of_this_thread};

/// Something this system, or this version of it, does not tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not available here: {why}")]
pub struct Unavailable {
    what: String,
    why: String,
}

impl Unavailable {
    /// `what` is not available because of `why`; both are parts of one sentence.
    pub fn new(what: impl Into<String>, why: &dyn fmt::Display) -> Self {
        Unavailable { what: what.into(), why: why.to_string() }
    }
}
