//! One text there and back, per backend: what a round trip costs when nothing else happens.
//!
//! The first row is the floor: the same eighty bytes over a bare TCP connection. Most of a round
//! trip is waking whoever waits, and that costs a multiple when it crosses from one processor to
//! another; server and client are therefore pinned apart where the machine allows it.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use duplex_lab::backend::{self, Backend};
use duplex_lab::message::Wire;

mod support;

use self::support::{Line, Server, TEXT, masked, post};

/// A connection on which a text goes there and back. The client goes first when it is dropped.
struct Pair {
    line: Line,
    request: Vec<u8>,
    reply: Reply,
    _server: Server,
}

/// How the text comes back.
#[derive(Clone, Copy)]
enum Reply {
    Bare,
    Frame,
    Answer,
}

impl Pair {
    fn floor() -> Self {
        let server = Server::start(|listener, _| ping_pong(&listener));
        let line = Line::dial(server.address());
        Pair { line, request: TEXT.into(), reply: Reply::Bare, _server: server }
    }

    fn with(backend: &'static dyn Backend) -> Self {
        let server = Server::chat(backend);
        let (line, request, reply) = match backend.wire() {
            Wire::WebSocket => {
                (Line::upgraded(server.address(), "/echo"), masked(TEXT), Reply::Frame)
            }
            Wire::LongPoll => (Line::dial(server.address()), post("/echo", TEXT), Reply::Answer),
            Wire::Bare => panic!("no backend of the registry speaks the floor's wire"),
        };
        Pair { line, request, reply, _server: server }
    }

    fn round_trip(&mut self) {
        self.line.send(&self.request);
        let text = match self.reply {
            Reply::Bare => self.line.bytes(TEXT.len()),
            Reply::Frame => self.line.frame(),
            Reply::Answer => self.line.answer(),
        };
        assert_eq!(text, TEXT.as_bytes());
    }
}

/// Returns every text on one connection until the client leaves.
fn ping_pong(listener: &TcpListener) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut text = [0; TEXT.len()];
    while stream.read_exact(&mut text).is_ok() {
        stream.write_all(&text)?;
    }
    Ok(())
}

fn echo(c: &mut Criterion) {
    let mut group = c.benchmark_group("echo");
    group.throughput(Throughput::Elements(1));
    let mut row = |name: &str, connect: &dyn Fn() -> Pair| {
        let mut pair = None;
        group.bench_function(name, |b| {
            let pair = pair.get_or_insert_with(connect);
            b.iter(|| pair.round_trip());
        });
    };
    row("floor", &Pair::floor);
    for backend in backend::ALL {
        row(backend.name(), &|| Pair::with(*backend));
    }
    group.finish();
}

fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .nresamples(10_000)
}

criterion_group! { name = benches; config = settings(); targets = echo }
criterion_main!(benches);
