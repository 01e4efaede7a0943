//! A deck taken apart into slides, and what one slide says of itself.

use super::{BadDeck, Path};

/// How many lines of code a slide may show.
const CODE_LINES: usize = 14;
/// How many columns each of them may have.
const CODE_COLUMNS: usize = 80;

/// How many minutes a slide takes in each path; `None` where it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Minutes {
    /// In the path of 45 minutes, in quarters of a minute.
    pub short: Option<u32>,
    /// In the path of 90 minutes, in quarters of a minute.
    pub long: Option<u32>,
}

impl Minutes {
    /// Whether the slide is part of a path.
    #[must_use]
    pub fn are_in(self, path: Path) -> bool {
        match path {
            Path::Short => self.short.is_some(),
            Path::Long => self.long.is_some(),
        }
    }
}

/// A slide as it stands in the source.
#[derive(Debug)]
pub(super) struct Slide<'a> {
    pub(super) name: &'a str,
    /// The line of its comment, from 1.
    pub(super) line: usize,
    pub(super) minutes: Minutes,
    pub(super) class: &'a str,
    /// What follows the comment, and the line it begins on.
    pub(super) body: String,
}

/// The part before the first slide, which Marp reads, and the slides.
pub(super) fn slides(text: &str) -> Result<(String, Vec<Slide<'_>>), BadDeck> {
    let wrong =
        |line, why: &str| BadDeck { slide: "front matter".to_owned(), line, why: why.into() };
    let mut lines = text.lines().enumerate();
    if lines.next().is_none_or(|(_, first)| first != "---") {
        return Err(wrong(1, "a deck begins with a line '---' and what Marp is to know"));
    }
    let mut front = String::from("---\n");
    let mut closed = false;
    for (_, line) in lines.by_ref() {
        front.push_str(line);
        front.push('\n');
        closed = line == "---";
        if closed {
            break;
        }
    }
    if !closed {
        return Err(wrong(1, "the front matter has no end: close it with a line '---'"));
    }
    let mut parts: Vec<Vec<(usize, &str)>> = vec![Vec::new()];
    let mut fenced = false;
    for (at, line) in lines {
        fenced ^= line.starts_with("```");
        match parts.last_mut() {
            Some(part) if fenced || line != "---" => part.push((at + 1, line)),
            _ => parts.push(Vec::new()),
        }
    }
    let slides = parts.iter().map(|part| slide(part)).collect::<Result<Vec<_>, _>>()?;
    for (place, slide) in slides.iter().enumerate() {
        if slides[..place].iter().any(|other| other.name == slide.name) {
            return Err(slide.wrong("there is another slide of that name: choose another one"));
        }
    }
    Ok((front, slides))
}

fn slide<'a>(part: &[(usize, &'a str)]) -> Result<Slide<'a>, BadDeck> {
    let mut lines = part.iter().skip_while(|(_, line)| line.trim().is_empty());
    let (line, first) = lines.next().copied().unwrap_or((part.first().map_or(0, |one| one.0), ""));
    let head = first.strip_prefix("<!-- slide: ").and_then(|rest| rest.strip_suffix(" -->"));
    let mut fields = head.unwrap_or_default().split('|').map(str::trim);
    let name = fields.next().unwrap_or_default();
    let mut slide =
        Slide { name, line, minutes: Minutes::default(), class: "", body: String::new() };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        slide.name = "?";
        let why = "begin a slide with <!-- slide: NAME | 45: MINUTES | 90: MINUTES -->";
        return Err(slide.wrong(why));
    }
    for field in fields {
        let (key, value) = field.split_once(':').unwrap_or((field, ""));
        match (key.trim(), quarters(value.trim())) {
            ("45", Some(minutes)) => slide.minutes.short = Some(minutes),
            ("90", Some(minutes)) => slide.minutes.long = Some(minutes),
            ("class", _) => slide.class = value.trim(),
            _ => {
                let why =
                    format!("'{field}' is neither 45: MINUTES nor 90: MINUTES nor class: NAME");
                return Err(slide.wrong(&why));
            }
        }
    }
    for (_, line) in lines {
        slide.body.push_str(line);
        slide.body.push('\n');
    }
    Ok(slide)
}

/// Minutes such as `1.5` in quarters of a minute.
fn quarters(text: &str) -> Option<u32> {
    let quarters = text.parse::<f64>().ok()? * 4.0;
    let whole = (0.0..=400.0).contains(&quarters) && quarters.fract() == 0.0;
    // Between 0 and 400 and without a fraction: nothing is lost.
    whole.then_some(quarters as u32)
}

impl Slide<'_> {
    /// An error about this slide.
    pub(super) fn wrong(&self, why: &str) -> BadDeck {
        BadDeck { slide: self.name.to_owned(), line: self.line, why: why.to_owned() }
    }

    /// Code that nobody in the last row could read.
    pub(super) fn check_code(&self, filled: &str) -> Result<(), BadDeck> {
        let mut fenced = false;
        let mut count = 0;
        for line in filled.lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                count += 1;
                let columns = line.chars().count();
                if columns > CODE_COLUMNS {
                    let why = format!(
                        "a line of code has {columns} columns, {CODE_COLUMNS} are allowed: {}",
                        line.trim()
                    );
                    return Err(self.wrong(&why));
                }
            }
        }
        match count > CODE_LINES {
            true => Err(self.wrong(&format!("{count} lines of code, {CODE_LINES} are allowed"))),
            false => Ok(()),
        }
    }

    /// What the theme needs to know: the slide's own class, and whether a path leaves it out.
    pub(super) fn classes(&self) -> String {
        let path = match self.minutes {
            Minutes { short: Some(_), .. } => "",
            Minutes { long: Some(_), .. } => "long",
            _ => "extra",
        };
        format!("{} {path}", self.class).trim().to_owned()
    }
}
