//! R1 to R4, R6 and R7: what is delivered, in which order, from where on.

use std::thread;

use duplex_lab::backend::Backend;
use duplex_lab::chat::Limits;

use super::{Kept, Verdict, plain_and_tls};
use crate::support::{Event, Member, Said, Server};

/// That the messages are numbered one by one from `first`.
fn numbered_from(first: u64, messages: &[Said]) {
    let seqs: Vec<u64> = messages.iter().map(|said| said.seq).collect();
    let expected: Vec<u64> = (first..).take(messages.len()).collect();
    assert_eq!(seqs, expected);
}

/// Lets every member read `count` messages at the same time, in a thread of its own.
fn all_hear(members: Vec<Member>, count: usize, meanwhile: impl FnOnce()) -> Vec<Vec<Said>> {
    thread::scope(|scope| {
        let readers: Vec<_> = members
            .into_iter()
            .map(|mut member| {
                thread::Builder::new()
                    .spawn_scoped(scope, move || member.messages(count))
                    .expect("a thread can be had")
            })
            .collect();
        meanwhile();
        readers.into_iter().map(|reader| reader.join().expect("a member heard all")).collect()
    })
}

#[test]
fn r1_everybody_receives_everything_once_and_in_order() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        const SPEAKERS: usize = 4;
        const TURNS: usize = 250;
        let server = Server::start(backend, Limits::default());
        let listeners: Vec<Member> =
            (0..3).map(|n| server.join("r1", &format!("listener{n}"))).collect();
        let mut speakers: Vec<Member> =
            (0..SPEAKERS).map(|n| server.join("r1", &format!("speaker{n}"))).collect();
        let heard = all_hear(listeners, SPEAKERS * TURNS, || {
            for turn in 0..TURNS {
                for (n, speaker) in speakers.iter_mut().enumerate() {
                    speaker.say(&format!("{n} says {turn}"), Some(&format!("{n}-{turn}")));
                }
            }
        });
        let own = all_hear(speakers, SPEAKERS * TURNS, || ());
        numbered_from(1, &heard[0]);
        for other in heard[1..].iter().chain(&own) {
            assert!(*other == heard[0], "two members heard different things");
        }
        for n in 0..SPEAKERS {
            let name = format!("speaker{n}");
            let of_one = heard[0].iter().filter(|said| said.from == name);
            let texts: Vec<&str> = of_one.map(|said| said.text.as_str()).collect();
            let expected: Vec<String> = (0..TURNS).map(|turn| format!("{n} says {turn}")).collect();
            assert_eq!(texts, expected, "what one member said stays in its order");
        }
        Kept
    }
    plain_and_tls("R1 every message to every member, exactly once, in room order", check);
}

#[test]
fn r2_seq_starts_at_1_in_every_room() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        for room in ["r2-a", "r2-b"] {
            let mut member = server.join(room, "anna");
            assert_eq!(member.head(), 0, "nothing has been said in {room}");
            let seqs = ["x", "y"].map(|text| member.say_and_hear(text).seq);
            assert_eq!(seqs, [1, 2], "in {room}");
        }
        Kept
    }
    plain_and_tls("R2 seq starts at 1 per room", check);
}

#[test]
fn r3_a_say_is_acknowledged() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut member = server.join("r3", "anna");
        let mut other = server.join("r3", "ben");
        let receipt = member.say("hallo", Some("my-id"));
        let back = member.message();
        assert_eq!(back.id.as_deref(), Some("my-id"));
        assert_eq!((back.from.as_str(), back.text.as_str()), ("anna", "hallo"));
        if let Some(seq) = receipt {
            assert_eq!(seq, back.seq, "the receipt names the seq everybody sees");
        }
        assert_eq!(other.message(), back);
        member.say("no id", None);
        assert_eq!(member.message().id, None, "what had no id gets none");
        Kept
    }
    plain_and_tls("R3 a say is acknowledged: by its id, or by the seq of the receipt", check);
}

#[test]
fn r4_rooms_never_leak_into_each_other() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let rooms = ["r4-a", "r4-b", "R4-a"];
        // The same name everywhere: it is the room that separates.
        let mut members: Vec<Member> = rooms.iter().map(|room| server.join(room, "anna")).collect();
        for turn in 0..50 {
            for (member, room) in members.iter_mut().zip(rooms) {
                member.say(&format!("{room} {turn}"), None);
            }
        }
        for (member, room) in members.iter_mut().zip(rooms) {
            let heard = member.messages(50);
            numbered_from(1, &heard);
            for (turn, said) in heard.iter().enumerate() {
                assert_eq!(said.text, format!("{room} {turn}"));
            }
        }
        Kept
    }
    plain_and_tls("R4 rooms never leak into each other", check);
}

#[test]
fn r6_a_foreign_epoch_is_reset_to_the_oldest_entry() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut anna = server.join("r6", "anna");
        for text in ["a", "b", "c"] {
            anna.say_and_hear(text);
        }
        let own = anna.epoch().to_owned();
        let mut back = server.resume("r6", 2, Some(&own));
        assert_eq!(back.message().seq, 3, "the own epoch goes on where it was");
        for (round, since) in [0, 2, 700].into_iter().enumerate() {
            let mut back = server.resume("r6", since, Some("another-life"));
            assert_eq!(back.next(), Event::Reset { epoch: own.clone() }, "since {since}");
            numbered_from(1, &back.messages(3 + round));
            anna.say_and_hear("next");
            assert_eq!(back.message().text, "next", "it goes on after the reset");
        }
        Kept
    }
    plain_and_tls("R6 a foreign epoch is told 'reset' and starts at the oldest entry", check);
}

#[test]
fn r7_a_join_starts_at_the_head_or_behind_since() {
    fn check(backend: &'static dyn Backend) -> Verdict {
        let server = Server::start(backend, Limits::default());
        let mut anna = server.join("r7", "anna");
        for text in ["a", "b", "c"] {
            anna.say_and_hear(text);
        }
        let mut at_head = server.join("r7", "ben");
        assert_eq!(at_head.head(), 3);
        let mut replayed = server.resume("r7", 0, None);
        numbered_from(1, &replayed.messages(3));
        let mut resumed = server.resume("r7", 2, None);
        assert_eq!(resumed.message().text, "c");
        let mut up_to_date = server.resume("r7", 3, Some(anna.epoch()));
        anna.say_and_hear("d");
        for member in [&mut at_head, &mut replayed, &mut resumed, &mut up_to_date] {
            assert_eq!(member.message().seq, 4);
        }
        Kept
    }
    plain_and_tls("R7 without since from the head, with since=0 everything retained", check);
}
