//! What a process or a thread has used so far: processor time, context switches, memory.

use super::{Unavailable, os};
use crate::units::KIB;

/// What was used since the process or thread began, and what it holds now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time in nanoseconds, exact.
    pub cpu_ns: u64,
    /// The part of it in user mode. Only the ratio of the two parts is known, from clock ticks of
    /// usually 10 ms, so a part means something from about a second of processor time on.
    pub user_ns: u64,
    /// The part of it in the kernel.
    pub system_ns: u64,
    /// Context switches because there was nothing to do, over all living threads.
    pub voluntary_switches: u64,
    /// Context switches because the time slice was over, over all living threads.
    pub involuntary_switches: u64,
    /// Living threads.
    pub threads: u64,
    /// Anonymous resident memory (stacks, heap) in bytes: what the program itself has asked for.
    pub user_memory: u64,
    /// All resident memory in bytes, including mapped files.
    pub rss: u64,
    /// How often a thread was put on a CPU, over all living threads; `None` where the scheduler
    /// does not count it.
    pub slices: Option<u64>,
    /// Processor time in nanoseconds by the scheduler's books, over all living threads.
    pub scheduled_ns: Option<u64>,
}

/// The processor time of a process so far, dead threads included, in nanoseconds: one cheap call.
///
/// # Errors
/// When there is no such process any more, or the system does not tell.
pub fn cpu_ns(pid: u32) -> Result<u64, Unavailable> {
    os::cpu_ns_of(pid)
}

/// What a process has used, all of its threads together.
///
/// # Errors
/// When there is no such process any more, or the system does not tell.
pub fn usage(pid: u32) -> Result<Usage, Unavailable> {
    let folder = format!("/proc/{pid}");
    let mut usage = usage_in(&folder, os::cpu_ns_of(pid)?)?;
    (usage.voluntary_switches, usage.involuntary_switches) = (0, 0);
    let mut books = Books::default();
    for thread in os::names_in(&format!("{folder}/task"))? {
        let thread = format!("{folder}/task/{thread}");
        books.add(&os::read(&format!("{thread}/schedstat")).unwrap_or_default());
        // A thread may end between the listing and the reading; its switches are then gone.
        let Ok(status) = os::read(&format!("{thread}/status")) else { continue };
        usage.voluntary_switches += status_number(&status, VOLUNTARY).unwrap_or(0);
        usage.involuntary_switches += status_number(&status, INVOLUNTARY).unwrap_or(0);
    }
    // Every thread that lives has run: nothing counted means that nobody counts.
    if books.slices > 0 {
        (usage.slices, usage.scheduled_ns) = (Some(books.slices), Some(books.ran_ns));
    }
    Ok(usage)
}

/// What the scheduler wrote down about some threads.
#[derive(Debug, Default)]
struct Books {
    ran_ns: u64,
    slices: u64,
}

impl Books {
    /// Adds a thread's `schedstat`: time on a CPU, time waiting for one, times put on one.
    fn add(&mut self, schedstat: &str) {
        let mut fields = schedstat.split_ascii_whitespace().map(|text| text.parse().unwrap_or(0));
        let (ran_ns, _, slices) = (fields.next(), fields.next(), fields.next());
        self.ran_ns += ran_ns.unwrap_or(0);
        self.slices += slices.unwrap_or(0);
    }
}

/// What the calling thread has used; memory is that of its whole process.
///
/// # Errors
/// When the system does not tell.
pub fn usage_of_this_thread() -> Result<Usage, Unavailable> {
    let usage = usage_in("/proc/thread-self", os::cpu_ns_of_this_thread()?)?;
    Ok(Usage { threads: 1, ..usage })
}

const VOLUNTARY: &str = "voluntary_ctxt_switches";
const INVOLUNTARY: &str = "nonvoluntary_ctxt_switches";

/// Everything that stands in `stat` and `status` of one folder.
fn usage_in(folder: &str, cpu_ns: u64) -> Result<Usage, Unavailable> {
    let stat = os::read(&format!("{folder}/stat"))?;
    let status = os::read(&format!("{folder}/status"))?;
    let odd = |what: &str| Unavailable::new(what, &format!("{folder} has another form"));
    let (user, system) = ticks(&stat).ok_or_else(|| odd("the split of processor time"))?;
    let user_ns = share(cpu_ns, user, system);
    let kib = |name: &str| status_number(&status, name).map(|n| n * KIB as u64);
    Ok(Usage {
        cpu_ns,
        user_ns,
        system_ns: cpu_ns - user_ns,
        voluntary_switches: status_number(&status, VOLUNTARY).unwrap_or(0),
        involuntary_switches: status_number(&status, INVOLUNTARY).unwrap_or(0),
        threads: status_number(&status, "Threads").unwrap_or(1),
        // A process that has ended but was not waited for has a status without memory.
        user_memory: kib("RssAnon").ok_or_else(|| odd("user memory"))?,
        rss: kib("VmRSS").ok_or_else(|| odd("resident memory"))?,
        slices: None,
        scheduled_ns: None,
    })
}

/// The user's part of `total` when the two parts stand to each other as `user` to `system`.
fn share(total: u64, user: u64, system: u64) -> u64 {
    let ticks = u128::from(user) + u128::from(system);
    let part = (u128::from(total) * u128::from(user)).checked_div(ticks).unwrap_or(0);
    u64::try_from(part).unwrap_or(total)
}

/// User and system ticks from a `stat` line: fields 14 and 15. The name in field 2 may contain
/// blanks and brackets, so counting starts behind its last bracket.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The number behind `name:` in a `status` file.
fn status_number(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_shift_the_fields() {
        let stat = "7 (a) b (c)) R 1 2 3 4 5 6 7 8 9 10 111 222 0 0";
        assert_eq!(ticks(stat), Some((111, 222)));
        assert_eq!(ticks("7 (a"), None);
    }

    #[test]
    fn a_status_name_must_match_as_a_whole() {
        let status =
            "nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t4\nRssAnon:\t 12 kB\n";
        assert_eq!(status_number(status, VOLUNTARY), Some(4));
        assert_eq!(status_number(status, INVOLUNTARY), Some(9));
        assert_eq!(status_number(status, "RssAnon"), Some(12));
        assert_eq!(status_number(status, "Rss"), None);
    }

    #[test]
    fn the_parts_add_up_even_without_ticks() {
        assert_eq!(share(1000, 0, 0), 0);
        assert_eq!(share(1000, 3, 1), 750);
        assert_eq!(share(u64::MAX, u64::MAX, 0), u64::MAX);
    }

    #[test]
    fn a_process_sees_itself_and_its_counters_only_grow() {
        let Ok(before) = usage(std::process::id()) else { return };
        let thread = usage_of_this_thread().unwrap();
        let after = usage(std::process::id()).unwrap();
        assert!(after.cpu_ns > before.cpu_ns && thread.cpu_ns < after.cpu_ns);
        assert_eq!(after.user_ns + after.system_ns, after.cpu_ns);
        assert!(after.threads >= 1 && thread.threads == 1);
        assert!(after.user_memory > 0 && after.user_memory < after.rss);
    }

    #[test]
    fn nobody_has_the_highest_process_number() {
        let message = usage(u32::MAX).unwrap_err().to_string();
        assert!(message.contains("is not available here"), "{message}");
    }
}
