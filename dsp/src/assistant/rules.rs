//! The rules: from what was heard to what is proposed.
//!
//! Each looks at one thing. It says nothing inside its tolerance, moves by a share of the distance beyond, and never further than an
//! engineer would without having listened.

use super::crest::CrestBands;
use super::heard::{Heard, Kind};
use super::proposal::{Proposal, Target};
use crate::settings::{
    ChainSettings, EqualiserSettings, LimiterCharacter, Module, MultibandSettings, PassSettings, Slope,
};

/// A move of the equaliser: half of what is missing, and no further than this.
const EQ_SHARE: f64 = 0.5;
const EQ_MAX_DB: f64 = 3.0;

/// A part of the spectrum, what is usual of it by how much, and the band that moves it.
struct Region {
    name: &'static str,
    hz: (f64, f64),
    tolerance_db: f64,
    /// Whether it may be raised; a voice's bass is not.
    can_rise: bool,
    filter: &'static str,
    band: fn(&mut EqualiserSettings, f64),
}

const MUSIC: [Region; 4] = [
    Region {
        name: "bass from 45 to 140 Hz",
        hz: (45.0, 140.0),
        tolerance_db: 4.0,
        can_rise: true,
        filter: "low shelf",
        band: |eq, gain_db| shelf(&mut eq.low_shelf, 120.0, gain_db),
    },
    Region {
        name: "low middle from 180 to 450 Hz",
        hz: (180.0, 450.0),
        tolerance_db: 3.5,
        can_rise: false,
        filter: "broad bell at 280 Hz",
        band: |eq, gain_db| bell(&mut eq.bells[0], 280.0, gain_db),
    },
    Region {
        name: "presence from 2 to 5 kHz",
        hz: (1900.0, 5200.0),
        tolerance_db: 3.5,
        can_rise: true,
        filter: "broad bell at 3.2 kHz",
        band: |eq, gain_db| bell(&mut eq.bells[2], 3200.0, gain_db),
    },
    Region {
        name: "treble from 7 to 14 kHz",
        hz: (7000.0, 14_000.0),
        tolerance_db: 4.5,
        can_rise: true,
        filter: "high shelf at 8 kHz",
        band: |eq, gain_db| shelf(&mut eq.high_shelf, 8000.0, gain_db),
    },
];

const SPEECH: [Region; 4] = [
    Region {
        name: "bass from 90 to 180 Hz",
        hz: (90.0, 180.0),
        tolerance_db: 5.0,
        can_rise: false,
        filter: "low shelf",
        band: |eq, gain_db| shelf(&mut eq.low_shelf, 160.0, gain_db),
    },
    Region {
        name: "low middle from 200 to 450 Hz",
        hz: (190.0, 450.0),
        tolerance_db: 4.0,
        can_rise: false,
        filter: "broad bell at 300 Hz",
        band: |eq, gain_db| bell(&mut eq.bells[0], 300.0, gain_db),
    },
    Region {
        name: "presence from 2 to 4.5 kHz",
        hz: (1900.0, 4500.0),
        tolerance_db: 4.0,
        can_rise: true,
        filter: "broad bell at 3.2 kHz",
        band: |eq, gain_db| bell(&mut eq.bells[2], 3200.0, gain_db),
    },
    Region {
        name: "treble from 6 to 11 kHz",
        hz: (6000.0, 11_000.0),
        tolerance_db: 5.0,
        can_rise: true,
        filter: "high shelf at 7 kHz",
        band: |eq, gain_db| shelf(&mut eq.high_shelf, 7000.0, gain_db),
    },
];

fn shelf(shelf: &mut crate::settings::ShelfSettings, frequency_hz: f64, gain_db: f64) {
    (shelf.on, shelf.frequency_hz, shelf.gain_db, shelf.q) = (true, frequency_hz, gain_db, 0.6);
}

fn bell(bell: &mut crate::settings::BellSettings, frequency_hz: f64, gain_db: f64) {
    (bell.on, bell.frequency_hz, bell.gain_db, bell.q) = (true, frequency_hz, gain_db, 0.7);
}

