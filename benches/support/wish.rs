//! What the arguments of `cargo bench` ask of a bench that Criterion does not measure. They are
//! passed to every bench, so it understands Criterion's: what decides whether and how long to run
//! is honoured, the rest is for the others.

use regex::Regex;

/// Criterion's options that take a value, which must not be mistaken for a filter.
const WITH_VALUE: [&str; 20] = [
    "-b",
    "-c",
    "-s",
    "--baseline",
    "--baseline-lenient",
    "--color",
    "--colour",
    "--confidence-level",
    "--format",
    "--load-baseline",
    "--measurement-time",
    "--noise-threshold",
    "--nresamples",
    "--output-format",
    "--plotting-backend",
    "--profile-time",
    "--sample-size",
    "--save-baseline",
    "--significance-level",
    "--warm-up-time",
];

/// What the arguments ask for.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    flags: Vec<String>,
    filter: Option<String>,
}

impl Wish {
    /// Reads the arguments.
    pub(crate) fn of(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut wish = Wish::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if WITH_VALUE.contains(&argument.as_str()) {
                arguments.next();
            } else if argument.starts_with('-') {
                wish.flags.push(argument);
            } else {
                wish.filter.get_or_insert(argument);
            }
        }
        wish
    }

    /// Whether this flag is given.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }

    /// Whether the bench of this name is meant, by the rules of Criterion's own filters.
    pub(crate) fn means(&self, name: &str) -> Result<bool, regex::Error> {
        match &self.filter {
            _ if self.has("--ignored") => Ok(false),
            None => Ok(true),
            Some(filter) if self.has("--exact") => Ok(filter == name),
            Some(filter) => Ok(Regex::new(filter)?.is_match(name)),
        }
    }
}
