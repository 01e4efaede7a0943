//! The two languages of a report: which words, and how numbers are written.
//!
//! Words stand where they are used, both languages side by side; this file only chooses. Knows
//! nothing of tables or charts.

use crate::results::Text;
use crate::units::{Nanos, three_digits};

/// What stands where nothing was measured.
pub(super) const NOTHING: &str = "–";

/// The language of a table, chart or report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    /// English: 1,234.5.
    #[default]
    En,
    /// German: 1.234,5.
    De,
}

impl std::str::FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "en" => Ok(Lang::En),
            "de" => Ok(Lang::De),
            _ => Err(format!("there is no language '{text}': choose en or de")),
        }
    }
}

impl Lang {
    /// Every language.
    pub(super) const ALL: [Lang; 2] = [Lang::En, Lang::De];

    /// The code for `--lang` and for the `lang` attribute of a page.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.say("en", "de")
    }

    /// Chooses one of two wordings.
    #[must_use]
    pub fn say<'a>(self, en: &'a str, de: &'a str) -> &'a str {
        match self {
            Lang::En => en,
            Lang::De => de,
        }
    }

    /// Chooses the wording of a text.
    #[must_use]
    pub fn of(self, text: &Text) -> &str {
        self.say(&text.en, &text.de)
    }

    /// Three significant digits, grouped by thousands; from a billion on with a power of ten.
    #[must_use]
    pub fn number(self, value: f64) -> String {
        if value.is_finite() && value.abs() >= 1e9 {
            let text = format!("{value:.1e}");
            return if self == Lang::De { text.replace('.', ",") } else { text };
        }
        if value.is_finite() { self.localised(&three_digits(value)) } else { NOTHING.to_owned() }
    }

    /// The number, or the sign for nothing measured.
    pub(super) fn maybe(self, value: Option<f64>) -> String {
        value.map_or_else(|| NOTHING.to_owned(), |value| self.number(value))
    }

    /// A whole count, grouped by thousands.
    pub(super) fn count(self, value: u64) -> String {
        self.localised(&value.to_string())
    }

    /// A duration in the unit that suits it.
    #[must_use]
    pub fn time(self, nanos: f64) -> String {
        let text = Nanos(nanos).to_string();
        match text.split_once(' ') {
            Some((number, unit)) => format!("{} {unit}", self.localised(number)),
            None => text,
        }
    }

    /// A factor in a sentence: two digits are what one remembers.
    #[must_use]
    pub fn factor(self, value: f64) -> String {
        let decimals = match value {
            v if v < 0.0995 => 3,
            v if v < 0.995 => 2,
            v if v < 9.95 => 1,
            _ => return self.tick(value.round()),
        };
        self.localised(&format!("{value:.decimals$}"))
    }

    /// The same, with nothing as nothing and less than a thousandth as that.
    pub(super) fn factor_or_nothing(self, value: f64) -> String {
        match value {
            0.0 => "0".to_owned(),
            v if v < 0.001 => self.localised("0.001"),
            v => self.factor(v),
        }
    }

    /// A number below one with two decimals; nothing as nothing.
    pub(super) fn hundredths(self, value: f64) -> String {
        let rounded = (value * 100.0).round() / 100.0;
        if rounded == 0.0 { "0".to_owned() } else { self.localised(&format!("{rounded:.2}")) }
    }

    /// How uncertain something is: one digit is all that is known of it.
    pub(super) fn doubt(self, value: f64) -> String {
        let decimals = match value {
            v if v < 0.095 => 2,
            v if v < 0.95 => 1,
            _ => return self.tick(value.round()),
        };
        self.localised(&format!("{value:.decimals$}"))
    }

    /// The interval of a factor. German numbers have commas of their own.
    pub(super) fn interval(self, (low, high): (f64, f64)) -> String {
        let between = self.say(", ", "; ");
        format!("[{}{between}{}]", self.factor(low), self.factor(high))
    }

    /// A round number beside an axis: without the zeros that would claim a precision.
    #[must_use]
    pub fn tick(self, value: f64) -> String {
        if value.abs() >= 1e9 {
            return self.number(value);
        }
        let text = three_digits(value);
        let short = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        self.localised(short)
    }

    /// A round duration beside an axis.
    pub(super) fn tick_time(self, nanos: f64) -> String {
        // A step such as 5e5 may come out as 499,999.99.
        let text = Nanos(nanos * (1.0 + 1e-9)).to_string();
        match text.split_once(' ') {
            Some((number, unit)) => {
                format!("{} {unit}", self.tick(number.parse().unwrap_or(nanos)))
            }
            None => text,
        }
    }

    /// A duration, or the sign for nothing measured.
    pub(super) fn maybe_time(self, nanos: Option<f64>) -> String {
        nanos.map_or_else(|| NOTHING.to_owned(), |nanos| self.time(nanos))
    }

    /// A share as a percentage that says 100 % only when it is all, and 0 % only when nothing.
    pub(super) fn share(self, share: Option<f64>) -> String {
        match share {
            None => NOTHING.to_owned(),
            Some(share) if share >= 1.0 => "100 %".to_owned(),
            Some(share) if share <= 0.0 => "0 %".to_owned(),
            Some(share) => {
                let cut = ((share * 1e4).floor() / 100.0).max(0.01);
                format!("{} %", self.localised(&format!("{cut:.2}")))
            }
        }
    }

    /// A share of CPU time, rounded to whole per cent.
    #[must_use]
    pub fn percent(self, share: Option<f64>) -> String {
        share.map_or_else(
            || NOTHING.to_owned(),
            |share| format!("{} %", self.tick((share * 100.0).round())),
        )
    }

    /// Digits with a point as the decimal separator, as this language writes them.
    fn localised(self, digits: &str) -> String {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (group, decimal) = match self {
            Lang::En => (',', '.'),
            Lang::De => ('.', ','),
        };
        let mut text = String::new();
        let count = whole.chars().filter(char::is_ascii_digit).count();
        let mut left = count;
        for character in whole.chars() {
            if character.is_ascii_digit() {
                if left < count && left % 3 == 0 {
                    text.push(group);
                }
                left -= 1;
            }
            text.push(character);
        }
        if !fraction.is_empty() {
            text.push(decimal);
            text.push_str(fraction);
        }
        text
    }
}

