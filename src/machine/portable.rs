//! The answers of a system we have not taught: "not available here".
//!
//! The twin of `linux.rs`: the same functions, so that nobody above needs to know where it runs.

use super::Unavailable;

/// A soft and a hard limit; `None` is unlimited.
pub(super) type Limit = (Option<u64>, Option<u64>);

fn unavailable<T>(what: &str) -> Result<T, Unavailable> {
    Err(Unavailable::new(what, &"only Linux is taught to answer this"))
}

pub(super) fn read(path: &str) -> Result<String, Unavailable> {
    unavailable(path)
}

pub(super) fn names_in(path: &str) -> Result<Vec<String>, Unavailable> {
    unavailable(path)
}

pub(super) fn link(path: &str) -> Result<String, Unavailable> {
    unavailable(path)
}

pub(super) fn cpu_ns_of(_pid: u32) -> Result<u64, Unavailable> {
    unavailable("the processor time of a process")
}

pub(super) fn cpu_ns_of_this_thread() -> Result<u64, Unavailable> {
    unavailable("the processor time of a thread")
}

pub(super) fn affinity() -> Result<Vec<usize>, Unavailable> {
    unavailable("the list of usable CPUs")
}

pub(super) fn set_affinity(_thread: Option<i32>, _cpus: &[usize]) -> Result<(), Unavailable> {
    unavailable("pinning to CPUs")
}

pub(super) fn open_files() -> Result<Limit, Unavailable> {
    unavailable("the limit of file handles")
}

pub(super) fn set_open_files(_limit: Limit) -> Result<(), Unavailable> {
    unavailable("a higher limit of file handles")
}

pub(super) fn processes_of_user() -> Option<u64> {
    None
}

pub(super) fn terminate(_pid: u32) -> Result<(), Unavailable> {
    unavailable("SIGTERM")
}

pub(super) fn freeze(_pid: u32) -> Result<(), Unavailable> {
    unavailable("SIGSTOP")
}

pub(super) fn thaw(_pid: u32) -> Result<(), Unavailable> {
    unavailable("SIGCONT")
}
