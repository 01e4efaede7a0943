//! The hall: phones, the question they are asked, and their votes.
//!
//! A phone is known by a cookie and has one vote, which it may change until the votes are frozen.
//! How the votes stand is told to nobody before that, so that nobody follows the others. Phones ask
//! once a second: a phone that slept or a stage that was started again needs no more than that.
//!
//! Whoever throws the cookie away comes as another phone. So an address has room for so many phones
//! and no more, but that of this very machine, and the hall tells from how many addresses its votes
//! are.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::Refusal;
use crate::lab;

/// The demonstrations one can vote on and guess a number for; the pages know their words.
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
#[derive(Debug)]
pub(super) struct Hall {
    /// Phones of one address at most.
    phones_of_an_address: usize,
    state: Mutex<State>,
}

/// Why a phone cannot come in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// Every place is taken.
    Hall,
    /// There are as many phones of this address as there may be.
    Address,
}

/// Something the hall can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Question {
    name: &'static str,
    choices: usize,
    /// Whether a number is guessed, too.
    guesses: bool,
}

impl Question {
    /// The question of that name: a demonstration's, or that of an experiment of the lab.
    fn named(name: &str) -> Option<Self> {
        let own = QUESTIONS.into_iter().find(|known| *known == name);
        let own = own.map(|name| Question { name, choices: CHOICES, guesses: true });
        own.or_else(|| {
            let card = lab::named(name)?.card();
            Some(Question { name: card.name, choices: card.options.len(), guesses: false })
        })
    }

    /// What is asked and answered, where the pages do not know it.
    fn to_json(self) -> Value {
        let both = |(en, de): &(&str, &str)| json!({ "en": en, "de": de });
        lab::named(self.name).map_or(Value::Null, |experiment| {
            let card = experiment.card();
            let options: Vec<Value> = card.options.iter().map(both).collect();
            json!({ "question": both(&card.question), "options": options })
        })
    }
}

#[derive(Debug, Default)]
struct State {
    question: Option<Question>,
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
    address: IpAddr,
    seen: Instant,
    vote: Option<Vote>,
}

#[derive(Debug, Clone, Copy)]
struct Vote {
    choice: usize,
    guess: Option<f64>,
}

impl Hall {
    /// An empty hall with room for so many phones of one address.
    pub(super) fn new(phones_of_an_address: usize) -> Self {
        Hall { phones_of_an_address, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a phone in and gives its mark.
    pub(super) fn enter(&self, address: IpAddr) -> Result<String, Full> {
        let mut state = self.lock();
        if let Some(full) = self.full(&state, address) {
            // Whoever left without a vote makes room.
            state.phones.retain(|_, phone| phone.seen.elapsed() < ABSENT || phone.vote.is_some());
            if self.full(&state, address).is_some() {
                return Err(full);
            }
        }
        let mark = format!("{:016x}{:016x}", chance(), chance());
        let number = state.arrivals;
        state.arrivals += 1;
        let phone = Phone { number, address, seen: Instant::now(), vote: None };
        state.phones.insert(mark.clone(), phone);
        Ok(mark)
    }

    fn full(&self, state: &State, address: IpAddr) -> Option<Full> {
        let of_the_address = || state.phones.values().filter(|phone| phone.address == address);
        if state.phones.len() >= PHONES {
            return Some(Full::Hall);
        }
        let crowded =
            !address.is_loopback() && of_the_address().count() >= self.phones_of_an_address;
        crowded.then_some(Full::Address)
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
            let (choice, guess) =
                (phone.vote.map(|vote| vote.choice), phone.vote.and_then(|vote| vote.guess));
            json!({ "lane": lane, "choice": choice, "guess": guess })
        });
        let present = state.phones.values().filter(|phone| phone.seen.elapsed() < ABSENT).count();
        let voters = || state.phones.values().filter(|phone| phone.vote.is_some());
        let addresses: HashSet<IpAddr> = voters().map(|phone| phone.address).collect();
        let votes: Vec<Vote> = voters().filter_map(|phone| phone.vote).collect();
        let mut told = json!({
            "question": state.question.map(|question| question.name),
            "asked": state.question.map(Question::to_json),
            "frozen": state.frozen,
            "round": state.round,
            "phones": present,
            "voted": votes.len(),
            "addresses": addresses.len(),
            "phone": phone,
        });
        if let (true, Some(question)) = (state.frozen, state.question) {
            let mut counts = vec![0; question.choices];
            votes.iter().for_each(|vote| counts[vote.choice] += 1);
            let mut guesses: Vec<f64> = votes.iter().filter_map(|vote| vote.guess).collect();
            guesses.sort_by(f64::total_cmp);
            told["counts"] = json!(counts);
            told["guesses"] = json!(guesses);
        }
        told
    }