/// Direct current above this wastes headroom and clicks at cuts.
const OFFSET_DBFS: f64 = -60.0;

/// Where noise should come to lie in the master, and where it is heard enough to do something (ACX asks for -60 dB RMS).
const NOISE_GOAL_DBFS: f64 = -64.0;
const NOISE_HEARD_DBFS: f64 = -58.0;

/// Hum and rumble over a voice.
const HUM_DB: f64 = -28.0;
/// Rumble over the bass of music.
const RUMBLE_DB: f64 = -5.0;

/// Sibilants of a usual voice stay under this.
const SIBILANCE_DB: f64 = -5.0;

/// A bass whose side comes this near its mid is no longer in the middle.
const BASS_SIDE_DB: f64 = -8.0;
/// Narrower is nearly mono, wider is nearly out of phase.
const NARROW_DB: f64 = -20.0;
const WIDE_DB: f64 = -1.0;
/// What is narrower than this is meant to be mono.
const MONO_DB: f64 = -40.0;

/// A voice that ranges further is levelled.
const SPEECH_RANGE_LU: f64 = 7.0;

/// Limiting that is heard: from here on the release lets transients through, and gentle compression takes a part.
const HARD_LIMITING_DB: f64 = 5.0;

/// Programme as dense as this has been compressed already.
const DENSE_PLR_LU: f64 = 9.0;

pub(super) fn propose(heard: &Heard, target: &Target, base: &ChainSettings) -> Proposal {
    let mut proposal = Proposal::new(base);
    let p = &mut proposal;
    level(p, heard, target);
    offset(p, heard);
    noise(p, heard, target);
    sibilance(p, heard);
    lows(p, heard);
    balance(p, heard);
    range(p, heard, target);
    dynamics(p, heard, target);
    clipping(p, heard);
    image(p, heard);
    loudness(p, heard, target);
    proposal
}

fn lufs(heard: &Heard) -> f64 {
    heard.loudness.integrated_lufs.map_or(0.0, |lufs| lufs.0)
}

/// What the trim will have been once everything is set.
fn trim_db(heard: &Heard, target: &Target) -> f64 {
    target.input_lufs.map_or(0.0, |wanted| (wanted - lufs(heard)).clamp(-24.0, 24.0))
}

/// How far the limiter will have to reach down into the peaks.
fn limiting_db(heard: &Heard, target: &Target, base: &ChainSettings) -> Option<f64> {
    let room_lu = base.limiter.ceiling_dbtp - target.output_lufs?;
    Some(heard.plr_lu()? - room_lu)
}

fn level(p: &mut Proposal, heard: &Heard, target: &Target) {
    let trim = trim_db(heard, target);
    let Some(wanted) =
        target.input_lufs.filter(|_| !target.is_solved && (trim - p.base.input.trim_db).abs() >= 1.0)
    else {
        return;
    };
    let text = format!(
        "It comes in at {:.1} LUFS, and the thresholds are made for {wanted:.0} LUFS: trim {trim:+.1} dB.",
        lufs(heard)
    );
    p.add(Module::Input, text, |settings| (settings.input.bypass, settings.input.trim_db) = (false, trim));
}

fn offset(p: &mut Proposal, heard: &Heard) {
    if heard.offset_dbfs > OFFSET_DBFS {
        let text = format!("There is direct current at {:.0} dBFS: it is removed.", heard.offset_dbfs);
        p.add(Module::Input, text, |settings| {
            (settings.input.bypass, settings.input.dc_removal) = (false, true);
        });
    }
}

