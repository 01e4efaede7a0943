//! One reading of a server's memory, taken when it has come to rest.

use std::thread;
use std::time::{Duration, Instant};

use crate::machine;
use crate::results::MemoryPoint;

/// A server that used no processor time for so long is at rest.
const REST: Duration = Duration::from_millis(5);
/// A server that does not come to rest is read after this time all the same.
const PATIENCE: Duration = Duration::from_millis(250);

/// Reads what the server holds with so many members connected; `None` where it cannot be read.
pub(super) fn read(pid: u32, members: u32) -> Option<MemoryPoint> {
    wait_for_rest(pid);
    let kernel = machine::kernel_memory();
    let server = machine::footprint(pid).ok()?;
    Some(MemoryPoint {
        connections: u64::from(members),
        user: server.user,
        stacks: server.stacks,
        page_tables: server.page_tables,
        kernel_stacks: kernel.stacks,
        kernel_objects: kernel.objects,
        threads: server.threads,
        handles: server.handles,
        maps: server.maps,
    })
}

/// The last member knows that it has joined a moment before the server is done with it: buffers are
/// still to be given back, a second thread is still to take its stack.
fn wait_for_rest(pid: u32) {
    let give_up = Instant::now() + PATIENCE;
    let mut before = machine::cpu_ns(pid).ok();
    while before.is_some() && Instant::now() < give_up {
        thread::sleep(REST);
        let now = machine::cpu_ns(pid).ok();
        if now == before {
            return;
        }
        before = now;
    }
}