/// One line without control characters, at most `longest` characters: names and reasons come from
/// a file that anybody may have written.
pub(super) fn clip(text: &str, longest: usize) -> String {
    let clean = |c: char| if c.is_control() || is_invisible(c) { ' ' } else { c };
    let line: String = text.chars().map(clean).collect();
    if line.chars().count() <= longest {
        return line;
    }
    let mut short: String = line.chars().take(longest.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Characters that XML forbids or that turn the direction of the text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// A text broken into lines of at most `width` characters at its plain spaces.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(clip(word, width)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        assert_eq!(Lang::En.number(1234.5), "1,234");
        assert_eq!(Lang::De.number(1_234_567.0), "1.234.567");
        assert_eq!(Lang::De.number(1.234), "1,23");
        assert_eq!(Lang::En.number(-1234.0), "-1,234");
        assert_eq!(Lang::De.time(1_500_000.0), "1,50 ms");
        assert_eq!(Lang::De.time(61.0 * 1e12), "61.000 s");
        assert_eq!(Lang::En.count(100), "100");
    }

    #[test]
    fn small_numbers_have_no_more_digits_than_are_known() {
        assert_eq!(["0", "0,38", "-0,04"], [0.004, 0.384, -0.04].map(|v| Lang::De.hundredths(v)));
        let doubts = [0.069, 0.36, 1.7, 11.2, 1234.0].map(|value| Lang::En.doubt(value));
        assert_eq!(doubts, ["0.07", "0.4", "2", "11", "1,234"]);
        let shares = [0.0, 0.000_2, 0.04, 1.234].map(|value| Lang::En.factor_or_nothing(value));
        assert_eq!(shares, ["0", "0.001", "0.040", "1.2"]);
    }

    #[test]
    fn all_means_all() {
        assert_eq!(Lang::En.share(Some(0.999_999)), "99.99 %");
        assert_eq!(Lang::De.share(Some(0.000_001)), "0,01 %");
        assert_eq!(Lang::En.share(Some(1.0)), "100 %");
        assert_eq!(Lang::En.share(Some(0.0)), "0 %");
        assert_eq!(Lang::En.share(None), "–");
    }

    #[test]
    fn long_and_odd_texts_stay_one_short_line() {
        assert_eq!(clip("a\nb\u{1b}[1m", 20), "a b [1m");
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
    }
}