fn noise(p: &mut Proposal, heard: &Heard, target: &Target) {
    let (Some(noise_dbfs), Kind::Speech) = (heard.noise_dbfs, heard.kind) else { return };
    let in_master_dbfs = noise_dbfs + target.output_lufs.map_or(0.0, |wanted| wanted - lufs(heard));
    if in_master_dbfs < NOISE_HEARD_DBFS {
        return;
    }
    // The share of the input that is left is the noise that is left: never less than a twentieth, or pauses sound dead.
    let depth_db = (in_master_dbfs - NOISE_GOAL_DBFS).clamp(6.0, 20.0);
    let mix_percent = (100.0 * (1.0 - crate::units::db_to_gain(-depth_db))).round();
    let text = format!(
        "Between phrases noise from 120 Hz to 9 kHz lies at {noise_dbfs:.0} dBFS, and would be at {in_master_dbfs:.0} dBFS in the master: denoise at {mix_percent:.0} %."
    );
    p.add(Module::Denoise, text, |settings| {
        (settings.denoise.bypass, settings.denoise.mix_percent) = (false, mix_percent);
    });
    // A gate that opens at the noise would flutter.
    let left_dbfs = noise_dbfs - depth_db + trim_db(heard, target);
    let peaks_dbfs = left_dbfs + 12.0;
    if !p.base.gate.bypass && p.base.gate.threshold_db < peaks_dbfs {
        let threshold_db = peaks_dbfs.round().min(-36.0);
        let text = format!(
            "What is left of the noise reaches {left_dbfs:.0} dBFS: the gate opens from {threshold_db:.0} dB."
        );
        p.add(Module::Gate, text, |settings| settings.gate.threshold_db = threshold_db);
    }
}

fn sibilance(p: &mut Proposal, heard: &Heard) {
    let excess_db = heard.sibilance_db - SIBILANCE_DB;
    if heard.kind != Kind::Speech || excess_db < 0.0 {
        return;
    }
    let range_db = (3.0 + excess_db).clamp(4.0, 8.0).round();
    let is_enough = !p.base.de_esser.bypass && p.base.de_esser.range_db >= range_db;
    if !is_enough {
        let text = format!(
            "Sibilants are at {:+.0} dB against the voice, where {SIBILANCE_DB:.0} dB and less are usual: de-esser up to {range_db:.0} dB.",
            heard.sibilance_db
        );
        p.add(Module::DeEsser, text, |settings| {
            let de_esser = &mut settings.de_esser;
            if de_esser.bypass {
                (de_esser.frequency_hz, de_esser.threshold_db) = (5000.0, -10.0);
            }
            (de_esser.bypass, de_esser.range_db) = (false, range_db);
        });
    }
}

/// The equaliser's settings to begin with: what a bypassed one holds was not meant to be heard.
fn equaliser(settings: &mut ChainSettings) -> &mut EqualiserSettings {
    if settings.equaliser.bypass {
        settings.equaliser = EqualiserSettings { bypass: false, ..ChainSettings::default().equaliser };
    }
    &mut settings.equaliser
}

fn lows(p: &mut Proposal, heard: &Heard) {
    let (text, frequency_hz, slope) = if heard.kind == Kind::Speech && heard.low_hum_db > HUM_DB {
        let text = format!(
            "Hum or rumble under 65 Hz lies only {:.0} dB under the voice: high-pass at 75 Hz.",
            -heard.low_hum_db
        );
        (text, 75.0, Slope(3))
    } else if heard.kind == Kind::Music && heard.rumble_db > RUMBLE_DB {
        let text = format!(
            "What lies under 20 Hz is at {:+.0} dB against the bass and only costs headroom: high-pass at 24 Hz.",
            heard.rumble_db
        );
        (text, 24.0, Slope(3))
    } else {
        return;
    };
    let high_pass = p.base.equaliser.high_pass;
    if !p.base.equaliser.bypass && high_pass.on && high_pass.frequency_hz >= frequency_hz {
        return;
    }
    p.add(Module::Equaliser, text, |settings| {
        let equaliser = equaliser(settings);
        equaliser.high_pass = PassSettings { on: true, frequency_hz, slope, ..equaliser.high_pass };
    });
}

