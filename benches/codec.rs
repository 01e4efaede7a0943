//! What a message costs to write down and to read: JSON, no sockets, no rooms.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use duplex_lab::message::{ChatMessage, ClientMessage, Message, PollAnswer, ServerMessage};

/// As long as the texts of the embedded scenarios.
const TEXT: &str =
    "A text of eighty bytes is about what people write when they answer each other ..";

fn chat_message(seq: u64) -> ChatMessage<'static> {
    let id = Some(seq.to_string().into());
    ChatMessage { seq, from: "anna".into(), id, at: 1_732_312_345_123, text: TEXT.into() }
}

fn encoded<'a>(message: &impl Message<'a>) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(&mut out);
    out
}

fn size(bytes: &[u8]) -> Throughput {
    Throughput::Bytes(bytes.len() as u64)
}

fn one_message(c: &mut Criterion) {
    let mut group = c.benchmark_group("codec");
    let message = ServerMessage::Message(chat_message(17));
    let bytes = encoded(&message);
    group.throughput(size(&bytes));
    group.bench_function("server_message/encode", |b| {
        // Reused, as the room reuses its own.
        let mut out = Vec::new();
        b.iter(|| {
            out.clear();
            black_box(&message).encode(&mut out);
            black_box(out.len())
        });
    });
    group.bench_function("server_message/decode", |b| {
        b.iter(|| ServerMessage::decode(black_box(&bytes)).expect("it was just encoded"));
    });
    let bytes = encoded(&ClientMessage::Say { text: TEXT.into(), id: Some("17".into()) });
    group.throughput(size(&bytes));
    group.bench_function("client_message/decode", |b| {
        b.iter(|| ClientMessage::decode(black_box(&bytes)).expect("it was just encoded"));
    });
    group.finish();
}

fn poll_answer(c: &mut Criterion) {
    let mut group = c.benchmark_group("codec/poll_answer/decode");
    for count in [1, 100] {
        let messages = (1..=count).map(chat_message).collect();
        let epoch = "0123456789abcdef".into();
        let bytes = encoded(&PollAnswer { epoch, next: count, missed: 0, reset: false, messages });
        group.throughput(Throughput::ElementsAndBytes {
            elements: count,
            bytes: bytes.len() as u64,
        });
        group.bench_function(count.to_string(), |b| {
            b.iter(|| PollAnswer::decode(black_box(&bytes)).expect("it was just encoded"));
        });
    }
    group.finish();
}

fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
        .sample_size(50)
        .nresamples(10_000)
}

criterion_group! { name = benches; config = settings(); targets = one_message, poll_answer }
criterion_main!(benches);
