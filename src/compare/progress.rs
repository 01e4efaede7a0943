//! Progress on standard error: a bar in a terminal, one plain line per finished run elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::reporter::{Reporter, Upcoming};
use crate::load::{Phase, Progress};
use crate::results::Run;
use crate::units::{Count, Nanos};

/// Steps of the bar: enough for the eye.
const STEPS: u64 = 1000;

/// Shows a comparison to a person, or to a log.
#[derive(Debug)]
pub struct Terminal {
    /// The bar, when standard error is a terminal.
    bar: Option<ProgressBar>,
    /// `[ 3/12]`.
    count: String,
    begun: Instant,
    left: Duration,
}

impl Terminal {
    /// A bar if standard error is a terminal, plain lines otherwise.
    #[must_use]
    pub fn new() -> Self {
        let bar = stderr().is_terminal().then(|| {
            // The template is a constant that a test has read.
            let style = ProgressStyle::with_template(TEMPLATE)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─");
            ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        Terminal { bar, count: String::new(), begun: Instant::now(), left: Duration::ZERO }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            // Nobody reading standard error is no reason to stop measuring.
            None => drop(writeln!(stderr(), "{line}")),
        }
    }
}

const TEMPLATE: &str = "{prefix} {bar:24} {msg}";

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Reporter for Terminal {
    fn note(&mut self, text: &str) {
        self.say(&format!("caution: {text}"));
    }

    fn started(&mut self, run: &Upcoming<'_>) {
        let width = run.of.to_string().len();
        self.count = format!("[{:>width$}/{}]", run.number, run.of);
        self.begun = Instant::now();
        self.left = run.left;
        if let Some(bar) = &self.bar {
            bar.set_prefix(format!("{} {} {}", self.count, run.scenario, run.backend));
            bar.set_position(0);
            bar.set_message("starting");
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(position(progress));
        let left = self.left.saturating_sub(self.begun.elapsed());
        bar.set_message(format!("{}, {} left", news(progress), minutes(left)));
    }

    fn finished(&mut self, run: &Run) {
        self.say(&format!("{} {}", self.count, line(run)));
    }
}

/// How far a phase has come, in steps of the bar.
fn position(progress: &Progress) -> u64 {
    let total = progress.total.as_secs_f64();
    let share = if total > 0.0 { progress.elapsed.as_secs_f64() / total } else { 0.0 };
    (share.clamp(0.0, 1.0) * STEPS as f64) as u64
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Connecting => "connecting",
        Phase::Settled => "everybody is there",
        Phase::WarmingUp => "warming up",
        Phase::Measuring => "measuring",
        Phase::Drained => "done",
        Phase::Leaving => "leaving",
    }
}

/// What is going on, with the figures that tell whether it goes well.
fn news(progress: &Progress) -> String {
    let word = word(progress.phase);
    if progress.phase == Phase::Connecting {
        return format!("{word} {}/{}", progress.joined, progress.members);
    }
    let Some(p99) = progress.recent_p99 else { return word.to_owned() };
    let rate = Count(progress.recent_rate.max(0.0) as u64);
    format!("{word}, {rate}/s, p99 {}", Nanos(p99 as f64))
}

/// A time to wait, as coarse as people want it: `40 s`, `2 min 05 s`.
fn minutes(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A finished run in one line.
fn line(run: &Run) -> String {
    let head = format!("{:<13} {:<10}", run.scenario, run.backend);
    if let Some(why) = &run.failure {
        return format!("{head} FAILED: {why}");
    }
    let Some(measured) = &run.measured else { return head };
    let quantile = |share| {
        let nanos = measured.response.quantile_among(share, measured.messages);
        nanos.map_or("–".to_owned(), |ns| Nanos(ns).to_string())
    };
    let cpu = measured.server.and_then(|cost| measured.per_delivery(cost.cpu_ns));
    let cpu = cpu.map_or(String::new(), |ns| format!("  {:>8} CPU per delivery", Nanos(ns)));
    format!("{head} p50 {:>8}  p99 {:>8}{cpu}", quantile(0.5), quantile(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_readable() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    #[test]
    fn a_bar_never_leaves_its_frame() {
        let progress = |elapsed, total| Progress {
            phase: Phase::Measuring,
            elapsed: Duration::from_secs(elapsed),
            total: Duration::from_secs(total),
            joined: 0,
            members: 0,
            sent: 0,
            delivered: 0,
            expected: 0,
            recent_p99: None,
            recent_rate: 0.0,
        };
        assert_eq!(position(&progress(0, 0)), 0);
        assert_eq!(position(&progress(1, 2)), STEPS / 2);
        assert_eq!(position(&progress(9, 2)), STEPS);
    }

    #[test]
    fn times_are_coarse() {
        assert_eq!(minutes(Duration::from_millis(59_900)), "59 s");
        assert_eq!(minutes(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failed_run_says_why() {
        let run = Run {
            scenario: "ping".to_owned(),
            backend: "async".to_owned(),
            repeat: 0,
            failure: Some("gone".to_owned()),
            measured: None,
        };
        assert_eq!(line(&run), "ping          async      FAILED: gone");
    }
}
