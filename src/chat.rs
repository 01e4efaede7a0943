//! Rooms, their logs, the cursors of their members.
