//! Category 6: what is UTF-8 comes back, what is not fails with 1007, however it is cut.

use super::play::{CONTINUED, Case, FIN, TEXT};

/// Texts at the edges of what is valid, and beyond what people see.
const VALID: &[&str] = &[
    "",
    "Hello-µ@ßöäüàá-UTF-8!!",
    "κόσμε",
    "\u{0}",
    "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}",
    "\u{d7ff}\u{e000}\u{fffd}\u{10ffff}",
    "\u{fffe}\u{ffff}\u{1fffe}\u{1ffff}\u{10fffe}",
    "😀👩‍👩‍👧‍👦",
];

/// What no text may contain: its front is fine.
const INVALID: &[&[u8]] = &[
    // Surrogates.
    b"\xed\xa0\x80",
    b"\xed\xad\xbf",
    b"\xed\xae\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbe\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xed\xaf\xbf\xed\xbf\xbf",
    // Beyond the last code point, and five and six bytes.
    b"\xf4\x90\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf8\x88\x80\x80\x80",
    b"\xfb\xbf\xbf\xbf\xbf",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xfd\xbf\xbf\xbf\xbf\xbf",
    // Continuations without a beginning.
    b"\x80",
    b"\xbf",
    b"\x80\xbf",
    b"\x80\xbf\x80\xbf\x80",
    // Beginnings without a continuation.
    b"\xc3 ",
    b"\xe2\x82 ",
    b"\xf0\x9f\x98 ",
    b"\xc0 \xc1 ",
    b"\xe0 \xef ",
    b"\xf0 \xf7 ",
    // Impossible bytes.
    b"\xfe",
    b"\xff",
    b"\xfe\xfe\xff\xff",
    // Longer than need be.
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xf8\x80\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xf0\x80\x80\x80",
];

/// Texts that end in the middle of a character.
const CUT: &[&[u8]] =
    &[b"\xc3", b"\xe2", b"\xe2\x82", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\x98", b"\xce\xba\xe1\xbd"];

pub(super) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (number, text) in VALID.iter().enumerate() {
        let bytes = text.as_bytes();
        all.push(Case::new(format!("6.2.{number}.whole")).echo(TEXT, bytes));
        let each = Case::new(format!("6.2.{number}.fragments"));
        all.push(in_fragments(each, bytes).due(TEXT, bytes));
        let drops = Case::new(format!("6.2.{number}.drops")).echo(TEXT, bytes).in_pieces_of(1);
        all.push(drops);
    }
    for (number, bad) in INVALID.iter().chain(CUT).enumerate() {
        let bytes = [b"fine ".as_slice(), bad].concat();
        all.push(Case::new(format!("6.3.{number}.whole")).send(TEXT, &bytes).fails(1007));
        let each = Case::new(format!("6.3.{number}.fragments"));
        all.push(in_fragments(each, &bytes).fails(1007));
    }
    // Fail fast: an impossible fragment fails the connection although the message never ends.
    for (number, bad) in INVALID.iter().enumerate() {
        let bytes = [b"fine ".as_slice(), bad, b" more"].concat();
        let case = Case::new(format!("6.4.{number}")).send(TEXT & !FIN, &bytes);
        all.push(case.fails(1007));
    }
    all
}

/// One byte in each fragment.
fn in_fragments(case: Case, bytes: &[u8]) -> Case {
    let case = bytes
        .iter()
        .fold((case, TEXT & !FIN), |(case, first), byte| (case.send(first, [*byte]), CONTINUED));
    let (case, first) = case;
    case.send(first | FIN, b"")
}
