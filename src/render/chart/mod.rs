//! Lays a chart out as a scene: axes with round ticks, bars, lines, cells, legend; labels never overlap or leave the frame.
//! Never: PDF operators, pixels, numbers of its own.

mod axis;
mod bars;
mod categories;
mod frame;
mod heatmap;
mod legend;
mod lines;

pub(super) use frame::{chart_heights, chart_scene};

#[cfg(test)]
mod tests;
