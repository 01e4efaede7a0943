//! Every test that needs more than one module, in one binary. In reading order:
//!
//! | file | what it holds |
//! |---|---|
//! | `tidy` | the order of the house: layers, fences, budgets, forbidden words |
//! | `conformance` | the rules R1 to R10 and the wire, for every backend in the registry |
//! | `autobahn` | RFC 6455 case by case, on `/echo` of every WebSocket backend |
//! | `security` | the threats S1 to S14, for every backend in the registry |
//! | `lifecycle` | servers as processes: signals, heartbeats, handles that run out |
//! | `storm` | members whose connections are cut again and again lose nothing |
//! | `siege` | good members while others do their worst; a report, see `scripts/siege` |
//! | `fuzz` | the corpus of the fuzz targets, and what chance makes of it |
//! | `ledger` | every byte of a run, before a proxy and the kernel as witnesses |
//! | `cli` | the `duplex` command as people and scripts meet it |
//! | `counters` | what servers count of themselves agrees with the oracle and the kernel |
//! | `planted` | memory that was planted per connection is found by `load --pid` |
//! | `freeze` | a server that stands still shows in the response time and not in the service time |
//! | `knee` | the knee of a server of known capacity is found within 2 % |
//! | `mutants` | servers that lie are caught, each by its own finding; honest ones are not accused |
//! | `page` | the chat page as every backend serves it: files, policy, languages |
//! | `lecture` | the stage of a lecture: pages, lanes, who may do what; `duplex wire` |
//! | `sample` | the committed sample and the table in README.md are what they say |
//! | `slides` | the slides name nothing that is not there, alike in both languages, and fit their minutes |
//! | `support` | clients and servers for tests; no test itself |

mod autobahn;
mod cli;
mod conformance;
#[cfg(target_os = "linux")]
mod counters;
#[cfg(unix)]
mod freeze;
mod fuzz;
mod knee;
mod lecture;
mod ledger;
#[cfg(unix)]
mod lifecycle;
mod mutants;
mod page;
#[cfg(target_os = "linux")]
mod planted;
mod sample;
mod security;
#[cfg(target_os = "linux")]
mod siege;
mod slides;
mod storm;
mod support;
mod tidy;
