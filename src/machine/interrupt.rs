//! A flag that says "stop soon", shared between whoever hears Ctrl-C and whoever works.
//!
//! It knows nothing of signals: `main` raises it from its handler, tests raise it by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks long work to stop. Clones share the flag; long work looks at it at least every 100 ms.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// A flag that nobody has raised yet.
    #[must_use]
    pub fn new() -> Self {
        Interrupt::default()
    }

    /// Asks everybody who holds a clone to stop. There is no way back.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop. Costs one relaxed load.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_hears_it_too() {
        let flag = Interrupt::new();
        let clone = flag.clone();
        assert!(!clone.is_raised());
        flag.raise();
        assert!(clone.is_raised());
    }
}
