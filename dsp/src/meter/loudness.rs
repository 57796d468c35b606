//! The loudness meter: BS.1770-5, EBU R 128 with Tech 3341 (EBU mode) and Tech 3342 (loudness range).
//!
//! Audio is cut into hops of 10 ms. A hop's K-weighted energy goes into the momentary and the short-term window, and
//! every tenth hop a gating block and a value of the range go into histograms. Everything counts samples from the
//! reset, so a reading depends on the audio alone.
//!
//! To pause, stop calling `process`; to continue, call it again. What came before and after is then joined.

use super::figures::{Dbfs, Dbtp, LoudnessReading, Lu, Lufs};
use super::gating::{ABSOLUTE_GATE_LUFS, LoudnessHistogram};
use super::intersample::{IntersampleMeter, LongSinc};
use super::k_weighting::{KWeighting, LANES, PairMeter};
use super::true_peak::{CHUNK, TruePeakMeter};
use super::windows::{
    GATING_STEP_HOPS, HOPS_PER_SECOND, HopClock, MOMENTARY_HOPS, SHORT_TERM_HOPS, SlidingWindow,
};
use crate::processor::SAMPLE_RATES_HZ;
use crate::units::{db_to_power, gain_to_db, power_to_db};

/// The most channels that a meter takes.
pub const MAX_METER_CHANNELS: usize = 24;

/// How far under the ungated loudness the gate of integrated loudness lies (BS.1770-5 annex 1).
const RELATIVE_GATE_LU: f64 = -10.0;
/// How far under the mean of short-term loudness the gate of the range lies (Tech 3342).
const RANGE_GATE_LU: f64 = -20.0;
/// The percentiles that the range lies between (Tech 3342).
const RANGE_PERCENTS: [f64; 2] = [10.0, 95.0];
/// Hops after which a range is taken for stable (Tech 3341), 60 s.
const STABLE_RANGE_HOPS: u64 = 60 * HOPS_PER_SECOND;
/// Silence that follows a file before its range is read (Tech 3342), 1.5 s.
const FINISH_HOPS: u64 = 3 * HOPS_PER_SECOND / 2;

/// What a channel counts for (BS.1770-5 annex 1, table 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelRole {
    /// Left, right, centre, mono, height and rear channels: weight 1.
    Main,
    /// Surrounds between 60 and 120 degrees at ear height: weight 1.41.
    Surround,
    /// Low-frequency effects: left out of loudness, but not of peaks and RMS.
    Lfe,
    /// The only channel of a file that will be heard from two loudspeakers: weight 2, which is 3.01 LU more.
    DualMono,
}

impl ChannelRole {
    /// One channel, as the standard measures it.
    pub const MONO: [Self; 1] = [Self::Main];
    /// Left, right.
    pub const STEREO: [Self; 2] = [Self::Main; 2];
    /// Left, right, centre, left surround, right surround.
    pub const SURROUND_5_0: [Self; 5] = [Self::Main, Self::Main, Self::Main, Self::Surround, Self::Surround];
    /// Left, right, centre, LFE, left surround, right surround: the order of a WAV file.
    pub const SURROUND_5_1: [Self; 6] =
        [Self::Main, Self::Main, Self::Main, Self::Lfe, Self::Surround, Self::Surround];

    /// The factor of the channel's mean square.
    #[must_use]
    pub fn weight(self) -> f64 {
        match self {
            Self::Main => 1.0,
            Self::Surround => 1.41,
            Self::Lfe => 0.0,
            Self::DualMono => 2.0,
        }
    }
}

/// Why a meter cannot be prepared.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MeterError {
    /// The sample rate is out of range or not a number.
    #[error("sample rate {0} Hz cannot be metered: expected 8000 to 384000 Hz")]
    SampleRate(f64),
    /// No channel, or too many.
    #[error("{0} channels cannot be metered: expected 1 to 24")]
    NumChannels(usize),
}

