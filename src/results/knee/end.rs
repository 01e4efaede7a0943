//! What ends a search without an answer, in both languages.

use super::super::Text;
use super::Found;

/// What ended a search before the promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The generator was too busy or too late to offer more.
    Generator,
    /// It was so already at the smallest load.
    AtOnce,
    /// A plan cannot ask for more.
    Plan,
    /// The generator has no file handles or ports for more members.
    Machine,
    /// Somebody asked to stop.
    Interrupted,
}

impl End {
    const ALL: [End; 5] = [End::Generator, End::AtOnce, End::Plan, End::Machine, End::Interrupted];

    /// What is said of it.
    #[must_use]
    pub fn text(self) -> Text {
        let (en, de) = match self {
            End::Generator => (
                "the knee lies beyond what the generator can offer",
                "der Knick liegt jenseits dessen, was der Lastgenerator leisten kann",
            ),
            End::AtOnce => (
                "already the smallest load was too much for the generator",
                "schon die kleinste Last war zu viel für den Lastgenerator",
            ),
            End::Plan => (
                "the knee lies beyond what a plan can ask for",
                "der Knick liegt jenseits dessen, was ein Plan verlangen kann",
            ),
            End::Machine => (
                "the knee lies beyond the members for which the generator has file handles and ports (duplex doctor)",
                "der Knick liegt jenseits der Mitglieder, für die der Lastgenerator Handles und Ports hat (duplex doctor)",
            ),
            End::Interrupted => ("the search was interrupted", "die Suche wurde unterbrochen"),
        };
        Text { en: en.to_owned(), de: de.to_owned() }
    }
}

impl Found {
    /// Why there is no knee between two loads; in English only where the file has a reason that
    /// this program does not know.
    #[must_use]
    pub fn because(&self) -> Option<Text> {
        let (Found::NeverBroken { because, .. } | Found::Unfinished { because, .. }) = self else {
            return None;
        };
        let known = End::ALL.into_iter().map(End::text).find(|text| text.en == *because);
        Some(known.unwrap_or_else(|| Text { en: because.clone(), de: because.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_in_both_languages_after_it_was_saved() {
        for end in End::ALL {
            let found = Found::NeverBroken { held: 1.0, because: end.text().en };
            let told = found.because().unwrap();
            assert_eq!(told, end.text());
            assert_ne!(told.en, told.de);
        }
        let odd = Found::NeverBroken { held: 1.0, because: "of a whim".to_owned() };
        assert_eq!(odd.because().unwrap().de, "of a whim");
        assert_eq!(Found::NeverHeld { least: 1.0 }.because(), None);
    }
}
