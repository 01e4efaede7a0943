//! The rules of rooms (docs/rules.md) that need no socket. `model.rs` has the one that needs every order
//! of threads.

#![cfg(not(feature = "model"))]

use std::sync::Arc;
use std::task::Waker;

use super::{Cursor, Limits, News, Rooms, Start};
use crate::message::{ChatMessage, ClientMessage, Message, ServerMessage};

fn small_rooms() -> Arc<Rooms> {
    Rooms::new(Limits { log_entries: 4, rooms: 2, ..Limits::default() })
}

/// What a cursor finds, in short: `3` for the message with seq 3, `-2` for two missed.
fn drain(cursor: &mut Cursor) -> Vec<i64> {
    let mut found = Vec::new();
    cursor.read(Waker::noop(), usize::MAX, |news| match news {
        News::Lagged { missed, .. } => found.push(-i64::try_from(missed).unwrap()),
        News::Entry(bytes) => {
            let Ok(ServerMessage::Message(ChatMessage { seq, .. })) = ServerMessage::decode(bytes)
            else {
                panic!("the log holds messages only")
            };
            found.push(i64::try_from(seq).unwrap());
        }
    });
    found
}

fn after(since: u64, epoch: Option<&str>) -> Start {
    Start::After { since, epoch: epoch.map(str::to_owned) }
}

#[test]
fn joining_starts_at_the_head_and_zero_replays() {
    let room = small_rooms().open("r").unwrap();
    room.say("a", None, "x");
    room.say("a", None, "y");
    let (mut fresh, mut replay) = (room.join(&Start::Head), room.join(&after(0, None)));
    assert_eq!((drain(&mut fresh), drain(&mut replay)), (vec![], vec![1, 2]));
    room.say("a", None, "z");
    assert_eq!((drain(&mut fresh), drain(&mut replay)), (vec![3], vec![3]));
    assert_eq!(fresh.position(), 3);
}

#[test]
fn who_falls_behind_is_told_once_and_goes_on() {
    let room = small_rooms().open("r").unwrap();
    let mut slow = room.join(&Start::Head);
    for _ in 0..10 {
        room.say("a", None, "x");
    }
    assert_eq!(drain(&mut slow), [-6, 7, 8, 9, 10]);
    assert_eq!(drain(&mut slow), [] as [i64; 0]);
}

#[test]
fn a_foreign_epoch_or_a_future_position_starts_over() {
    let room = small_rooms().open("r").unwrap();
    for _ in 0..6 {
        room.say("a", None, "x");
    }
    for start in [after(5, Some("other")), after(99, None), after(99, Some(room.epoch()))] {
        let mut cursor = room.join(&start);
        assert!(cursor.was_reset(), "{start:?}");
        assert_eq!(drain(&mut cursor), [3, 4, 5, 6], "{start:?}");
    }
    let mut resumed = room.join(&after(5, Some(room.epoch())));
    assert!(!resumed.was_reset());
    assert_eq!(drain(&mut resumed), [6]);
}

#[test]
fn a_budget_cuts_a_batch_between_messages() {
    let room = small_rooms().open("r").unwrap();
    let mut cursor = room.join(&Start::Head);
    for _ in 0..3 {
        room.say("a", None, "x");
    }
    let batch = cursor.read(Waker::noop(), 1, |_| {});
    assert_eq!((batch.entries, batch.caught_up), (1, false));
    assert_eq!(drain(&mut cursor), [2, 3]);
}

#[test]
fn a_closed_room_is_read_to_its_end() {
    let rooms = small_rooms();
    let room = rooms.open("r").unwrap();
    let mut cursor = room.join(&Start::Head);
    room.say("a", None, "x");
    rooms.close();
    let batch = cursor.read(Waker::noop(), usize::MAX, |_| {});
    assert_eq!((batch.entries, batch.closed), (1, true));
    let late = rooms.open("another").unwrap().join(&Start::Head);
    let batch = { late }.read(Waker::noop(), usize::MAX, |_| {});
    assert!(batch.closed);
}

#[test]
fn the_registry_is_bounded_and_gives_up_empty_rooms_only() {
    let rooms = small_rooms();
    let busy = rooms.open("busy").unwrap();
    let seat = busy.join(&Start::Head);
    busy.say("a", None, "x");
    rooms.open("empty").unwrap();
    rooms.open("third").unwrap();
    assert_eq!(rooms.count(), 2);
    assert_eq!(rooms.open("busy").unwrap().head(), 1, "a room with members stays");
    let _other = rooms.open("third").unwrap().join(&Start::Head);
    assert_eq!(rooms.open("fourth").unwrap_err().code, "too-many-rooms");
    drop(seat);
    assert_eq!(rooms.open("fourth").unwrap_err().code, "too-many-rooms", "one is about to join");
    drop(busy);
    assert!(rooms.open("fourth").is_ok());
}

#[test]
fn a_refused_message_changes_nothing() {
    let rooms = small_rooms();
    let room = rooms.open("r").unwrap();
    let (long_text, long_id) = ("x".repeat(4097), "i".repeat(65));
    for (text, id, code) in
        [("", None, "empty"), (&long_text, None, "too-long"), ("x", Some(&long_id), "bad-id")]
    {
        let id = id.map(|id: &String| id.as_str().into());
        let message = ClientMessage::Say { text: text.into(), id };
        assert_eq!(rooms.say(&room, "a", &message).unwrap_err().code, code);
    }
    assert_eq!((room.head(), rooms.stats().snapshot().says), (0, 0));
}
