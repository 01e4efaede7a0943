//! Server here, generator there: who gets which CPUs.

use super::{PinnedThread, available_cpus};

/// The CPUs of the two sides; both empty when they cannot be kept apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Where the server runs.
    pub server: Vec<usize>,
    /// Where the generator runs.
    pub generator: Vec<usize>,
}

impl Split {
    /// The first half (rounded up) to the server, the rest to the generator.
    #[must_use]
    pub fn of(available: &[usize]) -> Self {
        if available.len() < 2 {
            return Split::default();
        }
        let (server, generator) = available.split_at(available.len().div_ceil(2));
        Split { server: server.to_vec(), generator: generator.to_vec() }
    }

    /// The split of the CPUs this process may use; none when the system cannot pin.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let split = Self::of(&available_cpus().unwrap_or_default());
        let works = split.is_pinned() && PinnedThread::to(&split.generator).is_ok();
        if works { split } else { Split::default() }
    }

    /// Whether the two sides are kept apart.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        !self.server.is_empty()
    }

    /// Keeps the calling thread on the generator's CPUs while the answer lives.
    #[must_use]
    pub fn pin_generator(&self) -> Option<PinnedThread> {
        // It worked a moment ago, when this split was made; a CPU taken away since then is no
        // reason to lose the run.
        self.is_pinned().then(|| PinnedThread::to(&self.generator).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sides_share_nothing_and_leave_nothing() {
        for count in 2..20 {
            let all: Vec<usize> = (3..3 + count).collect();
            let Split { server, generator } = Split::of(&all);
            assert!(!server.is_empty() && !generator.is_empty());
            assert_eq!([server, generator].concat(), all);
        }
    }

    #[test]
    fn one_cpu_cannot_be_shared_out() {
        assert_eq!(Split::of(&[0]), Split::default());
        assert_eq!(Split::of(&[]), Split::default());
    }
}
