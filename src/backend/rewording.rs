//! What hyper answers by itself when it cannot read a request, in the words of all backends.
//!
//! It sends a bare status without a body, before anything of ours is asked. A client deserves the
//! same JSON as everywhere, so the bytes are exchanged on their way out.

use http::StatusCode;

use super::route::Answer;

/// The whole answer instead of `bytes`, if those are one of hyper's own. An answer of ours always
/// has a body, so it cannot be taken for one.
pub(super) fn of(bytes: &[u8], complaint: Option<&str>) -> Option<Vec<u8>> {
    let status = bytes.strip_prefix(b"HTTP/1.1 4")?.get(..2)?;
    if !contains(bytes, b"\r\ncontent-length: 0\r\n") {
        return None;
    }
    let answer = match status {
        b"00" => {
            let why = complaint.unwrap_or("it cannot be read");
            Answer::refuse(StatusCode::BAD_REQUEST, "no-http", format!("no HTTP/1.1: {why}"))
        }
        b"14" | b"31" => Answer::head_too_large(),
        _ => return None,
    };
    Some(answer.to_http1(false, true))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
