//! What the machine is: everything a reader needs to judge whether two results can be compared.

use std::collections::BTreeMap;

use super::{Unavailable, os};
use crate::units::{Bytes, KIB};

/// Kernel settings that travel with every result, by their `sysctl` name.
const SETTINGS: [&str; 10] = [
    "kernel.osrelease",
    "net.core.default_qdisc",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.tcp_wmem",
    "vm.max_map_count",
];

/// Single files of /sys that travel with every result, with the name they get.
const FILES: [(&str, &str); 6] = [
    ("clock source", "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    ("cpu governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    ("huge pages", "/sys/kernel/mm/transparent_hugepage/enabled"),
    ("hyperthreads", "/sys/devices/system/cpu/smt/active"),
    ("machine vendor", "/sys/class/dmi/id/sys_vendor"),
    ("machine product", "/sys/class/dmi/id/product_name"),
];

/// What the machine is, as name and value. What the system does not tell is left out; what is in
/// the map was read now.
#[must_use]
pub fn facts() -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut add = |name: &str, value: Option<String>| {
        let value = value.map(|value| one_line(&value)).filter(|value| !value.is_empty());
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("system", Some(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)));
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    add("cpus", Some(cpus.to_string()));
    for name in SETTINGS {
        add(name, setting(name).ok());
    }
    for (name, path) in FILES {
        add(name, os::read(path).ok());
    }
    let cpuinfo = os::read("/proc/cpuinfo").unwrap_or_default();
    add("cpu model", value_of(&cpuinfo, "model name").map(str::to_owned));
    let flags = value_of(&cpuinfo, "flags");
    let guest = |flags: &str| flags.split(' ').any(|flag| flag == "hypervisor");
    add("virtual machine", flags.map(|flags| if guest(flags) { "yes" } else { "no" }.to_owned()));
    let shown = |bytes: u64| Some(Bytes(bytes as f64).to_string());
    let memory = memory().ok();
    add("memory", memory.and_then(|memory| shown(memory.total)));
    add("memory available", memory.and_then(|memory| shown(memory.available)));
    add("load average at start", os::read("/proc/loadavg").ok());
    add("usable cpus", super::available_cpus().ok().map(|cpus| super::cpu_list(&cpus)));
    add("file handles", super::open_file_limit().ok().map(|limit| limit.to_string()));
    let threads = super::thread_limit().ok();
    add("threads", threads.map(|limit| format!("{} ({})", limit.threads, limit.because)));
    facts
}

/// A kernel setting by its `sysctl` name, such as `net.core.somaxconn`.
///
/// # Errors
/// When this system has no such setting or keeps it to itself.
pub fn setting(name: &str) -> Result<String, Unavailable> {
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    let text = os::read(&path).map_err(|error| Unavailable::new(name, &error.why))?;
    Ok(one_line(&text))
}

/// The memory of the machine, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineMemory {
    /// All of it.
    pub total: u64,
    /// What programs could still get without swapping.
    pub available: u64,
}

/// How much memory there is, and how much is left.
///
/// # Errors
/// When the system does not tell.
pub fn memory() -> Result<MachineMemory, Unavailable> {
    let text = os::read("/proc/meminfo")?;
    let read = |name| value_of(&text, name).and_then(bytes);
    match (read("MemTotal"), read("MemAvailable")) {
        (Some(total), Some(available)) => Ok(MachineMemory { total, available }),
        _ => Err(Unavailable::new("the memory", &"/proc/meminfo has another form")),
    }
}

/// How many connections one address can have to one other at a time.
///
/// # Errors
/// When the system does not tell.
pub fn ephemeral_ports() -> Result<usize, Unavailable> {
    let range = setting("net.ipv4.ip_local_port_range")?;
    let mut bounds = range.split(' ').filter_map(|bound| bound.parse::<usize>().ok());
    match (bounds.next(), bounds.next()) {
        (Some(first), Some(last)) if first <= last => Ok(last - first + 1),
        _ => Err(Unavailable::new("the range of ports", &format!("'{range}' is no range"))),
    }
}

/// The value of `name : value` in a file of /proc.
pub(super) fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// `12345 kB` in bytes.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let kib: u64 = text.strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(KIB as u64)
}

/// All blanks and line ends as one blank each.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_whole_name() {
        let text = "model\t\t: 1\nmodel name\t: A CPU @ 2: GHz\nflags : a hypervisor\n";
        assert_eq!(value_of(text, "model name"), Some("A CPU @ 2: GHz"));
        assert_eq!(value_of(text, "mode"), None);
        assert_eq!(bytes("2048 kB"), Some(2048 * 1024));
        assert_eq!(bytes("many"), None);
    }

    #[test]
    fn every_fact_is_one_line_and_the_system_is_always_known() {
        let facts = facts();
        assert!(facts.contains_key("system") && facts.contains_key("cpus"));
        for (name, value) in facts {
            assert!(!value.is_empty() && !value.contains('\n'), "{name}: {value}");
        }
    }

    #[test]
    fn a_setting_nobody_has_is_named_in_the_error() {
        let message = setting("net.no.such").unwrap_err().to_string();
        assert!(message.starts_with("net.no.such is not available here"), "{message}");
    }
}
