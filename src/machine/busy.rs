//! What all CPUs of the machine did, whoever made them do it.

use super::{Unavailable, os};
use crate::units::MILLISECOND;

/// The kernel tells these times in ticks of this length, on every processor that this program is
/// likely to meet.
const TICK: u64 = 10 * MILLISECOND;

/// Time of all CPUs together since the machine was started, in nanoseconds, to a tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuTimes {
    /// How many CPUs there are.
    pub cpus: u64,
    /// Spent on programs, in user mode and in the kernel.
    pub programs_ns: u64,
    /// Spent on interrupts. Some kernels (those built with `IRQ_TIME_ACCOUNTING`) take that out of
    /// the time of the program that was interrupted, others leave it in there, too; so it cannot be
    /// said whether it is somebody's.
    pub interrupts_ns: u64,
    /// Taken away by the host of a virtual machine.
    pub steal_ns: u64,
}

/// What the CPUs did so far.
///
/// # Errors
/// When the system does not tell.
pub fn cpu_times() -> Result<CpuTimes, Unavailable> {
    let text = os::read("/proc/stat")?;
    read(&text)
        .ok_or_else(|| Unavailable::new("the time of all CPUs", &"/proc/stat has another form"))
}

/// The times in a `/proc/stat`: `cpu user nice system idle iowait irq softirq steal …`, in which
/// the time of guests is part of user.
fn read(text: &str) -> Option<CpuTimes> {
    let cpus = text.lines().filter(|line| {
        line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let all = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Option<Vec<u64>> =
        all.split_ascii_whitespace().map(|number| number.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks?[..] else {
        return None;
    };
    Some(CpuTimes {
        cpus: cpus.count() as u64,
        programs_ns: (user + nice + system) * TICK,
        interrupts_ns: (irq + softirq) * TICK,
        steal_ns: steal * TICK,
    })
}

/// How often the processor was slowed down because of heat so far, all cores together.
///
/// # Errors
/// When the processor or the system does not tell.
pub fn throttle_count() -> Result<u64, Unavailable> {
    const FOLDER: &str = "/sys/devices/system/cpu";
    let names = os::names_in(FOLDER)?;
    let count = |name: &String| -> Option<u64> {
        let path = format!("{FOLDER}/{name}/thermal_throttle/core_throttle_count");
        os::read(&path).ok()?.trim().parse().ok()
    };
    let counts: Vec<u64> = names.iter().filter_map(count).collect();
    if counts.is_empty() {
        return Err(Unavailable::new("throttling", &"this processor does not count it"));
    }
    Ok(counts.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_no_work_and_the_sum_is_not_a_cpu() {
        let text = "cpu  10 2 3 1000 500 4 6 7 9 0\ncpu0 1 1 1\ncpu1 2 2 2\nintr 4 5\n";
        let times = read(text).unwrap();
        assert_eq!((times.cpus, times.programs_ns), (2, 150 * MILLISECOND));
        assert_eq!((times.interrupts_ns, times.steal_ns), (100 * MILLISECOND, 70 * MILLISECOND));
        for odd in ["", "cpu  1 2 3", "cpu  1 2 x 4 5 6 7 8"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn times_only_grow() {
        let Ok(before) = cpu_times() else { return };
        let after = cpu_times().unwrap();
        assert!(after.cpus >= 1 && after.programs_ns >= before.programs_ns);
    }
}
