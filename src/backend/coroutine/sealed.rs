//! Ear and mouth of a TLS connection. A socket can be asked whether something has come and takes
//! bytes or does not; a session knows only after it has opened a record, and takes bytes before it
//! can send them. Both differences end here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};
use tokio_rustls::server::TlsStream;

use super::super::patience::Patient;

/// One session for two halves. The lock that `tokio::io::split` puts around it is held for a call
/// and never contended: both halves belong to one task.
type Session = Box<TlsStream<Patient>>;

/// As much as is opened ahead.
const AHEAD: usize = 1024;

/// The read side.
pub(super) struct SealedEar {
    half: ReadHalf<Session>,
    /// Opened while looking whether there is anything.
    early: [u8; AHEAD],
    from: usize,
    to: usize,
    /// What looking came upon; reading tells it.
    failed: Option<io::Error>,
}

impl SealedEar {
    pub(super) fn new(half: ReadHalf<Session>) -> Self {
        SealedEar { half, early: [0; AHEAD], from: 0, to: 0, failed: None }
    }

    /// Ready when reading has something to tell. The only way to know is to open what has come.
    pub(super) fn poll_readable(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.from < self.to || self.failed.is_some() {
            return Poll::Ready(());
        }
        let mut buffer = ReadBuf::new(&mut self.early);
        let outcome = ready!(Pin::new(&mut self.half).poll_read(context, &mut buffer));
        (self.from, self.to) = (0, buffer.filled().len());
        self.failed = match outcome {
            Ok(()) if self.to == 0 => Some(io::ErrorKind::UnexpectedEof.into()),
            Ok(()) => None,
            Err(error) => Some(error),
        };
        Poll::Ready(())
    }

    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            // The end is no error: reading once more says the same.
            let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
            return Poll::Ready(if is_end { Ok(()) } else { Err(error) });
        }
        if self.from == self.to {
            return Pin::new(&mut self.half).poll_read(context, buffer);
        }
        let count = buffer.remaining().min(self.to - self.from);
        buffer.put_slice(&self.early[self.from..][..count]);
        self.from += count;
        Poll::Ready(Ok(()))
    }
}

/// The write side.
pub(super) struct SealedMouth {
    half: WriteHalf<Session>,
    /// Bytes that the session has sealed and not got rid of yet.
    owed: usize,
}

impl SealedMouth {
    pub(super) fn new(half: WriteHalf<Session>) -> Self {
        SealedMouth { half, owed: 0 }
    }

    /// Seals the front of `bytes` and counts it as written only when all of it has left: otherwise
    /// it would stay with the session while everybody believes it gone. Until then the next call
    /// must bring the same bytes, as callers do that drop what was written and nothing else.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.owed == 0 {
            self.owed = ready!(Pin::new(&mut self.half).poll_write(context, bytes))?;
        }
        ready!(Pin::new(&mut self.half).poll_flush(context))?;
        Poll::Ready(Ok(std::mem::take(&mut self.owed)))
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.half).poll_flush(context)
    }

    pub(super) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.half).poll_shutdown(context)
    }
}
