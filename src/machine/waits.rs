//! Who keeps the memory of a closed connection: `TIME_WAIT` stays with the end that closed first.

use super::{Unavailable, os};

/// Connections in `TIME_WAIT` about one port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeWaits {
    /// At the end that has this port.
    pub here: u64,
    /// At the end that had connected to it.
    pub there: u64,
}

/// The connections in `TIME_WAIT` about that TCP port of this machine, at either end.
///
/// # Errors
/// When the system does not tell.
pub fn time_waits(port: u16) -> Result<TimeWaits, Unavailable> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(os::read);
    if let [Err(why), Err(_)] = tables {
        return Err(why);
    }
    let text: String = tables.into_iter().flatten().collect();
    Ok(text.lines().fold(TimeWaits::default(), |sum, line| add(sum, line, port)))
}

/// Adds a line of `/proc/net/tcp`.
fn add(sum: TimeWaits, line: &str, port: u16) -> TimeWaits {
    const TIME_WAIT: &str = "06";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let at = |place: usize| {
        let (_, port) = fields.get(place)?.rsplit_once(':')?;
        u16::from_str_radix(port, 16).ok()
    };
    if fields.get(3) != Some(&TIME_WAIT) {
        return sum;
    }
    TimeWaits {
        here: sum.here + u64::from(at(1) == Some(port)),
        there: sum.there + u64::from(at(2) == Some(port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_for_the_end_that_has_the_port() {
        let line = "   0: 0100007F:1F90 0100007F:0050 06 00000000:00000000 03:00000000 00000000";
        let none = TimeWaits::default();
        assert_eq!(add(none, line, 8080), TimeWaits { here: 1, there: 0 });
        assert_eq!(add(none, line, 80), TimeWaits { here: 0, there: 1 });
        assert_eq!(add(none, line, 81), none);
        assert_eq!(add(none, &line.replace(" 06 ", " 01 "), 80), none);
    }
}
