//! The `duplex` command: parse, dispatch, exit code. The one place that prints `error: …`.

use std::process::ExitCode;

use duplex_lab::backend::{self, Stop};
use duplex_lab::chat::{Limits, Rooms};
use duplex_lab::cli::{self, Cli, Command, Parsed, Serve};
use std::net::TcpListener;
use std::sync::Arc;

fn main() -> ExitCode {
    match cli::parse() {
        Parsed::Print(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Parsed::Refuse(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
        Parsed::Run(cli) => run(*cli),
    }
}

fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Serve(options) => serve(&options),
        _ => ExitCode::FAILURE,
    }
}

fn serve(options: &Serve) -> ExitCode {
    let limits = Limits { workers: options.workers.map(usize::from), ..Limits::default() };
    let listener = TcpListener::bind(options.child.listen).unwrap();
    let backend = backend::named(&options.backend).unwrap();
    println!(
        "listening on http://{}/ (backend {})",
        listener.local_addr().unwrap(),
        backend.name()
    );
    let stop = Arc::new(Stop::new());
    let s = stop.clone();
    ctrlc::set_handler(move || s.stop()).unwrap();
    backend.serve(listener, Rooms::new(limits), &stop).unwrap();
    ExitCode::SUCCESS
}
