//! The statements of the lecture, each judged against the standards.

use serde::Deserialize;

use crate::results::Statement;

const STATEMENTS: &str = include_str!("statements.toml");

#[derive(Deserialize)]
struct File {
    statement: Vec<Statement>,
}

/// All statements in the order of the lecture.
#[must_use]
pub fn statements() -> Vec<Statement> {
    // The file is part of the program, and a test reads it: a program without it has none.
    toml::from_str::<File>(STATEMENTS).map(|file| file.statement).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_are_those_of_the_lecture_in_its_order() {
        let numbers: Vec<u32> = statements().iter().map(|one| one.number).collect();
        assert_eq!(numbers, (1..=39).collect::<Vec<_>>());
        for one in statements() {
            assert!(
                [&one.de, &one.en, &one.source, &one.why.de, &one.why.en]
                    .iter()
                    .all(|text| !text.is_empty()),
                "{one:?}"
            );
        }
    }
}
