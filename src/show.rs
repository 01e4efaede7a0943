//! Tables, charts and reports, from results alone.
//!
//! Whatever is shown here can be shown again from the same `results.json`, byte for byte: this
//! module opens no socket, reads no clock, and knows results and units, nothing else.

mod ascii;
mod bars;
mod baseline;
mod behind;
mod bytes;
mod canvas;
mod cells;
mod charts;
mod content;
mod costs;
mod counts;
mod course;
mod curve;
mod delivery;
mod details;
mod drawing;
mod experiment;
mod fan_out;
mod four_ways;
mod gap;
mod grid;
mod growth;
mod html;
mod knee;
mod lab;
mod lang;
mod latency;
mod loops;
mod markdown;
mod mechanism;
mod method;
mod microscope;
mod names;
mod noise;
mod outcome;
mod page;
mod pairs;
mod papers;
mod pictures;
mod placing;
mod plot;
mod promise;
mod raster;
mod recolour;
mod redo;
mod report;
mod scoreboard;
mod spots;
mod style;
mod table;
mod theme;
mod threshold;
mod verdict;

#[cfg(test)]
mod tests;

pub use self::baseline::beside;
pub use self::charts::{Chart, charts};
pub use self::details::{Detail, details};
pub use self::lab::{fact_sheet, judgement, told, value, verdict, wrapped};
pub use self::lang::Lang;
pub use self::papers::papers;
pub use self::pictures::{Picture, Pictures, write_pictures};
pub use self::raster::Size;
pub use self::report::{check_free, write_raw, write_report, write_report_beside};
pub use self::table::{Style, table, table_with};
pub use self::theme::Theme;
