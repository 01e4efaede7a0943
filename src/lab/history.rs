//! What was said in a room, made up: long enough to be loaded, and with the repetitions of real talk.

use crate::plan::Random;

/// Words that people in a lecture hall say.
const WORDS: [&str; 24] = [
    "the",
    "server",
    "waits",
    "and",
    "who",
    "asks",
    "again",
    "hello",
    "everybody",
    "socket",
    "a",
    "message",
    "in",
    "two",
    "pieces",
    "no",
    "why",
    "thread",
    "because",
    "nobody",
    "reads",
    "it",
    "faster",
    "yes",
];

/// What was said in a room, as JSON, exactly that many bytes of it.
pub(super) fn history(size: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut text = String::with_capacity(size + 200);
    let mut seq = 0;
    while text.len() < size {
        seq += 1;
        let count = 3 + random.below(12);
        let words: Vec<&str> =
            (0..count).map(|_| WORDS[random.below(WORDS.len() as u64) as usize]).collect();
        let (who, at) = (random.below(100), 1_732_312_345_123 + seq * 900 + random.below(900));
        text.push_str(&format!(
            "{{\"type\":\"message\",\"seq\":{seq},\"from\":\"guest-{who}\",\"at\":{at},\"text\":\"{}\"}}\n",
            words.join(" ")
        ));
    }
    text.truncate(size);
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_has_its_length_and_is_the_same_for_a_seed() {
        assert_eq!(history(1234, 1).len(), 1234);
        assert_eq!(history(1234, 1), history(1234, 1));
        assert_ne!(history(1234, 1), history(1234, 2));
    }
}
