//! A Rust source file as tokens: just enough of a lexer to look at code without being fooled by
//! strings, characters, lifetimes, raw strings or nested comments. It knows no rule of the house.

use std::ops::Range;

/// What a token is, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word,
    /// A string of any sort, quotes included.
    Text,
    /// A number.
    Number,
    /// A character, a lifetime: nothing any rule asks about.
    Other,
    /// One character of punctuation.
    Sign,
}

/// One token and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
    pub(crate) line: usize,
    /// Whether it belongs to code that only tests compile.
    pub(crate) test: bool,
}

/// One file of the house.
#[derive(Debug)]
pub(crate) struct Source {
    /// The path from the root of the checkout, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

impl Source {
    /// Reads the text into tokens; `path` decides whether all of it is test code.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut source = Source { path: path.to_owned(), text: text.to_owned(), tokens: vec![] };
        source.tokens = Lexer { text, at: 0, line: 1 }.tokens();
        let file_of_tests =
            path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/");
        if file_of_tests {
            source.mark_all();
        } else {
            source.mark_tests();
        }
        source
    }

    /// The text of a token; empty beyond the end, so that rules can look ahead freely.
    pub(crate) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.text[token.span.clone()])
    }

    /// Whether the tokens from `at` on spell `pattern`, given as words with blanks between.
    pub(crate) fn spells(&self, at: usize, pattern: &str) -> bool {
        pattern.split(' ').enumerate().all(|(i, word)| self.word(at + i) == word)
    }

    /// The token that closes the bracket opened at `open`, or the last one.
    pub(crate) fn closing(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for at in open..self.tokens.len() {
            match self.word(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at;
            }
        }
        self.tokens.len().saturating_sub(1)
    }

    /// The brackets `[…]` of every attribute.
    pub(crate) fn attributes(&self) -> Vec<Range<usize>> {
        (0..self.tokens.len())
            .filter(|&at| self.word(at) == "#")
            .filter_map(|at| {
                let open = at + if self.word(at + 1) == "!" { 2 } else { 1 };
                (self.word(open) == "[").then(|| open..self.closing(open) + 1)
            })
            .collect()
    }

    /// Where the item that begins at `at` ends: at its `;` or at the brace that closes its body.
    pub(crate) fn item_end(&self, mut at: usize) -> usize {
        while at < self.tokens.len() {
            match self.word(at) {
                ";" => return at,
                "{" => return self.closing(at),
                "(" | "[" => at = self.closing(at),
                _ => {}
            }
            at += 1;
        }
        self.tokens.len().saturating_sub(1)
    }

    /// Says that all of the file is test code.
    pub(crate) fn mark_all(&mut self) {
        self.tokens.iter_mut().for_each(|token| token.test = true);
    }

    /// The modules that only tests compile and that lie in a file of their own.
    pub(crate) fn modules_for_tests(&self) -> Vec<String> {
        (0..self.tokens.len())
            .filter(|&at| self.tokens[at].test && self.word(at) == "mod")
            .filter(|&at| self.word(at + 2) == ";")
            .map(|at| self.word(at + 1).to_owned())
            .collect()
    }

    fn mark_tests(&mut self) {
        for attribute in self.attributes() {
            let on = |at: usize| self.word(at) == "test" && !self.spells(at - 2, "not ( test");
            let for_tests =
                self.word(attribute.start + 1) == "cfg" && attribute.clone().skip(3).any(on);
            if for_tests {
                let end = self.item_end(attribute.end);
                self.tokens[attribute.start..=end].iter_mut().for_each(|token| token.test = true);
            }
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lexer<'_> {
    fn tokens(mut self) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some(first) = self.peek(0) {
            let (start, line) = (self.at, self.line);
            match self.one(first) {
                None => {}
                Some(kind) => {
                    tokens.push(Token { kind, span: start..self.at, line, test: false });
                }
            }
        }
        tokens
    }

    /// Takes one token, blank or comment; `None` for the latter two.
    fn one(&mut self, first: char) -> Option<Kind> {
        if first.is_whitespace() {
            self.skip(1);
            None
        } else if self.rest().starts_with("//") {
            let length = self.rest().find('\n').unwrap_or(self.rest().len());
            self.skip_bytes(length);
            None
        } else if self.rest().starts_with("/*") {
            self.block_comment();
            None
        } else if first == '"' {
            self.string();
            Some(Kind::Text)
        } else if first == '\'' {
            self.quote();
            Some(Kind::Other)
        } else if first.is_ascii_digit() {
            self.number();
            Some(Kind::Number)
        } else if first.is_alphabetic() || first == '_' {
            Some(self.word_or_prefix())
        } else {
            self.skip(1);
            Some(Kind::Sign)
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest().chars().nth(ahead)
    }

    fn skip(&mut self, characters: usize) {
        let length = self.rest().chars().take(characters).map(char::len_utf8).sum();
        self.skip_bytes(length);
    }

    fn skip_bytes(&mut self, length: usize) {
        let end = (self.at + length).min(self.text.len());
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
    }

    fn block_comment(&mut self) {
        let mut depth = 0usize;
        while !self.rest().is_empty() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.skip_bytes(2);
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.skip_bytes(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.skip(1);
            }
        }
    }

    fn string(&mut self) {
        self.skip(1);
        while let Some(next) = self.peek(0) {
            self.skip(if next == '\\' { 2 } else { 1 });
            if next == '"' {
                return;
            }
        }
    }

    /// A character such as `'a'`, `'\n'` or `'\u{1}'`, or a lifetime such as `'a`.
    fn quote(&mut self) {
        self.skip(1);
        if self.peek(0) == Some('\\') {
            self.skip(2);
            let length = self.rest().find('\'').map_or(self.rest().len(), |end| end + 1);
            self.skip_bytes(length);
        } else if self.peek(1) == Some('\'') {
            self.skip(2);
        } else {
            self.name();
        }
    }

    fn name(&mut self) {
        while self.peek(0).is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.skip(1);
        }
    }

    fn number(&mut self) {
        self.name();
        // `1.5` is one number, `0..5` and `1.max(2)` are not.
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.skip(1);
            self.name();
        }
    }

    fn word_or_prefix(&mut self) -> Kind {
        let start = self.at;
        self.name();
        let word = &self.text[start..self.at];
        let hashes = self.rest().len() - self.rest().trim_start_matches('#').len();
        let quoted = self.rest()[hashes..].starts_with('"');
        match word {
            "r" | "br" | "cr" if quoted => {
                let end = format!("\"{}", "#".repeat(hashes));
                self.skip_bytes(hashes + 1);
                let length =
                    self.rest().find(&end).map_or(self.rest().len(), |found| found + end.len());
                self.skip_bytes(length);
                Kind::Text
            }
            "b" | "c" if quoted && hashes == 0 => {
                self.string();
                Kind::Text
            }
            "b" if self.rest().starts_with('\'') => {
                self.quote();
                Kind::Other
            }
            _ => Kind::Word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let source = Source::new("src/x.rs", text);
        (0..source.tokens.len()).map(|at| source.word(at).to_owned()).collect()
    }

    #[test]
    fn comments_vanish_and_strings_stay_whole() {
        for (text, expected) in [
            ("a // b\nc", vec!["a", "c"]),
            ("a /* { /* } */ \" */ c", vec!["a", "c"]),
            (r#"f("}\"{") x"#, vec!["f", "(", r#""}\"{""#, ")", "x"]),
            ("r#\"a\"b\"# y", vec!["r#\"a\"b\"#", "y"]),
            ("b\"{\" br\"}\" z", vec!["b\"{\"", "br\"}\"", "z"]),
            ("'{' b'}' '\\'' '\\u{7d}' x", vec!["'{'", "b'}'", "'\\''", "'\\u{7d}'", "x"]),
            ("&'a str '_ 'é'", vec!["&", "'a", "str", "'_", "'é'"]),
            ("0..5 1.5 1.max", vec!["0", ".", ".", "5", "1.5", "1", ".", "max"]),
            ("r#type", vec!["r", "#", "type"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let source = Source::new("src/x.rs", "\"a\nb\" /* \n */ c\n// d\ne");
        let lines: Vec<usize> = source.tokens.iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }

    #[test]
    fn code_for_tests_is_marked_and_nothing_else() {
        for (path, text, shipped) in [
            ("src/x.rs", "a #[cfg(test)] mod tests { b } c", "a # c"),
            ("src/x.rs", "#[cfg(test)] #[path = \"y\"] mod tests; c", "# c"),
            ("src/x.rs", "#[cfg(all(test, unix))] fn f(x: [u8; 2]) { b } c", "# c"),
            ("src/x.rs", "#[cfg(all(test, not(feature = \"p\")))] mod t { b } c", "# c"),
            ("src/x.rs", "#[cfg(not(test))] fn f();", "# [ cfg ( not ( test ) ) ] fn f ( ) ;"),
            ("src/x/tests.rs", "a", ""),
            ("tests/it/x.rs", "a", ""),
        ] {
            let source = Source::new(path, text);
            let kept = (0..source.tokens.len()).filter(|&at| !source.tokens[at].test);
            let kept: Vec<&str> = kept.map(|at| source.word(at)).collect();
            assert_eq!(kept.join(" "), shipped, "{text}");
        }
    }
}
