//! Every test that needs more than one module, in one binary. In reading order:
//!
//! | file | what it holds |
//! |---|---|
//! | `tidy` | the order of the house: layers, fences, budgets, forbidden words |
//! | `conformance` | the rules R1 to R10 and the wire, for every backend in the registry |
//! | `cli` | the `duplex` command as people and scripts meet it |
//! | `freeze` | a server that stands still shows in the response time and not in the service time |
//! | `mutants` | servers that lie are caught, each by its own finding; honest ones are not accused |
//! | `page` | the chat page as every backend serves it: files, policy, languages |
//! | `sample` | the committed sample and the table in README.md are what they say |
//! | `support` | clients and servers for tests; no test itself |

mod cli;
mod conformance;
#[cfg(unix)]
mod freeze;
mod mutants;
mod page;
mod sample;
mod support;
mod tidy;
