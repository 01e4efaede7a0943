//! One direction of a connection: read, keep, edit, let it take its time, write.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::fault::Edit;
use super::{Fault, Line, Way};
use crate::plan::Random;

/// The most that is read at once on a narrow way, in bytes.
pub(super) const PIECE: usize = 4 * 1024;
/// The most that is read at once on any other.
const GULP: usize = 64 * 1024;
/// How much time a narrow way may make good.
const CATCH_UP: Duration = Duration::from_millis(10);

/// A piece of the stream and when it is due.
type Piece = (Instant, Vec<u8>);

/// What happens to a direction once so many bytes have gone through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble {
    after: u64,
    fault: Fault,
}

impl Trouble {
    /// The trouble a fault makes for the next connection.
    pub(super) fn of(fault: Option<Fault>, random: &mut Random) -> Option<Self> {
        let fault = fault?;
        let (Fault::Drop(low, high) | Fault::Stall(low, high, _) | Fault::HalfClose(low, high)) =
            fault
        else {
            return None;
        };
        Some(Trouble { after: low + random.below(high.saturating_sub(low) + 1), fault })
    }
}

/// What a direction is like.
pub(super) struct Pipe {
    pub(super) way: Way,
    pub(super) edit: Box<dyn Edit>,
    pub(super) trouble: Option<Trouble>,
    pub(super) connected: Instant,
    pub(super) line: Arc<Line>,
}

/// Carries one direction.
///
/// # Errors
/// When there is no thread to be had.
pub(super) fn pipe(
    (from, to): (TcpStream, TcpStream),
    pipe: Pipe,
    random: Random,
    keep: impl Fn(&[u8]) + Send + 'static,
) -> io::Result<()> {
    let (queue, pieces): (Sender<Piece>, Receiver<Piece>) = channel();
    Builder::new().spawn(move || collect(from, pipe, random, keep, &queue))?;
    Builder::new().spawn(move || deliver(&pieces, to))?;
    Ok(())
}

fn collect(
    mut from: TcpStream,
    mut pipe: Pipe,
    mut random: Random,
    keep: impl Fn(&[u8]),
    queue: &Sender<Piece>,
) {
    let mut buffer = vec![0; if pipe.way.bandwidth.is_some() { PIECE } else { GULP }];
    let begun = Instant::now();
    let (mut through, mut free, mut due) = (0, pipe.connected, pipe.connected);
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..read];
        pipe.line.touch();
        keep(bytes);
        through += read as u64;
        let end = trouble(&mut pipe, through);
        let now = Instant::now();
        // A narrow way may catch up on what a late wake-up has cost it, and no more.
        let since =
            if pipe.way.bandwidth.is_some() { now - CATCH_UP.min(now - begun) } else { now };
        free = free.max(since);
        if let Some(bandwidth) = pipe.way.bandwidth {
            // A piece has left when its last byte has; until then no other one is read.
            free += Duration::from_secs_f64(read as f64 / bandwidth.max(1) as f64);
            thread::sleep(free.saturating_duration_since(Instant::now()));
        }
        let jitter = random.below(pipe.way.jitter.as_nanos() as u64 + 1);
        due = due.max(free.max(now) + pipe.way.delay + Duration::from_nanos(jitter));
        let bytes = pipe.edit.take(bytes);
        if !bytes.is_empty() && queue.send((due, bytes)).is_err() || end {
            return;
        }
    }
    let rest = pipe.edit.rest();
    if !rest.is_empty() {
        // Nobody is left to take it if this fails.
        drop(queue.send((Instant::now() + pipe.way.delay, rest)));
    }
}

/// Makes trouble when it is time; gives whether the direction has ended by it.
fn trouble(pipe: &mut Pipe, through: u64) -> bool {
    let Some(trouble) = pipe.trouble.take_if(|trouble| through >= trouble.after) else {
        return false;
    };
    match trouble.fault {
        Fault::Drop(..) => pipe.line.cut(),
        Fault::Stall(_, _, time) => thread::sleep(time),
        _ => {}
    }
    !matches!(trouble.fault, Fault::Stall(..))
}

fn deliver(pieces: &Receiver<Piece>, mut to: TcpStream) {
    while let Ok((due, bytes)) = pieces.recv() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    // The end of one direction is passed on; the other may have more to say.
    drop(to.shutdown(Shutdown::Write));
}
