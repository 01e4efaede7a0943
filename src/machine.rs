//! What the operating system knows: limits, counters and timers, behind one small interface.

pub mod alarm;
mod interrupt;
pub mod tcp;
pub mod thread_clock;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod linux_tcp;

pub use self::interrupt::Interrupt;
