//! A delay of whole samples that moves bits and computes nothing.

use crate::block::{Block, Frame, MAX_CHANNELS};

/// Delays frames by a fixed number of samples.
#[derive(Debug, Clone, Default)]
pub struct Delay {
    frames: Vec<Frame>,
    position: usize,
}

impl Delay {
    /// A delay of `delay_samples`, silent. Allocates.
    #[must_use]
    pub fn new(delay_samples: usize) -> Self {
        Self { frames: vec![[0.0; MAX_CHANNELS]; delay_samples], position: 0 }
    }

    /// Fills the memory with silence.
    pub fn reset(&mut self) {
        self.frames.fill([0.0; MAX_CHANNELS]);
        self.position = 0;
    }

    /// One frame in, the one of so many samples ago out.
    #[inline]
    pub fn tick(&mut self, frame: Frame) -> Frame {
        let position = self.position;
        self.position = if position + 1 >= self.frames.len() { 0 } else { position + 1 };
        self.frames.get_mut(position).map_or(frame, |place| core::mem::replace(place, frame))
    }

    /// Takes a block in and gives nothing out.
    pub fn feed(&mut self, block: &Block<'_>) {
        if !self.frames.is_empty() {
            for frame_idx in 0..block.len() {
                self.tick(block.frame(frame_idx));
            }
        }
    }

    /// Delays a block in place.
    pub fn process(&mut self, block: &mut Block<'_>) {
        if !self.frames.is_empty() {
            block.map_frames(|frame| self.tick(frame));
        }
    }
}
