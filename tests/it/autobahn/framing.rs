//! Categories 1 to 5: messages of every length, pings and pongs, reserved bits and opcodes,
//! fragments.

use super::play::{BINARY, CLOSE, CONTINUED, Case, FIN, PING, PONG, TEXT};

pub(super) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    lengths(&mut all);
    pings(&mut all);
    reserved(&mut all);
    fragments(&mut all);
    all
}

fn lengths(all: &mut Vec<Case>) {
    for (kind, first) in [(1, TEXT), (2, BINARY)] {
        for (number, length) in [0, 125, 126, 127, 128, 65_535, 65_536].into_iter().enumerate() {
            let payload = vec![b'*'; length];
            let case = Case::new(format!("1.{kind}.{}", number + 1)).echo(first, payload);
            all.push(case);
        }
        let chopped = Case::new(format!("1.{kind}.8")).echo(first, vec![b'*'; 65_536]);
        all.push(chopped.in_pieces_of(997));
    }
}

fn pings(all: &mut Vec<Case>) {
    let ping = |id: &str, payload: &[u8]| Case::new(id).send(PING, payload).due(PONG, payload);
    let noise = [0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff];
    all.extend([
        ping("2.1", b""),
        ping("2.2", b"Hello, world!"),
        ping("2.3", &noise),
        ping("2.4", &[0xfe; 125]),
        Case::new("2.5").send(PING, [0xfe; 126]).fails(1002),
        ping("2.6", &[0xfe; 125]).in_pieces_of(1),
        Case::new("2.7").send(PONG, b""),
        Case::new("2.8").send(PONG, b"unsolicited pong payload"),
        Case::new("2.9").send(PONG, b"unasked").send(PING, b"ping").due(PONG, b"ping"),
    ]);
    let ten = |id: &str| {
        (0..10).fold(Case::new(id), |case, number| {
            let payload = format!("payload-{number}");
            case.send(PING, &payload).due(PONG, payload)
        })
    };
    all.extend([ten("2.10"), ten("2.11").in_pieces_of(1), ten("2.12").at_once()]);
}

/// Reserved bits and opcodes: alone, with a payload, behind a good message, in drops.
fn reserved(all: &mut Vec<Case>) {
    let bits = (1..8).map(|bits| (format!("3.{bits}"), TEXT | bits << 4));
    let pings = (1..8).map(|bits| (format!("3.{bits}.ping"), PING | bits << 4));
    let closes = (1..8).map(|bits| (format!("3.{bits}.close"), CLOSE | bits << 4));
    let data = (3..8).map(|opcode| (format!("4.1.{}", opcode - 2), FIN | opcode));
    let control = (11..16).map(|opcode| (format!("4.2.{}", opcode - 10), FIN | opcode));
    for (id, first) in bits.chain(pings).chain(closes).chain(data).chain(control) {
        let good = |variant: &str| Case::new(format!("{id}.{variant}")).echo(TEXT, "Hello, world!");
        all.push(Case::new(format!("{id}.alone")).send(first, b"").fails(1002));
        all.push(Case::new(format!("{id}.full")).send(first, b"reserved").fails(1002));
        all.push(good("behind").send(first, b"x").send(PING, b"").at_once().fails(1002));
        all.push(good("drops").send(first, b"x").send(PING, b"").in_pieces_of(1).fails(1002));
    }
}

fn fragments(all: &mut Vec<Case>) {
    let begin = |id: &str| Case::new(id).send(TEXT & !FIN, "fragment1");
    let last = CONTINUED | FIN;
    let whole = "fragment1fragment2";
    let three = |id: &str| {
        let begun = begin(id).send(PING, b"pongme").due(PONG, b"pongme");
        begun.send(CONTINUED, "fragment2").send(PING, b"again").due(PONG, b"again")
    };
    let rows = [
        Case::new("5.1").send(PING & !FIN, b"fragment1").send(last, b"fragment2").fails(1002),
        Case::new("5.2").send(PONG & !FIN, b"fragment1").send(last, b"fragment2").fails(1002),
        begin("5.3").send(last, "fragment2").due(TEXT, whole),
        begin("5.6")
            .send(PING, b"ping")
            .due(PONG, b"ping")
            .send(last, "fragment2")
            .due(TEXT, whole),
        Case::new("5.9").send(last, b"nothing before").send(TEXT, "x").fails(1002),
        Case::new("5.12").send(CONTINUED, b"nothing before").send(TEXT, "x").fails(1002),
        begin("5.15").send(last, "fragment2").due(TEXT, whole).send(CONTINUED, "x").fails(1002),
        begin("5.18").send(TEXT, "not a continuation").fails(1002),
        begin("5.18.binary").send(BINARY, "not a continuation").fails(1002),
        begin("5.18.begun").send(TEXT & !FIN, "not a continuation").fails(1002),
        three("5.19").send(last, "3").due(TEXT, "fragment1fragment23"),
        begin("5.21").send(CONTINUED, "").send(last, "").due(TEXT, "fragment1"),
        Case::new("5.22").send(BINARY & !FIN, [0xff]).send(last, [0xfe]).due(BINARY, [0xff, 0xfe]),
        Case::new("5.23").send(TEXT & !FIN, "").send(CONTINUED, "").send(last, "").due(TEXT, ""),
    ];
    for case in rows {
        let id = case.id.clone();
        all.push(Case { id: format!("{id}.frames"), ..case.clone() });
        all.push(Case { id: format!("{id}.once"), ..case.clone() }.at_once());
        all.push(Case { id: format!("{id}.drops"), ..case }.in_pieces_of(1));
    }
}
