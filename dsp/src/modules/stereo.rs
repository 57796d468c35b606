//! Stereo: width of the low and the high band, a mono bass, and a guard over the channels' correlation.
//!
//! Only the side signal is touched, so the mono sum is what it was. The low band is a first-order low-pass of the side and
//! the high band is the rest: equal widths give back the side itself. What widths above 100 % add is kept apart, for
//! the [`guard`] to hold back; it never narrows what came in.
//!
//! The crossover takes four frames at a time, counted from `reset`. A group that a block ends in is computed with silence for
//! the rest of it, which what came before does not hear, and again when the rest is there: nothing waits.

mod guard;

use fearless_simd::{Level, Simd, dispatch};

use crate::block::{Block, Frame, MAX_CHANNELS, sanitized};
use crate::filter::recursion::{GROUP, PAST, Recursion, Transfer, flush_group};
use crate::filter::svf::{MovingCorner, SvfState};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::StereoSettings;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Glide, control_ticks};
use crate::units::ms_to_samples;
use guard::{Guard, Powers};

/// How long a corner takes to move to where it was set.
const CORNER_MOVE_MS: f64 = 40.0;

/// How many groups lie between two control ticks.
const GROUPS_PER_TICK: usize = CONTROL_INTERVAL_SAMPLES / GROUP;

/// Width of the low and the high band, and how far the bass is mono.
const WIDTH_LOW: usize = 0;
const WIDTH_HIGH: usize = 1;
const MONO_BASS: usize = 2;

/// What of a control interval's frames has come, behind what the filters need of the past.
#[derive(Debug, Clone)]
struct Interval {
    left: [f32; CONTROL_INTERVAL_SAMPLES],
    right: [f32; CONTROL_INTERVAL_SAMPLES],
    mid: [f64; CONTROL_INTERVAL_SAMPLES],
    side: [Frame; PAST + CONTROL_INTERVAL_SAMPLES],
    /// The side, its bass as far mono as it is to be.
    bassless: [Frame; PAST + CONTROL_INTERVAL_SAMPLES],
    low: [Frame; PAST + CONTROL_INTERVAL_SAMPLES],
}

impl Interval {
    const SILENT: Self = Self {
        left: [0.0; CONTROL_INTERVAL_SAMPLES],
        right: [0.0; CONTROL_INTERVAL_SAMPLES],
        mid: [0.0; CONTROL_INTERVAL_SAMPLES],
        side: [[0.0; MAX_CHANNELS]; PAST + CONTROL_INTERVAL_SAMPLES],
        bassless: [[0.0; MAX_CHANNELS]; PAST + CONTROL_INTERVAL_SAMPLES],
        low: [[0.0; MAX_CHANNELS]; PAST + CONTROL_INTERVAL_SAMPLES],
    };
}

/// The stereo widener. No latency; mono passes unchanged.
#[derive(Debug, Clone)]
pub struct Stereo {
    level: Level,
    sample_rate_hz: f64,
    /// Move once per control interval, in straight lines over it.
    gains: Glide<3>,
    /// In octaves.
    crossover_log2: Glide<1>,
    designed_log2: f64,
    /// At the end of this control interval, and of the last.
    crossover: Recursion,
    last_crossover: Recursion,
    crossover_moves: bool,
    mono_below: MovingCorner,
    side_high_pass: SvfState,
    guard: Guard,
    floor: Option<f64>,
    /// Gains and the guard's share at the beginning and the end of this control interval.
    from: ([f64; 3], f64),
    to: ([f64; 3], f64),
    interval: Interval,
    num_arrived: usize,
    has_started: bool,
}

impl Default for Stereo {
    fn default() -> Self {
        Self::new()
    }
}

