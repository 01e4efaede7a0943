//! A socket that gives up on a reader who takes nothing, that lets only strict requests through,
//! and that counts its system calls.
//!
//! A task that waits for a socket to take bytes waits for ever when the other side has stopped
//! reading but keeps the connection. hyper has deadlines for reading requests and none for writing
//! answers, so the deadline sits below it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{self, Sleep};

use super::gate::Gate;
use super::rewording;
use crate::chat::Rooms;

/// A connection whose writes fail when none of them has made progress for a while.
#[derive(Debug)]
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    rooms: Arc<Rooms>,
    /// Running while a write waits.
    deadline: Option<Pin<Box<Sleep>>>,
    gate: Gate,
    /// What is wrong with the request that is just being refused.
    complaint: Option<&'static str>,
}

impl Patient {
    pub(super) fn new(stream: TcpStream, rooms: &Arc<Rooms>) -> Self {
        let patience = rooms.limits().write_deadline;
        let (rooms, gate) = (Arc::clone(rooms), Gate::new());
        Patient { stream, patience, rooms, deadline: None, gate, complaint: None }
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    /// Writes; what hyper says by itself is said in our words. Refusals are short and the last thing
    /// on their connection, so what a full socket does not take of one is not worth waiting for.
    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match rewording::of(bytes, self.complaint) {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(reworded) => {
                let written = ready!(Pin::new(&mut self.stream).poll_write(context, &reworded));
                Poll::Ready(written.map(|_| bytes.len()))
            }
        }
    }

    /// Passes on what a write came to, and keeps the time while it comes to nothing.
    fn limit(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.deadline = None;
            if let Poll::Ready(Ok(_)) = written {
                self.rooms.stats().writes.add(1);
            }
            return written;
        }
        let patience = self.patience;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(time::sleep(patience)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // While the runtime knows that nothing has come, the kernel is not asked.
        ready!(self.stream.poll_read_ready(context))?;
        self.rooms.stats().reads.add(1);
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let Patient { gate, complaint, .. } = &mut *self;
        let come = &mut buffer.filled_mut()[before..];
        if let Err(why) = gate.pass(come) {
            // hyper is given what no request looks like, and so refuses it in its own way.
            *complaint = Some(why);
            come.fill(0);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.write(context, bytes);
        self.limit(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match pieces {
            [piece] => self.write(context, piece),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        };
        self.limit(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
