//! What others have reported, and which experiment does the same work here.

use serde::Deserialize;

use crate::results::Paper;

const PAPERS: &str = include_str!("papers.toml");

#[derive(Deserialize)]
struct File {
    paper: Vec<Paper>,
}

/// All papers, T1 to T15.
#[must_use]
pub fn papers() -> Vec<Paper> {
    // The file is part of the program, and a test reads it: a program without it has none.
    toml::from_str::<File>(PAPERS).map(|file| file.paper).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::named;
    use super::*;

    #[test]
    fn every_paper_is_whole_and_answered_or_says_why_not() {
        let numbers: Vec<String> = papers().into_iter().map(|paper| paper.number).collect();
        let expected: Vec<String> = (1..=15).map(|number| format!("T{number}")).collect();
        assert_eq!(numbers, expected);
        for paper in papers() {
            let texts = [Some(&paper.conditions), paper.not_repeated.as_ref()];
            let texts = texts.into_iter().flatten().chain(paper.reported.iter().map(|r| &r.what));
            assert!(texts.into_iter().all(|text| !text.en.is_empty() && !text.de.is_empty()));
            assert!(!paper.reported.is_empty(), "{}", paper.number);
            assert!(!paper.here.is_empty() || paper.not_repeated.is_some(), "{}", paper.number);
            for one in &paper.here {
                assert!(named(&one.experiment).is_some(), "{}: {}", paper.number, one.experiment);
            }
        }
    }
}
