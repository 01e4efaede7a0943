//! The connection of `/echo`: plain reads and writes, and an eye on the clock between two messages.

use std::io::{self, Read, Write};

use super::socket::Socket;
use crate::backend::progress::Progress;

/// A socket whose messages must be whole in time.
pub(super) struct Paced<'a> {
    pub(super) stream: &'a Socket,
    pub(super) progress: Progress,
}

impl Read for Paced<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.progress.bytes().map(|()| count)
    }
}

impl Write for Paced<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
