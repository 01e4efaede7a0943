//! Rules of the runner, kept with programs that are no servers.

use super::*;
use crate::scenario;

fn options(exe: &str, out: &Path) -> Options {
    Options {
        exe: PathBuf::from(exe),
        backends: vec!["async".to_owned(), "long-poll".to_owned()],
        floor: true,
        self_check: false,
        tls: false,
        thresholds: Vec::new(),
        scenarios: vec![scenario::named("ping").unwrap(), scenario::named("rush").unwrap()],
        repeats: 2,
        seed: 7,
        out: out.to_owned(),
        workers: None,
        command: "duplex compare".to_owned(),
        limits: BTreeMap::new(),
    }
}

/// Counts what it hears.
#[derive(Default)]
struct Ear {
    started: Vec<(usize, Duration)>,
    finished: usize,
    stop_after: Option<(usize, Interrupt)>,
}

impl Reporter for Ear {
    fn note(&mut self, _text: &str) {}
    fn started(&mut self, run: &Upcoming<'_>) {
        self.started.push((run.number, run.left));
    }
    fn progress(&mut self, _progress: &crate::load::Progress) {}
    fn finished(&mut self, _run: &Run) {
        self.finished += 1;
        if let Some((count, interrupt)) = &self.stop_after
            && self.finished == *count
        {
            interrupt.raise();
        }
    }
}

#[test]
fn servers_that_fail_are_rows_and_the_rest_goes_on() {
    let out = tempfile::tempdir().unwrap();
    for (exe, said) in [
        ("false", "ended before it listened"),
        ("echo", "instead of"),
        ("/no/such/exe", "/no/such/exe"),
    ] {
        let mut ear = Ear::default();
        let compared = run(&options(exe, out.path()), &mut ear, &Interrupt::new()).unwrap();
        assert_eq!((compared.planned, compared.done(), compared.failed()), (12, 12, 12));
        assert!(!compared.is_whole() && !compared.interrupted);
        assert_eq!(ear.finished, 12);
        let numbers: Vec<usize> = ear.started.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
        for run in &compared.results.runs {
            let why = run.failure.as_deref().unwrap();
            assert!(why.contains(said) && !why.contains('\n'), "{why}");
        }
        let saved = Results::load(&out.path().join("results.json")).unwrap();
        assert_eq!(saved, compared.results);
    }
}

#[test]
fn an_interrupt_keeps_the_finished_runs() {
    let out = tempfile::tempdir().unwrap();
    let interrupt = Interrupt::new();
    let mut ear = Ear { stop_after: Some((5, interrupt.clone())), ..Ear::default() };
    let compared = run(&options("false", out.path()), &mut ear, &interrupt).unwrap();
    assert!(compared.interrupted && !compared.is_whole());
    assert_eq!((compared.done(), compared.planned), (5, 12));
    let saved = Results::load(&out.path().join("results.json")).unwrap();
    assert_eq!(saved.runs.len(), 5);
}

#[test]
fn what_makes_no_sense_is_refused_before_the_first_run() {
    let out = tempfile::tempdir().unwrap();
    let good = options("false", &out.path().join("new"));
    for (spoil, said) in [
        ((|o| o.repeats = 0) as fn(&mut Options), "--repeats"),
        (|o| o.scenarios.clear(), "scenario"),
        (|o| o.backends.push("asink".to_owned()), "asink"),
        (|o| o.backends.push("async".to_owned()), "twice"),
        (|o| o.out = PathBuf::from("/dev/null"), "/dev/null is a file"),
    ] {
        let mut bad = good.clone();
        spoil(&mut bad);
        let mut ear = Ear::default();
        let error = run(&bad, &mut ear, &Interrupt::new()).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(said) && !message.contains('\n'), "{message}");
        assert!(ear.started.is_empty());
    }
    assert!(!out.path().join("new").exists());
}
