//! The chat page that every backend serves: a few files embedded in the binary.
//!
//! The page asks `/health` which wire it has to speak, so the same files serve every
//! backend. This module knows paths and bytes, and nothing of HTTP, rooms or sockets.

/// A file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The file, whole.
    pub body: &'static [u8],
}

/// The file at a path such as `/` or `/chat.js`; a query is ignored, an unknown path is `None`.
#[must_use]
pub fn respond(path: &str) -> Option<Asset> {
    let (content_type, body): (_, &[u8]) = match path.split('?').next()? {
        "/" | "/chat.html" => ("text/html; charset=utf-8", include_bytes!("page/chat.html")),
        "/chat.js" => ("text/javascript; charset=utf-8", include_bytes!("page/chat.js")),
        "/wires.js" => ("text/javascript; charset=utf-8", include_bytes!("page/wires.js")),
        "/dissect.js" => ("text/javascript; charset=utf-8", include_bytes!("page/dissect.js")),
        "/drawer.js" => ("text/javascript; charset=utf-8", include_bytes!("page/drawer.js")),
        "/words.js" => ("text/javascript; charset=utf-8", include_bytes!("page/words.js")),
        "/chat.css" => ("text/css; charset=utf-8", include_bytes!("page/chat.css")),
        _ => return None,
    };
    Some(Asset { content_type, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 7] =
        ["/", "/chat.js", "/wires.js", "/drawer.js", "/dissect.js", "/words.js", "/chat.css"];

    fn text(path: &str) -> &'static str {
        std::str::from_utf8(respond(path).unwrap().body).unwrap()
    }

    #[test]
    fn known_paths_are_answered_and_others_are_not() {
        for path in PATHS {
            assert!(respond(path).unwrap().content_type.contains("charset=utf-8"), "{path}");
        }
        assert_eq!(respond("/?room=lobby"), respond("/"));
        for path in ["", "chat.js", "/chat", "/../Cargo.toml", "/chat.js/", "//"] {
            assert_eq!(respond(path), None, "{path}");
        }
    }

    #[test]
    fn every_file_the_page_asks_for_is_there() {
        for (asking, wanted) in
            [("/", "\"/chat.js\""), ("/", "\"/chat.css\""), ("/chat.js", "'/words.js'")]
        {
            assert!(text(asking).contains(wanted), "{asking}: {wanted}");
        }
        let html = text("/").split('"').filter(|part| part.starts_with('/') && part.len() > 2);
        for part in html.filter(|part| !part.starts_with("/>")) {
            assert!(respond(part).is_some(), "{part}");
        }
    }

    #[test]
    fn the_page_is_small_and_needs_no_other_host() {
        let bytes: usize = PATHS.iter().map(|path| respond(path).unwrap().body.len()).sum();
        assert!(bytes < 60 * 1024, "{bytes} bytes");
        for path in PATHS {
            for other in ["http://", "https://", "//cdn", "@import"] {
                assert!(!text(path).contains(other), "{path}: {other}");
            }
        }
    }

    #[test]
    fn what_people_write_never_becomes_markup() {
        for danger in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            for script in PATHS.iter().filter(|path| path.ends_with(".js")) {
                assert!(!text(script).contains(danger), "{script}: {danger}");
            }
        }
        for inline in ["<style", "style=", "onclick", "onload", "javascript:"] {
            assert!(!text("/").contains(inline), "{inline}");
        }
    }

    #[test]
    fn every_label_exists_in_both_languages() {
        let words = text("/words.js");
        let labels = text("/").split("data-t=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for label in labels {
            assert_eq!(words.matches(&format!("    {label}: '")).count(), 2, "{label}");
        }
    }
}
