//! What both wires share: a listener, a thread per connection, and the end of all of them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use duplex_lab::message::Wire;
use serde_json::Value;

use super::habit::{Habit, Message};
use super::{poll, ws};
use crate::support::PATIENCE;

/// A small server; it accepts nobody any more when dropped, and each of its threads ends with its
/// connection.
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    is_over: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(habit: Habit, wire: Wire) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let at = listener.local_addr().expect("a bound socket has an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let accept = move || match wire {
            Wire::LongPoll => {
                let hall = Arc::new(poll::Hall::new(habit));
                connections(&listener, &seen, &Arc::new(move |stream| poll::talk(stream, &hall)));
            }
            Wire::WebSocket | Wire::Bare => {
                let hall = Arc::new(ws::Hall::new(habit));
                connections(&listener, &seen, &Arc::new(move |stream| ws::talk(stream, &hall)));
            }
        };
        let acceptor = Some(Builder::new().spawn(accept).expect("a thread can be had"));
        Server { at, is_over, acceptor }
    }
}

/// A thread for each connection until it is over.
fn connections<T>(listener: &TcpListener, is_over: &AtomicBool, talk: &Arc<T>)
where
    T: Fn(TcpStream) -> Option<()> + Send + Sync + 'static,
{
    while let Ok((stream, _)) = listener.accept() {
        if is_over.load(Ordering::Acquire) {
            return;
        }
        let ready = stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
            .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        ready.expect("a connected socket takes these options");
        let talk = Arc::clone(talk);
        // The end of a connection is the end of its thread, however it came about.
        let body = move || talk(stream).unwrap_or_default();
        Builder::new().spawn(body).expect("a thread can be had");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // One more caller wakes the acceptor, which then looks whether it is over.
        let woken = TcpStream::connect(self.at).is_ok();
        if let Some(acceptor) = self.acceptor.take()
            && woken
        {
            // A panic of its own was told when it happened.
            let _ = acceptor.join();
        }
    }
}

/// A request: its method, its target, its body.
pub(super) struct Request {
    pub(super) method: String,
    target: String,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Reads one request; `unread` keeps what came after it.
    pub(super) fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Request> {
        loop {
            if let Some((request, length)) = parsed(unread)? {
                unread.drain(..length);
                return Some(request);
            }
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
            unread.extend_from_slice(&chunk[..count]);
        }
    }

    /// The path without its query.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A value of the query.
    pub(super) fn query(&self, key: &str) -> Option<String> {
        query(&self.target, key)
    }
}

/// The request at the front and its length, when it is whole; nothing when it is none.
fn parsed(bytes: &[u8]) -> Option<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(bytes).ok()? else { return Some(None) };
    let (method, target) = (head.method?.to_owned(), head.path?.to_owned());
    let named = head.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
    let body = named.map_or(Some(0), |h| std::str::from_utf8(h.value).ok()?.parse().ok())?;
    let Some(body) = bytes.get(length..length + body) else { return Some(None) };
    Some(Some((Request { method, target, body: body.to_vec() }, length + body.len())))
}

/// A value in the query of a target.
pub(super) fn query(target: &str, key: &str) -> Option<String> {
    let (_, query) = target.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(name, value)| (name == key).then(|| value.into_owned()))
}

/// A message from what a client says.
pub(super) fn message(said: &[u8], from: &str, seq: u64) -> Option<Message> {
    let said: Value = serde_json::from_slice(said).ok()?;
    let word = |key: &str| Some(said.get(key)?.as_str()?.to_owned());
    Some(Message { seq, from: from.to_owned(), id: word("id")?, text: word("text")? })
}

/// Writes an answer with a JSON body.
pub(super) fn answer(stream: &mut TcpStream, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).ok()
}