fn balance(p: &mut Proposal, heard: &Heard) {
    let (regions, peers) = match heard.kind {
        Kind::Speech => (&SPEECH, "of most voices"),
        Kind::Music => (&MUSIC, "of most music"),
    };
    for region in regions {
        let Some(excess_db) = heard.excess_db(region.hz.0, region.hz.1) else {
            p.notes.push(format!("There is no {}: no equaliser can bring it.", region.name));
            continue;
        };
        let is_hiss = heard.kind == Kind::Speech && region.hz.1 > 6000.0 && heard.sibilance_db > SIBILANCE_DB;
        let may_move = excess_db > 0.0 || (region.can_rise && !is_hiss);
        if excess_db.abs() < region.tolerance_db || !may_move || (is_hiss && excess_db > 0.0) {
            // Where sibilants are what stands out, the de-esser sees to them.
            continue;
        }
        let gain_db = (-EQ_SHARE * excess_db).clamp(-EQ_MAX_DB, EQ_MAX_DB);
        let gain_db = (gain_db * 2.0).round() / 2.0;
        let side = if excess_db > 0.0 { "over" } else { "under" };
        let text = format!(
            "The {} lies {:.0} dB {side} that {peers}: {} of {gain_db:+.1} dB.",
            region.name,
            excess_db.abs(),
            region.filter
        );
        p.add(Module::Equaliser, text, |settings| (region.band)(equaliser(settings), gain_db));
    }
}

fn range(p: &mut Proposal, heard: &Heard, target: &Target) {
    let range_lu = heard.loudness.range_lu.map_or(0.0, |range| range.0);
    if heard.kind != Kind::Speech || range_lu < SPEECH_RANGE_LU || !p.base.leveller.bypass {
        return;
    }
    let target_lufs = (lufs(heard) + trim_db(heard, target)).clamp(-40.0, -5.0);
    let text = format!(
        "The voice ranges over {range_lu:.0} LU, where speech is easy to follow within 6 or so: leveller at {target_lufs:.0} LUFS, at most 6 dB either way."
    );
    p.add(Module::Leveller, text, |settings| {
        let defaults = ChainSettings::default().leveller;
        settings.leveller = crate::settings::LevellerSettings {
            bypass: false,
            target_lufs,
            max_gain_db: 6.0,
            max_cut_db: 6.0,
            ..defaults
        };
    });
}

fn dynamics(p: &mut Proposal, heard: &Heard, target: &Target) {
    let Some(plr_lu) = heard.plr_lu() else { return };
    let base = p.base.multiband;
    if !base.bypass && plr_lu < DENSE_PLR_LU && base.mix_percent > 50.0 {
        let text = format!(
            "The programme is dense already, with peaks only {plr_lu:.0} dB over its loudness: half of the multiband compressor is enough."
        );
        p.add(Module::Multiband, text, |settings| settings.multiband.mix_percent = 50.0);
        return;
    }
    let trim = trim_db(heard, target);
    let limiting = limiting_db(heard, target, &p.base).unwrap_or(0.0);
    if base.bypass && limiting > HARD_LIMITING_DB && plr_lu > DENSE_PLR_LU {
        let text = format!(
            "The limiter alone would have to take {limiting:.0} dB off the peaks: the multiband compressor takes a part, at 1.5:1."
        );
        let multiband = gentle(heard, trim, ChainSettings::default().multiband, 1.5);
        p.add(Module::Multiband, text, |settings| settings.multiband = multiband);
    }
}

/// Thresholds 6 dB under the usual peaks of each band, so that only what stands out is touched.
fn gentle(heard: &Heard, trim_db: f64, mut multiband: MultibandSettings, ratio: f64) -> MultibandSettings {
    let edges = multiband.crossovers_hz;
    for (band_idx, band) in multiband.bands.iter_mut().enumerate().take(multiband.num_bands) {
        let low_hz = if band_idx == 0 { 40.0 } else { edges[band_idx - 1] };
        let high_hz = if band_idx + 1 == multiband.num_bands { 16_000.0 } else { edges[band_idx] };
        let measured = heard.peaks_and_crests_db[CrestBands::band_at((low_hz * high_hz).sqrt())];
        let Some((peak_db, crest_db)) = measured else { continue };
        band.threshold_db = (peak_db + trim_db - 6.0).round().clamp(-50.0, -6.0);
        // What has little over its mean has nothing to spare.
        band.ratio = if crest_db < 8.0 { 1.2 } else { ratio };
        band.knee_db = 8.0;
    }
    multiband.bypass = false;
    multiband
}

