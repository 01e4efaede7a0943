//! The hall: phones, the question they are asked, and their votes.
//!
//! A phone is known by a cookie and has one vote, which it may change until the votes are frozen.
//! How the votes stand is told to nobody before that, so that nobody follows the others. Phones ask
//! once a second: a phone that slept or a stage that was started again needs no more than that.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The demonstrations one can vote on; the pages know their words.
const QUESTIONS: [&str; 4] = ["race", "bytes", "gap", "cut"];
/// Answers to each.
const CHOICES: usize = 4;
/// Largest guess.
const MOST: f64 = 1_000.0;
/// A phone that has not asked for this long is not there.
const ABSENT: Duration = Duration::from_secs(10);
/// Phones that are remembered.
const PHONES: usize = 2_000;

/// What is asked, and who has answered what.
#[derive(Debug, Default)]
pub(super) struct Hall(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    question: Option<&'static str>,
    frozen: bool,
    /// How often something was asked: the same question may be asked again.
    round: u64,
    arrivals: usize,
    phones: HashMap<String, Phone>,
}

#[derive(Debug)]
struct Phone {
    /// The how manyth it was.
    number: usize,
    seen: Instant,
    vote: Option<(usize, f64)>,
}

impl Hall {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a phone in and gives its mark; nothing when the hall is full.
    pub(super) fn enter(&self) -> Option<String> {
        let mut state = self.lock();
        if state.phones.len() >= PHONES {
            state.phones.retain(|_, phone| phone.seen.elapsed() < ABSENT || phone.vote.is_some());
            if state.phones.len() >= PHONES {
                return None;
            }
        }
        let mark = format!("{:016x}{:016x}", chance(), chance());
        let number = state.arrivals;
        state.arrivals += 1;
        state.phones.insert(mark.clone(), Phone { number, seen: Instant::now(), vote: None });
        Some(mark)
    }

    /// Whether the phone is one of ours.
    pub(super) fn knows(&self, mark: &str) -> bool {
        self.lock().phones.contains_key(mark)
    }

    /// What a phone, or whoever watches, may know.
    pub(super) fn told(&self, mark: Option<&str>, lanes: &[&str]) -> Value {
        let mut state = self.lock();
        let phone = mark.and_then(|mark| state.phones.get_mut(mark)).map(|phone| {
            phone.seen = Instant::now();
            let lane = lanes.get(phone.number % lanes.len().max(1));
            json!({ "lane": lane, "choice": phone.vote.map(|vote| vote.0), "guess": phone.vote.map(|vote| vote.1) })
        });
        let present = state.phones.values().filter(|phone| phone.seen.elapsed() < ABSENT).count();
        let votes: Vec<_> = state.phones.values().filter_map(|phone| phone.vote).collect();
        let mut told = json!({
            "question": state.question, "frozen": state.frozen, "round": state.round, "phones": present,
            "voted": votes.len(), "phone": phone,
        });
        if state.frozen {
            let mut counts = [0; CHOICES];
            votes.iter().for_each(|(choice, _)| counts[*choice] += 1);
            let mut guesses: Vec<f64> = votes.iter().map(|vote| vote.1).collect();
            guesses.sort_by(f64::total_cmp);
            told["counts"] = json!(counts);
            told["guesses"] = json!(guesses);
        }
        told
    }

    /// Takes a vote; says why not otherwise.
    pub(super) fn vote(&self, mark: &str, ballot: &Value) -> Result<(), (u16, &'static str)> {
        let choice = ballot["choice"].as_u64().and_then(|choice| usize::try_from(choice).ok());
        let choice = choice.filter(|choice| *choice < CHOICES);
        let guess = ballot["guess"].as_f64().filter(|guess| (0.0..=MOST).contains(guess));
        let (Some(choice), Some(guess)) = (choice, guess) else {
            return Err((400, "a vote has a choice from 0 to 3 and a guess from 0 to 1000"));
        };
        let mut state = self.lock();
        if state.question.is_none() || ballot["question"].as_str() != state.question {
            return Err((409, "this question is not asked now"));
        }
        if state.frozen {
            return Err((409, "the votes are frozen"));
        }
        let phone = state.phones.get_mut(mark).ok_or((403, "this phone has not entered yet"))?;
        phone.vote = Some((choice, guess));
        Ok(())
    }

