//! Stereo: width of the low and the high band, a mono bass, and a guard over the channels' correlation.
//!
//! Only the side signal is touched, so the mono sum is what it was. The low band is a first-order low-pass of the side and
//! the high band is the rest: equal widths give back the side itself. What widths above 100 % add is kept apart, for
//! the [`guard`] to hold back; it never narrows what came in.
//!
//! Controls move in straight lines over each control interval of sixteen samples, counted from `reset`.

mod guard;

use fearless_simd::{Level, Simd, dispatch};

use crate::block::Block;
use crate::filter::svf::{MovingCorner, Svf};
use crate::math::flush;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::StereoSettings;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Glide, control_ticks};
use crate::units::ms_to_samples;
use guard::{Guard, Powers};

/// How long the crossover takes to move to where it was set.
const CORNER_MOVE_MS: f64 = 40.0;

/// One value for each sample of a control interval.
type Interval = [f64; CONTROL_INTERVAL_SAMPLES];

/// Everything that moves, at one moment.
#[derive(Debug, Clone, Copy, Default)]
struct Controls {
    width_low: f64,
    width_high: f64,
    mono_bass: f64,
    /// Of what widening adds, the guard's.
    share: f64,
    /// The crossover's one coefficient.
    low_gain: f64,
    /// The high-pass of the mono bass.
    rows: HighPassRows,
}

/// A state-variable high-pass as its memory sees it: what moves the memory, and what is heard of memory and input.
#[derive(Debug, Clone, Copy, Default)]
struct HighPassRows {
    memory: [f64; 3],
    heard: [f64; 2],
}

impl HighPassRows {
    fn new(svf: &Svf) -> Self {
        Self { memory: svf.memory_rows(), heard: svf.high_rows() }
    }
}

impl Controls {
    /// The same, a share of the way to `to`.
    #[inline(always)]
    fn towards(&self, to: &Self, share: f64) -> Self {
        let between = |from: f64, to: f64| from + share * (to - from);
        let mut rows = self.rows;
        for idx in 0..3 {
            rows.memory[idx] = between(rows.memory[idx], to.rows.memory[idx]);
        }
        for idx in 0..2 {
            rows.heard[idx] = between(rows.heard[idx], to.rows.heard[idx]);
        }
        Self {
            width_low: between(self.width_low, to.width_low),
            width_high: between(self.width_high, to.width_high),
            mono_bass: between(self.mono_bass, to.mono_bass),
            share: between(self.share, to.share),
            low_gain: between(self.low_gain, to.low_gain),
            rows,
        }
    }

    /// The gains of side and low band in what is there without widening, and in what widening adds.
    #[inline(always)]
    fn side_gains(&self) -> [[f64; 2]; 2] {
        let narrowed = |width: f64| if width < 1.0 { width } else { 1.0 };
        let (low, high) = (narrowed(self.width_low), narrowed(self.width_high));
        let (more_low, more_high) = (self.width_low - low, self.width_high - high);
        [[high, low - high], [more_high, more_low - more_high]]
    }
}

/// What is there of the side without widening, and what widening adds, of the whole side and its low band.
#[inline(always)]
fn sides(gains: [[f64; 2]; 2], [side, low]: [f64; 2]) -> [f64; 2] {
    [gains[0][0] * side + gains[0][1] * low, gains[1][0] * side + gains[1][1] * low]
}

/// The filters' memory.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    high_pass: [f64; 2],
    low: f64,
    /// In the middle of a pair of frames: the memory at its beginning and what the filters were given then.
    pair: PairStart,
}

#[derive(Debug, Clone, Copy, Default)]
struct PairStart {
    high_pass: [f64; 2],
    side: f64,
    low: f64,
    bassless: f64,
}

/// One step of settled filters, and two at once: a filter that takes two frames in one step waits for itself half as often.
#[derive(Debug, Clone, Copy, Default)]
struct Steps {
    controls: Controls,
    once: [[f64; 2]; 2],
    twice: [[f64; 2]; 2],
    input: [f64; 2],
    earlier_input: [f64; 2],
    low_once: f64,
    low_twice: f64,
    low_input: f64,
    low_earlier_input: f64,
}

#[inline(always)]
fn times(matrix: &[[f64; 2]; 2], [m1, m2]: [f64; 2]) -> [f64; 2] {
    [matrix[0][0] * m1 + matrix[0][1] * m2, matrix[1][0] * m1 + matrix[1][1] * m2]
}

impl Steps {
    fn new(controls: &Controls) -> Self {
        let [r0, r1, r2] = controls.rows.memory;
        let once = [[r0, -r1], [r1, 1.0 - r2]];
        let input = [r1, r2];
        let columns = [0, 1].map(|c| times(&once, [once[0][c], once[1][c]]));
        let low_once = 1.0 - 2.0 * controls.low_gain;
        let low_input = 2.0 * controls.low_gain;
        Self {
            controls: *controls,
            once,
            twice: [[columns[0][0], columns[1][0]], [columns[0][1], columns[1][1]]],
            input,
            earlier_input: times(&once, input),
            low_once,
            low_twice: low_once * low_once,
            low_input,
            low_earlier_input: low_once * low_input,
        }
    }

