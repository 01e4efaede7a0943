//! Categories 9 and 10: large messages, whole, in fragments and in small writes.

use super::play::{BINARY, CONTINUED, Case, FIN, TEXT};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

pub(super) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (kind, first) in [("text", TEXT), ("binary", BINARY)] {
        for size in [64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB] {
            let case = Case::new(format!("9.1.{kind}.{size}")).echo(first, vec![b'*'; size]);
            all.push(case);
        }
        for piece in [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB] {
            let id = format!("9.3.{kind}.{piece}");
            all.push(in_fragments(Case::new(id), first, MIB, piece));
        }
        for piece in [64, 4 * KIB, 256 * KIB] {
            let id = format!("9.4.{kind}.{piece}");
            all.push(in_fragments(Case::new(id), first, 4 * MIB, piece));
        }
        for piece in [64, 128, 256, 512, KIB, 2 * KIB] {
            let case = Case::new(format!("9.5.{kind}.{piece}")).echo(first, vec![b'*'; 64 * KIB]);
            all.push(case.in_pieces_of(piece));
        }
    }
    all.push(in_fragments(Case::new("10.1.1"), TEXT, 64 * KIB, 1300));
    all
}

fn in_fragments(case: Case, first: u8, size: usize, piece: usize) -> Case {
    let payload = vec![b'*'; size];
    let mut first_byte = first & !FIN;
    let mut case = case.due(first, &payload);
    for part in payload.chunks(piece) {
        case = case.send(first_byte, part);
        first_byte = CONTINUED;
    }
    case.send(CONTINUED | FIN, b"").at_once()
}
