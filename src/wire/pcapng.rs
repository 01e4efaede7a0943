//! A capture that Wireshark opens (pcapng, draft-ietf-opsawg-pcapng): the bytes of one connection in
//! packets with headers of IPv4 and TCP that are made up, for no privilege is needed to make them up.

use std::io::{self, Write};
use std::time::Duration;

/// Packets begin with their IP header.
const LINKTYPE_RAW: u16 = 101;
/// Bytes of payload in one packet; an IPv4 packet has at most 65,535 in all.
const SEGMENT: usize = 32 * 1024;
const CLIENT: ([u8; 4], u16) = ([127, 0, 0, 1], 50_000);
const SYN: u8 = 2;
const ACK: u8 = 16;
const FIN: u8 = 1;
const PUSH: u8 = 8;

/// A capture of one connection.
pub(super) struct Capture<W: Write> {
    out: W,
    port: u16,
    /// How many bytes each side has sent, handshake included: its next sequence number.
    client: u32,
    server: u32,
}

impl<W: Write> Capture<W> {
    /// Begins a capture of a connection to that port, with the handshake of TCP.
    pub(super) fn begin(mut out: W, port: u16, at: Duration) -> io::Result<Self> {
        let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
        section.extend([1, 0, 0, 0]);
        section.extend([0xff; 8]);
        out.write_all(&block(0x0a0d_0d0a, &section))?;
        let mut interface = LINKTYPE_RAW.to_le_bytes().to_vec();
        interface.extend([0; 6]);
        out.write_all(&block(1, &interface))?;
        let mut capture = Capture { out, port, client: 1000, server: 5000 };
        capture.packet(true, SYN, &[], at)?;
        capture.client += 1;
        capture.packet(false, SYN | ACK, &[], at)?;
        capture.server += 1;
        capture.packet(true, ACK, &[], at)?;
        Ok(capture)
    }

    /// Bytes that went up or down.
    pub(super) fn bytes(&mut self, up: bool, bytes: &[u8], at: Duration) -> io::Result<()> {
        for segment in bytes.chunks(SEGMENT) {
            self.packet(up, PUSH | ACK, segment, at)?;
            let sent = if up { &mut self.client } else { &mut self.server };
            *sent = sent.wrapping_add(segment.len() as u32);
        }
        Ok(())
    }

    /// The end: both sides say goodbye.
    pub(super) fn end(mut self, at: Duration) -> io::Result<()> {
        self.packet(true, FIN | ACK, &[], at)?;
        self.client = self.client.wrapping_add(1);
        self.packet(false, FIN | ACK, &[], at)?;
        self.server = self.server.wrapping_add(1);
        self.packet(true, ACK, &[], at)?;
        self.out.flush()
    }

    fn packet(&mut self, up: bool, flags: u8, payload: &[u8], at: Duration) -> io::Result<()> {
        let server = (CLIENT.0, self.port);
        let (from, to) = if up { (CLIENT, server) } else { (server, CLIENT) };
        let (sent, heard) =
            if up { (self.client, self.server) } else { (self.server, self.client) };
        let heard = if flags & ACK == 0 { 0 } else { heard };
        let mut tcp = Vec::with_capacity(20 + payload.len());
        tcp.extend(from.1.to_be_bytes());
        tcp.extend(to.1.to_be_bytes());
        tcp.extend(sent.to_be_bytes());
        tcp.extend(heard.to_be_bytes());
        tcp.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend_from_slice(payload);
        let mut pseudo = [from.0, to.0].concat();
        pseudo.extend([0, 6]);
        pseudo.extend((tcp.len() as u16).to_be_bytes());
        pseudo.extend_from_slice(&tcp);
        tcp[16..18].copy_from_slice(&checksum(&pseudo).to_be_bytes());
        let mut packet = vec![0x45, 0];
        packet.extend((20 + tcp.len() as u16).to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend([from.0, to.0].concat());
        let sum = checksum(&packet);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        packet.extend(tcp);
        let micros = at.as_micros() as u64;
        let mut body = vec![0; 4];
        body.extend(((micros >> 32) as u32).to_le_bytes());
        body.extend((micros as u32).to_le_bytes());
        body.extend((packet.len() as u32).to_le_bytes());
        body.extend((packet.len() as u32).to_le_bytes());
        body.extend(&packet);
        self.out.write_all(&block(6, &body))
    }
}

/// A block: type, length, body in whole words, length again.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = (padded as u32 + 12).to_le_bytes();
    let mut out = kind.to_le_bytes().to_vec();
    out.extend(length);
    out.extend_from_slice(body);
    out.resize(8 + padded, 0);
    out.extend(length);
    out
}

/// The checksum of the Internet (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|two| u32::from(u16::from_be_bytes([two[0], two.get(1).copied().unwrap_or(0)])));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The packets of a capture.
    fn packets(mut file: &[u8]) -> Vec<Vec<u8>> {
        let word = |bytes: &[u8], at: usize| {
            u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
        };
        let mut found = Vec::new();
        while !file.is_empty() {
            let length = word(file, 4);
            assert_eq!(word(file, length - 4), length, "the length stands at both ends");
            if word(file, 0) == 6 {
                found.push(file[28..28 + word(file, 20)].to_vec());
            }
            file = &file[length..];
        }
        found
    }

    proptest! {
        #[test]
        fn what_goes_in_can_be_put_together_again(
            pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..500)), 0..8),
        ) {
            let mut file = Vec::new();
            let mut capture = Capture::begin(&mut file, 8080, Duration::ZERO).unwrap();
            for (up, bytes) in &pieces {
                capture.bytes(*up, bytes, Duration::from_millis(1)).unwrap();
            }
            capture.end(Duration::from_secs(1)).unwrap();
            for up in [true, false] {
                let mut next = None;
                let mut heard = Vec::new();
                for packet in packets(&file) {
                    prop_assert_eq!(checksum(&packet[..20]), 0, "the header's sum is right");
                    if (u16::from_be_bytes([packet[22], packet[23]]) == 8080) != up {
                        continue;
                    }
                    let number = u32::from_be_bytes(packet[24..28].try_into().unwrap());
                    prop_assert!(next.is_none_or(|next| next == number), "no gap in the numbers");
                    let flags = u32::from(packet[33]);
                    heard.extend_from_slice(&packet[40..]);
                    next = Some(number + (packet.len() - 40) as u32 + (flags & 1) + (flags >> 1 & 1));
                }
                let sent: Vec<u8> =
                    pieces.iter().filter(|piece| piece.0 == up).flat_map(|piece| piece.1.clone()).collect();
                prop_assert_eq!(heard, sent);
            }
        }
    }
}