fn clipping(p: &mut Proposal, heard: &Heard) {
    let count = heard.clipping.num_places;
    if count == 0 {
        return;
    }
    p.notes.push(format!(
        "The recording is clipped in {count} {}: a softer copy would be better, if there is one.",
        if count == 1 { "place" } else { "places" }
    ));
    if count >= 10 && !p.base.exciter.bypass {
        let text =
            format!("The recording is clipped in {count} places and has harmonics enough: no exciter.");
        p.add(Module::Exciter, text, |settings| settings.exciter.bypass = true);
    }
}

fn image(p: &mut Proposal, heard: &Heard) {
    if let Some(side_db) = heard.bass_side_db.filter(|side_db| *side_db > BASS_SIDE_DB) {
        let relation = if side_db > 0.0 { "over" } else { "under" };
        let text = format!(
            "Under 120 Hz the side lies {:.0} dB {relation} the middle, so loudspeakers work against each other: mono bass.",
            side_db.abs()
        );
        p.add(Module::Stereo, text, |settings| {
            let stereo = &mut settings.stereo;
            let below_hz =
                if stereo.mono_bass && !stereo.bypass { stereo.mono_below_hz.max(120.0) } else { 120.0 };
            (stereo.bypass, stereo.mono_bass, stereo.mono_below_hz) = (false, true, below_hz);
        });
    }
    let Some(side_db) = heard.side_db.filter(|_| heard.kind == Kind::Music) else { return };
    let width = p.base.stereo.width_high_percent;
    if (MONO_DB..NARROW_DB).contains(&side_db) && (p.base.stereo.bypass || width < 120.0) {
        let text =
            format!("The side lies {:.0} dB under the middle, which is narrow: width 120 %.", -side_db);
        p.add(Module::Stereo, text, |settings| {
            (settings.stereo.bypass, settings.stereo.width_high_percent) = (false, 120.0);
        });
    } else if side_db > WIDE_DB && (p.base.stereo.bypass || width > 85.0) {
        let text = format!(
            "The side is as strong as the middle ({side_db:+.0} dB), and little is left in mono: width 85 %."
        );
        p.add(Module::Stereo, text, |settings| {
            (settings.stereo.bypass, settings.stereo.width_high_percent) = (false, 85.0);
        });
    }
}

fn loudness(p: &mut Proposal, heard: &Heard, target: &Target) {
    let Some(wanted) = target.output_lufs else { return };
    if !target.is_solved {
        let gain_db = wanted - lufs(heard) - trim_db(heard, target);
        if (gain_db - p.base.loudness.gain_db).abs() >= 0.5 {
            let text = format!(
                "To come from {:.1} LUFS to {wanted:.1} LUFS it takes {:+.1} dB in all: {gain_db:+.1} dB here. What the modules between take is not known yet; the meter shows it.",
                lufs(heard),
                wanted - lufs(heard)
            );
            p.add(Module::Loudness, text, |settings| {
                (settings.loudness.bypass, settings.loudness.gain_db) = (false, gain_db);
            });
        }
    }
    let Some(limiting) = limiting_db(heard, target, &p.base) else { return };
    let is_transparent = p.base.limiter.character == LimiterCharacter::Transparent;
    if limiting > HARD_LIMITING_DB && (is_transparent || p.base.limiter.bypass) {
        let text = format!(
            "At {wanted:.0} LUFS the peaks stand {limiting:.0} dB over the ceiling: the limiter lets go soon after each, so that the rest keeps its weight."
        );
        p.add(Module::Limiter, text, |settings| {
            (settings.limiter.bypass, settings.limiter.character) = (false, LimiterCharacter::Punchy);
        });
    }
}
