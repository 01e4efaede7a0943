//! A client that vanishes before the audience: it is killed, frozen or cut off, and whoever looks sees
//! which of the eight detectors has noticed so far.
//!
//! The fault is the very one that the experiment `vanish` of the lab makes. One client vanishes at a
//! time, and it is watched for a time that the order names and this file bounds.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::Refusal;
use crate::lab::{self, DETECTORS, Fault, Noticed};
use crate::machine::Interrupt;

/// How long a client is watched, in seconds.
const WATCHED: std::ops::RangeInclusive<f64> = 1.0..=60.0;

/// What vanishes and who has noticed.
#[derive(Debug, Default)]
pub(super) struct Vanish {
    board: Arc<Mutex<Board>>,
    over: Interrupt,
}

#[derive(Debug, Default)]
struct Board {
    /// The newest run of each fault.
    runs: BTreeMap<&'static str, Run>,
    under_way: Option<&'static str>,
    thread: Option<JoinHandle<()>>,
    cut: Possible,
}

/// Whether a cable can be cut on this machine.
#[derive(Debug, Default, PartialEq)]
enum Possible {
    #[default]
    Unknown,
    Asked,
    Yes,
    No(String),
}

#[derive(Debug)]
struct Run {
    patience: Duration,
    /// When the fault happened; nothing before that.
    at: Option<Instant>,
    noticed: Noticed,
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    /// So long after the fault.
    Over(Duration),
    Failed(String),
}

impl Vanish {
    /// Lets a client vanish; says why not otherwise.
    pub(super) fn begin(&self, order: &Value) -> Result<(), Refusal> {
        let named = |name: &str| Fault::ALL.into_iter().find(|fault| fault.key() == name);
        let fault = order["fault"].as_str().and_then(named);
        let fault = fault.ok_or((400, "bad-order", "fault is killed, frozen or cut"))?;
        let seconds = order["seconds"].as_f64().filter(|seconds| WATCHED.contains(seconds));
        let seconds = seconds.ok_or((400, "bad-order", "seconds is a number from 1 to 60"))?;
        let mut board = lock(&self.board);
        if board.under_way.is_some() {
            let why = "another client is vanishing: wait until it has been watched";
            return Err((409, "busy", why));
        }
        let (shared, over) = (Arc::clone(&self.board), self.over.clone());
        let patience = Duration::from_secs_f64(seconds);
        let started = thread::Builder::new()
            .name("vanish".to_owned())
            .spawn(move || play(fault, patience, &shared, &over));
        board.thread =
            Some(started.map_err(|_| (503, "full", "there is no thread left to watch with"))?);
        board.under_way = Some(fault.key());
        board.runs.insert(fault.key(), Run::new(patience));
        Ok(())
    }

    /// Everything there is to see. Whoever asks first has it tried whether a cable can be cut.
    pub(super) fn to_json(&self) -> Value {
        let mut board = lock(&self.board);
        if board.cut == Possible::Unknown {
            let shared = Arc::clone(&self.board);
            let started = thread::Builder::new().name("cable".to_owned()).spawn(move || {
                let found = match lab::cut_is_possible() {
                    Ok(()) => Possible::Yes,
                    Err(why) => Possible::No(why.to_string()),
                };
                lock(&shared).cut = found;
            });
            // Without a thread it is tried again when somebody asks again.
            if started.is_ok() {
                board.cut = Possible::Asked;
            }
        }
        let why = if let Possible::No(why) = &board.cut { Some(why) } else { None };
        let bound = |one: &lab::Detector| one.bound().map(millis);
        let detectors: Vec<Value> = DETECTORS
            .iter()
            .map(|one| json!({ "key": one.key(), "bound_ms": bound(one) }))
            .collect();
        let runs = board.runs.iter().map(|(fault, run)| ((*fault).to_owned(), run.to_json()));
        json!({
            "cut": { "possible": board.cut == Possible::Yes, "why": why },
            "underWay": board.under_way,
            "detectors": detectors,
            "runs": runs.collect::<serde_json::Map<_, _>>(),
        })
    }

    /// Ends what is under way: a frozen process would stand there for ever.
    pub(super) fn end(&self) {
        self.over.raise();
        let thread = lock(&self.board).thread.take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Run {
    fn new(patience: Duration) -> Self {
        Run { patience, at: None, noticed: Noticed::default(), end: None }
    }

    fn to_json(&self) -> Value {
        let (phase, elapsed, why) = match (&self.end, self.at) {
            (Some(End::Failed(why)), _) => ("failed", None, Some(why)),
            (Some(End::Over(after)), _) => ("over", Some(*after), None),
            (None, Some(at)) => ("running", Some(at.elapsed()), None),
            (None, None) => ("connecting", None, None),
        };
        json!({
            "phase": phase,
            "why": why,
            "watched_ms": millis(self.patience),
            "elapsed_ms": elapsed.map(millis),
            "noticed_ms": self.noticed.map(|time| time.map(millis)),
        })
    }
}

fn play(fault: Fault, patience: Duration, board: &Mutex<Board>, over: &Interrupt) {
    let found = lab::let_vanish(fault, patience, &mut |noticed| {
        if let Some(run) = lock(board).runs.get_mut(fault.key()) {
            run.at.get_or_insert_with(Instant::now);
            run.noticed = *noticed;
        }
        !over.is_raised()
    });
    let mut board = lock(board);
    board.under_way = None;
    let cannot = found.as_ref().err().filter(|why| why.kind() == ErrorKind::Unsupported);
    if let (Fault::Cut, Some(why)) = (fault, cannot) {
        board.cut = Possible::No(why.to_string());
    }
    if let Some(run) = board.runs.get_mut(fault.key()) {
        run.end = Some(match found {
            Ok(noticed) => {
                run.noticed = noticed;
                End::Over(run.at.map_or(patience, |at| at.elapsed()))
            }
            Err(why) => End::Failed(why.to_string()),
        });
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_client_is_noticed_by_all_and_one_vanishes_at_a_time() {
        let vanish = Vanish::default();
        let order = json!({ "fault": "killed", "seconds": 20 });
        vanish.begin(&order).unwrap();
        assert_eq!(vanish.begin(&order).unwrap_err().0, 409, "one at a time");
        let thread = lock(&vanish.board).thread.take().unwrap();
        thread.join().unwrap();
        let told = vanish.to_json();
        let run = &told["runs"]["killed"];
        assert_eq!((&run["phase"], &told["underWay"]), (&json!("over"), &Value::Null), "{told}");
        for noticed in run["noticed_ms"].as_array().unwrap() {
            assert!(noticed.as_f64().is_some_and(|time| time < 20_000.0), "{told}");
        }
        vanish.begin(&order).unwrap();
        vanish.end();
        assert!(lock(&vanish.board).under_way.is_none(), "the end waits for what is under way");
    }

    #[test]
    fn what_is_no_fault_or_has_no_end_is_refused() {
        let vanish = Vanish::default();
        for bad in [
            json!({}),
            json!([]),
            json!({ "fault": "on fire", "seconds": 5 }),
            json!({ "fault": "killed" }),
            json!({ "fault": "killed", "seconds": 0 }),
            json!({ "fault": "killed", "seconds": 61 }),
            json!({ "fault": "killed", "seconds": "5" }),
        ] {
            assert_eq!(vanish.begin(&bad).unwrap_err().0, 400, "{bad}");
        }
        assert_eq!(vanish.to_json()["runs"], json!({}));
    }
}