/// What one channel needs.
#[derive(Debug, Clone)]
struct Channel {
    weight: f64,
    peaks: TruePeakMeter,
    intersample: IntersampleMeter,
}

/// Momentary, short-term, and integrated loudness, loudness range, true peak, sample peak, and RMS of 1 to 24 channels.
///
/// An unprepared meter has no channels and reads nothing.
///
/// ```
/// use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
///
/// let mut meter = LoudnessMeter::new();
/// meter.prepare(48_000.0, &ChannelRole::STEREO)?;
/// meter.process(&[&[0.1; 48_000], &[0.1; 48_000]]);
/// assert!(meter.reading().momentary_lufs.is_some());
/// # Ok::<(), lacquer_dsp::meter::MeterError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LoudnessMeter {
    weighting: Option<KWeighting>,
    long_sinc: Option<LongSinc>,
    channels: Vec<Channel>,
    pairs: Vec<PairMeter>,
    clock: HopClock,
    absolute_gate_power: f64,
    momentary: SlidingWindow<MOMENTARY_HOPS>,
    short_term: SlidingWindow<SHORT_TERM_HOPS>,
    gating_blocks: LoudnessHistogram,
    range_values: LoudnessHistogram,
    tally: Tally,
}

/// What a reset puts back to nothing in one go.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    momentary_power: Option<f64>,
    short_term_power: Option<f64>,
    max_momentary_power: Option<f64>,
    max_short_term_power: Option<f64>,
    /// Unweighted energy of all finished hops and all channels.
    unweighted_energy: f64,
    num_damaged_samples: u64,
    /// Frames that were heard, once `finish` has gone on to add silence.
    finished_at_frame: Option<u64>,
}

