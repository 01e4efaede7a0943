//! Sync, async and long-polling behind one chat, under one load generator.
//!
//! The whole program is one sentence:
//!
//! `scenario → plan → (load ⇄ wire ⇄ backend) → samples → results.json → table · charts · report`
//!
//! Rules that code and tests quote by number (R1 to R10, M1 to M10) are in `docs/rules.md`.
//!
//! Left of `results.json` code may open sockets, right of it nothing may. Server side and client
//! side never import each other. The modules below are listed in reading order.
//!
//! | layer | module | what it is |
//! |---|---|---|
//! | facts | [`units`] | durations, bytes and rates: read and printed |
//! | | [`message`] | what clients and servers say, identical on every wire |
//! | | [`scenario`] | what we ask, as data |
//! | | [`machine`] | what the operating system knows: limits, counters, timers |
//! | pure | [`plan`] | a scenario as the list of every send with its due time |
//! | | [`sample`] | samples, histograms and the delivery oracle |
//! | | [`chat`] | rooms, their logs, the cursors of their members; no sockets |
//! | | [`page`] | the chat page that every backend serves |
//! | doing | [`backend`] | the three servers, which differ in how they wait |
//! | | [`load`] | the generator: one loop for every wire |
//! | | [`results`] | the results file |
//! | using | [`compare`] | spawn, pin, load, drain, check, save |
//! | | [`lab`] | the statements of the lecture as experiments |
//! | | [`lecture`] | the stage: all backends and the demonstrations in a browser |
//! | | [`wire`] | every byte of a connection by what it is for, and captures of it |
//! | | [`doctor`] | what this machine allows, and how to raise it |
//! | | [`show`] | tables, charts and reports from results alone |
//! | | [`deck`] | the slides, filled from results |
//! | edge | [`cli`] | the command line as typed values |

pub mod units;

pub mod message;

pub mod scenario;

pub mod machine;

pub mod plan;

pub mod sample;

pub mod chat;

pub mod page;

pub mod backend;

pub mod load;

pub mod results;

pub mod compare;

pub mod lab;

pub mod lecture;

pub mod wire;

pub mod doctor;

pub mod show;

pub mod deck;

pub mod cli;
