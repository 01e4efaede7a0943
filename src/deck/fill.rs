//! Finds placeholders and puts in their place what they stand for.

use super::blocks::{self, escaped};
use super::code;
use super::known::Known;
use super::slide::{Minutes, Slide, slides};
use super::{BadDeck, Deck, Reader, Shown, Source};
use crate::results::Results;

/// Fills a deck from results and from the files that `read` gives.
///
/// # Errors
/// When the deck is malformed, names something that is unknown, or shows too much code; the error
/// names the slide.
pub fn fill(source: Source<'_>, results: &[Results], read: Reader<'_>) -> Result<Deck, BadDeck> {
    let (mut markdown, all) = slides(source.text)?;
    let chosen = |slide: &&Slide<'_>| source.path.is_none_or(|path| slide.minutes.are_in(path));
    let mut filler =
        Filler { source, known: Known::of(results, source.lang), read, pictures: Vec::new() };
    let mut shown = Vec::new();
    for slide in all.iter().filter(chosen) {
        let text = filler.fill(&slide.body).map_err(|why| slide.wrong(&why))?;
        slide.check_code(&text)?;
        if !shown.is_empty() {
            markdown.push_str("\n---\n");
        }
        markdown.push_str(&header(slide));
        markdown.push_str(&text);
        let (name, minutes) = (slide.name.to_owned(), slide.minutes);
        shown.push(Shown { name, minutes, text });
    }
    markdown.push_str(blocks::STAGE);
    Ok(Deck { markdown, pictures: filler.pictures, slides: shown })
}

/// What Marp and whoever speaks need to know of a slide.
fn header(slide: &Slide<'_>) -> String {
    let classes = slide.classes();
    let class = match classes.is_empty() {
        true => String::new(),
        false => format!("<!-- _class: {classes} -->\n"),
    };
    let Minutes { short, long } = slide.minutes;
    let minutes = |path: &str, quarters: Option<u32>| match quarters {
        Some(quarters) => format!(" · {path}′: {} min", f64::from(quarters) / 4.0),
        None => format!(" · {path}′: –"),
    };
    let path = minutes("45", short) + &minutes("90", long);
    format!("\n{class}<!-- [{}]{path} -->\n", slide.name)
}

struct Filler<'a> {
    source: Source<'a>,
    known: Known<'a>,
    read: Reader<'a>,
    pictures: Vec<(String, String)>,
}

impl Filler<'_> {
    /// A text with its placeholders replaced.
    fn fill(&mut self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find("{{") {
            let inside = &rest[begin + 2..];
            let Some(end) = inside.find("}}") else {
                return Err("a placeholder has no end: close it with '}}'".to_owned());
            };
            out.push_str(&rest[..begin]);
            let asked = inside[..end].split_whitespace().collect::<Vec<_>>().join(" ");
            let filled = self.placeholder(&asked);
            out.push_str(&filled.map_err(|why| format!("{{{{ {asked} }}}}: {why}"))?);
            rest = &inside[end + 2..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn placeholder(&mut self, asked: &str) -> Result<String, String> {
        let lang = self.source.lang;
        let (kind, what) = asked.split_once(' ').unwrap_or((asked, ""));
        match kind {
            "code" => self.code(what),
            "chart" => self.chart(what),
            "diagram" => self.diagram(what),
            "statement" => {
                let statement = self.known.statement(what)?;
                Ok(blocks::statement(self.known.sheet()?, statement, lang))
            }
            "predict" => Ok(blocks::predict(self.known.experiment(what)?, lang)),
            "live" if is_plain(what) => Ok(blocks::live(what, self.source.base)),
            "say" => match what.split_once(" | ") {
                Some((en, de)) => Ok(lang.say(en, de).to_owned()),
                None => Err("write {{ say ENGLISH | DEUTSCH }}".to_owned()),
            },
            // A number and its unit stay on one line.
            _ => {
                let value = escaped(&self.known.value(asked)?);
                let short = value.chars().count() <= 16;
                Ok(if short { value.replace(' ', "\u{a0}") } else { value })
            }
        }
    }

    fn code(&self, what: &str) -> Result<String, String> {
        let (path, anchor) = what.split_once('#').ok_or("write {{ code PATH#ANCHOR }}")?;
        let code =
            code::anchored(&(self.read)(path)?, anchor).map_err(|why| format!("{path}: {why}"))?;
        Ok(format!("```{}\n{code}```", code::language(path)))
    }

    fn chart(&mut self, what: &str) -> Result<String, String> {
        let (name, drawing) =
            what.split_once(" or diagram ").map_or((what, None), |(a, b)| (a, Some(b)));
        match (self.known.chart(name), drawing) {
            (Ok(chart), _) => {
                let (title, svg) = (chart.title.clone(), chart.svg.clone());
                Ok(self.picture(name, &title, svg))
            }
            // Only an experiment that the lecture speaks of may be missing.
            (Err(_), Some(drawing))
                if name.strip_prefix("lab-").is_some_and(|one| self.known.is_planned(one)) =>
            {
                self.diagram(drawing)
            }
            (Err(why), _) => Err(why),
        }
    }

    fn diagram(&mut self, name: &str) -> Result<String, String> {
        if !is_plain(name) {
            return Err(format!(
                "'{name}' is no name of a drawing: use small letters, digits and '-'"
            ));
        }
        let template = (self.read)(&format!("slides/diagrams/{name}.svg"))?;
        let svg = self.fill(&template)?;
        let title = svg.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        let title = title.map_or(name, |(title, _)| title).to_owned();
        Ok(self.picture(name, &title, svg))
    }

    /// Keeps a picture and gives the Markdown that shows it.
    fn picture(&mut self, name: &str, title: &str, svg: String) -> String {
        let path = format!("{}/{name}.svg", self.source.pictures);
        if !self.pictures.iter().any(|(known, _)| *known == path) {
            self.pictures.push((path.clone(), svg));
        }
        let title: String = title.chars().filter(|c| !matches!(c, '[' | ']' | '\\')).collect();
        format!("![{}]({path})", escaped(&title))
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(plain)
}
