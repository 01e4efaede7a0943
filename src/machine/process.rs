//! What one process may say to another: please stop; stand still; go on.

use super::{Unavailable, os};

/// Asks a process to stop in its own time (SIGTERM).
///
/// # Errors
/// When there is no such process, it belongs to somebody else, or the system has no such request.
pub fn ask_to_stop(pid: u32) -> Result<(), Unavailable> {
    os::terminate(pid)
}

/// Freezes a process where it stands (SIGSTOP); its kernel goes on answering for it.
///
/// # Errors
/// When there is no such process, it belongs to somebody else, or the system has no such signal.
pub fn freeze(pid: u32) -> Result<(), Unavailable> {
    os::freeze(pid)
}

/// Lets a frozen process go on (SIGCONT).
///
/// # Errors
/// As [`freeze`].
pub fn thaw(pid: u32) -> Result<(), Unavailable> {
    os::thaw(pid)
}