impl Stereo {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            level: Level::baseline(),
            sample_rate_hz: 0.0,
            gains: Glide::new(1),
            crossover_log2: Glide::new(1),
            designed_log2: f64::NAN,
            crossover: Recursion::default(),
            last_crossover: Recursion::default(),
            crossover_moves: false,
            mono_below: MovingCorner::default(),
            side_high_pass: SvfState::default(),
            guard: Guard::default(),
            floor: None,
            from: ([0.0; 3], 1.0),
            to: ([0.0; 3], 1.0),
            interval: Interval::SILENT,
            num_arrived: 0,
            has_started: false,
        }
    }

    /// Sets out for where the controls will be at the end of the interval.
    fn control_tick(&mut self) {
        if !self.has_started {
            self.has_started = true;
            self.gains.start();
            self.crossover_log2.start();
            self.to.0 = self.gains.value();
        }
        self.from = self.to;
        self.to = (self.gains.tick(), self.guard.share());
        self.mono_below.control_tick();
        self.side_high_pass.flush();
        let [crossover_log2] = self.crossover_log2.tick();
        if self.crossover_moves {
            (self.last_crossover, self.crossover_moves) = (self.crossover, false);
        }
        if crossover_log2 != self.designed_log2 {
            let is_first = self.designed_log2.is_nan();
            self.designed_log2 = crossover_log2;
            self.crossover =
                Recursion::new(&Transfer::slope(libm::exp2(crossover_log2), self.sample_rate_hz));
            if is_first {
                self.last_crossover = self.crossover;
            }
            self.crossover_moves = !is_first;
        }
    }

    /// The crossover on its way through the interval: one step in sixteen samples would be heard.
    fn crossover_at(&self, group_idx: usize) -> Recursion {
        let share = (group_idx + 1) as f64 / GROUPS_PER_TICK as f64;
        self.last_crossover.towards(&self.crossover, share)
    }

    /// Frames that lie in one control interval, in place.
    ///
    /// What has not come yet is silence. Loops always go over the whole interval, which is what they are given nearly always.
    #[inline(always)]
    fn process_part<S: Simd>(&mut self, simd: S, left: &mut [f32], right: &mut [f32]) {
        let (start, end) = (self.num_arrived, self.num_arrived + left.len());
        let interval = &mut self.interval;
        interval.left[start..end].copy_from_slice(left);
        interval.right[start..end].copy_from_slice(right);
        for n in 0..CONTROL_INTERVAL_SAMPLES {
            let l = f64::from(sanitized(interval.left[n]).0);
            let r = f64::from(sanitized(interval.right[n]).0);
            interval.mid[n] = 0.5 * (l + r);
            interval.side[PAST + n] = [0.5 * (l - r); MAX_CHANNELS];
        }
        self.filter(simd, start, end);
        let (lines, interval) = (self.lines(), &self.interval);
        let mut out = [[0.0; CONTROL_INTERVAL_SAMPLES]; 2];
        for n in 0..CONTROL_INTERVAL_SAMPLES {
            let (kept, added) = lines.sides(n, interval);
            let side = kept + lines.share(n) * added;
            out[0][n] = (interval.mid[n] + side) as f32;
            out[1][n] = (interval.mid[n] - side) as f32;
        }
        left.copy_from_slice(&out[0][start..end]);
        right.copy_from_slice(&out[1][start..end]);
        self.num_arrived = end;
        if end == CONTROL_INTERVAL_SAMPLES {
            self.finish_interval();
        }
    }

    /// Takes the bass out of the side of new frames, and finds its low band in every group that has some of them.
    #[inline(always)]
    fn filter<S: Simd>(&mut self, simd: S, start: usize, end: usize) {
        let lines = self.lines();
        let settled = *self.mono_below.coeffs();
        for n in start..end {
            let moving = self.mono_below.is_moving();
            let share = (n + 1) as f64 / CONTROL_INTERVAL_SAMPLES as f64;
            let coeffs = if moving { self.mono_below.coeffs_at(share) } else { settled };
            let side = self.interval.side[PAST + n];
            let high = self.side_high_pass.tick_unflushed(&coeffs, side).high;
            let bassless = side[0] + lines.gain(MONO_BASS, n) * (high[0] - side[0]);
            self.interval.bassless[PAST + n] = [bassless; MAX_CHANNELS];
        }
        for group_idx in start / GROUP..end.div_ceil(GROUP) {
            let at = PAST + group_idx * GROUP;
            let moving = self.crossover_moves.then(|| self.crossover_at(group_idx));
            let crossover = moving.as_ref().unwrap_or(&self.crossover);
            let Interval { bassless, low, .. } = &mut self.interval;
            crossover.process_group::<1, S>(simd, bassless, low, at);
        }
    }

    /// What the guard needs to know of the interval, and the interval as the past of the next.
    #[inline(always)]
    fn finish_interval(&mut self) {
        let mut sums = Powers::default();
        if self.floor.is_some() {
            let lines = self.lines();
            for n in 0..CONTROL_INTERVAL_SAMPLES {
                let (kept, added) = lines.sides(n, &self.interval);
                sums.add(self.interval.mid[n], kept, added);
            }
        }
        self.guard.control_tick(&sums, self.floor);
        let Interval { left, right, bassless, low, .. } = &mut self.interval;
        for frames in [bassless, low] {
            let mut past = [[0.0; MAX_CHANNELS]; PAST];
            past.copy_from_slice(&frames[CONTROL_INTERVAL_SAMPLES..]);
            flush_group(&mut past);
            frames[..PAST].copy_from_slice(&past);
        }
        (*left, *right) = ([0.0; CONTROL_INTERVAL_SAMPLES], [0.0; CONTROL_INTERVAL_SAMPLES]);
        self.num_arrived = 0;
    }

    #[inline(always)]
    fn lines(&self) -> Lines {
        let per_sample = 1.0 / CONTROL_INTERVAL_SAMPLES as f64;
        let line = |from: f64, to: f64| (from, per_sample * (to - from));
        Lines {
            gains: core::array::from_fn(|idx| line(self.from.0[idx], self.to.0[idx])),
            share: line(self.from.1, self.to.1),
        }
    }
}

