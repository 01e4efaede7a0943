//! The `duplex` command: parse, dispatch, exit code. The one place that prints `error: …`.

use std::fmt::Display;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use duplex_lab::backend::{self, Stop};
use duplex_lab::chat::{Limits, Rooms};
use duplex_lab::cli::{self, Child, Cli, Command, Cpus, Parsed, Scenarios, Serve, Show};
use duplex_lab::compare::{self, Once, Options, Refused, Terminal};
use duplex_lab::machine::{self, Interrupt};
use duplex_lab::results::Results;
use duplex_lab::scenario::{self, Scenario};
use duplex_lab::{doctor, show};

/// Columns of a table when nobody knows how wide the terminal is.
const COLUMNS: usize = 100;

/// What `--quick` asks, and for how long.
const QUICK: [&str; 3] = ["lecture-hall", "rush", "crowd"];
const QUICK_WARM_UP: Duration = Duration::from_millis(500);
const QUICK_DURATION: Duration = Duration::from_secs(2);

/// How a command ended that did not go wrong in its use.
type Outcome = anyhow::Result<ExitCode>;

fn main() -> ExitCode {
    let outcome: Outcome = match cli::parse(colour()) {
        Parsed::Print(text) => print(&text).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Parsed::Refuse(why) => Err(Refused(why).into()),
        Parsed::Run(cli) => run(*cli),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {}", one_line(&format!("{error:#}")));
        ExitCode::from(if error.is::<Refused>() { 2 } else { 1 })
    })
}

