//! A `duplex` process that goes on while a test looks at it, and what can be done to it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a process may run before the test that started it fails.
pub(crate) const BOUND: Duration = Duration::from_secs(120);

/// A process; killed when dropped, and when it outlives [`BOUND`].
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: File,
    /// Dropped when the process has ended: the watchdog then ends, too.
    _leash: mpsc::Sender<()>,
}

impl Running {
    /// Starts `duplex` with these arguments and one more variable in its environment.
    pub(crate) fn start(arguments: &[&str], mark: &str) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_duplex")), arguments, mark)
    }

    fn spawn(mut command: Command, arguments: &[&str], mark: &str) -> Self {
        let stderr = tempfile::tempfile().expect("a temporary file can be made");
        let mut child = command
            .args(arguments)
            .env(MARK, mark)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr.try_clone().expect("a handle can be doubled"))
            .spawn()
            .expect("the command can be started");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let (leash, watched) = mpsc::channel::<()>();
        let pid = child.id();
        let watchdog = move || {
            if watched.recv_timeout(BOUND) == Err(mpsc::RecvTimeoutError::Timeout) {
                signal(pid, "KILL");
            }
        };
        thread::Builder::new().spawn(watchdog).expect("a thread can be had");
        Running { child, stdout, stderr, _leash: leash }
    }

    /// The same with so many open files at most, handles of the program itself included.
    #[cfg(unix)]
    pub(crate) fn start_with_files(files: u32, arguments: &[&str], mark: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("ulimit -n {files}; exec \"$0\" \"$@\""));
        shell.arg(env!("CARGO_BIN_EXE_duplex"));
        Self::spawn(shell, arguments, mark)
    }

    /// Its process number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on stderr so far.
    pub(crate) fn complaints(&self) -> String {
        let mut file = self.stderr.try_clone().expect("a handle can be doubled");
        // Handles of one file share their place in it, so it is put back where the child writes.
        let mut bytes = Vec::new();
        let length = file.metadata().map_or(0, |data| data.len());
        file.seek(SeekFrom::Start(0)).expect("a file can be read again");
        file.by_ref().take(length).read_to_end(&mut bytes).expect("a file can be read");
        file.seek(SeekFrom::End(0)).expect("a file has an end");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The next line on stdout.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("stdout is UTF-8");
        line
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for the end: how it was, and everything that was said and not read yet.
    pub(crate) fn ended(mut self) -> Output {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.stdout.read_to_end(&mut stdout).expect("a pipe can be read");
        let status = self.child.wait().expect("a child can be waited for");
        self.stderr.seek(SeekFrom::Start(0)).expect("a file can be read again");
        self.stderr.read_to_end(&mut stderr).expect("a file can be read");
        Output { status, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already when all is well; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal the way a shell does.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(sent.is_ok(), "there is no 'kill' command here: {sent:?}");
}

/// Children inherit the environment: by this variable they are found again.
const MARK: &str = "DUPLEX_TEST_MARK";

/// The processes started by the one that got this mark, each with its arguments.
#[cfg(target_os = "linux")]
pub(crate) fn marked(mark: &str) -> Vec<(u32, Vec<String>)> {
    let wanted = format!("{MARK}={mark}");
    let processes = std::fs::read_dir("/proc").expect("Linux has /proc").flatten();
    processes
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let list = |name: &str| -> Option<Vec<String>> {
                let bytes = std::fs::read(entry.path().join(name)).ok()?;
                Some(String::from_utf8_lossy(&bytes).split('\0').map(str::to_owned).collect())
            };
            let ours = list("environ")?.contains(&wanted);
            ours.then(|| list("cmdline")).flatten().map(|arguments| (pid, arguments))
        })
        .collect()
}
