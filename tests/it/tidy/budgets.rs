//! How long a file and a function may be, and that every file says what it is.

use super::source::{Kind, Source};
use super::tree::{Finding, Tree, finding};

/// Lines a file may have; aim at 150.
const FILE_LINES: usize = 400;
/// Lines a function may have, signature included; aim at 25.
const FUNCTION_LINES: usize = 60;

/// Files above the budget.
pub(crate) fn long_files(tree: &Tree) -> Vec<Finding> {
    tree.sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES)
        .map(|(source, lines)| {
            finding(&source.path, lines, format!("{lines} lines, {FILE_LINES} are allowed"))
        })
        .collect()
}

/// Functions above the budget.
pub(crate) fn long_functions(tree: &Tree) -> Vec<Finding> {
    tree.sources.iter().flat_map(long_functions_in).collect()
}

fn long_functions_in(source: &Source) -> Vec<Finding> {
    (0..source.tokens.len())
        .filter(|&at| {
            let named = source.tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Word);
            source.word(at) == "fn" && named
        })
        .filter_map(|at| {
            let first = source.tokens[at].line;
            let lines = source.tokens[source.item_end(at)].line - first + 1;
            let what = format!(
                "fn {} has {lines} lines, {FUNCTION_LINES} are allowed",
                source.word(at + 1)
            );
            (lines > FUNCTION_LINES).then(|| finding(&source.path, first, what))
        })
        .collect()
}

/// Files that do not begin by saying what they are.
pub(crate) fn without_header(tree: &Tree) -> Vec<Finding> {
    tree.sources
        .iter()
        .filter(|source| {
            let first = source.text.lines().find(|line| !line.trim().is_empty());
            !first.is_some_and(|line| line.starts_with("//!") && line.len() > "//! ".len())
        })
        .map(|source| finding(&source.path, 1, "begin with a '//!' line that says what this is"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_long_from_the_401st_line_on() {
        for (lines, found) in [(FILE_LINES, 0), (FILE_LINES + 1, 1)] {
            let tree = Tree::planted(&[("src/x.rs", &"//\n".repeat(lines))]);
            assert_eq!(long_files(&tree).len(), found, "{lines}");
        }
    }

    #[test]
    fn a_function_is_measured_from_its_name_to_its_closing_brace() {
        let body = |lines: usize| "    x(\"}\"); // }\n".repeat(lines);
        for (text, found) in [
            (format!("fn f() {{\n{}}}\n", body(FUNCTION_LINES - 2)), 0),
            (format!("fn f() {{\n{}}}\n", body(FUNCTION_LINES - 1)), 1),
            (format!("impl T {{ fn f(&self) -> [u8; 2] {{\n{}}} }}", body(70)), 1),
            (format!("const F: fn() = f;\nmod m {{\n{}}}", body(70)), 0),
            (format!("trait T {{ fn f(); \n{}}}", body(70)), 0),
            (format!("fn g() {{ let c = '{{'; }}\nmod m {{\n{}}}", body(70)), 0),
            (format!("#[cfg(test)] mod t {{ #[test] fn f() {{\n{}}} }}", body(70)), 1),
        ] {
            let tree = Tree::planted(&[("src/x.rs", &text)]);
            assert_eq!(long_functions(&tree).len(), found, "{text}");
        }
    }

    #[test]
    fn a_file_without_header_is_found() {
        for (text, found) in [
            ("//! The log.\n", 0),
            ("\n//! The log.\nfn f() {}", 0),
            ("//!\nfn f() {}", 1),
            ("// The log.\n", 1),
            ("use std::io;\n//! late\n", 1),
            ("", 1),
        ] {
            assert_eq!(
                without_header(&Tree::planted(&[("src/x.rs", text)])).len(),
                found,
                "{text}"
            );
        }
    }
}
