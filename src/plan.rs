//! A scenario as the list of every send with its due time.
