//! The times of a run: one sample per delivery, kept as distributions (rule M1, M2).

use super::tally::{ONE_DIGIT, THREE_DIGITS, Tally};
use super::timeline::{Course, Timeline};
use super::under_way::UnderWay;
use crate::units::SECOND;

/// Marks a message that has not been sent.
const NEVER: u64 = u64::MAX;

/// The three instants of one delivery, in nanoseconds of one monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When the plan wanted the message sent.
    pub intended: u64,
    /// When it was sent: just before the system call.
    pub sent: u64,
    /// When it was received: just after the system call.
    pub received: u64,
}

impl Sample {
    /// How long a user waited: a server that stalls cannot hide it by delaying the sends.
    #[must_use]
    pub fn response(self) -> u64 {
        self.received.saturating_sub(self.intended)
    }

    /// How long the server and the wire took.
    #[must_use]
    pub fn service(self) -> u64 {
        self.received.saturating_sub(self.sent)
    }
}

/// Turns samples into distributions. Only messages of the measured phase count; response times of
/// the warm-up are kept apart.
#[derive(Debug)]
pub struct Recorder {
    /// Received − intended, one value per delivery.
    pub response: Tally<THREE_DIGITS>,
    /// Received − sent, one value per delivery.
    pub service: Tally<THREE_DIGITS>,
    /// Handed over − intended, one value per message.
    pub send_lag: Tally<THREE_DIGITS>,
    /// Response times of the warm-up.
    pub warm_up: Tally<THREE_DIGITS>,
    /// Measured deliveries.
    pub delivered: u64,
    /// Measured deliveries that came before the measured time was over.
    pub delivered_in_time: u64,
    /// When the last measured delivery came.
    pub last_received: Option<u64>,
    times: Vec<Times>,
    first_measured: u32,
    time_over: u64,
    under_way: UnderWay,
    course: Course,
    recent: Tally<ONE_DIGIT>,
}

/// When a message was wanted and when it was sent.
#[derive(Debug, Clone, Copy)]
struct Times {
    intended: u64,
    sent: u64,
}

impl Recorder {
    /// A recorder for `messages` messages, the ones from index `first_measured` on being
    /// measured. Latencies up to `longest` nanoseconds are told apart, longer ones count as that.
    #[must_use]
    pub fn new(messages: u32, first_measured: u32, longest: u64) -> Self {
        let longest = longest.max(120 * SECOND);
        Recorder {
            response: Tally::new(longest),
            service: Tally::new(longest),
            send_lag: Tally::new(longest),
            warm_up: Tally::new(longest),
            delivered: 0,
            delivered_in_time: 0,
            last_received: None,
            times: vec![Times { intended: 0, sent: NEVER }; messages as usize],
            first_measured,
            time_over: u64::MAX,
            under_way: UnderWay::default(),
            course: Course::new(longest),
            recent: Tally::new(longest),
        }
    }

    /// From now on a delivery after `instant` is late.
    pub fn time_is_over_at(&mut self, instant: u64) {
        self.time_over = instant;
    }

    /// The measured time reaches from the first instant to the second one.
    pub fn time_is(&mut self, start: u64, end: u64) {
        self.time_is_over_at(end);
        self.course.begin(start, end);
    }

    /// A message is due: this is when the plan wants it sent.
    pub fn due(&mut self, message: u32, intended: u64) {
        self.times[message as usize].intended = intended;
    }

    /// A message that is due is handed to its member: how late that is, is the generator's own
    /// lateness. What the wire makes it wait from then on is not.
    pub fn handed_over(&mut self, message: u32, now: u64) {
        if message >= self.first_measured {
            self.send_lag.add(now.saturating_sub(self.times[message as usize].intended));
        }
    }

    /// A message that is due is being sent to so many receivers. Only the first time counts.
    pub fn sent(&mut self, message: u32, sent: u64, receivers: u32) {
        let times = &mut self.times[message as usize];
        if times.sent == NEVER {
            times.sent = sent;
            if message >= self.first_measured {
                self.under_way.depart(receivers, sent);
            }
        }
    }

    /// Whether a message has been sent.
    #[must_use]
    pub fn was_sent(&self, message: u32) -> bool {
        self.times[message as usize].sent != NEVER
    }

