//! The `id` that each planned message carries: its number, with a `w` before it in the warm-up.
//!
//! Inside the program a message is one index: the warm-up's messages first, the measured ones
//! behind them.

use std::io::Write as _;

/// How many messages a run has, and the text of each one's `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageIds {
    /// Messages of the warm-up.
    pub warm_up: u32,
    /// Messages of the measured phase.
    pub measured: u32,
}

impl MessageIds {
    /// How many messages there are in both phases.
    #[must_use]
    pub fn total(self) -> u32 {
        self.warm_up + self.measured
    }

    /// Appends the `id` of the message at `index`.
    pub fn write(self, index: u32, out: &mut Vec<u8>) {
        let written = match index.checked_sub(self.warm_up) {
            Some(number) => write!(out, "{number}"),
            None => write!(out, "w{index}"),
        };
        written.expect("writing to memory cannot fail");
    }

    /// The `id` of the message at `index` as text.
    #[must_use]
    pub fn name(self, index: u32) -> String {
        match index.checked_sub(self.warm_up) {
            Some(number) => number.to_string(),
            None => format!("w{index}"),
        }
    }

    /// The index of the message with this `id`; `None` when the plan has no such message.
    #[must_use]
    pub fn parse(self, id: &[u8]) -> Option<u32> {
        let (digits, first, count) = match id {
            [b'w', digits @ ..] => (digits, 0, self.warm_up),
            digits => (digits, self.warm_up, self.measured),
        };
        // Nine digits hold every plan and cannot overflow.
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        let mut number = 0_u32;
        for &digit in digits {
            let value = digit.wrapping_sub(b'0');
            if value > 9 {
                return None;
            }
            number = number * 10 + u32::from(value);
        }
        (number < count).then(|| first + number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_message_is_found_by_its_id(warm_up in 0u32..2000, measured in 1u32..2000, pick: u32) {
            let ids = MessageIds { warm_up, measured };
            let index = pick % ids.total();
            let mut text = Vec::new();
            ids.write(index, &mut text);
            prop_assert_eq!(ids.name(index).into_bytes(), text.clone());
            prop_assert_eq!(ids.parse(&text), Some(index));
        }
    }

    #[test]
    fn what_is_not_planned_is_unknown() {
        let ids = MessageIds { warm_up: 2, measured: 3 };
        for id in ["", "w", "w2", "3", "-1", "1x", "x1", "99999999999999999999"] {
            assert_eq!(ids.parse(id.as_bytes()), None, "{id}");
        }
    }
}
