//! The three servers.