    /// A message that was sent has been received by one member.
    pub fn received(&mut self, message: u32, received: u64) {
        let Times { intended, sent } = self.times[message as usize];
        let sample = Sample { intended, sent, received };
        let response = sample.response();
        self.recent.add(response);
        if message < self.first_measured {
            self.warm_up.add(response);
            return;
        }
        self.response.add(response);
        self.service.add(sample.service());
        self.under_way.arrive(received);
        self.course.add(received, response);
        self.delivered += 1;
        self.delivered_in_time += u64::from(received <= self.time_over);
        self.last_received = self.last_received.max(Some(received));
    }

    /// How many measured deliveries were under way on average during `length` nanoseconds, which is
    /// the time from the first intended send to the last delivery; `None` when there was no time.
    #[must_use]
    pub fn in_flight(&self, length: u64) -> Option<f64> {
        self.under_way.average(length)
    }

    /// The course of the measured deliveries; `None` when there were none or nobody said when the
    /// measured time is.
    #[must_use]
    pub fn into_timeline(self) -> Option<Timeline> {
        self.course.finish()
    }

    /// Deliveries since the last call and their 99th percentile of response time, to one digit:
    /// good enough to watch, not to report.
    pub fn take_recent(&mut self) -> (u64, Option<u64>) {
        let count = self.recent.len();
        let p99 = self.recent.quantile(0.99);
        self.recent.clear();
        (count, p99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_times_of_a_sample() {
        let sample = Sample { intended: 100, sent: 130, received: 200 };
        assert_eq!((sample.response(), sample.service()), (100, 70));
    }

    #[test]
    fn a_stall_shows_in_the_response_time() {
        // The coordinated omission fixture: one send every millisecond, and a server that answers
        // at once but did not read for 100 ms. A closed loop would report a single slow answer.
        let mut recorder = Recorder::new(1000, 0, 0);
        for message in 0..1000_u32 {
            let intended = u64::from(message) * 1_000_000;
            let sent = if message < 100 { intended.max(100_000_000) } else { intended };
            recorder.due(message, intended);
            recorder.handed_over(message, sent);
            recorder.sent(message, sent, 1);
            recorder.received(message, sent + 50_000);
        }
        assert!(recorder.response.histogram().value_at_quantile(0.95) > 40_000_000);
        assert!(recorder.service.histogram().max() < 51_000);
        assert!(recorder.send_lag.histogram().max() >= 99_000_000);
    }

    #[test]
    fn what_waits_on_the_wire_is_no_lateness_of_the_generator() {
        let mut recorder = Recorder::new(1, 0, 0);
        recorder.due(0, 100);
        recorder.handed_over(0, 130);
        recorder.sent(0, 1000, 1);
        recorder.received(0, 1700);
        assert_eq!(recorder.send_lag.histogram().max(), 30);
        assert_eq!(recorder.service.histogram().max(), 700);
        assert_eq!(recorder.response.histogram().max(), 1600);
    }

    #[test]
    fn the_warm_up_is_not_measured_and_late_is_late() {
        let mut recorder = Recorder::new(3, 1, 0);
        recorder.time_is(15, 1000);
        assert!(!recorder.was_sent(0));
        for message in 0..3 {
            recorder.due(message, 10);
            recorder.handed_over(message, 20);
            recorder.sent(message, 20, 1);
            recorder.received(message, 900 + u64::from(message) * 100);
        }
        assert!(recorder.was_sent(0));
        assert_eq!((recorder.delivered, recorder.delivered_in_time), (2, 1));
        assert_eq!((recorder.response.len(), recorder.send_lag.len()), (2, 2));
        assert_eq!(recorder.last_received, Some(1100));
        assert_eq!((recorder.warm_up.len(), recorder.warm_up.histogram().max()), (1, 890));
        let (count, _) = recorder.take_recent();
        assert_eq!(count, 3);
        assert_eq!(recorder.take_recent(), (0, None));
        assert_eq!(recorder.into_timeline().map(|told| told.deliveries), Some(vec![2]));
    }

    #[test]
    fn what_is_under_way_is_counted_in_the_measured_phase_only() {
        let mut recorder = Recorder::new(2, 1, 0);
        recorder.sent(0, 10, 5);
        recorder.received(0, 20);
        // To two members, for 30 ns and for 50 ns.
        recorder.sent(1, 100, 2);
        recorder.received(1, 130);
        recorder.received(1, 150);
        assert_eq!(recorder.in_flight(40), Some(2.0));
        assert_eq!(recorder.in_flight(0), None);
    }

    #[test]
    fn what_is_longer_than_the_longest_still_counts() {
        let mut recorder = Recorder::new(1, 0, 0);
        recorder.sent(0, 0, 1);
        recorder.received(0, 500 * SECOND);
        assert_eq!(recorder.response.len(), 1);
    }
}
