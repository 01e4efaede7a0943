//! What a room costs without any connection: one message, and every cursor reads it.
//!
//! The wakers wake nobody. What is left is the log, its lock and the bell.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use duplex_lab::chat::{Cursor, Limits, News, Room, Rooms, Start};

const CROWDS: [u64; 5] = [1, 10, 100, 1_000, 10_000];

/// A room and everybody in it.
struct Hall {
    room: Arc<Room>,
    cursors: Vec<Cursor>,
    budget: usize,
    /// Where every cursor copies what it finds, as a connection does before it writes.
    scratch: Vec<u8>,
}

impl Hall {
    fn with(members: u64) -> Self {
        let rooms = Rooms::new(Limits::default());
        let room = rooms.open("bench").expect("a fresh registry has place for a room");
        let cursors = (0..members).map(|_| room.join(&Start::Head)).collect();
        Hall { room, cursors, budget: rooms.limits().batch_bytes, scratch: Vec::new() }
    }

    /// Says so many messages, then lets every cursor catch up with one reading.
    fn round(&mut self, messages: u64) {
        let text =
            "A text of eighty bytes is about what people write when they answer each other ..";
        for _ in 0..messages {
            self.room.say("anna", Some("17"), text);
        }
        let Hall { cursors, budget, scratch, .. } = self;
        for cursor in cursors {
            scratch.clear();
            let batch = cursor.read(Waker::noop(), *budget, |news| match news {
                News::Entry(entry) => scratch.extend_from_slice(entry),
                News::Lagged { .. } => panic!("the log retains more than one round"),
            });
            assert!(batch.caught_up && batch.entries == messages, "{batch:?}");
        }
    }
}

/// One message at a time.
fn one(c: &mut Criterion) {
    rounds(c, "room_log/say_1", 1);
}

/// A hundred messages before anybody looks: what one wake-up that stands for many saves.
fn batch(c: &mut Criterion) {
    rounds(c, "room_log/say_100", 100);
}

fn rounds(c: &mut Criterion, name: &str, messages: u64) {
    let mut group = c.benchmark_group(name);
    for members in CROWDS {
        // Deliveries: messages read by a member.
        group.throughput(Throughput::Elements(messages * members));
        let mut hall = None;
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            let hall = hall.get_or_insert_with(|| Hall::with(members));
            b.iter(|| hall.round(messages));
        });
    }
    group.finish();
}

fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20)
        .nresamples(10_000)
}

criterion_group! { name = benches; config = settings(); targets = one, batch }
criterion_main!(benches);
