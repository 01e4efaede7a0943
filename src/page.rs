//! The chat page.

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// The media type.
    pub content_type: &'static str,
    /// The bytes.
    pub body: &'static [u8],
}

/// The file at a path.
#[must_use]
pub fn respond(path: &str) -> Option<Asset> {
    (path == "/").then_some(Asset { content_type: "text/html", body: b"<p>page" })
}
