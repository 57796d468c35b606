//! Loudness over hours in a bounded number of points: when they are all used, two become one and each spans twice the time.

use lacquer_dsp::telemetry::{HISTORY_RATE_HZ, HistoryPoint, MeterFrame};

/// The most points that are kept: about one for each pixel of a wide screen.
pub const MAX_POINTS: usize = 4096;

/// Points of the telemetry's history in one of the first points: a tenth of a second.
const FIRST_SPAN: u64 = 10;

/// What is known of a span. In LUFS; none where there was silence or no measurement.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LoudnessPoint {
    /// The loudest 400 ms.
    pub momentary_lufs: Option<f32>,
    /// The loudest 3 s.
    pub short_term_lufs: Option<f32>,
    /// Of everything since the reset, at the span's end.
    pub integrated_lufs: Option<f32>,
}

impl LoudnessPoint {
    /// What a span of both, one after the other, says.
    fn merged(self, later: Self) -> Self {
        let louder = |a: Option<f32>, b: Option<f32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        Self {
            momentary_lufs: louder(self.momentary_lufs, later.momentary_lufs),
            short_term_lufs: louder(self.short_term_lufs, later.short_term_lufs),
            integrated_lufs: later.integrated_lufs.or(self.integrated_lufs),
        }
    }
}

/// Everything since the reset.
#[derive(Debug, Clone)]
pub struct LoudnessHistory {
    points: Vec<LoudnessPoint>,
    /// Points of the telemetry in each.
    span: u64,
    newest: LoudnessPoint,
    num_in_newest: u64,
}

impl Default for LoudnessHistory {
    fn default() -> Self {
        Self { points: Vec::new(), span: FIRST_SPAN, newest: LoudnessPoint::default(), num_in_newest: 0 }
    }
}

impl LoudnessHistory {
    /// The points, oldest first, at most [`MAX_POINTS`].
    #[must_use]
    pub fn points(&self) -> &[LoudnessPoint] {
        &self.points
    }

    /// How much time a point spans.
    #[must_use]
    pub fn span_s(&self) -> f64 {
        self.span as f64 / HISTORY_RATE_HZ
    }

    /// Takes the next 10 ms. Short-term and integrated loudness are known of now only, so points that waited longer than
    /// `max_age_frames` for the window go without.
    pub fn add(&mut self, point: &HistoryPoint, meters: &MeterFrame, max_age_frames: u64) {
        let is_now = meters.output.num_frames.saturating_sub(point.end_frame) <= max_age_frames;
        let loud = |lufs: Option<f64>| lufs.filter(|lufs| is_now && lufs.is_finite()).map(|lufs| lufs as f32);
        let next = LoudnessPoint {
            momentary_lufs: Some(point.momentary_lufs).filter(|lufs| lufs.is_finite()),
            short_term_lufs: loud(meters.output.short_term_lufs.map(|lufs| lufs.0)),
            integrated_lufs: loud(meters.output.integrated_lufs.map(|lufs| lufs.0)),
        };
        self.newest = if self.num_in_newest == 0 { next } else { self.newest.merged(next) };
        self.num_in_newest += 1;
        if self.num_in_newest == self.span {
            self.points.push(self.newest);
            self.num_in_newest = 0;
            if self.points.len() == MAX_POINTS {
                self.halve();
            }
        }
    }

    fn halve(&mut self) {
        let (pairs, _) = self.points.as_chunks::<2>();
        let halved: Vec<_> = pairs.iter().map(|[earlier, later]| earlier.merged(*later)).collect();
        self.points.clear();
        self.points.extend(halved);
        self.span *= 2;
    }
}