    /// The side without its bass, as far as it is to be mono, and the low band of that.
    #[inline(always)]
    fn heard(&self, memory: &Memory, side: f64) -> [f64; 2] {
        let [m1, m2] = memory.high_pass;
        let rows = &self.controls.rows.heard;
        let high_passed = rows[0] * (side - m2) - rows[1] * m1;
        let bassless = side + self.controls.mono_bass * (high_passed - side);
        [bassless, memory.low + self.controls.low_gain * (bassless - memory.low)]
    }

    /// The first frame of a pair.
    #[inline(always)]
    fn first(&self, memory: &mut Memory, side: f64) -> [f64; 2] {
        let heard = self.heard(memory, side);
        let bassless = heard[0];
        memory.pair = PairStart { high_pass: memory.high_pass, side, low: memory.low, bassless };
        let [m1, m2] = times(&self.once, memory.high_pass);
        memory.high_pass = [m1 + self.input[0] * side, m2 + self.input[1] * side];
        memory.low = self.low_once * memory.low + self.low_input * bassless;
        heard
    }

    /// The second, from the memory at the beginning of the pair.
    #[inline(always)]
    fn second(&self, memory: &mut Memory, side: f64) -> [f64; 2] {
        let heard = self.heard(memory, side);
        let pair = memory.pair;
        let [m1, m2] = times(&self.twice, pair.high_pass);
        let from_inputs = |idx: usize| self.earlier_input[idx] * pair.side + self.input[idx] * side;
        memory.high_pass = [m1 + from_inputs(0), m2 + from_inputs(1)];
        let from_inputs = self.low_earlier_input * pair.bassless + self.low_input * heard[0];
        memory.low = self.low_twice * pair.low + from_inputs;
        heard
    }
}

impl Steps {
    /// Replaces sides by what is left of them without bass, and puts their low bands into `low`, from `phase` samples after a
    /// control tick on.
    #[inline(always)]
    fn run(&self, memory: &mut Memory, phase: usize, sides: &mut [f64], low: &mut [f64]) {
        let (steps, mut now) = (*self, *memory);
        let is_in_pair = phase % 2 == 1;
        let (first_sides, sides) = sides.split_at_mut(usize::from(is_in_pair));
        let (first_low, low) = low.split_at_mut(usize::from(is_in_pair));
        for (side, low) in first_sides.iter_mut().zip(first_low) {
            [*side, *low] = steps.second(&mut now, *side);
        }
        let (pairs, rest) = sides.as_chunks_mut::<2>();
        let (low_pairs, low_rest) = low.as_chunks_mut::<2>();
        for ([a, b], [low_a, low_b]) in pairs.iter_mut().zip(low_pairs) {
            [*a, *low_a] = steps.first(&mut now, *a);
            [*b, *low_b] = steps.second(&mut now, *b);
        }
        for (side, low) in rest.iter_mut().zip(low_rest) {
            [*side, *low] = steps.first(&mut now, *side);
        }
        *memory = now;
    }
}

impl Memory {
    /// One frame through filters that move.
    #[inline(always)]
    fn tick(&mut self, controls: &Controls, side: f64) -> [f64; 2] {
        let ([m1, m2], [r0, r1, r2]) = (self.high_pass, controls.rows.memory);
        let v = side - m2;
        self.high_pass = [r0 * m1 + r1 * v, m2 + (r1 * m1 + r2 * v)];
        let high_passed = controls.rows.heard[0] * v - controls.rows.heard[1] * m1;
        let bassless = side + controls.mono_bass * (high_passed - side);
        let half_step = (bassless - self.low) * controls.low_gain;
        let low = self.low + half_step;
        self.low = low + half_step;
        [bassless, low]
    }

    fn flush(&mut self) {
        self.high_pass = self.high_pass.map(flush);
        self.low = flush(self.low);
    }
}

