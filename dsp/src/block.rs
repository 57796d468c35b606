//! The planar view of audio that every processor works on, in place.

use crate::simd;
use core::ops::Range;
use fearless_simd::{Simd, dispatch};

/// The most channels a mastering processor takes.
pub const MAX_CHANNELS: usize = 2;

/// One sample of each channel, left and right. In a mono block both hold the one channel, so a processor written for
/// two channels treats mono as two equal ones.
pub type Frame = [f64; MAX_CHANNELS];

/// Samples larger than this (+240 dBFS) are taken for damage, not audio: their squares would no longer fit an f32.
const MAX_MAGNITUDE: f32 = 1.0e12;

/// One or two channels of equal length, borrowed from the host, the device or the decoder.
pub struct Block<'a> {
    left: &'a mut [f32],
    right: Option<&'a mut [f32]>,
}

impl<'a> Block<'a> {
    /// A block of one channel.
    pub fn mono(samples: &'a mut [f32]) -> Self {
        Self { left: samples, right: None }
    }

    /// A block of two channels.
    ///
    /// # Panics
    /// If the channels differ in length.
    pub fn stereo(left: &'a mut [f32], right: &'a mut [f32]) -> Self {
        assert_eq!(left.len(), right.len(), "both channels of a block have the same length");
        Self { left, right: Some(right) }
    }

    /// The number of frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is no frame in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// One or two.
    #[must_use]
    pub fn num_channels(&self) -> usize {
        1 + usize::from(self.right.is_some())
    }

    /// The samples of channel `channel_idx`, where a mono block's right channel is its left.
    #[must_use]
    pub fn channel(&self, channel_idx: usize) -> &[f32] {
        match (&self.right, channel_idx) {
            (Some(right), 1) => right,
            _ => self.left,
        }
    }

    /// Frame `frame_idx`, both of its samples the same in a mono block.
    #[must_use]
    #[inline]
    pub fn frame(&self, frame_idx: usize) -> Frame {
        [f64::from(self.channel(0)[frame_idx]), f64::from(self.channel(1)[frame_idx])]
    }

    /// Copies the samples of a block of the same length.
    pub fn copy_from(&mut self, other: &Block<'_>) {
        for (channel_idx, samples) in self.channels_mut().enumerate() {
            samples.copy_from_slice(other.channel(channel_idx));
        }
    }

    /// The channels that exist, for writing.
    pub fn channels_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        core::iter::once(&mut *self.left).chain(self.right.as_deref_mut())
    }

    /// The frames of `range` as a block of their own.
    pub fn slice(&mut self, range: Range<usize>) -> Block<'_> {
        Block {
            left: &mut self.left[range.clone()],
            right: self.right.as_deref_mut().map(|right| &mut right[range]),
        }
    }

    /// Replaces each frame by `f` of it.
    #[inline]
    pub fn map_frames(&mut self, mut f: impl FnMut(Frame) -> Frame) {
        match &mut self.right {
            Some(right) => {
                for (l, r) in self.left.iter_mut().zip(right.iter_mut()) {
                    let [wet_l, wet_r] = f([f64::from(*l), f64::from(*r)]);
                    *l = wet_l as f32;
                    *r = wet_r as f32;
                }
            }
            None => {
                for sample in self.left.iter_mut() {
                    *sample = f([f64::from(*sample); MAX_CHANNELS])[0] as f32;
                }
            }
        }
    }

    /// Replaces what is not audio (not a number, infinite, beyond +240 dBFS) and subnormals by zero, and returns how many
    /// samples were not audio. Everything else, zeros of either sign too, stays as it is.
    ///
    /// Bits are compared, not numbers, so a host's denormal flags change nothing.
    pub fn sanitize(&mut self) -> u64 {
        self.channels_mut().map(sanitize_samples).sum()
    }
}

/// Looks first whether there is anything to mend: nearly always there is not.
fn sanitize_samples(samples: &mut [f32]) -> u64 {
    if dispatch!(simd::level(), simd => is_all_clean(simd, samples)) {
        return 0;
    }
    let mut num_replaced = 0;
    for sample in samples {
        let (clean, damaged) = sanitized(*sample);
        *sample = clean;
        num_replaced += u64::from(damaged);
    }
    num_replaced
}

#[inline(always)]
fn is_all_clean<S: Simd>(_: S, samples: &[f32]) -> bool {
    let odd = samples.iter().fold(0, |odd, sample| odd | (sanitized(*sample).0.to_bits() ^ sample.to_bits()));
    odd == 0
}

/// One sample as [`Block::sanitize`] leaves it, and whether it was not audio.
#[inline]
#[must_use]
pub fn sanitized(sample: f32) -> (f32, bool) {
    let magnitude = sample.to_bits() & 0x7FFF_FFFF;
    let damaged = magnitude > MAX_MAGNITUDE.to_bits();
    let subnormal = magnitude != 0 && magnitude < f32::MIN_POSITIVE.to_bits();
    (if damaged || subnormal { 0.0 } else { sample }, damaged)
}
