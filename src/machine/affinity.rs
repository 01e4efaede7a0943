//! Which CPUs a thread may run on, and keeping it there.

use super::{Unavailable, os};

/// The CPUs the calling thread may run on, ascending.
///
/// # Errors
/// When the system does not tell.
pub fn available_cpus() -> Result<Vec<usize>, Unavailable> {
    os::affinity()
}

/// Keeps the calling thread, and threads it starts from now on, on the given CPUs.
///
/// # Errors
/// When the system cannot pin, the list is empty, or none of the CPUs exists.
pub fn pin_this_thread(cpus: &[usize]) -> Result<(), Unavailable> {
    os::set_affinity(None, cpus)
}

/// Keeps all threads of this process on the given CPUs. Threads started meanwhile by a thread not
/// yet pinned would escape, so a process does this before it starts any.
///
/// # Errors
/// When the system cannot pin, the list is empty, or none of the CPUs exists.
pub fn pin_this_process(cpus: &[usize]) -> Result<(), Unavailable> {
    pin_this_thread(cpus)?;
    for thread in os::names_in("/proc/self/task")? {
        if let Ok(thread) = thread.parse() {
            os::set_affinity(Some(thread), cpus)?;
        }
    }
    Ok(())
}

/// The calling thread pinned for as long as this value lives; then it may run where it could before.
#[derive(Debug)]
pub struct PinnedThread {
    before: Vec<usize>,
    /// Affinity belongs to a thread: a guard that moved to another would set the wrong one free.
    _stays_here: std::marker::PhantomData<*const ()>,
}

impl PinnedThread {
    /// Pins the calling thread.
    ///
    /// # Errors
    /// As [`pin_this_thread`]; the thread is then where it was.
    pub fn to(cpus: &[usize]) -> Result<Self, Unavailable> {
        let before = available_cpus()?;
        pin_this_thread(cpus)?;
        Ok(PinnedThread { before, _stays_here: std::marker::PhantomData })
    }
}

impl Drop for PinnedThread {
    fn drop(&mut self) {
        // The thread could run there before; if a CPU has vanished since, staying put is right.
        let _ = pin_this_thread(&self.before);
    }
}

/// CPUs as `--cpus` takes them: `0,2,3`.
#[must_use]
pub fn cpu_list(cpus: &[usize]) -> String {
    cpus.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

/// Reads what [`cpu_list`] writes, and ranges such as `0-3` too; ascending, each once.
///
/// # Errors
/// When the text is not such a list; the error says what would be.
pub fn parse_cpu_list(text: &str) -> Result<Vec<usize>, String> {
    let bad = || format!("'{text}' is not a list of CPUs: write 0 or 0,2 or 0-3");
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first: usize = first.trim().parse().map_err(|_| bad())?;
        let last: usize = last.trim().parse().map_err(|_| bad())?;
        // No machine has so many; without the bound a typing error could fill the memory.
        if first > last || last > 65_535 {
            return Err(bad());
        }
        cpus.extend(first..=last);
    }
    cpus.sort_unstable();
    cpus.dedup();
    Ok(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_are_written() {
        for cpus in [vec![0], vec![0, 1], vec![3, 17, 1023]] {
            assert_eq!(parse_cpu_list(&cpu_list(&cpus)), Ok(cpus));
        }
        assert_eq!(parse_cpu_list("0-2,2,9"), Ok(vec![0, 1, 2, 9]));
        for text in ["", "a", "1,", "3-1", "-1", "0-99999999"] {
            assert!(parse_cpu_list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pinned_thread_is_set_free_again() {
        let Ok(before) = available_cpus() else { return };
        let last = before[before.len() - 1];
        {
            let _pinned = PinnedThread::to(&[last]).unwrap();
            assert_eq!(available_cpus().unwrap(), [last]);
        }
        assert_eq!(available_cpus().unwrap(), before);
    }

    #[test]
    fn a_cpu_that_does_not_exist_is_refused() {
        assert!(pin_this_thread(&[1023]).is_err());
        assert!(pin_this_thread(&[99_999]).is_err());
        assert!(pin_this_thread(&[]).is_err());
    }
}
