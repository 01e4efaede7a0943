//! The `doctor` command: what this machine allows, what that means for a comparison, and how to
//! raise it.
//!
//! It only looks; it changes nothing and starts nothing. What a system does not tell is shown as
//! not available, never guessed.

mod checks;

use std::fmt;

use serde::Serialize;

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One entry per question, the most important first.
    pub checks: Vec<Check>,
}

/// One question about the machine and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is in anybody's way.
    pub verdict: Verdict,
    /// What was found.
    pub value: String,
    /// What that means for a comparison; empty when it speaks for itself.
    pub meaning: String,
    /// The exact command that changes it, where there is one and it is worth it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Whether a finding is in anybody's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing to do.
    Ok,
    /// Results will be worse or smaller than they could be.
    Warn,
    /// The system does not tell.
    NotAvailable,
}

/// Looks at the machine.
#[must_use]
pub fn report() -> Report {
    Report { checks: checks::all() }
}

impl Report {
    /// The report as indented JSON, for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Names, sentences and an enum: there is nothing JSON could not say.
        serde_json::to_string_pretty(self).expect("a report is always representable as JSON")
    }
}

/// How wide the printed report may be.
const WIDTH: usize = 100;
/// Where values begin: behind the verdict and the name.
const INDENT: usize = 26;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let verdict = match check.verdict {
                Verdict::Ok => "ok",
                Verdict::Warn => "warn",
                Verdict::NotAvailable => "–",
            };
            let mut head = format!("{verdict:<6}{:<20}", check.name);
            for line in wrapped(&check.value).into_iter().chain(wrapped(&check.meaning)) {
                writeln!(f, "{head:<INDENT$}{line}")?;
                head.clear();
            }
            if let Some(remedy) = &check.remedy {
                // Commands are for copying: they stand on a line of their own, unbroken.
                writeln!(f, "{:INDENT$}$ {remedy}", "")?;
            }
        }
        Ok(())
    }
}

/// A text in lines that fit beside the names; nothing for an empty text.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if INDENT + line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_printed_within_the_width() {
        let report = report();
        let text = report.to_string();
        for check in &report.checks {
            assert!(text.contains(check.name), "{}", check.name);
        }
        for line in text.lines().filter(|line| !line.trim_start().starts_with('$')) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn programs_read_the_same_as_people() {
        let report = report();
        let value: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        let checks = value["checks"].as_array().unwrap();
        assert_eq!(checks.len(), report.checks.len());
        let verdicts = ["ok", "warn", "not-available"];
        assert!(checks.iter().all(|check| verdicts.contains(&check["verdict"].as_str().unwrap())));
    }

    #[test]
    fn long_texts_are_broken_between_words() {
        let text = "word ".repeat(50);
        let lines = wrapped(&text);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), text.trim());
        assert!(wrapped("").is_empty());
    }
}
