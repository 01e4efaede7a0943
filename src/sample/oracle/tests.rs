//! Planted faults, each found under its own name, and clean streams, never accused.

use proptest::prelude::*;

use super::*;
use crate::scenario;

/// A room log as a correct server would send it, per member, for tests to spoil.
struct Stage {
    scenario: Scenario,
    ids: MessageIds,
    speakers: Vec<u32>,
    streams: Vec<Vec<Delivery>>,
}

impl Stage {
    /// `order` is the order in which the server accepts the messages.
    fn new(members: u32, rooms: u32, speakers: Vec<u32>, order: &[u32]) -> Stage {
        let scenario = Scenario { members, rooms, ..scenario::named("ping").unwrap() };
        let measured = speakers.len() as u32;
        let mut heads = vec![HEAD; rooms as usize];
        let mut streams = vec![Vec::new(); members as usize];
        for &message in order {
            let room = scenario.room_of(speakers[message as usize]);
            heads[room as usize] += 1;
            let seq = heads[room as usize];
            for member in (0..members).filter(|&member| scenario.room_of(member) == room) {
                let delivery = Delivery { member, message, seq, intact: true };
                streams[member as usize].push(delivery);
            }
        }
        Stage { scenario, ids: MessageIds { warm_up: 0, measured }, speakers, streams }
    }

    /// Two rooms, six members, twenty messages.
    fn plain() -> Stage {
        let order: Vec<u32> = (0..20).collect();
        Stage::new(6, 2, (0..20).map(|message| message % 6).collect(), &order)
    }

    /// Plays the streams to an oracle, `turns` saying whose delivery comes next.
    fn play(&self, turns: impl Iterator<Item = usize>) -> Oracle {
        let speakers = self.speakers.iter().copied();
        let mut oracle = Oracle::new(&self.scenario, self.ids, speakers, true);
        let mut rest: Vec<_> = self.streams.iter().map(|stream| stream.iter()).collect();
        for member in 0..self.scenario.members {
            oracle.joined(member, HEAD);
        }
        let count = rest.len();
        for turn in turns {
            if let Some(delivery) = rest[turn % count].next() {
                oracle.deliver(*delivery);
            }
        }
        for delivery in rest.into_iter().flatten() {
            oracle.deliver(*delivery);
        }
        oracle
    }

    /// The verdict when the faulty member is the last to be served, and when it is the first.
    fn verdicts(&self) -> [Findings; 2] {
        let reversed = Stage {
            streams: self.streams.clone(),
            speakers: self.speakers.clone(),
            scenario: self.scenario.clone(),
            ids: self.ids,
        };
        let others = (0..1000).map(|turn| 1 + turn % 5);
        [self.play(others).finish(), reversed.play(std::iter::repeat_n(0, 1000)).finish()]
    }
}

/// What the rooms had seen before anybody joined.
const HEAD: u64 = 5;

fn counts(findings: &Findings) -> [u64; 5] {
    let Findings { lost, doubled, reordered, leaked, corrupted, .. } = findings;
    [*lost, *doubled, *reordered, *leaked, *corrupted]
}

#[test]
fn a_clean_run_has_no_findings() {
    for findings in Stage::plain().verdicts() {
        assert_eq!(findings, Findings::default());
    }
}

#[test]
fn a_dropped_delivery_is_lost() {
    let mut stage = Stage::plain();
    stage.streams[0].remove(4);
    for findings in stage.verdicts() {
        assert_eq!(counts(&findings), [1, 0, 0, 0, 0], "{findings:?}");
        assert!(findings.examples[0].contains("member 0 of room 0 lost 1"), "{findings:?}");
    }
}

#[test]
fn a_dropped_last_delivery_is_lost_too() {
    let mut stage = Stage::plain();
    stage.streams[0].pop();
    for findings in stage.verdicts() {
        assert_eq!(counts(&findings), [1, 0, 0, 0, 0], "{findings:?}");
    }
}

#[test]
fn renumbering_does_not_hide_a_loss() {
    let mut stage = Stage::plain();
    stage.streams[0].remove(4);
    stage.streams[0][4..].iter_mut().for_each(|delivery| delivery.seq -= 1);
    for findings in stage.verdicts() {
        assert_eq!(counts(&findings), [1, 0, 0, 0, 0], "{findings:?}");
    }
}

#[test]
fn a_repeated_delivery_is_doubled_whatever_its_number() {
    for renumber in [0, 1] {
        let mut stage = Stage::plain();
        let mut again = stage.streams[0][3];
        again.seq += renumber;
        stage.streams[0].insert(4, again);
        stage.streams[0][5..].iter_mut().for_each(|delivery| delivery.seq += renumber);
        for findings in stage.verdicts() {
            assert_eq!(counts(&findings), [0, 1, 0, 0, 0], "{findings:?}");
        }
    }
}

#[test]
fn a_swap_is_reordered() {
    let mut stage = Stage::plain();
    stage.streams[0].swap(3, 4);
    for findings in stage.verdicts() {
        assert_eq!(counts(&findings), [0, 0, 1, 0, 0], "{findings:?}");
    }
}

#[test]
fn a_swap_under_new_numbers_is_reordered() {
    let mut stage = Stage::plain();
    stage.streams[0].swap(3, 4);
    let (first, second) = (stage.streams[0][3].seq, stage.streams[0][4].seq);
    stage.streams[0][3].seq = second;
    stage.streams[0][4].seq = first;
    for findings in stage.verdicts() {
        let [lost, doubled, reordered, leaked, corrupted] = counts(&findings);
        assert_eq!([lost, doubled, leaked, corrupted], [0; 4], "{findings:?}");
        // Who is right when two disagree is not known: each member that differs is counted.
        assert!((1..=2).contains(&reordered), "{findings:?}");
    }
}

