//! The questions, one small function each. A function decides; what it decides about is read by
//! `machine`, so that a test can hand in any machine it likes.

use std::collections::BTreeMap;

use super::{Check, Verdict};
use crate::machine::{self, MachineMemory, OpenFiles, Split, ThreadLimit, Unavailable};
use crate::units::{Bytes, Count, MIB};

/// The members we would like to seat: ten thousand, as everybody asks.
const CROWD: usize = 10_000;
/// What the blocking backend should hold.
const BLOCKING_CROWD: usize = 5_000;
/// The blocking backend's threads per member: one reads, one writes.
const THREADS_PER_MEMBER: usize = 2;
/// Handles a process needs besides its connections.
const RESERVE: usize = 64;

/// Everything, the most important first.
pub(super) fn all() -> Vec<Check> {
    let facts = machine::facts();
    let mut checks = vec![
        build(),
        answered("file handles", machine::open_files(), handles),
        answered("threads", machine::thread_limit(), threads),
        answered("ports", machine::ephemeral_ports(), ports),
        cpus(&Split::of_this_machine()),
        answered("memory", machine::memory(), memory),
        answered("process counters", machine::usage(std::process::id()), |_| {
            ok("process counters", "readable", "processor time, switches and memory are measured")
        }),
    ];
    checks.extend(settings(&facts));
    checks
}

fn settings(facts: &BTreeMap<String, String>) -> Vec<Check> {
    vec![
        of_fact(facts, "load average", "load average at start", busy),
        of_fact(facts, "cpu governor", "cpu governor", governor),
        of_fact(facts, "huge pages", "huge pages", huge_pages),
        of_fact(facts, "accept queue", "net.core.somaxconn", accept_queue),
        of_fact(facts, "congestion control", "net.ipv4.tcp_congestion_control", |value| {
            plain("congestion control", value)
        }),
        of_fact(facts, "queue discipline", "net.core.default_qdisc", |value| {
            plain("queue discipline", value)
        }),
        of_fact(facts, "receive buffers", "net.ipv4.tcp_rmem", |value| {
            ok("receive buffers", value, "bytes per connection: least, default, most")
        }),
        of_fact(facts, "send buffers", "net.ipv4.tcp_wmem", |value| {
            ok("send buffers", value, "bytes per connection: least, default, most")
        }),
        of_fact(facts, "clock source", "clock source", |value| plain("clock source", value)),
        of_fact(facts, "kernel", "kernel.osrelease", |value| plain("kernel", value)),
        of_fact(facts, "processor", "cpu model", |value| plain("processor", value)),
        of_fact(facts, "virtual machine", "virtual machine", virtual_machine),
    ]
}

fn build() -> Check {
    if cfg!(debug_assertions) {
        let meaning = "its figures mean nothing; this report is right all the same";
        warn("build", "debug", meaning, Some("cargo build --release".to_owned()))
    } else {
        plain("build", "release")
    }
}

fn handles(limit: OpenFiles) -> Check {
    let OpenFiles { now, ceiling } = limit;
    let members = ceiling.saturating_sub(RESERVE);
    let value = format!("{} per process ({} now, raised at need)", count(ceiling), count(now));
    let meaning = format!(
        "room for {} members over WebSocket, for {} over long-polling when all of them speak",
        count(members),
        count(members / 2)
    );
    if members >= CROWD {
        return ok("file handles", &value, &meaning);
    }
    let remedy = "sudo prlimit --pid $$ --nofile=65536:65536".to_owned();
    warn("file handles", &value, &meaning, Some(remedy))
}

fn threads(limit: ThreadLimit) -> Check {
    let ThreadLimit { threads, because } = limit;
    let members = threads / THREADS_PER_MEMBER;
    let value = format!("{} (set by {because})", count(threads));
    let why = if because == "vm.max_map_count" { ": a thread takes four memory maps" } else { "" };
    let meaning = format!(
        "the blocking backend takes two per member, so it ends below {} members{why}",
        count(members)
    );
    if members > BLOCKING_CROWD {
        return ok("threads", &value, &meaning);
    }
    warn("threads", &value, &meaning, Some(raise_threads(&because)))
}

/// The command that raises a bound on threads.
fn raise_threads(because: &str) -> String {
    match because {
        "vm.max_map_count" => "sudo sysctl -w vm.max_map_count=262144".to_owned(),
        "kernel.pid_max" => "sudo sysctl -w kernel.pid_max=4194304".to_owned(),
        "kernel.threads-max" => "sudo sysctl -w kernel.threads-max=200000".to_owned(),
        "ulimit -u" => "ulimit -u $(ulimit -Hu)".to_owned(),
        file => format!("echo max | sudo tee {file}"),
    }
}

fn ports(ports: usize) -> Check {
    let value = format!("{} from one address to one server", count(ports));
    if ports >= CROWD {
        return ok("ports", &value, "");
    }
    let remedy = "sudo sysctl -w net.ipv4.ip_local_port_range=\"10240 65535\"".to_owned();
    warn("ports", &value, "so many connections can be open at a time", Some(remedy))
}

fn cpus(split: &Split) -> Check {
    if split.is_pinned() {
        let list = |cpus| machine::cpu_list(cpus);
        let value = format!("{} usable", split.server.len() + split.generator.len());
        let meaning = format!(
            "the server runs on CPU {}, the generator on CPU {}",
            list(&split.server),
            list(&split.generator)
        );
        return ok("cpus", &value, &meaning);
    }
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let meaning = if machine::available_cpus().is_err() {
        "pinning is not available here: server and generator take CPU time from each other"
    } else {
        "server and generator cannot be kept apart and take CPU time from each other"
    };
    warn("cpus", &format!("{cpus} usable"), meaning, None)
}

