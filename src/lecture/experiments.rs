//! Experiments of the lab, made while the hall looks on.
//!
//! Each runs as `duplex lab run NAME --quick` does, in a process of its own: what is measured is the
//! same that anybody gets from the command line, and its memory and processor time are not those of
//! the lecture. One runs at a time, for two would measure each other.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::Refusal;
use super::recorded::Recorded;
use crate::lab;
use crate::machine::{self, Interrupt};
use crate::results::{LabOutcome, Results, Text};

/// How often somebody looks whether it is over.
const GLANCE: Duration = Duration::from_millis(20);
/// Longer than the longest of them takes.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long one that is asked to end may take for it.
const FAREWELL: Duration = Duration::from_secs(10);

/// What is being measured, and what became of what was.
#[derive(Debug)]
pub(super) struct Experiments {
    board: Arc<Mutex<Board>>,
    recorded: Arc<Recorded>,
}

#[derive(Debug, Default)]
struct Board {
    under_way: Option<UnderWay>,
    /// What became of the newest run of an experiment.
    ended: BTreeMap<&'static str, End>,
    /// How many have ended, so that pages see that there is something new.
    count: u64,
    is_over: bool,
}

#[derive(Debug)]
struct UnderWay {
    name: &'static str,
    begun: Instant,
    stop: Interrupt,
    thread: Option<JoinHandle<()>>,
}

/// What became of a run.
#[derive(Debug)]
enum End {
    /// Its results are with what is recorded.
    Measured,
    /// It cannot run here.
    Skipped(Text),
    /// Somebody stopped it.
    Stopped,
    Failed(String),
}

impl End {
    fn to_json(&self) -> Value {
        match self {
            End::Measured => json!({}),
            End::Stopped => json!({ "stopped": true }),
            End::Skipped(why) => json!({ "skipped": why }),
            End::Failed(why) => json!({ "failed": why }),
        }
    }
}

impl Experiments {
    /// Nothing so far; results go to what is recorded.
    pub(super) fn new(recorded: Arc<Recorded>) -> Self {
        Experiments { board: Arc::default(), recorded }
    }

    /// Begins an experiment or ends the one under way; says why not otherwise.
    pub(super) fn order(&self, order: &Value) -> Result<(), Refusal> {
        let mut board = lock(&self.board);
        if order["stop"] == true {
            if let Some(running) = &board.under_way {
                running.stop.raise();
            }
            return Ok(());
        }
        let known = order["run"].as_str().and_then(lab::named);
        let why = "run is the name of an experiment, or stop is true";
        let name = known.ok_or((400, "bad-order", why))?.card().name;
        if board.is_over || board.under_way.is_some() {
            let why = "another experiment is under way: two at a time would measure each other";
            return Err((409, "busy", why));
        }
        let stop = Interrupt::new();
        let (shared, heard) = (Arc::clone(&self.board), stop.clone());
        let recorded = Arc::clone(&self.recorded);
        let started = thread::Builder::new().name("experiment".to_owned()).spawn(move || {
            let end = match run(name, &heard) {
                Ok(results) => keep(results, &recorded),
                Err(_) if heard.is_raised() => End::Stopped,
                Err(why) => End::Failed(why.to_string()),
            };
            lock(&shared).end(name, end);
        });
        let thread = started.map_err(|_| (503, "full", "there is no thread left to wait with"))?;
        let (begun, thread) = (Instant::now(), Some(thread));
        board.under_way = Some(UnderWay { name, begun, stop, thread });
        Ok(())
    }

    /// What there is, what is under way, and what became of the others.
    pub(super) fn to_json(&self) -> Value {
        let both = |(en, de): (&str, &str)| json!({ "en": en, "de": de });
        let cards = lab::ALL.iter().map(|experiment| {
            let card = experiment.card();
            let options: Vec<Value> = card.options.iter().copied().map(both).collect();
            json!({ "name": card.name, "question": both(card.question), "setup": both(card.setup), "options": options })
        });
        let board = lock(&self.board);
        let under_way = board.under_way.as_ref().map(|running| {
            let elapsed = running.begun.elapsed().as_secs_f64() * 1e3;
            json!({ "name": running.name, "elapsed_ms": elapsed })
        });
        let ended = board.ended.iter().map(|(name, end)| ((*name).to_owned(), end.to_json()));
        json!({
            "experiments": cards.collect::<Vec<_>>(),
            "underWay": under_way,
            "ended": ended.collect::<serde_json::Map<_, _>>(),
            "count": board.count,
        })
    }

