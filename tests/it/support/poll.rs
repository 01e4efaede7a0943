//! A member over long-polling: one connection for held polls, one for what it says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use serde_json::Value;

use super::member::Event;
use super::{Http, PATIENCE, escaped};

/// A member that polls when it is asked for the next event.
#[derive(Debug)]
pub(crate) struct PollMember {
    query: String,
    polls: Http,
    says: Http,
    pub(crate) epoch: String,
    pub(crate) head: u64,
    since: u64,
    asked_epoch: Option<String>,
    waiting: VecDeque<Event>,
}

impl PollMember {
    pub(crate) fn join(
        to: SocketAddr,
        room: &str,
        name: &str,
        since: Option<u64>,
        epoch: Option<&str>,
    ) -> Self {
        let query = format!("room={}&name={}", escaped(room), escaped(name));
        let mut polls = Http::connect(to).expect("the server accepts");
        // Without `since` the server says at once where the head is: this is the greeting.
        let answer = polls.request("GET", &format!("/poll?{query}"), b"").expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        let (epoch_now, head, waiting) = read(&answer.json());
        assert!(waiting.is_empty(), "a poll without since has no messages: {waiting:?}");
        let asked_epoch = match since {
            Some(_) => epoch.map(str::to_owned),
            None => Some(epoch_now.clone()),
        };
        let since = since.unwrap_or(head);
        PollMember {
            query,
            polls,
            says: Http::connect(to).expect("the server accepts"),
            epoch: epoch_now,
            head,
            since,
            asked_epoch,
            waiting,
        }
    }

    pub(crate) fn say(&mut self, json: &[u8]) -> Option<u64> {
        let target = format!("/say?{}", self.query);
        let answer = self.says.request("POST", &target, json).expect("the server answers a say");
        if answer.status == 200 {
            let body = answer.json();
            return Some(body["seq"].as_u64().unwrap_or_else(|| panic!("no receipt: {body}")));
        }
        assert!((400..500).contains(&answer.status), "{answer:?}");
        self.waiting.push_back(Event::Error { code: answer.code() });
        None
    }

    pub(crate) fn next(&mut self) -> Event {
        let begun = Instant::now();
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return event;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing came");
            self.poll();
        }
    }

    fn poll(&mut self) {
        let mut target = format!("/poll?{}&since={}&wait=5", self.query, self.since);
        if let Some(epoch) = &self.asked_epoch {
            target.push_str("&epoch=");
            target.push_str(&escaped(epoch));
        }
        let answer = match self.polls.request("GET", &target, b"") {
            Ok(answer) => answer,
            Err(error) if super::http::is_closed(&error) => {
                self.waiting.push_back(Event::Closed { code: None });
                return;
            }
            Err(error) => panic!("a poll failed: {error}"),
        };
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let (epoch, next, events) = read(&answer.json());
        if let Some(Event::Message(last)) = events.back() {
            assert_eq!(last.seq, next, "'next' is the last seq of the answer");
        }
        (self.asked_epoch, self.since, self.waiting) = (Some(epoch), next, events);
    }
}

/// The epoch, `next` and the events of an answer, in the order a WebSocket member sees them.
fn read(answer: &Value) -> (String, u64, VecDeque<Event>) {
    let epoch = answer["epoch"].as_str().expect("an answer has an epoch").to_owned();
    let next = answer["next"].as_u64().expect("an answer has next");
    let missed = answer["missed"].as_u64().expect("an answer has missed");
    let messages = answer["messages"].as_array().expect("an answer has messages");
    let mut events = VecDeque::new();
    if answer["reset"] == true {
        events.push_back(Event::Reset { epoch: epoch.clone() });
    }
    if missed > 0 {
        let first = messages.first().and_then(|message| message["seq"].as_u64());
        events.push_back(Event::Lagged { missed, next: first.unwrap_or(next + 1) });
    }
    events.extend(messages.iter().map(Event::of));
    (epoch, next, events)
}
