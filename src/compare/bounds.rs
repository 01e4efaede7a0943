//! What this machine allows a server, in the schema's words.

use crate::machine;
use crate::results::{Bound, Bounds, Settings};

/// The bounds now, and that of the policy that the servers are given; `None` where there are none.
pub(super) fn of_this_machine(settings: &Settings) -> Option<Bounds> {
    let count = |most: usize| u64::try_from(most).unwrap_or(u64::MAX);
    let safe = |most: usize| count(machine::safe_part(most));
    let policy = settings.limits.get("connections").and_then(serde_json::Value::as_u64);
    let bound = |most, because: &str| Bound { most, because: because.to_owned() };
    let threads = machine::thread_limits().into_iter();
    // How many maps a connection takes is measured; so what threads would take is not guessed here.
    let threads = threads.filter(|limit| limit.because != MAPS).min_by_key(|limit| limit.threads);
    let maps = machine::setting(MAPS).ok().and_then(|text| text.parse().ok());
    let bounds = Bounds {
        memory: machine::available_memory().ok().map(|memory| bound(memory.bytes, &memory.because)),
        // A server raises its limit as far as it may by itself.
        handles: machine::open_files().ok().map(|files| bound(count(files.ceiling), "ulimit -n")),
        threads: threads.map(|limit| bound(safe(limit.threads), &limit.because)),
        maps: maps.map(|most| bound(safe(most), MAPS)),
        ports: machine::ephemeral_ports()
            .ok()
            .map(|ports| bound(count(ports), "net.ipv4.ip_local_port_range")),
        connections: policy.map(|most| bound(most, "limits.connections")),
    };
    (bounds != Bounds::default()).then_some(bounds)
}

const MAPS: &str = "vm.max_map_count";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Limits;

    #[test]
    fn every_bound_says_what_sets_it() {
        let settings = Settings { limits: Limits::default().to_map(), ..Settings::default() };
        let Bounds { memory, handles, threads, maps, ports, connections } =
            of_this_machine(&settings).unwrap();
        assert!(connections.is_some());
        if machine::memory().is_err() {
            assert_eq!(of_this_machine(&Settings::default()), None);
            return;
        }
        let all = [memory, handles, threads, maps, ports];
        assert!(all.iter().flatten().count() >= 4, "{all:?}");
        assert!(all.iter().flatten().all(|bound| bound.most > 0 && !bound.because.is_empty()));
    }
}
