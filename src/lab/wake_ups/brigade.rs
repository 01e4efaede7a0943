//! A bucket brigade: each waits for a byte and hands it on, and the last one to the first again.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How a byte is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    /// From task to task, through a channel.
    TaskMemory,
    /// From thread to thread, through a channel.
    ThreadMemory,
    /// From task to task, over TCP.
    TaskSocket,
    /// From thread to thread, over TCP.
    ThreadSocket,
}

/// Enough for handing on a byte.
const STACK: usize = 64 * 1024;

/// The time of a hop in nanoseconds, in a row of so many, in the fastest of so many rounds: noise
/// makes a round slower and never faster. A first round is not counted.
///
/// # Errors
/// When the threads or sockets are not to be had.
pub(super) fn hop(kind: Hop, row: usize, rounds: u32) -> io::Result<f64> {
    let took = match kind {
        Hop::ThreadMemory => threads_in_memory(row, rounds)?,
        Hop::ThreadSocket => threads_over_sockets(row, rounds)?,
        Hop::TaskMemory => runtime()?.block_on(tasks_in_memory(row, rounds)),
        Hop::TaskSocket => {
            let runtime = runtime()?;
            let lines = lines(row + 1)?;
            runtime.block_on(tasks_over_sockets(lines, rounds))?
        }
    };
    Ok(took.as_nanos() as f64 / (row + 1) as f64)
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Plays the rounds and gives the time of the fastest; the first is not counted.
fn timed(rounds: u32, mut round: impl FnMut() -> io::Result<()>) -> io::Result<Duration> {
    round()?;
    let mut fastest = Duration::MAX;
    for _ in 0..rounds.max(1) {
        let begun = Instant::now();
        round()?;
        fastest = fastest.min(begun.elapsed());
    }
    Ok(fastest)
}

fn gone<E>(_: E) -> io::Error {
    io::Error::other("the brigade has broken off")
}

fn threads_in_memory(row: usize, rounds: u32) -> io::Result<Duration> {
    let (first, mut from) = mpsc::sync_channel::<u8>(1);
    for _ in 0..row {
        let (to, next) = mpsc::sync_channel(1);
        let body = move || while from.recv().is_ok_and(|byte| to.send(byte).is_ok()) {};
        Builder::new().stack_size(STACK).spawn(body)?;
        from = next;
    }
    timed(rounds, || {
        first.send(1).map_err(gone)?;
        from.recv().map(drop).map_err(gone)
    })
}

async fn tasks_in_memory(row: usize, rounds: u32) -> Duration {
    let (first, mut from) = tokio::sync::mpsc::channel::<u8>(1);
    for _ in 0..row {
        let (to, next) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(byte) = from.recv().await {
                if to.send(byte).await.is_err() {
                    break;
                }
            }
        });
        from = next;
    }
    let mut fastest = Duration::MAX;
    for round in 0..=rounds {
        let begun = Instant::now();
        // The tasks end with the runtime, not before: both calls succeed.
        if first.send(1).await.is_err() || from.recv().await.is_none() {
            break;
        }
        if round > 0 {
            fastest = fastest.min(begun.elapsed());
        }
    }
    fastest
}

/// So many connections, each with its two ends.
fn lines(count: usize) -> io::Result<Vec<(TcpStream, TcpStream)>> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    let line = |_| {
        let near = TcpStream::connect(addr)?;
        let (far, _) = listener.accept()?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        Ok((near, far))
    };
    (0..count).map(line).collect()
}

fn threads_over_sockets(row: usize, rounds: u32) -> io::Result<Duration> {
    let mut lines = lines(row + 1)?.into_iter();
    let (mut first, mut from) = lines.next().ok_or(io::ErrorKind::NotFound)?;
    let took = thread::scope(|scope| {
        for (mut to, next) in lines {
            let body = move || {
                let mut byte = [0];
                while from.read_exact(&mut byte).is_ok() && to.write_all(&byte).is_ok() {}
            };
            Builder::new().stack_size(STACK).spawn_scoped(scope, body)?;
            from = next;
        }
        let took = timed(rounds, || {
            first.write_all(&[1])?;
            from.read_exact(&mut [0])
        });
        // The first end closes, and the brigade ends one after the other.
        drop((first, from));
        took
    })?;
    Ok(took)
}

async fn tasks_over_sockets(
    lines: Vec<(TcpStream, TcpStream)>,
    rounds: u32,
) -> io::Result<Duration> {
    let end = |stream: TcpStream| {
        stream.set_nonblocking(true)?;
        tokio::net::TcpStream::from_std(stream)
    };
    let mut lines = lines.into_iter();
    let (first, from) = lines.next().ok_or(io::ErrorKind::NotFound)?;
    let (mut first, mut from) = (end(first)?, end(from)?);
    for (to, next) in lines {
        let (mut to, next) = (end(to)?, end(next)?);
        tokio::spawn(async move {
            let mut byte = [0];
            while from.read_exact(&mut byte).await.is_ok() && to.write_all(&byte).await.is_ok() {}
        });
        from = next;
    }
    let mut fastest = Duration::MAX;
    for round in 0..=rounds {
        let begun = Instant::now();
        first.write_all(&[1]).await?;
        from.read_exact(&mut [0]).await?;
        if round > 0 {
            fastest = fastest.min(begun.elapsed());
        }
    }
    Ok(fastest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_comes_back_whoever_hands_it_on() {
        for kind in [Hop::TaskMemory, Hop::ThreadMemory, Hop::TaskSocket, Hop::ThreadSocket] {
            assert!(hop(kind, 3, 2).unwrap() > 0.0, "{kind:?}");
        }
    }
}
