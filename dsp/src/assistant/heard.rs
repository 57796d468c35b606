//! What the assistant heard: plain figures, worked out once the gates are known.

use super::bands::{NUM_BANDS, REFERENCE_BANDS, band_centre_hz, bands_between, usual_level_db};
use super::crest::{CrestBands, NUM_CREST_BANDS};
use super::levels::{FrameSums, Levels, SILENCE_DBFS, level_dbfs};
use super::listener::{LEVEL_HZ, SIBILANT_HZ};
use super::{MIN_LISTENING_S, Proposal, Target, rules};
use crate::meter::LoudnessReading;
use crate::settings::ChainSettings;
use crate::units::gain_to_db;

/// How far under the mean a frame still counts as programme.
const ACTIVE_DB: f64 = 15.0;

/// Noise is what the quietest frames have, if there are enough of them at one level: it is steady, and a fading note is not.
const NOISE_SHARE: f64 = 0.05;
const STEADY_SHARES: [f64; 2] = [0.02, 0.08];
const STEADY_DB: f64 = 4.0;

/// It must also lie clearly under the programme, or it is the programme.
const NOISE_GAP_DB: f64 = 14.0;

/// Speech pauses this often, between words and syllables, and has hardly any bass that comes and goes with it (after E. Scheirer
/// and M. Slaney, "Construction and Evaluation of a Robust Multifeature Speech/Music Discriminator", ICASSP 1997: the share of
/// quiet frames and the modulation of syllables).
const QUIET_DB: f64 = 10.0;
const SPEECH_QUIET_SHARE: f64 = 0.15;
const SPEECH_DIPS_PER_S: f64 = 0.7;
const SPEECH_BASS_DB: f64 = -10.0;

/// The share of the frames with the strongest sibilants that a voice's sibilance is taken from.
const SIBILANT_SHARE: f64 = 0.03;

/// A band this far under what is usual is not there: a low-pass or a low sample rate took it, and no equaliser brings it back.
const ABSENT_DB: f64 = -16.0;

/// What is being mastered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody speaks.
    Speech,
    /// Everything else.
    Music,
}

/// Where the recording stands at full scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clipping {
    /// Runs of three samples or more at full scale.
    pub num_places: u64,
}

/// Everything that was measured. Figures that do not exist are `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Speech or music, by its pauses and its bass.
    pub kind: Kind,
    /// How long it listened.
    pub seconds: f64,
    /// One or two.
    pub num_channels: usize,
    /// Loudness, range, peaks. Who has measured the whole file may put its reading here.
    pub loudness: LoudnessReading,
    /// Level of the programme from 120 Hz to 9 kHz while it sounds, dBFS.
    pub active_dbfs: f64,
    /// Each third octave over the mean of 250 Hz to 4 kHz, less what is usual for its kind. `None` where there is nothing.
    pub balance_db: [Option<f64>; NUM_BANDS],
    /// Level of steady noise in the pauses, dBFS.
    pub noise_dbfs: Option<f64>,
    /// Level under 65 Hz over that of the programme: hum and rumble, where it is speech.
    pub low_hum_db: f64,
    /// Level under 20 Hz over that of the bass.
    pub rumble_db: f64,
    /// Level of the strongest sibilants over that of the programme.
    pub sibilance_db: f64,
    /// Side over mid under 120 Hz. `None` of one channel, and without bass.
    pub bass_side_db: Option<f64>,
    /// Side over mid above 300 Hz. `None` of one channel.
    pub side_db: Option<f64>,
    /// The usual peaks of five bands (edges at 20, 120, 700 and 4500 Hz), dBFS, and how far they stand over the band's mean.
    pub peaks_and_crests_db: [Option<(f64, f64)>; NUM_CREST_BANDS],
    /// Direct current of the worse channel, dBFS.
    pub offset_dbfs: f64,
    /// What stands at full scale.
    pub clipping: Clipping,
}

/// What the listener has gathered.
pub(super) struct Measured<'a> {
    pub(super) reading: LoudnessReading,
    pub(super) num_channels: usize,
    pub(super) sample_rate_hz: f64,
    pub(super) seconds: f64,
    pub(super) levels: &'a Levels,
    pub(super) sibilants: &'a Levels,
    pub(super) crests: &'a CrestBands,
    pub(super) clipping: Clipping,
    pub(super) offset: [f64; 2],
    pub(super) dips_per_s: f64,
}

impl Heard {
    /// Works the figures out, if there was enough.
    pub(super) fn new(measured: &Measured<'_>) -> Option<Self> {
        let Measured { levels, .. } = measured;
        let all = levels.above(SILENCE_DBFS);
        let mean_dbfs = level_of(&all);
        let sounding_s = measured.seconds * all.num_frames as f64 / levels.num_frames().max(1) as f64;
        if sounding_s < MIN_LISTENING_S || measured.reading.integrated_lufs.is_none() {
            return None;
        }
        let active = levels.above(mean_dbfs - ACTIVE_DB);
        let quiet = levels.quietest(NOISE_SHARE);
        let active_dbfs = level_of(&active);
        let kind = kind_of(measured, mean_dbfs, &active, &quiet);
        let offset = measured.offset.map(f64::abs);
        let [rumble, bass] = measured.crests.rumble_and_bass_power();
        let rumble = rumble - 0.5 * (offset[0] * offset[0] + offset[1] * offset[1]);
        Some(Self {
            kind,
            seconds: measured.seconds,
            num_channels: measured.num_channels,
            loudness: measured.reading,
            active_dbfs,
            balance_db: balance(kind, &active, measured.sample_rate_hz),
            noise_dbfs: noise(levels, &quiet, active_dbfs),
            low_hum_db: level_dbfs(active.power(bands_between(0.0, 65.0))) - active_dbfs,
            rumble_db: level_dbfs(rumble) - level_dbfs(bass),
            sibilance_db: sibilance(measured.sibilants) - active_dbfs,
            bass_side_db: side_over_mid(measured.num_channels, &active, (0.0, 120.0), active_dbfs),
            side_db: side_over_mid(measured.num_channels, &active, (300.0, 20_000.0), active_dbfs),
            peaks_and_crests_db: measured.crests.peaks_and_crests_db(),
            offset_dbfs: gain_to_db(offset[0].max(offset[1]).max(1e-10)),
            clipping: measured.clipping,
        })
    }