impl LoudnessMeter {
    /// A meter that still has to be prepared. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sizes everything for a sample rate of 8 to 384 kHz and 1 to 24 channels, and resets. The only call that allocates.
    ///
    /// # Errors
    /// Names what is out of range; the meter is then as it was.
    pub fn prepare(&mut self, sample_rate_hz: f64, roles: &[ChannelRole]) -> Result<(), MeterError> {
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            return Err(MeterError::SampleRate(sample_rate_hz));
        }
        if !(1..=MAX_METER_CHANNELS).contains(&roles.len()) {
            return Err(MeterError::NumChannels(roles.len()));
        }
        self.weighting = Some(KWeighting::design(sample_rate_hz));
        self.long_sinc = Some(LongSinc::new());
        self.absolute_gate_power = Lufs(ABSOLUTE_GATE_LUFS).to_power();
        self.channels.clear();
        self.channels.extend(roles.iter().map(|role| Channel {
            weight: role.weight(),
            peaks: TruePeakMeter::default(),
            intersample: IntersampleMeter::default(),
        }));
        self.pairs.resize(roles.len().div_ceil(LANES), PairMeter::default());
        self.clock = HopClock::new(sample_rate_hz);
        self.gating_blocks.prepare();
        self.range_values.prepare();
        self.reset();
        Ok(())
    }

    /// Forgets all audio: afterwards it is as if newly prepared.
    pub fn reset(&mut self) {
        for channel in &mut self.channels {
            channel.peaks.reset();
            channel.intersample.reset();
        }
        self.pairs.fill(PairMeter::default());
        self.clock.reset();
        self.momentary = SlidingWindow::default();
        self.short_term = SlidingWindow::default();
        self.gating_blocks.reset();
        self.range_values.reset();
        self.tally = Tally::default();
    }

    /// Listens to one block: a slice for each channel, in the order of the roles, all of the same length.
    ///
    /// Samples that are not a number, infinite, or beyond +240 dBFS are counted and taken for silence. So are, uncounted,
    /// those under -600 dBFS.
    ///
    /// # Panics
    /// In debug builds, if the number of channels is not the prepared one, their lengths differ, or the meter has been
    /// finished. In release builds missing channels are silent, the shortest length counts, and a finished meter stays
    /// as it is.
    pub fn process(&mut self, channels: &[&[f32]]) {
        debug_assert_eq!(
            channels.len(),
            self.channels.len(),
            "a meter gets the channels it was prepared for"
        );
        debug_assert!(
            self.tally.finished_at_frame.is_none(),
            "a finished meter is reset before it hears more"
        );
        let num_frames = channels.iter().map(|samples| samples.len()).min().unwrap_or(0);
        debug_assert!(
            channels.iter().all(|samples| samples.len() == num_frames),
            "channels are equally long"
        );
        if self.channels.is_empty() || self.tally.finished_at_frame.is_some() {
            return;
        }
        let mut start = 0;
        while start < num_frames {
            start += self.process_part(channels, start, num_frames);
        }
    }

    /// Ends a file: 1.5 s of silence follow, which complete the loudness range (Tech 3342) and let the true-peak filters
    /// run out. No other figure changes. The next thing to call is `reset`.
    pub fn finish(&mut self) {
        if self.channels.is_empty() || self.tally.finished_at_frame.is_some() {
            return;
        }
        // The energy of the hop under way leaves with that hop, so it is noted while it is still there.
        self.tally.unweighted_energy = self.unweighted_energy();
        self.tally.finished_at_frame = Some(self.clock.num_frames());
        // One hop more, since the file may have left one unfinished.
        let end_hop = self.clock.num_hops() + FINISH_HOPS + 1;
        while self.clock.num_hops() < end_hop {
            self.process_part(&[], 0, CHUNK);
        }
    }

    /// Takes frames up to the end of the hop, of the chunk or of the block, and returns how many.
    fn process_part(&mut self, channels: &[&[f32]], start: usize, end: usize) -> usize {
        let num_frames = (end - start).min(CHUNK).min(self.clock.frames_left());
        for (idx, channel) in self.channels.iter_mut().enumerate() {
            match channels.get(idx) {
                Some(samples) => {
                    self.tally.num_damaged_samples += channel.peaks.load(&samples[start..start + num_frames]);
                }
                None => channel.peaks.load_silence(num_frames),
            }
        }
        if let Some(weighting) = &self.weighting {
            for (pair, channels) in self.pairs.iter_mut().zip(self.channels.chunks(LANES)) {
                // An odd last channel is its own neighbour, whose energy has no weight and is not asked for.
                let (first, last) = (&channels[0], &channels[channels.len() - 1]);
                pair.add(weighting, first.peaks.chunk(), last.peaks.chunk());
            }
        }
        for channel in &mut self.channels {
            if let Some(taps) = &self.long_sinc {
                channel.intersample.process(taps, channel.peaks.chunk());
            }
            channel.peaks.scan();
        }
        if self.clock.advance(num_frames) {
            self.finish_hop();
        }
        num_frames
    }

    /// Moves the windows on by a hop and, every 100 ms, fills the histograms.
    fn finish_hop(&mut self) {
        let (mut weighted, mut unweighted) = (0.0, 0.0);
        for (pair, channels) in self.pairs.iter_mut().zip(self.channels.chunks(LANES)) {
            let energy = pair.take_hop();
            for (lane, channel) in channels.iter().enumerate() {
                weighted += channel.weight * energy.weighted[lane];
                unweighted += energy.unweighted[lane];
            }
        }
        let momentary_power = self.momentary.push(weighted, &self.clock);
        let short_term_power = self.short_term.push(weighted, &self.clock);
        let is_heard = self.tally.finished_at_frame.is_none();
        if is_heard {
            self.tally.unweighted_energy += unweighted;
            self.tally.momentary_power = momentary_power;
            self.tally.short_term_power = short_term_power;
            self.tally.max_momentary_power = larger(self.tally.max_momentary_power, momentary_power);
            self.tally.max_short_term_power = larger(self.tally.max_short_term_power, short_term_power);
        }
        if self.clock.num_hops().is_multiple_of(GATING_STEP_HOPS) {
            let gate_power = self.absolute_gate_power;
            if let Some(power) = momentary_power.filter(|&power| is_heard && power > gate_power) {
                self.gating_blocks.add(power);
            }
            if let Some(power) = short_term_power.filter(|&power| power >= gate_power) {
                self.range_values.add(power);
            }
        }
    }

    /// Everything measured since the reset. Cheap enough for every block: some hundred additions and ten logarithms.
    #[must_use]
    pub fn reading(&self) -> LoudnessReading {
        let tally = &self.tally;
        let num_frames = tally.finished_at_frame.unwrap_or(self.clock.num_frames());
        let is_begun = num_frames > 0;
        let peaks = || self.channels.iter().map(|channel| &channel.peaks);
        let true_peak_gain = peaks().map(TruePeakMeter::true_peak_gain).fold(0.0, f32::max);
        let sample_peak_gain = peaks().map(TruePeakMeter::sample_peak_gain).fold(0.0, f32::max);
        // What the detector has not come to yet has a sample peak at least.
        let intersample_gains = self.channels.iter().map(|channel| channel.intersample.peak_gain());
        let intersample_peak_gain = intersample_gains.fold(sample_peak_gain, f32::max);
        let integrated_lufs = self.integrated_power().map(Lufs::from_power);
        let true_peak_dbtp = is_begun.then(|| Dbtp(gain_to_db(f64::from(true_peak_gain))));
        let num_samples = num_frames as f64 * self.channels.len() as f64;
        LoudnessReading {
            momentary_lufs: tally.momentary_power.map(Lufs::from_power),
            short_term_lufs: tally.short_term_power.map(Lufs::from_power),
            max_momentary_lufs: tally.max_momentary_power.map(Lufs::from_power),
            max_short_term_lufs: tally.max_short_term_power.map(Lufs::from_power),
            integrated_lufs,
            range_lu: self.range_lu(),
            is_range_stable: is_begun && num_frames >= self.clock.boundary(STABLE_RANGE_HOPS),
            true_peak_dbtp,
            intersample_peak_dbtp: is_begun.then(|| Dbtp(gain_to_db(f64::from(intersample_peak_gain)))),
            sample_peak_dbfs: is_begun.then(|| Dbfs(gain_to_db(f64::from(sample_peak_gain)))),
            plr_lu: true_peak_dbtp.zip(integrated_lufs).map(|(peak, loudness)| Lu(peak.0 - loudness.0)),
            rms_dbfs: is_begun.then(|| Dbfs(power_to_db(self.unweighted_energy() / num_samples))),
            num_frames,
            num_damaged_samples: tally.num_damaged_samples,
        }
    }

    /// The peak meter of one channel, for a display with a bar for each.
    #[must_use]
    pub fn channel_peaks(&self, channel_idx: usize) -> Option<&TruePeakMeter> {
        self.channels.get(channel_idx).map(|channel| &channel.peaks)
    }

    /// Mean power of the gating blocks above both gates.
    fn integrated_power(&self) -> Option<f64> {
        let ungated = self.gating_blocks.mean_power()?;
        self.gating_blocks.mean_power_above(ungated * db_to_power(RELATIVE_GATE_LU))
    }

    fn range_lu(&self) -> Option<Lu> {
        let threshold_power = self.range_values.mean_power()? * db_to_power(RANGE_GATE_LU);
        let [low, high] = self.range_values.percentile_powers_from(threshold_power, RANGE_PERCENTS)?;
        Some(Lufs::from_power(high) - Lufs::from_power(low))
    }

    /// Unweighted energy up to the last sample heard, with the hop that is under way.
    fn unweighted_energy(&self) -> f64 {
        let mut energy = self.tally.unweighted_energy;
        if self.tally.finished_at_frame.is_none() {
            for (pair, channels) in self.pairs.iter().zip(self.channels.chunks(LANES)) {
                energy += pair.unweighted().iter().take(channels.len()).sum::<f64>();
            }
        }
        energy
    }
}

/// The larger of two powers, where nothing measured is less than silence.
fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a > b { a } else { b }),
        (one, other) => one.or(other),
    }
}