fn run(cli: Cli) -> Outcome {
    match cli.command {
        Command::Serve(options) => serve(&options),
        Command::Compare(options) => compare(&options),
        Command::Load(options) => load(&options),
        Command::Report(options) => report(&options),
        Command::Doctor(options) => {
            let report = doctor::report();
            print(&if options.json { report.to_json() } else { report.to_string() })?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            cli::completions(shell, &mut script);
            print(&String::from_utf8(script)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Floor(child) => run_floor(&child),
    }
}

// ------------------------------------------------------------------------------------- servers

fn serve(options: &Serve) -> Outcome {
    let backend = backend::named(&options.backend).ok_or_else(|| unknown(&options.backend))?;
    let listener = listen(&options.child)?;
    let address = listener.local_addr()?;
    let stop = Arc::new(Stop::new());
    let told = Arc::clone(&stop);
    end_with(&options.child, move || told.stop())?;
    if !address.ip().is_loopback() {
        eprintln!(
            "warning: {address} can be reached from other machines, and anybody who reaches it can \
             read and write in every room; --listen 127.0.0.1:{} keeps it to this one",
            address.port()
        );
    }
    let limits = Limits { workers: options.workers.map(usize::from), ..Limits::default() };
    print(&format!("listening on http://{address}/ (backend {})\n", backend.name()))?;
    backend.serve(listener, Rooms::new(limits), &stop)?;
    Ok(ExitCode::SUCCESS)
}

fn run_floor(child: &Child) -> Outcome {
    let listener = listen(child)?;
    let interrupt = Interrupt::new();
    let told = interrupt.clone();
    end_with(child, move || told.raise())?;
    print(&format!("listening on tcp://{}/ (floor)\n", listener.local_addr()?))?;
    compare::floor::serve(listener, &interrupt)?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the CPUs, the handles and the address that a server was given.
fn listen(child: &Child) -> anyhow::Result<TcpListener> {
    pin(child.cpus.as_ref())?;
    // A server that may not have more handles serves fewer members; it says so when it comes to it.
    let _ = machine::raise_open_file_limit();
    TcpListener::bind(child.listen).map_err(|error| cannot_listen(child.listen, &error).into())
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Refused {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "something is listening there already: stop it, or choose another port with --listen"
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 need privileges: choose a higher one",
        _ => "choose an address of this machine with --listen",
    };
    Refused(format!("cannot listen on {address}: {error}; {advice}"))
}

/// Ends a server on Ctrl-C or SIGTERM, and with its parent where that was asked for.
fn end_with(child: &Child, end: impl Fn() + Send + Clone + 'static) -> anyhow::Result<()> {
    on_signal(end.clone())?;
    if child.exit_with_parent {
        thread::Builder::new().name("parent".to_owned()).spawn(move || {
            // Whatever comes is of no interest; that nothing more can come is.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            end();
        })?;
    }
    Ok(())
}

/// The first signal asks, the second one does not wait for the answer.
fn on_signal(ask: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let interrupt = Interrupt::new();
    ctrlc::set_handler(move || {
        if interrupt.is_raised() {
            leave_at_once();
        }
        interrupt.raise();
        ask();
    })?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "somebody pressed Ctrl-C twice: nothing is awaited")]
fn leave_at_once() -> ! {
    std::process::exit(130)
}

// ----------------------------------------------------------------------------------- measuring

fn compare(asked: &cli::Compare) -> Outcome {
    let workers = asked.workers.map(usize::from);
    let options = Options {
        exe: std::env::current_exe()?,
        backends: asked.backends.clone(),
        floor: true,
        scenarios: scenarios_to_compare(asked)?,
        repeats: asked.repeats.unwrap_or(if asked.quick { 1 } else { 3 }),
        seed: asked.seed,
        out: asked.out.clone(),
        workers,
        command: command_line(),
        limits: Limits { workers, ..Limits::default() }.to_map(),
    };
    let comparison = {
        // The bar is gone before the table comes.
        let mut reporter = Terminal::new();
        compare::run(&options, &mut reporter, &interrupted_by_ctrl_c()?)?
    };
    if comparison.done() > 0 {
        // With nothing measured, a report of an earlier comparison stays as it is.
        present(&comparison.results, Some(&options.out), &asked.show)?;
    }
    let (done, failed, planned) = (comparison.done(), comparison.failed(), comparison.planned);
    if comparison.interrupted {
        eprintln!("interrupted: {done} of {planned} runs are done and saved");
    } else if failed > 0 {
        eprintln!("{failed} of {planned} runs failed: the table says why");
    }
    Ok(if comparison.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn scenarios_to_compare(asked: &cli::Compare) -> Result<Vec<Scenario>, Refused> {
    if !asked.quick {
        return chosen(&asked.scenarios, scenario::all);
    }
    let quick =
        || scenario::all().into_iter().filter(|s| QUICK.contains(&s.name.as_str())).collect();
    let full = chosen(&asked.scenarios, quick)?;
    Ok(full.into_iter().map(|s| s.shortened(QUICK_WARM_UP, QUICK_DURATION)).collect())
}

fn load(asked: &cli::Load) -> Outcome {
    pin(asked.cpus.as_ref())?;
    let scenarios =
        chosen(&asked.scenarios, || scenario::all().into_iter().skip(1).take(1).collect())?;
    let [scenario] = <[Scenario; 1]>::try_from(scenarios).map_err(|_| {
        Refused("load runs one scenario: name one with --scenario or --file".into())
    })?;
    let once = Once {
        url: asked.url.clone(),
        backend: asked.backend.clone(),
        scenario,
        seed: asked.seed,
        command: command_line(),
    };
    if let Some(out) = &asked.out {
        compare::check_folder(out, 1)?;
    }
    let results = {
        let mut reporter = Terminal::new();
        compare::load_once(&once, &mut reporter, &interrupted_by_ctrl_c()?)?
    };
    if let Some(out) = &asked.out {
        let file = out.join("results.json");
        results.save(&file).map_err(|error| cannot_write(&file, &error))?;
    }
    present(&results, asked.out.as_deref(), &asked.show)?;
    let failed = results.runs.iter().any(|run| run.failure.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn report(asked: &cli::Report) -> Outcome {
    let results = Results::load(&asked.results).map_err(|error| Refused(error.to_string()))?;
    let beside = asked.results.parent().unwrap_or(Path::new("."));
    present(&results, Some(asked.out.as_deref().unwrap_or(beside)), &asked.show)?;
    Ok(ExitCode::SUCCESS)
}

/// The scenarios named on the command line, or those that are meant when none are.
fn chosen(
    asked: &Scenarios,
    default: impl Fn() -> Vec<Scenario>,
) -> Result<Vec<Scenario>, Refused> {
    let refused = |error: scenario::BadScenario| Refused(error.to_string());
    let mut chosen = Vec::new();
    for name in &asked.scenario {
        chosen.push(scenario::named(name).map_err(refused)?);
    }
    for path in &asked.file {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Refused(format!("cannot read {shown}: {error}")))?;
        chosen.push(Scenario::from_toml(&text, &shown).map_err(refused)?);
    }
    Ok(if chosen.is_empty() { default() } else { chosen })
}

/// Prints the results and writes the report.
fn present(results: &Results, out: Option<&Path>, show: &Show) -> anyhow::Result<()> {
    let lang = match show.lang {
        cli::Lang::De => show::Lang::De,
        cli::Lang::En => show::Lang::En,
    };
    // Files first: whoever reads the table may close the pipe after a line.
    if let Some(out) = out {
        show::write_report(results, out, lang).map_err(|error| Refused(error.to_string()))?;
    }
    if show.json {
        print(&format!("{}\n", serde_json::to_string(results)?))?;
    } else {
        let style = show::Style { color: colour() };
        print(&show::table_with(results, lang, COLUMNS, style))?;
    }
    if let Some(out) = out {
        eprintln!("report: {}", out.join("index.html").display());
    }
    Ok(())
}

// ---------------------------------------------------------------------------------- small words

/// Colour is for people who have not said no (no-color.org).
fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}

fn interrupted_by_ctrl_c() -> anyhow::Result<Interrupt> {
    let interrupt = Interrupt::new();
    let told = interrupt.clone();
    on_signal(move || told.raise())?;
    Ok(interrupt)
}

fn pin(cpus: Option<&Cpus>) -> Result<(), Refused> {
    let Some(Cpus(cpus)) = cpus else { return Ok(()) };
    machine::pin_this_process(cpus).map_err(|error| Refused(error.to_string()))
}

fn unknown(backend: &str) -> Refused {
    let known: Vec<_> = backend::ALL.iter().map(|backend| backend.name()).collect();
    Refused(format!("there is no backend '{backend}': choose one of {}", known.join(", ")))
}

fn cannot_write(path: &Path, error: &dyn Display) -> Refused {
    Refused(format!("cannot write {}: {error}; choose another folder with --out", path.display()))
}

fn command_line() -> String {
    let arguments = std::env::args().skip(1);
    std::iter::once("duplex".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Prints; whoever closed the other end of the pipe has seen enough, and nothing is lost.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