    /// Peaks over loudness.
    #[must_use]
    pub fn plr_lu(&self) -> Option<f64> {
        self.loudness.plr_lu.map(|plr| plr.0)
    }

    /// How far the bands between two frequencies lie over what is usual: the middle one of them. `None` where most are not there.
    #[must_use]
    pub fn excess_db(&self, low_hz: f64, high_hz: f64) -> Option<f64> {
        let all: Vec<f64> = bands_between(low_hz, high_hz).filter_map(|band| self.balance_db[band]).collect();
        let mut present: Vec<f64> = all.iter().copied().filter(|excess| *excess > ABSENT_DB).collect();
        present.sort_by(f64::total_cmp);
        (2 * present.len() > all.len()).then(|| {
            let middle = present.len() / 2;
            if present.len() % 2 == 1 {
                present[middle]
            } else {
                0.5 * (present[middle - 1] + present[middle])
            }
        })
    }

    /// The distance of the spectrum from the usual one: root mean square over the bands from 50 Hz to 12 kHz that are there.
    #[must_use]
    pub fn distance_db(&self) -> f64 {
        let bands = bands_between(50.0, 12_000.0).filter_map(|band| self.balance_db[band]);
        let (sum, count) = bands
            .filter(|excess| *excess > ABSENT_DB)
            .fold((0.0, 0), |(sum, count), excess| (sum + excess * excess, count + 1));
        (sum / f64::from(count.max(1))).sqrt()
    }

    /// Settings for a target, beginning with `base`.
    #[must_use]
    pub fn propose(&self, target: &Target, base: &ChainSettings) -> Proposal {
        rules::propose(self, target, base)
    }
}

fn level_of(sums: &FrameSums) -> f64 {
    level_dbfs(sums.power(bands_between(LEVEL_HZ.0, LEVEL_HZ.1)))
}

fn kind_of(measured: &Measured<'_>, mean_dbfs: f64, active: &FrameSums, quiet: &FrameSums) -> Kind {
    let levels = measured.levels;
    let num_loud = levels.above(mean_dbfs - QUIET_DB).num_frames;
    let quiet_share = 1.0 - num_loud as f64 / levels.num_frames().max(1) as f64;
    // Hum and rumble go on through the pauses and are no bass of the programme.
    let bass = |sums: &FrameSums| sums.power(bands_between(30.0, 75.0));
    let bass_db = level_dbfs(bass(active) - bass(quiet)) - level_of(active);
    let is_speech = quiet_share > SPEECH_QUIET_SHARE
        && measured.dips_per_s > SPEECH_DIPS_PER_S
        && bass_db < SPEECH_BASS_DB;
    if is_speech { Kind::Speech } else { Kind::Music }
}

fn balance(kind: Kind, active: &FrameSums, sample_rate_hz: f64) -> [Option<f64>; NUM_BANDS] {
    let level = |band: usize| level_dbfs(active.power(core::iter::once(band)));
    let reference = REFERENCE_BANDS.map(level).sum::<f64>() / REFERENCE_BANDS.len() as f64;
    core::array::from_fn(|band| {
        // The highest may lie beyond the rate.
        let is_there = active.bands[band] > 0.0 && band_centre_hz(band) < 0.42 * sample_rate_hz;
        is_there.then(|| level(band) - reference - usual_level_db(kind, band))
    })
}

fn noise(levels: &Levels, quiet: &FrameSums, active_dbfs: f64) -> Option<f64> {
    let [low, high] = STEADY_SHARES.map(|share| levels.level_at(share));
    let noise_dbfs = level_of(quiet);
    (high - low <= STEADY_DB && noise_dbfs < active_dbfs - NOISE_GAP_DB).then_some(noise_dbfs)
}

fn sibilance(sibilants: &Levels) -> f64 {
    let strongest = sibilants.above(sibilants.level_at(1.0 - SIBILANT_SHARE));
    level_dbfs(strongest.power(bands_between(SIBILANT_HZ.0, SIBILANT_HZ.1)))
}

fn side_over_mid(
    num_channels: usize,
    active: &FrameSums,
    (low, high): (f64, f64),
    active_dbfs: f64,
) -> Option<f64> {
    let both = active.power(bands_between(low, high));
    let side = active.side_power(bands_between(low, high));
    // What lies far under the programme has no width to speak of.
    let is_heard = level_dbfs(both) > active_dbfs - 20.0;
    (num_channels == 2 && is_heard).then(|| level_dbfs(side) - level_dbfs(both - side))
}
