//! What this machine allows a server, in the schema's words.

use crate::machine;
use crate::results::{Bound, Bounds};

/// The bounds now; `None` where the system tells none of them.
pub(super) fn of_this_machine() -> Option<Bounds> {
    let count = |most: usize| u64::try_from(most).unwrap_or(u64::MAX);
    let bound = |most, because: &str| Bound { most, because: because.to_owned() };
    let threads = machine::thread_limits().into_iter();
    // How many maps a connection takes is measured; so what threads would take is not guessed here.
    let threads = threads.filter(|limit| limit.because != MAPS).min_by_key(|limit| limit.threads);
    let maps = machine::setting(MAPS).ok().and_then(|text| text.parse().ok());
    let bounds = Bounds {
        memory: machine::available_memory().ok().map(|memory| bound(memory.bytes, &memory.because)),
        // A server raises its limit as far as it may by itself.
        handles: machine::open_files().ok().map(|files| bound(count(files.ceiling), "ulimit -n")),
        threads: threads.map(|limit| bound(count(limit.threads), &limit.because)),
        maps: maps.map(|most| bound(most, MAPS)),
        ports: machine::ephemeral_ports()
            .ok()
            .map(|ports| bound(count(ports), "net.ipv4.ip_local_port_range")),
    };
    (bounds != Bounds::default()).then_some(bounds)
}

const MAPS: &str = "vm.max_map_count";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_says_what_sets_it() {
        let Some(Bounds { memory, handles, threads, maps, ports }) = of_this_machine() else {
            assert!(machine::memory().is_err());
            return;
        };
        let all = [memory, handles, threads, maps, ports];
        assert!(all.iter().flatten().count() >= 4, "{all:?}");
        assert!(all.iter().flatten().all(|bound| bound.most > 0 && !bound.because.is_empty()));
    }
}
