//! An alarm that wakes a `mio::Poll` at a given moment, more finely than its timeout can.
//!
//! A poll timeout counts whole milliseconds and the kernel may add slack to it. A timerfd does
//! neither: it is a file that becomes readable within microseconds of its time. Where there is no
//! timerfd the alarm falls back to the timeout, and schedules are kept to a millisecond.

#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub use linux::Alarm;
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub use portable::Alarm;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::time::Duration;

    use mio::unix::SourceFd;
    use mio::{Interest, Registry, Token};
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    /// Wakes the poll it is registered with.
    #[derive(Debug)]
    pub struct Alarm(OwnedFd);

    impl Alarm {
        /// An alarm that is not set; its events carry `token`.
        ///
        /// # Errors
        /// When the process has no file handle left.
        pub fn new(registry: &Registry, token: Token) -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            registry.register(&mut SourceFd(&timer.as_raw_fd()), token, Interest::READABLE)?;
            Ok(Alarm(timer))
        }

        /// Sets the alarm, replacing what was set, and returns the timeout to give to the poll:
        /// never longer than `at_most`, because the alarm itself does the waking.
        ///
        /// # Errors
        /// Never in practice: only when the time cannot be represented.
        pub fn set(&mut self, after: Duration, at_most: Duration) -> io::Result<Duration> {
            if after < at_most {
                // Zero would disarm the timer instead of firing at once.
                let after = after.max(Duration::from_nanos(1));
                let once = Itimerspec {
                    it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
                    it_value: Timespec {
                        tv_sec: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                        tv_nsec: after.subsec_nanos().into(),
                    },
                };
                // Registered edge-triggered: each expiry wakes once, so nobody has to read the file.
                timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
            }
            Ok(at_most)
        }
    }
}

#[cfg(any(not(target_os = "linux"), feature = "portable"))]
mod portable {
    use std::io;
    use std::time::Duration;

    use mio::{Registry, Token};

    /// Wakes nobody itself: it shortens the poll's timeout.
    #[derive(Debug)]
    pub struct Alarm;

    impl Alarm {
        /// An alarm that is not set.
        ///
        /// # Errors
        /// Never here.
        pub fn new(_registry: &Registry, _token: Token) -> io::Result<Self> {
            Ok(Alarm)
        }

        /// Returns the timeout to give to the poll: the alarm's time, and never longer than `at_most`.
        ///
        /// # Errors
        /// Never here.
        pub fn set(&mut self, after: Duration, at_most: Duration) -> io::Result<Duration> {
            Ok(after.min(at_most))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use mio::{Events, Poll, Token};

    use super::Alarm;

    #[test]
    fn it_wakes_again_and_again_and_never_early() {
        let mut poll = Poll::new().unwrap();
        let mut events = Events::with_capacity(4);
        let mut alarm = Alarm::new(poll.registry(), Token(7)).unwrap();
        for _ in 0..3 {
            let after = Duration::from_millis(5);
            let begun = Instant::now();
            let timeout = alarm.set(after, Duration::from_secs(60)).unwrap();
            poll.poll(&mut events, Some(timeout)).unwrap();
            assert!(begun.elapsed() >= after);
        }
    }
}