fn memory(memory: MachineMemory) -> Check {
    let bytes = |n: u64| Bytes(n as f64);
    let value = format!("{}, {} available", bytes(memory.total), bytes(memory.available));
    if memory.available >= 1024 * MIB as u64 {
        return plain("memory", &value);
    }
    warn("memory", &value, "a crowd of threads may need more: close other programs", None)
}

fn busy(value: &str) -> Check {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let last_minute: f64 = value.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    if last_minute <= 0.25 * cpus as f64 {
        return plain("load average", value);
    }
    let meaning = format!("{last_minute} of {cpus} CPUs were busy with something else just now");
    warn("load average", value, &meaning, Some("top".to_owned()))
}

fn governor(value: &str) -> Check {
    if value == "performance" {
        return plain("cpu governor", value);
    }
    let meaning = "the clock rate follows the load, so a light load looks slower than it is";
    let remedy = "sudo cpupower frequency-set -g performance".to_owned();
    warn("cpu governor", value, meaning, Some(remedy))
}

fn huge_pages(value: &str) -> Check {
    if !value.contains("[always]") {
        return plain("huge pages", value);
    }
    let meaning = "memory per connection may jump in steps of 2 MiB";
    let remedy = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled".to_owned();
    warn("huge pages", value, meaning, Some(remedy))
}

fn accept_queue(value: &str) -> Check {
    if value.parse::<usize>().is_ok_and(|length| length >= 1024) {
        return plain("accept queue", value);
    }
    let meaning = "when many connect at once, some wait a second and try again";
    let remedy = "sudo sysctl -w net.core.somaxconn=4096".to_owned();
    warn("accept queue", value, meaning, Some(remedy))
}

fn virtual_machine(value: &str) -> Check {
    if value == "no" {
        return plain("virtual machine", value);
    }
    let meaning = "its host may take CPU time away unseen: repeat more often, trust ratios only";
    warn("virtual machine", value, meaning, None)
}

fn of_fact(
    facts: &BTreeMap<String, String>,
    name: &'static str,
    fact: &str,
    judge: impl FnOnce(&str) -> Check,
) -> Check {
    match facts.get(fact) {
        Some(value) => judge(value),
        None => not_available(name, "not available here"),
    }
}

fn answered<T>(
    name: &'static str,
    answer: Result<T, Unavailable>,
    judge: impl FnOnce(T) -> Check,
) -> Check {
    match answer {
        Ok(value) => judge(value),
        Err(error) => not_available(name, &error.to_string()),
    }
}

fn ok(name: &'static str, value: &str, meaning: &str) -> Check {
    let (value, meaning) = (value.to_owned(), meaning.to_owned());
    Check { name, verdict: Verdict::Ok, value, meaning, remedy: None }
}

fn plain(name: &'static str, value: &str) -> Check {
    ok(name, value, "")
}

fn warn(name: &'static str, value: &str, meaning: &str, remedy: Option<String>) -> Check {
    Check { verdict: Verdict::Warn, remedy, ..ok(name, value, meaning) }
}

fn not_available(name: &'static str, value: &str) -> Check {
    Check { verdict: Verdict::NotAvailable, ..plain(name, value) }
}

fn count(n: usize) -> Count {
    Count(n as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_that_is_too_low_comes_with_the_command_that_raises_it() {
        for because in ["vm.max_map_count", "kernel.pid_max", "kernel.threads-max", "ulimit -u"] {
            let check = threads(ThreadLimit { threads: 4000, because: because.to_owned() });
            assert_eq!(check.verdict, Verdict::Warn);
            assert!(check.remedy.is_some_and(|command| command.contains(because)), "{because}");
        }
        let file = "/sys/fs/cgroup/a/pids.max";
        let check = threads(ThreadLimit { threads: 100, because: file.to_owned() });
        assert!(check.remedy.is_some_and(|command| command.ends_with(file)));
    }

    #[test]
    fn what_is_enough_needs_no_remedy() {
        let checks = [
            threads(ThreadLimit { threads: 16_369, because: "vm.max_map_count".to_owned() }),
            handles(OpenFiles { now: 1024, ceiling: 20_000 }),
            ports(28_232),
            memory(MachineMemory { total: 1 << 34, available: 1 << 33 }),
            governor("performance"),
            accept_queue("4096"),
            virtual_machine("no"),
            cpus(&Split::of(&[0, 1])),
        ];
        for check in checks {
            assert_eq!((check.verdict, check.remedy), (Verdict::Ok, None), "{}", check.name);
        }
    }

    #[test]
    fn what_is_too_little_is_a_warning() {
        let checks = [
            handles(OpenFiles { now: 1024, ceiling: 4096 }),
            ports(1000),
            memory(MachineMemory { total: 1 << 30, available: 1 << 28 }),
            governor("powersave"),
            huge_pages("[always] madvise never"),
            accept_queue("128"),
            virtual_machine("yes"),
            cpus(&Split::of(&[0])),
        ];
        for check in checks {
            assert_eq!(check.verdict, Verdict::Warn, "{}", check.name);
            assert!(!check.meaning.is_empty(), "{}", check.name);
        }
    }
}