/// The stereo widener. No latency; mono passes unchanged.
#[derive(Debug, Clone)]
pub struct Stereo {
    level: Level,
    sample_rate_hz: f64,
    /// Width of the low and of the high band, and how far the bass is mono; once per control interval.
    gains: Glide<3>,
    /// In octaves.
    crossover_log2: Glide<1>,
    designed_log2: f64,
    mono_below: MovingCorner,
    guard: Guard,
    floor: Option<f64>,
    /// At the beginning and at the end of this control interval.
    from: Controls,
    to: Controls,
    is_moving: bool,
    /// Of where the controls are when they do not move.
    steps: Steps,
    memory: Memory,
    /// Mid, kept and added side of this interval, for the guard.
    heard: [Interval; 3],
    phase: usize,
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
            gains: Glide::default(),
            crossover_log2: Glide::default(),
            designed_log2: f64::NAN,
            mono_below: MovingCorner::default(),
            guard: Guard::default(),
            floor: None,
            from: Controls::default(),
            to: Controls::default(),
            is_moving: false,
            steps: Steps::default(),
            memory: Memory::default(),
            heard: [[0.0; CONTROL_INTERVAL_SAMPLES]; 3],
            phase: 0,
            has_started: false,
        }
    }

    /// Sets out for where the controls will be at the end of the interval.
    fn control_tick(&mut self) {
        self.memory.flush();
        self.mono_below.control_tick();
        let was_moving = self.is_moving;
        self.is_moving = !(self.has_started
            && self.gains.is_settled()
            && self.crossover_log2.is_settled()
            && self.mono_below.is_at_rest()
            && self.guard.share() == self.to.share);
        self.from = self.to;
        if self.is_moving || was_moving {
            self.aim();
            self.steps = Steps::new(&self.to);
        }
    }

    fn aim(&mut self) {
        let [width_low, width_high, mono_bass] = self.gains.tick();
        let [crossover_log2] = self.crossover_log2.tick();
        if crossover_log2 != self.designed_log2 {
            self.designed_log2 = crossover_log2;
            let corner = libm::exp2(crossover_log2) / self.sample_rate_hz;
            let g = libm::tan(core::f64::consts::PI * corner.min(0.45));
            self.to.low_gain = g / (1.0 + g);
        }
        let rows = HighPassRows::new(self.mono_below.coeffs());
        self.to = Controls { width_low, width_high, mono_bass, share: self.guard.share(), rows, ..self.to };
        if !self.has_started {
            self.has_started = true;
            self.from = self.to;
        }
    }

    /// Frames that lie in one control interval, in place.
    #[inline(always)]
    fn process_part<S: Simd>(&mut self, _: S, left: &mut [f32], right: &mut [f32]) {
        let len = left.len().min(CONTROL_INTERVAL_SAMPLES);
        let (left, right) = (&mut left[..len], &mut right[..len]);
        let mut shares = [self.to.share; CONTROL_INTERVAL_SAMPLES];
        let [mut mid, mut kept, mut added] = [[0.0; CONTROL_INTERVAL_SAMPLES]; 3];
        for n in 0..len {
            let (l, r) = (f64::from(left[n]), f64::from(right[n]));
            mid[n] = 0.5 * (l + r);
            kept[n] = 0.5 * (l - r);
        }
        if self.is_moving {
            for n in 0..len {
                let way = (self.phase + n + 1) as f64 / CONTROL_INTERVAL_SAMPLES as f64;
                let controls = self.from.towards(&self.to, way);
                let bands = self.memory.tick(&controls, kept[n]);
                [kept[n], added[n]] = sides(controls.side_gains(), bands);
                shares[n] = controls.share;
            }
        } else {
            // The low band stands in the place of what it will be part of.
            self.steps.run(&mut self.memory, self.phase, &mut kept[..len], &mut added[..len]);
            let gains = self.to.side_gains();
            for n in 0..len {
                [kept[n], added[n]] = sides(gains, [kept[n], added[n]]);
            }
        }
        for n in 0..len {
            let side = kept[n] + shares[n] * added[n];
            left[n] = (mid[n] + side) as f32;
            right[n] = (mid[n] - side) as f32;
        }
        if self.floor.is_some() {
            let range = self.phase..self.phase + len;
            for (heard, part) in self.heard.iter_mut().zip([mid, kept, added]) {
                heard[range.clone()].copy_from_slice(&part[..len]);
            }
        }
    }

    /// What the guard needs to know of the interval that has ended.
    fn inform_guard(&mut self) {
        let mut sums = Powers::default();
        if self.floor.is_some() {
            let [mid, kept, added] = &self.heard;
            for n in 0..CONTROL_INTERVAL_SAMPLES {
                sums.add(mid[n], kept[n], added[n]);
            }
        }
        self.guard.control_tick(&sums, self.floor);
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
        self.guard.reset();
        self.memory = Memory::default();
        // The next tick designs the crossover afresh, with nothing on the way.
        self.designed_log2 = f64::NAN;
        (self.phase, self.has_started, self.is_moving) = (0, false, false);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        let num_frames = block.len();
        let mut channels = block.channels_mut();
        let (Some(left), Some(right)) = (channels.next(), channels.next()) else { return };
        dispatch!(self.level, simd => {
            let mut start = 0;
            while start < num_frames {
                if self.phase == 0 {
                    self.control_tick();
                }
                let end = num_frames.min(start + CONTROL_INTERVAL_SAMPLES - self.phase);
                self.process_part(simd, &mut left[start..end], &mut right[start..end]);
                self.phase = (self.phase + end - start) % CONTROL_INTERVAL_SAMPLES;
                start = end;
                if self.phase == 0 {
                    self.inform_guard();
                }
            }
        });
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