    /// Takes a vote; says why not otherwise.
    pub(super) fn vote(&self, mark: &str, ballot: &Value) -> Result<(), Refusal> {
        let mut state = self.lock();
        let asked = state.question.filter(|asked| ballot["question"].as_str() == Some(asked.name));
        let question = asked.ok_or((409, "not-asked", "this question is not asked now"))?;
        let choice = ballot["choice"].as_u64().and_then(|choice| usize::try_from(choice).ok());
        let choice = choice.filter(|choice| *choice < question.choices);
        let guess = ballot["guess"].as_f64().filter(|guess| (0.0..=MOST).contains(guess));
        let (Some(choice), true) = (choice, guess.is_some() || !question.guesses) else {
            let why = "a vote has one of the choices, counted from 0, and a guess from 0 to 1000";
            return Err((400, "no-vote", why));
        };
        if state.frozen {
            return Err((409, "frozen", "the votes are frozen"));
        }
        let phone = state.phones.get_mut(mark);
        let phone = phone.ok_or((403, "no-phone", "this phone has not entered yet"))?;
        phone.vote = Some(Vote { choice, guess: guess.filter(|_| question.guesses) });
        Ok(())
    }

    /// Asks a question, which clears the votes, or freezes them.
    pub(super) fn steer(&self, order: &Value) -> Result<(), Refusal> {
        let mut state = self.lock();
        if let Some(name) = order["question"].as_str() {
            let why = "question is one of race, bytes, gap, cut, or the name of an experiment";
            let question = Question::named(name).ok_or((400, "bad-order", why))?;
            (state.question, state.frozen) = (Some(question), false);
            state.round += 1;
            state.phones.values_mut().for_each(|phone| phone.vote = None);
            return Ok(());
        }
        let why = "say a question, or whether it is frozen";
        state.frozen = order["frozen"].as_bool().ok_or((400, "bad-order", why))?;
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
    use std::net::Ipv4Addr;

    fn ballot(choice: u64, guess: f64) -> Value {
        json!({ "question": "race", "choice": choice, "guess": guess })
    }

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_phone_has_one_vote_however_often_it_votes() {
        let hall = Hall::new(1);
        hall.steer(&json!({ "question": "race" })).unwrap();
        let phone = hall.enter(HERE).unwrap();
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
    fn every_experiment_can_be_asked_and_needs_no_guess() {
        let hall = Hall::new(1);
        let phone = hall.enter(HERE).unwrap();
        for experiment in lab::ALL {
            let card = experiment.card();
            hall.steer(&json!({ "question": card.name })).unwrap();
            let asked = &hall.told(None, &[])["asked"];
            assert_eq!(asked["question"]["en"], card.question.0);
            let vote = |choice: usize| json!({ "question": card.name, "choice": choice });
            let beyond = vote(card.options.len());
            assert_eq!(hall.vote(&phone, &beyond).unwrap_err().0, 400, "{}", card.name);
            hall.vote(&phone, &vote(card.options.len() - 1)).unwrap();
            hall.steer(&json!({ "frozen": true })).unwrap();
            let told = hall.told(None, &[]);
            assert_eq!(told["counts"][card.options.len() - 1], 1, "{told}");
            assert_eq!(told["guesses"], json!([]));
        }
    }

    #[test]
    fn what_is_no_vote_or_no_order_is_refused() {
        let hall = Hall::new(1);
        let phone = hall.enter(HERE).unwrap();
        assert_eq!(hall.vote(&phone, &ballot(1, 1.0)).unwrap_err().0, 409, "nothing is asked");
        hall.steer(&json!({ "question": "race" })).unwrap();
        let no_guess = json!({ "question": "race", "choice": 1 });
        for bad in [ballot(4, 1.0), ballot(0, -1.0), ballot(0, 1e9), no_guess] {
            assert_eq!(hall.vote(&phone, &bad).unwrap_err().0, 400, "{bad}");
        }
        for bad in [json!({}), json!([])] {
            assert_eq!(hall.vote(&phone, &bad).unwrap_err().0, 409, "{bad}");
        }
        assert_eq!(hall.vote("stranger", &ballot(1, 1.0)).unwrap_err().0, 403);
        for bad in [json!({}), json!({ "question": "none" }), json!({ "frozen": 1 })] {
            assert_eq!(hall.steer(&bad).unwrap_err().0, 400, "{bad}");
        }
    }

    #[test]
    fn phones_are_spread_over_the_lanes_and_the_hall_has_an_end() {
        let hall = Hall::new(1);
        let lanes = ["a", "b", "c"];
        let marks: Vec<_> = std::iter::from_fn(|| hall.enter(HERE).ok()).take(PHONES).collect();
        for (number, mark) in marks.iter().take(6).enumerate() {
            assert_eq!(hall.told(Some(mark), &lanes)["phone"]["lane"], lanes[number % 3]);
        }
        assert_eq!(hall.told(None, &lanes)["phones"], PHONES);
        assert_eq!(hall.enter(HERE), Err(Full::Hall));
        assert!(hall.knows(&marks[0]) && !hall.knows("stranger"));
    }

    #[test]
    fn whoever_throws_cookies_away_has_no_thousand_votes() {
        let hall = Hall::new(10);
        hall.steer(&json!({ "question": "race" })).unwrap();
        let there = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        for _ in 0..1_000 {
            if let Ok(mark) = hall.enter(there(1)) {
                hall.vote(&mark, &ballot(0, 1.0)).unwrap();
            }
        }
        assert_eq!(hall.enter(there(1)), Err(Full::Address));
        let other = hall.enter(there(2)).unwrap();
        hall.vote(&other, &ballot(1, 1.0)).unwrap();
        let told = hall.told(None, &[]);
        assert_eq!((&told["voted"], &told["addresses"]), (&json!(11), &json!(2)));
    }
}