    /// Asks a question, which clears the votes, or freezes them.
    pub(super) fn steer(&self, order: &Value) -> Result<(), (u16, &'static str)> {
        let mut state = self.lock();
        if let Some(name) = order["question"].as_str() {
            let question = QUESTIONS.into_iter().find(|known| *known == name);
            let question = question.ok_or((400, "question is one of race, bytes, gap, cut"))?;
            (state.question, state.frozen) = (Some(question), false);
            state.round += 1;
            state.phones.values_mut().for_each(|phone| phone.vote = None);
            return Ok(());
        }
        let frozen =
            order["frozen"].as_bool().ok_or((400, "say a question, or whether it is frozen"))?;
        state.frozen = frozen;
        Ok(())
    }
}

/// The standard library seeds its maps from the system's source of randomness.
fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(choice: u64, guess: f64) -> Value {
        json!({ "question": "race", "choice": choice, "guess": guess })
    }

    #[test]
    fn a_phone_has_one_vote_however_often_it_votes() {
        let hall = Hall::default();
        hall.steer(&json!({ "question": "race" })).unwrap();
        let phone = hall.enter().unwrap();
        for round in 0..1_000 {
            hall.vote(&phone, &ballot(round % 4, 10.0)).unwrap();
        }
        hall.vote(&phone, &ballot(2, 7.5)).unwrap();
        assert_eq!(hall.told(None, &[])["counts"], Value::Null, "nobody follows the others");
        hall.steer(&json!({ "frozen": true })).unwrap();
        let told = hall.told(Some(&phone), &["a", "b"]);
        assert_eq!((&told["counts"], &told["guesses"]), (&json!([0, 0, 1, 0]), &json!([7.5])));
        assert_eq!(hall.vote(&phone, &ballot(1, 1.0)).unwrap_err().0, 409, "frozen is frozen");
        hall.steer(&json!({ "question": "gap" })).unwrap();
        assert_eq!(hall.told(None, &[])["voted"], 0, "a new question has no votes yet");
        assert_eq!(hall.vote(&phone, &ballot(1, 1.0)).unwrap_err().0, 409, "another question");
    }

    #[test]
    fn what_is_no_vote_or_no_order_is_refused() {
        let hall = Hall::default();
        let phone = hall.enter().unwrap();
        assert_eq!(hall.vote(&phone, &ballot(1, 1.0)).unwrap_err().0, 409, "nothing is asked");
        hall.steer(&json!({ "question": "race" })).unwrap();
        for bad in [ballot(4, 1.0), ballot(0, -1.0), ballot(0, 1e9), json!({}), json!([])] {
            assert_eq!(hall.vote(&phone, &bad).unwrap_err().0, 400, "{bad}");
        }
        assert_eq!(hall.vote("stranger", &ballot(1, 1.0)).unwrap_err().0, 403);
        for bad in [json!({}), json!({ "question": "none" }), json!({ "frozen": 1 })] {
            assert_eq!(hall.steer(&bad).unwrap_err().0, 400, "{bad}");
        }
    }

    #[test]
    fn phones_are_spread_over_the_lanes_and_the_hall_has_an_end() {
        let hall = Hall::default();
        let lanes = ["a", "b", "c"];
        let marks: Vec<_> = std::iter::from_fn(|| hall.enter()).take(PHONES).collect();
        for (number, mark) in marks.iter().take(6).enumerate() {
            assert_eq!(hall.told(Some(mark), &lanes)["phone"]["lane"], lanes[number % 3]);
        }
        assert_eq!(hall.told(None, &lanes)["phones"], PHONES);
        assert_eq!(hall.enter(), None);
        assert!(hall.knows(&marks[0]) && !hall.knows("stranger"));
    }
}
