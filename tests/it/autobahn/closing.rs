//! Category 7: the closing handshake, its codes and its reasons.

use super::play::{CLOSE, Case, End, FIN, PING, TEXT};

/// Codes that may be sent (RFC 6455 §7.4).
const CODES: &[u16] =
    &[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
/// Codes that may not, or that nobody has defined.
const NO_CODES: &[u16] = &[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

fn close(code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_ref()].concat()
}

/// A close that is answered with the same code, and nothing behind it is looked at.
fn answered(id: impl Into<String>, payload: impl AsRef<[u8]>) -> Case {
    let payload = payload.as_ref();
    let code = payload[..payload.len().min(2)].to_vec();
    let case = Case::new(id).send(CLOSE, payload);
    match code.first_chunk() {
        Some(code) => case.fails(u16::from_be_bytes(*code)),
        None => case.ends(End::Answered(Vec::new())),
    }
}

pub(super) fn cases() -> Vec<Case> {
    let long = "*".repeat(123);
    let mut all = vec![
        Case::new("7.1.1").echo(TEXT, "Hello World!"),
        answered("7.1.2", close(1000, "")).send(CLOSE, close(1000, "")).at_once(),
        answered("7.1.3", close(1000, "")).send(PING, b"").at_once(),
        answered("7.1.4", close(1000, "")).send(TEXT, "too late").at_once(),
        Case::new("7.1.5").send(TEXT & !FIN, "begun").send(CLOSE, close(1000, "")).fails(1000),
        answered("7.3.1", Vec::new()),
        Case::new("7.3.2").send(CLOSE, b"a").fails(1002),
        answered("7.3.3", close(1000, "")),
        answered("7.3.4", close(1000, "Hello World!")),
        answered("7.3.5", close(1000, &long)),
        Case::new("7.3.6").send(CLOSE, close(1000, long + "*")).fails(1002),
        Case::new("7.3.7").send(CLOSE & !FIN, close(1000, "")).fails(1002),
        answered("7.5.0", close(1000, "κόσμε")),
        Case::new("7.5.1").send(CLOSE, close(1000, b"\xce\xba\xed\xa0\x80")).fails(1007),
        Case::new("7.5.2").send(CLOSE, close(1000, b"cut \xe2\x82")).fails(1007),
    ];
    for code in CODES {
        all.push(answered(format!("7.7.{code}"), close(*code, "")));
        all.push(answered(format!("7.7.{code}.reason"), close(*code, "why not")));
        all.push(answered(format!("7.7.{code}.drops"), close(*code, "why not")).in_pieces_of(1));
    }
    for code in NO_CODES {
        all.push(Case::new(format!("7.9.{code}")).send(CLOSE, close(*code, "")).fails(1002));
        let reason = Case::new(format!("7.9.{code}.reason"));
        all.push(reason.send(CLOSE, close(*code, "why not")).fails(1002));
    }
    all
}
