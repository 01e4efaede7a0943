//! Tables, charts and reports.
