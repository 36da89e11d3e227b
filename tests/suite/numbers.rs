//! Reading sources and computing metrics, against numbers computed by other programs.

mod against_duckdb;
mod catalogue;
mod comparisons;
mod joins;
mod properties;
mod quality;
mod queries;
mod reading;
mod real_data;
mod setting;