    /// Ends what is under way, with every process it started.
    pub(super) fn end(&self) {
        let mut board = lock(&self.board);
        board.is_over = true;
        let thread = board.under_way.as_mut().and_then(|running| {
            running.stop.raise();
            running.thread.take()
        });
        drop(board);
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Board {
    fn end(&mut self, name: &'static str, end: End) {
        self.under_way = None;
        self.ended.insert(name, end);
        self.count += 1;
    }
}

/// Puts results with what is recorded, when there are any.
fn keep(results: Results, recorded: &Recorded) -> End {
    let made = results.lab.as_ref().and_then(|sheet| sheet.experiments.first());
    match made.map(|experiment| experiment.outcome.clone()) {
        Some(LabOutcome::Ran { .. }) => {
            recorded.add_live(results);
            End::Measured
        }
        Some(LabOutcome::Skipped(why)) => End::Skipped(why),
        Some(LabOutcome::Failed(why)) => End::Failed(why),
        None => End::Failed("it was interrupted".to_owned()),
    }
}

/// Makes one experiment.
fn run(name: &str, stop: &Interrupt) -> io::Result<Results> {
    let folder = tempfile::tempdir()?;
    // A file, so that it never stands still because nobody reads.
    let words = folder.path().join("words");
    let mut child = command(name, folder.path())?
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&words)?)
        .spawn()?;
    let status = wait(&mut child, stop)?;
    if stop.is_raised() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let file = folder.path().join("results.json");
    if !file.exists() {
        let said = fs::read_to_string(&words).unwrap_or_default();
        let last = said.lines().last().unwrap_or("it said nothing").to_owned();
        return Err(io::Error::other(format!("it ended with {status}: {last}")));
    }
    let mut results = Results::load(&file).map_err(io::Error::other)?;
    // Whoever wants to see the same finds the same: the folder is gone.
    results.settings.command = format!("duplex lab run {name} --quick");
    Ok(results)
}

/// Waits for the end of it, or brings it about.
fn wait(child: &mut Child, stop: &Interrupt) -> io::Result<ExitStatus> {
    let deadline = Instant::now() + PATIENCE;
    let mut farewell = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let now = Instant::now();
        if farewell.is_none() && (stop.is_raised() || now >= deadline) {
            farewell = Some(now + FAREWELL);
            // It ends the processes that it started; only a killed one leaves them to notice it.
            if machine::ask_to_stop(child.id()).is_err() {
                farewell = Some(now);
            }
        }
        if farewell.is_some_and(|end| now >= end) {
            child.kill()?;
        }
        thread::sleep(GLANCE);
    }
}

/// This program, told to make that experiment.
fn command(name: &str, folder: &Path) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["lab", "run", name, "--quick", "--out"]).arg(folder);
    Ok(command)
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under test this program is the test, which does not know `lab` and says so.
    #[test]
    fn one_runs_at_a_time_and_one_without_results_says_why() {
        let experiments = Experiments::new(Arc::new(Recorded::new(Vec::new())));
        for bad in [json!({}), json!([]), json!({ "run": "none" }), json!({ "stop": false })] {
            assert_eq!(experiments.order(&bad).unwrap_err().0, 400, "{bad}");
        }
        let order = json!({ "run": "census" });
        experiments.order(&order).unwrap();
        let thread = lock(&experiments.board).under_way.as_mut().and_then(|one| one.thread.take());
        if let Err((status, ..)) = experiments.order(&order) {
            assert_eq!(status, 409);
        }
        // Without a thread it is over already.
        thread.into_iter().for_each(|thread| thread.join().unwrap());
        experiments.end();
        let told = experiments.to_json();
        assert!(
            told["ended"]["census"]["failed"].as_str().unwrap().contains("it ended with"),
            "{told}"
        );
        assert_eq!(experiments.order(&order).unwrap_err().0, 409, "the lecture is over");
    }

    #[test]
    fn every_experiment_has_a_card_that_does_not_tell_what_is_expected() {
        let told = Experiments::new(Arc::new(Recorded::new(Vec::new()))).to_json();
        let cards = told["experiments"].as_array().unwrap();
        assert_eq!(cards.len(), lab::ALL.len());
        for card in cards {
            assert!(card["options"].as_array().is_some_and(|options| options.len() > 1), "{card}");
            assert_eq!(card.get("expected"), None);
        }
    }
}
