//! What the papers beside the code owe it: the changelog its version, the scenarios both languages.

use duplex_lab::scenario;

use super::tree::{Finding, Tree, finding};

/// A changelog that does not speak of the version in `Cargo.toml`.
pub(crate) fn changelog(tree: &Tree) -> Vec<Finding> {
    let version = text(tree, "Cargo.toml")
        .lines()
        .find_map(|line| line.strip_prefix("version = "))
        .map_or("", |value| value.trim().trim_matches('"'));
    let told = text(tree, "CHANGELOG.md").lines().any(|line| {
        let title = line.strip_prefix("## ").unwrap_or_default();
        title
            .split(|c: char| !(c.is_ascii_alphanumeric() || ".-+".contains(c)))
            .any(|w| w == version)
    });
    let what = format!("has no section '## {version}'");
    if told && !version.is_empty() { vec![] } else { vec![finding("CHANGELOG.md", 1, what)] }
}

/// Sentences that stand in one language only.
pub(crate) fn one_language(_: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for scenario in scenario::all() {
        for (field, text) in [("question", &scenario.question), ("expect", &scenario.expect)] {
            if text.en.trim().is_empty() || text.de.trim().is_empty() || text.en == text.de {
                let path = format!("src/scenario/{}.toml", scenario.name);
                found.push(finding(&path, 1, format!("{field} needs 'en' and 'de'")));
            }
        }
    }
    found
}

/// Words as Switzerland spells them and other readers of German do not; those with two meanings are not
/// among them.
const SWISS: &[&str] = &[
    "gröss", "schliess", "heisst", "äusser", " ausser ", " weiss ", " gross", "liess ", "liessen",
    "bloss", "innert ", "reissen",
];

/// German that is not spelt as the rest of it is, in whatever an audience sees.
pub(crate) fn swiss(tree: &Tree) -> Vec<Finding> {
    let seen = |path: &str| {
        let kind = [".rs", ".js", ".toml", ".md", ".svg"].iter().any(|kind| path.ends_with(kind));
        kind && (path.starts_with("src/") || path.starts_with("slides/") || path.contains(".de."))
    };
    let mut found = Vec::new();
    for (path, text) in tree.texts.iter().filter(|(path, _)| seen(path)) {
        // The test of the report knows these words, too.
        for (at, line) in
            text.lines().enumerate().filter(|(_, line)| !line.contains("for swiss in"))
        {
            let line = line.to_lowercase();
            let words = SWISS.iter().filter(|word| line.contains(**word));
            found.extend(words.map(|word| finding(path, at + 1, format!("'{}'", word.trim()))));
        }
    }
    found
}

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    tree.texts.iter().find(|(name, _)| name == path).map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_is_spelt_in_one_way() {
        let page = |text| swiss(&Tree::planted(&[("src/lecture/pages/a.words.js", text)])).len();
        assert_eq!(page("de: 'Die Nachricht ist zu gross.'"), 1);
        assert_eq!(page("de: 'Schliesst sie, heisst es nichts.'"), 2);
        assert_eq!(page("de: 'Die Nachricht ist zu groß, ein Missgeschick.'"), 0);
        assert_eq!(swiss(&Tree::planted(&[("tests/it/a.rs", "gross")])).len(), 0);
    }

    #[test]
    fn the_changelog_must_have_a_section_for_the_version() {
        for (log, found) in [
            ("# Changelog\n\n## 1.2.3\n", 0),
            ("## [1.2.3] - 2026-01-01\n", 0),
            ("## 1.2.3 (unreleased)\n", 0),
            ("## 1.2.30\n", 1),
            ("1.2.3\n", 1),
            ("", 1),
        ] {
            let files = [("Cargo.toml", "[package]\nversion = \"1.2.3\"\n"), ("CHANGELOG.md", log)];
            assert_eq!(changelog(&Tree::planted(&files)).len(), found, "{log}");
        }
    }
}
