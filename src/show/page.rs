//! A report as one HTML page that needs nothing else: both languages, style, script and charts are
//! part of it, and it may ask for nothing from outside.
//!
//! Without script it shows the language it was asked for; with it, the reader can switch language
//! and colours, and the address remembers both.

use super::html::{self, Told};
use super::lang::Lang;
use super::recolour;
use crate::results::Export;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// What the page may load: what is in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// The page; the first language is the one shown before anybody chooses. `carried` are the files
/// that its links hold.
pub(super) fn render(told: &[Told], carried: &[Export]) -> String {
    let lang = told.first().map(|first| first.lang).unwrap_or_default();
    let title = told.first().map(html::title).unwrap_or_default();
    let pages: String =
        (0..).zip(told).map(|(place, one)| page(one, told, carried, place == 0)).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{}</style>\n</head>\n<body>\n{pages}\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        lang.code(),
        recolour::style(),
    )
}

/// One language, whole.
fn page(one: &Told, all: &[Told], carried: &[Export], shown: bool) -> String {
    let lang = one.lang;
    let code = lang.code();
    let hidden = if shown { "" } else { " hidden" };
    let title = html::title(one);
    let name = lang.say("Report", "Bericht");
    let skip = lang.say("Skip to the verdict", "Zum Ergebnis springen");
    format!(
        "<div class=\"page\" id=\"{code}\" lang=\"{code}\" data-title=\"{title}\"{hidden}>\n\
         <a class=\"skip\" href=\"#{code}-0\">{skip}</a>\n{}\
         <main id=\"{code}-0\" tabindex=\"-1\" aria-label=\"{name}\"{hidden}>\n{}</main>\n\
         <div class=\"value\" role=\"status\"></div>\n</div>\n",
        switches(lang, all),
        html::body(one, carried),
    )
}

/// Language and colours; the script shows them, because without it they could do nothing.
fn switches(lang: Lang, all: &[Told]) -> String {
    let name = |lang| match lang {
        Lang::En => "English",
        Lang::De => "Deutsch",
    };
    let link = |other: &Told| {
        let code = other.lang.code();
        let current = if other.lang == lang { " aria-current=\"true\"" } else { "" };
        format!(
            "<a href=\"#{code}\" lang=\"{code}\" hreflang=\"{code}\"{current}>{}</a>\n",
            name(other.lang)
        )
    };
    let links: String = all.iter().map(link).collect();
    let label = lang.say("Language and colours", "Sprache und Farben");
    let theme = |name: &str, text: &str| {
        format!(
            "<button type=\"button\" data-theme=\"{name}\" aria-pressed=\"false\">{text}</button>\n"
        )
    };
    let themes = [("light", lang.say("Light", "Hell")), ("dark", lang.say("Dark", "Dunkel"))];
    let buttons: String = themes.into_iter().map(|(name, text)| theme(name, text)).collect();
    format!(
        "<header class=\"switches\" aria-label=\"{label}\" hidden>\n{links}{buttons}</header>\n"
    )
}
