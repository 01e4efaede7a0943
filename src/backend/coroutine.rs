//! `--backend async`: one task per connection awaits both at once.
//!
//! A coroutine (an `async fn`, in Rust a *future*) can pause at every `.await` and be continued
//! later, on any worker thread, when the thing it waits for has come; a *task* is a future handed to
//! the runtime to run. A paused task keeps no stack, only the variables it still needs, and going on
//! to the next one that is ready costs no system call. So a thousand members wait on a handful of
//! threads; only a worker with nothing ready asks the kernel (`epoll_wait`).
//!
//! Read from top to bottom: hyper answers the opening handshake, then a [`Member`] owns the
//! connection and lives in one loop: wait until somebody says something, send everything there is.

use std::future::poll_fn;
use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time;
use tokio_tungstenite::WebSocketStream;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Error, Message as Frame};

use super::flow::{self, Bucket};
use super::handshake::{self, Accept};
use super::heartbeat::{Beat, Heartbeat};
use super::http_server::{self, Guest, LINGER, Service, asked, response};
use super::route::{Answer, Route, Site};
use super::stream::Stream;
use super::strict::Strict;
use super::{Backend, Door, Stop, frame};
use crate::chat::{Batch, Cursor, News, Rooms, Ticket};
use crate::message::{ServerMessage, Wire};

mod ear;
mod sealed;

use self::ear::{Ear, Mouth};

/// One task per connection.
#[derive(Debug)]
pub(super) struct Coroutine;

impl Backend for Coroutine {
    fn name(&self) -> &'static str {
        "async"
    }

    fn about(&self) -> &'static str {
        "one task per connection awaits its member and its room at once (tokio, WebSocket)"
    }

    fn wire(&self) -> Wire {
        Wire::WebSocket
    }

    fn serve(&self, door: Door, rooms: Arc<Rooms>, stop: &Stop) -> io::Result<()> {
        let site = Site { backend: self.name(), wire: self.wire(), rooms };
        http_server::serve(door, &site, stop, &Upgrading(site.clone()))
    }
}

/// Answers HTTP requests; the ones that want a WebSocket become a task of their own.
#[derive(Debug, Clone)]
struct Upgrading(Site);

impl Service for Upgrading {
    async fn answer(&self, mut request: Request<Incoming>, guest: Guest) -> Response<Full<Bytes>> {
        let upgrade = hyper::upgrade::on(&mut request);
        let site = self.0.clone();
        match site.route(&asked(&request)) {
            Route::Answer(answer) => response(answer),
            Route::Chat(accept, ticket) => match join(&site, &ticket) {
                Err(answer) => response(answer),
                Ok(cursor) => {
                    tokio::spawn(chat(upgrade, site, ticket.name, cursor, guest));
                    switching_protocols(&accept)
                }
            },
            Route::Echo(accept) => {
                tokio::spawn(echo(upgrade, site, guest));
                switching_protocols(&accept)
            }
            Route::Poll(_) | Route::Say(_) | Route::EchoBody => {
                unreachable!("routes of another wire are answered with 404")
            }
        }
    }
}

fn join(site: &Site, ticket: &Ticket) -> Result<Cursor, Answer> {
    match site.rooms.open(&ticket.room) {
        Ok(room) => Ok(room.join(&ticket.start)),
        Err(refusal) => Err(Answer::refused_say(&refusal)),
    }
}

fn switching_protocols(accept: &Accept) -> Response<Full<Bytes>> {
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Accept", &accept.0)
        .body(Full::default())
        .expect("the accept key is base64")
}

/// The connection after the handshake: the socket, and what hyper had already read of it.
async fn upgraded(upgrade: OnUpgrade) -> Option<(Stream, Vec<u8>)> {
    let upgraded: Upgraded = upgrade.await.ok()?;
    let parts = upgraded.downcast::<TokioIo<Strict>>().ok()?;
    Some((parts.io.into_inner().into_inner(), parts.read_buf.to_vec()))
}

/// A member from the handshake to the last byte.
async fn chat(upgrade: OnUpgrade, site: Site, name: String, cursor: Cursor, guest: Guest) {
    let Some((stream, already_read)) = upgraded(upgrade).await else { return };
    let config = handshake::chat_config(site.rooms.limits());
    let (ear, mouth) = ear::split(stream, &site.rooms);
    let ws = WebSocketStream::from_partially_read(ear, already_read, Role::Server, Some(config));
    let mut out = Vec::new();
    frame::greeting(&mut out, site.backend, &name, &cursor);
    let ws = ws.await;
    // The first frame may have come along with the handshake.
    let (heard, unheard) = (Instant::now(), true);
    let bucket = Bucket::new(site.rooms.limits());
    let deaf_until = None;
    let mut member =
        Member { ws, mouth, out, cursor, site, name, bucket, deaf_until, heard, unheard };
    if member.converse().await == Farewell::Said {
        // In a box, so that its buffer does not enlarge the task of everybody who stays.
        Box::pin(member.leave()).await;
    }
    drop(guest);
}

