//! Reading sources and computing metrics, against numbers computed by other programs.

mod against_duckdb;
mod comparisons;
mod properties;
mod queries;
mod reading;
mod real_data;
mod setting;
