//! Code on slides: the lines of a real source file between two comments.

/// The lines between `// slide: ANCHOR` and `// slide: end`, without the indentation they share.
///
/// What stands between `// slide: skip` and `// slide: on` is shown as `// …`. Errors say which anchors the file has.
pub(super) fn anchored(source: &str, anchor: &str) -> Result<String, String> {
    let mark = |line: &'_ str| -> Option<String> {
        let line = line.trim();
        let rest = line.strip_prefix("//").or_else(|| line.strip_prefix('#'))?;
        rest.trim().strip_prefix("slide: ").map(|name| name.trim().to_owned())
    };
    let mut lines = source.lines();
    if !lines.by_ref().any(|line| mark(line).as_deref() == Some(anchor)) {
        let marks = source
            .lines()
            .filter_map(mark)
            .filter(|name| !["end", "skip", "on"].contains(&name.as_str()));
        let known = marks.collect::<Vec<_>>().join(", ");
        let known =
            if known.is_empty() { "it has none".to_owned() } else { format!("choose of {known}") };
        return Err(format!("there is no anchor '{anchor}': {known}"));
    }
    let mut found = Vec::new();
    let mut skipped = false;
    for line in lines {
        match mark(line).as_deref() {
            Some("end") => return Ok(outdented(&found)),
            Some("skip") => {
                skipped = true;
                found.push(line);
            }
            Some("on") => skipped = false,
            // Anchors inside of one another: only the end counts, and the others are no code.
            Some(_) => {}
            None if skipped => {}
            None => found.push(line),
        }
    }
    Err(format!("the anchor '{anchor}' has no end: add a line '// slide: end'"))
}

/// Without the indentation that all lines share.
fn outdented(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let filled = lines.iter().copied().filter(|line| !line.trim().is_empty());
    let shared = filled.clone().map(|line| indent(&line)).min().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let line = line.get(shared..).unwrap_or_default().trim_end();
        text.push_str(&line.replace("slide: skip", "…"));
        text.push('\n');
    }
    text
}

/// What a fence calls the language of a file.
pub(super) fn language(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("rs") => "rust",
        Some("js" | "mjs") => "js",
        Some("toml") => "toml",
        Some("py") => "python",
        _ => "text",
    }
}
