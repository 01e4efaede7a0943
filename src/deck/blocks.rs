//! Parts of a slide that are more than a number: a statement with its verdict, a question to vote on,
//! a link to the stage.

use crate::results::{Experiment, FactSheet, Judgement, Statement};
use crate::show::{self, Lang};

/// A statement of the lecture, its verdict, its source, and what was measured.
pub(super) fn statement(sheet: &FactSheet, statement: &Statement, lang: Lang) -> String {
    let class = match statement.judgement {
        Judgement::Right => "right",
        Judgement::HalfRight => "half-right",
        Judgement::Imprecise => "imprecise",
        Judgement::Wrong => "wrong",
    };
    let said = lang.say(&statement.en, &statement.de);
    // Quotes inside of quotes are single ones.
    let inner = said.replace('„', "‚").replace('“', "‘").replace('”', "’");
    let quoted = lang.say("“…”", "„…“").replace('…', &inner);
    let mut out = format!(
        "<div class=\"statement {class}\">\n<p class=\"said\"><b>{}</b> {}</p>\n",
        statement.number,
        escaped(&quoted)
    );
    let judged = show::judgement(statement.judgement, lang);
    let source = if statement.source == "–" { "" } else { statement.source.as_str() };
    out.push_str(&format!(
        "<p class=\"judged\"><b>{judged}</b> <span>{}</span></p>\n<p class=\"why\">{}</p>\n",
        escaped(source),
        coded(&escaped(lang.of(&statement.why)))
    ));
    let made = statement.experiments.iter().find_map(|name| sheet.experiment(name));
    if let Some(experiment) = made {
        let found = lang.say("measured", "gemessen");
        let verdict = escaped(&show::verdict(experiment, lang));
        out.push_str(&format!("<p class=\"found\"><b>{found}</b> {verdict}</p>\n"));
    }
    out.push_str("</div>");
    out
}

/// The question of an experiment and the answers to choose of.
pub(super) fn predict(experiment: &Experiment, lang: Lang) -> String {
    let mut out = format!(
        "<p class=\"question\">{}</p>\n<ol class=\"options\" type=\"A\">\n",
        escaped(lang.of(&experiment.question))
    );
    for option in &experiment.prediction.options {
        out.push_str(&format!("<li>{}</li>\n", escaped(lang.of(option))));
    }
    out.push_str("</ol>");
    out
}

/// A link to a stage page. Where a server is, the page takes the place of the picture.
pub(super) fn live(page: &str, base: &str) -> String {
    let address = escaped(&format!("{base}/{page}"));
    format!(
        "<p class=\"live\"><a data-stage=\"/{page}\" href=\"{address}\">▶ {}</a></p>",
        address.trim_start_matches("http://")
    )
}

/// Puts stage pages in the place of their recorded pictures, where the deck is served together with
/// them; opened as a file, or on paper, the pictures stay.
pub(super) const STAGE: &str = r#"
<script>
if (location.protocol.startsWith("http")) {
  for (const link of document.querySelectorAll("a[data-stage]")) {
    const address = link.dataset.stage;
    fetch(address).then((answer) => {
      if (!answer.ok) return;
      link.href = address;
      const picture = link.closest("section").querySelector("img");
      if (!picture) return;
      const frame = document.createElement("iframe");
      frame.src = address;
      frame.title = link.textContent;
      picture.replaceWith(frame);
    }).catch(() => {});
  }
}
</script>
"#;

/// Text that stands for itself in HTML and in Markdown.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What stands between two backticks is code.
fn coded(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split('`').enumerate() {
        match place % 2 {
            0 => out.push_str(part),
            _ => out.push_str(&format!("<code>{part}</code>")),
        }
    }
    out
}