/// Straight lines over a control interval: where each begins, and its step.
#[derive(Debug, Clone, Copy)]
struct Lines {
    gains: [(f64, f64); 3],
    share: (f64, f64),
}

impl Lines {
    #[inline(always)]
    fn gain(&self, idx: usize, n: usize) -> f64 {
        self.gains[idx].0 + n as f64 * self.gains[idx].1
    }

    #[inline(always)]
    fn share(&self, n: usize) -> f64 {
        self.share.0 + n as f64 * self.share.1
    }

    /// The side as it is without widening, and what widening adds.
    #[inline(always)]
    fn sides(&self, n: usize, interval: &Interval) -> (f64, f64) {
        let (side, low) = (interval.bassless[PAST + n][0], interval.low[PAST + n][0]);
        let (low_width, high_width) = (self.gain(WIDTH_LOW, n), self.gain(WIDTH_HIGH, n));
        let narrowed = |width: f64| if width < 1.0 { width } else { 1.0 };
        let of_bands = |low_gain: f64, high_gain: f64| high_gain * side + (low_gain - high_gain) * low;
        let kept = of_bands(narrowed(low_width), narrowed(high_width));
        (kept, of_bands(low_width - narrowed(low_width), high_width - narrowed(high_width)))
    }
}

impl Processor for Stereo {
    type Settings = StereoSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let gain_ticks = ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz).div_ceil(CONTROL_INTERVAL_SAMPLES);
        *self = Self {
            level: crate::simd::level(),
            sample_rate_hz: spec.sample_rate_hz,
            gains: Glide::new(gain_ticks),
            crossover_log2: Glide::new(control_ticks(CORNER_MOVE_MS, spec.sample_rate_hz)),
            mono_below: MovingCorner::new(spec.sample_rate_hz),
            guard: Guard::new(spec.sample_rate_hz),
            ..Self::new()
        };
        Ok(())
    }

    fn set(&mut self, settings: &StereoSettings) {
        let mono_bass = if settings.mono_bass { 1.0 } else { 0.0 };
        self.gains.set([settings.width_low_percent * 0.01, settings.width_high_percent * 0.01, mono_bass]);
        self.crossover_log2.set([libm::log2(settings.crossover_hz)]);
        self.mono_below.set(settings.mono_below_hz);
        self.floor = settings.guard.then_some(settings.min_correlation_percent * 0.01);
    }

    fn reset(&mut self) {
        self.gains.reset();
        self.crossover_log2.reset();
        self.mono_below.reset();
        self.side_high_pass = SvfState::default();
        self.guard.reset();
        self.to.1 = 1.0;
        self.interval = Interval::SILENT;
        // The next tick designs the crossover afresh, with nothing on the way.
        self.designed_log2 = f64::NAN;
        (self.num_arrived, self.has_started, self.crossover_moves) = (0, false, false);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        let num_frames = block.len();
        let mut channels = block.channels_mut();
        let (Some(left), Some(right)) = (channels.next(), channels.next()) else {
            drop(channels);
            block.sanitize();
            return;
        };
        dispatch!(self.level, simd => {
            let mut start = 0;
            while start < num_frames {
                if self.num_arrived == 0 {
                    self.control_tick();
                }
                let end = num_frames.min(start + CONTROL_INTERVAL_SAMPLES - self.num_arrived);
                self.process_part(simd, &mut left[start..end], &mut right[start..end]);
                start = end;
            }
        });
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