/// One connection: an ear, a mouth, and a place in the log.
struct Member {
    /// tungstenite, reading what the member says.
    ws: WebSocketStream<Ear>,
    /// Where everything goes out.
    mouth: Mouth,
    /// What is to go out: one buffer, so that frames never mix.
    out: Vec<u8>,
    cursor: Cursor,
    site: Site,
    name: String,
    bucket: Bucket,
    /// Until when it is not listened to.
    deaf_until: Option<Instant>,
    /// When the member last gave a sign of life.
    heard: Instant,
    /// Bytes have arrived that nobody has looked at yet.
    unheard: bool,
}

/// How a conversation ended.
#[derive(Debug, PartialEq, Eq)]
enum Farewell {
    /// A close frame is in the buffer.
    Said,
    /// The connection is dead.
    Dead,
}

impl Member {
    /// Waits for whatever comes first, then sends everything there is with one write.
    async fn converse(&mut self) -> Farewell {
        let mut heartbeat = Heartbeat::new(self.site.rooms.limits());
        let mut alarm = pin!(time::sleep(self.site.rooms.limits().ping_interval));
        loop {
            if let Break(farewell) = self.send().await {
                return farewell;
            }
            let hears = self.deaf_until.is_none();
            // slide: wait
            tokio::select! {
                biased;
                () = self.ws.get_mut().readable(self.unheard), if hears => {
                    if let Break(farewell) = self.listen() {
                        return farewell;
                    }
                }
                batch = news(&mut self.cursor, &mut self.out, &self.site) => {
                    // slide: skip
                    if batch.closed {
                        frame::close(&mut self.out, CloseCode::Away, "server is shutting down");
                        return Farewell::Said;
                    }
                    // slide: on
                }
                // slide: end
                () = rest(self.deaf_until) => self.deaf_until = None,
                () = alarm.as_mut() => match heartbeat.check(Instant::now(), self.heard) {
                    Beat::Gone => return Farewell::Dead,
                    Beat::Ping => frame::ping(&mut self.out),
                    Beat::Wait(until) => alarm.as_mut().reset(until.into()),
                }
            }
        }
    }

