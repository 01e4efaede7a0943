//! What trust costs: how much of the generator's processor time goes into checking and timing every
//! delivery, and how long results take to be saved, read and shown.
//!
//! The same saturating load is played with and without the checks, in turns, against one child
//! server. Without them the generator counts the deliveries and does not even read their text,
//! which is what many a load generator does. It fails when checks take 15 % of the generator's
//! time or more, when the results of a standard suite exceed 2 MB, or when reading and rendering
//! them takes longer than a second.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use duplex_lab::load::{self, Observer, Outcome, Phase, Progress, Target};
use duplex_lab::machine::{self, Interrupt, Split};
use duplex_lab::message::Wire;
use duplex_lab::plan::Plan;
use duplex_lab::results::{Results, Run};
use duplex_lab::scenario::{self, Scenario};
use duplex_lab::show::{self, Lang};

#[path = "support/wish.rs"]
mod wish;

use self::wish::Wish;

/// The name that filters see.
const NAME: &str = "trust";
/// Runs with and without checks, each.
const PAIRS: usize = 20;
/// What checks may take of the generator's time.
const MOST_SHARE: f64 = 0.15;
/// How large the results of a standard suite may be, in bytes.
const MOST_BYTES: u64 = 2_000_000;
/// How long reading and rendering them may take.
const MOST_TIME: Duration = Duration::from_secs(1);
/// Repeats of a standard suite.
const REPEATS: u32 = 3;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let wish = Wish::of(env::args().skip(1));
    if ["--help", "-h", "--version", "-V"].iter().any(|flag| wish.has(flag)) {
        println!("{NAME}: what checking costs; --test, --list and filters are honoured");
        return ExitCode::SUCCESS;
    }
    let outcome = match wish.means(NAME) {
        Ok(true) if wish.has("--list") => {
            println!("{NAME}: benchmark");
            Ok(())
        }
        // Without `--bench` it is `cargo test --benches` that calls.
        Ok(true) => measure(wish.has("--test") || !wish.has("--bench")),
        Ok(false) => Ok(()),
        Err(_) => {
            Err("the filter is not a regular expression: quote its special characters".into())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {NAME}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and judges; a trial shows only that everything fits together.
fn measure(is_trial: bool) -> Result<(), Failure> {
    // A trial measures nothing worth telling.
    println!(
        "{}",
        if is_trial { "Testing trust" } else { "\ntrust: what checking and keeping cost" }
    );
    let split = Split::of_this_machine();
    let share = checking(&split, is_trial)?;
    let (bytes, shown) = keeping(is_trial)?;
    if is_trial {
        return Ok(());
    }
    if share >= MOST_SHARE {
        return Err(format!("checks take {:.1} % of the generator", share * 100.0).into());
    }
    if bytes > MOST_BYTES {
        return Err(format!("the results of a standard suite take {bytes} bytes").into());
    }
    if shown > MOST_TIME {
        return Err(format!("showing results takes {} s", shown.as_secs_f64()).into());
    }
    Ok(())
}

/// Plays the load in turns with and without checks; answers the share that checks take.
fn checking(split: &Split, is_trial: bool) -> Result<f64, Failure> {
    let (warm_up, duration) = (Duration::from_millis(100), Duration::from_millis(400));
    let mut scenario = scenario::named("rush")?.shortened(warm_up, duration);
    if is_trial {
        scenario = Scenario { members: 4, rate: 500.0, ..scenario };
    }
    let plan = Plan::new(&scenario, 1);
    let server = Server::start(split)?;
    let _pinned = split.pin_generator();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for pair in 0..if is_trial { 1 } else { PAIRS } {
        // Whoever goes first in one pair goes second in the next.
        for is_checked in [pair % 2 == 0, pair % 2 != 0] {
            let outcome = play(&scenario, &plan, &server, is_checked)?;
            let cpu = outcome.cpu_ns.ok_or("this system does not tell a thread's CPU time")?;
            let times = if is_checked { &mut with } else { &mut without };
            times.push(cpu as f64 / outcome.delivered as f64);
        }
    }
    // The two runs of a pair met the same machine, so it is they that are compared.
    let mut shares: Vec<f64> =
        with.iter().zip(&without).map(|(with, without)| 1.0 - without / with).collect();
    let share = median(&mut shares);
    let middle_half = (shares[shares.len() / 4], shares[shares.len() - 1 - shares.len() / 4]);
    if is_trial {
        return Ok(share);
    }
    let (with, without) = (median(&mut with), median(&mut without));
    println!("  generator, ns of CPU per delivery, with checks      {with:>10.0}");
    println!("  generator, ns of CPU per delivery, without          {without:>10.0}");
    println!("  share of the checks, in the middle pair (below 15 %) {:>7.1} %", share * 100.0);
    let (low, high) = (middle_half.0 * 100.0, middle_half.1 * 100.0);
    println!("  the middle half of the pairs lies between           {low:>4.1} and {high:.1} %");
    Ok(share)
}

fn play(
    scenario: &Scenario,
    plan: &Plan,
    server: &Server,
    is_checked: bool,
) -> Result<Outcome, Failure> {
    let addr = server.addr.parse()?;
    let target = Target { addr, wire: Wire::WebSocket, first_room: 0, tls: None };
    let (observer, interrupt) = (&mut Nobody, &Interrupt::new());
    let outcome = if is_checked {
        load::run(scenario, plan, &target, observer, interrupt)
    } else {
        load::run_unchecked(scenario, plan, addr, observer, interrupt)
    }?;
    if outcome.delivered != outcome.expected || !outcome.findings.is_clean() {
        return Err(
            format!("the server failed: {:?} {:?}", outcome.findings, outcome.trouble).into()
        );
    }
    Ok(outcome)
}

/// Saves, reads and renders results as large as those of a standard suite; answers their size and
/// how long reading and rendering took.
fn keeping(is_trial: bool) -> Result<(u64, Duration), Failure> {
    let folder = tempfile::tempdir()?;
    let results = suite(folder.path(), is_trial)?;
    let file = folder.path().join("suite.json");
    let mut saved = Vec::new();
    for _ in 0..if is_trial { 1 } else { 5 } {
        let began = Instant::now();
        results.save(&file)?;
        saved.push(began.elapsed().as_secs_f64());
    }
    let bytes = fs::metadata(&file)?.len();
    let began = Instant::now();
    let read = Results::load(&file)?;
    show::write_report(&read, &folder.path().join("report"), Lang::En)?;
    let table = show::table(&read, Lang::En, 100);
    let shown = began.elapsed();
    assert!(!table.is_empty(), "a comparison of {} runs has a table", read.runs.len());
    if is_trial {
        return Ok((bytes, shown));
    }
    println!("  results of {} runs, bytes (below 2,000,000)         {bytes:>10}", read.runs.len());
    println!(
        "  saving them, ms after each run                      {:>10.1}",
        median(&mut saved) * 1e3
    );
    println!("  reading and rendering them, ms (below 1,000)        {:>10}", shown.as_millis());
    Ok((bytes, shown))
}

/// Results of the standard suite's shape: one scenario is measured, and stands for all of them.
fn suite(folder: &Path, is_trial: bool) -> Result<Results, Failure> {
    let lecture = scenario::named("lecture-hall")?;
    let time = Duration::from_millis(if is_trial { 150 } else { 1000 });
    let short = Scenario { name: "short".to_owned(), ..lecture.shortened(time / 5, time) };
    let file = folder.join("short.toml");
    fs::write(&file, toml::to_string(&short)?)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_duplex"));
    command.args(["compare", "--repeats", "1", "--file"]).arg(&file).arg("--out").arg(folder);
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let mut results = Results::load(&folder.join("results.json"))?;
    let measured = std::mem::take(&mut results.runs);
    results.scenarios = scenario::all();
    results.settings.repeats = REPEATS;
    for scenario in &results.scenarios {
        for repeat in 0..REPEATS {
            let stands_for =
                |run: &Run| Run { scenario: scenario.name.clone(), repeat, ..run.clone() };
            results.runs.extend(measured.iter().map(stands_for));
        }
    }
    Ok(results)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// Watches nothing.
struct Nobody;

impl Observer for Nobody {
    fn phase(&mut self, _phase: Phase) {}
    fn progress(&mut self, _progress: &Progress) {}
}

/// A chat server in a process of its own; dropping it ends it.
struct Server {
    child: Child,
    addr: String,
}

impl Server {
    fn start(split: &Split) -> Result<Self, Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duplex"));
        command.args(["serve", "--backend", "async", "--exit-with-parent"]);
        command.args(["--listen", "127.0.0.1:0"]);
        if split.is_pinned() {
            command.args(["--cpus", &machine::cpu_list(&split.server)]);
        }
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut server = Server { child, addr: String::new() };
        let mut line = String::new();
        let out = server.child.stdout.take().ok_or("the server has no standard output")?;
        BufReader::new(out).read_line(&mut line)?;
        let rest = line.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        server.addr = rest.ok_or("the server does not say where it listens")?.0.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
