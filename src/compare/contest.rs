//! Who takes part: the backends of the registry and the floor, and the command that starts each.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::backend;
use crate::machine;
use crate::message::Wire;
use crate::results::{FLOOR, TWIN};

/// One row of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contestant {
    /// Its name in the results: that of its backend, of its backend and [`TWIN`], or [`FLOOR`].
    pub(super) name: String,
    /// The `--backend` name it is started with, or [`FLOOR`].
    backend: String,
    /// One line about it.
    pub(super) about: String,
    /// The client that can talk to it.
    pub(super) wire: Wire,
}

/// The contestants of these names, all backends when there are none, each followed by its twin
/// when they are compared with themselves, and the floor last.
pub(super) fn chosen(
    names: &[String],
    floor: bool,
    twins: bool,
) -> anyhow::Result<Vec<Contestant>> {
    let mut contestants: Vec<Contestant> = Vec::new();
    for name in names.iter().filter(|name| *name != FLOOR) {
        if contestants.iter().any(|known| known.name == *name) {
            bail!("backend '{name}' is named twice: each takes part once");
        }
        contestants.push(named(name)?);
    }
    let floor = floor || names.iter().any(|name| name == FLOOR);
    if names.is_empty() {
        contestants.extend(backend::ALL.iter().map(|backend| of_registry(*backend)));
    }
    if twins {
        contestants = contestants.into_iter().flat_map(with_twin).collect();
    }
    if floor {
        contestants.push(the_floor());
    }
    Ok(contestants)
}

/// The backend of that name.
pub(super) fn named(name: &str) -> anyhow::Result<Contestant> {
    if let Some(backend) = backend::ALL.iter().find(|backend| backend.name() == name) {
        return Ok(of_registry(*backend));
    }
    let known = backend::ALL.iter().map(|backend| backend.name()).collect::<Vec<_>>().join(", ");
    bail!("there is no backend '{name}': choose of {known}")
}

fn of_registry(backend: &dyn backend::Backend) -> Contestant {
    Contestant {
        name: backend.name().to_owned(),
        backend: backend.name().to_owned(),
        about: backend.about().to_owned(),
        wire: backend.wire(),
    }
}

/// A contestant and another that differs from it in nothing but the name.
fn with_twin(original: Contestant) -> [Contestant; 2] {
    let name = format!("{}{TWIN}", original.name);
    let twin = Contestant { name, ..original.clone() };
    [original, twin]
}

fn the_floor() -> Contestant {
    Contestant {
        name: FLOOR.to_owned(),
        backend: FLOOR.to_owned(),
        about: "one thread, one bare send per delivery: what the machine needs for the bytes alone"
            .to_owned(),
        wire: Wire::Bare,
    }
}

impl Contestant {
    /// The command that starts the server: a child of the same program, on a port of its choice,
    /// that ends when its standard input does.
    pub(super) fn command(&self, exe: &Path, cpus: &[usize], workers: Option<usize>) -> Command {
        let mut command = Command::new(exe);
        command.args(self.arguments(cpus, workers));
        command
    }

    fn arguments(&self, cpus: &[usize], workers: Option<usize>) -> Vec<OsString> {
        let mut words: Vec<String> = if self.name == FLOOR {
            vec!["floor".to_owned()]
        } else {
            vec!["serve".to_owned(), "--backend".to_owned(), self.backend.clone()]
        };
        words.extend(["--listen", "127.0.0.1:0", "--exit-with-parent"].map(str::to_owned));
        if !cpus.is_empty() {
            words.extend(["--cpus".to_owned(), machine::cpu_list(cpus)]);
        }
        if let Some(workers) = workers.filter(|_| self.name != FLOOR) {
            words.extend(["--workers".to_owned(), workers.to_string()]);
        }
        words.into_iter().map(OsString::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(contestants: &[Contestant]) -> Vec<&str> {
        contestants.iter().map(|contestant| contestant.name.as_str()).collect()
    }

    #[test]
    fn nobody_named_means_everybody_and_the_floor_comes_last() {
        let registry: Vec<&str> = backend::ALL.iter().map(|backend| backend.name()).collect();
        assert_eq!(names(&chosen(&[], false, false).unwrap()), registry);
        assert_eq!(names(&chosen(&[], true, false).unwrap()), [registry, vec![FLOOR]].concat());
    }

    #[test]
    fn the_order_is_the_one_asked_for_and_the_floor_can_be_asked_for_alone() {
        let first = backend::ALL[0].name().to_owned();
        let last = backend::ALL[backend::ALL.len() - 1].name().to_owned();
        let both = chosen(&[last.clone(), first.clone()], true, false).unwrap();
        assert_eq!(names(&both), [&last, &first, FLOOR]);
        assert_eq!(names(&chosen(&[FLOOR.to_owned()], false, false).unwrap()), [FLOOR]);
    }

    #[test]
    fn an_unknown_or_doubled_backend_is_refused_with_the_known_ones() {
        let message = chosen(&["asink".to_owned()], true, false).unwrap_err().to_string();
        assert!(message.contains("'asink'") && message.contains("long-poll"), "{message}");
        let first = backend::ALL[0].name().to_owned();
        let message = chosen(&[first.clone(), first], true, false).unwrap_err().to_string();
        assert!(message.contains("twice"), "{message}");
    }

    #[test]
    fn a_twin_is_started_like_its_original_and_has_a_name_of_its_own() {
        let both = chosen(&["async".to_owned()], false, true).unwrap();
        assert_eq!(names(&both), ["async", "async-again"]);
        assert_eq!(both[0].arguments(&[1], Some(2)), both[1].arguments(&[1], Some(2)));
        assert!(both[1].arguments(&[], None).contains(&OsString::from("async")));
    }

    #[test]
    fn the_floor_takes_no_backend_and_no_workers() {
        let words = the_floor().arguments(&[0], Some(3));
        assert_eq!(
            words,
            ["floor", "--listen", "127.0.0.1:0", "--exit-with-parent", "--cpus", "0"]
        );
        let words = of_registry(backend::ALL[0]).arguments(&[], Some(3));
        assert_eq!(words[..2], ["serve", "--backend"]);
        assert_eq!(words[words.len() - 2..], ["--workers", "3"]);
        assert!(!words.contains(&OsString::from("--cpus")));
    }
}
