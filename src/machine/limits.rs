//! How many file handles and threads and how much memory this machine gives one process, and what
//! sets the limit.

use super::{Unavailable, os};

/// Memory maps a standard thread takes: its stack, the guard page below it, and the alternative
/// signal stack with its own. Measured: 4.03.
pub const MAPS_PER_THREAD: usize = 4;

/// So much of a limit on threads, or on the maps they take, can be used: near it a thread that has
/// already started can still fail inside the standard library.
#[must_use]
pub fn safe_part(limit: usize) -> usize {
    limit / 10 * 9
}

/// How many file handles a process may have open; a connection takes one at each end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// What counts now.
    pub now: usize,
    /// What the process may raise it to by itself.
    pub ceiling: usize,
}

/// A bound on the number of threads, and what sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadLimit {
    /// So many threads.
    pub threads: usize,
    /// What sets the limit, by the name under which it can be raised.
    pub because: String,
}

/// The limits of open file handles.
///
/// # Errors
/// When the system does not tell.
pub fn open_files() -> Result<OpenFiles, Unavailable> {
    let (now, ceiling) = os::open_files()?;
    Ok(OpenFiles { now: whole(now), ceiling: whole(ceiling) })
}

/// How many file handles this process may have open now.
///
/// # Errors
/// When the system does not tell.
pub fn open_file_limit() -> Result<usize, Unavailable> {
    Ok(open_files()?.now)
}

/// Raises the limit of open file handles as far as a process may by itself; children inherit it.
/// Answers the new limit.
///
/// # Errors
/// When the system does not tell or refuses.
pub fn raise_open_file_limit() -> Result<usize, Unavailable> {
    let (now, ceiling) = os::open_files()?;
    if now != ceiling {
        os::set_open_files((ceiling, ceiling))?;
    }
    Ok(whole(ceiling))
}

/// The smallest of all bounds on the number of threads of one process.
///
/// # Errors
/// When the system tells none of them.
pub fn thread_limit() -> Result<ThreadLimit, Unavailable> {
    smallest(thread_limits()).ok_or_else(|| {
        Unavailable::new("the limit of threads", &"the system names none of its bounds")
    })
}

fn smallest(limits: Vec<ThreadLimit>) -> Option<ThreadLimit> {
    limits.into_iter().min_by_key(|limit| limit.threads)
}

/// Every bound on the number of threads that the system tells, in no particular order.
#[must_use]
pub fn thread_limits() -> Vec<ThreadLimit> {
    let limit = |threads, because: &str| ThreadLimit { threads, because: because.to_owned() };
    let mut limits = Vec::new();
    for name in ["kernel.threads-max", "kernel.pid_max"] {
        let value = super::setting(name).ok().and_then(|text| text.parse().ok());
        limits.extend(value.map(|threads| limit(threads, name)));
    }
    let maps = super::setting("vm.max_map_count").ok().and_then(|text| text.parse::<usize>().ok());
    limits.extend(maps.map(|maps| {
        // The program itself has some maps too: code, heap, libraries.
        let own = os::read("/proc/self/maps").map_or(0, |maps| maps.lines().count());
        limit(maps.saturating_sub(own) / MAPS_PER_THREAD, "vm.max_map_count")
    }));
    limits.extend(os::processes_of_user().map(|n| limit(whole(Some(n)), "ulimit -u")));
    let groups = os::read("/proc/self/cgroup").unwrap_or_default();
    limits.extend(group_folders(&groups, "pids").iter().filter_map(|folder| {
        let text = os::read(&format!("{folder}/pids.max")).ok()?;
        // The root has no such file, and "max" is no number: neither is a bound.
        Some(limit(text.trim().parse().ok()?, &format!("{folder}/pids.max")))
    }));
    limits
}

/// Memory that can still be had, and what sets the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryLimit {
    /// So many bytes from now on, without swapping.
    pub bytes: u64,
    /// What sets the limit, by the name under which it is known.
    pub because: String,
}

