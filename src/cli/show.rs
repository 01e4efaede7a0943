//! How results are shown: flags that several commands share.

use clap::{Args, ValueEnum};

use super::Lang;
use crate::show::Size;

/// How results are shown.
#[derive(Debug, Args)]
pub struct Show {
    /// Language of table, charts and report
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// Print the results and what is shown of them as JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Write files for other tools into DIR/raw: hgrm and hlog for HdrHistogram's, csv, schema
    #[arg(long, value_name = "FORMATS", value_enum, value_delimiter = ',')]
    pub export: Vec<Format>,
    /// How charts are written.
    #[command(flatten)]
    pub pictures: Pictures,
    /// Print further tables below the main ones (a report always has them)
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', conflicts_with = "json")]
    pub details: Vec<Details>,
}

/// How charts are written.
#[derive(Debug, Args)]
pub struct Pictures {
    /// Kinds of picture files [default: svg]
    #[arg(long, value_name = "FORMATS", value_enum, value_delimiter = ',')]
    pub format: Vec<Picture>,
    /// The ground that charts are drawn on
    #[arg(long, value_enum, default_value_t = Theme::Light)]
    pub theme: Theme,
    /// How large charts are, in pixels
    #[arg(long, value_name = "WxH", default_value = "1920x1080")]
    pub size: Size,
}

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// Sharp at any size
    Svg,
    /// For programs that show no SVG
    Png,
}

/// The ground of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// For paper and bright rooms
    Light,
    /// For dark slides
    Dark,
}

/// A format for other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Percentiles of each scenario and backend, in milliseconds
    Hgrm,
    /// Every histogram of every run, in nanoseconds
    Hlog,
    /// Figures of each run and of each scenario and backend
    Csv,
    /// The JSON Schema of results.json
    Schema,
}

/// Further tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Details {
    /// What a delivery costs, by mechanism
    Cost,
    /// Where the bytes of a delivery go
    Bytes,
    /// What a connection costs in memory, and how many fit
    Memory,
    /// The same runs, looked at in four ways
    FourWays,
    /// All of them
    All,
}
