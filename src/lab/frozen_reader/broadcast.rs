//! A server that sends everything to everybody, with one of three ways to treat who does not read.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::super::actor::Actor;
use super::super::{How, NoData, both};
use crate::machine::{self, Unavailable};

/// Bytes of a message.
const BYTES: usize = 64 * 1024;
/// Time between two: 32 MB a second.
const PACE: Duration = Duration::from_millis(2);
/// Members that go on reading.
const OTHERS: usize = 3;
/// Messages in a short queue.
const SHORT: usize = 32;
/// Messages before the freeze.
const BEFORE: u32 = 20;

/// What to do with a member that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Write to one after the other, and wait where one has no room.
    Blocking,
    /// A queue for each, as long as it gets.
    Unbounded,
    /// A short queue for each; who fills it is cut off.
    Hangs,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Course {
    /// The longest time that one of the others waited for a message, in nanoseconds.
    pub(super) longest_wait: f64,
    /// Bytes that the frozen member's connection took since the freeze.
    pub(super) taken: u64,
    /// Bytes that stood in its queue at the end.
    pub(super) queued: u64,
}

/// Why freezing is not possible, in German.
pub(super) fn no_freezing(why: &Unavailable) -> String {
    format!("Einen Prozess einzufrieren geht hier nicht: {why}")
}

/// A way to a member.
enum Way {
    /// Its connection itself.
    Direct(TcpStream),
    /// A queue to a thread that writes.
    Queue(SyncSender<Vec<u8>>),
    /// The same without an end.
    Endless(Sender<Vec<u8>>),
    /// Nobody there any more.
    Gone,
}

/// A member as the server sees it.
struct Member {
    way: Way,
    counts: Arc<Counts>,
}

/// What is counted of a member.
#[derive(Debug, Default)]
struct Counts {
    queued: AtomicU64,
    written: AtomicU64,
}

/// Plays one policy: some messages, a freeze, and as many more as fit in the time.
///
/// # Errors
/// When freezing is not possible here, or a member cannot join.
pub(super) fn play(policy: Policy, how: &How<'_>) -> Result<Course, NoData> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    let frozen = Actor::start(&["sink", &addr.to_string()])?;
    let (cold, _) = listener.accept()?;
    let handle = cold.try_clone()?;
    let mut members = vec![Member::by(policy, cold)?];
    let waits = Arc::new(Mutex::new(Duration::ZERO));
    let mut readers = Vec::new();
    for _ in 0..OTHERS {
        let waits = Arc::clone(&waits);
        readers.push(Builder::new().spawn(move || read(addr, &waits))?);
        let (stream, _) = listener.accept()?;
        members.push(Member::by(policy, stream)?);
    }
    let outcome = speak(&mut members, frozen.pid(), how, &handle);
    // Everybody hangs up: who writes to the frozen one is freed, and who reads sees the end.
    drop(handle.shutdown(std::net::Shutdown::Both));
    drop(members);
    readers.into_iter().for_each(|reader| drop(reader.join()));
    let (taken, queued) = outcome?;
    let longest = *waits.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Course { longest_wait: longest.as_nanos() as f64, taken, queued })
}

/// Sends to everybody and gives what the frozen member took since the freeze, and what waits for it.
fn speak(
    members: &mut [Member],
    frozen: u32,
    how: &How<'_>,
    handle: &TcpStream,
) -> Result<(u64, u64), NoData> {
    for _ in 0..BEFORE {
        how.pause(PACE)?;
        members.iter_mut().for_each(Member::send);
    }
    if let Err(why) = machine::freeze(frozen) {
        return Err(NoData::NotHere(both(&why.to_string(), &no_freezing(&why))));
    }
    let counts = Arc::clone(&members[0].counts);
    let before = counts.written.load(Ordering::Relaxed);
    let time = Duration::from_millis(how.scale(100, 1_200, 6_000));
    let begun = Instant::now();
    // A write that waits for the frozen member is ended with the time, not before.
    let ender = handle.try_clone()?;
    thread::scope(|scope| {
        Builder::new().spawn_scoped(scope, move || {
            thread::sleep(time);
            drop(ender.shutdown(std::net::Shutdown::Both));
        })?;
        while begun.elapsed() < time && how.go_on().is_ok() {
            thread::sleep(PACE);
            members.iter_mut().for_each(Member::send);
        }
        io::Result::Ok(())
    })?;
    how.go_on()?;
    let taken = counts.written.load(Ordering::Relaxed) - before;
    Ok((taken, counts.queued.load(Ordering::Relaxed)))
}

impl Member {
    /// A member that is treated by that policy.
    fn by(policy: Policy, stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let way = match policy {
            Policy::Blocking => Way::Direct(stream),
            Policy::Unbounded => {
                let (sender, receiver) = channel();
                Builder::new().spawn(move || write(stream, &receiver, &counted))?;
                Way::Endless(sender)
            }
            Policy::Hangs => {
                let (sender, receiver) = sync_channel(SHORT);
                Builder::new().spawn(move || write(stream, &receiver, &counted))?;
                Way::Queue(sender)
            }
        };
        Ok(Member { way, counts })
    }

    /// Sends it a message; who cannot take it any more is gone.
    fn send(&mut self) {
        let message = vec![b'x'; BYTES];
        self.counts.queued.fetch_add(BYTES as u64, Ordering::Relaxed);
        let sent = match &mut self.way {
            Way::Direct(stream) => write_counted(stream, &message, &self.counts),
            Way::Endless(queue) => queue.send(message).is_ok(),
            Way::Queue(queue) => queue.try_send(message).is_ok(),
            Way::Gone => return,
        };
        if !sent {
            self.way = Way::Gone;
        }
    }
}

/// Writes what is queued.
fn write(mut stream: TcpStream, queue: &Receiver<Vec<u8>>, counts: &Counts) {
    while let Ok(message) = queue.recv() {
        if !write_counted(&mut stream, &message, counts) {
            break;
        }
    }
}

/// Writes a message and counts every byte that the kernel took; says whether it took all.
fn write_counted(stream: &mut TcpStream, mut left: &[u8], counts: &Counts) -> bool {
    while let Ok(written @ 1..) = stream.write(left) {
        counts.queued.fetch_sub(written as u64, Ordering::Relaxed);
        counts.written.fetch_add(written as u64, Ordering::Relaxed);
        left = &left[written..];
        if left.is_empty() {
            return true;
        }
    }
    false
}

/// Reads to the end and keeps the longest wait for a message but the first.
fn read(addr: SocketAddr, waits: &Mutex<Duration>) -> io::Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut message = vec![0; BYTES];
    stream.read_exact(&mut message)?;
    loop {
        let before = Instant::now();
        let whole = stream.read_exact(&mut message).is_ok();
        // The end counts as well: whoever was not told anything has waited until then.
        let mut longest = waits.lock().unwrap_or_else(PoisonError::into_inner);
        *longest = longest.max(before.elapsed());
        if !whole {
            return Ok(());
        }
    }
}
