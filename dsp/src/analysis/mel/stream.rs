//! The mel spectrogram of a stream: frames as soon as their last sample is there.

use super::super::AnalysisError;
use super::clip::mirrored;
use super::definition::{Edges, MelDefinition};
use super::kernel::{LANES, LogRule, MelKernel};

/// What stands for the largest value of a clip in [`super::MelValues::Whisper`] and [`super::MelValues::Decibels`], which
/// limit how far values may lie below it, while the clip has not ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StreamTop {
    /// The largest value so far, the frame itself included. From the loudest frame on all frames are those of the whole clip;
    /// before it the limit lies lower than it will, so that quiet values are kept rather than raised.
    Running,
    /// A value known beforehand, in the values' own unit: from an earlier pass, or the level that a model was trained at.
    Known(f32),
}

/// One frame, valid until the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MelFrame<'a> {
    /// Counted from the beginning of the stream.
    pub idx: u64,
    /// The time of its middle, in seconds from the first sample.
    pub time_s: f64,
    /// One for each band, the lowest first.
    pub values: &'a [f32],
    /// The largest value that was used for the limit; negative infinity where there is no limit.
    pub top: f32,
    /// What the values mean.
    pub definition: &'a MelDefinition,
}

/// Takes samples in blocks of any length and hands out frames. The bits of a frame, before the limit, are those of
/// [`super::MelSpectrogram`], however the stream was cut into blocks.
#[derive(Debug, Clone)]
pub struct MelStream {
    definition: MelDefinition,
    kernel: MelKernel,
    top_policy: StreamTop,
    range: Option<f32>,
    /// Samples from the beginning of the next frame on, padding before the clip included.
    pending: Vec<f32>,
    num_pending: usize,
    /// Where `pending` begins, in samples of the clip.
    start: i64,
    num_samples: u64,
    num_frames: u64,
    top: f32,
    values: Vec<f32>,
}

impl MelStream {
    /// Designs filters and transform. This is what allocates.
    ///
    /// # Errors
    /// When the definition cannot be followed.
    pub fn new(definition: &MelDefinition, top: StreamTop) -> Result<Self, AnalysisError> {
        definition.check()?;
        if let StreamTop::Known(top) = top
            && !top.is_finite()
        {
            return Err(AnalysisError { field: "top", found: top.to_string(), expected: "a number" });
        }
        let kernel = MelKernel::new(definition);
        let mut stream = Self {
            definition: *definition,
            pending: vec![0.0; kernel.span_len() + definition.frame_len],
            kernel,
            top_policy: top,
            range: LogRule::of(definition.values).and_then(|rule| rule.range),
            num_pending: 0,
            start: 0,
            num_samples: 0,
            num_frames: 0,
            top: 0.0,
            values: vec![0.0; definition.num_bands],
        };
        stream.reset();
        Ok(stream)
    }

    /// What the values mean.
    #[must_use]
    pub fn definition(&self) -> &MelDefinition {
        &self.definition
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        let padding_len = self.definition.padding_len();
        self.pending.fill(0.0);
        self.num_pending = padding_len;
        self.start = -(padding_len as i64);
        (self.num_samples, self.num_frames) = (0, 0);
        self.top = match self.top_policy {
            StreamTop::Running => f32::NEG_INFINITY,
            StreamTop::Known(top) => top,
        };
    }

    /// Takes the next samples and hands each frame that they complete to `on_frame`. Allocates nothing.
    pub fn process(&mut self, mut samples: &[f32], mut on_frame: impl FnMut(MelFrame<'_>)) {
        while !samples.is_empty() {
            let room = self.kernel.span_len() - self.num_pending;
            let (now, later) = samples.split_at(room.min(samples.len()));
            self.pending[self.num_pending..self.num_pending + now.len()].copy_from_slice(now);
            self.num_pending += now.len();
            self.num_samples += now.len() as u64;
            samples = later;
            if self.can_begin() {
                self.hand_out(u64::MAX, &mut on_frame);
            }
        }
    }

    /// Hands out the frames that see the end of the clip. After it the stream is as new.
    pub fn finish(&mut self, mut on_frame: impl FnMut(MelFrame<'_>)) {
        let num_samples = self.num_samples as usize;
        let total = self.definition.num_frames(num_samples) as u64;
        if self.definition.edges != Edges::Snipped && num_samples > 0 {
            self.mirror_beginning();
            for time in self.num_samples..self.num_samples + self.definition.padding_len() as u64 {
                let x = if self.definition.edges == Edges::Mirrored {
                    let idx = mirrored(time as i64, num_samples) as i64;
                    self.pending[(idx - self.start) as usize]
                } else {
                    0.0
                };
                self.pending[self.num_pending] = x;
                self.num_pending += 1;
            }
            self.hand_out(total, &mut on_frame);
        }
        self.reset();
    }

    /// Mirrored padding stands in the first frame, and needs as many samples and one more.
    fn can_begin(&mut self) -> bool {
        let is_known = self.definition.edges != Edges::Mirrored
            || self.num_samples > self.definition.padding_len() as u64;
        if is_known && self.num_frames == 0 {
            self.mirror_beginning();
        }
        is_known
    }

    fn mirror_beginning(&mut self) {
        if self.definition.edges == Edges::Mirrored && self.num_frames == 0 {
            let padding_len = self.definition.padding_len();
            for n in 0..padding_len {
                let idx = mirrored(n as i64 - padding_len as i64, self.num_samples as usize);
                self.pending[n] = self.pending[padding_len + idx];
            }
        }
    }

    /// Hands out whole frames, up to `total` in all.
    fn hand_out(&mut self, total: u64, on_frame: &mut impl FnMut(MelFrame<'_>)) {
        while self.num_pending >= self.definition.frame_len && self.num_frames < total {
            let num_whole = (self.num_pending - self.definition.frame_len) / self.definition.hop_len + 1;
            let count = num_whole.min(LANES).min((total - self.num_frames) as usize);
            self.kernel.process(&self.pending[..self.kernel.span_len()]);
            for lane in 0..count {
                self.hand_out_lane(lane, on_frame);
            }
            let consumed = count * self.definition.hop_len;
            let kept = consumed.min(self.num_pending)..self.num_pending;
            self.num_pending = kept.len();
            self.pending.copy_within(kept, 0);
            self.start += consumed as i64;
        }
    }

    fn hand_out_lane(&mut self, lane: usize, on_frame: &mut impl FnMut(MelFrame<'_>)) {
        for (value, row) in self.values.iter_mut().zip(self.kernel.bands()) {
            *value = row[lane];
        }
        let Self { range, top_policy, values, .. } = self;
        if let Some(range) = *range {
            if *top_policy == StreamTop::Running {
                self.top = values.iter().fold(self.top, |top, &value| if value > top { value } else { top });
            }
            let lowest = self.top - range;
            for value in values {
                *value = if *value > lowest { *value } else { lowest };
            }
        }
        let (idx, definition) = (self.num_frames, &self.definition);
        let top = if self.range.is_some() { self.top } else { f32::NEG_INFINITY };
        let time_s = definition.frame_time_s(idx);
        on_frame(MelFrame { idx, time_s, values: &self.values, top, definition });
        self.num_frames += 1;
    }
}
