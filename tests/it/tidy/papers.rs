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

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    tree.texts.iter().find(|(name, _)| name == path).map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

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