    /// Writes the buffer out. Usually the socket takes it at once; while it does not, the member is
    /// listened to all the same, for it may be waiting for us to read before it reads. A member that
    /// takes nothing for as long as the write deadline is gone.
    async fn send(&mut self) -> ControlFlow<Farewell> {
        if self.out.is_empty() {
            // A write of nothing would still be a system call, one for each message that comes in.
            return Continue(());
        }
        match self.mouth.try_write(&self.out) {
            Ok(written) => drop(self.out.drain(..written)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return Break(Farewell::Dead),
        }
        if self.out.is_empty() {
            return Continue(());
        }
        let patience = self.site.rooms.limits().write_deadline;
        let mut deadline = pin!(time::sleep(patience));
        while !self.out.is_empty() {
            let is_full =
                self.out.len() >= self.site.rooms.limits().batch_bytes || self.deaf_until.is_some();
            tokio::select! {
                biased;
                written = self.mouth.write(&self.out) => match written {
                    Ok(written) => {
                        drop(self.out.drain(..written));
                        deadline.as_mut().reset(time::Instant::now() + patience);
                    }
                    Err(_) => return Break(Farewell::Dead),
                },
                () = self.ws.get_mut().readable(self.unheard), if !is_full => self.listen()?,
                () = &mut deadline => return Break(Farewell::Dead),
            }
        }
        Continue(())
    }

    /// Takes in everything that has arrived; breaks when the conversation is over. Stops early when
    /// the answers pile up: whoever asks and asks must read in between.
    fn listen(&mut self) -> ControlFlow<Farewell> {
        let most = self.site.rooms.limits().batch_bytes;
        while self.out.len() < most && self.deaf_until.is_none() {
            let heard = self.ws.next().now_or_never();
            // tungstenite answers a ping when it is asked for the frame after it, so there may be
            // an answer although there is no frame.
            self.out.append(&mut self.ws.get_mut().replies);
            match heard {
                Some(heard) => self.hear(heard)?,
                None => {
                    self.unheard = false;
                    return Continue(());
                }
            }
        }
        self.unheard = true;
        Continue(())
    }

    /// Takes in what the member said; breaks when the conversation is over.
    fn hear(&mut self, heard: Option<Result<Frame, Error>>) -> ControlFlow<Farewell> {
        self.heard = Instant::now();
        self.ws.get_mut().progress.done();
        let verdict = match heard {
            Some(Ok(Frame::Text(text))) => {
                self.say(text.as_bytes());
                Continue(())
            }
            Some(Ok(Frame::Binary(_))) => {
                frame::close(&mut self.out, CloseCode::Unsupported, "chat messages are text");
                Break(Farewell::Said)
            }
            Some(Ok(Frame::Close(_))) => {
                // The next look at the stream makes tungstenite answer; it does not wait for more.
                let _ = self.ws.next().now_or_never();
                Break(Farewell::Said)
            }
            Some(Ok(_)) => Continue(()),
            Some(Err(error)) => match frame::close_code(&error) {
                Some((code, reason)) => {
                    frame::close(&mut self.out, code, reason);
                    Break(Farewell::Said)
                }
                None => Break(Farewell::Dead),
            },
            None => Break(Farewell::Dead),
        };
        self.out.append(&mut self.ws.get_mut().replies);
        verdict
    }

    /// Puts a message into the room, or tells the member why not.
    fn say(&mut self, text: &[u8]) {
        let (rooms, room) = (&self.site.rooms, self.cursor.room());
        let said = self.bucket.take().and_then(|()| rooms.say_encoded(room, &self.name, text));
        if let Err(refusal) = said {
            if flow::is_flood(&refusal) {
                self.deaf_until = Some(Instant::now() + flow::PENALTY);
            }
            frame::message(&mut self.out, &ServerMessage::Error(refusal));
        }
    }

    /// Sends the close frame and reads until the member hangs up: a socket closed with bytes unread
    /// is reset, and a reset may destroy the goodbye before it is read.
    async fn leave(mut self) {
        let goodbye = async {
            self.mouth.write_all(&self.out).await?;
            self.mouth.shutdown().await?;
            let mut rest = [0; 512];
            while self.ws.get_mut().read(&mut rest).await? > 0 {}
            io::Result::Ok(())
        };
        let _ = time::timeout(LINGER, goodbye).await;
    }
}

/// Waits for the end of a penalty. In a box, so that it does not enlarge the task of everybody.
async fn rest(until: Option<Instant>) {
    match until {
        Some(until) => Box::pin(time::sleep_until(until.into())).await,
        None => std::future::pending().await,
    }
}

/// Waits until the log has moved and puts everything new into `out`.
// slide: await
async fn news(cursor: &mut Cursor, out: &mut Vec<u8>, site: &Site) -> Batch {
    let budget = site.rooms.limits().batch_bytes;
    poll_fn(|context| {
        let each = |news: News<'_>| frame::news(out, news);
        let batch = cursor.read(context.waker(), budget, each);
        if batch.is_empty() && !batch.closed {
            return Poll::Pending;
        }
        site.rooms.stats().delivered(&batch);
        Poll::Ready(batch)
    })
    .await
}
// slide: end

/// `/echo`: the coroutine at its plainest. Await a message, await its way back, begin again.
async fn echo(upgrade: OnUpgrade, site: Site, guest: Guest) {
    let Some((stream, already_read)) = upgraded(upgrade).await else { return };
    let config = handshake::echo_config(site.rooms.limits());
    let ws = WebSocketStream::from_partially_read(stream, already_read, Role::Server, Some(config));
    let mut ws = ws.await;
    let limits = site.rooms.limits();
    while let Ok(Some(heard)) = time::timeout(limits.keep_alive, ws.next()).await {
        let sent = match heard {
            // Who takes nothing of it for a while is given up below, and who takes it slowly is not.
            Ok(message @ (Frame::Text(_) | Frame::Binary(_))) => ws.send(message).await,
            Ok(_) => continue,
            Err(error) => {
                let _ = time::timeout(LINGER, refuse_echo(&mut ws, &error)).await;
                break;
            }
        };
        if sent.is_err() {
            break;
        }
    }
    drop(guest);
}

async fn refuse_echo(ws: &mut WebSocketStream<Stream>, error: &Error) -> io::Result<()> {
    let Some((code, reason)) = frame::close_code(error) else { return Ok(()) };
    let _ = ws.close(Some(CloseFrame { code, reason: reason.into() })).await;
    let stream = ws.get_mut();
    stream.shutdown().await?;
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
