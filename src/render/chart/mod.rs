//! Lays a chart out as a scene: axes with round ticks, bars, lines, legend; labels never overlap or leave the frame.
//! Never: PDF operators, pixels, numbers of its own.

mod axis;
mod bars;
mod categories;
mod frame;
mod legend;
mod lines;

pub(super) use frame::chart_scene;

#[cfg(test)]
mod tests;
