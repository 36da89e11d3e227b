//! A shaped line: its glyphs from left to right, and what each stands for.

use super::fonts::{Face, Font, UNITS_PER_EM};

/// A glyph of a run; lengths in [`UNITS_PER_EM`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Glyph {
    /// The font that it is of.
    pub(in super::super) font: Font,
    /// Number in the font.
    pub(in super::super) id: u16,
    /// How far the pen moves on.
    pub(in super::super) advance: i32,
    /// Where it is drawn, from the pen; y upwards.
    pub(in super::super) offset: (i32, i32),
    /// Byte of the run's text at which its characters begin.
    pub(in super::super) cluster: usize,
    /// It is the box that stands for a character that no font has.
    pub(in super::super) is_missing: bool,
}

/// A shaped line of text.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Run {
    pub(in super::super) face: Face,
    /// What it says, without characters that must not reach a page.
    pub(in super::super) text: String,
    /// From left to right, whichever way they are read.
    pub(in super::super) glyphs: Vec<Glyph>,
    pub(super) units: i32,
    /// Is any of it read from right to left?
    pub(super) backwards: bool,
}

impl Run {
    /// Its width in points at a size.
    pub(in super::super) fn width(&self, size: f32) -> f32 {
        self.units as f32 * size / UNITS_PER_EM
    }

    /// Nothing to draw?
    pub(in super::super) fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }

    /// The characters that a glyph stands for, alone or with its neighbours.
    pub(in super::super) fn characters(&self, index: usize) -> &str {
        let Some(glyph) = self.glyphs.get(index) else { return "" };
        let after = |from: &[Glyph]| from.iter().map(|g| g.cluster).filter(|c| *c > glyph.cluster).min();
        let end = if self.backwards { after(&self.glyphs) } else { self.next_cluster(index) };
        self.text.get(glyph.cluster..end.unwrap_or(self.text.len())).unwrap_or("")
    }

    /// How many glyphs, from one on, are put together to stand for the same characters.
    pub(in super::super) fn together(&self, index: usize) -> usize {
        let same = |glyph: &&Glyph| glyph.cluster == self.glyphs[index].cluster;
        self.glyphs[index..].iter().take_while(same).count()
    }

    fn next_cluster(&self, index: usize) -> Option<usize> {
        let cluster = self.glyphs[index].cluster;
        self.glyphs[index..].iter().map(|g| g.cluster).find(|c| *c > cluster)
    }

    /// The longest start of the text, cut between characters, that is at most so wide.
    pub(super) fn prefix(&self, size: f32, width: f32) -> &str {
        let mut read: Vec<&Glyph> = self.glyphs.iter().collect();
        if self.backwards {
            read.sort_by_key(|glyph| glyph.cluster);
        }
        let mut pen = 0;
        let mut end = 0;
        for (index, glyph) in read.iter().enumerate() {
            if index == 0 || read[index - 1].cluster != glyph.cluster {
                end = glyph.cluster;
            }
            pen += glyph.advance;
            if pen as f32 * size / UNITS_PER_EM > width {
                return &self.text[..end];
            }
        }
        &self.text
    }
}
