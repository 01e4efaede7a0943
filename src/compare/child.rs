//! A server as a child process: started, its address read from its first line, and always ended.
//!
//! The child gets a pipe as its standard input and ends when that pipe closes, so it dies with us
//! even if we are killed without a chance to say goodbye. It knows nothing of what is measured.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use crate::machine::{self, Interrupt};

/// How many of the last lines on standard error are kept to explain a death.
const LAST_WORDS: usize = 3;
/// How often a wait looks whether the child is gone or somebody asked to stop.
const GLANCE: Duration = Duration::from_millis(10);
/// How long the last words of a dead child may take to reach us.
const LISTEN: Duration = Duration::from_millis(500);

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    addr: SocketAddr,
    last_words: LastWords,
    /// Disconnected as soon as everything it said on standard error has been read.
    all_said: Option<Receiver<()>>,
}

type LastWords = Arc<Mutex<VecDeque<String>>>;

impl Server {
    /// Starts the server and waits until it says where it listens.
    ///
    /// # Errors
    /// When it cannot be started, ends, says something else first, or says nothing in time. It is
    /// then gone.
    pub(super) fn start(
        command: &mut Command,
        patience: Duration,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Server> {
        apart_from_ctrl_c(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        // From here on the child is in a value that kills it when it is dropped.
        let mut server = Server { child, addr, last_words: LastWords::default(), all_said: None };
        let first_line = server.listen_to_it()?;
        server.addr = server.first_line(&first_line, patience, interrupt)?;
        Ok(server)
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Why it is gone, in case it ends by itself within that time. Connections break a moment
    /// before a process is gone, so whoever saw one break should wait that moment.
    pub(super) fn ended(&mut self, patience: Duration) -> Option<String> {
        let status = self.wait(patience)?;
        Some(self.obituary("ended during the run", status))
    }

    /// Asks it to end, waits, and kills it if it does not.
    ///
    /// # Errors
    /// When it had to be killed or ended with a complaint. It is gone in any case.
    pub(super) fn stop(mut self, patience: Duration) -> Result<(), String> {
        if self.child.try_wait().is_ok_and(|status| status.is_some()) {
            return Ok(());
        }
        if machine::ask_to_stop(self.pid()).is_err() {
            // The other way to say it: the pipe it reads closes.
            drop(self.child.stdin.take());
        }
        match self.wait(patience) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.obituary("was asked to stop and complained", status)),
            None => Err(format!(
                "the server did not end within {} s of being asked to and was killed",
                patience.as_secs()
            )),
        }
    }

    /// Waits until it has ended; `None` when it has not in time.
    fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if Instant::now() >= deadline {
                return None;
            }
            thread::park_timeout(GLANCE);
        }
    }

    /// Starts the two threads that read what it says; the first line comes through the channel.
    fn listen_to_it(&mut self) -> anyhow::Result<Receiver<String>> {
        let (sender, receiver) = channel();
        let out = self.child.stdout.take().context("the server has no standard output")?;
        let err = self.child.stderr.take().context("the server has no standard error")?;
        let last_words = Arc::clone(&self.last_words);
        let reader = || thread::Builder::new().name("server output".to_owned());
        reader().spawn(move || forward_first_line(out, &sender)).context("no thread to be had")?;
        let (all_said, said) = channel();
        let keep = move || {
            keep_last_words(err, &last_words);
            drop(all_said);
        };
        reader().spawn(keep).context("no thread to be had")?;
        self.all_said = Some(said);
        Ok(receiver)
    }

    fn first_line(
        &mut self,
        lines: &Receiver<String>,
        patience: Duration,
        interrupt: &Interrupt,
    ) -> anyhow::Result<SocketAddr> {
        let deadline = Instant::now() + patience;
        loop {
            match lines.recv_timeout(GLANCE) {
                Ok(line) => {
                    return address_in(&line).ok_or_else(|| {
                        anyhow!(
                            "the server's first line is '{}' instead of 'listening on …'",
                            short(&line)
                        )
                    });
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let Some(status) = self.wait(Duration::from_secs(1)) else {
                        bail!("the server closed its output before it said where it listens");
                    };
                    bail!(self.obituary("ended before it listened", status));
                }
                Err(RecvTimeoutError::Timeout) if interrupt.is_raised() => bail!("interrupted"),
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => bail!(
                    "the server did not say where it listens within {} s",
                    patience.as_secs_f64()
                ),
            }
        }
    }

    /// How and with which last words it ended, on one line.
    fn obituary(&self, how: &str, status: ExitStatus) -> String {
        if let Some(all_said) = &self.all_said {
            // Either answer is fine: everything was read, or somebody else keeps the pipe open.
            let _ = all_said.recv_timeout(LISTEN);
        }
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = if words.is_empty() { "without a word".to_owned() } else { words.join(" | ") };
        format!("the server {how} ({status}): {said}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a child that has ended and was waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ctrl-C in a terminal goes to a whole process group. The child gets one of its own, so that it
/// does not die under a run before we know that somebody asked to stop.
fn apart_from_ctrl_c(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// The address in `listening on http://ADDR/ …`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.strip_prefix("listening on ")?.split_once("://")?;
    rest.split_once('/')?.0.parse().ok()
}

/// Hands on the first line and reads the rest away, so that the child never blocks on a full pipe.
fn forward_first_line(out: impl Read, sender: &Sender<String>) {
    let mut first = Vec::new();
    let mut out = BufReader::new(out);
    // A first line is short; whatever else comes is not one, and must not fill our memory.
    let read = out.by_ref().take(4096).read_until(b'\n', &mut first);
    if read.is_ok_and(|bytes| bytes > 0) {
        // Nobody listening any more is fine: then nobody needs the line.
        let _ = sender.send(String::from_utf8_lossy(&first).trim_end().to_owned());
    }
    // The sender lives until the child closes its output: that is how its end is noticed.
    let _ = std::io::copy(&mut out, &mut std::io::sink());
}

fn keep_last_words(err: impl Read, kept: &LastWords) {
    for line in BufReader::new(err).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        if line.is_empty() {
            continue;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == LAST_WORDS {
            kept.pop_front();
        }
        kept.push_back(short(&line));
    }
}

/// At most 200 characters of a line.
fn short(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn shell(script: &str, patience: Duration) -> anyhow::Result<Server> {
        Server::start(Command::new("/bin/sh").args(["-c", script]), patience, &Interrupt::new())
    }

    fn failure(script: &str, patience: Duration) -> String {
        shell(script, patience).unwrap_err().to_string()
    }

    #[test]
    fn the_address_is_in_the_first_line() {
        let local = SocketAddr::from(([127, 0, 0, 1], 4711));
        let web = "listening on http://127.0.0.1:4711/ (backend async)";
        assert_eq!(address_in(web), Some(local));
        assert_eq!(address_in("listening on tcp://127.0.0.1:4711/ (floor)"), Some(local));
        for line in ["", "listening on port 80", "http://127.0.0.1:4711/", "listening on http:///"]
        {
            assert_eq!(address_in(line), None, "{line}");
        }
    }

    #[test]
    fn a_child_that_ends_at_once_is_quoted() {
        let message = failure("echo 'error: port 7 is in use' >&2; exit 2", LONG);
        assert!(message.contains("ended before it listened"), "{message}");
        assert!(message.contains("(exit status: 2): error: port 7"), "{message}");
    }

    #[test]
    fn a_child_that_says_something_else_is_quoted() {
        let message = failure("echo hello; read forever", LONG);
        assert!(message.contains("'hello'"), "{message}");
        let message = failure("head -c 100000 /dev/zero; read forever", LONG);
        assert!(message.len() < 400, "{message}");
    }

    #[test]
    fn a_child_that_says_nothing_is_given_up() {
        let message = failure("read forever", Duration::from_millis(50));
        assert!(message.contains("within 0.05 s"), "{message}");
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let mut command = Command::new("/no/such/program");
        let error = Server::start(&mut command, LONG, &Interrupt::new()).unwrap_err();
        assert!(error.to_string().contains("/no/such/program"), "{error}");
    }

    #[test]
    fn an_interrupt_ends_the_wait() {
        let interrupt = Interrupt::new();
        interrupt.raise();
        let mut command = Command::new("/bin/sh");
        let error = Server::start(command.args(["-c", "read forever"]), LONG, &interrupt);
        assert_eq!(error.unwrap_err().to_string(), "interrupted");
    }

    const SAY: &str = "echo 'listening on tcp://127.0.0.1:9/ (floor)';";

    #[test]
    fn a_server_is_stopped_with_the_request_or_the_closing_pipe() {
        let server =
            shell(&format!("trap 'exit 0' TERM; {SAY} read forever; exit 0"), LONG).unwrap();
        assert_eq!(server.addr().port(), 9);
        assert_eq!(server.stop(LONG), Ok(()));
    }

    #[test]
    fn a_server_that_dies_says_why() {
        let mut server = shell(&format!("{SAY} echo 'out of luck' >&2; exit 7"), LONG).unwrap();
        let why = server.ended(LONG).unwrap();
        assert!(why.contains("exit status: 7") && why.contains("out of luck"), "{why}");
        assert_eq!(server.stop(LONG), Ok(()));
    }

    #[test]
    fn a_dropped_server_is_gone_whatever_it_was_doing() {
        let server = shell(&format!("trap '' TERM; {SAY} while :; do read x; done"), LONG).unwrap();
        let pid = server.pid();
        drop(server);
        assert!(machine::usage(pid).is_err(), "it is still there");
    }

    #[test]
    fn a_deaf_server_is_killed() {
        let server = shell(&format!("trap '' TERM; {SAY} while :; do read x; done"), LONG);
        let server = server.unwrap();
        let pid = server.pid();
        let trouble = server.stop(Duration::from_millis(50));
        // Where there is no signal to be deaf to, the closed pipe may end it in time.
        if machine::usage(std::process::id()).is_ok() {
            assert!(trouble.unwrap_err().contains("was killed"));
            assert!(machine::usage(pid).is_err(), "it is still there");
        }
    }
}
