//! What a process holds now, and what the kernel holds on behalf of everybody: memory, handles,
//! threads, maps.
//!
//! Reading it walks all maps of the process, a few microseconds for each of them, so it is for
//! moments in which nothing is timed.

use super::facts::{bytes, value_of};
use super::smaps::Census;
use super::{Unavailable, os};

/// What a process holds. Sizes are in bytes; what the system keeps to itself is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Anonymous resident memory: stacks and heap.
    pub user: u64,
    /// The part of it that is stacks of threads: what stands on a guard, see `machine/smaps.rs`.
    pub stacks: Option<u64>,
    /// Its page tables.
    pub page_tables: Option<u64>,
    /// Living threads.
    pub threads: u64,
    /// Open file handles.
    pub handles: Option<u64>,
    /// Memory maps.
    pub maps: Option<u64>,
}

/// What a process holds now.
///
/// # Errors
/// When there is no such process, it belongs to somebody else, or the system does not tell.
pub fn footprint(pid: u32) -> Result<Footprint, Unavailable> {
    let status = os::read(&format!("/proc/{pid}/status"))?;
    // Nobody but the owner of a process may read its maps and handles.
    let census = os::read(&format!("/proc/{pid}/smaps")).ok().map(|smaps| Census::of(&smaps));
    let handles = os::names_in(&format!("/proc/{pid}/fd")).ok();
    let size = |name: &str| value_of(&status, name).and_then(bytes);
    // The sum over the maps is exact; the kernel's own sum is put together from one per CPU.
    let user = census.map(|census| census.anonymous).or_else(|| size("RssAnon"));
    let user = user.ok_or_else(|| Unavailable::new("user memory", &"no process tells it here"))?;
    Ok(Footprint {
        user,
        stacks: census.map(|census| census.stacks),
        page_tables: size("VmPTE"),
        threads: value_of(&status, "Threads").and_then(|text| text.parse().ok()).unwrap_or(1),
        handles: handles.map(|names| names.len() as u64),
        maps: census.map(|census| census.maps),
    })
}

/// What the kernel holds for the whole machine, in bytes. Its sums are put together from one per
/// CPU and may be some hundred KiB off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KernelMemory {
    /// Kernel stacks of all threads.
    pub stacks: Option<u64>,
    /// Objects that cannot be given back: sockets, threads, maps and all else that it keeps books on.
    pub objects: Option<u64>,
}

/// What the kernel holds now; nothing where the system does not tell.
#[must_use]
pub fn kernel_memory() -> KernelMemory {
    let text = os::read("/proc/meminfo").unwrap_or_default();
    let size = |name: &str| value_of(&text, name).and_then(bytes);
    KernelMemory { stacks: size("KernelStack"), objects: size("SUnreclaim") }
}

/// Whether that process has a listening socket on that TCP port. A server in a network namespace
/// of its own is asked about the ports of that.
///
/// # Errors
/// When there is no such process, it belongs to somebody else, or the system does not tell.
pub fn listens(pid: u32, port: u16) -> Result<bool, Unavailable> {
    let folder = format!("/proc/{pid}/fd");
    let handles = os::names_in(&folder)?;
    let held = |handle: &String| os::link(&format!("{folder}/{handle}")).ok();
    let held: Vec<String> = handles.iter().filter_map(held).collect();
    let tables = ["tcp", "tcp6"].map(|name| os::read(&format!("/proc/{pid}/net/{name}")));
    let text: String = tables.into_iter().flatten().collect();
    let mut sockets = text.lines().filter_map(|line| listener(line, port));
    Ok(sockets.any(|inode| held.contains(&format!("socket:[{inode}]"))))
}

/// The inode of a line of `/proc/net/tcp`, when it is a listening socket on that port.
fn listener(line: &str, port: u16) -> Option<&str> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let is_it = u16::from_str_radix(local, 16) == Ok(port) && *fields.get(3)? == LISTEN;
    if is_it { fields.get(9).copied() } else { None }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::net::TcpListener;
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::*;

    /// Touches that many bytes of its own stack, and then waits twice.
    fn touch<const BYTES: usize>(barrier: &Barrier) {
        let mut deep = [0_u8; BYTES];
        black_box(&mut deep).fill(7);
        barrier.wait();
        barrier.wait();
        black_box(&deep);
    }

    #[test]
    fn what_threads_touch_of_their_stacks_is_seen_there_and_not_in_the_heap() {
        const THREADS: u64 = 40;
        const TOUCHED: usize = 400 * 1024;
        let Ok(Footprint { stacks: Some(before), .. }) = footprint(std::process::id()) else {
            return;
        };
        let barrier = Arc::new(Barrier::new(THREADS as usize + 1));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                let body = move || touch::<TOUCHED>(&barrier);
                thread::Builder::new().stack_size(1024 * 1024).spawn(body).unwrap()
            })
            .collect();
        barrier.wait();
        let after = footprint(std::process::id()).unwrap();
        barrier.wait();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // Tests beside this one have threads of their own, and may have heap as they like.
        let grown = after.stacks.unwrap() - before;
        let touched = THREADS * TOUCHED as u64;
        assert!(grown > touched - touched / 10, "{grown} of {touched} bytes");
        assert!(grown < touched + touched / 2, "{grown} for {touched} bytes");
        assert!(after.threads > THREADS && after.maps.unwrap() > 2 * THREADS);
    }

    #[test]
    fn memory_of_the_heap_is_not_in_the_stacks() {
        let Ok(before) = footprint(std::process::id()) else { return };
        // More than all tests beside this one have and give back meanwhile.
        const SIZE: usize = 256 << 20;
        let block = black_box(vec![1_u8; SIZE]);
        let after = footprint(std::process::id()).unwrap();
        let heap = |print: &Footprint| print.user - print.stacks.unwrap();
        assert!(heap(&after) > heap(&before) + SIZE as u64 / 2);
        assert!(after.stacks.unwrap() < before.stacks.unwrap() + SIZE as u64 / 4);
        assert!(after.page_tables.unwrap() > 0 && after.handles.unwrap() > 2);
        drop(block);
    }

    #[test]
    fn a_process_listens_where_it_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let us = std::process::id();
        let Ok(true) = listens(us, port) else {
            assert!(footprint(us).is_err(), "we do listen on {port}");
            return;
        };
        drop(listener);
        assert_eq!(listens(us, port), Ok(false));
        assert!(listens(u32::MAX, port).is_err());
    }

    #[test]
    fn a_listener_is_known_by_state_and_port() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0";
        assert_eq!(listener(line, 8080), Some("4711"));
        assert_eq!(listener(line, 8081), None);
        assert_eq!(listener(&line.replace(" 0A ", " 01 "), 8080), None);
        assert_eq!(listener("  sl  local_address rem_address   st", 8080), None);
    }
}
