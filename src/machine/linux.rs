//! What only Linux answers: the system calls behind `machine`, each as one safe small function.
//!
//! Its twin is `portable.rs`, which has the same functions and answers "not available here".

#![expect(unsafe_code, reason = "the processor clock of another process has no safe wrapper")]

use std::fmt::Display;
use std::fs;
use std::io;

use rustix::process::{Resource, Rlimit};
use rustix::thread::CpuSet;
use rustix::time::{ClockId, Timespec, clock_gettime};

use super::Unavailable;
use crate::units::SECOND;

/// A soft and a hard limit; `None` is unlimited.
pub(super) type Limit = (Option<u64>, Option<u64>);

/// Reads a file of /proc or /sys.
pub(super) fn read(path: &str) -> Result<String, Unavailable> {
    fs::read_to_string(path).map_err(|error| Unavailable::new(path, &error))
}

/// The names in a folder of /proc or /sys.
pub(super) fn names_in(path: &str) -> Result<Vec<String>, Unavailable> {
    let unavailable = |error| Unavailable::new(path, &error);
    let entries = fs::read_dir(path).map_err(unavailable)?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// Where a symbolic link of /proc points to.
pub(super) fn link(path: &str) -> Result<String, Unavailable> {
    let target = fs::read_link(path).map_err(|error| Unavailable::new(path, &error))?;
    Ok(target.to_string_lossy().into_owned())
}

/// The processor time of all threads of a process, dead ones included, in nanoseconds.
pub(super) fn cpu_ns_of(pid: u32) -> Result<u64, Unavailable> {
    let unavailable =
        |why: &dyn Display| Unavailable::new(format!("the processor time of process {pid}"), why);
    let pid = libc::pid_t::try_from(pid).map_err(|error| unavailable(&error))?;
    let mut clock: libc::clockid_t = 0;
    // SAFETY: the call writes one clock id to the live variable it is given, and nothing else.
    let code = unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) };
    if code != 0 {
        return Err(unavailable(&io::Error::from_raw_os_error(code)));
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one timespec to the live variable it is given, and nothing else.
    let code = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if code != 0 {
        return Err(unavailable(&io::Error::last_os_error()));
    }
    Ok(u64::try_from(time.tv_sec).unwrap_or(0) * SECOND + u64::try_from(time.tv_nsec).unwrap_or(0))
}

/// The processor time of the calling thread in nanoseconds.
pub(super) fn cpu_ns_of_this_thread() -> Result<u64, Unavailable> {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
    Ok(u64::try_from(tv_sec).unwrap_or(0) * SECOND + u64::try_from(tv_nsec).unwrap_or(0))
}

/// The CPUs the calling thread may run on, ascending.
pub(super) fn affinity() -> Result<Vec<usize>, Unavailable> {
    let set = rustix::thread::sched_getaffinity(None)
        .map_err(|error| Unavailable::new("the list of usable CPUs", &error))?;
    Ok((0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect())
}

/// Lets a thread, or the calling one, run on these CPUs only.
pub(super) fn set_affinity(thread: Option<i32>, cpus: &[usize]) -> Result<(), Unavailable> {
    let what = || format!("pinning to CPU {}", super::cpu_list(cpus));
    let mut set = CpuSet::new();
    for cpu in cpus {
        if *cpu >= CpuSet::MAX_CPU {
            return Err(Unavailable::new(what(), &format!("CPU {cpu} is beyond any mask")));
        }
        set.set(*cpu);
    }
    let thread = thread.and_then(rustix::process::Pid::from_raw);
    rustix::thread::sched_setaffinity(thread, &set)
        .map_err(|error| Unavailable::new(what(), &error))
}

/// The limit of open file handles.
pub(super) fn open_files() -> Result<Limit, Unavailable> {
    let Rlimit { current, maximum } = rustix::process::getrlimit(Resource::Nofile);
    Ok((current, maximum))
}

/// Sets the limit of open file handles.
pub(super) fn set_open_files(limit: Limit) -> Result<(), Unavailable> {
    let limit = Rlimit { current: limit.0, maximum: limit.1 };
    rustix::process::setrlimit(Resource::Nofile, limit)
        .map_err(|error| Unavailable::new("a higher limit of file handles", &error))
}

/// How many processes and threads this user may have; root is not bound by it.
pub(super) fn processes_of_user() -> Option<u64> {
    if rustix::process::getuid().is_root() {
        return None;
    }
    rustix::process::getrlimit(Resource::Nproc).current
}

/// Sends SIGTERM.
pub(super) fn terminate(pid: u32) -> Result<(), Unavailable> {
    send(pid, rustix::process::Signal::TERM, "SIGTERM")
}

/// Sends SIGSTOP.
pub(super) fn freeze(pid: u32) -> Result<(), Unavailable> {
    send(pid, rustix::process::Signal::STOP, "SIGSTOP")
}

/// Sends SIGCONT.
pub(super) fn thaw(pid: u32) -> Result<(), Unavailable> {
    send(pid, rustix::process::Signal::CONT, "SIGCONT")
}

fn send(pid: u32, signal: rustix::process::Signal, name: &str) -> Result<(), Unavailable> {
    let raw = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    let pid = raw.ok_or_else(|| Unavailable::new(name, &format!("{pid} is no process")))?;
    rustix::process::kill_process(pid, signal).map_err(|error| Unavailable::new(name, &error))
}
