//! Two wordings of one text say the same: both are there, with the same placeholders and the same
//! numbers, so that nobody mends one language and forgets the other.

use super::source::{Kind, Source};
use super::tree::{Finding, Tree, finding};

/// Pairs whose languages do not agree.
pub(crate) fn wordings(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.shipped() {
        for (en, de) in pairs(source) {
            let line = source.tokens[en].line;
            // A blank that does not break is no placeholder.
            let text = |at: usize| source.word(at).replace("\\u{a0}", " ");
            let said = disagreement(&text(en), &text(de));
            found.extend(said.map(|what| finding(&source.path, line, what)));
        }
    }
    found
}

/// The tokens of texts that are two wordings of one: `say("…", "…")`, and a `format!` for each
/// language in the arms of a `match`.
fn pairs(source: &Source) -> Vec<(usize, usize)> {
    let is_text = |at: usize| source.tokens.get(at).is_some_and(|t| t.kind == Kind::Text);
    let mut found = Vec::new();
    for at in 0..source.tokens.len() {
        if source.tokens[at].test {
            continue;
        }
        if source.spells(at, "say (") && is_text(at + 2) && is_text(at + 4) {
            found.push((at + 2, at + 4));
        }
        if source.spells(at, "Lang : : En") {
            let other = arm(source, at).zip(next_german(source, at).and_then(|de| arm(source, de)));
            found.extend(other);
        }
    }
    found
}

/// The text of the arm that begins with the language at `at`, when it is one text alone.
fn arm(source: &Source, at: usize) -> Option<usize> {
    // Behind `Lang::En`, which may be the last of a tuple.
    let mut at = at + 4;
    if source.word(at) == ")" {
        at += 1;
    }
    if !source.spells(at, "= >") {
        return None;
    }
    at += 2;
    if source.word(at) == "{" {
        at += 1;
    }
    if source.spells(at, "format ! (") {
        at += 3;
    }
    (source.tokens.get(at)?.kind == Kind::Text).then_some(at)
}

/// The German arm that follows soon behind an English one.
fn next_german(source: &Source, at: usize) -> Option<usize> {
    let near = at + 4..(at + 60).min(source.tokens.len());
    near.take_while(|&other| !source.spells(other, "Lang : : En"))
        .find(|&other| source.spells(other, "Lang : : De"))
}

fn disagreement(english: &str, german: &str) -> Option<String> {
    let blank = |text: &str| text.trim_matches('"').trim().is_empty();
    if blank(english) != blank(german) {
        return Some("one language says nothing".to_owned());
    }
    let (one, other) = (placeholders(english), placeholders(german));
    if one != other {
        return Some(format!("placeholders differ: {one:?} and {other:?}"));
    }
    let (one, other) = (numbers(english), numbers(german));
    (one != other).then(|| format!("numbers differ: {one:?} and {other:?}"))
}

/// What stands in braces, sorted; how it is written out is each language's own business.
fn placeholders(text: &str) -> Vec<&str> {
    let inside = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    let mut found: Vec<&str> =
        inside.map(|(it, _)| it.split_once(':').map_or(it, |(name, _)| name)).collect();
    found.sort_unstable();
    found
}

/// The numbers in digits, sorted, without what separates them.
fn numbers(text: &str) -> Vec<String> {
    let bare: String =
        text.split('{').map(|part| part.split_once('}').map_or(part, |p| p.1)).collect();
    let words = bare.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
    let digits = words.map(|word| word.replace(['.', ','], "")).filter(|word| !word.is_empty());
    let mut found: Vec<String> = digits.collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_languages_say_differently_is_found() {
        for (text, found) in [
            ("lang.say(\"95 % of all\", \"95 % von allen\")", 0),
            ("lang.say(\"1,234.5 µs\", \"1.234,5 µs\")", 0),
            ("lang.say(\"52 bytes\", \"20 Bytes\")", 1),
            ("lang.say(\"something\", \"\")", 1),
            (
                "match l { Lang::En => format!(\"{a} of {b}\"), Lang::De => format!(\"{b}: {a}\") }",
                0,
            ),
            ("match l { Lang::En => format!(\"{a}\"), Lang::De => format!(\"{b}\") }", 1),
            ("match l { (_, Lang::En) => { format!(\"{}\", x) } (_, Lang::De) => \"x\" }", 1),
            ("match l { Lang::En => x, Lang::De => format!(\"{b}\") }", 0),
            ("#[cfg(test)] mod t { fn f() { lang.say(\"1\", \"2\") } }", 0),
        ] {
            let tree = Tree::planted(&[("src/show/x.rs", text)]);
            assert_eq!(wordings(&tree).len(), found, "{text}");
        }
    }

    #[test]
    fn the_house_has_pairs_to_judge() {
        let tree = Tree::read();
        assert!(tree.shipped().map(|source| pairs(source).len()).sum::<usize>() > 100);
    }
}
