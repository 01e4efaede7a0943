//! Text for terminals that know nothing but ASCII.

/// The text without any other character; a sign for a sign where one comes close, so that columns
/// stay columns, and letters by their usual spelling.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match spelled(character) {
            _ if character.is_ascii() => out.push(character),
            Some(other) => out.push_str(other),
            None => out.push('?'),
        }
    }
    out
}

fn spelled(character: char) -> Option<&'static str> {
    Some(match character {
        '─' | '–' | '−' => "-",
        '█' | '▉' | '▊' | '▋' | '▌' => "#",
        '▍' | '▎' | '▏' => " ",
        'µ' => "u",
        '×' => "x",
        '·' => "|",
        '÷' => "/",
        '±' => "~",
        '↓' => "v",
        '↑' => "^",
        '→' => ">",
        '…' => ".",
        '\u{a0}' => " ",
        '⁰' => "0",
        '¹' => "1",
        '²' => "2",
        '³' => "3",
        '⁴' => "4",
        '⁵' => "5",
        '⁶' => "6",
        '⁷' => "7",
        '⁸' => "8",
        '⁹' => "9",
        '„' | '“' | '”' => "\"",
        'ä' => "ae",
        'ö' => "oe",
        'ü' => "ue",
        'Ä' => "Ae",
        'Ö' => "Oe",
        'Ü' => "Ue",
        'ß' => "ss",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::ascii;
    use crate::results::fixture::complete;
    use crate::show::{Detail, Lang, Style, details, table_with};

    #[test]
    fn every_character_of_every_table_has_a_spelling() {
        let style = Style { ascii: true, ..Style::default() };
        let results = complete();
        for lang in Lang::ALL {
            let mut text = table_with(&results, lang, 100, style);
            text.push_str(&details(&results, lang, 100, style, &Detail::ALL));
            // A question mark of our own ends a word; one that stands for something does not.
            let lost = text.lines().find(|line| !line.is_ascii() || line.contains("??"));
            assert_eq!(lost, None);
        }
        assert_eq!(ascii("█▌ 5 µs · größer 漢"), "## 5 us | groesser ?");
    }
}
