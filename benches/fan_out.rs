//! One message to everybody in a room, per backend: a member speaks, and the iteration is over
//! when the message has been read from the connection of every member.
//!
//! On long-poll every member asks again as part of the iteration, as it must to hear the next
//! message. Server and clients share this machine's processors, and the clients read one after the
//! other: these figures rank changes of the code. What a backend costs alone says `duplex compare`.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use duplex_lab::backend::{self, Backend};
use duplex_lab::message::{ClientMessage, Message, Wire};

mod support;

use self::support::{Line, Server, TEXT, masked, post};

const CROWDS: [u64; 3] = [10, 100, 1_000];

/// Everybody in a room. The clients go first when it is dropped.
struct Crowd {
    wire: Wire,
    members: Vec<Line>,
    /// Over HTTP the speaker needs a connection of its own: on all others a poll is held.
    speaker: Option<Line>,
    say: Vec<u8>,
    seq: u64,
    _server: Server,
}

impl Crowd {
    fn gather(backend: &'static dyn Backend, members: u64) -> Self {
        let server = Server::chat(backend);
        let address = server.address();
        let join = |_| match backend.wire() {
            Wire::WebSocket => {
                let mut line = Line::upgraded(address, "/chat?room=bench&name=anna");
                assert!(line.frame().starts_with(br#"{"type":"hello""#));
                line
            }
            Wire::LongPoll => {
                let mut line = Line::dial(address);
                line.send(&poll(0));
                line
            }
            Wire::Bare => panic!("no backend of the registry speaks the floor's wire"),
        };
        let members: Vec<Line> = (0..members).map(join).collect();
        let (speaker, say) = match backend.wire() {
            Wire::LongPoll => {
                (Some(Line::dial(address)), post("/say?room=bench&name=anna", &say()))
            }
            _ => (None, masked(&say())),
        };
        Crowd { wire: backend.wire(), members, speaker, say, seq: 0, _server: server }
    }

    fn round(&mut self) {
        self.seq += 1;
        match self.wire {
            Wire::LongPoll => self.round_of_polls(),
            _ => self.round_of_frames(),
        }
    }

    fn round_of_frames(&mut self) {
        self.members[0].send(&self.say);
        let expected = format!(r#"{{"type":"message","seq":{},"#, self.seq);
        for member in &mut self.members {
            check(member.frame(), &expected);
        }
    }

    fn round_of_polls(&mut self) {
        let Crowd { members, speaker, say, seq, .. } = self;
        let speaker = speaker.as_mut().expect("a crowd of polls has a speaker");
        speaker.send(say);
        check(speaker.answer(), &format!(r#"{{"seq":{seq}}}"#));
        let expected =
            format!(r#","next":{seq},"missed":0,"messages":[{{"type":"message","seq":{seq},"#);
        let next = poll(*seq);
        for member in members {
            // The epoch before it is the only part of the answer that is not known beforehand.
            check(&member.answer()[EPOCH..], &expected);
            member.send(&next);
        }
    }
}

/// Length of `{"epoch":"0123456789abcdef"`.
const EPOCH: usize = 27;

/// Whether it is the message of this round and no other.
fn check(given: &[u8], expected: &str) {
    let given = String::from_utf8_lossy(given);
    assert!(given.starts_with(expected), "expected {expected} but got {given}");
}

fn say() -> String {
    let mut out = Vec::new();
    ClientMessage::Say { text: TEXT.into(), id: Some("17".into()) }.encode(&mut out);
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn poll(since: u64) -> Vec<u8> {
    let query = format!("room=bench&name=anna&since={since}&wait=30");
    format!("GET /poll?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

fn fan_out(c: &mut Criterion) {
    let mut group = c.benchmark_group("fan_out");
    for backend in backend::ALL {
        for members in CROWDS {
            // Deliveries: messages read by a member.
            group.throughput(Throughput::Elements(members));
            let mut crowd = None;
            group.bench_function(BenchmarkId::new(backend.name(), members), |b| {
                let crowd = crowd.get_or_insert_with(|| Crowd::gather(*backend, members));
                b.iter(|| crowd.round());
            });
        }
    }
    group.finish();
}

fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(700))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .nresamples(10_000)
}

criterion_group! { name = benches; config = settings(); targets = fan_out }
criterion_main!(benches);
