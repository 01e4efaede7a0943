//! Every test that needs more than one module, in one binary. In reading order:
//!
//! | file | what it holds |
//! |---|---|
//! | `tidy` | the order of the house: layers, fences, budgets, forbidden words |

mod tidy;
