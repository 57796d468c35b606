//! A delay of whole samples that moves bits and computes nothing.

use crate::block::{Block, Frame, MAX_CHANNELS};

/// Delays one or two channels by a fixed number of samples.
#[derive(Debug, Clone, Default)]
pub struct Delay {
    /// A ring for each channel: the oldest sample is at `position`.
    rings: [Vec<f32>; MAX_CHANNELS],
    position: usize,
}

impl Delay {
    /// A delay of `delay_samples`, silent. Allocates.
    #[must_use]
    pub fn new(delay_samples: usize) -> Self {
        Self { rings: core::array::from_fn(|_| vec![0.0; delay_samples]), position: 0 }
    }

    /// Fills the memory with silence.
    pub fn reset(&mut self) {
        self.rings.iter_mut().for_each(|ring| ring.fill(0.0));
        self.position = 0;
    }

    /// One frame of f32 numbers in, the one of so many samples ago out.
    #[inline]
    pub fn tick(&mut self, frame: Frame) -> Frame {
        let position = self.position;
        self.position = if position + 1 >= self.rings[0].len() { 0 } else { position + 1 };
        core::array::from_fn(|c| {
            let place = self.rings[c].get_mut(position);
            place.map_or(frame[c], |place| f64::from(core::mem::replace(place, frame[c] as f32)))
        })
    }

    /// Takes a block in and gives nothing out.
    pub fn feed(&mut self, block: &Block<'_>) {
        let mut position = self.position;
        for (c, ring) in self.rings.iter_mut().enumerate().take(block.num_channels()) {
            // What would leave the ring again within the block need not go in.
            let samples = block.channel(c);
            let skipped = samples.len().saturating_sub(ring.len());
            position = advanced(self.position, skipped, ring.len());
            let (to_end, from_start) =
                samples[skipped..].split_at((ring.len() - position).min(samples.len() - skipped));
            ring[position..position + to_end.len()].copy_from_slice(to_end);
            ring[..from_start.len()].copy_from_slice(from_start);
            position = advanced(position, samples.len() - skipped, ring.len());
        }
        self.position = position;
    }

    /// Delays a block in place.
    pub fn process(&mut self, block: &mut Block<'_>) {
        let start = self.position;
        for (ring, samples) in self.rings.iter_mut().zip(block.channels_mut()) {
            self.position = start;
            if samples.len() >= ring.len() {
                // The ring takes the block's end, and the rest of the block moves up behind what the ring held.
                ring.rotate_left(start);
                samples.rotate_right(ring.len());
                samples[..ring.len()].swap_with_slice(ring);
                self.position = 0;
                continue;
            }
            let (to_end, from_start) = samples.split_at_mut(samples.len().min(ring.len() - start));
            to_end.swap_with_slice(&mut ring[start..start + to_end.len()]);
            from_start.swap_with_slice(&mut ring[..from_start.len()]);
            self.position = advanced(start, samples.len(), ring.len());
        }
    }
}

/// The place in a ring of `len` that lies `by` after `position`.
fn advanced(position: usize, by: usize, len: usize) -> usize {
    if len == 0 { 0 } else { (position + by) % len }
}
