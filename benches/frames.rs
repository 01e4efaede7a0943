//! What framing costs: putting a header before a payload, and reading a masked frame back.
//!
//! The lengths stand on both sides of the places where the header grows (RFC 6455 §5.2).

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use duplex_lab::backend::frame;
use duplex_lab::units::KIB;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

const LENGTHS: [usize; 5] = [80, 125, 126, 4096, 65_536];

/// The server's way out.
fn write(c: &mut Criterion) {
    let mut group = c.benchmark_group("frames/write");
    for length in LENGTHS {
        let payload = vec![b'x'; length];
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(BenchmarkId::from_parameter(length), |b| {
            let mut out = Vec::new();
            b.iter(|| {
                out.clear();
                frame::text(&mut out, black_box(&payload));
                black_box(out.len())
            });
        });
    }
    group.finish();
}

/// The server's way in: unmasking, UTF-8, a message of its own memory.
fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("frames/read_masked");
    for length in LENGTHS {
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(BenchmarkId::from_parameter(length), |b| {
            let mut frame = Frame::message(vec![b'x'; length], OpCode::Data(Data::Text), true);
            frame.header_mut().mask = Some([0x37, 0xfa, 0x21, 0x3d]);
            let mut bytes = Vec::new();
            frame.format(&mut bytes).expect("writing to memory cannot fail");
            // The read buffer is that of a chat connection.
            let config = WebSocketConfig::default().read_buffer_size(KIB);
            let peer = Peer { bytes: &bytes, at: 0 };
            let mut ws = WebSocket::from_raw_socket(peer, Role::Server, Some(config));
            b.iter(|| {
                let message = ws.read().expect("the frame is what RFC 6455 asks for");
                assert_eq!(message.len(), length);
                message
            });
        });
    }
    group.finish();
}

/// A client that says the same frame again and again; one call of `read` never sees the next one,
/// as on a connection where a member speaks now and then.
struct Peer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Read for Peer<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.bytes[self.at..]).read(buffer)?;
        self.at = (self.at + count) % self.bytes.len();
        Ok(count)
    }
}

impl Write for Peer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
        .sample_size(50)
        .nresamples(10_000)
}

criterion_group! { name = benches; config = settings(); targets = write, read }
criterion_main!(benches);
