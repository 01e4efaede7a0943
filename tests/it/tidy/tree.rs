//! Which files belong to the house, what a rule finds in them, and how exemptions are judged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::source::Source;

/// Something a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// One finding at a place.
pub(crate) fn finding(path: &str, line: usize, what: impl Into<String>) -> Finding {
    Finding { path: path.to_owned(), line, what: what.into() }
}

/// All Rust files, and all files that hold text.
pub(crate) struct Tree {
    pub(crate) sources: Vec<Source>,
    pub(crate) texts: Vec<(String, String)>,
}

impl Tree {
    /// Reads the checkout this test was built from.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        for path in tracked(root).unwrap_or_else(|| walked(root)) {
            let name = path.to_string_lossy().replace('\\', "/");
            // A file that is deleted but not yet committed, or that is no text, has nothing to say.
            if let Ok(text) = fs::read_to_string(root.join(&path)) {
                texts.push((name, text));
            }
        }
        Self::of(texts)
    }

    /// A tree of the given files.
    pub(crate) fn of(texts: Vec<(String, String)>) -> Self {
        let rust = texts.iter().filter(|(path, _)| path.ends_with(".rs"));
        let mut sources: Vec<Source> = rust.map(|(path, text)| Source::new(path, text)).collect();
        // `#[cfg(test)] mod fixture;` makes a test of the whole file it names.
        let fixtures: Vec<String> = sources.iter().flat_map(files_for_tests).collect();
        for source in sources.iter_mut().filter(|source| fixtures.contains(&source.path)) {
            source.mark_all();
        }
        Tree { sources, texts }
    }

    /// A tree for a test of a rule.
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self::of(files.iter().map(own).collect())
    }

    /// The files of the program and its library.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.path.starts_with("src/"))
    }
}

/// The files of the modules that a file declares for tests only.
fn files_for_tests(source: &Source) -> Vec<String> {
    let folder = match source.path.strip_suffix("/lib.rs") {
        Some(root) => root,
        None => source.path.trim_end_matches(".rs"),
    };
    let file = |module: String| format!("{folder}/{module}.rs");
    source.modules_for_tests().into_iter().map(file).collect()
}

/// What git knows, new files included; `None` outside a checkout.
fn tracked(root: &Path) -> Option<Vec<PathBuf>> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let names = String::from_utf8(listing.stdout).ok()?;
    let files: Vec<PathBuf> =
        names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
    (listing.status.success() && !files.is_empty()).then_some(files)
}

/// Every file of an unpacked archive, without what builds and runs leave behind.
fn walked(root: &Path) -> Vec<PathBuf> {
    let mut open = vec![root.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the checkout is readable").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root).expect("it lies below the root").to_path_buf();
            let left_behind = ["target", ".git", "reports/latest"].map(Path::new);
            if left_behind.contains(&name.as_path()) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(name);
            }
        }
    }
    files.sort();
    files
}

/// One exemption: a rule, the file it may be broken in, and why.
pub(crate) type Exemption = (&'static str, &'static str, &'static str);

/// What is left to complain about: findings without exemption, exemptions without finding.
pub(crate) fn judge(rule: &str, findings: &[Finding], exemptions: &[Exemption]) -> Vec<String> {
    let exempted = |finding: &Finding| {
        exemptions.iter().any(|(of, path, _)| *of == rule && finding.path == *path)
    };
    let broken = findings
        .iter()
        .filter(|finding| !exempted(finding))
        .map(|Finding { path, line, what }| format!("{path}:{line}: {what}"));
    let stale = exemptions
        .iter()
        .filter(|(of, path, _)| *of == rule && !findings.iter().any(|f| f.path == *path))
        .map(|(_, path, _)| format!("{path}: the exemption from '{rule}' is no longer needed"));
    broken.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exemption_covers_its_file_and_must_be_needed() {
        let found = [finding("a.rs", 3, "long")];
        let cases: [(&[Exemption], &[&str]); 4] = [
            (&[], &["a.rs:3: long"]),
            (&[("r", "a.rs", "why")], &[]),
            (&[("other", "a.rs", "why")], &["a.rs:3: long"]),
            (
                &[("r", "a.rs", "why"), ("r", "b.rs", "why")],
                &["b.rs: the exemption from 'r' is no longer needed"],
            ),
        ];
        for (exemptions, expected) in cases {
            assert_eq!(judge("r", &found, exemptions), expected);
        }
    }

    #[test]
    fn a_file_declared_for_tests_is_a_test() {
        let tree = Tree::planted(&[
            ("src/a.rs", "mod c; #[cfg(test)] mod b;"),
            ("src/a/b.rs", "x"),
            ("src/a/c.rs", "x"),
        ]);
        let test = |at: usize| tree.sources[at].tokens[0].test;
        assert!(test(1) && !test(2));
    }

    #[test]
    fn the_walk_finds_what_git_finds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(walked(root).contains(&PathBuf::from("src/lib.rs")));
        if let Some(files) = tracked(root) {
            assert!(files.contains(&PathBuf::from("src/lib.rs")));
        }
    }
}
