//! A connection that lets only strict requests through, above TLS where there is any: what the gate
//! looks at are requests, not what they are sealed in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::gate::Gate;
use super::rewording;
use super::stream::Stream;

/// A connection whose requests are looked at before a parser sees them.
#[derive(Debug)]
pub(super) struct Strict {
    stream: Stream,
    gate: Gate,
    /// What is wrong with the request that is just being refused.
    complaint: Option<&'static str>,
}

impl Strict {
    pub(super) fn new(stream: Stream) -> Self {
        Strict { stream, gate: Gate::new(), complaint: None }
    }

    pub(super) fn into_inner(self) -> Stream {
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
}

impl AsyncRead for Strict {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let Strict { gate, complaint, .. } = &mut *self;
        let come = &mut buffer.filled_mut()[before..];
        if let Err(why) = gate.pass(come) {
            // hyper is given what no request looks like, and so refuses it in its own way.
            *complaint = Some(why);
            come.fill(0);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Strict {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match pieces {
            [piece] => self.write(context, piece),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        }
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
