//! The two halves of a connection, which count their system calls: what tungstenite reads from and
//! would write to, and where everything goes out.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::super::progress::Progress;
use super::super::stream::Stream;
use super::sealed::{SealedEar, SealedMouth};
use crate::chat::Rooms;

/// The two ends of a connection.
pub(super) fn split(stream: Stream, rooms: &Arc<Rooms>) -> (Ear, Mouth) {
    let (ear, mouth) = match stream {
        Stream::Plain(stream) => {
            let (read, write) = stream.into_inner().into_split();
            (Heard::Plain(read), Said::Plain(write))
        }
        Stream::Tls(stream) => {
            let (read, write) = tokio::io::split(stream);
            (Heard::Tls(Box::new(SealedEar::new(read))), Said::Tls(SealedMouth::new(write)))
        }
    };
    let progress = Progress::new(rooms.limits().frame_deadline);
    let ear = Ear { half: ear, replies: Vec::new(), progress, rooms: Arc::clone(rooms) };
    (ear, Mouth { half: mouth, rooms: Arc::clone(rooms) })
}

/// The read side of a connection as tungstenite sees it. Reading RFC 6455 also *writes*: pongs, and
/// the answer to a close. Those must not slip in between the pieces of a frame that is just going
/// out, so they are collected here and join the one buffer.
pub(super) struct Ear {
    half: Heard,
    pub(super) replies: Vec<u8>,
    pub(super) progress: Progress,
    rooms: Arc<Rooms>,
}

/// What the ear hears.
enum Heard {
    Plain(OwnedReadHalf),
    Tls(Box<SealedEar>),
}

impl Ear {
    /// Waits until the member has sent something; `unheard` says that it has.
    ///
    /// Asking the socket costs less than asking tungstenite, which would get its buffer ready to
    /// read and find nothing each time the room wakes this task.
    pub(super) async fn readable(&mut self, unheard: bool) {
        poll_fn(|context| match (unheard, &mut self.half) {
            (true, _) => Poll::Ready(()),
            // An error counts as readable: reading will tell what it is.
            (false, Heard::Plain(half)) => half.as_ref().poll_read_ready(context).map(|_| ()),
            (false, Heard::Tls(half)) => half.poll_readable(context),
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
        let Ear { half, rooms, progress, .. } = &mut *self;
        match half {
            Heard::Plain(half) => {
                // While the runtime knows that nothing has come, the kernel is not asked.
                ready!(half.as_ref().poll_read_ready(context))?;
                rooms.stats().reads.add(1);
                ready!(Pin::new(half).poll_read(context, buffer))?;
            }
            Heard::Tls(half) => ready!(half.poll_read(context, buffer))?,
        }
        Poll::Ready(progress.bytes())
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
    half: Said,
    rooms: Arc<Rooms>,
}

/// What the mouth speaks through.
enum Said {
    Plain(OwnedWriteHalf),
    Tls(SealedMouth),
}

impl Mouth {
    /// Writes what the socket takes at once.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.half {
            Said::Plain(half) => {
                let written = half.try_write(bytes)?;
                self.rooms.stats().writes.add(1);
                Ok(written)
            }
            // Nobody is woken when it has to wait: the caller then waits in earnest.
            Said::Tls(half) => {
                match half.poll_write(&mut Context::from_waker(Waker::noop()), bytes) {
                    Poll::Ready(written) => written,
                    Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
                }
            }
        }
    }
}

impl AsyncWrite for Mouth {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Mouth { half, rooms } = &mut *self;
        match half {
            Said::Plain(half) => {
                let written = ready!(Pin::new(half).poll_write(context, bytes))?;
                rooms.stats().writes.add(1);
                Poll::Ready(Ok(written))
            }
            Said::Tls(half) => half.poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.half {
            Said::Plain(half) => Pin::new(half).poll_flush(context),
            Said::Tls(half) => half.poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.half {
            Said::Plain(half) => Pin::new(half).poll_shutdown(context),
            Said::Tls(half) => half.poll_shutdown(context),
        }
    }
}
