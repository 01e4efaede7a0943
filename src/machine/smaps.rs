//! What the memory maps of a process hold, read from the text of `/proc/PID/smaps`; pure.
//!
//! No map says that it is the stack of a thread, so it is told by its surroundings. A C library
//! gives a stack anonymous memory that can be written, without a name, and directly below it a
//! guard: a few pages nobody may touch, so that an overflow is a fault. glibc's other heaps look
//! alike (memory in use, and above it the untouchable rest of their 64 MiB, which lies below the
//! next such heap), but they begin at multiples of 64 MiB and their rest is mostly far larger than
//! any guard.
//!
//! The limits of this: a stack that was given no guard counts as heap; memory that the kernel has
//! merged with the stack below it counts as stack; a library that marks guards within a map (the
//! kernel can since Linux 6.13) shows none, and then only the flag tells that kernels since 6.7 give
//! to what was asked for as a stack (`nh`, no huge pages). A heap that asks for no huge pages itself
//! looks the same.

use crate::units::KIB;

/// A guard is not larger than this.
const LARGEST_GUARD: u64 = 64 * KIB as u64;
/// glibc's heaps other than the first one begin at multiples of this.
const HEAP_ALIGNMENT: u64 = 64 << 20;

/// All maps of a process together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Census {
    /// How many there are.
    pub(super) maps: u64,
    /// Resident memory that belongs to no file, in bytes.
    pub(super) anonymous: u64,
    /// The part of it in stacks of threads, in bytes.
    pub(super) stacks: u64,
}

/// One map, as far as it has been read.
#[derive(Debug, Clone, Copy, Default)]
struct Map {
    start: u64,
    end: u64,
    /// It belongs to no file and has no name.
    is_nameless: bool,
    is_writable: bool,
    /// Nobody may read, write or execute it.
    is_closed: bool,
    is_named_stack: bool,
    /// It may not get huge pages.
    is_small: bool,
    anonymous: u64,
}

impl Census {
    /// Of the whole text.
    pub(super) fn of(smaps: &str) -> Self {
        let mut census = Census::default();
        let (mut below, mut map) = (Map::default(), None::<Map>);
        for line in smaps.lines() {
            if let Some(next) = heading(line) {
                if let Some(done) = map.replace(next) {
                    census.add(&done, &below);
                    below = done;
                }
            } else if let Some(map) = map.as_mut() {
                if let Some(kib) = line.strip_prefix("Anonymous:") {
                    map.anonymous = number(kib) * KIB as u64;
                } else if let Some(flags) = line.strip_prefix("VmFlags:") {
                    map.is_small = flags.split(' ').any(|flag| flag == "nh");
                }
            }
        }
        if let Some(last) = map {
            census.add(&last, &below);
        }
        census
    }

    fn add(&mut self, map: &Map, below: &Map) {
        self.maps += 1;
        self.anonymous += map.anonymous;
        if map.is_stack(below) {
            self.stacks += map.anonymous;
        }
    }
}

impl Map {
    fn is_stack(&self, below: &Map) -> bool {
        let has_guard = below.is_closed
            && below.is_nameless
            && below.end == self.start
            && below.end.saturating_sub(below.start) <= LARGEST_GUARD;
        let is_heap = self.start.is_multiple_of(HEAP_ALIGNMENT);
        let unnamed = self.is_nameless && self.is_writable && !is_heap;
        self.is_named_stack || (unnamed && (has_guard || self.is_small))
    }
}

/// The line that begins a map: `start-end rights offset device inode name`. All other lines begin
/// with a capital.
fn heading(line: &str) -> Option<Map> {
    if line.starts_with(|first: char| first.is_ascii_uppercase()) {
        return None;
    }
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let rights = fields.next()?;
    let name = fields.nth(3);
    Some(Map {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        is_nameless: name.is_none(),
        is_writable: rights.starts_with("rw"),
        is_closed: rights.starts_with("---"),
        is_named_stack: name
            .is_some_and(|name| name.starts_with("[stack") || name.starts_with("[anon:stack")),
        ..Map::default()
    })
}

/// The number in ` 12 kB`; 0 where there is none.
fn number(text: &str) -> u64 {
    text.split_ascii_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Maps as the kernel prints them, each with so much anonymous memory in KiB.
    fn text(maps: &[(&str, u64, &str)]) -> String {
        let map = |(heading, kib, flags): &(&str, u64, &str)| {
            format!("{heading}\nSize: 8 kB\nAnonymous:      {kib} kB\nVmFlags: {flags} \n")
        };
        maps.iter().map(map).collect()
    }

    #[test]
    fn stacks_are_told_from_heaps() {
        let smaps = text(&[
            ("555555554000-555555556000 r-xp 00000000 fe:00 4                    /bin/x", 0, "rd"),
            ("555555560000-555555580000 rw-p 00000000 00:00 0                    [heap]", 1, "rd"),
            // A heap of a second arena and the rest of it, and another one above that.
            ("7f0004000000-7f0004021000 rw-p 00000000 00:00 0 ", 20, "rd wr"),
            ("7f0004021000-7f0007ffc000 ---p 00000000 00:00 0 ", 0, "mr"),
            ("7f0007ffc000-7f0008000000 ---p 00000000 00:00 0 ", 0, "mr"),
            ("7f0008000000-7f0008021000 rw-p 00000000 00:00 0 ", 300, "rd wr"),
            // A stack on its guard, large memory above a gap, and a stack without a guard of its own.
            ("7f0010000000-7f0010001000 ---p 00000000 00:00 0 ", 0, "mr"),
            ("7f0010001000-7f0010041000 rw-p 00000000 00:00 0 ", 4_000, "rd wr"),
            ("7f0010100000-7f0010140000 rw-p 00000000 00:00 0 ", 50_000, "rd wr"),
            ("7f0011000000-7f0011040000 rw-p 00000000 00:00 0 ", 600_000, "rd wr nh"),
            ("7ffff0000000-7ffff0021000 rw-p 00000000 00:00 0          [stack]", 7_000_000, "rd"),
        ]);
        let census = Census::of(&smaps);
        assert_eq!(census.maps, 11);
        assert_eq!(census.anonymous, 7_654_321 * 1024);
        assert_eq!(census.stacks, 7_604_000 * 1024);
        assert_eq!(Census::of(""), Census::default());
    }

    proptest! {
        #[test]
        fn stacks_are_a_part_and_noise_is_no_panic(
            lines in prop::collection::vec("[0-9a-f-]{0,20} ?(rw-p|---p)? 0 0 0|Anonymous: [0-9]{1,9} kB|.*", 0..40),
        ) {
            let census = Census::of(&lines.join("\n"));
            prop_assert!(census.stacks <= census.anonymous);
        }
    }
}
