//! What other systems answer ("not available here") compiles and holds on this one, too.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "a part of a library, on its own")]

#[path = "../../src"]
mod src {
    pub(crate) mod machine;
    pub(crate) mod units;
}

use src::{machine, units};
