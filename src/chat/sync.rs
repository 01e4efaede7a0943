//! The locks of a room.
//!
//! They are the standard library's. Under the feature `model` they are loom's, which behave the same
//! and let a test try every order in which threads can take them.

#[cfg(not(feature = "model"))]
pub(super) use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

#[cfg(feature = "model")]
pub(super) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
