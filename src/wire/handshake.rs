//! The opening handshake, worked out step by step (RFC 6455 §1.3 and §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tungstenite::handshake::derive_accept_key;

/// What every server appends to the key.
pub(super) const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// How a key becomes its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worked {
    /// Key and GUID, one behind the other.
    pub(super) joined: String,
    /// SHA-1 of it, in hex.
    pub(super) digest: String,
    /// That in base64: `Sec-WebSocket-Accept`.
    pub(super) accept: String,
}

/// Works the answer out.
pub(super) fn worked(key: &str) -> Worked {
    let accept = derive_accept_key(key.as_bytes());
    let digest = STANDARD.decode(&accept).unwrap_or_default();
    let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Worked { joined: format!("{key}{GUID}"), digest, accept }
}

/// A key that nobody can guess: 16 bytes in base64.
pub(super) fn fresh_key() -> String {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&chance().to_ne_bytes());
    bytes[8..].copy_from_slice(&chance().to_ne_bytes());
    STANDARD.encode(bytes)
}

/// A mask that nobody can guess (§5.3).
pub(super) fn fresh_mask() -> [u8; 4] {
    let [a, b, c, d, ..] = chance().to_ne_bytes();
    [a, b, c, d]
}

/// The standard library seeds its maps from the system's source of randomness.
fn chance() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_worked_out() {
        let worked = worked("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(worked.joined, "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        assert_eq!(worked.digest, "b37a4f2cc0624f1690f64606cf385945b2bec4ea");
        assert_eq!(worked.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys_are_fresh_and_16_bytes_long() {
        let (one, other) = (fresh_key(), fresh_key());
        assert_ne!(one, other);
        assert_eq!(STANDARD.decode(one).unwrap().len(), 16);
        assert_ne!(fresh_mask(), fresh_mask());
    }
}
