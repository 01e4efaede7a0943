//! A server that has nothing but a history, in several lengths, and gives it away in four ways.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::Builder;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::history::history;
use super::super::wires::ACCEPT;

/// What is kept of one length.
struct Shelf {
    plain: Vec<u8>,
    gzip: Vec<u8>,
}

/// The server. It ends with the process: nobody asks it once its address is forgotten.
pub(super) struct Library {
    addr: SocketAddr,
}

impl Library {
    /// Starts it with histories of these lengths, compressed beforehand as caches have them.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub(super) fn open(sizes: &[usize], seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let addr = listener.local_addr()?;
        let shelf = |size: &usize| -> io::Result<(usize, Shelf)> {
            let plain = history(*size, seed);
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(&plain)?;
            Ok((*size, Shelf { plain, gzip: gzip.finish()? }))
        };
        let shelves = sizes.iter().map(shelf).collect::<io::Result<BTreeMap<usize, Shelf>>>()?;
        let shelves = Arc::new(shelves);
        Builder::new().name("library".to_owned()).spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shelves = Arc::clone(&shelves);
                // Who is not served sees it.
                drop(Builder::new().spawn(move || serve(stream, &shelves)));
            }
        })?;
        Ok(Library { addr })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

/// Answers one question.
fn serve(mut stream: TcpStream, shelves: &BTreeMap<usize, Shelf>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let size = head.split(['/', ' ']).nth(2).and_then(|word| word.parse::<usize>().ok());
    let shelf = size.and_then(|size| shelves.get(&size)).ok_or(ErrorKind::NotFound)?;
    let mut answer = Vec::new();
    if head.contains("Upgrade: websocket") {
        answer.extend(format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n").into_bytes());
        answer.extend([0x81, 127]);
        answer.extend((shelf.plain.len() as u64).to_be_bytes());
        answer.extend(&shelf.plain);
    } else if head.contains("If-None-Match: \"1\"") {
        answer.extend(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
    } else {
        let zipped = head.contains("Accept-Encoding: gzip");
        let (how, body) =
            if zipped { ("Content-Encoding: gzip\r\n", &shelf.gzip) } else { ("", &shelf.plain) };
        answer.extend(
            format!(
                "HTTP/1.1 200 OK\r\nETag: \"1\"\r\n{how}Content-Length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes(),
        );
        answer.extend(body);
    }
    stream.write_all(&answer)?;
    // Until the client has all of it and hangs up.
    stream.read_to_end(&mut Vec::new()).map(drop)
}
