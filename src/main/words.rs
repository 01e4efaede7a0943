//! Small things that several commands need.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use duplex_lab::cli::{self, Cpus};
use duplex_lab::compare::Refused;
use duplex_lab::{machine, show};

/// Colour is for people who have not said no (no-color.org).
pub(super) fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}

/// Whether the locale's characters are Unicode; where nobody said (as on Windows), they are.
pub(super) fn knows_unicode() -> bool {
    let said = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said);
    locale.is_none_or(|locale| is_unicode(&locale))
}

/// `C` and what names another set of characters, such as `de_CH.ISO-8859-1`, are not.
fn is_unicode(locale: &str) -> bool {
    let set = locale.split_once('.').map(|(_, set)| set.to_ascii_lowercase());
    match set {
        Some(set) => set.starts_with("utf-8") || set.starts_with("utf8"),
        None => !matches!(locale, "C" | "POSIX"),
    }
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

/// The language asked for, in the words of whoever shows.
pub(super) fn language(lang: cli::Lang) -> show::Lang {
    match lang {
        cli::Lang::De => show::Lang::De,
        cli::Lang::En => show::Lang::En,
    }
}

#[cfg(test)]
mod tests {
    use super::is_unicode;

    #[test]
    fn a_locale_says_whether_it_knows_unicode() {
        for (locale, knows) in [
            ("de_CH.UTF-8", true),
            ("C.utf8", true),
            ("en_US", true),
            ("C", false),
            ("POSIX", false),
            ("de_CH.ISO-8859-1", false),
        ] {
            assert_eq!(is_unicode(locale), knows, "{locale}");
        }
    }
}
