//! What the reader and the writer of one connection share: the socket, and an outbox with
//! backpressure, through which the reader hands over what must be written besides the room's messages.

use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::socket::Socket;
use crate::units;

/// A connection with two ends of work: one thread reads, the other is the only one that writes.
pub(super) struct Line {
    stream: Arc<Socket>,
    outbox: Mutex<Outbox>,
    /// Rung by the writer when the outbox is empty again.
    emptied: Condvar,
    /// How many bytes may wait in the outbox.
    most: usize,
    writer: OnceLock<Thread>,
    reader_done: AtomicBool,
    opened: Instant,
    /// When the member was last heard, in nanoseconds after `opened`.
    heard: AtomicU64,
}

/// The reader's end of a line. However the reader ends, by a mistake of ours too, the writer hears
/// of it when this is dropped.
pub(super) struct ReaderEnd(pub(super) Arc<Line>);

impl Drop for ReaderEnd {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

/// The writer's end of a line. When a mistake of ours ends the writer, nobody will speak to the
/// member any more, and the reader must not wait for room in an outbox that nobody empties.
pub(super) struct WriterEnd<'a>(pub(super) &'a Line);

impl Drop for WriterEnd<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.give_up();
        }
    }
}

/// What the reader wants to have written besides what the room says.
#[derive(Default)]
struct Outbox {
    bytes: Vec<u8>,
    mood: Mood,
}

/// What the writer may still do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    /// Send what the room says.
    #[default]
    Talking,
    /// Send only what the reader hands over: a close frame is on its way, and nothing of the room
    /// may follow it (RFC 6455 §5.5.1).
    Listening,
    /// Send what is left and end.
    Finished,
}

impl Line {
    pub(super) fn new(stream: Arc<Socket>, most: usize) -> Self {
        Line {
            stream,
            outbox: Mutex::default(),
            emptied: Condvar::new(),
            most,
            writer: OnceLock::new(),
            reader_done: AtomicBool::new(false),
            opened: Instant::now(),
            heard: AtomicU64::new(0),
        }
    }

    /// The socket.
    pub(super) fn stream(&self) -> &Socket {
        &self.stream
    }

    /// The calling thread is the writer from now on: the one that is unparked when there is
    /// something to write.
    pub(super) fn become_writer(&self) {
        // There is one writer per line, so nobody can have been first.
        let _ = self.writer.set(thread::current());
    }

    /// Hands bytes to the writer: whole frames, so that frames never mix.
    ///
    /// Blocks while too much is waiting: a member that asks and asks but does not read the answers
    /// is not listened to until it does. The writer gives up on it after the write deadline.
    pub(super) fn push(&self, append: impl FnOnce(&mut Vec<u8>)) {
        {
            // slide: backpressure
            let full = |outbox: &mut Outbox| {
                outbox.bytes.len() > self.most && outbox.mood != Mood::Finished
            };
            let waited = self.emptied.wait_while(self.lock(), full);
            let mut outbox = waited.unwrap_or_else(PoisonError::into_inner);
            // slide: end
            if outbox.mood == Mood::Finished {
                return;
            }
            append(&mut outbox.bytes);
        }
        self.wake_writer();
    }

    /// Nothing of the room is to be sent any more.
    pub(super) fn hush(&self) {
        let mut outbox = self.lock();
        outbox.mood = outbox.mood.max(Mood::Listening);
    }

    /// Hands the last bytes to the writer, which ends after them.
    pub(super) fn finish(&self, append: impl FnOnce(&mut Vec<u8>)) {
        {
            let mut outbox = self.lock();
            if outbox.mood != Mood::Finished {
                append(&mut outbox.bytes);
                outbox.mood = Mood::Finished;
            }
        }
        self.emptied.notify_one();
        self.wake_writer();
    }

    /// Nobody is there any more: the reader must not wait for what will never come.
    pub(super) fn give_up(&self) {
        self.finish(|_| {});
        // A socket that is already closed has nobody blocked on it.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// The reader is done: so is the writer, as soon as it has sent what is left.
    fn hang_up(&self) {
        self.reader_done.store(true, Ordering::Release);
        self.finish(|_| {});
    }

    /// Waits until the reader is done; false when it is not in time.
    pub(super) fn wait_for_reader(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while !self.reader_done.load(Ordering::Acquire) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            thread::park_timeout(left);
        }
        true
    }

    /// Moves what was handed over to the end of `out`.
    pub(super) fn take(&self, out: &mut Vec<u8>) -> Mood {
        let outbox = &mut *self.lock();
        if !outbox.bytes.is_empty() {
            out.append(&mut outbox.bytes);
            self.emptied.notify_one();
        }
        outbox.mood
    }

    /// The member gave a sign of life.
    pub(super) fn heard(&self) {
        self.heard.store(units::nanos(self.opened.elapsed()), Ordering::Relaxed);
    }

    /// When the member last gave a sign of life.
    pub(super) fn last_heard(&self) -> Instant {
        self.opened + Duration::from_nanos(self.heard.load(Ordering::Relaxed))
    }

    fn wake_writer(&self) {
        // A writer that has not begun yet looks into the outbox before it parks.
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::chat::{Limits, Rooms};

    /// A line, and the member at its other end.
    fn line() -> (Arc<Line>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Socket::new(stream, None, Rooms::new(Limits::default())).unwrap();
        (Arc::new(Line::new(socket, 1024)), listener.accept().unwrap().0)
    }

    #[test]
    fn a_writer_that_panics_takes_its_reader_along() {
        let (line, mut member) = line();
        let writers = Arc::clone(&line);
        let writer = thread::Builder::new().spawn(move || {
            let _end = WriterEnd(&writers);
            panic!("a mistake of ours, made for this test");
        });
        assert!(writer.unwrap().join().is_err());
        line.push(|out| out.resize(5000, 0));
        line.push(|_| panic!("nobody empties the outbox any more"));
        assert_eq!(line.stream().read_raw(&mut [0]).unwrap(), 0, "the reader is woken");
        assert_eq!(member.read(&mut [0]).unwrap(), 0, "the member is told");
    }

    #[test]
    fn a_reader_that_panics_takes_its_writer_along() {
        let (line, _member) = line();
        let end = ReaderEnd(Arc::clone(&line));
        let reader = thread::Builder::new().spawn(move || {
            let _end = end;
            panic!("a mistake of ours, made for this test");
        });
        assert!(reader.unwrap().join().is_err());
        assert_eq!(line.take(&mut Vec::new()), Mood::Finished);
        assert!(line.wait_for_reader(Duration::ZERO), "nobody is waited for");
    }
}
