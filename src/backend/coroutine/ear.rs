//! The two halves of a connection, which count their system calls: what tungstenite reads from and
//! would write to, and where everything goes out.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::backend::progress::Progress;
use crate::chat::Rooms;

/// The read side of a connection as tungstenite sees it. Reading RFC 6455 also *writes*: pongs, and
/// the answer to a close. Those must not slip in between the pieces of a frame that is just going
/// out, so they are collected here and join the one buffer.
pub(super) struct Ear {
    pub(super) half: OwnedReadHalf,
    pub(super) replies: Vec<u8>,
    pub(super) progress: Progress,
    pub(super) rooms: Arc<Rooms>,
}

impl Ear {
    /// Waits until the member has sent something; `unheard` says that it has.
    ///
    /// Asking the socket costs less than asking tungstenite, which would get its buffer ready to
    /// read and find nothing each time the room wakes this task.
    pub(super) async fn readable(&self, unheard: bool) {
        poll_fn(|context| match unheard {
            true => Poll::Ready(()),
            // An error counts as readable: reading will tell what it is.
            false => self.half.as_ref().poll_read_ready(context).map(|_| ()),
        })
        .await;
    }
}

impl AsyncRead for Ear {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // While the runtime knows that nothing has come, the kernel is not asked.
        ready!(self.half.as_ref().poll_read_ready(context))?;
        self.rooms.stats().reads.add(1);
        ready!(Pin::new(&mut self.half).poll_read(context, buffer))?;
        Poll::Ready(self.progress.bytes())
    }
}

impl AsyncWrite for Ear {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.replies.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The write side of a connection.
pub(super) struct Mouth {
    pub(super) half: OwnedWriteHalf,
    pub(super) rooms: Arc<Rooms>,
}

impl Mouth {
    /// Writes what the socket takes at once.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.half.try_write(bytes)?;
        self.rooms.stats().writes.add(1);
        Ok(written)
    }
}

impl AsyncWrite for Mouth {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.half).poll_write(context, bytes))?;
        self.rooms.stats().writes.add(1);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.half).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.half).poll_shutdown(context)
    }
}