#[test]
fn numbers_that_skip_or_differ_without_a_loss_are_reordered() {
    let mut stage = Stage::plain();
    stage.streams[0][6..].iter_mut().for_each(|delivery| delivery.seq += 3);
    for findings in stage.verdicts() {
        let [lost, doubled, reordered, leaked, corrupted] = counts(&findings);
        assert_eq!([lost, doubled, leaked, corrupted], [0; 4], "{findings:?}");
        assert!(reordered > 0, "{findings:?}");
    }
}

#[test]
fn another_rooms_message_is_leaked() {
    let mut stage = Stage::plain();
    let mut foreign = stage.streams[1][2];
    foreign.member = 0;
    foreign.seq = stage.streams[0][4].seq;
    stage.streams[0].insert(4, foreign);
    for findings in stage.verdicts() {
        assert_eq!(counts(&findings)[3], 1, "{findings:?}");
        assert!(findings.examples.iter().any(|told| told.contains("of room 1")), "{findings:?}");
    }
}

#[test]
fn a_changed_text_is_corrupted() {
    let mut stage = Stage::plain();
    stage.streams[0][4].intact = false;
    for findings in stage.verdicts() {
        assert_eq!(counts(&findings), [0, 0, 0, 0, 1], "{findings:?}");
    }
}

#[test]
fn what_a_notice_announced_is_lost_once_and_not_waited_for() {
    let mut stage = Stage::plain();
    let gone: Vec<_> = stage.streams[0].drain(2..5).collect();
    let mut oracle = stage.play(std::iter::repeat_n(0, 2));
    let all = stage.scenario.members_in(0) as u64 * 10 + stage.scenario.members_in(1) as u64 * 10;
    assert_eq!(oracle.expected(0, 20, &stage.scenario), all);
    assert_eq!(oracle.reachable(20, |_| true), all);
    oracle.lagged(0, 3, gone[2].seq + 1);
    assert_eq!(oracle.reachable(20, |_| true), all - 3);
    assert_eq!(oracle.distinct(), all - 3);
    assert_eq!(counts(&oracle.finish()), [3, 0, 0, 0, 0]);
}

#[test]
fn nobody_waits_for_the_dead() {
    let mut stage = Stage::plain();
    stage.streams[0].truncate(4);
    let mut oracle = stage.play(std::iter::empty());
    assert_eq!(oracle.reachable(20, |member| member != 0), oracle.distinct());
    oracle.unsent(19);
    assert_eq!(counts(&oracle.finish()), [6, 0, 0, 0, 0]);
}

#[test]
fn a_message_nobody_planned_is_corrupted() {
    let stage = Stage::plain();
    let mut oracle = stage.play(std::iter::empty());
    oracle.stray(0, 16, "an unknown message");
    assert_eq!(counts(&oracle.finish()), [0, 0, 0, 0, 1]);
}

#[test]
fn examples_are_few() {
    let mut stage = Stage::plain();
    stage.streams.iter_mut().for_each(|stream| stream.truncate(1));
    let findings = stage.play(std::iter::empty()).finish();
    assert_eq!(findings.lost, 6 * 9);
    assert_eq!(findings.examples.len(), EXAMPLES);
}

proptest! {
    #[test]
    fn a_clean_stream_is_never_accused(
        (members, rooms) in (1u32..12).prop_flat_map(|m| (Just(m), 1..=m)),
        picks in proptest::collection::vec(any::<u32>(), 1..200),
        turns in proptest::collection::vec(any::<u32>(), 0..600),
        shuffle: u64,
    ) {
        let speakers: Vec<u32> = picks.iter().map(|pick| pick % members).collect();
        // The server accepts in any order: the plan's order is the generator's business.
        let mut order: Vec<u32> = (0..speakers.len() as u32).collect();
        order.sort_by_key(|&message| (u64::from(message) + 1).wrapping_mul(shuffle | 1));
        let stage = Stage::new(members, rooms, speakers, &order);
        let oracle = stage.play(turns.iter().map(|&turn| turn as usize));
        let all = oracle.expected(0, stage.ids.total(), &stage.scenario);
        prop_assert_eq!(oracle.distinct(), all);
        prop_assert_eq!(oracle.reachable(stage.ids.total(), |_| true), all);
        prop_assert_eq!(oracle.finish(), Findings::default());
    }

    #[test]
    fn any_drop_and_any_double_is_counted(
        drops in proptest::collection::vec((0usize..6, 0usize..100), 0..5),
        doubles in proptest::collection::vec((0usize..6, 0usize..100), 0..5),
    ) {
        let mut stage = Stage::plain();
        for &(member, at) in &doubles {
            let stream = &mut stage.streams[member];
            let again = stream[at % stream.len()];
            stream.push(again);
        }
        let mut lost = 0;
        for &(member, at) in &drops {
            let stream = &mut stage.streams[member];
            let message = stream[at % stream.len()].message;
            // Take away every copy, so that a double does not make up for the drop.
            let copies = stream.iter().filter(|delivery| delivery.message == message).count();
            if copies == 1 {
                stream.retain(|delivery| delivery.message != message);
                lost += 1;
            }
        }
        let findings = stage.play(std::iter::empty()).finish();
        prop_assert_eq!(counts(&findings), [lost, doubles.len() as u64, 0, 0, 0]);
    }
}
