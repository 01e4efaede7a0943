//! What one process may say to another: please stop.

use super::{Unavailable, os};

/// Asks a process to stop in its own time (SIGTERM).
///
/// # Errors
/// When there is no such process, it belongs to somebody else, or the system has no such request.
pub fn ask_to_stop(pid: u32) -> Result<(), Unavailable> {
    os::terminate(pid)
}
