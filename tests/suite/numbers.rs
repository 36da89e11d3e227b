//! Reading sources and computing metrics, against numbers computed by other programs.

mod against_duckdb;
mod against_pandas;
mod aggregates;
mod bench_packages;
mod catalogue;
mod comparisons;
mod few_metrics;
mod joins;
mod kept_frames;
mod oracle;
mod promises;
mod properties;
mod quality;
mod queries;
mod random_rows;
mod reading;
mod real_data;
mod setting;
mod targets;
