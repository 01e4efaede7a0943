//! Small things that several commands need.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use duplex_lab::cli::Cpus;
use duplex_lab::compare::Refused;
use duplex_lab::machine;

/// Colour is for people who have not said no (no-color.org).
pub(super) fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}

pub(super) fn cannot_write(path: &Path, error: &dyn Display) -> Refused {
    Refused(format!("cannot write {}: {error}; choose another folder with --out", path.display()))
}

pub(super) fn command_line() -> String {
    let arguments = std::env::args().skip(1);
    std::iter::once("duplex".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Prints; whoever closed the other end of the pipe has seen enough, and nothing is lost.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

pub(super) fn one_line(text: &str) -> String {
    // What a foreign server says must not steer the terminal it is shown on.
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(super) fn pin(cpus: Option<&Cpus>) -> Result<(), Refused> {
    let Some(Cpus(cpus)) = cpus else { return Ok(()) };
    machine::pin_this_process(cpus).map_err(|error| Refused(error.to_string()))
}
