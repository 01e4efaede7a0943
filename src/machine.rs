//! What the operating system knows: limits, counters and timers, behind one small interface.
