//! Processes of an experiment: this program once more, in a role of its own, so that it can be
//! frozen, killed or measured alone.
//!
//! An actor speaks in lines on its standard output and ends with its standard input, and so with
//! whoever started it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use super::bench::Server;
use super::vanish;
use super::wires::{join, read_frame};
use crate::{backend, machine};

/// What every line of an actor begins with: a test that plays one has lines around it.
const MARK: &str = "actor> ";

/// What a line begins with that says why a role cannot be played on this machine.
pub(super) const MARK_OF_A_SKIP: &str = "not here: ";

/// A running actor. Dropping it kills it.
pub(super) struct Actor {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Actor {
    /// Starts a process in that role.
    ///
    /// # Errors
    /// When there is no process to be had.
    pub(super) fn start(role: &[&str]) -> io::Result<Self> {
        let mut child = command(role)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = output.ok_or_else(|| io::Error::other("an actor has no standard output"))?;
        Ok(Actor { child, input, output: BufReader::new(output) })
    }

    /// A server in a process of its own, and where it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn serving(backend: &str) -> io::Result<(Self, SocketAddr)> {
        let mut actor = Actor::start(&["serve", backend])?;
        let line = actor.line()?;
        let addr = line.parse().map_err(|_| io::Error::other(format!("no address: {line}")))?;
        Ok((actor, addr))
    }

    /// The next line it says.
    ///
    /// # Errors
    /// When it ends first.
    pub(super) fn line(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line)? == 0 {
                return Err(io::Error::other("an actor ended before its time"));
            }
            if let Some((_, said)) = line.split_once(MARK) {
                return Ok(said.trim_end().to_owned());
            }
        }
    }

    /// Says a line to it.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn tell(&mut self, line: &str) -> io::Result<()> {
        let ended = || io::Error::other("an actor hears nothing any more");
        writeln!(self.input.as_mut().ok_or_else(ended)?, "{line}")
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL).
    ///
    /// # Errors
    /// When it has ended and was waited for.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and was waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program in that role.
#[cfg(not(test))]
fn command(role: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("lab-actor").args(role);
    Ok(command)
}

/// Under test this program is the test: the one below plays the role.
#[cfg(test)]
fn command(role: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["lab::actor::tests::plays_its_role", "--exact", "--nocapture"]);
    command.arg("--test-threads=1").env(tests::ROLE, role.join(" ")).stderr(Stdio::null());
    Ok(command)
}

/// Says a line to whoever started this process.
///
/// # Errors
/// When nobody listens any more.
pub(super) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{MARK}{line}")?;
    out.flush()
}

/// Plays a role until standard input ends. For processes that an experiment has started.
///
/// # Errors
/// When there is no such role, or it cannot be played.
pub fn act(role: &[String]) -> io::Result<()> {
    let role: Vec<&str> = role.iter().map(String::as_str).collect();
    let address = |text: &str| text.parse().map_err(|_| io::Error::other("no address"));
    match role.as_slice() {
        ["serve", name] => serve(name),
        ["read", addr, path] => read(address(addr)?, path),
        ["vanish-peer", addr] => vanish::peer(address(addr)?),
        ["vanish-far"] => vanish::far_peer(),
        ["vanish-cable", millis] => vanish::cable(millis),
        ["vanish-possible"] => vanish::try_cable(),
        ["sink", addr] => sink(address(addr)?),
        _ => Err(io::Error::other(format!("there is no role {}", role.join(" ")))),
    }
}

/// Serves until nobody listens.
fn serve(name: &str) -> io::Result<()> {
    // A server that may not have more handles serves fewer members; whoever asks sees it.
    let _ = machine::raise_open_file_limit();
    let backend = backend::named(name).ok_or_else(|| io::Error::other("no such backend"))?;
    let server = Server::start(backend)?;
    say(&server.addr().to_string())?;
    until_input_ends();
    Ok(())
}

/// Joins a room and reads whatever comes.
fn read(addr: SocketAddr, path: &str) -> io::Result<()> {
    let mut stream = join(addr, path)?;
    stream.set_read_timeout(None)?;
    say("joined")?;
    thread::Builder::new().spawn(move || while read_frame(&mut stream).is_ok() {})?;
    until_input_ends();
    Ok(())
}

/// Connects and reads whatever comes.
fn sink(addr: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    thread::Builder::new().spawn(move || io::copy(&mut stream, &mut io::sink()))?;
    until_input_ends();
    Ok(())
}

/// Waits until standard input ends.
pub(super) fn until_input_ends() {
    // Whatever comes is of no interest; that nothing more can come is.
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Where a test that is started as an actor finds its role.
    pub(super) const ROLE: &str = "DUPLEX_LAB_ACTOR";

    /// No test of its own: the role of a process that another test has started.
    #[test]
    fn plays_its_role() {
        let Ok(role) = std::env::var(ROLE) else { return };
        let role: Vec<String> = role.split(' ').map(str::to_owned).collect();
        act(&role).unwrap();
    }

    #[test]
    fn an_actor_serves_and_ends_with_us() {
        let (actor, addr) = Actor::serving("async").unwrap();
        assert!(join(addr, "/chat?room=lab&name=anna").is_ok());
        let pid = actor.pid();
        assert!(pid != std::process::id());
        drop(actor);
        assert!(join(addr, "/chat?room=lab&name=anna").is_err());
        assert!(Actor::start(&["no", "such", "role"]).unwrap().line().is_err());
    }
}