/// How much memory a new process could get now: what the machine has left, or less where a control
/// group bounds this process and with it its children.
///
/// # Errors
/// When the system does not tell.
pub fn available_memory() -> Result<MemoryLimit, Unavailable> {
    let machine = super::memory()?.available;
    let groups = os::read("/proc/self/cgroup").unwrap_or_default();
    let folders = group_folders(&groups, "memory");
    let bounds = folders.iter().filter_map(|folder| {
        let number = |name: &str| -> Option<u64> {
            os::read(&format!("{folder}/{name}")).ok()?.trim().parse().ok()
        };
        // The names of version 2 and of version 1; without a limit there is no number.
        let (name, most, used) =
            [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")]
                .into_iter()
                .find_map(|(most, used)| Some((most, number(most)?, number(used)?)))?;
        let stat = os::read(&format!("{folder}/memory.stat")).unwrap_or_default();
        // Pages of files count as used, but would be given back.
        let used = used.saturating_sub(file_pages(&stat));
        Some(MemoryLimit { bytes: most.saturating_sub(used), because: format!("{folder}/{name}") })
    });
    let all = bounds.chain([MemoryLimit { bytes: machine, because: "MemAvailable".to_owned() }]);
    all.min_by_key(|limit| limit.bytes)
        .ok_or_else(|| Unavailable::new("the memory", &"the system names none of its bounds"))
}

/// The bytes of files in a control group's `memory.stat`: `file` in version 2, `cache` in version 1.
fn file_pages(stat: &str) -> u64 {
    let lines = stat.lines().filter_map(|line| line.split_once(' '));
    let mut found = lines.filter(|(name, _)| matches!(*name, "file" | "cache"));
    found.find_map(|(_, bytes)| bytes.parse().ok()).unwrap_or(0)
}

/// The control group folders that may bound this process by that controller, its own and all above.
fn group_folders(groups: &str, controller: &str) -> Vec<String> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let root = match controllers {
            "" => "/sys/fs/cgroup".to_owned(),
            known if known.split(',').any(|known| known == controller) => {
                format!("/sys/fs/cgroup/{controller}")
            }
            _ => continue,
        };
        let mut path = path.trim_end_matches('/');
        loop {
            folders.push(format!("{root}{path}"));
            let Some((above, _)) = path.rsplit_once('/') else { break };
            path = above;
        }
    }
    folders
}

/// A limit as a count; without one it is as high as counts go.
fn whole(limit: Option<u64>) -> usize {
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_group_is_bound_by_all_groups_above_it() {
        let v2 = group_folders("0::/user.slice/session\n", "pids");
        let expected =
            ["/sys/fs/cgroup/user.slice/session", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"];
        assert_eq!(v2, expected);
        let v1 = "8:pids:/a\n4:memory:/b\ngarbage\n";
        let expected = ["/sys/fs/cgroup/pids/a", "/sys/fs/cgroup/pids"];
        assert_eq!(group_folders(v1, "pids"), expected);
        assert_eq!(group_folders(v1, "memory")[0], "/sys/fs/cgroup/memory/b");
        assert!(group_folders("", "pids").is_empty());
    }

    #[test]
    fn what_can_be_had_is_not_more_than_the_machine_has() {
        let Ok(limit) = available_memory() else { return };
        let machine = crate::machine::memory().unwrap();
        assert!(limit.bytes > 0 && limit.bytes < machine.total && !limit.because.is_empty());
        assert_eq!(file_pages("anon 5\nfile 12288\nkernel 7\n"), 12_288);
        assert_eq!(file_pages("cache 4096\nrss 1\n"), 4096);
        assert_eq!(file_pages(""), 0);
    }

    #[test]
    fn the_smallest_bound_is_the_limit() {
        // Read once: what the program itself takes changes with the other tests.
        let all = thread_limits();
        let Some(smallest) = smallest(all.clone()) else { return };
        assert!(smallest.threads > 0 && !smallest.because.is_empty());
        assert!(all.iter().all(|limit| limit.threads >= smallest.threads));
    }

    #[test]
    fn handles_can_be_raised_to_their_ceiling() {
        let Ok(before) = open_files() else { return };
        assert_eq!(raise_open_file_limit(), Ok(before.ceiling));
        assert_eq!(open_file_limit(), Ok(before.ceiling));
    }
}
