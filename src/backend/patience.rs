//! A socket that gives up on a reader who takes nothing, and that counts its system calls.
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

use crate::chat::Rooms;

/// A connection whose writes fail when none of them has made progress for a while.
#[derive(Debug)]
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    rooms: Arc<Rooms>,
    /// Running while a write waits.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(super) fn new(stream: TcpStream, rooms: &Arc<Rooms>) -> Self {
        let patience = rooms.limits().write_deadline;
        Patient { stream, patience, rooms: Arc::clone(rooms), deadline: None }
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    /// Looks at what has come first without taking it.
    pub(super) async fn peek(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.rooms.stats().reads.add(1);
        self.stream.peek(buffer).await
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
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
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
