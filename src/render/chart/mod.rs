//! Lays a chart out as a scene: axes with round ticks, bars, lines, areas, cells, ribbons, rows, legend; labels never overlap or leave the frame.
//! Never: PDF operators, pixels, numbers of its own.

mod apart;
mod areas;
mod axis;
mod bars;
mod bullet;
mod categories;
mod ends;
mod flow;
mod frame;
mod funnel;
mod heatmap;
mod legend;
mod lines;
mod markers;
mod rows;
mod spark;

pub(super) use frame::{chart_heights, chart_scene};
pub(super) use spark::tile_line;

#[cfg(test)]
mod tests;
