//! What the two backends on tokio have in common: a runtime, an accept loop, hyper per connection.
//!
//! Kept apart so that `coroutine.rs` and `long_poll.rs` show nothing but how they wait.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time;

use super::patience::Patient;
use super::route::{Answer, COMMON_HEADERS, Site};
use super::stream::Stream;
use super::{Door, Stop, Tls};
use crate::chat::Rooms;

/// How long a full accept loop rests: long enough for somebody to leave, short enough to go unseen.
const REST: Duration = Duration::from_millis(50);

/// How long a goodbye may take to be read.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// What a backend answers to one request.
pub(super) trait Service: Clone + Send + Sync + 'static {
    fn answer(
        &self,
        request: Request<Incoming>,
        guest: Guest,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// One connection, counted while it lives. A backend that takes the connection over by an upgrade
/// takes the guest along.
#[derive(Debug, Clone)]
pub(super) struct Guest(Arc<Presence>);

#[derive(Debug)]
struct Presence {
    rooms: Arc<Rooms>,
    /// Never sent on: a channel whose senders are all gone says that everybody has left.
    _alive: mpsc::Sender<Infallible>,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.rooms.stats().connections.sub(1);
    }
}

/// Serves on a runtime of its own until `stop`.
pub(super) fn serve(
    door: Door,
    site: &Site,
    stop: &Stop,
    service: &impl Service,
) -> io::Result<()> {
    let workers = site.rooms.limits().workers.unwrap_or_else(usable_cpus);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers.max(1))
        .thread_name("worker")
        .enable_io()
        .enable_time()
        .build()?;
    door.listener.set_nonblocking(true)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(door.listener)?;
        accept_until_stopped(listener, door.tls.as_ref(), &site.rooms, stop, service).await;
        Ok(())
    })
}

fn usable_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

async fn accept_until_stopped(
    listener: tokio::net::TcpListener,
    tls: Option<&Tls>,
    rooms: &Arc<Rooms>,
    stop: &Stop,
    service: &impl Service,
) {
    let (alive, mut everybody_gone) = mpsc::channel(1);
    let (goodbye, leave) = watch::channel(());
    let mut complained = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = poll_fn(|context| stop.poll(context.waker())) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                complained = false;
                admit((stream, tls), rooms, &alive, &leave, service);
            }
            Err(error) => {
                // Out of handles, most likely: the connection waits in the kernel's queue meanwhile.
                if !std::mem::replace(&mut complained, true) {
                    eprintln!("cannot accept connections for now: {error}");
                }
                time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    rooms.close();
    drop((goodbye, leave, alive));
    // Whoever has not left by then is cut off when the runtime is dropped.
    let _ = time::timeout(rooms.limits().drain_deadline, everybody_gone.recv()).await;
}

fn admit(
    (stream, tls): (TcpStream, Option<&Tls>),
    rooms: &Arc<Rooms>,
    alive: &mpsc::Sender<Infallible>,
    leave: &watch::Receiver<()>,
    service: &impl Service,
) {
    let (limits, stats) = (rooms.limits(), rooms.stats());
    if stats.connections.get() >= limits.connections as u64 {
        stats.refused.add(1);
        tokio::spawn(turn_away(Patient::new(stream, rooms), tls.cloned()));
        return;
    }
    stats.connections.add(1);
    stats.accepted.add(1);
    let guest = Guest(Arc::new(Presence { rooms: Arc::clone(rooms), _alive: alive.clone() }));
    // A socket that cannot be set up is a connection that is already gone.
    if stream.set_nodelay(limits.nodelay).is_ok() {
        tokio::spawn(attend((stream, tls.cloned()), leave.clone(), service.clone(), guest));
    }
}

/// Answers the requests of one connection, one after the other, until it ends or is upgraded.
async fn attend(
    (stream, tls): (TcpStream, Option<Tls>),
    mut leave: watch::Receiver<()>,
    service: impl Service,
    guest: Guest,
) {
    let limits = guest.0.rooms.limits();
    let greeted = AtomicBool::new(false);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.keep_alive)
        .max_buf_size(limits.head_bytes.max(8192))
        .half_close(false);
    let answer = service_fn(|request| {
        greeted.store(true, Ordering::Relaxed);
        let (service, guest) = (service.clone(), guest.clone());
        async move { Ok::<_, Infallible>(service.answer(request, guest).await) }
    });
    let due = time::Instant::now() + limits.handshake_deadline;
    // In a box, so that shaking hands does not enlarge the task of everybody who has.
    let opened = Box::pin(Stream::open(Patient::new(stream, &guest.0.rooms), tls.as_ref()));
    let stream = tokio::select! {
        opened = time::timeout_at(due, opened) => match opened {
            Ok(Ok(stream)) => stream,
            // Too slow, or no TLS: it has been told.
            _ => return,
        },
        _ = leave.changed() => return,
    };
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(stream), answer).with_upgrades());
    let mut first_request = pin!(time::sleep_until(due));
    let (mut leaving, mut is_first_due) = (false, true);
    loop {
        tokio::select! {
            // An error here is the peer's: it sent no HTTP or went away. hyper has answered it.
            _ = &mut connection => return,
            () = &mut first_request, if is_first_due => {
                is_first_due = false;
                if !greeted.load(Ordering::Relaxed) {
                    return;
                }
            }
            _ = leave.changed(), if !leaving => {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Tells a client that the server is full, in a way that it can read.
async fn turn_away(stream: Patient, tls: Option<Tls>) {
    let goodbye = async {
        let Ok(mut stream) = Stream::open(stream, tls.as_ref()).await else { return };
        // Its request is read first: closing with unread bytes would be a reset, which may
        // overtake the answer.
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&Answer::full().to_http1(false, true)).await;
        let _ = stream.shutdown().await;
    };
    let _ = time::timeout(LINGER, goodbye).await;
}

/// An answer as hyper sends it.
pub(super) fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("Content-Type", answer.content_type.as_ref());
    for (name, value) in COMMON_HEADERS.iter().chain(answer.headers) {
        response = response.header(*name, *value);
    }
    let body = match answer.body {
        std::borrow::Cow::Borrowed(body) => Bytes::from_static(body),
        std::borrow::Cow::Owned(body) => Bytes::from(body),
    };
    response.body(Full::new(body)).expect("header names and values here are constants")
}
